"""Verdicts under policies of every kind, in every report: all figures, all sentences, no word too many."""

import copy
import itertools
import re
import zipfile
from html.parser import HTMLParser

import pytest
import report_samples
from running import TODAY_OPTION, boundary, command
from verdict_samples import LADDER, ladder, platform, tiers

from scanner import policy as policies
from scanner.policy import READINGS, CaseFacts, Counts
from scanner.reports import html, layout, phrases, terminal, totals, verdict_text, verdicts
from scanner.reports.words import LANGS, Words, grouped

HELD = {
    frozenset({"owner_list", "contact"}): 1_584,
    frozenset({"trajectory", "identity"}): 110,
    frozenset({"bare_contact"}): 12_345,
    frozenset({"identity!", "health"}): 60,
}
#: Words that would say more than a count can.
TOO_MUCH = (
    "构成犯罪",
    "情节严重",
    "情节特别严重",
    "造成严重后果",
    "guilty",
    "crime is",
    "offence is",
    "None",
    "KeyError",
)


def document(names, sets=True, facts=None):
    """The rich document with real verdicts of these policies."""
    split = {"acquired": {}, "sold": HELD, "both": {}} if sets else None
    counts = Counts(HELD, HELD, unlinked=54_321, sets=split)
    facts = facts or CaseFacts(insider=True, recipients=3, illegal_income=7_777)
    told = [policies.details(policies.evaluate(counts, policies.load(name), facts)) for name in names]
    return report_samples.rich() | {"verdicts": told}


NONE = [0, 0, 0]
SUM = tiers(NONE, NONE, NONE)
PLAIN = ladder((0, 0), (0, 0), (0, 0))
TENFOLD = "especially_serious"


class Text(HTMLParser):
    """The text of a page without any blank."""

    def __init__(self, page):
        super().__init__()
        self.parts = []
        self.feed(page[page.index("<body>") :])
        self.close()

    def handle_data(self, data):
        self.parts.append(data)


def solid(text):
    return "".join(text.split())


def pages(given, lang, width=160):
    page = html.render(given, lang).decode()
    # A box has sides, which stand between the lines of one text.
    lines = terminal.render(given, width, False, lang).replace("|", " ")
    return solid("".join(Text(page).parts)), solid(lines)


@pytest.mark.parametrize(("name", "lang"), list(itertools.product(policies.names(), LANGS)))
def test_a_policy_of_any_kind_alone(name, lang):
    given, words = document([name]), Words(lang)
    (told,) = given["verdicts"]
    web, lines = pages(given, lang)
    expected = [
        told["instrument"],
        words.pick(told["title"]),
        told["title"]["zh"],
        verdicts.agreement(told, words),
    ]
    expected += verdict_text.hangs_on(told, words)
    lead, bases = verdicts.bases(told, words)
    expected += [lead, *bases]
    for reading in READINGS:
        expected.append(verdicts.short(told, told[reading]["level"], words))
        if told["kind"] == "levels":
            expected += [f"{told[reading][measure]:,}" for measure in verdicts.measures(told)]
        else:
            expected.append(grouped(told[reading]["arithmetic"]))
            expected += [f"{told[reading][f'n{size}']:,}" for size in told["units"]]
    if told["kind"] == "tiers":
        expected += [words.article(article) for article in told["units"].values()]
        for readings in told["by_unit"].values():
            expected += [f"{one['score']:,}" for one in readings.values()]
        expected += [grouped(told["union"]["arithmetic"])] if told["union"] else []
        expected += [grouped(told["illegal_income"]["arithmetic"])] if told["illegal_income"] else []
    else:
        expected += [text for each in told["levels"] for text in verdict_text.conditions(each, words)]
    for part in expected:
        assert solid(part) in web, part
        assert solid(part) in lines, part
    for caveat in told["caveats"]:
        assert solid(words.pick(caveat)) in web
    for page, part in itertools.product((web, lines), TOO_MUCH):
        assert solid(part) not in page.replace(solid("不构成"), "")


