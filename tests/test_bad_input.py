"""Bad input: one clear sentence (which file, what, what was done), never a traceback, the rest still scanned."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fixtures_reference import run as make_fixture
from running import TODAY, TODAY_OPTION, Ended, boundary, command, process, rows_file

import scanner
from scanner.model import ReadOptions

PHONES = [f"1380013{n:04}" for n in range(40)]
PEOPLE = ["姓名,手机号码", *(f"王小明,{phone}" for phone in PHONES)]


def sound(path: Path) -> Path:
    """A good file that must be scanned whatever lies beside it."""
    return boundary(path, "contact", 20)


def scan_beside(folder: Path, *bad: object, arguments: tuple[str, ...] = ()) -> Ended:
    """Scans bad inputs and after them a good one; the good one must be complete and counted."""
    good = sound(folder / "zz-good.csv")
    paths = [*bad, good] if bad else [folder]
    ended = command("scan", *paths, "-f", "json", *arguments)
    document = ended.document
    [entry] = [item for item in document["inputs"] if item["path"] == str(good)]
    assert (entry["status"], entry["rows"]) == ("complete", 20)
    assert document["labels"]["mobile_phone"]["rows"] >= 20
    return ended


def check(ended: Ended, path: object, status: str, *words: str, code: int = 3) -> None:
    """The input's entry, and its one sentence on standard error."""
    assert ended.code == code, ended.err
    [entry] = [item for item in ended.document["inputs"] if item["path"] == str(path)]
    assert entry["status"] == status, entry
    [sentence] = entry["reasons"]
    about = [line for line in ended.sentences if str(path) in line]
    assert len(about) == 1
    assert about[0].startswith("leaktally: ")
    for word in words:
        assert word in sentence
        assert word in about[0]
    index = ended.document["inputs"].index(entry)
    assert sentence in [issue["what"] for issue in ended.document["issues"] if issue["input"] == index]


def test_missing(tmp_path: Path) -> None:
    path = tmp_path / "missing.csv"
    check(scan_beside(tmp_path, path), path, "failed", "no such file")


def test_unreadable(tmp_path: Path) -> None:
    path = rows_file(tmp_path / "locked.csv", PEOPLE)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    check(scan_beside(tmp_path, path), path, "failed", "permission denied")


def test_a_part_of_the_path_is_a_file(tmp_path: Path) -> None:
    path = sound(tmp_path / "file.csv") / "below.csv"
    check(scan_beside(tmp_path, path), path, "failed", "not a directory")


def test_an_impossible_path(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300)
    check(scan_beside(tmp_path, path), path, "failed", "too long")


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(content)
    if content:  # only a mark: nothing is missing
        assert command("scan", path, "-f", "json").document["inputs"][0]["rows"] == 0
        return
    check(scan_beside(tmp_path, path), path, "failed", "empty")


@pytest.mark.parametrize("content", [b"\n", b"\r\n\r\n", b" ", b"\n\n\n \n"])
def test_nothing_but_line_ends(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "blank.csv"
    path.write_bytes(content)
    ended = command("scan", path, "-f", "json")
    assert ended.code in (0, 3)
    assert ended.document["records"]["identifiable"] == 0


def test_a_folder_without_data(tmp_path: Path) -> None:
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    ended = command("scan", tmp_path / "empty", "-f", "json")
    assert ended.code == 3
    assert len(ended.sentences) == 1
    assert str(tmp_path / "empty") in ended.err


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: os.mkfifo(path), "pipe"),
        (lambda path: path.symlink_to(path), "link"),
        (lambda path: path.symlink_to("/etc/hostname"), "link"),
        (lambda path: path.symlink_to(path.parent / "gone"), "link"),
    ],
    ids=["fifo", "loop", "out of the tree", "dangling"],
)
@pytest.mark.parametrize("named", [True, False])
def test_what_is_no_file(tmp_path: Path, make: Callable[[Path], object], words: str, named: bool) -> None:
    path = tmp_path / "strange"
    make(path)
    started = time.monotonic()
    ended = scan_beside(tmp_path, path) if named else scan_beside(tmp_path)
    assert time.monotonic() - started < 10
    check(ended, path, "failed", words)


