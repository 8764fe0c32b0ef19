from dataclasses import dataclass
from math import comb

import pytest

from scanner.columns.chance import beyond_chance, likelier_than_chance
from scanner.columns.decision import damaged, decide
from scanner.columns.tally import ColumnTally, LabelTally, refusal
from scanner.detectors.person_name import PersonName
from scanner.model import Cells, Check, Matches


@dataclass
class Rule:
    """A detector as the decision sees it."""

    name: str = "card"
    label: str = "bank_card"
    standard: str = ""
    required: int = Check.FORMAT | Check.CHECKSUM
    basis: int = Check.FORMAT
    chance: float = 0.1
    rank: int = 40
    whole: float = 0.0
    roles: frozenset[str] = frozenset({"bank_card"})
    header_only: bool = False
    none_under: frozenset[str] = frozenset()

    def find(self, cells: Cells) -> Matches:
        return Matches.none()


def column(nonempty: int, **labels: LabelTally) -> ColumnTally:
    return ColumnTally(nonempty, nonempty, labels)


@pytest.mark.parametrize(
    ("valid", "basis", "accepted"),
    [
        (997, 1000, True),  # an identifier column with three damaged ones
        (100, 1000, False),  # what chance gives
        (130, 1000, False),  # a little more than chance
        (600, 1000, True),  # nearly half is damaged
        (1, 1, True),  # a single number in free text
        (20_400, 200_000, False),
        (0, 500, False),
    ],
)
def test_chance_is_tested(valid, basis, accepted):
    card = LabelTally(candidates=basis, valid=valid, basis=basis, whole=valid)
    assert decide(column(basis, card=card), [Rule()], "bank_card")["card"].accepted is accepted


@pytest.mark.parametrize(
    ("valid", "basis", "candidates", "accepted"),
    [
        (1, 1, 400, False),  # order numbers of 19 digits in a log, of which one begins like a card
        (1, 3, 400, False),
        (4, 13, 1500, False),
        (4, 4, 5000, True),  # four cards among order numbers that do not begin like any
        (1, 1, 20, True),
        (4, 4, 32, True),
    ],
)
def test_a_few_numbers_of_many_that_begin_like_cards_pass_by_chance(valid, basis, candidates, accepted):
    @dataclass
    class Strays(Rule):
        strays: float = 0.03

    card = LabelTally(candidates=candidates, valid=valid, basis=basis, whole=valid)
    decision = decide(column(candidates, card=card), [Strays()], None)["card"]
    assert (decision.accepted, decision.code) == (accepted, "accepted" if accepted else "chance")
    assert decide(column(candidates, card=card), [Strays()], "bank_card")["card"].accepted


@pytest.mark.parametrize(
    ("valid", "dated", "role", "code"),
    [
        (100, 95, None, "dated"),  # 18032512345: an order of 2018-03-25
        (100, 95, "order", "dated"),
        (100, 95, "bank_card", "accepted"),
        (100, 50, None, "accepted"),
        (19, 19, None, "accepted"),
    ],
)
def test_numbers_that_begin_with_a_date_are_those_of_orders(valid, dated, role, code):
    tally = LabelTally(candidates=valid, valid=valid, basis=valid, whole=valid, dated=dated)
    assert decide(column(valid, card=tally), [Rule()], role)["card"].code == code


def test_beyond_chance_is_rarer_than_one_in_fifty():
    for basis in range(1, 30):
        rates = [
            sum(comb(basis, k) * 0.1**k * 0.9 ** (basis - k) for k in range(v, basis + 1))
            for v in range(basis)
        ]
        assert [beyond_chance(v, basis, 0.1) for v in range(basis)] == [rate < 0.02 for rate in rates]


@pytest.mark.parametrize(
    ("valid", "candidates", "subject", "code"),
    [
        (19, 20, None, "accepted"),
        (15, 20, None, "too_few"),  # keywords, dynasties
        (1, 1, None, "accepted"),
        (4, 4, "diagnosis", "other_header"),  # 高血压
        (20, 20, "diagnosis", "accepted"),  # columns that were shifted
        (10, 12, "other_words", "other_header"),  # 品牌: 海尔, 方太
        (4, 4, "family", "accepted"),  # 配偶, 监护人
        (4, 4, "account", "accepted"),
    ],
)
def test_names_without_a_header_are_most_of_what_is_short(valid, candidates, subject, code):
    tally = LabelTally(
        candidates=candidates, valid=valid, basis=candidates, whole=valid, variety=list(range(valid))
    )
    found = decide(column(candidates, person_name=tally), [PersonName()], None, subject=subject)
    assert found["person_name"].code == code


