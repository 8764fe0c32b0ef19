"""Goldens and what must hold of every HTML and terminal report; UPDATE_GOLDEN=1 writes the goldens anew."""

import base64
import hashlib
import json
import os
import re
import tomllib
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
import report_samples
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import policy as policies
from scanner.reports import (
    bars,
    html,
    json_report,
    layout,
    markup,
    phrases,
    policy_text,
    terminal,
)
from scanner.reports.totals import legible_name
from scanner.reports.words import LANGS, Words, table

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = {
    "rich": report_samples.rich,
    "several": report_samples.several,
    "empty": report_samples.empty,
    "unread": report_samples.unread,
    "hostile": report_samples.hostile,
}


def golden(name, data):
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_bytes(data)
    assert path.read_bytes() == data, f"{name} changed; look at it, then UPDATE_GOLDEN=1"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", SAMPLES)
def test_golden(name, lang):
    document = SAMPLES[name]()
    golden(f"{name}.{lang}.html", html.render(document, lang))
    golden(f"{name}.{lang}.80.txt", terminal.render(document, 80, False, lang).encode())
    golden(f"{name}.{lang}.120.colour.txt", terminal.render(document, 120, True, lang).encode())


class Seen(HTMLParser):
    """Every tag with its attributes, and the text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self.open = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in markup.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", SAMPLES)
def test_html_is_closed_to_everything(name, lang):
    page = html.render(SAMPLES[name](), lang).decode()
    seen = Seen(page)
    assert seen.open == []
    kinds = {tag for tag, _ in seen.tags}
    assert kinds.isdisjoint({"script", "link", "img", "iframe", "object", "embed", "form", "base", "video"})
    # Links lead to sections of the page itself, and nowhere else.
    places = {f"#{attributes['id']}" for _, attributes in seen.tags if "id" in attributes}
    assert all(tag == "a" and a["href"] in places for tag, a in seen.tags if tag == "a" or "href" in a)
    names = {key for _, attributes in seen.tags for key in attributes}
    assert "style" not in names
    assert not [key for key in names if key.startswith("on") or key in ("src", "srcset", "action")]
    assert "<script" not in page
    assert not re.search(r"\sstyle=", page)
    assert "http:" not in page
    assert "https:" not in page
    assert "url(" not in page
    assert "@import" not in page
    for low, high in (
        (0, 8),
        (0x0B, 0x1F),
        (0x7F, 0x9F),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2066, 0x2069),
    ):
        assert not [char for char in page if low <= ord(char) <= high]


def test_the_policy_allows_this_style_and_nothing_else():
    page = html.render(report_samples.rich()).decode()
    given_policy = next(
        a["content"] for t, a in Seen(page).tags if a.get("http-equiv") == "Content-Security-Policy"
    )
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert given_policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert page.index("Content-Security-Policy") < page.index("<style>")


@pytest.mark.parametrize("lang", LANGS)
def test_the_reports_name_no_crime(lang):
    for name in SAMPLES:
        for page in (
            html.render(SAMPLES[name](), lang).decode(),
            terminal.render(SAMPLES[name](), 80, False, lang),
        ):
            for words in ("构成犯罪", "情节严重", "情节特别严重", "guilty"):
                assert words not in page
    assert "按《解释》第五条数量标准测算" in html.render(report_samples.rich(), lang).decode()
    assert "按《解释》第五条数量标准测算" in terminal.render(report_samples.rich(), 80, False, lang)


def test_html_shows_every_figure_and_every_hash():
    document = report_samples.rich()
    text = " ".join("".join(Seen(html.render(document).decode()).text).split())
    for one in document["inputs"]:
        assert one["sha256"] in text
        assert one["path"] in text
        assert f"{one['size']:,}" in text
        assert all(Words("zh").sentence(reason) in text for reason in one["reasons"])
    for one in document["categories"].values():
        assert f"{one['records']:,}" in text
    for column in document["columns"]:
        assert column["name"] is None or column["name"] in text
        for label in column["labels"]:
            assert Words("zh").figures(label["reason"]) in text
            assert all(sample in text for sample in label["samples"])
    assert document["tool"]["knowledge_sha256"] in text
    assert all(Words("zh").sentence(issue["what"]) in text for issue in document["issues"])


def test_columns_without_findings_share_a_line():
    page = html.render(report_samples.rich()).decode()
    listed = re.findall(r'<p class="plain">(.*?)</p>', page)
    assert [len(re.findall("<span", one)) for one in listed] == [1, 1, 127]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("width", [40, 80, 100, 120])
def test_terminal_fits_and_is_harmless(name, width, lang):
    plain = terminal.render(SAMPLES[name](), width, False, lang)
    assert all(layout.cells(line) <= width for line in plain.split("\n"))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", plain)
    coloured = terminal.render(SAMPLES[name](), width, True, lang)
    assert re.sub(r"\x1b\[(?:0|1|2|31|32|33)m", "", coloured) == plain
    assert coloured != plain
    assert plain.rstrip().split("\n\n")[-1].startswith(Words(lang).ui("left_out"))


def test_the_box_is_straight():
    lines = terminal.render(report_samples.rich(), 80, False, "zh").split("\n")
    box = [line for line in lines if line[:1] in "+|" and line]
    assert len(box) == 10
    assert {layout.cells(line) for line in box} == {80}


def test_every_text_is_there_in_both_languages():
    for section, texts in table().items():
        for key, languages in texts.items():
            assert set(languages) == set(LANGS), f"{section}.{key}"
            assert all(languages.values()), f"{section}.{key}"
            places = [set(re.findall(r"\{(\w+)\}", text)) for text in languages.values()]
            if key != "files_many":  # 等 N 个 counts all, "and N more" the rest
                assert places[0] == places[1], f"{section}.{key}"


LABELS = """
resident_id foreign_resident_id hmt_residence_permit passport hm_permit taiwan_permit military_id mobile_phone
landline_phone email qq wechat_id bank_card address person_name license_plate vin imei imsi mac_address
ip_address coordinate uscc masked
"""


def test_the_contract_is_named_in_full_and_no_text_is_left_over():
    assert set(LABELS.split()) == set(table()["labels"])
    code = "".join(path.read_text("utf-8") for path in sorted(Path(html.__file__).parent.glob("*.py")))
    assert set(table()["ui"]) <= set(re.findall(r"""["'](\w+)["']""", code))


def test_unknown_names_and_languages():
    assert Words("zh").name("labels", "employee_badge") == "employee_badge"
    assert Words("en").pick({"zh": "甲"}) == "甲"
    with pytest.raises(ValueError, match="language"):
        Words("fr")


def test_json_is_stable_and_reads_back():
    for build in SAMPLES.values():
        document = build()
        data = json_report.render(document)
        assert json.loads(data) == document
        assert data.endswith(b"}\n")
        assert data == json_report.render(build())
    assert "案卷".encode() in json_report.render(report_samples.rich())
    with pytest.raises(ValueError, match="JSON compliant"):
        json_report.render({"share": float("nan")})


@pytest.mark.parametrize(
    ("value", "place"),
    {0: 0, 1: 0.8, 2500: 50, 4999: 99.98, 5000: 100, 27500: 150, 50000: 200, 275000: 250, 10**9: 300}.items(),
)
def test_bars_are_in_the_zone_of_their_level(value, place):
    assert bars.place(value, [5000, 50000]) == pytest.approx(place)


@pytest.mark.parametrize(
    ("value", "limits", "place"),
    [
        (0, [100], 0), (50, [100], 75), (100, [100], 150), (550, [100], 225), (1000, [100], 300), (10**9, [100], 300),
        (0, [1, 10], 0), (1, [1, 10], 100), (10, [1, 10], 200),
        (10**6, [10**6, 10**7, 10**8], 75), (10**8, [10**6, 10**7, 10**8], 225), (10**9, [10**6, 10**7, 10**8], 300),
    ],
)  # fmt: skip
def test_bars_have_as_many_zones_as_levels(value, limits, place):
    assert bars.place(value, limits) == pytest.approx(place)
    picture = bars.zones(value, limits, "below", "")
    assert picture.count('"zone') == len(limits) + 1 + 1  # the picture is of class zones
    assert picture.count('"mark"') == len(limits)


@settings(deadline=None)
@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
def test_bars_stay_in_their_picture(low, main, high):
    picture = bars.zones(main, [5000, 50000], "below", "", (low, high)) + bars.share(
        min(low, main), main, "less", "", high
    )
    for name, value in re.findall(r' (x|width)="([^"]*)"', picture):
        assert 0 <= float(value) <= 300, name


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("人数 ≥ 1,000,000", 12, ["人数", "≥ 1,000,000"]),
        ("S = 5 < 10", 4, ["S", "= 5", "< 10"]),
        ("共计人（第四", 8, ["共计人", "（第四"]),
        ("item (五) or", 8, ["item", "(五) or"]),
        ("甲乙，丙", 5, ["甲", "乙，", "丙"]),
    ],
)
def test_lines_break_where_a_reader_would_break_them(text, width, lines):
    assert layout.wrap(text, width) == lines


