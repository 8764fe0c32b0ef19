"""Policy files: what is refused, with which sentence, and how a policy is found."""

import copy
from pathlib import Path
from typing import Any

import pytest

from scanner import knowledge, policy
from scanner.errors import PatternError, PolicyError
from scanner.policy import sensitive_table


def broken(
    table: str, key: str, value: Any, entry: int = 0, name: str = "cn-criminal-2017"
) -> dict[str, Any]:
    content = copy.deepcopy(knowledge.toml(f"policies/{name}.toml"))
    target = content[table][entry] if isinstance(content[table], list) else content[table]
    if value is None:
        del target[key]
    else:
        target[key] = value
    return content


def ladder(place: int, at: int | None, /, **change: Any) -> dict[str, Any]:
    """cn-export-2024 with one level, or one of its conditions, changed; None takes a key away."""
    content = copy.deepcopy(knowledge.toml("policies/cn-export-2024.toml"))
    target = content["level"][place] if at is None else content["level"][place]["when"][at]
    for key, value in change.items():
        target.pop(key, None)
        if value is not None:
            target[key] = value
    return content


def top(name: str, **change: Any) -> dict[str, Any]:
    """A policy file with keys at its top changed; None takes a key away."""
    content = copy.deepcopy(knowledge.toml(f"policies/{name}.toml")) | change
    return {key: value for key, value in content.items() if value is not None}


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (broken("category", "name", "horoscope"), "'horoscope' is unknown"),
        (broken("category", "name", "credit"), "mapped twice|has no mapping"),
        (broken("category", "basis", None), "category 'trajectory': 'basis' is missing"),
        (broken("category", "basis", " "), "'basis' is missing"),
        (broken("category", "main", None), "'main' is missing"),
        (broken("category", "main", True), "'main' is missing or not a whole number"),
        (broken("category", "main", 60), "main is 60, which is neither a tier"),
        (broken("category", "high", 500), "not in the order low <= main <= high"),
        (broken("category", "high", 0), "not in the order low <= main <= high"),
        (broken("category", "certainty", "maybe"), "'maybe' is none of"),
        (broken("category", "checked_on", "yesterday"), "not a date"),
        (broken("tier", "size", 600), "not in rising order"),
        (broken("tier", "size", 70), "cannot be divided by the tier 70"),
        (broken("thresholds", "scale", 0), "not a whole number from 1"),
        (broken("thresholds", "insider_divisor", 3), "cannot be divided by insider_divisor"),
        (broken("thresholds", "basis_sum", None), "'basis_sum' is missing"),
        (broken("caveat", "when", "full moon"), "'full moon' is none of"),
        (broken("title", "en", None), "'en' is missing"),
        (broken("title", "fr", "Titre"), "title: the key 'fr' is unknown"),
        (broken("thresholds", "tenfolds", 10), "thresholds: the key 'tenfolds' is unknown"),
        (broken("tier", "sizes", 10), "tier 50: the key 'sizes' is unknown"),
        (broken("category", "mian", 50), "category 'trajectory': the key 'mian' is unknown"),
        (broken("caveat", "if", "always"), "caveat: the key 'if' is unknown"),
        (top("cn-criminal-2017", tiers=[]), "the key 'tiers' is unknown"),
        (top("cn-criminal-2017", kind=None), "'kind' is missing"),
        (top("cn-criminal-2017", kind="tables"), "kind 'tables' is none of tiers, levels"),
        (top("cn-criminal-2017", kind="levels"), "the key 'thresholds' is unknown"),
        (top("cn-criminal-2017", unit="row"), "unit 'row' is none of record, person, person_category"),
        (top("cn-criminal-2017", origin=None), "'origin' is missing"),
        (top("cn-criminal-2017", failed_checks=None), "the table 'failed_checks' is missing"),
        (broken("failed_checks", "basis", None), "failed_checks: 'basis' is missing"),
        (broken("thresholds", "tenfold", None), "'basis_tenfold' is given, but 'tenfold' is missing"),
        (broken("thresholds", "basis_income", None), "'basis_income' is missing"),
        (broken("tier", "verified", "seen"), "verified 'seen' is none of V-TEXT, V-WEB, MEM"),
        (broken("tier", "verified", "MEM"), "a wording from memory cannot stand as a quotation"),
        (broken("tier", "certainty", None), "tier 50: 'certainty' is missing"),
        (broken("category", "absorbs", "identity", 1), "'absorbs' is not a list"),
        (broken("category", "absorbs", ["horoscope"], 1), "'horoscope' is unknown"),
        (broken("category", "name", "property.balance", 1), "unknown"),
        (broken("follows", "policy", "cn-lunar", name="cn-platform-2019"), "There is no policy 'cn-lunar'"),
        (broken("follows", "policy", "cn-platform-2019", name="cn-platform-2019"), "no tiers of its own"),
        (broken("follows", "policy", "cn-incident-2025", name="cn-platform-2019"), "no tiers of its own"),
        (broken("follows", "factor", 3, name="cn-platform-2019"), "low is 150, which is neither a tier"),
        (broken("follows", "factor", 0, name="cn-platform-2019"), "not a whole number from 1"),
        (broken("follows", "basis", None, name="cn-platform-2019"), "follows: 'basis' is missing"),
        # Ladders
        (top("cn-export-2024", unit="record"), "unit 'record' is none of person"),
        (top("cn-export-2024", level=[]), r"'\[\[level\]\]' are missing"),
        (top("cn-export-2024", left_out=None), "the table 'left_out' is missing"),
        (broken("left_out", "low", ["horoscope"], name="cn-export-2024"), "'horoscope' is unknown"),
        (broken("left_out", "low", "contact", name="cn-export-2024"), "'low' is not a list"),
        (
            broken("left_out", "main", ["contact"], name="cn-export-2024"),
            "not in the order low <= main <= high",
        ),
        (broken("left_out", "basis", "", name="cn-export-2024"), "left_out: 'basis' is missing"),
        (broken("caveat", "when", "insider", name="cn-export-2024"), "'insider' is none of"),
        (ladder(1, None, name="exempt"), "level 'exempt' is given twice"),
        (ladder(1, None, when=None), r"level 'contract': the tables '\[\[when\]\]' are missing"),
        (ladder(0, None, when=[]), "the lowest level has no conditions"),
        (ladder(1, None, legal="x"), "level 'contract': the key 'legal' is unknown"),
        (ladder(1, None, article=None), "level 'contract': 'article' is missing"),
        (ladder(1, 0, count="rows"), "count 'rows' is none of persons, sensitive, other"),
        (ladder(1, 0, at_least=None), "one of 'at_least' and 'more_than' must be given"),
        (ladder(1, 0, more_than=5), "one of 'at_least' and 'more_than' must be given"),
        (ladder(1, 0, at_least=0), "'at_least' is missing or not a whole number from 1"),
        (ladder(1, 0, at_least=2_000_000), "the levels are not in rising order of 'other'"),
        (ladder(1, 0, at_least=1_000_000), "the levels are not in rising order of 'other'"),
        (ladder(2, 1, count="other", at_least=5_000_000), "asks twice for a count of 'other'"),
        (ladder(1, 1, article=None), "'article' is missing"),
        (ladder(1, 1, certainty="sure"), "certainty 'sure' is none of"),
        (ladder(1, 1, verified="MEM"), "a wording from memory"),
    ],
)
def test_files_that_are_not_well_formed(content: dict[str, Any], part: str) -> None:
    with pytest.raises(PolicyError, match=part) as caught:
        policy.parse(content, "x.toml")
    assert str(caught.value).startswith("x.toml")
    assert str(caught.value).endswith(".")


