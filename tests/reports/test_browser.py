"""The HTML report in a real browser: it keeps to itself whatever the data hold, and fits the screen and the paper."""

from __future__ import annotations

import re
import shutil
import subprocess

import browser
import hostile
import pytest
import report_samples
from running import ROOT, TODAY_OPTION, command, scanned

from scanner.case_sheet import CaseSheet, of
from scanner.reports import html
from scanner.reports.escape import visible
from scanner.reports.words import LANGS

PROGRAM = browser.program()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")
A4 = 178 * 96 // 25.4  # pixels between the margins

#: What lies beyond the right edge.
BEYOND = """[...document.querySelectorAll('main *')].filter(one => one.getBoundingClientRect().right >
    document.documentElement.clientWidth + 1).map(one => one.outerHTML.slice(0, 200)).slice(0, 5)"""
#: Each does one thing that a report must never do.
CONTROLS = {
    "dialogs": "<script>alert(1)</script>",
    "console": "<script>console.log(1)</script>",
    "requests": "<img src=http://127.0.0.1:9/x.png>",
    "requests by a style": "<style>p { background: url(http://127.0.0.1:9/x) }</style><p>x</p>",
    "requests beside": "<img src=beside.png>",
    "console by an error": "<script>throw new Error(1)</script>",
    "console by the policy": (
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\"><script>1</script>"
    ),
    "windows": "<script>window.open('about:blank')</script>",
}


@pytest.fixture(scope="module")
def chromium():
    assert PROGRAM
    with browser.running(PROGRAM) as running:
        yield running


def texts() -> list[str]:
    """The hostile values as text, such as a name of a sheet or an entry of a case sheet is."""
    return [value.decode("utf-8", "surrogateescape") for value in hostile.values(long=False)]


def file_names() -> list[bytes]:
    """The hostile values that can be names of files."""
    whole = {value.replace(b"/", b"_")[:250] for value in hostile.values(long=False) if b"\0" not in value}
    return sorted(whole - {b"", b".", b".."})


def hostile_case() -> CaseSheet:
    found = [text for text in texts() if text.strip()]
    keys = ("number", "cause", "entrusting_body", "examining_body", "purpose", "place", "holder", "witness")
    exhibits = [
        {"number": a, "name": b, "source": c, "medium": d, "seal": e}
        for a, b, c, d, e in zip(*(found[i::5] for i in range(5)), strict=False)
    ]
    operators = [{"name": a, "title": b} for a, b in zip(found[::9], found[1::9], strict=False)]
    return of({**dict(zip(keys, found[40:], strict=False)), "exhibits": exhibits, "operators": operators})


@pytest.fixture(scope="module")
def hostile_document(tmp_path_factory):
    """A scan of a folder whose names, headers and values are hostile, with such a case sheet and names of sheets."""
    folder = tmp_path_factory.mktemp("hostile")
    values = hostile.values(long=False)
    header = b",".join(b'"' + value.replace(b'"', b'""') + b'"' for value in values)
    line = b",".join(b'"' + value.replace(b'"', b'""') + b' 13800138000"' for value in values)
    for name in file_names():
        (folder / name.decode("utf-8", "surrogateescape")).write_bytes(b"a,b\n1,13800138000\n")
    (folder / "wide.csv").write_bytes(header + b"\n" + b"\n".join([line] * 3) + b"\n")
    document = scanned(folder, case=hostile_case())
    for column, name in zip(document["columns"], texts() * 9, strict=False):
        column["table"] = name
    return document


@pytest.mark.parametrize("kind", CONTROLS)
def test_a_page_that_acts_is_caught(chromium, tmp_path, kind):
    page = tmp_path / "control.html"
    page.write_text(f"<!doctype html><html><body>{CONTROLS[kind]}</body></html>")
    _, seen = chromium.open(page)
    assert not seen.quiet
    assert getattr(seen, kind.split()[0]), seen


def test_what_is_too_wide_is_caught(chromium, tmp_path):
    page = tmp_path / "wide.html"
    page.write_text("<!doctype html><main><table><tr><td><p style='width: 2000px'>x</table></main>")
    session, _ = chromium.open(page)
    assert chromium.evaluate(session, "document.documentElement.scrollWidth") > 1280
    assert len(chromium.evaluate(session, BEYOND)) > 1


def test_there_are_enough_hostile_names():
    assert len(hostile.values(long=False)) >= 200
    assert len(file_names()) >= 180


@pytest.mark.parametrize("lang", LANGS)
def test_a_report_of_hostile_data_keeps_to_itself(chromium, tmp_path, lang, hostile_document):
    page = tmp_path / "报告 report.html"
    page.write_bytes(html.render(hostile_document, lang))
    session, seen = chromium.open(page)
    assert seen.quiet, seen
    count = (
        "document.querySelectorAll('script,iframe,object,embed,img,link,form,input,base,video,audio').length"
    )
    assert chromium.evaluate(session, count) == 0
    shown = " ".join(chromium.evaluate(session, "document.body.textContent").split())
    for text in texts():
        assert " ".join(visible(text).split()) in shown
    assert chromium.evaluate(session, "location.href") == page.as_uri()


