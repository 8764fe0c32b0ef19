"""Facts of the case, sets of acquired and sold records, units, several policies at once, and decided cases."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanner import knowledge, policy
from scanner.errors import PolicyError
from scanner.policy import CaseFacts, Counts

CRIMINAL = policy.load("cn-criminal-2017")
PLATFORM = policy.load("cn-platform-2019")
OF_TIER = {500: "trajectory", 5000: "lodging", 50000: "general"}


def profiles(**counts: int) -> dict[frozenset[str], int]:
    return {frozenset(name.replace("__", ".").split("_and_")): count for name, count in counts.items()}


@pytest.mark.parametrize(
    ("n500", "n5000", "n50000", "score", "level"),
    [
        (0, 0, 0, 0, "below"),
        (499, 0, 0, 49900, "below"),
        (500, 0, 0, 50000, "serious"),
        (0, 4999, 0, 49990, "below"),
        (0, 5000, 0, 50000, "serious"),
        (0, 0, 49999, 49999, "below"),
        (0, 0, 50000, 50000, "serious"),
        (250, 2500, 0, 50000, "serious"),
        (499, 9, 9, 49999, "below"),
        (499, 9, 10, 50000, "serious"),
        (10**6, 0, 0, 10**8, "serious"),  # there is no tenfold
    ],
)
def test_boundaries_of_the_platform(n500: int, n5000: int, n50000: int, score: int, level: str) -> None:
    counts = profiles(trajectory=n500, lodging=n5000, general=n50000)
    found = policy.evaluate(counts, PLATFORM, CaseFacts(insider=True, recipients=7, illegal_income=10**6))
    for reading in (found.low, found.main, found.high):
        assert (reading.score, reading.level) == (score, level)
        assert reading.counts == {500: n500, 5000: n5000, 50000: n50000}
    assert found.income is None  # the instrument knows neither income, insiders nor recipients
    told = found.to_dict()
    assert (told["serious"], told["especially_serious"]) == (50000, None)
    assert (told["insider"], told["recipients"]) == (False, 1)
    assert {"n500", "n5000", "n50000", "score", "level", "arithmetic"} == set(told["main"])


def test_the_platform_reads_as_the_criminal_policy_does_at_ten_times_the_size() -> None:
    assert [each.name for each in PLATFORM.categories] == [each.name for each in CRIMINAL.categories]
    articles = {tier.size: tier.article for tier in PLATFORM.tiers}
    for own, followed in zip(PLATFORM.categories, CRIMINAL.categories, strict=True):
        for reading in ("low", "main", "high"):
            assert own.tier(reading) == 10 * followed.tier(reading)
        assert own.article == articles[own.main or own.high]
        assert own.basis.endswith(followed.basis)
        assert own.basis != followed.basis
        assert own.certainty != "clear"
    whens = [each.when for each in PLATFORM.caveats]
    order = next(each for each in PLATFORM.caveats if "拒不改正" in each.zh)
    assert order.when == "always"
    assert "insider" not in whens


# Acquired and sold sets (Art. 11)


def sets(acquired: int, sold: int, both: int, name: str = "trajectory") -> Counts:
    parts = {"acquired": acquired, "sold": sold, "both": both}
    return Counts(
        profiles(**{name: acquired + sold + both}),
        sets={part: profiles(**{name: count}) for part, count in parts.items()},
    )


@pytest.mark.parametrize(
    ("acquired", "sold", "both", "recipients", "n50", "level"),
    [
        (30, 0, 19, 1, 49, "below"),  # the union, not 30 + 19 + 19
        (30, 0, 20, 1, 50, "serious"),
        (30, 10, 10, 1, 50, "serious"),
        (49, 0, 0, 100, 49, "below"),  # nothing was sold: recipients multiply nothing
        (0, 25, 0, 2, 50, "serious"),
        (0, 0, 25, 2, 50, "serious"),
        (0, 24, 0, 2, 48, "below"),
        (1, 0, 24, 2, 49, "below"),
        (2, 12, 12, 2, 50, "serious"),
        (0, 20, 30, 10, 500, "especially_serious"),
        (0, 20, 29, 10, 490, "serious"),
    ],
)
def test_the_union_is_counted_and_recipients_multiply_what_was_sold(
    acquired: int, sold: int, both: int, recipients: int, n50: int, level: str
) -> None:
    found = policy.evaluate(sets(acquired, sold, both), CRIMINAL, CaseFacts(recipients=recipients))
    assert (found.main.counts[50], found.main.score, found.main.level) == (n50, 100 * n50, level)
    assert found.counted == {"trajectory": acquired + sold + both}
    assert "union" in {each.when for each in found.caveats}


def test_the_union_shows_its_arithmetic() -> None:
    found = policy.evaluate(sets(30, 5, 14), CRIMINAL, CaseFacts(recipients=2))
    assert found.union is not None
    assert found.union.to_dict() == {
        "acquired": 44, "sold": 19, "both": 14, "union": 49, "arithmetic": "44 + 19 - 14 = 49",
    }  # fmt: skip
    assert found.main.arithmetic.startswith("100×(30 + 19×2) + 10×(0×2) + 0×2 = 6800 ≥ 5000, < 50000")
    assert policy.evaluate(profiles(trajectory=49), CRIMINAL).union is None


@pytest.mark.parametrize(
    ("acquired", "sold", "both", "level", "sold_score"),
    [
        (49, 0, 0, "below", 0),  # an insider who only acquired has no half standard
        (50, 0, 0, "serious", 0),  # but the general one
        (24, 25, 0, "serious", 2500),
        (24, 0, 25, "serious", 2500),
        (24, 24, 0, "below", 2400),
        (0, 0, 250, "especially_serious", 25000),
        (300, 0, 249, "especially_serious", 24900),  # by the union: 549 at the general standard
        (200, 0, 249, "serious", 24900),
    ],
)
def test_the_insiders_half_is_for_what_was_sold(
    acquired: int, sold: int, both: int, level: str, sold_score: int
) -> None:
    found = policy.evaluate(sets(acquired, sold, both), CRIMINAL, CaseFacts(insider=True))
    assert found.main.level == level
    assert found.main.sold is not None
    assert (found.main.sold.score, found.main.sold.limits.serious) == (sold_score, 2500)
    assert (found.serious, found.especially_serious) == (5000, 50000)
    assert found.main.to_dict()["sold"]["arithmetic"].startswith(
        f"100×{sold + both} + 10×0 + 0 = {sold_score}"
    )


def test_persons_beside_sets_are_measured_by_the_general_standard() -> None:
    # They are not told apart by set: all was acquired only, so it is below by records and by persons alike.
    found = sets(35, 0, 0)
    beside = Counts(found.records, persons=profiles(trajectory=35), sets=found.sets)
    units = policy.units(beside, CRIMINAL, CaseFacts(insider=True))
    for unit in ("record", "person", "person_category"):
        assert units[unit]["main"].score == 3500
        assert units[unit]["main"].level == "below"
        assert units[unit]["main"].arithmetic.endswith("< 5000")
    halved = policy.units(Counts(found.records, persons=beside.persons), CRIMINAL, CaseFacts(insider=True))
    assert halved["person"]["main"].level == "serious"


def test_sets_that_do_not_add_up_are_refused() -> None:
    short = Counts(profiles(trajectory=10), sets={"acquired": profiles(trajectory=9)})
    with pytest.raises(PolicyError, match=r"do not add up to the records\.$"):
        policy.evaluate(short, CRIMINAL)
    with pytest.raises(PolicyError, match="The set 'stolen' is none of acquired, sold, both"):
        policy.evaluate(Counts({}, sets={"stolen": {}}), CRIMINAL)
    with pytest.raises(PolicyError, match="cannot be negative"):
        policy.evaluate(Counts({}, persons=profiles(contact=-1)), CRIMINAL)
    with pytest.raises(PolicyError, match="cannot be negative"):
        policy.evaluate(Counts({}, unlinked=-1), CRIMINAL)


def test_income_is_never_part_of_the_sum() -> None:
    counts = Counts(profiles(trajectory=49), profiles(trajectory=49))
    with_income = policy.evaluate(counts, CRIMINAL, CaseFacts(illegal_income=10**7))
    without = policy.evaluate(counts, CRIMINAL)
    assert with_income.readings == without.readings
    assert with_income.units == without.units
    assert with_income.income is not None
    assert with_income.income.level == "especially_serious"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"contact": 9}, {"lawful_business_residual", "lawful_business_disputed"}),
        ({"general": 9}, {"lawful_business_residual"}),
        ({"general": 9, "lodging": 1}, {"lawful_business_mixed"}),
        ({"vehicle_file": 9}, {"lawful_business_mixed", "lawful_business_disputed"}),
    ],
)
def test_lawful_business_depends_on_what_there_is(counts: dict[str, int], expected: set[str]) -> None:
    found = policy.evaluate(profiles(**counts), CRIMINAL, CaseFacts(lawful_business=True))
    assert {each.when for each in found.caveats if each.when.startswith("lawful")} == expected
    assert not any(
        each.when.startswith("lawful") for each in policy.evaluate(profiles(**counts), CRIMINAL).caveats
    )


# Units, side by side


def test_units_side_by_side() -> None:
    # Two persons: one with a bank card and 10 stays in 10 records, one with a contact in two records.
    counts = Counts(
        profiles(bank_account_and_identity=4, lodging_and_identity=10, contact=2),
        {frozenset({"bank_account", "lodging", "identity"}): 1, frozenset({"contact"}): 1},
    )
    found = policy.units(counts, CRIMINAL)
    assert list(found) == ["record", "person", "person_category"]
    assert found["record"]["main"].counts == {50: 0, 500: 14, 5000: 2}
    assert found["person"]["main"].counts == {50: 0, 500: 1, 5000: 1}
    assert found["person_category"]["main"].counts == {50: 0, 500: 2, 5000: 2}
    assert found["record"]["high"].score == 4 * 100 + 10 * 10 + 2 * 10
    assert found["person"]["low"].score == 10 + 1
    assert found["person_category"]["main"].level == "below"
    assert list(policy.units(Counts(counts.records), CRIMINAL)) == ["record"]


def test_persons_are_not_multiplied_by_recipients_but_halved_for_insiders() -> None:
    counts = Counts(profiles(trajectory=25), profiles(trajectory=25))
    found = policy.units(counts, CRIMINAL, CaseFacts(insider=True, recipients=2))
    assert found["record"]["main"].counts[50] == 50
    assert found["person"]["main"].counts[50] == 25
    assert found["person"]["main"].level == "serious"


def test_the_unit_of_the_verdict_comes_from_the_file() -> None:
    content = dict(knowledge.toml("policies/cn-criminal-2017.toml")) | {"unit": "person"}
    by_person = policy.parse(content, "own.toml")
    counts = Counts(profiles(trajectory=600), profiles(trajectory=50))
    found = policy.evaluate(counts, by_person)
    assert (found.main.score, found.main.level, found.counted) == (5000, "serious", {"trajectory": 50})
    with pytest.raises(PolicyError, match="counts persons, but persons were not counted"):
        policy.evaluate(Counts(profiles(trajectory=600)), by_person)


# Several policies


def test_several_policies_in_the_order_asked_for() -> None:
    given = [policy.load(name) for name in ("cn-incident-2025", "cn-platform-2019", "cn-criminal-2017")]
    counts = Counts(profiles(trajectory=500), profiles(trajectory=500), unlinked=3)
    found = policy.evaluate_all(counts, given, CaseFacts(recipients=2))
    assert [each.policy.name for each in found] == [each.name for each in given]
    assert policy.leading(given) is given[1]
    assert policy.leading(given[:1]) is None
    told: list[dict[str, Any]] = [policy.details(each) for each in found]
    assert [each["kind"] for each in told] == ["levels", "tiers", "tiers"]
    assert [each["main"]["level"] for each in told] == ["general", "serious", "especially_serious"]
    assert json.loads(json.dumps(told)) == told
    for each in told:
        assert {"policy", "title", "instrument", "article", "kind", "unit", "low", "main", "high"} <= set(
            each
        )
        assert {"differs", "caveats", "sensitivity", "gaps"} <= set(each)


def test_no_policy_and_the_same_twice_are_refused() -> None:
    with pytest.raises(PolicyError, match=r"^No policy was given\.$"):
        policy.evaluate_all(Counts({}), [])
    with pytest.raises(PolicyError, match=r"^The policy 'cn-criminal-2017' is given twice\.$"):
        policy.evaluate_all(Counts({}), [CRIMINAL, PLATFORM, CRIMINAL])


def test_no_policy_says_that_a_crime_is_established() -> None:
    for name in policy.names():
        text = (Path(knowledge.root()) / "policies" / f"{name}.toml").read_text("utf-8")
        for word in ("构成犯罪", "犯罪成立", "情节严重", "情节特别严重", "guilty", "crime is established"):
            assert word not in text, name


def test_what_is_quoted_says_how_it_was_verified() -> None:
    for name in policy.names():
        given = policy.load(name)
        if isinstance(given, policy.TierPolicy):
            parts: list[Any] = list(given.tiers)
        else:
            assert isinstance(given, policy.LevelPolicy)
            parts = [each for rung in given.levels for each in rung.conditions]
        assert parts
        for each in parts:
            assert each.article
            assert each.certainty in ("clear", "mostly clear", "contested")
            assert each.verified in ("V-TEXT", "V-WEB", "MEM")
        assert given.valid_from <= given.checked_on


# Decided cases: how many of what, and the level in low, main and high.
B, S, E = "below", "serious", "especially_serious"
CASES = [
    # Standing points taken off, a level less than with them (3,743 points, of which 110 move).
    ("T2", {"trajectory_and_identity": 110, "trajectory.standing_and_identity": 3633}, (S, S, E)),
    ("T3", {"owner_list_and_contact": 1584, "contact": 659}, (B, S, E)),
    ("T4", {"travel_and_identity": 6383}, (E, E, E)),
    ("T5", {"trajectory": 1100}, (E, E, E)),
    ("T5", {"trajectory": 770}, (E, E, E)),
    ("T5", {"trajectory": 329}, (S, S, S)),
    ("T5", {"trajectory": 100}, (S, S, S)),
    ("T5", {"trajectory": 54}, (S, S, S)),
    ("T7", {"owner_list_and_contact": 13000}, (S, E, E)),
    ("T7", {"owner_list_and_contact": 4000}, (B, S, E)),
    ("T9", {"owner_list_and_contact": 17415}, (S, E, E)),
    ("T10", {"vehicle_file_and_identity": 50, "vehicle_file": 4}, (B, B, S)),
    ("T11", {"home_address_and_identity_and_contact": 5001}, (S, S, E)),
    ("T12", {"financial_credential_and_identity": 99000, "bank_account_and_identity": 1000}, (E, E, E)),
    ("T12", {"financial_credential_and_identity": 0, "bank_account_and_identity": 1000}, (B, S, E)),
    ("T13", {"payment_account_and_contact": 110}, (B, B, S)),
    ("T14", {"family_and_contact": 200000}, (E, E, E)),
    ("T15", {"travel_and_identity": 80}, (B, B, S)),
]


@pytest.mark.parametrize(("case", "held", "levels"), CASES)
def test_decided_cases(case: str, held: dict[str, int], levels: tuple[str, str, str]) -> None:
    counts = {frozenset(names.split("_and_")): count for names, count in held.items()}
    found = policy.evaluate(counts, CRIMINAL)
    assert (found.low.level, found.main.level, found.high.level) == levels


def test_the_courier_insider() -> None:
    # T16: 4,000 look-ups; at 500 eight times the general standard, for an insider sixteen times the halved one.
    orders = profiles(transaction_and_contact=4000)
    assert policy.evaluate(orders, CRIMINAL).main.level == "serious"
    inside = policy.evaluate(orders, CRIMINAL, CaseFacts(insider=True))
    assert (inside.low.score, inside.low.level) == (4000, "serious")
    assert (inside.main.score, inside.main.level) == (40000, "especially_serious")


def test_batches_are_a_union_not_a_sum() -> None:
    # T14: records that came again in a later batch count once: the counts given are distinct ones.
    one, other = Counts(profiles(contact=3000)), Counts(profiles(contact=1999))
    assert policy.evaluate(one + other, CRIMINAL).main.level == "below"
    assert policy.evaluate(one + Counts(profiles(contact=2000)), CRIMINAL).main.level == "serious"
