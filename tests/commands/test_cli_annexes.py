"""Whole commands: a folder of everything, and the itemised annex as office programs read it."""

import csv
import gc
import hashlib
import io
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import docx
import hostile
import pytest
from python_calamine import CalamineWorkbook
from running import TODAY_OPTION, command, rows_file
from test_demo import FIXTURES

from scanner.reports import annex_text, xlsx_annex
from scanner.reports.annex_text import COLUMNS
from scanner.run import job
from tests.summary.test_upper_tiers import STAYS, stay

FILES = ["annex.xlsx", "list.csv", "report.docx", "report.html", "report.json", "report.txt"]
HEAD = list(COLUMNS)


def sheets_of(path):
    """Each sheet as rows; the first one is that of the totals."""
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def totals_of(path):
    """The figures of each category on the first sheet: tier, counted, listed, repeats, repeats not listed."""
    rows = next(iter(sheets_of(path).values()))
    at = next(place for place, row in enumerate(rows) if len(row) > 1 and row[1] == "档")
    return {row[0]: [int(each) for each in row[1:6]] for row in rows[at + 1 :] if row[6:7] not in ([], [""])}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    ended = command("scan", FIXTURES / "demo", "-o", f"{out}/", "--hash", "sm3", *TODAY_OPTION)
    assert ended.code == 3, ended.err  # five lines of the demo are damaged
    return out


def document_of(folder):
    import json

    return json.loads((folder / "report.json").read_bytes())


def test_a_folder_gets_everything(demo):
    assert set(FILES) <= {path.name for path in demo.iterdir()}


def test_the_annex_has_the_figures_of_the_report(demo):
    document = document_of(demo)
    totals = totals_of(demo / "annex.xlsx")
    last = max(int(tier) for tier in document["verdict"]["units"]) if "units" in document["verdict"] else 5000
    counted = {
        name: one["counted"]
        for name, one in document["categories"].items()
        if one["counted"] and one["tier"] and one["tier"] != last
    }
    assert {re.search(r"（(\w+)）$", name)[1]: row[1] for name, row in totals.items()} == counted
    assert all(row[1] == row[2] for row in totals.values())
    sheets = list(sheets_of(demo / "annex.xlsx").items())[1:]
    for name, rows in sheets:
        head, *lines = rows
        assert len(head) == len(HEAD)
        (tier,) = {line[HEAD.index("tier")] for line in lines}
        category = lines[0][HEAD.index("category")]
        repeats = [line for line in lines if line[HEAD.index("annex_repeats_of")] != ""]
        assert [line[0] for line in lines] == list(range(1, len(lines) + 1)), name
        assert totals[category] == [
            tier,
            len(lines) - len(repeats),
            len(lines) - len(repeats),
            len(repeats),
            0,
        ]
        for line in repeats:
            first = lines[int(line[HEAD.index("annex_repeats_of")]) - 1]
            assert first[0] < line[0]
            assert first[HEAD.index("annex_values")] == line[HEAD.index("annex_values")]
            assert first[HEAD.index("annex_repeats_of")] == ""
    main = document["verdicts"][0]["main"]
    for tier in {row[0] for row in totals.values()}:
        assert sum(row[2] for row in totals.values() if row[0] == tier) == main[f"n{tier}"]


def test_rows_are_as_high_as_their_text(demo):
    """Programs other than Excel do not find the height of a row by themselves, and would cut the text off."""
    with zipfile.ZipFile(demo / "annex.xlsx") as parts:
        sheet = parts.read("xl/worksheets/sheet2.xml").decode()
    widths = annex_text.widths()
    for row in re.findall(r"<row .*?</row>", sheet, re.DOTALL):
        high = float(found[1]) if (found := re.match(r'<row [^>]*\sht="([\d.]+)"', row)) else annex_text.LINE
        for column, text in re.findall(r'<c r="([A-Z])\d+"[^>]*t="inlineStr"><is><t[^>]*>(.*?)</t>', row):
            wide = sum(2 if ord(each) > 0x2000 else 1 for each in text)
            assert high * widths[ord(column) - ord("A")] >= wide * annex_text.LINE


