"""What the level hangs on, and the sentences that say it."""

import time

import pytest

from scanner import categories, policy
from scanner.policy import CaseFacts, Counts
from scanner.reports.verdict_text import hangs_on
from scanner.reports.words import Words

CRIMINAL = policy.load("cn-criminal-2017")
B, S, E = "below", "serious", "especially_serious"


def profiles(held: dict[str, int]) -> dict[frozenset[str], int]:
    return {frozenset(names.split()): count for names, count in held.items()}


@pytest.mark.parametrize(
    ("held", "element", "low", "high", "left_out", "high_left_out"),
    [
        # Bare phone numbers: counted in high only; without them high falls back to below.
        ({"bare_contact": 5000}, "bare_contact", B, S, B, B),
        ({"bare_contact": 5000, "general": 5000}, "bare_contact", S, S, S, S),
        ({"bare_contact": 45000, "general": 5000}, "bare_contact", S, E, S, S),
        # Owner lists between below and ten times the standard.
        ({"owner_list contact": 1584}, "owner_list", B, E, B, S),
        ({"owner_list": 1584}, "owner_list", B, E, B, B),
        ({"travel identity": 500}, "travel", S, E, B, S),
        ({"vehicle_file": 49, "trajectory": 1}, "vehicle_file", B, S, B, B),
        ({"identity!": 5000}, "identity!", B, E, B, B),
        ({"trajectory.standing identity": 50}, "trajectory.standing", B, S, B, B),
    ],
)
def test_if_one_element_alone_is_read_otherwise(
    held: dict[str, int], element: str, low: str, high: str, left_out: str, high_left_out: str
) -> None:
    found = {each.element: each.levels for each in policy.sensitivity(profiles(held), CRIMINAL).elements}
    assert found[element] == {"low": low, "high": high, "left_out": left_out, "high_left_out": high_left_out}


def test_what_is_not_contested_or_does_not_decide_is_not_listed() -> None:
    found = policy.sensitivity(profiles({"trajectory": 60, "bank_account lodging trajectory": 5}), CRIMINAL)
    assert (found.main, found.elements, found.gaps) == (S, (), ())


def test_gap_by_one_element_alone() -> None:
    found = policy.sensitivity(profiles({"bare_contact": 5000, "contact": 3}), CRIMINAL)
    assert [each.to_dict() for each in found.gaps] == [
        {"reading": "high", "main": B, "level": S, "alone": ["bare_contact"], "needed": ["bare_contact"]}
    ]


def test_gap_by_several_together_and_by_any_of_them() -> None:
    together = policy.sensitivity(profiles({"contact": 300, "home_address": 300}), CRIMINAL)
    assert [(each.alone, each.needed) for each in together.gaps] == [((), ("contact", "home_address"))]
    either = policy.sensitivity(profiles({"contact": 600, "home_address": 600}), CRIMINAL)
    assert [(each.alone, each.needed) for each in either.gaps] == [(("contact", "home_address"), ())]


def test_what_is_needed_is_named_though_it_is_the_gravest_in_no_reading() -> None:
    """Without the cards' and the test results' number the identity number beside them still reaches the level."""
    found = policy.sensitivity(profiles({"bank_account! health! identity!": 50_000}), CRIMINAL)
    low = found.gaps[0]
    assert (found.main, low.reading, low.level) == (E, "low", B)
    assert (low.alone, low.needed) == ((), ("bank_account!", "health!", "identity!"))
    named = {each.element: (each.records, each.levels["low"]) for each in found.elements}
    assert named["identity!"] == (50_000, E)


def test_facts_of_the_case_count_here_too() -> None:
    held = profiles({"owner_list": 250})
    assert policy.sensitivity(held, CRIMINAL).main == B
    assert policy.sensitivity(held, CRIMINAL, CaseFacts(insider=True)).main == S
    twice = policy.sensitivity(held, CRIMINAL, CaseFacts(recipients=2))
    assert (twice.main, twice.elements[0].levels["low"]) == (S, B)
    acquired = Counts(held, sets={"acquired": held})
    assert policy.sensitivity(acquired, CRIMINAL, CaseFacts(recipients=2)).main == B


