"""What holds for any profiles and any facts, under every policy that comes with the scanner."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import categories, policy
from scanner.policy import CaseFacts, Counts, LevelPolicy, TierPolicy, TierVerdict
from scanner.policy.levels import Otherwise, read

ALL = [policy.load(name) for name in policy.names()]
TIERS = [each for each in ALL if isinstance(each, TierPolicy)]
LADDERS = [each for each in ALL if isinstance(each, LevelPolicy)]
LEVELS = ["below", "serious", "especially_serious"]
READINGS = ("low", "main", "high")

NAMES = [each.name for each in categories.described()]
ELEMENTS = st.sampled_from([*NAMES, *(f"{name}!" for name in NAMES)])
PROFILE = st.frozensets(ELEMENTS, max_size=5)
PROFILES = st.dictionaries(PROFILE, st.integers(0, 60000), max_size=8)
FACTS = st.builds(
    CaseFacts, st.booleans(), st.booleans(), st.integers(1, 5), st.none() | st.integers(0, 10**6)
)
Profiles = dict[frozenset[str], int]


def ranks(found: TierVerdict) -> list[int]:
    return [LEVELS.index(found.readings[name].level) for name in READINGS]


def scores(found: TierVerdict) -> list[int]:
    return [found.readings[name].score for name in READINGS]


def slow_score(profiles: Profiles, given: TierPolicy, reading: str) -> int:
    """S by the words of the law: each record once, at the highest tier of what it holds."""
    total = 0
    for names, count in profiles.items():
        sound = {name.removesuffix("!") for name in names if not name.endswith("!")}
        doubtful = {name.removesuffix("!") for name in names if name.endswith("!")}
        held = sound if reading == "low" else sound | doubtful
        absorbed = {other for name in sound | doubtful for other in given.mapped(name).absorbs}
        held = {name for name in held if given.mapped(name).category not in absorbed}
        tiers = [tier for name in held if (tier := given.tier(name, reading))]
        total += count * given.thresholds.scale // min(tiers) if tiers else 0
    return total


def test_there_are_policies_of_both_kinds() -> None:
    assert [each.name for each in TIERS] == ["cn-criminal-2017", "cn-platform-2019"]
    assert [each.name for each in LADDERS] == ["cn-export-2024", "cn-incident-2025", "cn-pipl-audit-2025"]


@pytest.mark.parametrize("given_policy", TIERS, ids=lambda each: each.name)
@given(profiles=PROFILES)
def test_score_is_the_sum_over_records(given_policy: TierPolicy, profiles: Profiles) -> None:
    found = policy.evaluate(profiles, given_policy)
    for name in READINGS:
        reading = found.readings[name]
        assert reading.score == slow_score(profiles, given_policy, name)
        assert reading.score == sum(given_policy.weight(size) * n for size, n in reading.counts.items())
    assert sum(found.counted.values()) == sum(found.main.counts.values())


@pytest.mark.parametrize("given_policy", TIERS, ids=lambda each: each.name)
@given(profiles=PROFILES, facts=FACTS)
def test_low_main_high_in_order(given_policy: TierPolicy, profiles: Profiles, facts: CaseFacts) -> None:
    found = policy.evaluate(profiles, given_policy, facts)
    assert scores(found) == sorted(scores(found))
    assert ranks(found) == sorted(ranks(found))
    if len(set(scores(found))) > 1:
        assert found.differs


@pytest.mark.parametrize("given_policy", TIERS, ids=lambda each: each.name)
@given(profiles=PROFILES, facts=FACTS, held=PROFILE)
def test_a_further_record_never_lowers(
    given_policy: TierPolicy, profiles: Profiles, facts: CaseFacts, held: frozenset[str]
) -> None:
    before = policy.evaluate(profiles, given_policy, facts)
    after = policy.evaluate({**profiles, held: profiles.get(held, 0) + 1}, given_policy, facts)
    assert all(new >= old for old, new in zip(scores(before), scores(after), strict=True))
    assert all(new >= old for old, new in zip(ranks(before), ranks(after), strict=True))
    for name in READINGS:
        old, new = before.readings[name].counts, after.readings[name].counts
        assert all(new[size] >= old[size] for size in old)


@pytest.mark.parametrize("given_policy", TIERS, ids=lambda each: each.name)
@given(one=PROFILES, other=PROFILES, facts=FACTS)
def test_merging_is_addition(
    given_policy: TierPolicy, one: Profiles, other: Profiles, facts: CaseFacts
) -> None:
    both = policy.evaluate(Counts(one) + Counts(other), given_policy, facts)
    apart = [policy.evaluate(each, given_policy, facts) for each in (one, other)]
    assert scores(both) == [sum(parts) for parts in zip(*(scores(each) for each in apart), strict=True)]
    for name in READINGS:
        for size, count in both.readings[name].counts.items():
            assert count == sum(each.readings[name].counts[size] for each in apart)


@pytest.mark.parametrize("given_policy", ALL, ids=lambda each: each.name)
@given(profiles=PROFILES, facts=FACTS)
def test_order_of_profiles_changes_nothing(
    given_policy: policy.Policy, profiles: Profiles, facts: CaseFacts
) -> None:
    turned = dict(reversed(profiles.items()))
    one, other = (policy.evaluate(Counts(each, each, 3), given_policy, facts) for each in (profiles, turned))
    assert policy.details(one) == policy.details(other)


@pytest.mark.parametrize("given_policy", TIERS, ids=lambda each: each.name)
@given(profiles=PROFILES, facts=FACTS)
def test_one_set_is_no_set(given_policy: TierPolicy, profiles: Profiles, facts: CaseFacts) -> None:
    """All sold is what recipients alone say; all only acquired is as if there were no recipients."""
    plain = policy.evaluate(profiles, given_policy, facts)
    sold = policy.evaluate(Counts(profiles, sets={"sold": profiles}), given_policy, facts)
    assert [sold.readings[n].counts for n in READINGS] == [plain.readings[n].counts for n in READINGS]
    assert ranks(sold) == ranks(plain)
    acquired = policy.evaluate(Counts(profiles, sets={"acquired": profiles}), given_policy, facts)
    neither = policy.evaluate(profiles, given_policy)
    assert scores(acquired) == scores(neither)
    assert ranks(acquired) == ranks(neither)  # mere acquisition has no insider's standard


@pytest.mark.parametrize("given_policy", TIERS, ids=lambda each: each.name)
@given(persons=PROFILES)
def test_units_are_consistent(given_policy: TierPolicy, persons: Profiles) -> None:
    """With one record for each person the record and the person agree; by category there are never fewer."""
    flat = {names - {"trajectory.standing", "trajectory.standing!"}: 0 for names in persons}
    for names, count in persons.items():
        flat[names - {"trajectory.standing", "trajectory.standing!"}] += count
    found = policy.units(Counts(flat, flat), given_policy)
    assert found["record"] == found["person"]
    for name in READINGS:
        assert found["person_category"][name].score >= found["person"][name].score


@pytest.mark.parametrize("given_policy", LADDERS, ids=lambda each: each.name)
@given(persons=PROFILES)
def test_levels_low_main_high_in_order(given_policy: LevelPolicy, persons: Profiles) -> None:
    big = {names: count * 4000 for names, count in persons.items()}
    found = policy.evaluate(Counts({}, big), given_policy)
    order = [rung.name for rung in given_policy.levels]
    places = [order.index(found.readings[name].level.name) for name in READINGS]
    assert places == sorted(places)
    for measure in found.main.counts:
        counts = [found.readings[name].counts[measure] for name in READINGS]
        assert counts == sorted(counts)
    if len({str(found.readings[name].counts) for name in READINGS}) > 1:
        assert found.differs


@pytest.mark.parametrize("name", ["cn-incident-2025", "cn-pipl-audit-2025"])
@given(persons=PROFILES, held=PROFILE)
def test_a_further_person_never_lowers(name: str, persons: Profiles, held: frozenset[str]) -> None:
    ladder = policy.load(name)
    assert isinstance(ladder, LevelPolicy)
    before = policy.evaluate(Counts({}, persons), ladder)
    after = policy.evaluate(Counts({}, {**persons, held: persons.get(held, 0) + 1}), ladder)
    for reading in READINGS:
        assert after.readings[reading].counts["persons"] >= before.readings[reading].counts["persons"]


@pytest.mark.parametrize("given_policy", TIERS, ids=lambda each: each.name)
@given(profiles=PROFILES, facts=FACTS)
def test_what_if_agrees_with_a_policy_so_changed(
    given_policy: TierPolicy, profiles: Profiles, facts: CaseFacts
) -> None:
    """Each "if it were read …" is what the main score is with that one mapping changed (the slow way)."""
    found = policy.sensitivity(profiles, given_policy, facts)
    limits = policy.evaluate(profiles, given_policy, facts)
    factor = facts.recipients if "recipients" in given_policy.thresholds.basis else 1
    for each in found.elements:
        for way in ("low", "high", "left_out"):
            total = 0
            for names, count in profiles.items():
                held = {given_policy.mapped(n).name: given_policy.mapped(n) for n in names}
                held = {n: m for n, m in held.items() if not (n.endswith("!") and n[:-1] in held)}
                absorbed = {other for m in held.values() for other in m.absorbs}
                tiers = [
                    tier
                    for name, m in held.items()
                    if m.category not in absorbed
                    and (tier := m.main if name != each.element else 0 if way == "left_out" else m.tier(way))
                ]
                total += count * (given_policy.thresholds.scale // min(tiers)) if tiers else 0
            total *= factor
            above = limits.especially_serious is not None and total >= limits.especially_serious
            expected = "especially_serious" if above else "serious" if total >= limits.serious else "below"
            assert each.levels[way] == expected


@pytest.mark.parametrize("given_policy", LADDERS, ids=lambda each: each.name)
@given(persons=PROFILES, base=st.sampled_from(READINGS), way=st.sampled_from(READINGS))
def test_a_ladder_with_every_element_read_otherwise_is_that_reading(
    given_policy: LevelPolicy, persons: Profiles, base: str, way: str
) -> None:
    """So what is said of one element alone is said by the same rules."""
    counts = Counts({}, persons)
    names = {name for held in persons for name in held}
    assert read(counts, given_policy, base, Otherwise(dict.fromkeys(names, way))) == read(
        counts, given_policy, way
    )
    without = read(counts, given_policy, base, Otherwise(dict.fromkeys(names, "")))
    assert set(without.counts.values()) == {0}