@pytest.mark.parametrize("lang", LANGS)
def test_all_policies_together(lang):
    given, words = document(policies.names()), Words(lang)
    for page in pages(given, lang):
        for told in given["verdicts"]:
            assert solid(words.pick(told["title"])) in page
            main = told["main"]["level"]
            assert solid(verdicts.level(told, main, words)) in page
    identities = re.findall(r' id="([^"]*)"', html.render(given, lang).decode())
    assert len(identities) == len(set(identities))
    assert f"arithmetic-{len(policies.names())}" in identities


@pytest.mark.parametrize(("lang", "width"), list(itertools.product(LANGS, [40, 80, 100, 120])))
def test_all_policies_fit_the_terminal(lang, width):
    given = document(policies.names())
    page = terminal.render(given, width, False, lang)
    assert all(layout.cells(line) <= width for line in page.split("\n"))
    assert ".." not in page, "nothing is cut"
    for told in given["verdicts"]:
        assert solid(verdicts.standing(told, Words(lang))) in solid(page.replace("|", " "))


@pytest.mark.parametrize("lang", LANGS)
def test_the_columns_are_the_readings_in_order(lang):
    given = document(["cn-platform-2019"])
    page = html.render(given, lang).decode()
    (told,) = given["verdicts"]
    table = page[page.index('class="sum"') :]
    for size, weight in told["weights"].items():
        shown = [f"<b>{told[name][f'n{size}']:,}</b><small>× {weight:,} = " for name in READINGS]
        row = next(row for row in table.split("</tr>") if f"{int(size):,}" in row and "× " in row)
        cells = row.split('class="reading ')[1:]
        assert [cell.split('"')[0] for cell in cells] == list(READINGS)
        assert [text in cell for text, cell in zip(shown, cells, strict=True)] == [True] * 3
    scores = re.search(r'<tr class="total">(.*?)</tr>', table)[1]
    assert re.findall(r"<b>([\d,]+)</b>", scores) == [f"{told[name]['score']:,}" for name in READINGS]


def test_a_ladder_alone_shows_no_tier_and_no_counted_record():
    given = document(["cn-incident-2025"])
    page = html.render(given, "en").decode()
    assert "records counted" not in page
    assert '"tier' not in page[page.index("<body>") :]
    assert " counted" not in phrases.people(given, Words("en"))[0]
    assert "Tier " not in terminal.render(given, 100, False, "en")


@pytest.mark.parametrize(
    ("verdict", "level", "zh", "en", "tone"),
    [
        (
            SUM | {"especially_serious": 50000},
            TENFOLD,
            "达到数量标准十倍以上",
            "reaches 10 times the standard",
            TENFOLD,
        ),
        (
            SUM | {"especially_serious": 15000},
            TENFOLD,
            "达到数量标准三倍以上",
            "reaches 3 times the standard",
            TENFOLD,
        ),
        (
            SUM | {"especially_serious": 60000},
            TENFOLD,
            "达到数量标准12倍以上",
            "reaches 12 times the standard",
            TENFOLD,
        ),
        (platform(NONE, NONE, NONE), "serious", "达到数量标准", "reaches the standard", "serious"),
        (platform(NONE, NONE, NONE), "below", "低于数量标准", "below the standard", "below"),
        (PLAIN, "none", "未达到下列人数", "fewer than the numbers below", "below"),
        (PLAIN, "assessment", "申报数据出境安全评估", "security assessment", "serious"),
        (PLAIN, "audit", "每两年至少审计一次", "audit every two years", TENFOLD),
        (PLAIN, "somebody's", "somebody's", "somebody's", "other"),
    ],
)
def test_levels_in_words(verdict, level, zh, en, tone):
    assert verdicts.level(verdict, level, Words("zh")) == zh
    assert verdicts.level(verdict, level, Words("en")) == en
    assert verdicts.tone(verdict, level) == tone


