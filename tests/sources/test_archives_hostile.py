"""Archives that are damaged, that lie, and that are made to hurt: what is there is read, the rest is named."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from archive_files import (
    OTHER,
    TEXT,
    Part,
    Zip,
    cabinet,
    deflated,
    padded,
    rar4,
    rar5,
    read,
    tar_header,
    tarred,
    texts,
    zip_of,
    zipped,
)
from growth import is_linear
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Limits, ReadOptions
from scanner.sources.archives.tar_headers import pax_records
from scanner.sources.archives.zip_directory import extra_fields

LINES = "".join(f"{number},张三,{13800000000 + 7 * number}\n" for number in range(20_000)).encode()
CUT = "is cut off: its packed content ends early; what came before the cut was read"
NO_DIRECTORY = (
    "has no directory of its entries, so it was cut off or damaged; they were found by their own headers"
)


def troubles(parts: list[Part]) -> set[str]:
    return {what for part in parts for what in [*part.issues, *([part.failure] if part.failure else [])]}


# --- limits -----------------------------------------------------------------------------------------------------------


def test_depth() -> None:
    data = TEXT
    for _ in range(100):
        data = gzip.compress(data)
    parts = read(data, depth=8)
    assert len(parts) == 9
    assert (
        parts[-1].failure == "lies deeper than 8 archives in one another, so it was not opened (--max-depth)"
    )
    assert [part.format for part in parts[:-1]] == ["gzip"] * 8
    inner = zipped(("a", TEXT))
    two = zipped(("z.zip", inner))
    assert texts(two, depth=2) == {"z.zip!/a": TEXT}
    assert read(two, depth=1)[1].failure == (
        "lies deeper than 1 archives in one another, so it was not opened (--max-depth)"
    )


def test_entries_of_all_levels_together() -> None:
    inner = zipped(*((f"{number}", TEXT) for number in range(10)))
    data = zipped(("1.zip", inner), ("2.zip", inner))
    assert len(texts(data, entries=22)) == 20
    parts = read(data, entries=21)
    sentence = "holds more than 21 entries, all archives together; the rest was not read (--max-entries)"
    assert troubles(parts) == {sentence}
    assert sum(part.content == TEXT for part in parts) == 19
    assert [part.name for part in parts if part.issues] == ["2.zip"]


def test_ratio_on_what_really_comes_out() -> None:
    zeros = b"0" * 3_000_000
    said = Zip(b"a", b"", packed=deflated(zeros), size=100, crc=0)  # it lies about its size
    _, member = read(zip_of(said), ratio=100, armed=1_000_000)
    assert member.issues == [
        "unpacks to more than 100 times its packed size; the rest was not read (--max-ratio)"
    ]
    assert len(member.content) <= 1_000_000 + (1 << 18)
    assert texts(zipped(("a", zeros)), ratio=100_000, armed=1_000_000) == {"a": zeros}
    assert texts(zipped(("a", zeros)), ratio=100) == {"a": zeros}  # not armed yet


def test_ratio_of_the_whole_file() -> None:
    inner = zipped(("a", b"0" * 900_000))
    for _ in range(2):
        inner = zipped(*((f"{number}.zip", inner) for number in range(16)))
    parts = read(inner, ratio=100, armed=1_000_000)
    assert troubles(parts) == {
        "is cut short: the whole file unpacks to more than 100 times its size (--max-ratio)"
    }
    assert sum(len(part.content) for part in parts) < 70_000_000


def test_output_of_all_levels_together() -> None:
    parts = read(zipped(*((f"{number}", LINES) for number in range(5))), output=3 * len(LINES))
    sentence = (
        f"is cut short: more than {3 * len(LINES)} bytes were unpacked from the whole file (--max-output)"
    )
    assert troubles(parts) == {sentence}
    assert sum(part.content == LINES for part in parts) == 3
    assert parts[0].issues == [sentence]  # and so what else it holds was not read


def test_members_of_a_tar_take_nothing_of_the_output() -> None:
    assert texts(gzip.compress(tarred(("a", LINES))), output=len(LINES) + 20_000) == {"archive!/a": LINES}


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz", "zstandard"])
def test_compressed_bombs(kind: str) -> None:
    makers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "bzip2": bz2.compress,
        "xz": lzma.compress,
        "zstandard": lambda data: pa.compress(data, "zstd", asbytes=True),
    }
    data = makers[kind](b"0" * 40_000_000)
    tracemalloc.start()
    _, member = read(data)
    assert tracemalloc.get_traced_memory()[1] < 80_000_000
    tracemalloc.stop()
    assert member.issues == [
        "unpacks to more than 200 times its packed size; the rest was not read (--max-ratio)"
    ]
    assert len(member.content) < 18_000_000


def test_a_decoder_that_asks_for_too_much_memory() -> None:
    chain = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}]
    head = lzma.compress(b"x", filters=chain)
    member = read(head)[1]
    assert member.failure == "asks for more than 201326592 bytes of memory to be unpacked; it was not read"


def test_a_hole_that_is_larger_than_any_disk() -> None:
    spans = b"%011o\0" % 0 + b"%011o\0" % 3 + b"\x80" + (1 << 70).to_bytes(11, "big") + b"%011o\0" % 0
    more = (bytes(121) + spans).ljust(483 - 265, b"\0") + b"\x80" + (1 << 70).to_bytes(11, "big")
    member = read(tar_header(b"hole", 3, b"S", b"ustar  \0", more) + padded(b"abc") + bytes(1024))[1]
    assert member.sha256 is None
    assert "unpacks to more than 200 times its packed size; the rest was not read (--max-ratio)" in troubles(
        [member]
    )


def test_a_header_of_a_tar_that_never_ends() -> None:
    data = tar_header(b"pax", 1 << 32, b"x") + bytes(10_000)
    assert "has a header of more than 1048576 bytes, which was not read" in troubles(read(data))


# --- zip archives that lie --------------------------------------------------------------------------------------------


def test_entries_on_the_bytes_of_others() -> None:
    """As in a bomb of quoted overlaps: each entry's data hold the headers and data of the next ones."""
    last = Zip(b"3", LINES)
    header = struct.pack(
        "<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, zlib.crc32(LINES), len(last.data), len(LINES), 1, 0
    )
    kernel = header + b"3" + last.data
    quoted = Zip(b"1", b"", method=0, packed=kernel, crc=zlib.crc32(kernel), size=len(kernel))
    data = zip_of(quoted, Zip(b"3", LINES, offset=31, packed=b"", size=len(LINES)))
    own, *members = read(data)
    assert own.issues[0] == "names 1 entry that lies on the bytes of others and was not read; the first is 3"
    assert sum(part.content == LINES for part in members) == 1  # by way of the entry that quotes it
    many = zip_of(
        Zip(b"0", LINES), *(Zip(b"%d" % number, b"", packed=b"", size=1, offset=0) for number in range(1, 9))
    )
    assert sum(part.content == LINES for part in read(many)) == 1


