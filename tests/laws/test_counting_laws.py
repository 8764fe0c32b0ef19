"""What must hold of every count whatever the rows are: more rows never count less, order and copies change nothing."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_reference import FIXTURES  # noqa: F401 - makes the generator importable
from generator.dump import Cast
from generator.kinds import Rows, cells
from running import scanned

Table = tuple[list[str], list[list[str]]]
READINGS = ("low", "main", "high")
COLUMNS = {
    "姓名": ["name"],
    "身份证号": ["id", "id", "id", "id|spoiled", "id|masked", ""],
    "手机号码": ["phone", "phone", "phone|masked", "=13800138000", ""],
    "银行卡号": ["card", ""],
    "密码": ["password", "", ""],
    "账户余额": ["amount", "=暂无", ""],
    "住址": ["address", ""],
    "经度": ["longitude", "=0.000000", ""],
    "纬度": ["latitude", "=0.000000", ""],
    "定位时间": ["moment", ""],
    "入住时间": ["time", "", ""],
    "酒店名称": ["=锦程酒店", ""],
    "订单号": ["order"],
    "交易金额": ["amount", ""],
    "公司名称": ["company", "", ""],
}


def table(seed: int) -> Table:
    """A table of some columns about a few people, in all kinds of states."""
    draw = random.Random(seed)
    names = ["姓名", *draw.sample([name for name in COLUMNS if name != "姓名"], draw.randrange(3, 8))]
    if draw.random() < 0.5:
        names = [*dict.fromkeys([*names, "手机号码", "经度", "纬度", "定位时间"])]
    cast, count = Cast(seed), draw.randrange(20, 60)
    person = np.array([draw.randrange(12) for _ in range(count)])
    rows = Rows(np.arange(count), person, np.arange(count) % 7, np.arange(count))
    made = {kind: cells(cast, rows, kind).to_pylist() for name in names for kind in COLUMNS[name]}
    # Mostly sound, so that columns are accepted.
    lines = [
        [
            made[COLUMNS[name][0] if draw.random() < 0.8 else draw.choice(COLUMNS[name])][row] or ""
            for name in names
        ]
        for row in range(count)
    ]
    return names, lines


def written(path: Path, found: Table) -> Path:
    names, lines = found
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *lines])
    return path


def figures(document: dict[str, Any]) -> dict[str, Any]:
    """What may not depend on the order of rows and files."""
    return {
        "labels": document["labels"],
        "records": document["records"],
        "subjects": document["subjects"],
        "categories": document["categories"],
        "verdict": document["verdict"],
        "verdicts": document["verdicts"],
    }


def distinct(document: dict[str, Any]) -> dict[str, Any]:
    """What copies may not change."""
    categories = ("distinct", "counted", "persons", "distinct_unsound")
    return {
        "labels": {label: each["distinct"] for label, each in document["labels"].items()},
        "records": {key: document["records"][key] for key in ("distinct", "counted")},
        "subjects": document["subjects"],
        "categories": {
            name: {key: each[key] for key in categories} for name, each in document["categories"].items()
        },
        "verdict": document["verdict"],
        "verdicts": document["verdicts"],
    }


def scan(folder: Path, *tables: Table) -> dict[str, Any]:
    paths = [written(folder / f"{number}.csv", each) for number, each in enumerate(tables)]
    return scanned(*paths, policy=("cn-criminal-2017", "cn-platform-2019", "cn-incident-2025"))


@pytest.mark.parametrize("seed", range(12))
def test_rows_in_another_order_and_files_in_another_order_count_the_same(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    one, other = table(seed), table(seed + 1000)
    expected = figures(scan(tmp_path, one, other))
    mixed = [(names, draw.sample(lines, len(lines))) for names, lines in (other, one)]
    assert figures(scan(tmp_path, *mixed)) == expected


@pytest.mark.parametrize("seed", range(12))
def test_a_file_that_is_there_twice_changes_no_distinct_count(seed: int, tmp_path: Path) -> None:
    one = table(seed)
    alone, twice = scan(tmp_path, one), scan(tmp_path, one, one)
    assert distinct(twice) == distinct(alone)
    assert twice["records"]["rows"] == 2 * alone["records"]["rows"]
    assert twice["records"]["identifiable"] == 2 * alone["records"]["identifiable"]


@pytest.mark.parametrize("seed", range(12))
def test_a_sound_record_more_never_counts_less(seed: int, tmp_path: Path) -> None:
    names, lines = table(seed)
    cast = Cast(seed + 5000)
    rows = Rows(np.array([10_000]), np.array([10_000]), np.array([3]), np.array([10_000]))
    sound = [cells(cast, rows, COLUMNS[name][0]).to_pylist()[0] for name in names]
    before, after = scan(tmp_path, (names, lines)), scan(tmp_path, (names, [*lines, sound]))
    for reading in READINGS:
        assert after["verdict"][reading]["score"] >= before["verdict"][reading]["score"]
    assert after["records"]["distinct"] == before["records"]["distinct"] + 1
    assert after["subjects"]["distinct"] >= before["subjects"]["distinct"]


@pytest.mark.parametrize("seed", range(24))
def test_readings_are_in_order_and_stages_add_up(seed: int, tmp_path: Path) -> None:
    document = scan(tmp_path, table(seed))
    for verdict in (each for each in document["verdicts"] if each["kind"] == "tiers"):
        scores = [verdict[reading]["score"] for reading in READINGS]
        assert scores == sorted(scores)
    records = document["records"]
    stages = {each["name"]: each for each in records["stages"]}
    taken = sum(
        each["rows"]
        for each in records["stages"]
        if each["deducted"] in ("always", "low_main")  # what the main reading takes off
    )
    assert stages["rows"]["rows"] - taken == stages["counted"]["rows"] == records["counted"]
    sizes = ("n50", "n500", "n5000")
    assert records["counted"] == sum(document["verdict"]["main"][size] for size in sizes)


def test_a_track_is_one_for_records_and_for_persons(tmp_path: Path) -> None:
    """Five people with one point each, and two who move; of these one is at the same place twice."""
    points = [
        *((person, f"2024-01-0{person + 1} 08:00:00", 0) for person in range(5)),
        *((5, f"2024-02-0{day} 08:00:00", day) for day in range(1, 4)),
        *((6, f"2024-02-0{day} 08:00:00", max(2, day)) for day in range(1, 4)),
    ]
    names = ["手机号码", "经度", "纬度", "定位时间"]
    lines = [
        [f"1391234{5600 + 7 * person}", f"116.{40 + step}1234", "39.901234", when]
        for person, when, step in points
    ]
    document = scan(tmp_path, (names, lines))
    verdict = document["verdicts"][0]
    assert [verdict[reading]["n50"] for reading in READINGS] == [5, 5, 11]
    assert [verdict["by_unit"]["person"][reading]["n50"] for reading in READINGS] == [2, 2, 7]
    categories = document["categories"]
    assert (categories["trajectory"]["persons"], categories["other_safety"]["persons"]) == (2, 5)
    assert (categories["other_safety"]["distinct"], document["subjects"]["distinct"]) == (5, 7)
    assert sum(each["counted"] for each in categories.values()) == document["records"]["counted"]
