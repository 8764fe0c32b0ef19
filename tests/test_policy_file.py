"""Policy files: what is refused, with which sentence, and how a policy is found."""

import copy
from pathlib import Path
from typing import Any

import pytest

from scanner import knowledge, policy
from scanner.errors import PolicyError


def broken(table: str, key: str, value: Any, entry: int = 0) -> dict[str, Any]:
    content = copy.deepcopy(knowledge.toml("policies/cn-criminal-2017.toml"))
    target = content[table][entry] if isinstance(content[table], list) else content[table]
    if value is None:
        del target[key]
    else:
        target[key] = value
    return content


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
        (knowledge.toml("policies/cn-criminal-2017.toml") | {"tiers": []}, "the key 'tiers' is unknown"),
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