@pytest.mark.parametrize("width", [26, 30, 34, 60])
def test_a_table_wraps_its_first_column(width):
    rows = layout.grid(["kind", "n", "sum"], [["  abc def ghi jkl mno", "1", "9,999"]], width)
    assert all(layout.cells(line) <= width for line in rows)
    assert rows[0].split() == ["kind", "n", "sum"]
    assert " ".join(" ".join(rows[1:]).split()).replace(" 1 9,999", "") == "abc def ghi jkl mno"
    assert all(line.startswith("  ") for line in rows[1:])


def test_a_table_without_room_is_told_in_lines():
    rows = layout.grid(["kind", "records", "persons"], [["a longer name of a kind", "1,000,000", "2"]], 24)
    assert rows == ["kind", "a longer name of a kind", "  records 1,000,000", "  persons 2"]


@settings(deadline=None)
@given(st.text(max_size=60), st.integers(4, 30))
def test_wrapping_loses_nothing_but_blanks(text, width):
    lines = layout.wrap(text, width)
    assert all(layout.cells(line) <= width for line in lines)
    shown = layout.visible(text)
    assert "".join("".join(lines).split()) == "".join(shown.split())
    assert layout.cells(layout.pad(shown, width)) == width


@settings(deadline=None)
@given(st.recursive(st.text(), lambda children: st.lists(children, max_size=3), max_leaves=6))
def test_markup_escapes_whatever_is_not_markup(children):
    page = markup.tag("p", children, title=str(children))
    assert page.count("<") == 2 + page.count("<span") * 2
    assert re.sub(r"<[^>]*>", "", page).count(">") == 0