def test_duplicate_names_are_told_apart() -> None:
    parts = read(zip_of(Zip(b"a", TEXT), Zip(b"a", OTHER), Zip(b"a", TEXT)))
    assert [(part.name, part.content) for part in parts[1:]] == [("a", TEXT), ("a#2", OTHER), ("a#3", TEXT)]
    assert [part.remarks for part in parts[1:]] == [
        [],
        ["is entry 2 of this name in its archive"],
        ["is entry 3 of this name in its archive"],
    ]


def test_lying_sizes_and_checksums() -> None:
    own, longer, shorter, other = read(
        zip_of(Zip(b"1", TEXT, size=5), Zip(b"2", TEXT, size=500), Zip(b"3", TEXT, crc=7))
    )
    assert longer.issues == [f"holds {len(TEXT)} bytes where its archive says 5"]
    assert shorter.issues == [f"holds {len(TEXT)} bytes where its archive says 500"]
    assert other.issues == ["has another checksum than its archive says; it may be damaged"]
    assert [part.content for part in (longer, shorter, other)] == [TEXT] * 3
    assert own.sound


def test_entries_that_the_directory_leaves_out_are_read() -> None:
    own, named, hidden, also = read(
        zip_of(Zip(b"a", TEXT), Zip(b"b", OTHER, listed=False), Zip(b"c", TEXT, described=True, listed=False))
    )
    assert own.remarks == ["leaves 2 of its entries out of its directory; they were read, too"]
    assert [part.content for part in (named, hidden, also)] == [TEXT, OTHER, TEXT]
    assert own.sound


