"""The mapping table of docs/policy.md, row by row: what a row of a file shows, and its tier in each reading."""

from typing import Any

import pytest

from scanner import categories, policy

CRIMINAL = policy.load("cn-criminal-2017")
PLATFORM = policy.load("cn-platform-2019")
PERSON = "person_name resident_id mobile_phone"

# Row of the table, facts in the row of the file, the element that must be there, and its tier: low, main, high.
ROWS: list[tuple[int, str, str | None, int, int, int]] = [
    (1, "person_name", "general.name", 0, 0, 5000),
    (2, "person_name resident_id", "identity", 5000, 5000, 500),
    (3, "role:biometric person_name resident_id address", "biometric", 500, 500, 500),
    (4, "person_name mobile_phone", "contact", 5000, 5000, 500),
    (5, "mobile_phone", "bare_contact", 0, 0, 5000),
    (6, "email person_name", "contact.online", 5000, 5000, 5000),
    (6, "email", "bare_contact", 0, 0, 5000),
    (7, "address person_name", "home_address", 5000, 5000, 500),
    (8, "bank_card", "bank_account", 5000, 500, 50),
    (8, f"bank_card {PERSON}", "bank_account", 5000, 500, 50),
    (9, "bank_card role:pay_password", "financial_credential", 50, 50, 50),
    (9, "bank_card role:card_expiry", "financial_credential", 50, 50, 50),
    (9, "bank_card role:verification_code", "financial_credential", 50, 50, 50),
    (10, "role:payment_account person_name", "payment_account", 5000, 500, 50),
    (11, "role:balance bank_card", "property", 50, 50, 50),
    (11, f"role:asset {PERSON}", "property", 50, 50, 50),
    (12, f"role:trade role:amount {PERSON}", "transaction.statement", 500, 500, 50),
    (12, f"role:trade role:amount role:balance {PERSON}", "property", 50, 50, 50),
    (13, "role:securities_account role:password person_name", "financial_credential", 50, 50, 50),
    (13, f"role:asset role:securities_account {PERSON}", "property", 50, 50, 50),
    (13, "person_name mobile_phone", "contact", 5000, 5000, 500),
    (14, f"role:credit {PERSON}", "credit", 50, 50, 50),
    (15, f"role:loan {PERSON}", "loan_application", 5000, 500, 50),
    (16, f"role:title {PERSON}", "property.title", 500, 50, 50),
    (17, "person_name mobile_phone role:estate role:building role:room", "owner_list", 5000, 500, 50),
    (18, "license_plate", "general.plate", 0, 0, 5000),
    (19, "license_plate person_name mobile_phone", "vehicle_owner", 5000, 5000, 50),
    (20, f"vin role:engine_number license_plate {PERSON}", "vehicle_file", 5000, 500, 50),
    (21, "role:vehicle_record role:repair mobile_phone", "vehicle_owner.repair", 0, 5000, 5000),
    (21, "role:vehicle_record role:repair", None, 0, 0, 0),
    (22, f"role:longitude role:latitude role:time {PERSON}", "trajectory", 50, 50, 50),
    (23, "role:position role:position_time license_plate", "trajectory", 50, 50, 50),
    (24, f"role:longitude role:latitude {PERSON}", "other_safety", 5000, 500, 50),
    (24, "ip_address email person_name", "other_safety", 5000, 500, 50),
    (25, f"role:flight {PERSON}", "travel", 500, 500, 50),
    (25, f"role:train role:seat {PERSON}", "travel", 500, 500, 50),
    (26, "role:caller role:callee mobile_phone", "communication_record", 500, 500, 500),
    (27, "role:message mobile_phone", "communication_content", 50, 50, 50),
    (28, "role:verification_code mobile_phone", "verification_code", 5000, 500, 50),
    (29, f"role:checkin role:hotel role:room {PERSON}", "lodging", 500, 500, 500),
    (30, f"role:diagnosis {PERSON}", "health", 500, 500, 500),
    (31, f"role:order role:goods role:amount {PERSON}", "transaction", 5000, 500, 500),
    (31, "role:waybill person_name mobile_phone address", "home_address", 5000, 5000, 500),
    (32, f"role:social_security {PERSON}", "social_security", 5000, 500, 50),
    (32, f"role:provident_fund {PERSON}", "social_security", 5000, 500, 50),
    (32, f"role:provident_fund role:balance {PERSON}", "property", 50, 50, 50),
    (33, f"role:income {PERSON}", "property.income", 500, 50, 50),
    (34, "role:account role:password", "account_credential", 5000, 5000, 500),
    (35, "wechat_id person_name", "contact.online", 5000, 5000, 5000),
    (36, "role:biometric person_name", "biometric", 500, 500, 500),
    (37, f"role:family {PERSON}", "family", 5000, 5000, 500),
    (37, f"role:marital {PERSON}", "family", 5000, 5000, 500),
    (38, f"role:offence {PERSON}", "offence_record", 5000, 500, 500),
    (39, f"role:school {PERSON}", "education_work", 5000, 5000, 5000),
    (40, "uscc role:company_name landline_phone", "bare_contact", 0, 0, 5000),
    (40, "uscc role:company_name person_name mobile_phone", "contact.company", 0, 0, 5000),
    (40, "uscc person_name mobile_phone resident_id", "contact", 5000, 5000, 500),
    (41, "", None, 0, 0, 0),
]


