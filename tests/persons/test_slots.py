import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import knowledge
from scanner.errors import PatternError
from scanner.persons.links import Mention, Number
from scanner.persons.slots import IdentityFact, Linking, mentions

LINKING = Linking.read()
LABELS = {
    "N": "person_name",
    "I": "resident_id",
    "S": "passport",
    "P": "mobile_phone",
    "C": "bank_card",
    "E": "email",
    "L": "license_plate",
    "V": "vin",
    "M": "imei",
    "A": "address",
}


def facts(row: str) -> list[IdentityFact | None]:
    """``N I p -``: a name, an ID, a phone in free text, a rejected fact; a column each, ``+`` shares the last one's,
    ``*`` is a further number of the cell before."""
    found: list[IdentityFact | None] = []
    column = -1
    for sign in row.replace(" ", ""):
        if sign == "+":
            column -= 1
            continue
        if sign == "*":
            last = found[-1]
            found.append(last._replace(further=True) if last else None)
            continue
        column += 1
        found.append(None if sign == "-" else IdentityFact(column, LABELS[sign.upper()], sign.isupper()))
    return found


def shown(row: str) -> list[str]:
    """Each person as the positions of name and numbers: ``0:1,2``."""
    return [
        f"{'' if each.name is None else each.name}:{','.join(str(number.at) for number in each.numbers)}"
        for each in mentions(facts(row), LINKING)
    ]


ROWS = [
    # One person.
    ("N I P", ["0:1,2"]),
    ("P N I", ["1:2,0"]),
    ("I P P N C", ["3:0,1,2,4"]),
    ("P", [":0"]),
    ("I S P", [":0,1,2"]),
    ("N P P P", ["0:1,2,3"]),
    ("N P A E", ["0:1,3"]),
    # Nobody.
    ("", []),
    ("N", []),
    ("N A", []),
    ("N -", []),
    ("A", []),
    # 夫妻, 父母: a spouse, parents.
    ("N I P N I P", ["0:1,2", "3:4,5"]),
    ("I N P I N P", ["1:0,2", "4:3,5"]),
    ("N I P N P", ["0:1,2", "3:4"]),
    ("N I N P N P P", ["0:1", "2:3", "4:5,6"]),
    ("N I P I", ["0:1,2", ":3"]),
    ("I I", [":0", ":1"]),
    ("N I S I S", ["0:1,2", ":3,4"]),
    # 紧急联系人: a contact with a name, or with a phone alone.
    ("N P I C N P", ["0:2,1,3", "4:5"]),
    ("N I P P", ["0:1,2,3"]),
    # 寄件人, 收件人: sender and receiver, with either first.
    ("N P A N P A", ["0:1", "3:4"]),
    ("P N A P N A", ["1:0", "4:3"]),
    ("P E N P E N", ["2:0,1", "5:3,4"]),
    ("P N P", ["1:0,2"]),
    ("P N P N P N", ["1:0", "3:2", "5:4"]),
    # All names first, or last: in the same order.
    ("N N I I P", ["0:2,4", "1:3"]),
    ("N N P P", ["0:2", "1:3"]),
    ("I I N N", ["2:0", "3:1"]),
    ("I N N I", ["1:0", "2:3"]),
    ("N N I P", ["0:2,3"]),  # a former name (曾用名)
    ("I N N P", ["1:0", "2:3"]),
    ("N N I I I", ["1:2", ":3", ":4"]),
    # Rejected facts leave the positions of others.
    ("N - P", ["0:2"]),
    ("- P - N P", ["3:1,4"]),
    # Two kinds of finds in one column.
    ("N I +S P", ["0:1,2,3"]),
    ("N I +I P", ["0:1,2,3"]),
    ("N +N I", ["0:2"]),
    # Strong numbers in free text are somebody each where nobody is known but by bare numbers: who is has the first.
    ("N P i", ["0:1"]),
    ("N I i", ["0:1"]),
    ("I i", [":0"]),
    ("P N P i", ["1:0,2"]),
    ("P i", [":1,0"]),
    ("E i i", [":1,0", ":2"]),
    ("P P i", [":2,0,1"]),
    ("i i s", [":0", ":1"]),
    ("s i", [":1"]),
    ("s s p", [":0", ":1"]),
    ("N s", [":1"]),
    ("L i", [":1"]),
    ("p i c", [":1"]),
    # Other ones link nothing, and are somebody only where nobody else is.
    ("N P p", ["0:1"]),
    ("N p", [":1"]),
    ("n p", [":1"]),
    ("p p", [":0"]),
    ("n", []),
    # Further numbers of a cell are their person's, where somebody tells who that is.
    ("N P*", ["0:1,2"]),
    ("I P*", [":0,1,2"]),
    ("N P* E*", ["0:1,2,3,4"]),
    ("N P* N P*", ["0:1,2", "3:4,5"]),
    ("N N P* P", ["0:2,3", "1:4"]),
    ("P* i", [":2,0,1"]),
    ("N L*", ["0:1,2"]),
    ("P*", [":0", ":1"]),
    ("P* E", [":0,2", ":1,2"]),
    ("- P*", [":1", ":2"]),
    ("P* E*", [":0,2", ":1,2", ":0,3"]),
    ("L*", [":0", ":1"]),
    ("N -*", []),
    ("N p*", [":1", ":2"]),
    ("N P p*", ["0:1"]),
    # Plates and devices are the last resort.
    ("L V M", [":0,1,2"]),
    ("V N L", ["1:2,0"]),
    ("N P L", ["0:1"]),
    ("L p", [":1"]),
    ("l V", [":0"]),
    ("L l", [":0"]),
    ("m", [":0"]),
]


