"""Ladders by persons: every threshold from below, at and above it, with what is sensitive and what is in doubt."""

import pytest

from scanner import policy
from scanner.errors import PolicyError
from scanner.policy import Counts

INCIDENT = policy.load("cn-incident-2025")
EXPORT = policy.load("cn-export-2024")
AUDIT = policy.load("cn-pipl-audit-2025")
MILLION = 10**6


def persons(**held: int) -> Counts:
    return Counts({}, {frozenset(name.split("_and_")): count for name, count in held.items()})


@pytest.mark.parametrize(
    ("count", "level"),
    [
        (0, "general"),
        (1, "general"),
        (MILLION - 1, "general"),
        (MILLION, "considerable"),
        (10 * MILLION - 1, "considerable"),
        (10 * MILLION, "major"),
        (100 * MILLION - 1, "major"),
        (100 * MILLION, "especially_major"),
        (1400 * MILLION, "especially_major"),
    ],
)
def test_incident(count: int, level: str) -> None:
    found = policy.evaluate(persons(contact=count), INCIDENT)
    for reading in (found.low, found.main, found.high):
        assert (reading.counts, reading.level.name) == ({"persons": count}, level)
    assert found.counted == {}
    assert found.differs == ()


@pytest.mark.parametrize(
    ("count", "level"),
    [
        (MILLION - 1, "none"),
        (MILLION, "officer"),
        (10 * MILLION - 1, "officer"),
        (10 * MILLION, "important"),  # 以上: ten million are enough for 网数条例 Art. 28 …
        (10 * MILLION + 1, "audit"),  # … and not for the audit: 超过
    ],
)
def test_audit(count: int, level: str) -> None:
    found = policy.evaluate(persons(contact=count), AUDIT)
    assert found.main.level.name == level
    order = [rung.name for rung in AUDIT.levels]
    assert [rung.name for rung in found.main.reached] == order[: order.index(level) + 1]


@pytest.mark.parametrize(
    ("other", "sensitive", "level"),
    [
        (0, 0, "exempt"),
        (99_999, 0, "exempt"),
        (100_000, 0, "contract"),
        (999_999, 0, "contract"),
        (MILLION, 0, "assessment"),
        (0, 1, "contract"),  # no floor for sensitive data
        (99_999, 1, "contract"),
        (0, 9_999, "contract"),
        (0, 10_000, "assessment"),
        (999_999, 9_999, "contract"),
        (999_999, 10_000, "assessment"),
    ],
)
def test_export(other: int, sensitive: int, level: str) -> None:
    found = policy.evaluate(persons(contact=other, contact_and_health=sensitive), EXPORT)
    assert found.main.counts == {"persons": other + sensitive, "sensitive": sensitive, "other": other}
    assert found.main.level.name == level
    assert found.low.level == found.main.level == found.high.level


def test_arithmetic_compares_with_the_thresholds_around() -> None:
    found = policy.evaluate(persons(contact=100_000, biometric=3), EXPORT).main
    assert found.arithmetic == {
        "other": "100000 ≥ 100000, < 1000000",
        "sensitive": "3 ≥ 1, < 10000",
    }
    ten = policy.evaluate(persons(contact=10 * MILLION), AUDIT).main
    assert ten.arithmetic == {"persons": "10000000 ≥ 10000000, ≤ 10000000"}
    assert policy.evaluate(persons(contact=7), INCIDENT).main.arithmetic == {"persons": "7 < 1000000"}
    most = policy.evaluate(persons(contact=20 * MILLION), AUDIT).main
    assert most.arithmetic == {"persons": "20000000 > 10000000"}


def test_contested_sensitivity_counts_in_the_high_reading_only() -> None:
    found = policy.evaluate(persons(identity=10_000), EXPORT)
    assert found.low.counts == {"persons": 10_000, "sensitive": 0, "other": 0}
    assert found.main.counts == {"persons": 10_000, "sensitive": 0, "other": 10_000}
    assert found.high.counts == {"persons": 10_000, "sensitive": 10_000, "other": 10_000}
    levels = [found.readings[name].level.name for name in ("low", "main", "high")]
    assert levels == ["exempt", "exempt", "assessment"]
    assert [(each.element, each.persons) for each in found.differs] == [("identity", 10_000)]
    assert "contested" in {each.when for each in found.caveats}


def test_contacts_alone_and_failing_numbers_are_not_in_the_low_reading() -> None:
    held = {"bare_contact": MILLION, "contact": 5, "identity!": 7, "identity!_and_contact": 2}
    found = policy.evaluate(Counts({}, {frozenset(n.split("_and_")): c for n, c in held.items()}), INCIDENT)
    assert [found.readings[name].counts["persons"] for name in ("low", "main", "high")] == [
        7, MILLION + 14, MILLION + 14,
    ]  # fmt: skip
    assert [each.element for each in found.differs] == ["bare_contact", "identity!"]
    assert {"bare_contact", "failed_checks"} <= {each.when for each in found.caveats} | {"bare_contact"}


def test_records_that_no_number_links_are_told_and_not_counted() -> None:
    counts = Counts({}, {frozenset({"contact"}): 900_000}, unlinked=123_456)
    found = policy.evaluate(counts, INCIDENT)
    assert found.main.level.name == "general"
    caveat = next(each for each in found.to_dict()["caveats"] if each["when"] == "unlinked")
    assert "123,456" in caveat["zh"]
    assert "123,456" in caveat["en"]
    told = policy.details(found)
    assert [(each["element"], each["high"]) for each in told["sensitivity"]] == [("unlinked", "considerable")]
    assert "unlinked" not in {each.when for each in policy.evaluate(persons(contact=1), INCIDENT).caveats}


def test_persons_must_have_been_counted() -> None:
    with pytest.raises(PolicyError, match=r"counts persons, but persons were not counted\.$"):
        policy.evaluate(Counts({frozenset({"contact"}): 5}), INCIDENT)


def test_document_of_a_ladder() -> None:
    told = policy.evaluate(persons(contact=MILLION), INCIDENT).to_dict(frozenset({"company"}))
    assert (told["kind"], told["unit"], told["unlinked"]) == ("levels", "person", 0)
    assert told["main"]["level"] == "considerable"
    assert told["main"]["level_zh"] == "较大"
    assert told["main"]["reached"] == ["general", "considerable"]
    assert [each["name"] for each in told["levels"]] == [
        "general",
        "considerable",
        "major",
        "especially_major",
    ]
    assert told["levels"][3]["when"][0]["at_least"] == 100 * MILLION
    assert told["levels"][3]["when"][0]["wording"] == "泄露1亿人以上公民个人信息"
    assert "company" in {each["when"] for each in told["caveats"]}
    assert policy.evaluate(persons(), AUDIT).to_dict()["levels"][3]["when"][0]["more_than"] == 10 * MILLION
