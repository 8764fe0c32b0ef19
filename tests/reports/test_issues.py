"""What was lost comes first, and no file crowds out the others; the terminal and standard error agree."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from running import command, rows_file

from scanner.reports.issues import by_weight, weightiest


def entry(status: str, **more: Any) -> dict[str, Any]:
    return {"path": "x", "member": None, "status": status, "size": 5, "rows_damaged": 0, **more}


def document(*inputs: tuple[dict[str, Any], int]) -> dict[str, Any]:
    """Inputs, each with so many issues, which are told by the input's number and their own."""
    return {
        "inputs": [one for one, _ in inputs],
        "issues": [
            {"input": number, "row": None, "what": f"{number}.{each}", "rows_lost": 0}
            for number, (_, count) in enumerate(inputs)
            for each in range(count)
        ],
    }


def told(given: dict[str, Any]) -> list[str]:
    return [one["what"] for one in by_weight(given)]


def test_what_was_lost_comes_before_what_is_partial_and_remarks() -> None:
    given = document(
        (entry("complete"), 1),
        (entry("partial"), 4),
        (entry("failed", size=0), 1),
        (entry("failed"), 1),
        (entry("complete"), 3),
        (entry("partial", rows_damaged=4), 1),
        (entry("skipped", size=None), 1),
    )
    lost, partial, remarks = ["3.0", "5.0", "6.0"], ["1.0", "1.1"], ["0.0", "2.0", "4.0", "4.1"]
    assert told(given) == [*lost, *partial, *remarks, "1.2", "1.3", "4.2"]
    given["issues"][3]["rows_lost"] = 7
    assert told(given)[:5] == ["1.2", *lost, "1.0"], "rows that were lost, before others of the same file"
    assert [one["what"] for one in weightiest(given, 4)] == ["1.2", *lost], "in the order of the document"
    assert weightiest(given, 99) == given["issues"]
    given["issues"].append({"input": None, "row": None, "what": "run", "rows_lost": 0})
    assert told(given)[4:7] == ["run", "1.0", "0.0"]


@pytest.mark.parametrize("seed", range(20))
def test_the_order_as_told_slowly(seed: int) -> None:
    chance = random.Random(seed)
    states = [entry("complete"), entry("partial"), entry("failed"), entry("failed", size=0)]
    given = document(*((chance.choice(states), chance.randrange(5)) for _ in range(chance.randrange(30))))
    for one in given["issues"]:
        one["rows_lost"] = chance.choice([0, 0, 0, 3])

    def weight(one: dict[str, Any]) -> int:
        of = given["inputs"][one["input"]]
        if one["rows_lost"] or (of["status"] == "failed" and of["size"]):
            return 0
        return 1 if of["status"] == "partial" else 2

    slow = []
    for number in range(len(given["inputs"])):
        mine = sorted((one for one in given["issues"] if one["input"] == number), key=weight)
        slow += [((turn >= 2, weight(one), number), one["what"]) for turn, one in enumerate(mine)]
    assert told(given) == [what for _, what in sorted(slow, key=lambda each: each[0])]


def test_where_nothing_was_read_empty_files_come_last(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"{number}.csv").touch()
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    ended = command("scan", tmp_path, "--lang", "en")
    assert ended.code == 3
    assert "picture.csv: looks like" in " ".join(ended.out.decode().split())
    assert "picture.csv: " in ended.sentences[0]


def test_the_terminal_and_standard_error_tell_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    workbook = pytest.importorskip("xlsxwriter").Workbook("a.xlsx")
    for title in ("一", "二", "三", "四", "五", "六", "七", "八", "九"):
        sheet = workbook.add_worksheet(title)
        sheet.write_row(0, 0, ("姓名", "手机号码"))
        sheet.write_row(1, 0, ("王小明", "13800138000"))
        if title != "一":
            sheet.hide()
    workbook.close()
    rows = ["姓名,手机号码", *(f"王小明,1380013{n:04}" for n in range(60)), "王小明,13800138000,多出"]
    rows_file(tmp_path / "b.csv", rows)
    paths = ("a.xlsx", "b.csv", "nothing.csv")
    one = command("scan", *paths, "--lang", "en", "--jobs", "1")
    assert one.code == 3
    lines = one.sentences
    assert lines[0].startswith("leaktally: b.csv row 60: 1 of 61 rows is not of the width"), lines
    assert lines[1].startswith("leaktally: nothing.csv: ")
    assert [line.split(":")[1] for line in lines[2:]] == [" a.xlsx"] * 8
    page = " ".join(one.out.decode().split())
    assert "Reading issues - b.csv row 60: 1 of 61 rows is not" in page
    assert "2 more: the JSON report (-f json -o FILE) lists all." in page
    places = [page.index(line.removeprefix("leaktally: ")) for line in lines[:8]]
    assert places == sorted(places)
    assert command("scan", *paths, "--lang", "en", "--jobs", "4").err == one.err
    assert one.err == command("scan", *paths, "-f", "json").err
    assert command("scan", "a.xlsx").code == 0