@pytest.mark.parametrize(("row", "expected"), ROWS)
def test_who_is_in_a_row(row, expected):
    assert shown(row) == expected


TABLE_ROWS = [
    # 姓名, 身份证号, 手机号, 紧急联系人姓名, 紧急联系人电话: a name that is missing is not that of the contact.
    ("N I P N P", "- I P N P", [":1,2", "3:4"]),
    ("N I P N P", "N - - N P", ["3:4"]),
    ("N I P N P", "N - - - P", [":4"]),
    ("N I P N P", "N I P N P", ["0:1,2", "3:4"]),
    # 学生姓名, 父亲姓名, 父亲手机号, 母亲姓名, 母亲手机号
    ("N N P N P", "- N P N P", ["1:2", "3:4"]),
    ("N N P N P", "N - P N P", [":2", "3:4"]),
    # 户主, 配偶
    ("N I N I", "- I N I", [":1", "2:3"]),
    ("N I N I", "N - N I", ["2:3"]),
    # Names, and their numbers in the same order.
    ("N N P P", "- N P P", [":2", "1:3"]),
    ("N N P P", "N N - P", ["1:3"]),
    # Finds of two kinds in one column are of its person.
    ("N I +I N P", "- - I N P", [":2", "3:4"]),
    # What a row holds in free text is its own.
    ("N P i", "- P i", [":2,1"]),
    ("N P i", "N - i", [":2"]),
]


@pytest.mark.parametrize(("table", "row", "expected"), TABLE_ROWS)
def test_whose_a_column_is_does_not_hang_on_the_cells_of_a_row(table, row, expected):
    held = facts(row)
    columns = LINKING.columns(facts(table))
    found = [
        f"{'' if each.name is None else each.name}:{','.join(str(number.at) for number in each.numbers)}"
        for each in mentions(
            [
                fact and each and fact._replace(column=each.column)
                for fact, each in zip(held, facts(table), strict=True)
            ],
            LINKING,
            columns,
        )
    ]
    assert found == expected


def test_numbers_come_strongest_first_with_their_kind():
    assert mentions(facts("C N P S L"), LINKING) == (
        Mention(
            (Number(3, "passport", True), Number(2, "mobile_phone", False), Number(0, "bank_card", False)), 1
        ),
    )


def test_columns_not_the_order_of_facts_decide():
    in_order = facts("N I P N P")
    assert mentions(in_order[::-1], LINKING) == tuple(
        Mention(
            tuple(Number(4 - number.at, number.label, number.strong) for number in each.numbers),
            4 - each.name,
        )
        for each in mentions(in_order, LINKING)
    )


@settings(deadline=None)
@given(st.text("NISPCELVMAnispclv-", max_size=14))
def test_every_number_of_a_column_is_of_one_person(row):
    given_facts = facts(row)
    found = mentions(given_facts, LINKING)
    places = [number.at for each in found for number in each.numbers]
    assert len(places) == len(set(places))
    known = {at: fact for at, fact in enumerate(given_facts) if fact and fact.label in LINKING.order}
    regular = {at for at, fact in known.items() if fact.whole and fact.label not in LINKING.last_resort}
    free = {at: fact.label for at, fact in known.items() if not fact.whole and fact.label in LINKING.strong}
    strongest = min(free.values(), key=LINKING.order.index, default=None)
    told = {at for at, label in free.items() if label == strongest}
    if any(
        each.name is not None or (each.numbers[0].at in regular and each.numbers[0].strong) for each in found
    ):
        told = set()  # the row is about who is known
    if regular or told:
        assert set(places) == regular | told
        assert len(found) >= len(told)
    else:
        assert bool(found) == bool(known)
        assert len(found) <= 1
    names = [each.name for each in found if each.name is not None]
    assert len(names) == len(set(names))
    for each in found:
        assert each.name is None or given_facts[each.name].label == "person_name"
        strong = [number.label for number in each.numbers if number.strong]
        assert len(strong) == len(set(strong))


def changed(**parts):
    document = copy.deepcopy(knowledge.toml("subjects.toml"))
    document["linking"].update(parts)
    return document


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({}, "'labels'"),
        ({"labels": []}, "'linking'"),
        ({"labels": [], "linking": {"strong": []}}, "'with_name'"),
        (changed(last_resort=["vin", "imei", "imsi"]), "license_plate once"),
        (changed(last_resort=["license_plate", "vin", "imei", "imsi", "qq"]), "qq once"),
        (changed(last_resort=["license_plate", "vin", "imei", "imsi", "shoe_size"]), "shoe_size once"),
        (changed(name="qq"), "name's label"),
        (changed(name=7), "name's label"),
    ],
)
def test_knowledge_that_is_not_sound_is_refused(document, reason):
    with pytest.raises(PatternError, match=reason):
        Linking.read(document)


def test_the_order_is_that_of_the_subjects():
    assert list(LINKING.order) == knowledge.toml("subjects.toml")["labels"]
    assert LINKING.strong | LINKING.with_name | LINKING.last_resort == set(LINKING.order)
