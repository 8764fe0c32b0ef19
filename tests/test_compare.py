"""Comparisons are exact: against sets of rows and of persons, for any threads, memory, order and format."""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fixtures_reference import DEMO, ROOT, check_character
from running import TODAY, TODAY_OPTION, command, process, rows_file

from scanner import compare, overlaps
from scanner.errors import ScannerError
from scanner.explaining.row import explain_row
from scanner.model import Table
from scanner.reports import compare_html, compare_terminal, layout
from scanner.reports.overlap_figures import Figures
from scanner.run import job
from scanner.store.distinct import DistinctStore
from scanner.tallies.tally import Tally

SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高罗郑梁谢宋唐许韩冯邓曹"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉兰红燕辉建国"
HEADER = "姓名,身份证号,手机号,备注"
Row = tuple[str, str, str, str]


def person(number: int) -> tuple[str, str, str]:
    """Name, ID and phone of a made-up person: no two have any of them in common."""
    body = f"11010119{50 + number % 50}{1 + number // 50 % 12:02}{1 + number // 600 % 28:02}{number % 997:03}"
    first, place = divmod(number, len(SURNAMES))
    name = SURNAMES[place] + GIVEN[first % len(GIVEN)] + GIVEN[first // len(GIVEN)]
    return name, body + check_character(body), f"139{(number + 17) * 7919 % 10**8:08}"


def row(number: int, form: str, note: int) -> Row:
    name, own_id, phone = person(number)
    return {
        "full": (name, own_id, phone, f"第{note}次"),
        "id": ("", own_id, "", f"第{note}次"),
        "phone": (name, "", phone, f"第{note}次"),
    }[form]


def written(path: Path, rows: list[Row]) -> Path:
    return rows_file(path, [HEADER, *(",".join(cells) for cells in rows)])


def compared(*paths: object, **choices: Any) -> dict[str, Any]:
    options = job.Options(**{"as_of": TODAY, "jobs": 1, **choices})
    return compare.run(compare.sides_of([str(path) for path in paths], options), options)


def lasting(document: dict[str, Any]) -> str:
    return json.dumps({key: value for key, value in document.items() if key != "run"}, ensure_ascii=False)


class Sets:
    """What sides hold, as plain sets of things."""

    def __init__(self, sides: list[set[Any]]) -> None:
        self.sides = sides
        self.total = len(set().union(*sides))
        self.pairs = {
            (a, b): count
            for a, b in combinations(range(len(sides)), 2)
            if (count := len(sides[a] & sides[b]))
        }
        held = Counter(
            tuple(i for i, side in enumerate(sides) if each in side) for each in set().union(*sides)
        )
        self.several = {members: count for members, count in held.items() if len(members) > 1}


def reference(tables: list[list[tuple[int, str, int]]]) -> tuple[Sets, Sets]:
    """Persons and records. Who has both an ID and a phone is one person if some row says so, or else two."""
    joined = {number for table in tables for number, form, _ in table if form == "full"}
    persons = [{(number, "" if number in joined else form) for number, form, _ in table} for table in tables]
    return Sets(persons), Sets([{row(*each) for each in table} for table in tables])


def agree(document: dict[str, Any], persons: Sets, records: Sets) -> None:
    for kind, expected in (("persons", persons), ("records", records)):
        assert document["distinct"][kind] == expected.total
        assert [side[kind] for side in document["sides"]] == [len(side) for side in expected.sides]
        shared = {tuple(pair["sides"]): pair[kind] for pair in document["pairs"] if pair[kind]}
        assert shared == expected.pairs
        for pair in document["pairs"]:
            smaller = min(len(expected.sides[side]) for side in pair["sides"])
            share = math.floor(Fraction(pair[kind] * 10**6, smaller)) / 10**6 if smaller else None
            assert pair[f"{kind}_of_smaller"] == share
        told = {tuple(each["sides"]): each["count"] for each in document["sets"][kind]["sets"]}
        assert told == expected.several
        assert document["sets"][kind]["further"] == 0
        counts = list(told.values())
        assert counts == sorted(counts, reverse=True)
        for side, held in enumerate(expected.sides):
            others = set().union(*(other for i, other in enumerate(expected.sides) if i != side))
            assert document["sides"][side][f"shared_{kind}"] == len(held & others)


def test_a_share_of_nearly_all_is_not_all() -> None:
    """As with the shares for people: 1 is all of the smaller side, and of ten million all but one is less."""
    found = overlaps.Overlaps(held=Counter({0: 10**7, 1: 10**8}), pairs=Counter({(0, 1): 10**7 - 1}))
    assert compare._pairs(found, found)[0]["persons_of_smaller"] == 0.999999


def random_tables(
    draw: random.Random, sides: int, people: int, rows: int
) -> list[list[tuple[int, str, int]]]:
    forms = {number: draw.choice(["full", "id", "phone", "any"]) for number in range(people)}

    def form(number: int) -> str:
        return draw.choice(["full", "id", "phone"]) if forms[number] == "any" else forms[number]

    tables = []
    for _ in range(sides):
        some = draw.sample(range(people), draw.randint(1, people))
        numbers = [draw.choice(some) for _ in range(draw.randint(1, rows))]
        tables.append([(number, form(number), draw.randint(0, 2)) for number in numbers])
    return tables


@pytest.mark.parametrize("seed", range(12))
def test_against_sets(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    tables = random_tables(draw, draw.randint(2, 6), draw.choice([5, 40, 300]), draw.choice([20, 400]))
    paths = [
        written(tmp_path / f"{index}.csv", [row(*each) for each in table])
        for index, table in enumerate(tables)
    ]
    agree(compared(*paths, jobs=draw.choice([1, 3])), *reference(tables))


def test_out_of_core(tmp_path: Path) -> None:
    tables = random_tables(random.Random(5), 4, 3000, 20_000)
    paths = [
        written(tmp_path / f"{index}.csv", [row(*each) for each in table])
        for index, table in enumerate(tables)
    ]
    document = compared(*paths, memory=200_000, jobs=2)
    agree(document, *reference(tables))
    assert lasting(document) == lasting(compared(*paths))


def test_a_side_may_be_a_folder(tmp_path: Path) -> None:
    tables = random_tables(random.Random(8), 6, 60, 100)
    for index, table in enumerate(tables):
        (tmp_path / str(index // 3)).mkdir(exist_ok=True)
        written(tmp_path / str(index // 3) / f"{index}.csv", [row(*each) for each in table])
    folders = [[each for table in part for each in table] for part in (tables[:3], tables[3:])]
    document = compared(tmp_path / "0", tmp_path / "1")
    agree(document, *reference(folders))
    assert [side["inputs"] for side in document["sides"]] == [3, 3]
    assert [each["side"] for each in document["inputs"]] == [0, 0, 0, 1, 1, 1]
    agree(compared(tmp_path), *reference(tables))  # one folder: each file is a side


def test_with_itself_and_with_nothing(tmp_path: Path) -> None:
    rows = [row(number, "full", 0) for number in range(30)]
    one, empty = written(tmp_path / "a.csv", rows), written(tmp_path / "b.csv", [])
    document = compared(one, one, empty)
    assert document["pairs"] == [
        {
            "sides": [0, 1],
            "persons": 30,
            "persons_of_smaller": 1.0,
            "records": 30,
            "records_of_smaller": 1.0,
        }
    ]
    assert [side["persons"] for side in document["sides"]] == [30, 30, 0]
    assert [side["shared_records"] for side in document["sides"]] == [30, 30, 0]


def test_the_same_content_in_another_format_and_order(tmp_path: Path) -> None:
    rows = [row(number, "full", number % 2) for number in range(50)]
    csv = written(tmp_path / "a.csv", rows)
    gb = tmp_path / "b.csv"
    gb.write_bytes("\r\n".join([HEADER.replace(",", "\t"), *map("\t".join, rows[::-1])]).encode("gb18030"))
    columns = list(zip(*rows, strict=True))
    parquet = tmp_path / "c.parquet"
    names = HEADER.split(",")
    arrays = {name: pa.array(column) for name, column in zip(names, columns, strict=True)}
    pq.write_table(pa.table(arrays), parquet)
    document = compared(csv, gb, parquet)
    assert document["sets"]["records"] == {"sets": [{"sides": [0, 1, 2], "count": 50}], "further": 0}
    assert document["sets"]["persons"] == {"sets": [{"sides": [0, 1, 2], "count": 50}], "further": 0}


def test_a_gap_is_a_gap_in_every_format(tmp_path: Path) -> None:
    names = [
        "姓名",
        "备注",
        "身份证号",
        "手机",
    ]  # nobody has a remark, and the first row has no number of its own
    rows = [
        [name, "", number if at % 3 else "", phone if at % 5 != 1 else ""]
        for at, (name, number, phone) in enumerate(map(person, range(30)))
    ]
    csv = rows_file(tmp_path / "a.csv", map(",".join, [names, *rows]))
    records = [dict(zip(names, cells, strict=True)) for cells in rows]
    listed, lines = tmp_path / "b.json", tmp_path / "c.jsonl"
    listed.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    nulls = ({name: cell or None for name, cell in record.items()} for record in records)
    lines.write_text("\n".join(json.dumps(record) for record in nulls), encoding="utf-8")
    document = compared(csv, listed, lines)
    assert document["sets"]["records"] == {"sets": [{"sides": [0, 1, 2], "count": 30}], "further": 0}


def test_persons_are_shared_where_records_are_not(tmp_path: Path) -> None:
    full = [row(number, "full", 0) for number in range(20)]
    other = ["手机,客户", *(f"{phone},{name}" for name, _, phone in map(person, range(5, 40)))]
    document = compared(written(tmp_path / "a.csv", full), rows_file(tmp_path / "b.csv", other))
    assert document["pairs"][0]["persons"] == 15
    assert document["pairs"][0]["persons_of_smaller"] == 0.75
    assert document["pairs"][0]["records"] == 0


def test_many_sets_are_told_by_the_largest_and_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tables = random_tables(random.Random(3), 6, 200, 300)
    paths = [
        written(tmp_path / f"{index}.csv", [row(*each) for each in table])
        for index, table in enumerate(tables)
    ]
    monkeypatch.setattr(compare, "SETS_TOLD", 4)
    found = compared(*paths)["sets"]
    for kind, expected in zip(("persons", "records"), reference(tables), strict=True):
        counts = sorted(expected.several.values(), reverse=True)
        assert [each["count"] for each in found[kind]["sets"]] == counts[:4]
        assert found[kind]["further"] == sum(counts[4:])


@pytest.mark.parametrize("budget", [1 << 10, 64 << 20])
def test_records_of_many_sides(budget: int) -> None:
    draw = np.random.default_rng(7)
    tally = Tally(DistinctStore(budget))
    table = Table(None, ("a",), ("text",), "csv")
    sides: list[set[int]] = []
    tag = tally.signature_tag(frozenset({(0, "resident_id")}))
    other = tally.signature_tag(frozenset({(0, "email")}))
    for source in range(90):
        tally.table(source, table)
        own = draw.integers(0, 4000, 300).astype(np.uint64)
        words = own * np.uint64(0x9E3779B97F4A7C15)
        tags = np.where(own % 5 > 0, np.uint64(tag), np.uint64(other))  # a fifth of the rows does not count
        tally.store.add(("row", source, None), np.column_stack([words, own, tags]))
        sides.append({int(each) for each in own if each % 5})
    side_of = {source: source // 2 for source in range(90)}
    together = Sets([sides[2 * number] | sides[2 * number + 1] for number in range(45)])
    counted = {(source, None): np.array([tag], np.uint64) for source in range(90)}
    found = overlaps.of_records(tally, counted, side_of)
    assert found.total == together.total
    assert [found.held[side] for side in range(45)] == [len(side) for side in together.sides]
    assert found.pairs == together.pairs
    assert {tuple(sorted(held)): n for held, n in found.sets.items() if len(held) > 1} == together.several
    few = overlaps.of_records(tally, counted, side_of, named=3)
    assert few.further + sum(n for held, n in few.sets.items() if len(held) > 1) == sum(
        together.several.values()
    )


# The command


def demo(*more: object) -> tuple[object, ...]:
    return ("compare", DEMO / "customers.csv", DEMO / "members.txt", DEMO / "stays.parquet", *more)


@pytest.mark.parametrize("jobs", [1, 4])
def test_the_same_for_any_number_of_jobs(jobs: int) -> None:
    first = command(*demo("-f", "json", *TODAY_OPTION, "--jobs", 2)).document
    again = process(
        *demo("-f", "json", *TODAY_OPTION, "--jobs", jobs), environment={"PYTHONHASHSEED": str(jobs)}
    ).document
    assert lasting(first) == lasting(again)
    assert any(pair["persons"] for pair in first["pairs"])


@pytest.mark.parametrize("form", ["json", "html", "terminal"])
def test_output_goes_where_it_is_told(tmp_path: Path, form: str) -> None:
    target = tmp_path / "out.dat"
    ended = command(*demo("-f", form, "-o", target, *TODAY_OPTION))
    assert (ended.code, ended.out) == (command(*demo()).code, b"")
    assert target.read_bytes()


def test_a_side_that_cannot_be_read_leaves_the_others(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row(1, "full", 0)])
    ended = command("compare", path, path, tmp_path / "missing.csv", "-f", "json")
    assert ended.code == 3
    assert "missing.csv" in ended.err
    assert [side["complete"] for side in ended.document["sides"]] == [True, True, False]
    assert ended.document["pairs"][0]["persons"] == 1
    for form in ("terminal", "html"):
        assert command("compare", path, path, tmp_path / "missing.csv", "-f", form).code == 3


def test_wrong_usage(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row(1, "full", 0)])
    for paths in ([path], [tmp_path], ["-", "-"], []):
        ended = command("compare", *paths)
        assert (ended.code, ended.out) == (2, b""), paths
        assert ended.sentences
    (tmp_path / "empty").mkdir()
    with pytest.raises(ScannerError, match="two sides"):
        compare.sides_of([str(tmp_path / "empty")], job.Options())


def test_the_page_describes_every_key(tmp_path: Path) -> None:
    """docs/compare.md and docs/explain.md name each key of their documents."""
    path = written(tmp_path / "a.csv", [row(number, "full", 0) for number in range(9)])
    document = compared(path, path)
    told = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")
    explained = explain_row(str(path), 3, job.Options(as_of=TODAY, jobs=1))
    page = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
    parts: list[tuple[str, dict[str, Any]]] = [
        (told, document),
        *((told, document[key][0]) for key in ("sides", "pairs")),
        (told, document["sets"]["persons"]),
        (page, explained),
        *((page, explained[key][0]) for key in ("columns", "elements", "verdicts")),
        (page, explained["columns"][1]["values"][0]),
        (page, explained["verdicts"][0]["readings"]["main"]),
    ]
    for text, part in parts:
        for key in part:
            assert f"`{key}" in text or f".{key}`" in text, key


# Writers


def many(count: int) -> dict[str, Any]:
    """A document of many sides, the n-th of which shares 10 persons with the next one."""
    side = {"inputs": 1, "rows": 40, "records": 40, "persons": 40, "complete": True}
    side |= {"shared_records": 0, "shared_persons": 20}
    pair = {"persons": 10, "persons_of_smaller": 0.25, "records": 0, "records_of_smaller": 0.0}
    return {
        "tool": {"name": "leaktally", "version": "0", "knowledge_sha256": "0"},
        "options": {"as_of": "2026-01-01"},
        "inputs": [],
        "sides": [{"name": f"<b>{number}\x1b[31m\u202e.csv", **side} for number in range(count)],
        "distinct": {"persons": 30 * count, "records": 40 * count},
        "pairs": [{"sides": [number, number + 1], **pair} for number in range(count - 1)],
        "sets": {
            "persons": {
                "sets": [{"sides": [number, number + 1], "count": 10} for number in range(count - 1)],
                "further": 7,
            },
            "records": {"sets": [], "further": 0},
        },
        "issues": [],
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("count", [2, 13, 300])
def test_any_number_of_sides_and_any_name(count: int, lang: str) -> None:
    document = many(count)
    page = compare_html.render(document, lang).decode()
    assert page == compare_html.render(document, lang).decode()
    assert "<b>0" not in page
    assert "style=" not in page
    drawn = min(count, compare_html.PICTURED)
    assert page.count('class="self"') == drawn
    assert page.count('class="heated"') == 2 * (drawn - 1)
    assert ('<table class="matrix"' in page) == (count <= compare_html.IN_MATRIX)
    for width in (40, 80, 200):
        text = compare_terminal.render(document, width, lang)
        assert max(map(layout.cells, text.split("\n"))) <= width
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "25%" in text
        assert "25.0 %" in text


def test_shares_are_cut_not_rounded() -> None:
    document = many(2)
    for one in document["sides"]:
        one |= {"persons": 1000, "records": 0}
    document["pairs"][0]["persons"] = 999
    figures = Figures.of(document)
    assert figures.share("persons", 1, 0) == "99.9 %"
    assert figures.share("records", 0, 1) == "–"
    document["sides"][0]["persons"] = 100_000
    document["sides"][1]["persons"] = 99_999
    document["pairs"][0]["persons"] = 99_998
    assert Figures.of(document).share("persons", 0, 1) == "99.9 %"


@pytest.mark.parametrize("form", ["terminal", "html"])
def test_a_side_that_was_not_read_is_not_said_to_share_nothing(tmp_path: Path, form: str) -> None:
    good = rows_file(tmp_path / "a.csv", ["姓名,手机号码", "王小明,13800138000"])
    other = rows_file(tmp_path / "b.csv", ["姓名,手机号码", "李雷,13900139000"])
    gone, out = tmp_path / "nope", tmp_path / "out"
    ended = command("compare", good, gone, "-f", form, "-o", out, "--lang", "en")
    assert ended.code == 3
    text = " ".join(re.sub(r"<[^>]*>", " ", out.read_text("utf-8")).split())
    assert re.search(r"1 side was not read \(2 .*nope\): what it shares is not known", text)
    assert "share no person" not in text
    assert " – – – – –" in text
    assert command("compare", good, gone, other, "-f", form, "-o", out, "--lang", "en").code == 3
    text = out.read_text("utf-8")
    assert "The sides that were read share no person and no record." in text
    assert command("compare", good, other, "-f", form, "-o", out, "--lang", "en").code == 0
    assert "not read" not in out.read_text("utf-8")