@pytest.mark.parametrize(
    ("sizes", "standard", "higher", "expected"),
    [
        ((50, 500, 5000), 5000, 50000, {50: [50, 500], 500: [500, 5000], 5000: [5000, 50000]}),
        ((50, 500, 5000), 2500, 25000, {50: [25, 250], 500: [250, 2500], 5000: [2500, 25000]}),
        ((500, 5000, 50000), 50000, None, {500: [500], 5000: [5000], 50000: [50000]}),
        ((3, 7), 7, 70, {3: [4, 35], 7: [7, 70]}),  # rounded up: with fewer the sum is below
    ],
)
def test_standards_of_each_tier(sizes, standard, higher, expected):
    articles = dict.fromkeys(map(str, sizes), "第一条")
    weights = {str(size): sizes[-1] // size for size in sizes}
    verdict = SUM | {"units": articles, "weights": weights, "serious": standard, "especially_serious": higher}
    assert {
        tier: [mark.limit for mark in verdicts.tier_marks(verdict, tier)] for tier in verdicts.tiers(verdict)
    } == expected


@pytest.mark.parametrize(
    ("count", "level"),
    [
        (0, "none"),
        (99_999, "none"),
        (100_000, "contract"),
        (999_999, "contract"),
        (1_000_000, "assessment"),
        (1_000_001, "audit"),
    ],
)
def test_marks_of_a_ladder_include_the_number_or_not(count, level):
    marks = verdicts.measure_marks(PLAIN, "other")
    assert [(mark.sign, mark.limit) for mark in marks] == [("≥", 100_000), ("≥", 10**6), (">", 10**6)]
    assert verdicts.level_at(marks, count, LADDER[0]["name"]) == level


def test_stages_add_up_to_what_the_main_reading_counts():
    found = list(totals.stages(report_samples.rich()))
    assert found[-1].rows == found[-2].left == 16_356
    assert [one.name for one in found if one.total] == ["rows", "counted"]
    assert [one.name for one in found if not one.taken] == [
        "rows",
        "fails_checks",
        "likely_duplicates",
        "counted",
    ]
    apart = next(one for one in found if one.name == "fails_checks")
    before = found[found.index(apart) - 1]
    assert apart.left == before.left


@pytest.mark.parametrize("lang", LANGS)
def test_every_stage_is_told_with_its_count_and_whether_it_is_taken_off(lang):
    given, words = report_samples.rich(), Words(lang)
    web, lines = pages(given, lang)
    for one in totals.stages(given):
        shown = f"{one.rows:,}" if one.total else f"− {one.rows:,}" if one.taken else f"({one.rows:,})"
        for page in (web, lines):
            assert solid(words.name("stages", one.name)) in page
            assert solid(shown) in page
            if not one.total and one.deducted != "always":
                assert solid(words.name("deducted", one.deducted)) in page


@pytest.mark.parametrize("lang", LANGS)
def test_conflicts_are_listed_and_masked(lang):
    given, words = report_samples.rich(), Words(lang)
    for page in pages(given, lang):
        for one in given["subjects"]["conflict_examples"]:
            assert one["masked"] in page
        assert solid(words.ui("conflicts_count", count="102")) in page
    assert solid(words.ui("conflicts_more", count="100")) in pages(given, lang)[0]
    given["subjects"] = {"distinct": 3, "unlinked": 0, "conflicts": 0, "conflict_examples": []}
    assert words.ui("conflicts_note") not in html.render(given, lang).decode()


@pytest.mark.parametrize("lang", LANGS)
def test_sensitive_stands_beside_the_tier(lang):
    given, words = report_samples.rich(), Words(lang)
    page = html.render(given, lang).decode()
    page = page[page.index('class="kinds"') :]
    for name, one in given["categories"].items():
        row = next(text for text in page.split("<tr>") if text.startswith(f"<td>{words.category(name)}"))
        assert f'class="sensitive {one["sensitive"]}">{words.name("sensitive", one["sensitive"])}<' in row
        assert f">{one['persons']:,}<" in row


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({}, []),
        ({"insider": True}, ["--insider"]),
        ({"recipients": 3}, ["3 recipients"]),
        ({"lawful_business": True}, ["--lawful-business"]),
        ({"illegal_income": 0}, ["income of 0 yuan"]),
        ({"acquired": ["a"], "sold": ["b", "c"]}, ["acquired (a)", "sold or provided (b, c)"]),
        ({"acquired": list("abcde"), "sold": ["f"]}, ["a, b, c and 2 more"]),
    ],
)
def test_what_the_user_stated_is_told(options, parts):
    plain = {"insider": False, "lawful_business": False, "recipients": 1, "illegal_income": None}
    said = phrases.stated({"options": {**plain, **options}}, Words("en"))
    assert len(said) == bool(options)
    assert all(part in said[0] for part in parts)


