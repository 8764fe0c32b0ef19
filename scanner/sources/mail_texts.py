"""The texts of a message: lines, and the rows of tables in pages or of lines with tabs, none of which is told twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from scanner.sources.html_reader import page_parts

LEAST_ROWS = 3  # lines behind each other with as many tabs: a head and two rows

Rows = list[list[str]]


class Text(NamedTuple):
    """A text of a message; ``is_page``: in HTML."""

    text: str
    is_page: bool


def told(texts: Sequence[Text]) -> tuple[list[str], list[Rows]]:
    """The lines and the tables of all texts of a message. What an earlier one of them holds is not told again.

    Pages are read before others, which often say the same without their tables.
    """
    known: set[str] = set()
    lines: list[str] = []
    tables: list[Rows] = []
    for text in sorted(texts, key=lambda each: not each.is_page):
        own_lines, own_tables = page_parts(text.text) if text.is_page else plain_parts(text.text.splitlines())
        new = {line.strip() for line in own_lines} - known
        lines += [line for line in dict.fromkeys(map(str.strip, own_lines)) if line in new and line]
        rows = [[row for row in table if not known.issuperset(_said(row))] for table in own_tables]
        tables += [table for table in rows if table]
        known |= new
        known.update(cell for table in own_tables for row in table for cell in _said(row))
    return lines, tables


def _said(row: Iterable[str]) -> set[str]:
    """What the cells of a row say, line by line."""
    return {line.strip() for cell in row for line in cell.split("\n")} - {""}


def plain_parts(lines: Iterable[str]) -> tuple[list[str], list[Rows]]:
    """The lines of a plain text, and those behind each other with as many tabs as the rows of a table."""
    single: list[str] = []
    tables: list[Rows] = []
    for tabs, some in groupby(lines, key=lambda line: line.rstrip().count("\t")):
        rows = [line.rstrip().split("\t") for line in some]
        if tabs and len(rows) >= LEAST_ROWS and any(any(row[:-1]) for row in rows):
            tables.append(rows)
        else:
            single += ["\t".join(row) for row in rows]
    return single, tables