def test_a_lower_low_reading_is_accepted() -> None:
    for low in (0, 500, 5000):
        found = policy.parse(broken("category", "low", low), "x.toml")
        assert found.tier("trajectory", "low") == (low or None)


def test_more_than_comes_after_at_least() -> None:
    content = copy.deepcopy(knowledge.toml("policies/cn-pipl-audit-2025.toml"))
    content["level"][2:] = content["level"][:1:-1]
    with pytest.raises(PolicyError, match="not in rising order of 'persons'"):
        policy.parse(content, "x.toml")


def test_a_ladder_of_one_level_is_none() -> None:
    content = top("cn-incident-2025")
    content["level"] = content["level"][:1]
    with pytest.raises(PolicyError, match="there is only one level"):
        policy.parse(content, "x.toml")


def test_a_derived_element_needs_a_mapping_of_its_own() -> None:
    content = top("cn-criminal-2017")
    content["category"] = [each for each in content["category"] if each["name"] != "trajectory.standing"]
    with pytest.raises(PolicyError, match=r"'trajectory\.standing' has no mapping"):
        policy.parse(content, "x.toml")


def test_own_categories_take_the_place_of_those_followed() -> None:
    content = top("cn-platform-2019")
    own = next(each for each in knowledge.toml("policies/cn-criminal-2017.toml")["category"])
    content["category"] = [own | {"name": "health", "low": 500, "main": 500, "high": 500}]
    found = policy.parse(content, "x.toml")
    assert isinstance(found, policy.TierPolicy)
    assert (found.tier("health"), found.tier("lodging")) == (500, 5000)
    assert len(found.categories) == len({each.name for each in found.categories})


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"sensitive": "maybe"}, "'trajectory': sensitive is none of no, contested, yes"),
        ({"sensitive": None}, "sensitive is none of"),
        ({"basis": ""}, "'basis' is missing"),
        ({"basis_en": None}, "'basis_en' is missing"),
        ({"name": "horoscope"}, "'horoscope' is neither a category, an element nor a label"),
        ({"name": "health"}, "'health' is given twice"),
        ({"name": "imei"}, "the category 'trajectory' is missing"),
        ({"tier": 50}, "the key 'tier' is unknown"),
    ],
)
def test_bad_tables_of_what_is_sensitive(change: dict[str, Any], part: str) -> None:
    content = copy.deepcopy(knowledge.toml("sensitive.toml"))
    entry = content["kind"][0] | change
    content["kind"][0] = {key: value for key, value in entry.items() if value is not None}
    with pytest.raises(PatternError, match=part):
        sensitive_table.parse(content, knowledge.toml("categories.toml"))