def test_a_caveat_of_two_standards_is_told_once():
    given = document(["cn-criminal-2017", "cn-platform-2019"], sets=False)
    said = phrases.data_caveats(given, Words("zh"))
    assert len(said) == len(set(said))
    both = [each["zh"] for one in given["verdicts"] for each in one["caveats"]]
    assert len(both) > len(said)


@pytest.mark.parametrize(
    ("elements", "given", "lead", "rest"),
    [
        ([], [], "", []),
        (["a"], ["比照前法：甲。"], "", ["比照前法：甲。"]),
        (["a", "b"], ["比照前法：甲。", "比照前法：乙。"], "比照前法：", ["甲。", "乙。"]),
        (["a", "b", "b!"], ["比照：甲", "比照：乙", "不实"], "比照：", ["甲", "乙", "不实"]),
        (["a", "b"], ["As there: one.", "As there: two."], "As there:", ["one.", "two."]),
        (["a", "b"], ["银行卡", "银行账户"], "", ["银行卡", "银行账户"]),
        (["a", "b"], ["一。二。三", "一。二。四"], "一。二。", ["三", "四"]),
    ],
)
def test_what_all_bases_begin_with_is_told_once(elements, given, lead, rest):
    differs = [{"element": name, "basis": text} for name, text in zip(elements, given, strict=True)]
    assert verdicts.bases(SUM | {"differs": differs}, Words("zh")) == (lead, rest)


@pytest.mark.parametrize("lang", LANGS)
def test_no_figure_of_the_law_is_the_reports_own(lang):
    """Under made-up standards no report shows a figure of the real ones."""
    made_up = SUM | {
        "units": {"11": "一", "77": "二"},
        "weights": {"11": 7, "77": 1},
    }
    made_up |= {"serious": 77, "especially_serious": 77 * 13}
    for name in READINGS:
        counts = {"n11": 3, "n77": 2, "score": 23, "level": "below", "arithmetic": "7×3 + 2 = 23 < 77"}
        made_up[name] = counts
    made_up["by_unit"] = {"record": {name: made_up[name] for name in READINGS}}
    given = copy.deepcopy(report_samples.empty()) | {"verdict": made_up, "verdicts": [made_up]}
    given["inputs"] = [report_samples.source("a.csv", 7, "7f15ee9b", 3)]
    given["options"] |= {"illegal_income": None, "insider": True, "recipients": 2}
    for page in pages(given, lang):
        shown = re.sub(r"7f15ee9b|5ad1c0ffee|0\.1\.0|\d{4}-\d\d-\d\d|法释〔2017〕10号", "", page)
        found = set(re.findall(r"(?<![\d,])[\d,]*\d", shown))
        assert {"77", "1,001", "7", "23"} <= found
        assert not found & {"10", "50", "500", "5000", "5,000", "50,000", "100", "2500", "2,500"}
        assert "十倍" not in shown.replace("起点的十倍", "")
        assert solid(verdicts.level(made_up, "especially_serious", Words(lang))) in shown


@pytest.mark.parametrize("income", [None, 4_999, 5_000, 50_000])
def test_illegal_income_stands_beside_a_quantity_that_is_below(tmp_path, income):
    """Art. 5(1)(7): an amount of its own, whatever the quantity; who reads but the first page is to see it."""
    path = boundary(tmp_path / "x.csv", "contact", 20)
    given = () if income is None else ("--illegal-income", income)
    reaches = {5_000: "数额标准（", 50_000: "数额标准十倍以上（"}.get(income)
    out = tmp_path / "out"
    assert command("scan", path, *given, "-o", f"{out}/", *TODAY_OPTION).code == 0
    pages = [(out / f"report.{suffix}").read_text("utf-8") for suffix in ("html", "txt")]
    docx = tmp_path / "report.docx"
    assert command("scan", path, *given, "-o", docx, *TODAY_OPTION).code == 0
    with zipfile.ZipFile(docx) as parts:
        pages.append(parts.read("word/document.xml").decode("utf-8"))
    for page in pages:
        assert "低于数量标准" in page
        assert ("违法所得另行达到" in page) == (reaches is not None)
        if reaches:
            assert f"违法所得另行达到{reaches}第五条第一款第" in page.replace("\n", "")
