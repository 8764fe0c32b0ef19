"""The worked example of docs/policy.md: its numbers come from a scan, and a slow count from the law's side agrees.

``PYTHONPATH=.:tests python tests/laws/test_worked_example.py`` writes the marked parts of the page anew.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from fixtures_reference import ROOT
from generator import cases
from worked_reference import (
    FOLDER,
    SIZES,
    Row,
    alike,
    counted,
    criminal,
    document,
    names,
    persons,
    recipe,
    records,
    rows,
    scan,
)

from scanner.reports.words import Words

PAGE = ROOT / "docs" / "policy.md"
HEADING = "## A worked example"
MARKED = re.compile(r"(<!-- worked: (\S+) -->\n)(.*?)(<!-- end -->\n)", re.DOTALL)
READINGS = ("low", "main", "high")
ZH = Words("zh")
SETS = "--acquired customers.csv --acquired track.csv --sold customers.csv --sold cards.csv"


# --- the marked parts of the page --------------------------------------------------------------------------------


def table(head: list[str], lines: Iterable[Iterable[object]]) -> str:
    every = [head, ["---"] * len(head), *lines]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in every)


def shown(tier: int | None) -> str:
    return str(tier) if tier else "–"


def code(name: str) -> str:
    return f"`{name}`"


def called(element: str) -> str:
    """An element with its Chinese name."""
    return f"`{element}` {criminal().mapped(element).zh}"


def ranges(numbers: list[int]) -> str:
    """``0-3, 7`` of 0, 1, 2, 3, 7."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(f"{p[0]}-{p[-1]}" if len(p) > 1 else str(p[0]) for p in parts)


def part_files() -> str:
    told = {Path(each["path"]).name: each for each in document()["inputs"]}
    lines = ([f"`{name}`", told[name]["rows"], told[name]["rows_damaged"]] for name in names())
    return table(["file", "rows", "damaged"], [*lines, ["together", document()["records"]["rows"], ""]])


def part_rows() -> str:
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows():
        groups[row.file, row.note, row.facts, row.elements, row.outcome].append(row)
    lines = []
    for (file, note, facts, held, outcome), some in groups.items():
        ordered = sorted(facts, key=lambda fact: (fact.startswith("role:"), fact))
        told = ["<br>".join(part) or "–" for part in (map(code, ordered), map(called, sorted(held)))]
        tiers = [shown(some[0].tier(reading)) if outcome is None else "" for reading in READINGS]
        row_numbers = ranges([row.number for row in some])
        lines.append([f"`{file}` {row_numbers}", len(some), note, *told, outcome or "record", *tiers])
    head = ["rows", "how many", "what they are", "facts", "categories and elements", "becomes", *READINGS]
    return table(head, lines)


def part_stages() -> str:
    return table(
        ["stage", "", "rows", "taken off"],
        (
            [code(each["name"]), ZH.name("stages", each["name"]), each["rows"], code(each["deducted"])]
            for each in document()["records"]["stages"]
        ),
    )


def part_sums() -> str:
    verdict = document()["verdict"]
    return "".join(
        f"- **{name}**: S = {verdict[name]['arithmetic']} → `{verdict[name]['level']}`\n" for name in READINGS
    )


def _unit_lines(found: Any, *before: str) -> Iterable[list[object]]:
    for name in READINGS:
        each = found[name]
        yield [*before, name, *(each[f"n{size}"] for size in SIZES), each["score"], f"`{each['level']}`"]


def part_units() -> str:
    units = document()["verdicts"][0]["by_unit"]
    lines = [
        line for unit in units for line in _unit_lines(units[unit], f"`{unit}` {ZH.name('units', unit)}")
    ]
    return table(["unit", "reading", *(f"n{size}" for size in SIZES), "S", "level"], lines) + _lone_persons()


def _lone_persons() -> str:
    """What has to be said as long as persons are counted by what their rows hold before tracks are told."""
    found = records(rows())
    tracked = {row.cells["手机号码"] for row in found if {"trajectory", "trajectory.standing"} & row.elements}
    more = document()["categories"]["trajectory"]["persons"] - len(tracked)
    if not more:
        return ""
    return f"\nIn the two counts of persons a lone point still stands as `trajectory`: {more} person here.\n"


def part_differs() -> str:
    told = document()["verdicts"][0]
    ways = {each["element"]: each for each in told["sensitivity"]}
    lines = (
        [
            called(each["element"]),
            *(shown(each[name]) for name in READINGS),
            each["records"],
            *(f"`{ways[each['element']][way]}`" for way in ("low", "high", "left_out")),
        ]
        for each in told["differs"]
    )
    return table(["element", *READINGS, "records", "read low", "read high", "left out"], lines)


def part_gaps() -> str:
    return "".join(
        f"- The {gap['reading']} reading is `{gap['level']}`, the main one `{gap['main']}`. Enough by itself:"
        f" {', '.join(f'`{name}`' for name in gap['alone']) or 'none'}. Needed:"
        f" {', '.join(f'`{name}`' for name in gap['needed']) or 'none'}.\n"
        for gap in document()["verdicts"][0]["gaps"]
    )


def part_persons() -> str:
    before: set[str] = set()
    lines: list[list[object]] = []
    for name, some in persons(rows()).items():
        lines.append([f"`{name}`", len(some), len(some & before), len(some - before)])
        before |= some
    told = document()["subjects"]
    lines.append(["together", "", "", told["distinct"]])
    more = f"\n`unlinked`: {told['unlinked']} records. `conflicts`: {told['conflicts']}.\n"
    return table(["file", "persons", "of these in a file above", "new"], lines) + more


