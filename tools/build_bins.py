"""Builds patterns/tables/bins.csv and banks.csv: bank card prefixes (发卡行标识代码) and their issuers.

The bcbc table is in no package registry: give its folder with --bcbc, or leave that out and the facts already
recorded in the tables (source bcbc or both) are taken over.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from public_packages import node_package
from table_file import TABLES, run, write_table

LONGEST = 19  # digits of a card number, ISO/IEC 7812-1; bankcardinfo has three slips beyond it
Card = tuple[str, str]  # prefix, length of the number
Issue = tuple[str, str]  # bank code, type

ORIGIN = "GitHub hexindai/bcbc data/bin.csv and name.csv (last change 2020-12-11); npm bankcardinfo 2.0.6"
LICENCE = "MIT (bcbc, Copyright (c) 2018 - 2020 Runrioter); ISC (bankcardinfo, navyxie); texts in NOTICE.md"
BINS = {
    "origin": ORIGIN,
    "licence": LICENCE,
    "date": "2020-12-11",
    "rebuilt_by": "python tools/build_bins.py --bcbc FOLDER",
    "columns": "bin = leading digits (ISO/IEC 7812 issuer number); length = digits of the whole number; "
    "type = DC debit (借记卡), CC credit (贷记卡), SCC semi-credit (准贷记卡), "
    "PC prepaid (预付费卡); "
    "source = who has this bin with this length",
    "note": "where the sources differ in length both rows stand; where in bank or type, bcbc is kept",
}
BANKS = {
    "origin": ORIGIN,
    "licence": LICENCE,
    "date": "2020-12-11",
    "rebuilt_by": BINS["rebuilt_by"],
    "columns": "code = the issuer as in bins.csv; name = its Chinese name, empty where no source has one",
}


def from_script(text: str) -> Iterator[tuple[str, str, list[tuple[Card, str]]]]:
    """bankcardinfo's index.js: (bank code, bank name, [((prefix, length), type)]) for each bank.

    Its patterns all read ``/^(prefix|prefix…)\\d{n}$/g``; raises ValueError if one does not.
    """
    for block in re.split(r"\bbankName:", text)[1:]:
        name = re.match(r'\s*"([^"]*)"', block)
        code = re.search(r'bankCode:\s*"([^"]*)"', block)
        if name is None or code is None:
            raise ValueError(f"No bank in {block[:60]!r}.")
        cards = []
        for pattern, kind in re.findall(r'reg:\s*/(.*?)/g,\s*cardType:\s*"(\w+)"', block):
            shape = re.fullmatch(r"\^\(?([\d|]+)\)?\\d\{(\d+)\}\$", pattern)
            if shape is None:
                raise ValueError(f"The pattern {pattern!r} has another form.")
            for prefix in shape[1].split("|"):
                if prefix and len(prefix) + int(shape[2]) <= LONGEST:
                    cards.append(((prefix, str(len(prefix) + int(shape[2]))), kind))
        yield code[1], name[1], cards


def from_folder(folder: Path) -> tuple[dict[Card, Issue], dict[str, str]]:
    """bcbc's bin.csv and name.csv; the first row counts where a (prefix, length) is listed twice."""
    cards: dict[Card, Issue] = {}
    with (folder / "bin.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            cards.setdefault((row["bin"], row["length"]), (row["bank"], row["type"]))
    with (folder / "name.csv").open(encoding="utf-8", newline="") as file:
        return cards, {row["bank"]: row["name"] for row in csv.DictReader(file)}


def from_tables() -> tuple[dict[Card, Issue], dict[str, str]]:
    """What an earlier run recorded of bcbc."""
    sys.path.insert(0, str(TABLES.parent.parent))
    from scanner.knowledge import read_table

    bins = read_table(TABLES / "bins.csv").columns
    rows = zip(bins["bin"], bins["length"], bins["bank"], bins["type"], bins["source"], strict=True)
    cards = {(row[0], row[1]): (row[2], row[3]) for row in rows if row[4] in ("bcbc", "both")}
    banks = read_table(TABLES / "banks.csv").columns
    return cards, dict(zip(banks["code"], banks["name"], strict=True))


def build(packages: Path, out: Path, bcbc: Path | None) -> None:
    """Writes bins.csv and banks.csv and says how many prefixes they hold."""
    cards, names = from_folder(bcbc) if bcbc else from_tables()
    script = node_package("bankcardinfo", "2.0.6", packages) / "index.js"
    other: dict[Card, Issue] = {}
    for bank, name, entries in from_script(script.read_text("utf-8")):
        if not names.get(bank):
            names[bank] = name
        for card, kind in entries:
            other.setdefault(card, (bank, kind))
    rows = []
    for card in sorted(cards.keys() | other.keys()):
        issue = cards.get(card) or other[card]
        source = "both" if card in cards and card in other else "bcbc" if card in cards else "bankcardinfo"
        rows.append((*card, *issue, source))
    columns = ("bin", "length", "bank", "type", "source")
    count = write_table(out / "bins.csv", BINS, columns, rows)
    codes = sorted(names.keys() | {row[2] for row in rows})
    banks = write_table(
        out / "banks.csv", BANKS, ("code", "name"), ((code, names.get(code, "")) for code in codes)
    )
    print(f"bins.csv: {count} rows, {len({row[0] for row in rows})} prefixes; banks.csv: {banks} banks")


if __name__ == "__main__":
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--bcbc", type=Path)
    known, sys.argv[1:] = options.parse_known_args()
    run(partial(build, bcbc=known.bcbc), __doc__ or "")
