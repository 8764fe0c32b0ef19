"""The rows of fixtures/worked counted slowly and plainly: facts from the findings, and all else anew."""

from __future__ import annotations

import csv
import re
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fixtures_reference import FIXTURES
from running import TODAY_OPTION, command

from scanner import categories, knowledge, policy
from scanner.policy import TierPolicy

FOLDER = FIXTURES / "worked"
SIZES = (50, 500, 5000)


def recipe() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "input.toml").read_text(encoding="utf-8"))


def names() -> list[str]:
    return [file["name"] for file in recipe()["file"]]


def scan(options: str = "") -> Any:
    """The document of a scan of the example's files; options may name them."""
    words = [str(FOLDER / word) if word in names() else word for word in options.split()]
    return command("scan", *(FOLDER / name for name in names()), *TODAY_OPTION, *words, "-f", "json").document


@cache
def document() -> Any:
    return scan()


@dataclass
class Row:
    """A row of the example: ``outcome`` is why it is not a record of its own, or None."""

    file: str
    number: int
    note: str
    cells: dict[str, str]
    facts: frozenset[str] = frozenset()
    elements: frozenset[str] = frozenset()
    outcome: str | None = None

    def tier(self, reading: str) -> int:
        """The highest tier of what counts in a reading, 0 for none."""
        judged = criminal()
        held = [judged.mapped(name) for name in self.elements]
        gone = {name for each in held for name in each.absorbs}
        tiers = [each.tier(reading) for each in held if not gone & {each.category, each.name}]
        return min((tier for tier in tiers if tier), default=0)


@cache
def criminal() -> TierPolicy:
    loaded = policy.load("cn-criminal-2017")
    assert isinstance(loaded, TierPolicy)
    return loaded


@cache
def findings() -> dict[tuple[str, int], dict[str, set[str]]]:
    """(file, row) -> accepted label -> headers of the columns that hold it."""
    found: dict[tuple[str, int], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "findings.csv"
        command("scan", *(FOLDER / name for name in names()), *TODAY_OPTION, "--findings", written)
        with written.open(encoding="utf-8", newline="") as opened:
            for line in csv.DictReader(opened):
                if line["accepted"] == "true":
                    found[Path(line["input"]).name, int(line["row"])][line["label"]].add(line["column_name"])
    return found


def plain(cell: str) -> str:
    """A cell without what spreadsheets put round it."""
    cell = cell.strip()
    return cell[2:-1] if cell.startswith('="') else cell


def rows() -> list[Row]:
    """All rows with what becomes of each, found without the tool's own counting."""
    found = []
    for file in recipe()["file"]:
        notes = [
            block["note"] for block in file["block"] for _ in range(block["rows"] + block.get("copies", 0))
        ]
        with (FOLDER / file["name"]).open(encoding="utf-8", newline="") as opened:
            head, *lines = csv.reader(opened)
        assert len(notes) == len(lines)
        for number, (note, line) in enumerate(zip(notes, lines, strict=True)):
            row = Row(file["name"], number, note, dict(zip(head, map(plain, line), strict=False)))
            if len(line) == len(head):
                _judge(row)
            else:
                row.outcome = "damaged"
            found.append(row)
    seen: set[tuple[str, ...]] = set()
    for row in found:
        content = tuple(row.cells.values())
        if row.elements and content in seen:
            row.outcome = "exact duplicate"
        elif row.elements:
            seen.add(content)
    _tracks([row for row in found if "trajectory" in row.elements and row.outcome is None])
    return found


def _judge(row: Row) -> None:
    """Sets facts, elements, and the outcome of a row that identifies nobody."""
    roles = {column["name"]: column["role"] for column in document()["columns"] if column["role"]}
    held = {header: cell for header, cell in row.cells.items() if re.search(r"\w", cell)}
    labels = dict(findings()[row.file, row.number])
    nobody = {
        n for each in knowledge.toml("placeholders.toml")["placeholder"] for n in each.get("numbers", ())
    }
    fillers = {
        label for label, headers in labels.items() if nobody & {row.cells[header] for header in headers}
    }
    asked = categories.fact_roles()
    facts = frozenset(labels) - fillers | {f"role:{roles[h]}" for h in held if roles.get(h) in asked}
    failed = {"resident_id"} if "身份证号" in held and "resident_id" not in facts else set()
    sound = categories.elements(facts)
    row.facts = facts
    row.elements = sound | {f"{name}!" for name in categories.elements(facts | failed) - sound}
    if not row.elements:
        kinds = [("placeholder", bool(fillers)), ("masked", "masked" in facts), ("company", "uscc" in facts)]
        row.outcome = next((name for name, holds in kinds if holds), "not identifiable")


def _tracks(points: list[Row]) -> None:
    """Tells moving, standing and lone points, for people who are nowhere twice at one moment."""
    whose = defaultdict(list)
    for row in points:
        whose[row.cells["手机号码"]].append(row)
    for track in whose.values():
        track.sort(key=lambda row: row.cells["定位时间"])
        places = [(row.cells["经度"], row.cells["纬度"]) for row in track]
        for index, row in enumerate(track):
            if len(track) == 1:
                row.elements = row.elements - {"trajectory"} | {"other_safety"}
            elif index and places[index] == places[index - 1]:
                row.elements = row.elements - {"trajectory"} | {"trajectory.standing"}


def counted(found: Iterable[Row], reading: str) -> dict[str, int]:
    tiers = Counter(row.tier(reading) for row in found if row.outcome is None)
    sums = {f"n{size}": tiers[size] for size in SIZES}
    return sums | {"score": sum(5000 // size * sums[f"n{size}"] for size in SIZES)}


def persons(found: Iterable[Row]) -> dict[str, set[str]]:
    """The persons of each file: by identity number, and by phone and name, and by phone alone where that tells."""
    known: list[tuple[str, str, str, str]] = []
    for row in found:
        if not row.elements:
            continue
        phone = next((row.cells[h] for h in ("手机号码", "预留手机号") if row.cells.get(h)), "")
        name = row.cells.get("姓名") or row.cells.get("持卡人姓名") or ""
        number = row.cells.get("身份证号", "") if "resident_id" in row.facts else ""
        known.append((row.file, number, phone, name))
    by_phone = {(phone, name): number for _, number, phone, name in known if number and phone}
    owners = {phone: name for _, _, phone, name in known if phone and name}
    result: dict[str, set[str]] = defaultdict(set)
    for file, number, phone, name in known:
        if number or phone:
            name = name or owners.get(phone, "")
            result[file].add(number or by_phone.get((phone, name)) or f"{phone} {name}")
    return result


def records(found: Iterable[Row]) -> list[Row]:
    """The rows that are records of their own."""
    return [row for row in found if row.outcome is None]


def alike(found: Iterable[Row]) -> int:
    """Records that are the same as another in the letters and digits of their cells."""
    kept = [
        tuple(re.sub(r"[^\w]|_", "", cell).lower() for cell in row.cells.values()) for row in records(found)
    ]
    return len(kept) - len(set(kept))
