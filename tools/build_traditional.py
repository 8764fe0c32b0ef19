"""Builds patterns/tables/traditional.csv: traditional forms of the characters that Chinese names are made of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from public_packages import python_package
from table_file import TABLES, run, write_table

HEADER = {
    "origin": "OpenCC's TSCharacters.txt in opencc-python-reimplemented 0.1.7, as far as surnames.csv, "
    "given_characters.csv and word_characters.csv have the simplified form and not the traditional one",
    "licence": "Apache-2.0 (OpenCC; opencc-python-reimplemented, Yichen Huang); text in NOTICE.md",
    "date": "2026-11-23",
    "rebuilt_by": "python tools/build_traditional.py",
    "columns": "traditional, simplified = one character each, the commonest simplified form where there are several",
}


def pairs(source: Path) -> Iterator[tuple[str, str]]:
    """Traditional and simplified characters of OpenCC that differ, both in the basic plane."""
    for line in source.read_text("utf-8").splitlines():
        traditional, _, simplified = line.partition("\t")
        one = simplified.split(" ")[0]
        if len(traditional) == len(one) == 1 and traditional != one and max(traditional, one) <= "\uffff":
            yield traditional, one


def in_names(folder: Path) -> set[str]:
    """The characters of the tables of surnames, given names and words."""
    found: set[str] = set()
    for name in ("surnames.csv", "given_characters.csv", "word_characters.csv"):
        rows = [
            line
            for line in (folder / name).read_text("utf-8").splitlines()
            if line and not line.startswith("#")
        ]
        found.update(*(row.partition(",")[0] for row in rows[1:]))
    return found


def build(packages: Path, out: Path) -> None:
    """Reads the package and the tables of names, writes the table."""
    package = python_package("opencc-python-reimplemented", "0.1.7", packages)
    known = in_names(TABLES)
    rows = sorted(
        (traditional, simplified)
        for traditional, simplified in pairs(package / "opencc" / "dictionary" / "TSCharacters.txt")
        if simplified in known and traditional not in known
    )
    count = write_table(out / "traditional.csv", HEADER, ("traditional", "simplified"), rows)
    print(f"traditional.csv: {count} characters")


if __name__ == "__main__":
    run(build, __doc__ or "")