@pytest.mark.parametrize("text", ["</style>", "@import", "*/", "onerror", '"', "\\"])
def test_a_case_number_stays_a_text_in_the_style_sheet(chromium, tmp_path, text):
    document = report_samples.rich()
    for number in [each for each in texts() if text in each][:4]:
        document["case"] = CaseSheet(number=number).to_dict()
        page = tmp_path / "report.html"
        page.write_bytes(html.render(document))
        session, seen = chromium.open(page)
        assert seen.quiet, (number, seen)
        # The rule is one text, and all others stand as they did.
        rules = "[...document.styleSheets[0].cssRules].map(one => one.cssText).filter(one => one.startsWith('@page'))"
        assert len(chromium.evaluate(session, rules)) == 4
        shown = chromium.evaluate(session, rules)[-2].split("@top-right")[1].split("content: ")[1]
        assert visible(number)[: html.HEAD - 1].replace("\\", "\\\\").replace('"', '\\"') in shown
        assert (
            chromium.evaluate(session, "getComputedStyle(document.querySelector('main')).maxWidth")
            == "1080px"
        )


@pytest.fixture(scope="module")
def pages(tmp_path_factory, hostile_document):
    """Reports of several kinds as files, in both languages."""
    folder = tmp_path_factory.mktemp("pages")
    sheet = folder / "case.toml"
    command("case", "new", sheet)
    blank = sheet.read_text("utf-8")
    sheet.write_text(blank.replace('number = ""', 'number = "示例〔2026〕1号"', 1), "utf-8")
    for lang in LANGS:
        command(
            "scan",
            ROOT / "fixtures" / "demo",
            "--case",
            sheet,
            "-o",
            folder / f"demo.{lang}.html",
            "--lang",
            lang,
            *TODAY_OPTION,
        )
        command(
            "compare",
            ROOT / "fixtures" / "demo",
            "-o",
            folder / f"compare.{lang}.html",
            "--lang",
            lang,
            *TODAY_OPTION,
        )
        for build in (
            report_samples.rich,
            report_samples.several,
            report_samples.empty,
            report_samples.unread,
        ):
            (folder / f"{build.__name__}.{lang}.html").write_bytes(html.render(build(), lang))
        (folder / f"hostile.{lang}.html").write_bytes(html.render(hostile_document, lang))
    return folder


KINDS = ("demo", "compare", "rich", "several", "empty", "unread", "hostile")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_report_fits_screen_and_paper(chromium, pages, kind, lang):
    session, seen = chromium.open(pages / f"{kind}.{lang}.html")
    assert seen.quiet, seen
    # A table too wide for the screen scrolls in its box; the page itself never does.
    for width in (1280, 800, 390):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        chromium.ask("Emulation.setDeviceMetricsOverride", session, **size)
        assert chromium.evaluate(session, "document.documentElement.scrollWidth") <= width
    # On paper nothing can scroll, so nothing may be wider than the page.
    chromium.ask("Emulation.setEmulatedMedia", session, media="print")
    size = {"width": int(A4), "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    chromium.ask("Emulation.setDeviceMetricsOverride", session, **size)
    assert chromium.evaluate(session, BEYOND) == []


@pytest.mark.parametrize("lang", LANGS)
def test_the_contents_lead_to_every_section(chromium, pages, lang):
    session, _ = chromium.open(pages / f"demo.{lang}.html")
    lines = "[...document.querySelectorAll('.contents a')].map(one => [one.getAttribute('href'), one.textContent])"
    heads = "[...document.querySelectorAll('section')].map(one => ['#' + one.id, one.querySelector('h2').textContent])"
    listed = chromium.evaluate(session, lines)
    assert len(listed) >= 14
    assert listed == chromium.evaluate(session, heads)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext (poppler) is installed")
@pytest.mark.parametrize("lang", LANGS)
def test_every_printed_page_has_its_number_and_tables_their_heads(chromium, pages, tmp_path, lang):
    session, _ = chromium.open(pages / f"demo.{lang}.html")
    target = tmp_path / "report.pdf"
    target.write_bytes(chromium.pdf(session))
    text = subprocess.run(["pdftotext", "-layout", target, "-"], capture_output=True, check=True, timeout=60)
    printed = text.stdout.decode().split("\f")[:-1]
    told = subprocess.run(["pdfinfo", target], capture_output=True, check=True, timeout=60).stdout.decode()
    width, height = map(float, re.findall(r"Page size:\s+([\d.]+) x ([\d.]+)", told)[0])
    assert (width, height) == (pytest.approx(595, abs=1), pytest.approx(842, abs=1))  # A4 in points
    assert len(printed) > 8
    for place, page in enumerate(printed, 1):
        number = f"第 {place} 页，共 {len(printed)} 页" if lang == "zh" else f"{place} / {len(printed)}"
        assert number in page
    title = "公民个人信息数量测算报告" if lang == "zh" else "Report on the quantity of personal information"
    assert all(title in page for page in printed)
    assert all("示例〔2026〕1号" in page for page in printed[1:])  # the number of the case, above every page
    head = "有效／候选" if lang == "zh" else "Valid / candidates"
    assert sum(head in page for page in printed) >= 3