def test_nothing_is_accepted_under_some_headers():
    """3.21.45.67 under 版本号."""
    address = Rule(chance=0, none_under=frozenset({"other_number"}))
    found = column(100, card=LabelTally(candidates=100, valid=100, basis=100, whole=100))
    codes = [
        decide(found, [address], None, subject=each)["card"].code
        for each in ("other_number", "address", None)
    ]
    assert codes == ["other_header", "accepted", "accepted"]


def test_a_rejection_by_chance_carries_its_figures():
    card = LabelTally(candidates=200_000, valid=20_400, basis=199_000)
    decision = decide(column(200_000, card=card), [Rule()], None)["card"]
    assert decision.code == "chance"
    for figure in ("20400", "200000", "199000", "10.3 %", "10.0 %"):
        assert figure in decision.reason


def test_shapes_that_need_a_header_or_a_full_column():
    shape = Rule(basis=0, chance=0.0, whole=0.6)
    few = column(100, card=LabelTally(candidates=40, valid=40, whole=40))
    most = column(100, card=LabelTally(candidates=70, valid=70, whole=70))
    assert decide(few, [shape], None)["card"].code == "too_few"
    assert decide(few, [shape], "bank_card")["card"].accepted
    assert decide(most, [shape], None)["card"].accepted
    named = Rule(basis=0, chance=0.0, header_only=True)
    assert decide(most, [named], None)["card"].code == "header_only"
    assert decide(most, [named], "bank_card")["card"].accepted


def test_stray_hits_on_damaged_identifiers_are_not_cards():
    resident = Rule("id18", "resident_id", rank=10, roles=frozenset())
    ids = LabelTally(candidates=1000, valid=950, basis=1000, whole=950)
    cards = LabelTally(candidates=50, valid=5, basis=5, whole=5)
    cards.contested["id18"] = 5
    decisions = decide(column(1000, id18=ids, card=cards), [resident, Rule()], None)
    assert decisions["id18"].accepted
    assert decisions["card"].code == "contested"


def test_numbers_in_a_float_column_are_damaged_identifiers():
    ids = LabelTally(candidates=1000, valid=90, basis=1000)
    listed = Rule(basis=Check.FORMAT | Check.BIN)
    decision = decide(column(1000, card=ids), [listed], "bank_card", "float")["card"]
    assert decision.code == "float"
    assert "damaged" in decision.reason
    other = LabelTally(candidates=1000, valid=1, basis=10)  # large numbers that do not even begin like cards
    assert decide(column(1000, card=other), [listed], None, "float")["card"].code == "chance"


def test_near_perfect_columns_show_their_damaged_values():
    stats = LabelTally(candidates=1000, valid=997, basis=1000)
    decision = decide(column(1000, card=stats), [Rule()], None)["card"]
    assert damaged(stats, decision) == 3
    half = LabelTally(candidates=1000, valid=600, basis=1000)
    assert damaged(half, decide(column(1000, card=half), [Rule()], None)["card"]) == 0


@pytest.mark.parametrize(
    ("checks", "reason"),
    [
        (Check.FORMAT, "checksum"),
        (Check.CHECKSUM, "format"),
        (Check.FORMAT | Check.CHECKSUM | Check.FUTURE, "future_date"),
        (Check.FORMAT | Check.UNASSIGNED, "unassigned"),
    ],
)
def test_the_first_reason_of_a_refusal(checks, reason):
    assert refusal(int(checks), Check.FORMAT | Check.CHECKSUM) == reason


def test_more_valid_never_turns_an_acceptance_into_a_rejection():
    for chance in (1e-6, 0.1, 0.55, 0.9):
        verdicts = [likelier_than_chance(valid, 200, chance) for valid in range(201)]
        assert verdicts == sorted(verdicts)
        assert verdicts[200]