def test_two_archives_behind_each_other() -> None:
    parts = read(zipped(("a", TEXT)) + zipped(("b", OTHER)))
    assert {part.name: part.content for part in parts[1:]} == {"a": TEXT, "b": OTHER}


@pytest.mark.parametrize("place", ["between", "behind"])
def test_bytes_of_no_entry_are_told(place: str) -> None:
    first, second = zip_of(Zip(b"a", TEXT)), b"x" * 100
    if place == "behind":
        data = first + second
    else:
        data = zip_of(Zip(b"a", TEXT, packed=deflated(TEXT)), Zip(b"b", OTHER))
        at = data.index(b"PK\3\4", 4)
        data = data[:at] + second + data[at:]
        end = data.rindex(b"PK\5\6")
        start = data.index(b"PK\1\2")
        moved = data.replace(struct.pack("<I", at) + b"b", struct.pack("<I", at + 100) + b"b")
        data = moved[: end + 16] + struct.pack("<IH", start, 0)
    own = read(data)[0]
    assert own.issues == ["holds 100 bytes that belong to none of its entries and were not read"]


def test_a_directory_that_promises_other_entries() -> None:
    own, member = read(zip_of(Zip(b"a", TEXT), count=3))
    assert own.issues == [
        "is one part of a split archive; what lies in the other parts was not read",
    ] or own.issues == ["has a directory that promises 3 entries but names 1"]
    assert member.content == TEXT


def test_an_entry_whose_header_is_not_there() -> None:
    data = zip_of(Zip(b"a", TEXT), Zip(b"b", OTHER, offset=500_000))
    _, first, second, found = read(data)
    assert first.content == TEXT
    assert second.failure == "is not where the directory of its archive says"
    assert found.content == OTHER  # by its own header


def test_one_part_of_a_split_archive() -> None:
    data = bytearray(zipped(("a", TEXT)))
    end = data.rindex(b"PK\5\6")
    data[end + 4 : end + 6] = b"\2\0"
    own, member = read(bytes(data))
    assert own.issues == ["is one part of a split archive; what lies in the other parts was not read"]
    assert member.content == TEXT


# --- cut off and damaged ----------------------------------------------------------------------------------------------

SMALL = LINES[: 1 << 15]
WHOLE: dict[str, bytes] = {
    "zip": zipped(("a", SMALL), ("b", OTHER)),
    "zip, stored": zipped(("a", SMALL), ("b", OTHER), method=zipfile.ZIP_STORED),
    "zip, LZMA": zipped(("a", SMALL), ("b", OTHER), method=zipfile.ZIP_LZMA),
    "zip, sizes behind": zip_of(Zip(b"a", SMALL, described=True), Zip(b"b", OTHER, described=True)),
    "tar": tarred(("a", SMALL), ("b", OTHER)),
    "tar.gz": gzip.compress(tarred(("a", SMALL), ("b", OTHER))),
    "gzip": gzip.compress(SMALL),
    "bzip2": bz2.compress(SMALL),
    "xz": lzma.compress(SMALL),
    "zstandard": pa.compress(SMALL, "zstd", asbytes=True),
    "lz4": pa.compress(SMALL, "lz4", asbytes=True),
    "zip in zip": zipped(("z.zip", zipped(("a", SMALL), ("b", OTHER)))),
}
SELF_EVIDENT = ("is empty", "looks like")  # what a file may be of which little is left


