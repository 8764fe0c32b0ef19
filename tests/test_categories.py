"""What a row holds: the category, the anchor it needs, and what lifts nothing."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import categories, knowledge
from scanner.columns import headers
from scanner.errors import PatternError

CONTRACT = (
    "trajectory communication_content credit property financial_credential "
    "bank_account payment_account lodging "
    "communication_record health transaction biometric travel vehicle_file "
    "owner_list loan_application social_security "
    "verification_code offence_record other_safety identity contact bare_contact "
    "home_address account_credential "
    "vehicle_owner education_work family general"
)

# Facts -> categories, exactly.
ROWS = [
    # Nothing that identifies anybody.
    ("", ""),
    ("person_name", "general"),
    ("role:name", ""),
    ("address", ""),
    ("license_plate", "general"),
    ("vin", ""),
    ("ip_address", ""),
    ("imei", ""),
    ("uscc role:company_name role:company_address role:amount", ""),
    ("role:balance", ""),
    ("role:balance person_name", "general"),
    ("role:longitude role:latitude role:time", ""),
    ("role:order role:amount role:goods role:time", ""),
    ("role:diagnosis role:sex", ""),
    ("role:id_number role:mobile role:address role:bank_card", ""),
    ("role:bank_account role:trade role:amount role:company_name", ""),
    ("uscc role:asset person_name mobile_phone", "contact"),
    ("role:company_id role:bank_account mobile_phone", "bare_contact"),
    # Cell towers: whereabouts of a phone, but part of the record where calls are recorded.
    ("mobile_phone role:cell role:time", "trajectory bare_contact"),
    ("mobile_phone role:cell", "other_safety bare_contact"),
    ("mobile_phone role:cell role:time role:call_duration", "communication_record bare_contact"),
    ("mobile_phone role:cell role:time role:estate", "bare_contact"),
    # Identity, contact, address.
    ("resident_id", "identity"),
    ("resident_id person_name", "identity"),
    ("passport role:name", "identity"),
    ("person_name mobile_phone", "contact"),
    ("person_name landline_phone", "contact"),
    ("person_name email", "contact"),
    ("resident_id mobile_phone", "identity contact"),
    ("mobile_phone", "bare_contact"),
    ("email qq", "bare_contact"),
    ("landline_phone uscc role:company_name", "bare_contact"),
    ("role:account", "bare_contact"),
    ("role:online_account", "bare_contact"),
    ("role:online_account person_name", "contact"),
    ("mobile_phone address", "bare_contact home_address"),
    ("person_name address", "home_address"),
    ("person_name mobile_phone address role:company_address", "contact"),
    ("person_name mobile_phone address role:company_address role:address", "contact home_address"),
    ("resident_id person_name mobile_phone address", "identity contact home_address"),
    # Money.
    ("bank_card", "bank_account"),
    ("bank_card person_name resident_id mobile_phone", "bank_account identity contact"),
    ("bank_card role:pay_password", "financial_credential"),
    ("bank_card role:password person_name", "financial_credential"),
    ("bank_card role:card_expiry", "financial_credential"),
    ("bank_card role:verification_code mobile_phone", "financial_credential verification_code bare_contact"),
    ("role:bank_account person_name", "bank_account"),
    ("role:payment_account person_name", "payment_account"),
    ("role:payment_account role:pay_password", "financial_credential"),
    ("role:securities_account role:password person_name", "financial_credential"),
    ("role:balance resident_id person_name", "property identity"),
    ("role:balance bank_card", "property bank_account"),
    ("role:income person_name mobile_phone", "property contact"),
    ("role:title person_name resident_id", "property identity"),
    ("role:credit resident_id", "credit identity"),
    ("role:loan person_name mobile_phone", "loan_application contact"),
    ("role:social_security resident_id", "social_security identity"),
    ("role:order role:amount person_name mobile_phone address", "transaction contact home_address"),
    ("role:goods role:amount person_name mobile_phone", "transaction contact"),
    ("role:waybill person_name mobile_phone address", "contact home_address"),
    ("role:trade role:amount bank_card person_name", "transaction bank_account"),
    # Doings.
    ("role:checkin resident_id", "lodging identity"),
    ("role:checkin role:hotel role:room person_name", "lodging"),
    ("role:hotel role:room person_name mobile_phone", "lodging contact"),
    ("role:hotel person_name mobile_phone", "contact"),
    ("role:caller role:callee mobile_phone", "communication_record bare_contact"),
    ("role:callee role:time mobile_phone", "communication_record bare_contact"),
    ("role:callee mobile_phone", "bare_contact"),
    ("role:callee role:time", ""),
    ("role:call_duration mobile_phone person_name", "communication_record contact"),
    ("role:caller role:callee", ""),
    ("role:message mobile_phone", "communication_content bare_contact"),
    ("role:longitude role:latitude role:time resident_id", "trajectory identity"),
    ("role:longitude role:latitude resident_id", "other_safety identity"),
    ("role:position role:position_time license_plate", "trajectory"),
    ("coordinate role:time mobile_phone", "trajectory bare_contact"),
    ("ip_address email", "other_safety bare_contact"),
    ("role:flight resident_id person_name", "travel identity"),
    ("role:train role:seat person_name mobile_phone", "travel contact"),
    ("role:diagnosis person_name mobile_phone", "health contact"),
    ("role:diagnosis person_name role:medical_record", "health"),
    ("role:biometric resident_id", "biometric identity"),
    ("role:verification_code mobile_phone", "verification_code bare_contact"),
    ("role:offence resident_id", "offence_record identity"),
    # Things, household, school.
    ("license_plate person_name mobile_phone", "vehicle_owner contact"),
    ("license_plate vin role:engine_number person_name resident_id", "vehicle_file vehicle_owner identity"),
    ("role:estate role:room person_name mobile_phone", "owner_list contact"),
    ("role:account role:password", "account_credential"),
    ("email role:password", "account_credential bare_contact"),
    ("role:school person_name resident_id", "education_work identity"),
    ("role:marital resident_id", "family identity"),
    ("person_name role:birth_date", "general"),
]


@pytest.mark.parametrize(("facts", "expected"), ROWS)
def test_row_holds(facts: str, expected: str) -> None:
    held = categories.categories(frozenset(facts.split()))
    assert held == set(expected.split())
    assert categories.identifiable(frozenset(facts.split())) == bool(held)


def test_categories_are_those_of_the_contract() -> None:
    assert categories.names() == tuple(CONTRACT.split())


def test_elements_tell_parts_apart() -> None:
    facts = frozenset({"role:income", "role:title", "resident_id"})
    assert categories.elements(facts) == {"property.income", "property.title", "identity"}
    assert categories.categories(facts) == {"property", "identity"}


@pytest.mark.parametrize(
    ("facts", "element"),
    [
        ("role:trade role:amount mobile_phone person_name", "transaction.statement"),
        ("role:trade role:amount role:order mobile_phone person_name", "transaction"),
        ("role:trade role:amount role:goods mobile_phone person_name", "transaction"),
    ],
)
def test_orders_are_no_statements(facts: str, element: str) -> None:
    assert categories.elements(frozenset(facts.split())) == {element, "contact"}


def test_every_category_can_be_held() -> None:
    reached = {name for facts, _ in ROWS for name in categories.categories(frozenset(facts.split()))}
    assert reached == set(categories.names())


def test_rules_name_only_roles_of_the_lexicon() -> None:
    assert categories.fact_roles() <= set(headers.role_names())


def test_companies_stand_in_no_positive_rule() -> None:
    content = knowledge.toml("categories.toml")
    groups = {name: when for name, when in content["group"].items() if name != "company"}
    # contact.company takes the place of contact, and counts for less.
    others = [each["when"] for each in content["category"] if each["name"] != "contact.company"]
    lists = [*groups.values(), *others]
    terms = {term for when in lists for alternative in when for term in alternative}
    assert not {term for term in terms if ("company" in term or "uscc" in term) and not term.startswith("!")}


LABELS = knowledge.toml("categories.toml")["labels"]
FACTS = st.frozensets(
    st.sampled_from([*LABELS, *(f"role:{name}" for name in sorted(categories.fact_roles()))]), max_size=12
)
# What has no check digit or shape is taken from header and filled cell alone.
UNCHECKED = ("payment_account", "securities_account", "online_account")
HEADERS_ONLY = st.frozensets(
    st.sampled_from(sorted(f"role:{n}" for n in categories.fact_roles() if n not in UNCHECKED)),
    max_size=10,
)


@given(FACTS)
def test_company_facts_add_nothing(facts: frozenset[str]) -> None:
    company = {"uscc", "role:company_name", "role:company_id"}
    without = categories.categories(facts - company)
    assert categories.categories(facts | company) - {"general"} <= without


@given(FACTS)
def test_general_stands_alone(facts: frozenset[str]) -> None:
    held = categories.categories(facts)
    assert "general" not in held or held == {"general"}


@given(FACTS)
def test_a_contact_is_either_tied_or_bare(facts: frozenset[str]) -> None:
    assert not {"contact", "bare_contact"} <= categories.categories(facts)


@given(FACTS, st.sampled_from(["resident_id", "mobile_phone", "person_name"]))
def test_further_identity_never_makes_a_row_unidentifiable(facts: frozenset[str], fact: str) -> None:
    assert not categories.identifiable(facts) or categories.identifiable(facts | {fact})


@given(HEADERS_ONLY)
def test_headers_of_numbers_never_make_identity(facts: frozenset[str]) -> None:
    held = categories.categories(facts | {"role:id_number", "role:mobile", "role:bank_card"})
    assert not held & {"identity", "contact", "verification_code"}
    assert "vehicle_owner" not in held or "role:repair" in facts  # whose owner any other anchor may be


def changed(**replacement: Any) -> dict[str, Any]:
    content = copy.deepcopy(knowledge.toml("categories.toml"))
    content["category"][0].update(replacement)
    return content


@pytest.mark.parametrize(
    ("replacement", "part"),
    [
        ({"when": [["nonsense"]]}, "neither a label nor a role"),
        ({"when": [["@nobody"]]}, "unknown group"),
        ({"when": "resident_id"}, "not a list"),
        ({"when": [[]]}, "not a list"),
        ({"zh": ""}, "has no 'zh'"),
        ({"name": ""}, "has no name"),
        ({"name": "credit"}, "given twice"),
    ],
)
def test_bad_rules_are_refused(replacement: dict[str, Any], part: str) -> None:
    with pytest.raises(PatternError, match=part):
        categories.parse(changed(**replacement))


def test_group_that_names_itself_is_refused() -> None:
    content = copy.deepcopy(knowledge.toml("categories.toml"))
    content["group"]["name"] = [["@person"]]
    with pytest.raises(PatternError, match="defined by itself"):
        categories.parse(content)