def one(names: set[str], given: Any = CRIMINAL) -> list[int]:
    """The tiers at which one record counts in the three readings; 0: not counted."""
    found = policy.evaluate({frozenset(names): 1}, given)
    return [
        next((size for size, count in reading.counts.items() if count), 0)
        for reading in (found.low, found.main, found.high)
    ]


@pytest.mark.parametrize(("row", "facts", "element", "low", "main", "high"), ROWS)
def test_row(row: int, facts: str, element: str | None, low: int, main: int, high: int) -> None:
    held = categories.elements(frozenset(facts.split()))
    if element is None:
        assert not held
        return
    assert element in held
    # The element alone: what else the row holds may count more in a reading.
    assert one({element}) == [low, main, high]
    # The whole row counts no less, and nothing else in it counts more in the main reading.
    whole = one(set(held))
    assert whole[1] == main
    for size, least in zip(whole, (low, main, high), strict=True):
        assert not least or 0 < size <= least
    assert one({element}, PLATFORM) == [10 * low, 10 * main, 10 * high]


def test_every_row_of_the_table_stands_here_once_at_least() -> None:
    assert {row for row, *_ in ROWS} == set(range(1, 42))


def test_every_rule_names_a_row_that_it_is_tested_for() -> None:
    for each in categories.described():
        tested = {element for row, _, element, *_ in ROWS if row in each.rows}
        if each.derived or each.name in ("general", "identity.military"):
            continue
        assert each.name in tested, each.name


@pytest.mark.parametrize(
    ("held", "tiers"),
    [
        # A standing point repeats whose it is: in low and main nothing of it counts, in high all of it, at 50.
        ("trajectory.standing", [0, 0, 50]),
        ("trajectory.standing identity contact bare_contact", [0, 0, 50]),
        ("trajectory.standing identity!", [0, 0, 50]),
        # What the moving points need not hold counts on.
        ("trajectory.standing identity health", [500, 500, 50]),
        ("trajectory.standing communication_content", [50, 50, 50]),
        # The same record is a moving point in another file: it counts.
        ("trajectory trajectory.standing identity", [50, 50, 50]),
        # Held only through a number that fails its checks: not in low.
        ("identity!", [0, 5000, 500]),
        ("identity! identity", [5000, 5000, 500]),
        ("bank_account! contact", [5000, 500, 50]),
        ("bare_contact!", [0, 0, 5000]),
        ("property.income!", [0, 50, 50]),
        ("trajectory!", [0, 50, 50]),
        ("property.balance!", [0, 50, 50]),
    ],
)
def test_marked_elements(held: str, tiers: list[int]) -> None:
    assert one(set(held.split())) == tiers
    assert one(set(held.split()), PLATFORM) == [10 * size for size in tiers]


def test_no_rule_gives_a_derived_element() -> None:
    derived = [each for each in categories.described() if each.derived]
    assert [each.name for each in derived] == ["trajectory.standing"]
    assert all(each.when == () for each in derived)


def test_sensitive_is_a_column_of_its_own() -> None:
    # Tier 5000 and sensitive; tier 500 and not sensitive; the other two ways too.
    assert CRIMINAL.tier("identity.military") == 5000
    assert policy.sensitive({"identity.military"})
    assert CRIMINAL.tier("transaction") == 500
    assert not policy.sensitive({"transaction"})
    assert CRIMINAL.tier("health") == 500
    assert policy.sensitive({"health"})
    assert CRIMINAL.tier("contact") == 5000
    assert not policy.sensitive({"contact"})


@pytest.mark.parametrize(
    ("names", "low", "main", "high"),
    [
        ("", False, False, False),
        ("contact transaction vehicle_file", False, False, False),
        ("contact biometric", True, True, True),
        ("trajectory.standing", True, True, True),
        ("identity", False, False, True),
        ("identity!", False, False, True),
        ("health!", False, True, True),
        ("property.title", False, False, True),
        ("military_id", True, True, True),
        ("bank_card contact", True, True, True),
    ],
)
def test_what_is_sensitive(names: str, low: bool, main: bool, high: bool) -> None:
    held = frozenset(names.split())
    assert [policy.sensitive(held, reading) for reading in ("low", "main", "high")] == [low, main, high]
    assert policy.sensitive(held) == main
