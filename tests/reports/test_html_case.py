"""What the HTML report says of the case, the examiners and the times, and its charts at both ends of the scale."""

from __future__ import annotations

import re
from html import unescape

import pytest
import report_samples
from hypothesis import given
from hypothesis import strategies as st
from running import ROOT, scanned
from verdict_samples import ladder, tiers

from scanner.case_sheet import CaseSheet, Operator
from scanner.reports import bars, case_text, html, html_arithmetic
from scanner.reports.escape import visible
from scanner.reports.words import LANGS, Words

SHEET = CaseSheet("示例〔2026〕1号", operators=(Operator("张示例", "工程师"),), holder="持有甲")


def page_of(sheet: CaseSheet | None = None, lang: str = "zh") -> str:
    document = report_samples.rich()
    if sheet is not None:
        document["case"] = sheet.to_dict()
    return html.render(document, lang).decode()


def section(page: str, name: str) -> str:
    return re.search(rf'<section id="{name}".*?</section>', page, re.DOTALL)[0]


def text(page: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", page))


@pytest.mark.parametrize("lang", LANGS)
def test_without_a_sheet_everything_is_a_blank(lang):
    words = Words(lang)
    for page in (page_of(None, lang), page_of(CaseSheet(), lang)):
        shown = section(page, "case")
        for key in case_text.ENTRIES:
            assert f'<dt>{words.name("case", key)}</dt><dd><span class="blank">' in shown
        # A line for each of two examiners, and two rows of exhibits.
        assert shown.count("<div><span") == 2
        assert shown.count('<td><span class="blank">') == 2 * len(case_text.EXHIBIT)


@pytest.mark.parametrize("lang", LANGS)
def test_the_entries_stand_in_the_case_and_at_the_signatures(lang):
    page = page_of(SHEET, lang)
    assert "示例〔2026〕1号" in section(page, "case")
    assert "示例〔2026〕1号" in page.partition("<section")[0]
    for part in ("case", "signatures"):
        assert "张示例" in section(page, part)
        assert "持有甲" in section(page, part)
    assert ("（工程师）" if lang == "zh" else "(工程师)") in text(section(page, "case"))


@pytest.mark.parametrize("named", [0, 1, 2, 3])
def test_fewer_than_two_examiners_are_remarked(named):
    sheet = CaseSheet(operators=tuple(Operator(f"检查{n}") for n in range(named)))
    signed = section(page_of(sheet), "signatures")
    roles = re.findall(r'<td class="role">(.*?)</td>', signed)
    assert roles == [*(f"检查人员 {n + 1}" for n in range(max(named, 2))), "持有人（提供人）", "见证人"]
    remark = f"案件信息表写明检查人员 {named} 名；检查应由 2 名以上人员进行"
    assert (remark in signed) == (named < 2)


@pytest.mark.parametrize(
    ("started", "seconds", "begun", "ended"),
    [
        ("2026-11-21T20:00:00+00:00", 1.2, "04:00:00（北京时间，UTC+8）；2026-11-21 20:00:00（UTC）", "04:00:02"),
        ("2026-12-31T15:59:59+00:00", 0.001, "2026-12-31 23:59:59", "2027-01-01 00:00:00（北京时间"),
        ("2026-11-21T20:00:00", 0, "2026-11-22 04:00:00", "2026-11-22 04:00:00"),
        ("2026-11-21T12:00:00-05:00", 3600, "01:00:00（北京时间，UTC+8）；2026-11-21 17:00:00", "2026-11-22 02:00:00"),
    ],
)  # fmt: skip
def test_times_are_told_in_beijing_and_in_utc(started, seconds, begun, ended):
    told = case_text.span({"run": {"started": started, "seconds": seconds}}, Words("zh"))
    assert told is not None
    assert begun in told[0]
    assert ended in told[1]


def test_a_document_without_run_has_no_times():
    document = report_samples.rich()
    del document["run"]
    assert case_text.span(document, Words("zh")) is None
    assert "北京时间" not in html.render(document).decode()


@given(st.text() | st.text("\"'\\;{}<>/*\n@"))
def test_a_text_in_the_style_sheet_stays_a_text(value):
    written = html.css_text(value)
    assert re.fullmatch(r'"(?:[A-Za-z0-9]|\\[0-9a-f]{1,6} )*"', written)
    read = re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), written[1:-1])
    shown = visible(value)
    assert read == (shown if len(shown) <= html.HEAD else shown[: html.HEAD - 1] + "…")