def test_a_link_inside_the_tree_is_scanned_once(tmp_path: Path) -> None:
    (tmp_path / "again.csv").symlink_to("zz-good.csv")
    (tmp_path / "up").symlink_to(tmp_path)
    ended = scan_beside(tmp_path)
    assert ended.code == 0
    assert len(ended.document["inputs"]) == 1


def test_wrong_encoding(tmp_path: Path) -> None:
    path = rows_file(tmp_path / "gbk.csv", PEOPLE, "gb18030")
    ended = scan_beside(tmp_path, path)
    assert ended.code == 0
    good = boundary(tmp_path / "zz-good.csv", "contact", 20)
    ended = command("scan", path, good, "-f", "json", "--encoding", "utf-8")
    check(ended, path, "partial", "undecodable")
    assert ended.document["labels"]["mobile_phone"]["distinct"] == 60


def test_an_encoding_that_is_not_read(tmp_path: Path) -> None:
    path = rows_file(tmp_path / "x.csv", PEOPLE)
    ended = command("scan", path, "--encoding", "shift_jis")
    assert (ended.code, len(ended.sentences)) == (2, 1)
    assert "shift_jis" in ended.err


def test_rows_of_another_width(tmp_path: Path) -> None:
    path = rows_file(tmp_path / "ragged.csv", [*PEOPLE, "王小明,13900139000,x,y", "13900139001"])
    ended = scan_beside(tmp_path, path)
    check(ended, path, "partial", "width")
    entry = ended.document["inputs"][0]
    assert (entry["rows"], entry["rows_damaged"]) == (42, 2)
    # What the damaged rows hold is found, but they are no records.
    assert ended.document["labels"]["mobile_phone"]["rows"] == 42 + 20
    assert ended.document["categories"]["contact"]["records"] == 40 + 20
    stages = {stage["name"]: stage["rows"] for stage in ended.document["records"]["stages"]}
    assert (stages["rows"], stages["damaged"]) == (62, 2)


@pytest.mark.parametrize("at", [1, 20, 40])
def test_a_quote_that_never_closes(tmp_path: Path, at: int) -> None:
    lines = list(PEOPLE)
    lines[at] = lines[at].replace(",", ',"')
    lines += [f'"王小明","{phone}"' for phone in PHONES[:5]]
    path = rows_file(tmp_path / "quote.csv", lines)
    ended = scan_beside(tmp_path, path)
    assert ended.code == 3
    entry = ended.document["inputs"][0]
    assert entry["status"] == "partial"
    assert entry["rows"] == 45, "the other lines are rows of their own"
    # Every phone is still seen, in rows or in free text.
    assert ended.document["labels"]["mobile_phone"]["distinct"] == 60


def test_a_line_of_100_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write("\n".join(PEOPLE).encode() + b"\n")
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b" 13900139000 \n")
        file.write("王小明,13900139001\n".encode())
    started = time.monotonic()
    ended = scan_beside(tmp_path, path)
    assert time.monotonic() - started < 30
    assert ended.code == 3
    assert ended.document["inputs"][0]["size"] == path.stat().st_size
    assert ended.document["labels"]["mobile_phone"]["distinct"] == 40 + 2 + 20


BINARY = [
    b"\xff\xd8\xff\xe0\0\x10JFIF",
    b"\x89PNG\r\n\x1a\n",
    b"\x7fELF",
]


