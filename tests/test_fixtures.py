"""The generator against plain Python: the same rules written again with csv, sets and stdnum."""

from __future__ import annotations

import csv
import importlib
import io
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from fixtures_reference import (
    FIXTURES,
    check_character,
    identity,
    is_card,
    is_id,
    is_mobile,
    is_valid,
    knowledge,
    made,
    plain,
    read_json,
    read_values,
    rows_of,
    run,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

draw = importlib.import_module("generator.draw")
dump = importlib.import_module("generator.dump")
forms = importlib.import_module("generator.forms")


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    return knowledge()


def test_the_check_character_of_the_standards_own_example() -> None:
    # GB 11643-1999, annex A.
    assert check_character("11010519491231002") == "X"
    assert check_character("44052418800101001") == "4"


@pytest.mark.parametrize(
    ("arguments", "encoding", "delimiter", "header"),
    [
        ((), "utf-8", ",", True),
        (("--encoding", "gb18030", "--newline", "crlf", "--seed", 7), "gb18030", ",", True),
        (("--encoding", "utf-16", "--delimiter", "\\t", "--header", "en"), "utf-16", "\t", True),
        (("--encoding", "utf-8-sig", "--delimiter", ";"), "utf-8-sig", ";", True),
        (("--format", "txt", "--encoding", "gbk"), "gbk", "----", False),
        (("--header", "none", "--delimiter", "|", "--old", 0.3), "utf-8", "|", False),
    ],
)
def test_truth_is_what_the_file_holds(
    tmp_path: Path,
    known: dict[str, Any],
    arguments: tuple[object, ...],
    encoding: str,
    delimiter: str,
    header: bool,
) -> None:
    size = 3000
    rates = ("--damage", 0.1, "--duplicates", 0.2, "--remarks", 0.6, "--broken", 0.01)
    path = made(tmp_path, "--rows", size, *rates, *arguments)
    rows = rows_of(path, encoding, delimiter, header)
    truth = read_json(tmp_path / "truth.json")
    file = truth["inputs"]["dump"]
    values = read_values(tmp_path / "values.csv")
    broken = {number for number, row in enumerate(rows) if len(row) != 9}
    assert len(rows) == size
    assert file["rows_damaged"] == len(broken) > 0
    assert file["rows"] == size - len(broken)

    # Every listed value stands where the list says, is valid by rules written here, and none is missing.
    listed = defaultdict(set)
    for value in values:
        row, column = int(value["row"]), int(value["column"])
        assert row not in broken
        cell = rows[row][column]
        written = cell.encode()[int(value["start"]) : int(value["end"])].decode()
        assert plain(written) == value["value"], (cell, value)
        assert is_valid(value["label"], value["value"], known), value
        listed[row, column, value["label"]].add(value["value"])
    for label, column in (("resident_id", 1), ("mobile_phone", 2), ("bank_card", 3)):
        for number, row in enumerate(rows):
            sound = number not in broken and is_valid(label, row[column], known)
            assert sound == bool(listed[number, column, label]), (label, row)

    # Counted again with sets.
    for label, counts in file["labels"].items():
        mine = [value for value in values if value["label"] == label]
        keys = {identity(value) for value in mine}
        assert counts == {
            "matches": len(mine),
            "rows": len({value["row"] for value in mine}),
            "distinct": len(keys),
        }
        per_column = sum(column["labels"].get(label, {"matches": 0})["matches"] for column in file["columns"])
        assert per_column == len(mine)
    sound_rows = [tuple(row) for number, row in enumerate(rows) if number not in broken]
    assert file["records"]["distinct"] == len(set(sound_rows)) < len(sound_rows)
    assert truth["categories"] == file["categories"] == categories_again(rows, values, broken, header)


def categories_again(
    rows: list[list[str]], values: list[dict[str, str]], broken: set[int], header: bool
) -> dict[str, dict[str, int]]:
    facts: dict[int, set[str]] = defaultdict(set)
    for value in values:
        facts[int(value["row"])].add(value["label"])
    held: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for number, row in enumerate(rows):
        if number in broken:
            continue
        has = facts[number]
        if "resident_id" in has:
            held["identity"].append(tuple(row))
        if has & {"mobile_phone", "email"}:  # every row has a name
            held["contact"].append(tuple(row))
        if "address" in has:
            held["home_address"].append(tuple(row))
        if "bank_card" in has:
            held["bank_account"].append(tuple(row))
        if header and has - {"person_name"}:
            held["transaction"].append(tuple(row))
    return {name: {"records": len(held[name]), "distinct": len(set(held[name]))} for name in sorted(held)}


def test_free_text_holds_nothing_valid_besides_what_is_listed(tmp_path: Path, known: dict[str, Any]) -> None:
    path = made(tmp_path, "--rows", 6000, "--remarks", 0.99)
    listed = defaultdict(set)
    for value in read_values(tmp_path / "values.csv"):
        if value["column"] == "5":
            listed[int(value["row"])].add((value["label"], value["value"]))
    seen = 0
    for number, row in enumerate(rows_of(path, "utf-8")):
        found = set()
        for written in re.findall(
            r"(?<![0-9A-Za-z_.+-])(?:\+86 )?[\d０-９X -]*[\d０-９X](?![0-9A-Za-z_]|\.\d)", row[5]
        ):
            text = plain(written.removeprefix("+86 ").strip())
            for label in ("resident_id", "mobile_phone", "bank_card"):
                if is_valid(label, text, known):
                    found.add((label, text))
        assert found == {value for value in listed[number] if value[0] != "email"}, row[5]
        seen += bool(found)
    assert seen > 1500


def test_remarks_need_quotes_in_csv_only(tmp_path: Path) -> None:
    text = made(tmp_path, "--rows", 2000, "--remarks", 0.9).read_text(encoding="utf-8")
    remarks = [row[5] for row in csv.reader(io.StringIO(text, newline=""))]
    for mark in (",", '"', "\n"):
        assert any(mark in remark for remark in remarks)
    text = made(tmp_path, "--rows", 2000, "--remarks", 0.9, "--format", "txt").read_text(encoding="utf-8")
    assert {line.count("----") for line in text.splitlines()} == {8}


def test_damage_leaves_nothing_valid(tmp_path: Path, known: dict[str, Any]) -> None:
    path = made(tmp_path, "--rows", 4000, "--damage", 0.9, "--remarks", 0, "--missing", 0)
    rows = rows_of(path, "utf-8")
    values = {(int(value["row"]), int(value["column"])) for value in read_values(tmp_path / "values.csv")}
    spoiled: dict[int, int] = defaultdict(int)
    for number, row in enumerate(rows):
        for column in (1, 2, 3):
            if (number, column) not in values:
                spoiled[column] += 1
                text = row[column]
                assert not any(
                    is_valid(label, text, known) for label in ("resident_id", "mobile_phone", "bank_card")
                ), text
                assert not uscc.is_valid(text), text
    truth = read_json(tmp_path / "truth.json")["inputs"]["dump"]["columns"]
    for column in (1, 2, 3):
        assert sum(truth[column]["damaged"].values()) == spoiled[column] > 1000
    assert set(truth[1]["damaged"]) == {"checksum", "date", "region"}
    assert set(truth[2]["damaged"]) == {"prefix", "length"}


@pytest.mark.parametrize("rate", ["duplicates", "damage", "missing", "remarks", "old", "repeat", "broken"])
def test_rates_are_kept(tmp_path: Path, rate: str) -> None:
    size, share = 20000, 0.25
    others = ("duplicates", "damage", "missing", "remarks", "old", "repeat", "broken")
    arguments = [part for name in others for part in (f"--{name}", share if name == rate else 0)]
    path = made(tmp_path, "--rows", size, *arguments)
    rows = rows_of(path, "utf-8")
    truth = read_json(tmp_path / "truth.json")["inputs"]["dump"]
    measured = {
        "duplicates": 1 - truth["records"]["distinct"] / truth["rows"],
        "damage": sum(sum(column["damaged"].values()) for column in truth["columns"]) / size,
        "missing": sum(len(row) == 9 and row[3] == "" for row in rows) / size,
        "remarks": sum(len(row) == 9 and row[5] != "" for row in rows) / size,
        # Only people born before 2000 can have one: 50 years of 58.
        "old": sum(len(row) == 9 and len(row[1]) == 15 for row in rows) / size * 58 / 50,
        "repeat": 1 - truth["persons"] / truth["records"]["distinct"],
        "broken": truth["rows_damaged"] / size,
    }
    for name, value in measured.items():
        assert value == pytest.approx(share if name == rate else 0, abs=0.02), name


def test_same_arguments_same_bytes_whatever_the_chunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = []
    for chunk in (50_000, 50_000, 777, 4096):
        monkeypatch.setattr(dump, "CHUNK", chunk)
        made(tmp_path, "--rows", 5000, "--duplicates", 0.3, "--broken", 0.01)
        truth = read_json(tmp_path / "truth.json")
        truth["made"].pop("chunk", None)
        contents.append(((tmp_path / "dump").read_bytes(), (tmp_path / "values.csv").read_bytes(), truth))
    assert contents[0] == contents[1] == contents[2] == contents[3]
    other = made(tmp_path, "--rows", 5000, "--duplicates", 0.3, "--broken", 0.01, "--seed", 2).read_bytes()
    assert other != contents[0][0]


def test_parquet_holds_the_same_cells_as_csv(tmp_path: Path) -> None:
    rows = rows_of(made(tmp_path, "--rows", 3000), "utf-8")
    truth = read_json(tmp_path / "truth.json")
    table = pq.read_table(made(tmp_path, "--rows", 3000, "--format", "parquet"))
    assert [[cell or "" for cell in row.values()] for row in table.to_pylist()] == rows
    assert read_json(tmp_path / "truth.json")["inputs"] == truth["inputs"]


def test_size_in_bytes(tmp_path: Path) -> None:
    path = made(tmp_path, "--size", "9M")
    assert 9_000_000 <= path.stat().st_size < 9_000_000 + 200 * dump.CHUNK
    assert read_json(tmp_path / "truth.json")["rows"] == len(rows_of(path, "utf-8"))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--rows", 10, "--size", "1M"),
        ("--size", "big"),
        ("--rows", 10, "--damage", 1.5),
        ("--rows", 10, "--format", "txt", "--delimiter", ","),
        ("--rows", 10, "--format", "parquet", "--header", "none"),
        ("--rows", 10, "--format", "parquet", "--broken", 0.1),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(tmp_path: Path, arguments: tuple[object, ...]) -> None:
    result = run("dump", *arguments, "--out", tmp_path / "x")
    assert result.exit_code == 2
    assert re.fullmatch(r"make\.py: [^\n]+ \(help: make\.py dump --help\)\n", result.output)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("category", sorted(forms.FORMS))
@pytest.mark.parametrize("count", [49, 50, 499, 500, 4999, 5000])
def test_boundary_files_hold_exactly_so_many_records(tmp_path: Path, category: str, count: int) -> None:
    path, truth_path = tmp_path / "x.csv", tmp_path / "truth.json"
    options = ("--count", count, "--copies", 7, "--out", path, "--truth", truth_path)
    result = run("boundary", "--category", category, *options)
    assert result.exit_code == 0, result.output
    rows = [tuple(row) for row in rows_of(path, "utf-8")]
    assert (len(rows), len(set(rows))) == (count + 7, count)
    truth = read_json(truth_path)
    assert truth["categories"][category] == {"records": count + 7, "distinct": count}
    if category == "trajectory":
        people = [row[1] for row in rows[:count]]
        assert all(people.count(one) >= 2 for one in set(people))
        assert len({(row[1], row[4]) for row in rows}) == count


def test_a_lone_point_is_no_trajectory(tmp_path: Path) -> None:
    result = run("boundary", "--category", "trajectory", "--count", 1, "--out", tmp_path / "x")
    assert result.exit_code == 2
    assert not (tmp_path / "x").exists()


@given(st.integers(0, 2**63), st.lists(st.integers(0, 2**40), min_size=1, max_size=50), st.integers(1, 2**32))
@settings(max_examples=200)
def test_draws_depend_on_the_index_alone(seed: int, index: list[int], limit: int) -> None:
    drawn = draw.Draw(seed).below("x", np.array(index), limit)
    assert (drawn >= 0).all()
    assert (drawn < limit).all()
    assert [draw.Draw(seed).below("x", np.array([one]), limit)[0] for one in index] == drawn.tolist()


@given(st.integers(0, 1000), st.integers(1, 300), st.floats(0, 0.95))
@settings(max_examples=50)
def test_earlier_leads_to_a_first_one(seed: int, size: int, share: float) -> None:
    source = draw.Draw(seed).earlier("x", np.arange(size), share)
    assert (source <= np.arange(size)).all()
    assert (source[source] == source).all()


def test_text_and_key_agree() -> None:
    cast = dump.Cast(3)
    person = np.arange(60_000)
    for values in (
        cast.people.names(person),
        cast.people.ids(person),
        cast.people.phones(person),
        cast.people.cards(person),
        cast.people.plates(person),
        cast.people.emails(person),
        cast.addresses.of(person),
    ):
        pairs = set(zip(values.text.to_pylist(), values.key.tolist(), strict=True))
        assert len(pairs) == len({text for text, _ in pairs}) == len({key for _, key in pairs})


def test_variety(known: dict[str, Any]) -> None:
    """The breadth that a detector must stand: counties, prefixes, BIN lengths, X, abolished codes."""
    people = dump.Cast(5).people
    person = np.arange(30_000)
    ids = people.ids(person).text.to_pylist()
    assert all(is_id(text, known["regions"]) for text in ids)
    assert len({text[:6] for text in ids}) > 2500
    assert 0.08 < np.mean([text.endswith("X") for text in ids]) < 0.1
    assert any(known["regions"][text[:6]] < 9999 for text in ids)
    phones = people.phones(person).text.to_pylist()
    assert all(is_mobile(text, known["prefixes"]) for text in phones)
    persons = {prefix[:3] for prefix, kind in known["prefixes"].items() if kind == "person"}
    assert {text[:3] for text in phones} == persons
    cards = people.cards(person).text.to_pylist()
    assert all(is_card(text, known["bins"]) for text in cards)
    assert {len(text) for text in cards} == {16, 17, 18, 19}


def test_look_alikes_cannot_be_cards(known: dict[str, Any]) -> None:
    """Order and snowflake numbers are drawn from ranges where no card begins."""
    for prefix, length in known["bins"]:
        assert not (length == 19 and "1740" <= prefix.ljust(4, "0")[:4] <= "1790"), prefix
        assert not (length == 16 and prefix.startswith("2024")), prefix


def test_the_generator_never_imports_the_scanner() -> None:
    for path in [FIXTURES / "make.py", *(FIXTURES / "generator").glob("*.py")]:
        assert not re.search(r"^\s*(from|import) scanner", path.read_text(encoding="utf-8"), re.M), path.name