def part_facts() -> str:
    lines = []
    for options in ("--insider", "--recipients 2", f"{SETS} --recipients 2"):
        verdict = scan(options)["verdict"]
        for name in READINGS:
            each = verdict[name]
            lines.append([f"`{options}`", name, each["arithmetic"], f"`{each['level']}`"])
    return table(["told", "reading", "S", "level"], lines)


def part_union() -> str:
    union = scan(SETS)["verdicts"][0]["union"]
    return f"Union of the two sets: {union['arithmetic']}.\n"


def part_ladders() -> str:
    lines = []
    for name in ("cn-incident-2025", "cn-export-2024"):
        (told,) = scan(f"--policy {name}")["verdicts"]
        for reading in READINGS:
            each = told[reading]
            sums = "; ".join(f"{measure} {text}" for measure, text in each["arithmetic"].items())
            lines.append([f"`{name}`", reading, sums, f"`{each['level']}`"])
    return table(["policy", "reading", "persons", "level"], lines)


PARTS: dict[str, Callable[[], str]] = {
    name.removeprefix("part_"): each for name, each in list(globals().items()) if name.startswith("part_")
}


def text() -> str:
    return PAGE.read_text(encoding="utf-8")


def refreshed(page: str) -> str:
    """The page with its marked parts as a scan gives them now."""
    return MARKED.sub(lambda found: found[1] + PARTS[found[2]]() + found[4], page)


def section() -> str:
    body = text().split(f"\n{HEADING}\n", 1)[1]
    return re.split(r"^## ", body, maxsplit=1, flags=re.MULTILINE)[0]


# --- tests -------------------------------------------------------------------------------------------------------


def test_the_files_are_those_of_the_recipe(tmp_path: Path) -> None:
    for made in cases.build(recipe(), tmp_path):
        assert made.read_bytes() == (FOLDER / made.name).read_bytes(), made.name
    assert {path.name for path in FOLDER.iterdir()} == {*names(), "input.toml"}


@pytest.mark.parametrize("name", PARTS)
def test_the_page_says_what_a_scan_says(name: str) -> None:
    stands = {found[2]: found[3] for found in MARKED.finditer(text())}
    assert stands[name] == PARTS[name](), "run: PYTHONPATH=.:tests python tests/laws/test_worked_example.py"


def test_every_mark_is_known_and_a_false_number_is_noticed() -> None:
    assert sorted(found[2] for found in MARKED.finditer(text())) == sorted(PARTS)
    assert refreshed(text()) == text()
    digit = re.search(r"S = 100×(\d)", text())
    assert digit
    false = text()[: digit.start(1)] + str((int(digit[1]) + 1) % 10) + text()[digit.end(1) :]
    assert refreshed(false) == text()


def test_no_number_of_the_example_stands_outside_the_marks() -> None:
    prose = re.sub(
        r"`[^`\n]+`|\[[^\]]+\]\([^)]+\)|Art\. [\d()]+|tier \d+|```.*?```",
        "",
        MARKED.sub("", section()),
        flags=re.DOTALL,
    )
    assert re.findall(r"\d+", prose) == []


def test_the_slow_count_is_the_verdict() -> None:
    found = rows()
    for reading in READINGS:
        told = document()["verdict"][reading]
        assert {key: told[key] for key in ("n50", "n500", "n5000", "score")} == counted(found, reading)


def test_the_slow_count_has_the_stages() -> None:
    found, told = rows(), {each["name"]: each["rows"] for each in document()["records"]["stages"]}
    outcomes, kept = Counter(row.outcome for row in found), records(found)
    standing = [row for row in kept if "trajectory.standing" in row.elements]
    assert told == {
        "rows": len(found),
        "damaged": outcomes["damaged"],
        "not_identifiable": outcomes["not identifiable"],
        "fails_checks": sum(row.tier("main") > 0 and not row.tier("low") for row in kept),
        "placeholders": outcomes["placeholder"],
        "masked": outcomes["masked"],
        "company": outcomes["company"],
        "exact_duplicates": outcomes["exact duplicate"],
        "likely_duplicates": alike(found),
        "standing_points": len(standing),
        "not_counted": sum(not row.tier("main") for row in kept) - len(standing),
        "counted": sum(row.tier("main") > 0 for row in kept),
    }


def test_the_slow_count_has_the_persons() -> None:
    found = rows()
    assert len(set().union(*persons(found).values())) == document()["subjects"]["distinct"]
    alone = [row for row in records(found) if not {"resident_id", "mobile_phone"} & row.facts]
    assert len(alone) == document()["subjects"]["unlinked"]


def test_what_the_prose_says_of_the_result_holds() -> None:
    told = document()["verdicts"][0]
    (gap,) = told["gaps"]
    assert (gap["reading"], gap["alone"], gap["needed"]) == ("low", ["bank_account"], ["bank_account"])
    ways = {each["element"]: (each["low"], each["left_out"]) for each in told["sensitivity"]}
    assert ways.pop("bank_account") == ("below", "below")
    assert set(ways.values()) == {("serious", "serious")}
    uncounted = [
        row for row in records(rows()) if not row.tier("main") and "trajectory.standing" not in row.elements
    ]
    assert {name for row in uncounted for name in row.elements} == {
        "bare_contact",
        "general.name",
        "contact.company",
    }


def test_every_stage_of_the_example_has_a_row() -> None:
    assert all(each["rows"] for each in document()["records"]["stages"])


if __name__ == "__main__":
    PAGE.write_text(refreshed(text()), encoding="utf-8")