def test_ladders_hang_on_what_is_contested_as_sensitive() -> None:
    export = policy.load("cn-export-2024")
    found = policy.sensitivity(Counts({}, profiles({"identity contact": 10_000, "lodging": 5})), export)
    assert found.main == "exempt"
    assert {each.element: each.levels["high"] for each in found.elements} == {
        "identity": "assessment",
        "lodging": "contract",
    }
    assert [(each.reading, each.level, each.alone) for each in found.gaps] == [
        ("high", "assessment", ("identity",))
    ]
    # Read low, it makes a person of neither number: 100,000 others are not there any more.
    others = policy.sensitivity(Counts({}, profiles({"identity": 60_000, "contact": 60_000})), export)
    assert (others.main, others.elements[0].levels["low"]) == ("contract", "exempt")
    assert [(each.reading, each.alone, each.needed) for each in others.gaps] == [
        (reading, ("identity",), ("identity",)) for reading in ("low", "high")
    ]
    audit = policy.load("cn-pipl-audit-2025")
    bare = policy.sensitivity(Counts({}, profiles({"bare_contact": 10**6})), audit)
    assert [each.to_dict() for each in bare.gaps] == [
        {
            "reading": "low",
            "main": "officer",
            "level": "none",
            "alone": ["bare_contact"],
            "needed": ["bare_contact"],
        }
    ]
    assert bare.elements[0].levels == {
        "low": "none", "high": "officer", "left_out": "none", "high_left_out": "none",
    }  # fmt: skip


SENTENCES = [
    ({"bare_contact": 5000, "general": 3}, "zh", "单独由“孤立的联系方式或账号”造成"),
    ({"bare_contact": 5000, "general": 3}, "zh", "如“孤立的联系方式或账号”就高认定：达到数量标准"),
    ({"bare_contact": 5000, "general": 3}, "zh", "高值口径中如“孤立的联系方式或账号”不计：低于数量标准"),
    ({"travel identity": 500}, "en", "If “Travel” is left out: below the standard"),
    (
        {"contact": 300, "home_address": 300},
        "en",
        "without any one of “Contact details of a person, Home address”",
    ),
    (
        {"contact": 600, "home_address": 600},
        "en",
        "by any one of “Contact details of a person, Home address”",
    ),
    ({"trajectory": 600}, "zh", "没有哪一类有争议的信息单独改变口径即改变结论。"),
    (
        {"identity!": 5000},
        "en",
        "If “Identity documents (its number fails its checks or was restored)” is read low: below the standard",
    ),
]


@pytest.mark.parametrize(("held", "lang", "part"), SENTENCES)
def test_sentences(held: dict[str, int], lang: str, part: str) -> None:
    told = policy.details(policy.evaluate(profiles(held), CRIMINAL))
    lines = hangs_on(told, Words(lang))
    assert any(part in line for line in lines), lines
    assert not any("{" in line or "[" in line for line in lines)


def test_sentences_of_a_ladder() -> None:
    counts = Counts({}, profiles({"bare_contact": 999_999}), unlinked=1)
    told = policy.details(policy.evaluate(counts, policy.load("cn-incident-2025")))
    assert hangs_on(told, Words("zh")) == ["如将没有可区分人的号码的记录每条算作一人：较大"]


def test_many_profiles_take_no_time() -> None:
    names = sorted(each.name for each in categories.described())
    many = {
        frozenset(names[place] for place in range(len(names)) if number * 2654435761 >> place & 1): number + 1
        for number in range(2000)
    }
    before = time.perf_counter()
    found = policy.sensitivity(many, CRIMINAL)
    assert len(found.elements) > 10
    assert time.perf_counter() - before < 20
