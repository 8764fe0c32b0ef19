"""The list of electronic data: every file, as a spreadsheet reads it, and nothing a spreadsheet would run."""

import csv
import io

import hostile
import pytest
import report_samples
from hypothesis import given
from hypothesis import strategies as st

from scanner.reports import data_list
from scanner.reports.data_list import Output
from scanner.reports.escape import harmless
from scanner.reports.totals import input_name
from scanner.reports.words import LANGS, Words

OUTPUT = Output("out/report.json", 1234, "ab" * 32, "cd" * 32, 1_700_000_000.5)


def read(data):
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    assert text.count("\n") == text.count("\r\n")
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("lang", LANGS)
def test_every_file_has_a_line(lang):
    document, words = report_samples.rich(), Words(lang)
    head, *rows = read(data_list.render(document, [OUTPUT], lang))
    assert head == [words.ui(name) for name in data_list.COLUMNS]
    assert [row[0] for row in rows] == [str(place) for place in range(1, len(document["inputs"]) + 2)]
    for row, one in zip(rows, document["inputs"], strict=False):
        assert row[1] == words.ui("list_input")
        assert row[3] == input_name(one)
        assert row[4] == words.name("formats", one["format"])
        assert row[5] == str(one["size"])
        assert row[6] == one["sha256"]
    assert rows[-1] == [
        *(str(len(rows)), words.ui("list_output"), "report.json", "out/report.json", "JSON", "1234"),
        *("ab" * 32, "cd" * 32, "2023-11-14 22:13:20", "leaktally " + document["tool"]["version"]),
        *(words.ui("list_written"), ""),
    ]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "list_read"),
        ({"status": "partial"}, "list_read"),
        (
            {"status": "failed", "sha256": None, "reasons": ["is a symbolic link, which is not followed"]},
            "list_unread",
        ),
        ({"status": "skipped", "sha256": None}, "list_unread"),
        ({"member": "a/b.csv"}, "list_member"),
        ({"member": "a/b.csv", "status": "skipped", "sha256": None}, "list_member_unread"),
    ],
)
@pytest.mark.parametrize("lang", LANGS)
def test_the_method_is_what_was_done(more, said, lang):
    document = report_samples.rich()
    one = {**document["inputs"][0], "status": "complete", "member": None, **more}
    row = read(data_list.render({**document, "inputs": [one]}, [], lang))[1]
    assert row[10] == Words(lang).ui(said)
    assert len({Words(lang).ui(name) for name in ("list_read", "list_unread", "list_member")}) == 3


def test_a_member_names_its_container_and_a_partial_input_its_reason():
    document = report_samples.rich()
    one = {
        **document["inputs"][0],
        "member": "a/b.csv",
        "status": "partial",
        "reasons": ["changed while it was read"],
    }
    row = read(data_list.render({**document, "inputs": [one]}, []))[1]
    assert row[2:4] == ["b.csv", f"{one['path']} › a/b.csv"]
    assert row[8] == ""  # nobody knows when a member was modified
    assert row[11] == "部分；读取期间文件有变动"


def test_the_time_of_an_input_is_that_of_the_file(tmp_path):
    import os

    path = tmp_path / "x.csv"
    path.write_bytes(b"1")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    document = report_samples.rich()
    document["inputs"] = [{**document["inputs"][0], "path": str(path)}]
    assert read(data_list.render(document, []))[1][8] == "2023-11-14 22:13:20"


def test_the_source_is_the_exhibit_where_there_is_but_one():
    exhibit = {"number": "J1", "name": "硬盘", "source": "扣押", "medium": None, "seal": None}
    document = {**report_samples.rich(), "case": {"exhibits": [exhibit]}}
    assert read(data_list.render(document, []))[1][9] == "J1 硬盘 扣押"
    document["case"]["exhibits"].append(exhibit)
    assert read(data_list.render(document, []))[1][9] == ""


DANGEROUS = "=+-@\t\r\n\x00＝＋－＠"


def test_hostile_names_stay_text():
    names = [value.decode("utf-8", "surrogateescape") for value in hostile.values(long=False)]
    document = report_samples.rich()
    document["inputs"] = [{**document["inputs"][0], "path": name, "member": None} for name in names]
    rows = read(data_list.render(document, [OUTPUT._replace(path=name) for name in names]))
    assert len(names) >= 200
    assert len(rows) == 1 + 2 * len(names)
    for row in rows:
        for cell in row:
            assert not cell.lstrip(" \xa0\u3000").startswith(tuple(DANGEROUS))
            assert cell.isprintable() or not any(
                ord(char) < 32 or 0x202A <= ord(char) <= 0x202E for char in cell
            )


@given(st.text())
def test_what_is_harmless_begins_with_no_sign(text):
    shown = harmless(text)
    assert not shown.lstrip(" \xa0\u3000").startswith(tuple(DANGEROUS))
    assert shown.removeprefix("'") == harmless("x" + text)[1:] or shown == harmless("x" + text)[1:]