@pytest.mark.parametrize("kind", WHOLE)
def test_cut_at_every_64th(kind: str) -> None:
    data = WHOLE[kind]
    most = 0
    for part in range(1, 64):
        parts = read(data[: len(data) * part // 64])
        ended = kind == "tar" and part >= 55  # within the NUL bytes that a tar archive ends with
        assert troubles(parts) or ended, part
        got = b"".join(each.content for each in parts if each.name and each.name.endswith(("a", "archive")))
        assert got in (SMALL, SMALL + OTHER) or SMALL.startswith(got[: len(SMALL)]) or "tar" in kind
        assert len(got) >= most or kind in ("xz", "bzip2")
        most = max(most, len(got))
    if kind not in ("bzip2", "zstandard", "lz4"):  # they give whole blocks
        assert most > len(SMALL) // 2


def test_a_cut_zip_gives_what_came_before() -> None:
    data = zipped(("a", LINES), ("b", LINES))
    own, first, second = read(data[: len(data) * 3 // 4])
    assert own.issues == [NO_DIRECTORY]
    assert (first.content, first.sound) == (LINES, True)
    assert (second.issues, second.sha256) == ([CUT], None)
    assert LINES.startswith(second.content)
    assert 0.3 < len(second.content) / len(LINES) < 0.7


def test_a_cut_compressed_file_gives_what_came_before() -> None:
    for compress in (gzip.compress, lzma.compress):
        data = compress(LINES)
        _, member = read(data[: len(data) // 2])
        assert member.issues == [CUT]
        assert LINES.startswith(member.content)
        assert len(member.content) > len(LINES) // 3


def test_deflate_gives_all_that_stands_before_damage() -> None:
    maker = zlib.compressobj(9, zlib.DEFLATED, -15)
    before = maker.compress(LINES) + maker.flush(zlib.Z_FULL_FLUSH)
    data = zip_of(
        Zip(b"a", LINES, packed=before + b"\x07" + b"?" * 50)
    )  # 7: a kind of block that does not exist
    _, member = read(data)
    assert member.content == LINES
    assert member.issues == ["its packed content is damaged (error); what came before the damage was read"]


def check_any(data: bytes) -> list[Part]:
    """Whatever the bytes are: an answer, and nothing that was not read is called sound."""
    parts = read(data, ["x"], seconds=20)
    for part in parts:
        assert not (part.failure or "").startswith("the reader stopped"), part.failure
    return parts


@pytest.mark.parametrize("kind", WHOLE)
def test_flipped_bytes(kind: str) -> None:
    rng = random.Random(kind)
    data = WHOLE[kind]
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(rng.choice((1, 1, 3, 40))):
            broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
        parts = check_any(bytes(broken))
        if not troubles(parts):  # then it is all there
            content = b"".join(part.content for part in parts)
            assert len(content) >= len(SMALL) or kind.startswith(("tar", "lz4", "zstandard"))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_bytes_behind_a_signature(data: Any) -> None:
    mark = data.draw(
        st.sampled_from(
            [
                b"PK\3\4",
                b"PK\5\6",
                b"\x1f\x8b\x08\0",
                b"BZh9",
                b"\xfd7zXZ\0",
                b"\x28\xb5\x2f\xfd",
                b"\x04\x22\x4d\x18",
            ]
        )
    )
    check_any(mark + data.draw(st.binary(max_size=400)))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=600), max_size=4), st.binary(max_size=700))
def test_any_bytes_between_the_headers_of_a_tar(contents: list[bytes], noise: bytes) -> None:
    data = b"".join(tar_header(b"%d" % i, len(each)) + padded(each) for i, each in enumerate(contents))
    check_any(tar_header(b"first", 3) + padded(b"abc") + noise + data)


@given(st.binary(max_size=300))
def test_any_extra_field_and_pax_record(raw: bytes) -> None:
    assert sum(len(each) for each in extra_fields(raw).values()) <= len(raw)
    assert all(len(value) <= len(raw) for value in pax_records(raw).values())


def test_damage_between_the_files_of_a_tar_is_told() -> None:
    data = tarred(("a", TEXT), ("b", OTHER))
    at = 1024
    own, first = read(data[:at] + b"?" * 512 + data[at + 512 :])[:2]
    assert first.content == TEXT
    assert own.issues == [f"holds 1024 bytes that are no header, from byte {at}; they were not read"]


def test_a_tar_without_an_end() -> None:
    assert read(tarred(("a", TEXT))[:1024])[0].issues == ["ends without its end mark; it may be cut off"]


FOREIGN = {
    "cab": cabinet((b"a", SMALL), (b"b", OTHER)),
    "rar 4": rar4((b"a", SMALL), (b"b", OTHER)),
    "rar 5": rar5((b"a", SMALL), (b"b", OTHER)),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_archives_for_libarchive_cut_and_flipped(kind: str) -> None:
    pytest.importorskip("libarchive")
    data, rng = FOREIGN[kind], random.Random(kind)
    for part in (1, 20, 40, 60, 63):
        assert troubles(check_any(data[: len(data) * part // 64]))
    for _ in range(6):
        broken = bytearray(data)
        broken[rng.randrange(64)] ^= 1 << rng.randrange(8)
        check_any(bytes(broken))


def test_without_libarchive_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from scanner.sources.archives import libarchive_reader

    monkeypatch.setattr(libarchive_reader, "_library", None)
    (told,) = libarchive_reader.read(io.BytesIO(), 0, {"format": "rar"})
    assert told.fatal
    assert "pip install 'leaktally[archive]'" in told.what


def test_time_is_linear_in_the_entries() -> None:
    """A directory is walked once, however many names it has; a search for the next header never begins anew."""
    made = {
        count: zip_of(*(Zip(b"%06d" % number, b"", method=0) for number in range(count)))
        for count in (2_000, 8_000)
    }

    def work(count: int) -> None:
        assert len(read(made[count])) == count + 1

    assert is_linear(work, 2_000, 8_000)


def test_limits_are_those_of_the_house() -> None:
    assert ReadOptions().limits == Limits()


def test_room_for_what_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """What must be read at any offset is kept in a private file, but never in more than half of what is free."""
    from scanner.sources import member_file
    from scanner.sources.archives import allowance

    monkeypatch.setattr(member_file, "WINDOW", 1000)
    inner = zipped(("a", LINES), method=zipfile.ZIP_STORED)
    data = zipped(("z.zip", inner))
    assert texts(data) == {"z.zip!/a": LINES}
    free = type("Usage", (), {"free": 2 * len(inner) - 2})
    monkeypatch.setattr(allowance.shutil, "disk_usage", lambda _: free)
    assert read(data)[1].failure == (
        "needs more room for temporary files than half of what is free; it was not read"
    )


@pytest.mark.parametrize("window", [1, 100, 40_000])
def test_what_is_kept_in_memory_does_not_matter(monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    from scanner.sources import member_file

    expected = texts(gzip.compress(tarred(("a", LINES), ("z.zip", zipped(("b", LINES))))))
    monkeypatch.setattr(member_file, "WINDOW", window)
    found = read(gzip.compress(tarred(("a", LINES), ("z.zip", zipped(("b", LINES))))))
    if window > 32_776:  # less does not tell what a file is
        assert {part.name: part.content for part in found[1:] if part.format is None} == expected
    assert all(part.sha256 for part in found[1:])
