"""From counts to a verdict: boundaries, mixed sums, insiders, readings, and files that are refused."""

import copy
import datetime
import json
from pathlib import Path

import pytest

from scanner import categories, knowledge, policy
from scanner.errors import PolicyError
from scanner.policy import CaseFacts, Counts, Verdict

CRIMINAL = policy.load("cn-criminal-2017")
INSIDER = CaseFacts(insider=True)
# One category of each tier that is the same in all readings.
OF_TIER = {50: "trajectory", 500: "lodging", 5000: "general"}


def verdict(facts: CaseFacts | None = None, **counts: int) -> Verdict:
    return policy.evaluate({frozenset({name}): count for name, count in counts.items()}, CRIMINAL, facts)


def mix(n50: int, n500: int, n5000: int, facts: CaseFacts | None = None) -> Verdict:
    return verdict(facts, trajectory=n50, lodging=n500, general=n5000)


BOUNDARIES = [
    # n50, n500, n5000, insider, S, level (law: 以上 includes the number itself)
    (0, 0, 0, False, 0, "below"),
    (49, 0, 0, False, 4900, "below"),
    (50, 0, 0, False, 5000, "serious"),
    (499, 0, 0, False, 49900, "serious"),
    (500, 0, 0, False, 50000, "especially_serious"),
    (0, 499, 0, False, 4990, "below"),
    (0, 500, 0, False, 5000, "serious"),
    (0, 4999, 0, False, 49990, "serious"),
    (0, 5000, 0, False, 50000, "especially_serious"),
    (0, 0, 4999, False, 4999, "below"),
    (0, 0, 5000, False, 5000, "serious"),
    (0, 0, 49999, False, 49999, "serious"),
    (0, 0, 50000, False, 50000, "especially_serious"),
    (25, 250, 0, False, 5000, "serious"),
    (24, 249, 0, False, 4890, "below"),
    (20, 200, 1000, False, 5000, "serious"),
    (49, 4, 59, False, 4999, "below"),
    (49, 4, 60, False, 5000, "serious"),
    (499, 9, 9, False, 49999, "serious"),
    (499, 9, 10, False, 50000, "especially_serious"),
    (24, 0, 0, True, 2400, "below"),
    (25, 0, 0, True, 2500, "serious"),
    (249, 0, 0, True, 24900, "serious"),
    (250, 0, 0, True, 25000, "especially_serious"),
    (0, 249, 0, True, 2490, "below"),
    (0, 250, 0, True, 2500, "serious"),
    (0, 2500, 0, True, 25000, "especially_serious"),
    (0, 0, 2499, True, 2499, "below"),
    (0, 0, 2500, True, 2500, "serious"),
    (0, 0, 24999, True, 24999, "serious"),
    (0, 0, 25000, True, 25000, "especially_serious"),
    (12, 125, 49, True, 2499, "below"),
    (12, 125, 50, True, 2500, "serious"),
]


@pytest.mark.parametrize(("n50", "n500", "n5000", "insider", "score", "level"), BOUNDARIES)
def test_boundary(n50: int, n500: int, n5000: int, insider: bool, score: int, level: str) -> None:
    found = mix(n50, n500, n5000, CaseFacts(insider=insider))
    for reading in (found.low, found.main, found.high):
        assert (reading.score, reading.level) == (score, level)
        assert reading.counts == {50: n50, 500: n500, 5000: n5000}
    assert found.differs == ()


@pytest.mark.parametrize(
    ("name", "count", "low", "main", "high"),
    [
        # Cases of the mapping table: what count gives which level in which reading.
        ("owner_list", 1584, "below", "serious", "especially_serious"),
        ("owner_list", 4000, "below", "serious", "especially_serious"),
        ("travel", 6383, "especially_serious", "especially_serious", "especially_serious"),
        ("travel", 80, "below", "below", "serious"),
        ("payment_account", 110, "below", "below", "serious"),
        ("vehicle_file", 50, "below", "below", "serious"),
        ("trajectory", 1100, "especially_serious", "especially_serious", "especially_serious"),
        ("trajectory", 329, "serious", "serious", "serious"),
        ("trajectory", 3743, "especially_serious", "especially_serious", "especially_serious"),
        ("bare_contact", 900000, "below", "below", "especially_serious"),
        ("identity", 5000, "serious", "serious", "especially_serious"),
        ("home_address", 4999, "below", "below", "serious"),
        ("bank_account", 5000, "serious", "especially_serious", "especially_serious"),
        ("property", 50, "serious", "serious", "serious"),
        ("property.income", 50, "below", "serious", "serious"),
        ("property.title", 499, "below", "serious", "serious"),
        ("property.balance", 50, "serious", "serious", "serious"),
        ("transaction.statement", 50, "below", "below", "serious"),
    ],
)
def test_readings(name: str, count: int, low: str, main: str, high: str) -> None:
    found = policy.evaluate({frozenset({name}): count}, CRIMINAL)
    assert (found.low.level, found.main.level, found.high.level) == (low, main, high)


