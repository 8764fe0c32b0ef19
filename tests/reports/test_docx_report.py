"""The DOCX report: the same figures as the others, harmless text, the same bytes, and a layout for A4."""

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import asdict
from xml.etree import ElementTree

import docx
import pytest
import report_samples

from scanner.limits import Limits
from scanner.reports import docx_report, html, terminal
from scanner.reports.totals import number, stages
from scanner.reports.words import LANGS, Words, table
from scanner.run import job

SAMPLES = ("rich", "several", "empty", "unread", "hostile")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def text_of(data):
    """All text of a file, paragraph by paragraph, tables included."""
    root = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml"))
    return ["".join(part.text or "" for part in each.iter(f"{W}t")) for each in root.iter(f"{W}p")]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", SAMPLES)
def test_the_same_document_gives_the_same_bytes(name, lang):
    data = docx_report.render(getattr(report_samples, name)(), lang)
    assert data == docx_report.render(getattr(report_samples, name)(), lang)
    parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    assert {part.date_time for part in parts} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("lang", LANGS)
def test_sections_in_the_order_of_an_examination_report(lang):
    words = Words(lang)
    file = docx.Document(io.BytesIO(docx_report.render(report_samples.rich(), lang)))
    heads = [each.text for each in file.paragraphs if each.style.name == "Heading 1"]
    names = (
        "case",
        "docx_material",
        "method",
        "docx_course",
        "docx_outcome",
        "docx_limits",
        "docx_annexes",
        "signatures",
    )
    assert [re.sub(r"^(.、|\d\. )", "", head) for head in heads] == [words.ui(name) for name in names]
    if lang == "zh":
        assert [head[:2] for head in heads] == [f"{each}、" for each in "一二三四五六七八"]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", ["rich", "several"])
def test_it_shows_the_figures_of_the_document(name, lang):
    document, words = getattr(report_samples, name)(), Words(lang)
    lines = text_of(docx_report.render(document, lang))
    text = "\n".join(lines)
    for one in document["inputs"]:
        assert one["path"] in text
        assert f"SHA-256 {one['sha256']}" in lines
        assert all(words.sentence(reason) in lines for reason in one["reasons"])
    for key, one in document["categories"].items():
        at = lines.index(words.category(key))
        figures = [one["records"], one["distinct"], one["counted"], one["persons"]]
        assert {number(each) for each in figures} <= set(lines[at : at + 8])
    for stage in stages(document):
        assert any(number(stage.rows) in line for line in lines)
    for verdict in document["verdicts"]:
        assert words.pick(verdict["title"]) in lines
        for reading in ("low", "main", "high"):
            if "score" in verdict[reading]:
                assert number(verdict[reading]["score"]) in lines
    assert document["tool"]["knowledge_sha256"] in lines
    assert words.ui("only_quantity") in lines


@pytest.mark.parametrize("lang", LANGS)
def test_it_names_no_crime(lang):
    for name in SAMPLES:
        text = "\n".join(text_of(docx_report.render(getattr(report_samples, name)(), lang)))
        for words in ("构成犯罪", "情节严重", "情节特别严重", "guilty"):
            assert words not in text


def test_hostile_text_is_shown_and_not_obeyed():
    data = docx_report.render(report_samples.hostile())
    text = "\n".join(text_of(data))
    assert "\\u202e" in text
    assert "\\x1b" in text
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]", text
    )
    assert "<script>" in text  # as text
    kinds = zipfile.ZipFile(io.BytesIO(data)).read("word/document.xml").decode()
    assert not re.search(r"<w:(hyperlink|object|altChunk|control)\b", kinds)
    fields = re.findall(r"<w:instrText[^>]*>([^<]*)<", kinds)
    assert fields == []  # page numbers are in the footer, and nothing else is computed


def test_it_is_laid_out_for_print():
    document = {**report_samples.rich(), "case": {"number": "A-2026-1"}}
    file = docx.Document(io.BytesIO(docx_report.render(document)))
    section = file.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    assert "A-2026-1" in section.header.paragraphs[0].text
    fields = re.findall(r"PAGE|NUMPAGES", section.footer._element.xml)
    assert set(fields) == {"PAGE", "NUMPAGES"}
    headed = [table for table in file.tables if "w:tblHeader" in table._tbl.xml]
    assert len(headed) >= len(file.tables) - 2  # all but the facts of case and tool
    assert '"仿宋"' in file.styles["Normal"].element.xml
    assert 'w:eastAsia="zh-CN"' in file.styles.element.xml