def test_a_line_leads_to_its_row(demo):
    """The row number of a line is that of the file, and its values are those of the row, masked."""
    (_, rows) = next(pair for pair in sheets_of(demo / "annex.xlsx").items() if "交易信息" in pair[0])
    path = next(iter({line[HEAD.index("path")] for line in rows[1:]}))
    assert path.endswith("orders.csv")
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        given = list(csv.reader(file))
    for line in rows[1:20]:
        row = given[int(line[HEAD.index("annex_row")]) - 1]
        assert line[HEAD.index("annex_data_row")] == line[HEAD.index("annex_row")] - 2
        phone = re.search(r"手机号码 (\d{3})\*+(\d{4})", line[HEAD.index("annex_values")])
        assert any(cell.startswith(phone[1]) and cell.endswith(phone[2]) for cell in row)
        assert not any(len(cell) > 5 and cell in line[HEAD.index("annex_values")] for cell in row)


def test_the_list_names_every_file_with_its_hashes(demo):
    with (demo / "list.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[1:]
    named = {row[2]: row for row in rows}
    assert {each for each in FILES if each != "list.csv"} <= set(named)
    for path in [*(FIXTURES / "demo").iterdir(), *(demo / name for name in FILES if name != "list.csv")]:
        data = path.read_bytes()
        assert named[path.name][5] == str(len(data))
        assert named[path.name][6] == hashlib.sha256(data).hexdigest()
        assert re.fullmatch("[0-9a-f]{64}", named[path.name][7])


def test_the_docx_has_the_figures_of_the_report(demo):
    document = document_of(demo)
    file = docx.Document(str(demo / "report.docx"))
    cells = {cell.text for table in file.tables for row in table.rows for cell in row.cells}
    for name in ("low", "main", "high"):
        assert f"{document['verdicts'][0][name]['score']:,}" in cells


def test_the_same_scan_gives_the_same_annex(demo, tmp_path):
    command("scan", FIXTURES / "demo", "-f", "xlsx", "-o", tmp_path / "a.xlsx", "--jobs", 1, *TODAY_OPTION)

    def parts(path):
        archive = zipfile.ZipFile(path)
        return {name: archive.read(name) for name in archive.namelist() if name != "docProps/core.xml"}

    assert parts(tmp_path / "a.xlsx") == parts(demo / "annex.xlsx")


def hostile_names():
    """Values of the junk list as names: of files those that a file system takes, of columns all in one line."""
    texts = {value.decode("utf-8", "surrogateescape") for value in hostile.values(long=False)}
    texts |= {f"{sign}cmd|' /C calc'!A{i}" for i, sign in enumerate(("=", "+", "-", "@", "＝", " ="))}
    return sorted(texts)


@pytest.fixture(scope="module")
def nasty(tmp_path_factory):
    """Files with hostile names, each with a hostile column beside a stay."""
    folder = tmp_path_factory.mktemp("nasty")
    made = 0
    for place, text in enumerate(hostile_names()):
        name = text.encode("utf-8", "surrogateescape")[:200]
        if not name or b"/" in name or b"\0" in name or name in (b".", b".."):
            name = b"plain"
        cell = '"' + text.replace('"', '""').replace("\n", " ").replace("\r", " ").replace("\0", " ") + '"'
        lines = [f"{STAYS},{cell}", f"{stay(place)},{cell}"]
        with Path(os.fsdecode(bytes(folder) + b"/" + f"{place:03}".encode() + name)).open("wb") as file:
            file.write("".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape"))
        made += 1
    assert made >= 200
    out = tmp_path_factory.mktemp("nasty-out") / "out"
    command("scan", folder, "-o", f"{out}/", *TODAY_OPTION)
    return out


BAD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def test_hostile_names_are_text_in_the_annex(nasty):
    archive = zipfile.ZipFile(nasty / "annex.xlsx")
    for name in archive.namelist():
        text = archive.read(name).decode()
        assert not re.search(r"<(f|hyperlink|externalReference|ddeLink|oleObject)\b", text), name
        assert not BAD.search(text)
    rows = [row for sheet in list(sheets_of(nasty / "annex.xlsx").values())[1:] for row in sheet[1:]]
    assert len(rows) >= 200
    assert not any(isinstance(cell, str) and BAD.search(cell) for row in rows for cell in row)


def test_hostile_names_are_text_in_the_docx(nasty):
    file = docx.Document(str(nasty / "report.docx"))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    assert len(cells) > 1000
    assert not any(BAD.search(cell) for cell in cells)


def test_hostile_names_are_text_in_the_list(nasty):
    text = (nasty / "list.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) >= 206
    assert not any(
        cell.lstrip(" \xa0\u3000").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
        for row in rows
        for cell in row
    )


def test_full_sheets_and_full_files_are_continued(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx_annex.write, "__kwdefaults__", None)
    monkeypatch.setattr(xlsx_annex.write, "__defaults__", (False, None, 11, 3))
    path = rows_file(tmp_path / "stays.csv", [STAYS, *map(stay, range(35)), *map(stay, range(10))])
    ended = command(
        "scan", path, "-f", "xlsx", "-o", tmp_path / "annex.xlsx", "--allow-inside", *TODAY_OPTION
    )
    assert ended.code == 0, ended.err
    assert [name.name for name in sorted(tmp_path.glob("annex*"))] == ["annex-2.xlsx", "annex.xlsx"]
    first, second = sheets_of(tmp_path / "annex.xlsx"), sheets_of(tmp_path / "annex-2.xlsx")
    assert [len(rows) for rows in [*list(first.values())[1:], *second.values()]] == [11, 11, 11, 11, 6]
    numbers = [row[0] for sheet in [*list(first.values())[1:], *second.values()] for row in sheet[1:]]
    assert numbers == list(range(1, 46))
    assert list(totals_of(tmp_path / "annex.xlsx").values()) == [[500, 35, 35, 10, 0]]
    command(
        "scan",
        path,
        "-f",
        "xlsx",
        "-o",
        tmp_path / "annex.xlsx",
        "--annex-rows",
        3,
        "--allow-inside",
        *TODAY_OPTION,
    )
    assert [name.name for name in sorted(tmp_path.glob("annex*"))] == ["annex.xlsx"]


def test_repeats_beyond_the_limit_are_told(tmp_path):
    path = rows_file(tmp_path / "stays.csv", [STAYS, *map(stay, range(5)), *map(stay, range(5))])
    out = tmp_path / "annex.xlsx"
    command("scan", path, "-f", "xlsx", "-o", out, "--annex-rows", 7, "--allow-inside", *TODAY_OPTION)
    assert list(totals_of(out).values()) == [[500, 5, 5, 2, 3]]


def test_a_category_beyond_the_limit_is_named_in_the_reports(tmp_path):
    path = rows_file(tmp_path / "stays.csv", [STAYS, *map(stay, range(5))])
    out = tmp_path / "out"
    command("scan", path, "-o", f"{out}/", "--annex-rows", 4, "--allow-inside", *TODAY_OPTION)
    sheets = sheets_of(out / "annex.xlsx")
    assert len(sheets) == 1
    said = "\n".join(str(cell) for rows in sheets.values() for row in rows for cell in row)
    text = "\n".join(each.text for each in docx.Document(str(out / "report.docx")).paragraphs)
    page = (out / "report.html").read_text("utf-8")
    shown = "".join(line.strip() for line in (out / "report.txt").read_text("utf-8").split("\n"))
    for where in (said, text, page, shown):
        assert "住宿信息，共 5 条" in where
        assert "--annex-rows" in where


def test_nothing_at_the_upper_tiers_is_said(tmp_path):
    path = rows_file(tmp_path / "plain.csv", ["姓名,手机号", "张伟,13812340001", "王芳,13812340002"])
    out = tmp_path / "annex.xlsx"
    assert command("scan", path, "-o", out, "--allow-inside", *TODAY_OPTION).code == 0
    sheets = sheets_of(out)
    assert len(sheets) == 1
    assert "没有计入较高各档的记录。" in [row[0] for row in next(iter(sheets.values()))]


def test_no_value_in_plain_unless_revealed(tmp_path):
    path = rows_file(tmp_path / "stays.csv", [STAYS, *map(stay, range(5))])
    for name, reveal in (("masked", []), ("plain", ["--reveal"])):
        out = tmp_path / name
        command("scan", path, "-o", f"{out}/", "--allow-inside", *reveal, *TODAY_OPTION)
        text = "\n".join(
            str(cell) for rows in sheets_of(out / "annex.xlsx").values() for row in rows for cell in row
        )
        assert ("13812340001" in text) is bool(reveal)
        assert ("138****0001" in text) is not bool(reveal)
        mode = (out / "annex.xlsx").stat().st_mode & 0o777
        assert mode == 0o600 or not reveal


def test_standard_input_has_no_annex(tmp_path):
    data = "\n".join([STAYS, *map(stay, range(5))]).encode()
    refused = command("scan", "-", "-f", "xlsx", "-o", tmp_path / "a.xlsx", stdin=data)
    assert refused.code == 2
    assert "standard input can be read only once" in refused.err
    out = tmp_path / "out"
    ended = command("scan", "-", "-o", f"{out}/", stdin=data)
    assert ended.code == 0, ended.err
    assert "there is no itemised annex" in ended.err
    assert not (out / "annex.xlsx").exists()
    assert (out / "report.docx").exists()


def test_the_annex_needs_a_place(tmp_path):
    assert command("scan", FIXTURES / "demo", "-f", "xlsx").code == 2


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice (soffice) is not installed")
def test_libreoffice_reads_the_annex(nasty, tmp_path):
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    as_text = "csv:Text - txt - csv (StarCalc):44,34,76,1"  # with commas, in UTF-8
    where = ["--convert-to", as_text, "--outdir", str(tmp_path), str(nasty / "annex.xlsx")]
    subprocess.run(["soffice", "--headless", profile, *where], check=True, capture_output=True, timeout=120)
    assert "逐条清单" in (tmp_path / "annex.csv").read_text("utf-8")


def test_a_file_that_changes_meanwhile_leaves_nothing_behind(tmp_path, monkeypatch):
    path = rows_file(tmp_path / "stays.csv", [STAYS, *map(stay, range(5))])
    scan = job.run

    def changed(*arguments, **named):
        result = scan(*arguments, **named)
        rows_file(path, [STAYS, *map(stay, range(1, 6))])
        return result

    monkeypatch.setattr(job, "run", changed)
    out = tmp_path / "out"
    ended = command("scan", path, "-o", f"{out}/", "--allow-inside", *TODAY_OPTION)
    assert ended.code == 3
    assert ended.sentences == [
        f"leaktally: {path} changed after it was counted, so its records cannot be itemised"
    ]
    assert not out.exists()


def test_an_annex_for_which_memory_is_missing_is_one_sentence(tmp_path, monkeypatch):
    """No message of what was given up half finished, and no file."""

    def fail(*_args, **_more):
        raise MemoryError

    unraised = []
    monkeypatch.setattr("sys.unraisablehook", lambda what: unraised.append(what.exc_value))
    monkeypatch.setattr(zipfile.ZipFile, "write", fail)
    path = rows_file(tmp_path / "stays.csv", [STAYS, *map(stay, range(5))])
    ended = command(
        "scan", path, "-f", "xlsx", "-o", tmp_path / "annex.xlsx", "--allow-inside", *TODAY_OPTION
    )
    gc.collect()
    assert (ended.code, unraised) == (4, [])
    assert "not enough memory" in ended.err
    assert [each.name for each in tmp_path.iterdir()] == ["stays.csv"]