def test_a_record_counts_once_at_its_highest_tier() -> None:
    found = policy.evaluate({frozenset({"identity", "contact", "lodging", "property"}): 7}, CRIMINAL)
    assert found.main.counts == {50: 7, 500: 0, 5000: 0}
    assert {name: n for name, n in found.counted.items() if n} == {"property": 7}
    assert found.differs == ()


def test_first_category_of_the_file_stands_for_equal_tiers() -> None:
    found = policy.evaluate({frozenset({"home_address", "contact", "identity"}): 3}, CRIMINAL)
    assert {name: n for name, n in found.counted.items() if n} == {"identity": 3}


def test_counted_adds_up_to_the_tiers_and_folds_elements() -> None:
    held = {
        frozenset({"property.income"}): 2,
        frozenset({"bare_contact"}): 4,
        frozenset({"contact"}): 5,
        frozenset(): 6,
    }
    found = policy.evaluate({frozenset(names): n for names, n in held.items()}, CRIMINAL)
    assert {name: n for name, n in found.counted.items() if n} == {"property": 2, "contact": 5}
    assert sum(found.counted.values()) == sum(found.main.counts.values())


def test_differs_names_what_decides() -> None:
    found = policy.evaluate(
        {
            frozenset({"bank_account", "identity"}): 400,
            frozenset({"bank_account", "trajectory"}): 9,
            frozenset({"bare_contact"}): 5,
        },
        CRIMINAL,
    )
    rows = [each.to_dict() for each in found.differs]
    # Beside a trajectory a card number decides nothing; in the low reading an ID number counts like a card.
    assert [(r["category"], r["low"], r["main"], r["high"], r["records"]) for r in rows] == [
        ("bank_account", 5000, 500, 50, 400),
        ("identity", 5000, 5000, 500, 400),
        ("bare_contact", None, None, 5000, 5),
    ]
    assert all(row["basis"] and row["basis_en"] for row in rows)


def test_arithmetic_shows_the_sum_and_the_threshold() -> None:
    assert mix(0, 0, 985).main.arithmetic == "100×0 + 10×0 + 985 = 985 < 5000"
    assert mix(20, 200, 1000).main.arithmetic == "100×20 + 10×200 + 1000 = 5000 ≥ 5000, < 50000"
    assert mix(500, 0, 0).main.arithmetic == "100×500 + 10×0 + 0 = 50000 ≥ 50000"
    assert mix(25, 0, 0, INSIDER).main.arithmetic == "100×25 + 10×0 + 0 = 2500 ≥ 2500, < 25000"


def test_arithmetic_shows_the_recipients() -> None:
    two = mix(49, 0, 100, CaseFacts(recipients=2)).main
    assert two.arithmetic == "100×(49×2) + 10×(0×2) + 100×2 = 10000 ≥ 5000, < 50000"
    assert (two.counts[50], two.score) == (98, 10000)


def test_companies_are_spoken_of_where_the_data_hold_any() -> None:
    found = mix(0, 0, 1)
    assert "company" not in {each["when"] for each in found.to_dict()["caveats"]}
    seen = [each["when"] for each in found.to_dict(frozenset({"company"}))["caveats"]]
    assert seen == [each.when for each in CRIMINAL.caveats if each.when in ("always", "company")]


def test_recipients_multiply_counts() -> None:
    assert mix(0, 0, 1666, CaseFacts(recipients=3)).main.level == "below"
    found = mix(0, 0, 1667, CaseFacts(recipients=3))
    assert (found.main.counts[5000], found.main.level, found.counted["general"]) == (5001, "serious", 1667)


@pytest.mark.parametrize(
    ("yuan", "insider", "level"),
    [
        (0, False, "below"),
        (4999, False, "below"),
        (5000, False, "serious"),
        (49999, False, "serious"),
        (50000, False, "especially_serious"),
        (2499, True, "below"),
        (2500, True, "serious"),
        (25000, True, "especially_serious"),
    ],
)
def test_illegal_income_stands_apart(yuan: int, insider: bool, level: str) -> None:
    found = mix(0, 0, 10, CaseFacts(insider=insider, illegal_income=yuan))
    assert found.income is not None
    assert (found.income.amount, found.income.level) == (yuan, level)
    assert found.main.score == 10
    assert found.main.level == "below"
    assert mix(0, 0, 10).income is None


@pytest.mark.parametrize(
    "facts", [CaseFacts(recipients=0), CaseFacts(recipients=-2), CaseFacts(illegal_income=-1)]
)
def test_impossible_facts_are_refused(facts: CaseFacts) -> None:
    with pytest.raises(PolicyError, match=r"must be at least 1|cannot be negative"):
        mix(1, 0, 0, facts)


def test_unknown_category_and_negative_count_are_refused() -> None:
    with pytest.raises(PolicyError, match="does not map the category 'horoscope'"):
        verdict(horoscope=1)
    with pytest.raises(PolicyError, match="cannot be negative"):
        verdict(contact=-1)


def conditions(found: Verdict) -> set[str]:
    return {each.when for each in found.caveats}


