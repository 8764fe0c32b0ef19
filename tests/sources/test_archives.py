"""Archives of every kind that is read: what they hold comes out as it was put in, under the names that it had."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

import pyarrow as pa
import pytest
from archive_files import (
    OTHER,
    TEXT,
    Zip,
    aes_entry,
    cabinet,
    deflated,
    padded,
    rar4,
    rar5,
    read,
    tar_header,
    tarred,
    texts,
    traditional_entry,
    zip_of,
    zipped,
)
from hypothesis import given
from hypothesis import strategies as st

from scanner.sources.archives.libarchive_reader import ENCRYPTED
from scanner.sources.archives.names import decoded, encoding_of
from scanner.sources.archives.unpacking import Packed, unpacked

LONG = "很长的文件夹名/" * 40 + "名单.csv"
BIG = random.Random(6).randbytes(3_000_000).hex().encode()
SKIPPABLE = struct.pack("<II", 0x184D2A50, 5) + b"hello"


def utf_8_name(name: str, crc_of: bytes) -> bytes:
    raw = name.encode()
    return struct.pack("<2HBI", 0x7075, 5 + len(raw), 1, zlib.crc32(crc_of)) + raw


ZIPS: dict[str, tuple[bytes, dict[str, bytes]]] = {
    "stored": (zipped(("a.csv", TEXT), method=0), {"a.csv": TEXT}),
    "deflate": (zipped(("a.csv", TEXT), ("d/b.csv", OTHER)), {"a.csv": TEXT, "d/b.csv": OTHER}),
    "bzip2": (zipped(("a.csv", BIG), method=zipfile.ZIP_BZIP2), {"a.csv": BIG}),
    "LZMA": (zipped(("a.csv", BIG), method=zipfile.ZIP_LZMA), {"a.csv": BIG}),
    "Zstandard": (zip_of(Zip(b"a", TEXT, method=93, packed=pa.compress(TEXT, "zstd", asbytes=True))), {"a": TEXT}),
    "xz": (zip_of(Zip(b"a", TEXT, method=95, packed=lzma.compress(TEXT))), {"a": TEXT}),
    "sizes behind the data": (
        zip_of(Zip(b"a", TEXT, described=True), Zip(b"b", OTHER, described=True)),
        {"a": TEXT, "b": OTHER},
    ),
    "sizes of 64 bits": (zip_of(Zip(b"a", TEXT), Zip(b"b", OTHER), wide=True), {"a": TEXT, "b": OTHER}),
    "a comment that looks like an end": (
        zip_of(Zip(b"a", TEXT), comment=b"PK\5\6" + bytes(30)),
        {"a": TEXT},
    ),
    "something before it": (b"PK\3\4" + bytes(20) + zipped(("a", TEXT)), {"a": TEXT}),
    "names in GBK": (
        zip_of(Zip("客户/联通.csv".encode("gbk"), TEXT), Zip("名单.csv".encode("gbk"), OTHER)),
        {"客户/联通.csv": TEXT, "名单.csv": OTHER},
    ),
    "names in UTF-8 without the flag": (zip_of(Zip("名单.csv".encode(), TEXT)), {"名单.csv": TEXT}),
    "names in UTF-8 with the flag": (zip_of(Zip("名单.csv".encode(), TEXT, flags=1 << 11)), {"名单.csv": TEXT}),
    "a name of Info-ZIP": (
        zip_of(Zip(b"??.csv", TEXT, extra=utf_8_name("名单.csv", b"??.csv"))),
        {"名单.csv": TEXT},
    ),
    "a name of Info-ZIP for another name": (
        zip_of(Zip(b"a.csv", TEXT, extra=utf_8_name("名单.csv", b"b.csv"))),
        {"a.csv": TEXT},
    ),
    "backslashes": (zip_of(Zip(b"d\\a.csv", TEXT)), {"d/a.csv": TEXT}),
    "folders": (zip_of(Zip(b"d/", b""), Zip(b"e/", b"", method=0), Zip(b"d/a", TEXT)), {"d/a": TEXT}),
    "a folder's name with content": (zip_of(Zip(b"d/", TEXT)), {"d/": TEXT}),
    "paths that lead out": (
        zip_of(Zip(b"../../etc/a", TEXT), Zip(b"/root/b", OTHER)),
        {"../../etc/a": TEXT, "/root/b": OTHER},
    ),
    "nothing": (zip_of(), {}),
    "in one another": (
        zipped(("1.zip", zipped(("2.zip", zipped(("a", TEXT)), ), ("b", OTHER)))),
        {"1.zip!/2.zip!/a": TEXT, "1.zip!/b": OTHER},
    ),
    "a large one inside": (zipped(("big.zip", zipped(("a", BIG * 2), method=0)), method=0), {"big.zip!/a": BIG * 2}),
}  # fmt: skip


@pytest.mark.parametrize("kind", ZIPS)
def test_zip(kind: str) -> None:
    data, expected = ZIPS[kind]
    assert texts(data) == expected


def sparse_tar(form: int) -> bytes:
    """A file of 2,000 bytes of which 1,800 bytes at 100 and 3 at 1,997 are no holes."""
    data = b"x" * 1800 + b"end"
    if form == 0:
        spans = b"".join(b"%011o\0" % n for n in (100, 1800, 1997, 3))
        more = (bytes(345 - 265 + 41) + spans).ljust(483 - 265, b"\0") + b"%011o\0" % 2000
        return tar_header(b"hole", len(data), b"S", b"ustar  \0", more) + padded(data) + bytes(1024)
    records = {b"GNU.sparse.major": b"1", b"GNU.sparse.minor": b"0", b"GNU.sparse.name": b"hole"}
    records[b"GNU.sparse.realsize"] = b"2000"
    if form == 1:
        data = padded(b"2\n100\n1800\n1997\n3\n") + data
    else:
        del records[b"GNU.sparse.major"]
        records[b"GNU.sparse.map"] = b"100,1800,1997,3"
        records[b"GNU.sparse.size"] = records.pop(b"GNU.sparse.realsize")
    pax = b"".join(pax_record(key, value) for key, value in records.items())
    return (
        tar_header(b"pax", len(pax), b"x")
        + padded(pax)
        + tar_header(b"h", len(data))
        + padded(data)
        + bytes(1024)
    )


def pax_record(key: bytes, value: bytes) -> bytes:
    length = len(key) + len(value) + 3
    length += len(str(length + len(str(length))))
    return b"%d %s=%s\n" % (length, key, value)


HOLES = bytes(100) + b"x" * 1800 + bytes(97) + b"end"
TARS: dict[str, tuple[bytes, dict[str, bytes]]] = {
    "ustar": (tarred(("a", TEXT), ("d/b", OTHER), form=tarfile.USTAR_FORMAT), {"a": TEXT, "d/b": OTHER}),
    "ustar with a long name": (
        tarred(("d" * 90 + "/" + "a" * 90, TEXT), form=tarfile.USTAR_FORMAT),
        {"d" * 90 + "/" + "a" * 90: TEXT},
    ),
    "GNU": (tarred((LONG, TEXT), ("b", OTHER)), {LONG: TEXT, "b": OTHER}),
    "pax": (tarred((LONG, TEXT), ("b", OTHER), form=tarfile.PAX_FORMAT), {LONG: TEXT, "b": OTHER}),
    "names in GBK": (tarred(("客户名单.csv", TEXT), encoding="gbk"), {"客户名单.csv": TEXT}),
    "no mark": (tar_header(b"a", len(TEXT), b"\0", b"") + padded(TEXT) + bytes(1024), {"a": TEXT}),
    "a size in base 256": (
        tar_header(b"a", b"\x80" + len(TEXT).to_bytes(11, "big")) + padded(TEXT) + bytes(1024),
        {"a": TEXT},
    ),
    "two behind each other": (tarred(("a", TEXT)) + tarred(("b", OTHER)), {"a": TEXT, "b": OTHER}),
    "sparse, GNU": (sparse_tar(0), {"hole": HOLES}),
    "sparse, pax 1.0": (sparse_tar(1), {"hole": HOLES}),
    "sparse, pax 0.1": (sparse_tar(2), {"hole": HOLES}),
    "a large file": (tarred(("a", BIG * 2)), {"a": BIG * 2}),
    "an archive inside": (tarred(("z.zip", zipped(("a", TEXT)))), {"z.zip!/a": TEXT}),
}  # fmt: skip


@pytest.mark.parametrize("kind", TARS)
def test_tar(kind: str) -> None:
    data, expected = TARS[kind]
    assert texts(data) == expected


def test_what_has_no_content_in_a_tar_is_told() -> None:
    kinds = [(b"hard", b"1"), (b"soft", b"2"), (b"tty", b"3"), (b"disk", b"4"), (b"pipe", b"6")]
    special = b"".join(tar_header(name, 0, kind) for name, kind in kinds)
    own, member = read(
        tar_header(b"a", len(TEXT)) + padded(TEXT) + special + tar_header(b"d/", 0, b"5") + bytes(1024)
    )
    assert own.remarks == ["holds 5 links or special files, which have no content; the first is hard"]
    assert (own.sound, member.name, member.content) == (True, "a", TEXT)


def lz4(data: bytes) -> bytes:
    return pa.compress(data, "lz4", asbytes=True)  # type: ignore[no-any-return]


def zstd(data: bytes) -> bytes:
    return pa.compress(data, "zstd", asbytes=True)  # type: ignore[no-any-return]


def alone(data: bytes) -> bytes:
    return lzma.compress(data, lzma.FORMAT_ALONE)


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": alone,
    "zstandard": zstd,
    "lz4": lz4,
}


@pytest.mark.parametrize("kind", COMPRESSORS)
def test_compressed_files(kind: str) -> None:
    compress = COMPRESSORS[kind]
    assert texts(compress(TEXT)) == {"archive": TEXT}
    assert texts(compress(BIG)) == {"archive": BIG}
    assert texts(compress(compress(TEXT))) == {"archive!/archive": TEXT}
    assert texts(compress(tarred(("a", TEXT), ("b", OTHER)))) == {"archive!/a": TEXT, "archive!/b": OTHER}


@pytest.mark.parametrize("kind", [kind for kind in COMPRESSORS if kind != "lzma"])
def test_streams_behind_each_other_are_one(kind: str) -> None:
    compress = COMPRESSORS[kind]
    assert texts(compress(TEXT) + compress(OTHER) + compress(TEXT)) == {"archive": TEXT + OTHER + TEXT}


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_zeros_behind_are_padding_and_other_bytes_are_told(kind: str) -> None:
    data = COMPRESSORS[kind](TEXT)
    assert texts(data + bytes(512)) == {"archive": TEXT}
    own, member = read(data + b"something else")
    assert own.issues == ["holds other bytes behind its packed content, which were not read"]
    assert (member.sound, member.content) == (True, TEXT)


def test_names_of_what_is_compressed() -> None:
    stream = io.BytesIO()
    with gzip.GzipFile("somewhere/名单.csv", "wb", fileobj=stream) as file:
        file.write(TEXT)
    named = read(stream.getvalue(), path="x/dump.gz")
    table = [(b"", "x/dump.csv.gz", "dump.csv"), (b"", "x/dump.tgz", "dump.tar"), (b"", "dump", "dump")]
    assert named[1].name in (
        "名单.csv",
        "å\x90\x8då\x8d\x95.csv",
        "dump",
    )  # gzip's header is Latin-1 in Python
    for _, path, name in table:
        assert read(gzip.compress(TEXT), path=path)[1].name == name
    raw = b"\x1f\x8b\x08\x08" + bytes(6) + "名单.csv".encode("gbk") + b"\0" + gzip.compress(TEXT)[10:]
    assert read(raw)[1].name == "名单.csv"


FOREIGN: dict[str, bytes] = {
    "cab": cabinet((b"a.csv", TEXT), (b"b.csv", OTHER * 9000)),
    "rar 4": rar4((b"a.csv", TEXT), (b"b.csv", OTHER * 9000)),
    "rar 5": rar5((b"a.csv", TEXT), (b"b.csv", OTHER * 9000)),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_archives_that_libarchive_reads(kind: str) -> None:
    pytest.importorskip("libarchive")
    assert texts(FOREIGN[kind]) == {"a.csv": TEXT, "b.csv": OTHER * 9000}
    assert texts(zipped(("inner", FOREIGN[kind]))) == {"inner!/a.csv": TEXT, "inner!/b.csv": OTHER * 9000}


@pytest.mark.parametrize("form", ["7zip", "iso9660"])
def test_archives_that_libarchive_writes(form: str) -> None:
    libarchive = pytest.importorskip("libarchive")
    made = bytearray()
    with libarchive.custom_writer(lambda piece: made.extend(piece) or len(piece), form) as archive:
        archive.add_file_from_memory("名单.csv", len(TEXT), TEXT)
        archive.add_file_from_memory("b.csv", len(BIG), BIG)
    assert texts(bytes(made)) == {"名单.csv": TEXT, "b.csv": BIG}


#: Two files, stored and then encrypted by AES; written by py7zr.
LOCKED_7Z = (
    b"N3q8ryccAATxq+O0EAAAAAAAAACJAAAAAAAAAGUXkwbBvHUhw5BtcBc/MxHNOXNVAQQGAAEJEAoBj4CDmgAHCwEAAiQG8QcBElMP6iXNRUy0"
    b"tiUDIJsT1HkEvwEAAQAMBAQACA0CCQIKAQeh6t3E8sf2AAAFAhkEAAAAABEZAGEALgBjAHMAdgAAAGIALgBjAHMAdgAAABQSAQDgRqGpRnvdAcBO"
    b"oalGe90BFQoBACCAgIEggICBAAA="
)


def test_every_encrypted_entry_of_a_foreign_archive_is_named() -> None:
    pytest.importorskip("libarchive")
    own, *members = read(base64.b64decode(LOCKED_7Z))
    assert own.sound  # nothing in it is damaged
    assert [(one.name, one.failure) for one in members] == [(name, ENCRYPTED) for name in ("a.csv", "b.csv")]


PASSWORD = "密码 123"
LOCKED: dict[str, Zip] = {
    "old cipher": traditional_entry(b"a", TEXT, PASSWORD.encode()),
    "old cipher, GBK password": traditional_entry(b"a", TEXT, PASSWORD.encode("gbk")),
    "old cipher, stored": traditional_entry(b"a", TEXT, PASSWORD.encode(), method=0),
    "old cipher, large": traditional_entry(b"a", BIG[:200_000], PASSWORD.encode()),
    "AES 128": aes_entry(b"a", TEXT, PASSWORD.encode(), 1),
    "AES 192": aes_entry(b"a", TEXT, PASSWORD.encode(), 2),
    "AES 256": aes_entry(b"a", TEXT, PASSWORD.encode(), 3),
    "AES, first version": aes_entry(b"a", TEXT, PASSWORD.encode(), version=1),
    "AES, stored": aes_entry(b"a", TEXT, PASSWORD.encode(), method=0),
    "AES, large": aes_entry(b"a", BIG, PASSWORD.encode()),
}


@pytest.mark.parametrize("kind", LOCKED)
def test_encrypted_entries(kind: str) -> None:
    data = zip_of(LOCKED[kind], Zip(b"open", OTHER))
    assert texts(data, "wrong", PASSWORD) == {"a": LOCKED[kind].content, "open": OTHER}
    _, shut, is_open = read(data)
    assert (shut.failure, shut.size) == ("is encrypted; give its password with --password", None)
    assert is_open.content == OTHER
    others = [str(number) for number in range(40)]
    assert read(data, others)[1].failure == "is encrypted, and none of the passwords given opens it"


def test_among_many_passwords_the_right_one_is_found_by_the_content() -> None:
    """One in 256 passwords passes the check byte of the old cipher."""
    data = zip_of(traditional_entry(b"a", TEXT, b"right", method=0), traditional_entry(b"b", TEXT, b"right"))
    assert texts(data, *[str(number) for number in range(2000)], "right") == {"a": TEXT, "b": TEXT}


def test_data_that_was_changed_under_its_code() -> None:
    data = bytearray(zip_of(aes_entry(b"a", BIG, b"x", method=0)))
    data[len(data) // 2] ^= 1
    assert read(bytes(data), ["x"])[1].issues == [
        "its authentication code differs; it was damaged or changed"
    ]


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (Zip(b"a", TEXT, method=9, packed=b"?"), "is packed by method 9 of zip, which is not read"),
        (Zip(b"a", TEXT, method=98, packed=b"?"), "is packed by method 98 of zip, which is not read"),
        (Zip(b"a", TEXT, flags=1 | 1 << 6), "is encrypted in a way that is not read"),
        (
            Zip(b"a", b"b", made_by=3 << 8, attributes=0o120777 << 16),
            "is a symbolic link, which is not followed",
        ),
    ],
)
def test_entries_that_are_not_read_are_named(entry: Zip, sentence: str) -> None:
    own, first, second = read(zip_of(entry, Zip(b"b", OTHER)), ["x"])
    assert first.failure == sentence
    assert (own.sound, second.content) == (True, OTHER)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"plain", "plain"),
        ("名单".encode(), "名单"),
        ("名单".encode("gbk"), "名单"),
        ("𠮷田".encode("gb18030"), "𠮷田"),
        (b"\xff\xfe\xfd", "\\xff\\xfe\\xfd"),
    ],
)
def test_names_without_an_encoding(raw: bytes, name: str) -> None:
    assert decoded(raw) == name


@given(
    st.lists(st.text(st.sampled_from("联通名单客户资料手机号码张三李四"), min_size=1, max_size=6), min_size=3)
)
def test_all_names_of_an_archive_tell_their_encoding_together(names: list[str]) -> None:
    for encoding in ("utf-8", "gb18030"):
        raw = [name.encode(encoding) for name in names] + ["客户资料清单".encode(encoding)]
        assert encoding_of(raw) == encoding


@given(st.sampled_from(sorted(COMPRESSORS)), st.binary(max_size=3000), st.integers(1, 700))
def test_packed_bytes_may_come_in_any_pieces(kind: str, content: bytes, step: int) -> None:
    stream = io.BytesIO(COMPRESSORS[kind](content))
    packed = Packed(lambda count: stream.read(min(count, step)))
    assert b"".join(unpacked(packed, kind)) == content


def test_deflated_by_the_test_is_deflate() -> None:
    assert zlib.decompress(deflated(TEXT), -15) == TEXT