def test_words_file_is_beside_the_code():
    assert tomllib.loads(files("scanner.reports").joinpath("words.toml").read_text("utf-8")) == table()


@pytest.mark.parametrize("name", ["empty", "unread"])
@pytest.mark.parametrize("lang", LANGS)
def test_where_nothing_was_read_there_is_no_result(name, lang):
    document, words = SAMPLES[name](), Words(lang)
    for page in (html.render(document, lang).decode(), terminal.render(document, 120, False, lang)):
        assert words.ui("nothing_read") in page
        for absent in (words.ui("nothing_found"), words.ui("agree"), words.name("levels", "below")):
            assert absent not in page
        for one in document["inputs"]:
            assert one["path"] in page
            assert all(words.sentence(reason) in page for reason in one["reasons"])
    assert words.ui("nothing_read") not in terminal.render(report_samples.rich(), 80, False, lang)
    assert words.ui("nothing_read") not in html.render(report_samples.rich(), lang).decode()


@pytest.mark.parametrize("lang", LANGS)
def test_the_headline_is_what_the_main_reading_counts(lang):
    document, words = report_samples.rich(), Words(lang)
    for page in (html.render(document, lang).decode(), terminal.render(document, 120, False, lang)):
        assert words.ui("counted_records", count="16,356") in page
        assert "16,364" not in page.replace(words.ui("rows"), "")