def test_blanks_for_what_nobody_said_and_two_examiners_at_least():
    lines = text_of(docx_report.render(report_samples.rich()))
    words = Words("zh")
    assert {words.ui("sign_operator", place=place) for place in (1, 2)} <= set(lines)
    assert lines.count(words.ui("blank_line")) >= 8
    named = {"operators": [{"name": name, "title": None} for name in ("甲", "乙", "丙")], "number": "X-1"}
    lines = text_of(docx_report.render({**report_samples.rich(), "case": named}))
    assert {"甲", "乙", "丙", words.ui("sign_operator", place=3)} <= set(lines)


def test_what_the_annex_leaves_out_is_said():
    one = {"category": "lodging", "tier": 500, "records": 7, "itemised": False}
    annex = {"limit": 5, "categories": [one, {**one, "category": "health", "records": 3, "itemised": True}]}
    text = "\n".join(text_of(docx_report.render({**report_samples.rich(), "annex": annex})))
    assert Words("zh").ui("annex_left_out", names="住宿信息", count="7", limit="5") in text
    annex["categories"][0]["itemised"] = True
    assert "--annex-rows" not in "\n".join(
        text_of(docx_report.render({**report_samples.rich(), "annex": annex}))
    )


def test_many_inputs_are_cut_with_a_sentence():
    document = report_samples.rich()
    document["inputs"] = [{**document["inputs"][0], "path": f"dump-{i}.csv"} for i in range(1500)]
    text = "\n".join(text_of(docx_report.render(document)))
    assert Words("zh").ui("more_files", count="500") in text
    assert "dump-999.csv" in text
    assert "dump-1000.csv" not in text


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice (soffice) is not installed")
@pytest.mark.parametrize("name", ["rich", "hostile"])
def test_libreoffice_converts_it(name, tmp_path):
    path = tmp_path / "report.docx"
    path.write_bytes(docx_report.render(getattr(report_samples, name)()))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    pdf = (tmp_path / "report.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    if shutil.which("pdftotext"):
        text = subprocess.run(
            ["pdftotext", str(tmp_path / "report.pdf"), "-"], check=True, capture_output=True
        ).stdout
        pages = re.findall(r"第\s*(\d+)\s*页", text.decode())
        assert pages == [str(place) for place in range(1, len(pages) + 1)]
        assert len(pages) > 3


@pytest.mark.parametrize("lang", LANGS)
def test_options_are_named_in_the_language_and_limits_are_no_program_text(lang):
    document = report_samples.rich()
    limits = asdict(Limits())
    document = {**document, "options": {**document["options"], "limits": limits, "lawful_business": False}}
    words, text = Words(lang), "\n".join(text_of(docx_report.render(document, lang)))
    for name in (*limits, "as_of", "lawful_business"):
        assert words.name("options", name) != name or lang == "en"
        assert words.name("options", name) in text
    assert "{'" not in text
    assert "lawful_business" not in text
    assert f"{words.name('options', 'memory')}{words.ui('colon')}{limits['memory']:,}" in text


@pytest.mark.parametrize("lang", LANGS)
def test_every_option_of_a_scan_has_a_name(lang):
    shown = job.options_shown(job.Options())
    names = {name for name in (*shown, *shown["limits"]) if name != "limits"}
    assert names <= set(table()["options"])
    assert all(table()["options"][name][lang] for name in names)


@pytest.mark.parametrize("lang", LANGS)
def test_files_and_members_are_told_apart(lang):
    document, words = report_samples.rich(), Words(lang)
    one = {**document["inputs"][0], "path": "data/x.zip", "member": None, "size": 1000}
    members = [{**one, "member": f"{n}.csv", "size": 700_000_000} for n in range(3)]
    files = [{**each, "member": None} for each in document["inputs"]] + [one]
    packed = {**document, "inputs": [*files, *members]}
    told = words.ui("files_members", count=number(len(files)), members="3")
    for shown in (
        "\n".join(text_of(docx_report.render(packed, lang))),
        html.render(packed, lang).decode(),
        terminal.render(packed, 200, False, lang),
    ):
        assert told in " ".join(shown.split()) or told in shown.replace("\n", "")
        assert "GB" not in shown, "what comes out of an archive is no size of what was seized"
    alone = "\n".join(text_of(docx_report.render({**document, "inputs": files}, lang)))
    assert words.ui("files_count", count=number(len(files))) in alone
