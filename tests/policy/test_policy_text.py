"""Policies and verdicts for people: with all they say, in lines that fit."""

import itertools
from pathlib import Path

import pytest

from scanner import policy
from scanner.policy import CaseFacts, Counts, LevelPolicy, TierPolicy
from scanner.reports import policy_text, verdict_text
from scanner.reports.layout import cells
from scanner.reports.words import Words


@pytest.mark.parametrize("name", policy.names())
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_policy_in_full(name: str, lang: str) -> None:
    given = policy.load(name)
    page = policy_text.render(given, lang, ["another"])
    assert all(cells(line) <= policy_text.WIDTH for line in page.splitlines())
    assert "{" not in page
    solid = "".join(page.split())
    parts = [given.name, given.instrument, given.title[lang], "another"]
    parts += [each.zh if lang == "zh" else each.en for each in given.caveats if each.when == "always"]
    parts.append(given.doubtful.basis if lang == "zh" else given.doubtful.basis_en)
    if isinstance(given, TierPolicy):
        for tier in given.tiers:
            parts += [f"{tier.size:,}", tier.zh if lang == "zh" else tier.en, tier.wording]
        for each in given.categories:
            parts.append((each.zh if lang == "zh" else each.en) + Words(lang).ui("colon").strip())
    else:
        assert isinstance(given, LevelPolicy)
        for rung in given.levels:
            parts += [rung.zh if lang == "zh" else rung.en, Words(lang).article(rung.article)]
            for each in rung.conditions:
                sign = ">" if each.strict else "≥"
                parts += [f"{sign} {each.limit:,}", each.wording, Words(lang).article(each.article)]
    for part in parts:
        assert "".join(part.split()) in solid, part


def test_the_sensitive_column_stands_beside_the_tiers() -> None:
    page = policy_text.render(policy.load("cn-criminal-2017"), "en").splitlines()
    rows = {
        line.split("  ")[0]: line.split() for line in page if line.endswith((" yes", " no", " contested"))
    }
    assert rows["Transactions"][-6:] == ["5,000", "500", "500", "mostly", "clear", "no"]
    assert rows["Health"][-5:] == ["500", "500", "500", "clear", "yes"]
    assert rows["Identity documents"][-5:] == ["5,000", "5,000", "500", "contested", "contested"]


def test_a_policy_without_tenfold_says_so() -> None:
    page = policy_text.render(policy.load("cn-platform-2019"), "zh")
    assert "没有十倍标准" in page
    assert "--insider" not in page
    assert "--recipients" not in page
    assert page.count("比照其归类") == 1


HELD = {
    frozenset({"owner_list", "contact"}): 1584,
    frozenset({"trajectory", "identity"}): 110,
    frozenset({"bare_contact"}): 12_345,
    frozenset({"identity!", "health"}): 60,
}


@pytest.mark.parametrize(
    ("name", "lang", "sets"), list(itertools.product(policy.names(), ["zh", "en"], [False, True]))
)
def test_a_verdict_in_full(name: str, lang: str, sets: bool) -> None:
    parts = {"acquired": {}, "sold": HELD, "both": {}} if sets else None
    counts = Counts(HELD, HELD, unlinked=54_321, sets=parts)
    facts = CaseFacts(insider=True, recipients=3, illegal_income=7_777)
    found = policy.evaluate(counts, policy.load(name), facts)
    told = policy.details(found)
    words = Words(lang)
    lines = verdict_text.render(told, words)
    assert all(cells(line) <= 100 for line in lines)
    page = "".join("".join(lines).split())
    assert "{" not in page
    expected = [told["instrument"], *(words.pick(each) for each in told["caveats"])]
    for reading in ("low", "main", "high"):
        sums = told[reading]["arithmetic"]
        for shown in sums.values() if isinstance(sums, dict) else [sums]:
            expected.append(verdict_text.grouped(shown))
    if told["kind"] == "tiers":
        for readings in told["by_unit"].values():
            expected += [f"{each['score']:,}" for each in readings.values()]
        expected += ["7,777"] if told["illegal_income"] else []
        expected += ["14,099 - 0 = 14,099"] if told["union"] else []
    else:
        expected.append("54,321")
    for part in expected:
        assert "".join(part.split()) in page, part


def test_the_documentation_lists_every_policy_with_its_figures() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text("utf-8")
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `cn-")}
    assert set(rows) == set(policy.names())
    for name, row in rows.items():
        given = policy.load(name)
        if isinstance(given, TierPolicy):
            assert " / ".join(str(tier.size) for tier in given.tiers) in row
        else:
            assert isinstance(given, LevelPolicy)
            figures = {f"{each.limit:,}" for rung in given.levels for each in rung.conditions}
            assert all(figure in row for figure in figures)
