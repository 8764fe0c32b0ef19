"""Lines and rows of a sample of delimited text, told apart without a kernel: for a few hundred of them."""

from __future__ import annotations

import re
from itertools import islice


def split_lines(text: str, carriage: bool) -> list[str]:
    """Lines without their ends, blank ones left out."""
    return [line for line in all_lines(text, carriage) if line.strip("\r")]


def all_lines(text: str, carriage: bool) -> list[str]:
    """Lines without their ends; the last may be empty."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if carriage:
        text = text.replace("\r", "\n")
    return text.split("\n")


def has_carriage(text: str) -> bool:
    """More lines end in a lone carriage return than in a line feed."""
    return "\r" in text and text.count("\r") - text.count("\r\n") > text.count("\n")


def read_rows(
    text: str,
    delimiter: str | None,
    quote: str | None,
    carriage: bool,
    most: int,
    escape: str | None = None,
) -> list[list[str]]:
    """The first rows of a text, tolerant: a broken quote is taken as text. Blank rows are left out."""
    if quote is None or quote not in text:
        lines = (line for line in all_lines(text, carriage) if line not in ("", "\r"))
        return [line.split(delimiter) if delimiter else [line] for line in islice(lines, most)]
    ends = r"\r\n|\n|\r" if carriage else r"\r?\n"
    stop = re.compile(f"{re.escape(delimiter)}|{ends}" if delimiter else ends)
    inside = f"[^{quote}]|{quote}{quote}"
    if escape:
        mark = re.escape(escape)
        inside = f"{mark}[{quote}{mark}]|[^{quote}{mark}]|{mark}|{quote}{quote}"
    closing = re.compile(f"((?:{inside}){{0,5000}}+){quote}(?=$|{stop.pattern})")
    rows: list[list[str]] = []
    cells: list[str] = []
    at = 0
    while len(rows) < most:
        if not cells and not carriage:  # at a row's start; most rows hold no quote
            end = text.find("\n", at)
            line = text[at : end if end >= 0 else len(text)]
            if quote not in line:
                line = line.removesuffix("\r") if end >= 0 else line
                if line not in ("", "\r"):
                    rows.append(line.split(delimiter) if delimiter else [line])
                if end < 0:
                    break
                at = end + 1
                continue
        quoted = closing.match(text, at + 1) if text.startswith(quote, at) else None
        found = stop.search(text, quoted.end() if quoted else at)
        end = found.start() if found else len(text)
        cells.append(quoted[1].replace(quote * 2, quote) if quoted else text[at:end])
        if found is None or found[0] != delimiter:
            if cells not in ([""], ["\r"]):
                rows.append(cells)
            cells = []
        if found is None:
            break
        at = found.end()
    return rows