@pytest.mark.parametrize(
    ("score", "times", "broken"),
    [
        (0, "0.00", False), (3, "&lt; 0.01", False), (50, "0.01", False), (4999, "0.99", False), (5000, "1.00",
         False), (5782, "1.15", False),
        (49_999, "9.99", False), (50_000, "10.0", False), (499_950, "99.9", False), (500_000, "100", False),
        (500_001, "100", True), (3_000_000, "600", True), (10**12, "200,000,000", True),
    ],
)  # fmt: skip
def test_charts_read_well_at_both_ends(score, times, broken):
    verdict = tiers([0, 0, score], [0, 0, score], [0, 0, score])
    page = html_arithmetic.page(verdict, 1, Words("zh"))
    bars_of_scores = re.search(r"<figure>.*?</figure>", page, re.DOTALL)[0]
    assert bars_of_scores.count(f"<small>{times} 倍</small>") == 3
    assert ('class="break"' in bars_of_scores) == broken
    drawn = [float(width) for width in re.findall(r'width="([\d.]+)" height="8" class="bar', bars_of_scores)]
    assert all((0.8 <= width <= 300) if score else width == 0 for width in drawn)


def test_a_ladder_is_measured_by_its_first_rung():
    page = html_arithmetic.page(ladder((0, 5), (1, 50), (1, 10**7)), 1, Words("en"))
    pictures = re.findall(r'<span class="value">([\d,]+)<small>(?:&lt; )?([\d,.]+) ×</small>', page)
    standards = [
        int(one.replace(",", "")) for one in re.findall(r'<span class="zone"><b>(?:&gt; )?([\d,]+)', page)
    ]
    values = [(int(value.replace(",", "")), times) for value, times in pictures]
    assert len(values) == 6
    for value, times in values:
        assert any(abs(float(times.replace(",", "")) - value / first) <= 1 for first in standards), (
            value,
            times,
        )


def test_more_is_never_drawn_shorter():
    values = [0, 1, 3, 49, 50, 51, 499, 500, 4999, 5000, 10**5, 10**6, 3 * 10**6, 10**12]
    places = [bars.place(value, [50, 500]) for value in values]
    assert places == sorted(places)


def test_reasons_are_told_in_chinese():
    """Every reason that scans of the demo and of the worked cases give, but for names that come from the data."""
    words, found = Words("zh"), set()
    for folder in (ROOT / "fixtures" / "demo", ROOT / "fixtures" / "cases"):
        for column in scanned(folder)["columns"]:
            found |= {label["reason"] for label in column["labels"]}
    assert len({re.sub(r"\d", "", one) for one in found}) >= 8
    assert [one for one in found if re.search("[a-z]{3,}", words.figures(one))] == []
    assert all(Words("en").figures(one).replace(",", "") == one.replace(",", "") for one in found)


RECORD = {
    "rule": "leaktally-sample-1", "seed": 20261122, "confidence": 95.0, "margin": 5.0, "size": None, "minimum": 1,
    "complete": False, "population": 16356, "drawn": 1002, "beyond": {},
    "strata": [
        {"number": 1, "path": "案卷/<b>.csv", "member": None, "category": "property", "population": 15999,
         "drawn": 1001},
        {"number": 2, "path": "案卷/a.zip", "member": "b.csv", "category": "lodging", "population": 356, "drawn": 1},
    ],
    "rows": [
        {"number": n, "stratum": 1 + n // 1001, "table": "表" if n == 7 else None, "row": 5000 + n, "byte_offset": None}
        for n in range(1002)
    ],
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_a_sample_is_told_with_its_rule_and_its_rows(lang):
    document, words = report_samples.rich(), Words(lang)
    without = section(html.render(document, lang).decode(), "sample")
    assert words.ui("sample_none") in text(without)
    document["sample"] = RECORD
    shown = text(section(html.render(document, lang).decode(), "sample"))
    assert words.ui("sample_none") not in shown
    for told in (
        "16,356",
        "1,002",
        "20261122",
        "leaktally-sample-1",
        "案卷/<b>.csv",
        "案卷/a.zip › b.csv",
        "5,007",
    ):
        assert told in shown
    assert words.category("lodging") in shown
    assert words.ui("sample_incomplete") in shown
    assert words.ui("more_issues", count="2") in shown
    assert "6,000" not in shown  # rows beyond those shown