def test_caveats_follow_the_facts() -> None:
    assert conditions(mix(0, 0, 1)) == {"always"}
    assert "insider" in conditions(mix(0, 0, 1, INSIDER))
    assert "recipients" in conditions(mix(0, 0, 1, CaseFacts(recipients=2)))
    assert "illegal_income" in conditions(mix(0, 0, 1, CaseFacts(illegal_income=0)))
    assert {"contested", "bare_contact"} <= conditions(verdict(bare_contact=1))
    lawful = CaseFacts(lawful_business=True)
    assert "lawful_business_residual" in conditions(mix(0, 0, 1, lawful))
    assert "lawful_business_mixed" in conditions(mix(0, 1, 1, lawful))


def test_caveats_follow_what_the_records_hold() -> None:
    assert "trajectory" in conditions(verdict(trajectory=1))
    tracked = Counts({frozenset({"trajectory"}): 1}, tracked=True)
    assert conditions(policy.evaluate(tracked, CRIMINAL)) == {"always", "tracked"}
    assert "tracked" not in conditions(policy.evaluate(Counts({}, tracked=True), CRIMINAL))
    standing = policy.evaluate({frozenset({"trajectory.standing"}): 1}, CRIMINAL)
    assert {"standing", "contested"} <= conditions(standing)
    assert "failed_checks" in conditions(policy.evaluate({frozenset({"identity!"}): 1}, CRIMINAL))
    assert "failed_checks" not in conditions(policy.evaluate({frozenset({"identity!"}): 0}, CRIMINAL))


def test_no_word_says_that_a_crime_is_established() -> None:
    lawful = CaseFacts(True, True, 2, 60000)
    text = json.dumps(mix(600, 600, 600, lawful).to_dict(), ensure_ascii=False)
    text += (Path(knowledge.root()) / "policies" / "cn-criminal-2017.toml").read_text("utf-8")
    for word in ("构成犯罪", "犯罪成立", "情节严重", "情节特别严重", "guilty", "crime is established"):
        assert word not in text


def test_document_has_the_keys_of_the_contract() -> None:
    found = mix(1, 2, 3).to_dict()
    assert found["policy"] == "cn-criminal-2017"
    for reading in ("low", "main", "high"):
        assert {"n50", "n500", "n5000", "score", "level"} <= found[reading].keys()
    assert found["main"] | {"arithmetic": ""} == {
        "n50": 1, "n500": 2, "n5000": 3, "score": 123, "level": "below", "arithmetic": "",
    }  # fmt: skip
    assert found["units"] == {
        "50": "第五条第一款第三项",
        "500": "第五条第一款第四项",
        "5000": "第五条第一款第五项",
    }
    assert (found["serious"], found["especially_serious"], found["insider"]) == (5000, 50000, False)
    assert json.loads(json.dumps(found)) == found


def test_every_category_is_mapped_and_every_mapping_has_a_basis() -> None:
    for name in categories.names():
        each = CRIMINAL.mapped(name)
        assert each.name == name
        assert each.basis
        assert each.basis_en
        assert each.article
        assert each.checked_on <= datetime.date(2026, 11, 21)
    contested = {each.name for each in CRIMINAL.categories if len({each.low, each.main, each.high}) > 1}
    assert all(CRIMINAL.mapped(name).certainty != "clear" for name in contested)


def test_policy_and_categories_call_things_alike() -> None:
    named = {each.name: each for each in categories.described()}
    for mapped in CRIMINAL.categories:
        assert (mapped.zh, mapped.en) == (named[mapped.name].zh, named[mapped.name].en)


def test_tier_of_a_category() -> None:
    assert CRIMINAL.tier("property") == 50
    assert CRIMINAL.tier("bare_contact", "main") is None
    assert CRIMINAL.tier("bare_contact", "high") == 5000


def test_figures_come_from_the_file() -> None:
    content = copy.deepcopy(knowledge.toml("policies/cn-criminal-2017.toml"))
    content["thresholds"] |= {"scale": 50000}
    ten_times = policy.parse(content, "x.toml")
    found = policy.evaluate({frozenset({"trajectory"}): 50}, ten_times)
    assert (found.main.score, found.serious, found.main.level) == (50000, 50000, "serious")
    assert [ten_times.weight(tier) for tier in OF_TIER] == [1000, 100, 10]


def test_worked_example_of_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text("utf-8")
    rows = {
        "resident_id person_name mobile_phone role:balance": 20,
        "resident_id person_name bank_card": 200,
        "person_name mobile_phone": 900,
        "mobile_phone": 300,
        "role:balance": 40,
    }
    profiles: dict[frozenset[str], int] = {}
    for facts, count in rows.items():
        held = categories.elements(frozenset(facts.split()))
        profiles[held] = profiles.get(held, 0) + count
    found = policy.evaluate(profiles, CRIMINAL)
    for reading in (found.low, found.main, found.high):
        assert f"{reading.arithmetic} → {reading.level}" in page
    assert [each.mapped.name for each in found.differs] == [
        "bank_account",
        "identity",
        "contact",
        "bare_contact",
    ]
    for facts, count in rows.items():
        assert f"| {count} | `{facts}` |" in page
