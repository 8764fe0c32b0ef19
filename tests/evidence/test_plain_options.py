"""The options of a scan survive the manifest."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.case_sheet import CaseSheet, Exhibit, Operator
from scanner.errors import ScannerError
from scanner.evidence.plain_options import NOT_KEPT, options, plain
from scanner.model import ReadOptions
from scanner.run.job import Options

FULL = Options(
    as_of=date(2025, 1, 2),
    read=ReadOptions("gbk", "----", True, "'", 4096),
    patterns=(Path("a.toml"), Path("/b/c.toml")),
    policy=("cn-criminal-2017", "own.toml"),
    insider=True,
    lawful_business=True,
    recipients=3,
    illegal_income=5000,
    acquired=("a", "b"),
    sold=("c",),
    reveal=True,
    case=CaseSheet(
        number="〔2026〕1号", exhibits=(Exhibit("1", "盘"),), operators=(Operator("甲"), Operator("乙"))
    ),
)


@pytest.mark.parametrize("given_options", [FULL, Options(as_of=date(2025, 1, 2)), replace(FULL, policy="x")])
def test_options_come_back(given_options: Options) -> None:
    text = json.dumps(plain(given_options))
    assert options(json.loads(text)) == given_options


def test_every_field_is_kept_but_those_that_change_nothing() -> None:
    assert set(plain(FULL)) | set(NOT_KEPT) >= {each.name for each in fields(Options)}
    assert not set(plain(FULL)) & set(NOT_KEPT)


def test_a_password_never_reaches_a_manifest() -> None:
    secret = replace(FULL, read=replace(FULL.read, passwords=("s3cret",)))
    assert "s3cret" not in json.dumps(plain(secret))


def test_the_day_is_fixed() -> None:
    assert date.fromisoformat(plain(Options())["as_of"]) <= date.today()


def test_threads_are_the_repeaters_own() -> None:
    assert options(plain(FULL), jobs=7).jobs == 7


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.sampled_from([each.name for each in fields(Options) if each.name not in NOT_KEPT]), JSON)
def test_anything_else_is_one_sentence(name: str, value: object) -> None:
    told = ""
    try:
        kept = plain(options({**plain(FULL), name: value}))
        assert kept == {**plain(FULL), name: kept[name]}
    except ScannerError as error:
        told = str(error)
    assert told == "" or (name in told and "\n" not in told)


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(ScannerError, match="'shiny'"):
        options({"shiny": 1})