@pytest.mark.parametrize(
    ("counted", "persons", "unlinked", "conflicts", "shown", "hidden"),
    [
        (5, 3, 0, 0, ["5 records counted", "3 persons told apart"], ["no number", "several names"]),
        (
            1,
            1,
            1,
            1,
            ["1 record counted", "1 person told", "1 record holds no", "1 number occurs"],
            ["in them"],
        ),
        (5, 0, 5, 0, ["5 records counted", "no number in them", "5 records hold no number"], ["0 person"]),
        (0, 0, 0, 0, ["0 records counted"], ["no number", "person"]),
        (9, 8, 0, 2, ["2 numbers occur with several names"], ["no number"]),
    ],
)
def test_persons_are_told_apart_by_numbers(counted, persons, unlinked, conflicts, shown, hidden):
    document = report_samples.rich()
    document["records"]["counted"] = counted
    document["subjects"] |= {"distinct": persons, "unlinked": unlinked, "conflicts": conflicts}
    said = ", ".join(phrases.people(document, Words("en")))
    assert all(text in said for text in shown)
    assert not any(text in said for text in hidden)


@pytest.mark.parametrize("lang", LANGS)
def test_mute_columns_are_left_out_aloud(lang):
    document, words = report_samples.rich(), Words(lang)
    pages = (
        html.render(document, lang).decode(),
        " ".join(terminal.render(document, 200, False, lang).split()),
    )
    told = phrases.mute_columns(document, words)
    assert len(told) == 1
    for page in pages:
        assert told[0] in page
    assert phrases.chance_columns(document, words)[0] in pages[1]
    column = next(one for one in document["columns"] if one["name"] == "固定电话")
    column["labels"][0] |= {"valid": 2, "code": "chance"}
    assert "2" in phrases.mute_columns(document, words)[0]
    assert phrases.mute_columns(document, words) != told
    document["mute"] = []
    assert words.ui("mute_columns") not in html.render(document, lang).decode()


def test_english_reports_give_the_english_basis():
    document = report_samples.rich()
    for one in document["verdict"]["differs"]:
        for page in (html.render(document, "en").decode(), terminal.render(document, 300, False, "en")):
            assert one["basis_en"] in page
            assert one["basis"] not in page


def test_caveats_of_the_data_are_on_the_terminal():
    document = report_samples.rich()
    page = terminal.render(document, 300, False, "en")
    kinds = {one["when"]: one["en"] in page for one in document["verdict"]["caveats"]}
    assert kinds == {"always": False, "bare_contact": True}


@pytest.mark.parametrize("lang", LANGS)
def test_a_policy_in_one_language(lang):
    policy = policies.load("cn-criminal-2017")
    page = policy_text.render(policy, lang)
    for each in policy.categories:
        assert f"{each.zh if lang == 'zh' else each.en}{Words(lang).ui('colon')}"[:40] in page
    assert ("有争议" in page, "较明确" in page, "contested" in page) == (
        (True, True, False) if lang == "zh" else (False, False, True)
    )


def test_a_name_that_is_no_utf8_is_told_as_it_reads() -> None:
    """The bytes stay; what they read as stands behind them, with the encoding."""

    def told(raw: bytes, member: str | None = None) -> str:
        return legible_name({"path": raw.decode("utf-8", "surrogateescape"), "member": member})

    gbk = "会员名单.csv".encode("gb18030")
    assert told("检材/会员.csv".encode(), "a") == "检材/会员.csv › a"
    assert told("检材/".encode() + gbk).endswith(".csv [GB18030: 会员名单.csv]")
    assert told("旧盘".encode("gbk") + "/甲/".encode() + gbk, "a").endswith(
        " › a [GB18030: 旧盘/甲/会员名单.csv]"
    )
    assert told(b"\xff\xff.csv") == "\udcff\udcff.csv"
    assert legible_name({"path": "\ud800.csv"}) == "\ud800.csv"