def test_what_is_sensitive_is_dated_and_asked_for_by_known_names() -> None:
    content = copy.deepcopy(knowledge.toml("sensitive.toml"))
    del content["checked_on"]
    with pytest.raises(PatternError, match="'checked_on' is missing"):
        sensitive_table.parse(content, knowledge.toml("categories.toml"))
    with pytest.raises(PatternError, match="'horoscope' is not in the table"):
        sensitive_table.state("horoscope")
    assert sensitive_table.state("property.balance") == sensitive_table.state("property")


@pytest.mark.parametrize(
    "key", ["tier", "category", "caveat", "thresholds", "title", "name", "instrument", "valid_from"]
)
def test_missing_parts_are_refused(key: str) -> None:
    content = copy.deepcopy(knowledge.toml("policies/cn-criminal-2017.toml"))
    del content[key]
    with pytest.raises(PolicyError, match=key):
        policy.parse(content, "x.toml")


def test_category_without_mapping_is_refused() -> None:
    content = copy.deepcopy(knowledge.toml("policies/cn-criminal-2017.toml"))
    content["category"] = [each for each in content["category"] if each["name"] != "family"]
    with pytest.raises(PolicyError, match="'family' has no mapping"):
        policy.parse(content, "x.toml")


def test_load_by_name_and_by_path(tmp_path: Path) -> None:
    source = Path(knowledge.root()) / "policies" / "cn-criminal-2017.toml"
    own = tmp_path / "我的.toml"
    own.write_bytes(source.read_bytes())
    assert policy.load(own) == policy.load(str(own)) == policy.load("cn-criminal-2017")
    assert "cn-criminal-2017" in policy.names()
    with pytest.raises(PolicyError, match="There is no policy 'cn-lunar'; there are: cn-criminal-2017"):
        policy.load("cn-lunar")
    with pytest.raises(PolicyError, match="cannot be read"):
        policy.load(tmp_path / "none.toml")
    own.write_text("name = ", "utf-8")
    with pytest.raises(PolicyError, match="not valid TOML"):
        policy.load(own)