@pytest.mark.parametrize("head", BINARY)
def test_what_is_not_read_is_said(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "binary.csv"
    path.write_bytes(head + random.Random(1).randbytes(2000))
    check(scan_beside(tmp_path, path), path, "failed", "which is not read")


def parquet(folder: Path) -> bytes:
    path = folder / "source.parquet"
    made = make_fixture("dump", "--rows", 300, "--format", "parquet", "--out", path)
    assert made.exit_code == 0, made.output
    pq.write_table(pq.read_table(path), path, row_group_size=100)
    data = path.read_bytes()
    path.unlink()
    return data


@pytest.mark.parametrize("sixteenths", [0, 1, 5, 8, 12, 15])
def test_a_parquet_file_cut_off(tmp_path: Path, sixteenths: int) -> None:
    data = parquet(tmp_path)
    path = tmp_path / "cut.parquet"
    path.write_bytes(data[: 4 + len(data) * sixteenths // 16])
    check(scan_beside(tmp_path, path), path, "failed", "Parquet")


def test_a_parquet_file_with_bytes_flipped(tmp_path: Path) -> None:
    data = parquet(tmp_path)
    draw = random.Random(4)
    damaged = 0
    for number in range(60):
        flipped = bytearray(data)
        low = len(data) - 3000 if number % 3 == 0 else 4
        for at in draw.sample(range(low, len(data) - 8), 3):
            flipped[at] ^= 1 << draw.randrange(8)
        (tmp_path / f"{number:02}.parquet").write_bytes(flipped)
    # A child of its own: a reader that dies takes its process with it.
    good = sound(tmp_path / "zz-good.csv")
    ended = process("scan", tmp_path, "-f", "json", timeout=100)
    for entry in ended.document["inputs"]:
        assert entry["status"] in ("complete", "partial", "failed")
        assert bool(entry["reasons"]) == (entry["status"] != "complete")
        damaged += entry["status"] != "complete"
        if entry["path"] == str(good):
            assert (entry["status"], entry["rows"]) == ("complete", 20)
    assert damaged > 10
    assert ended.code == 3
    lost = sum(issue["rows_lost"] for issue in ended.document["issues"])
    assert lost > 0


def test_a_damaged_row_group_is_counted_as_lost_and_the_others_are_read(tmp_path: Path) -> None:
    data = bytearray(parquet(tmp_path))
    path = tmp_path / "hole.parquet"
    path.write_bytes(data)
    group = pq.ParquetFile(path).metadata.row_group(1)
    first = group.column(0)
    at = first.dictionary_page_offset or first.data_page_offset
    size = sum(group.column(index).total_compressed_size for index in range(group.num_columns))
    data[at : at + size] = bytes(size)
    path.write_bytes(data)
    ended = scan_beside(tmp_path, path)
    check(ended, path, "partial", "row group 1", "100")
    assert ended.document["inputs"][0]["rows"] == 200
    assert [issue["rows_lost"] for issue in ended.document["issues"]] == [100]


GOOD_PATTERN = """[[pattern]]
name = "ticket"
label = "ticket"
standard = "a test"
pattern = 'T[0-9]{6}'
examples = ["T123456"]
counterexamples = ["X123456"]
"""


def test_a_good_pack_works(tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text(GOOD_PATTERN, encoding="utf-8")
    path = rows_file(tmp_path / "x.csv", ["a,b", *(f"T{n},x" for n in range(100000, 100030))])
    ended = command("scan", path, "-f", "json", "--patterns", pack)
    assert ended.code == 0, ended.err
    assert ended.document["labels"]["ticket"] == {"matches": 30, "rows": 30, "distinct": 30}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("T[0-9]{6}", "T[0-9{6}", "pattern"),
        ("T[0-9]{6}", "T?", "empty"),
        ('label = "ticket"\n', "", "label"),
        ('label = "ticket"', "label = 7", "label"),
        ('examples = ["T123456"]', 'examples = ["X1"]', "X1"),
        ('examples = ["T123456"]', "examples = []", "examples"),
        ('["X123456"]', '["T123456"]', "T123456"),
        ("standard", "standart", "standard"),
        ("[[pattern]]", "[[patern]]", "patern"),
        ("[[pattern]]", "[[pattern", "own.toml"),
        ('name = "ticket"', 'name = "email"', "email"),
        (GOOD_PATTERN, "", "pattern"),
        (GOOD_PATTERN, "\x00", "own.toml"),
    ],
)
def test_a_bad_pattern_pack(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in GOOD_PATTERN
    pack = tmp_path / "own.toml"
    pack.write_text(GOOD_PATTERN.replace(old, new, 1), encoding="utf-8")
    path = rows_file(tmp_path / "x.csv", PEOPLE)
    ended = command("scan", path, "-f", "json", "--patterns", pack)
    assert (ended.code, ended.out, len(ended.sentences)) == (2, b"", 1)
    assert "own.toml" in ended.err
    assert words in ended.err


def policy_text() -> str:
    from scanner import knowledge

    return (knowledge.root() / "policies" / "cn-criminal-2017.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("scale = 5000", 'scale = "many"', "scale"),
        ("scale = 5000", "", "scale"),
        ("main = 50\n", "main = 51\n", "main"),
        ("main = 50\n", "", "main"),
        ('name = "trajectory"', 'name = "trajectry"', "trajectry"),
        ("[thresholds]", "[thresholds", "own.toml"),
        ("low = 50\n", "low = -50\n", "low"),
    ],
)
def test_a_bad_policy(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = policy_text()
    assert old in text
    policy = tmp_path / "own.toml"
    policy.write_text(text.replace(old, new, 1), encoding="utf-8")
    path = rows_file(tmp_path / "x.csv", PEOPLE)
    ended = command("scan", path, "-f", "json", "--policy", policy)
    assert (ended.code, ended.out, len(ended.sentences)) == (2, b"", 1)
    assert "own.toml" in ended.err
    assert words in ended.err


def test_a_policy_of_ones_own(tmp_path: Path) -> None:
    policy = tmp_path / "own.toml"
    policy.write_text(policy_text().replace('name = "cn-criminal-2017"', 'name = "own"', 1), encoding="utf-8")
    path = rows_file(tmp_path / "x.csv", PEOPLE)
    ended = command("scan", path, "-f", "json", "--policy", policy)
    assert ended.code == 0, ended.err
    assert ended.document["verdict"]["policy"] == "own"


@pytest.mark.parametrize("odd", [(3,), (3, 5, 17), tuple(range(0, 60, 5))])
def test_rows_of_another_width_are_told_by_their_numbers(tmp_path: Path, odd: tuple[int, ...]) -> None:
    """The same ones however the file is split, and in each kind of report by which it can be looked up."""
    rows = [
        "姓名,手机号码",
        *(f"王小明,{13800130000 + at}" + (",多" if at in odd else "") for at in range(60)),
    ]
    path = rows_file(tmp_path / "x.csv", rows)
    told = []
    for size, jobs in ((8 << 20, 1), (100, 1), (100, 2)):
        document = scanner.scan(path, read=ReadOptions(block_size=size), jobs=jobs, as_of=TODAY).to_dict()
        told += [(issue["row"], issue["what"].partition("records: ")[2]) for issue in document["issues"]]
    shown = f"rows {', '.join(map(str, odd[:8]))}" + (" and 4 more" if len(odd) > 8 else "")
    assert told == 3 * [(odd[0], shown if len(odd) > 1 else "")]
    explained = command("explain", path, "--row", odd[-1], "-f", "json", *TODAY_OPTION).document
    assert explained["stage"] == "damaged"


@pytest.mark.parametrize(
    ("above", "told"),
    [
        (["客户名单"], "1 line above the header was scanned as free text"),
        (["sep=,"], "1 line above the header was scanned as free text"),
        (["客户名单", "联系 13812345678"], "2 lines above the header were scanned as free text"),
    ],
)
def test_lines_above_a_header_are_text_and_no_damage(tmp_path: Path, above: list[str], told: str) -> None:
    people = [f"王小明,{13800130000 + at},{at}" for at in range(60)]
    path = rows_file(tmp_path / "x.csv", [*above, "姓名,手机号码,余额", *people])
    ended = command("scan", path, "-f", "json", *TODAY_OPTION)
    assert (ended.code, ended.err.strip()) == (0, f"leaktally: {path}: {told}")
    entry = ended.document["inputs"][0]
    assert (entry["status"], entry["reasons"], entry["rows_damaged"]) == ("complete", [told], len(above))
    loose = [column for column in ended.document["columns"] if column["index"] is None]
    assert sum(label["valid"] for column in loose for label in column["labels"]) == len(above) - 1
    # A damaged row below is told of, beside those above.
    path = rows_file(tmp_path / "y.csv", [*above, "姓名,手机号码,余额", *people, "王小明,13812345678"])
    ended = command("scan", path, "-f", "json", *TODAY_OPTION)
    assert ended.code == 3
    assert "1 of 61 rows is not of the width" in ended.err
    assert told in ended.err
