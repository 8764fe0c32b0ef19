"""JSON records among lines of other text, as logs hold them: which texts are such, told by their head."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

LEAST = 3  # records, or other lines
LEAST_SHARE = 1 / 3  # of the lines must be records, where the others may be a table
LEAST_TEXT = 0.05  # of the lines must be other text, where it does: fewer are damaged records
BEGINNING = re.compile(r"[\s\xef\xbb\xbf\ufeff]*\{")
LOOKED_AT = 16 << 10  # characters that are asked, before all that takes longer, for the next three
OPENING = re.compile(r"\n[ \t]*\{")  # a record may begin a line
OTHER = re.compile(r"""\n(?:[^\s{}\[\]"'(),:;/]|\[[^\s{}\[\]"'])""")  # a line may be other text
MORE = re.compile(r"""\}[ ,;]*(?:\t|[^\s{}\[\]"'(),:;/])""")  # a line goes on behind a record
ENDED = re.compile(rb"[ \t,;]*(?:\Z|[\r\n\x1e{\[/])")  # what stands behind a record that ends its line
#: What may have been JSON: values, parts of objects.
LIKE_JSON = re.compile(
    rb"""[\]{}"'(),:;/]|\[.*[\[\],{}"]\Z|[-+.\deE,\s]*\Z|(?:true|false|null)\b|.*["']\s*:"""
)


class Found(NamedTuple):
    """What the head of a text holds: records that end a line, others; lines of the former, all lines, lines of text."""

    records: int
    followed: int
    of_records: int
    lines: int
    text: int


def found_in(head: str, whole: bool) -> Found:
    """Counts records and lines of a text that begins so; ``whole``: that is all of it."""
    from scanner.kernels.json_values import DAMAGED, LINE, Reader
    from scanner.sources.json_plan import all_values

    raw = np.frombuffer(head.encode("utf-8"), np.uint8)
    reader = Reader(True, most=256, longest=len(raw) + 16, among=True)
    records = followed = of_records = others = text = 0
    for part, values in all_values(reader, raw, whole):
        held = part.tobytes()
        for _, start, end, kind in values.records.tolist():
            if kind == LINE:
                others += 1
                text += not LIKE_JSON.match(held[start:end])
            elif kind == DAMAGED:
                others += 1
            elif ENDED.match(held, end):
                records += 1
                of_records += 1 + max(held.count(b"\n", start, end), held.count(b"\r", start, end))
            else:  # what follows is counted
                followed += 1
    return Found(records, followed, of_records, of_records + others, text)


def kind_among(head: str, whole: bool, is_json: bool) -> str | None:
    """How a text is read that begins so: "json", "json_among" (records among lines of other text), None: as no JSON.

    "few_among": a few such records, which count if the other lines are no table.

    ``is_json``: it begins as JSON does.
    """
    if "\n" not in head:
        head = head.replace("\r", "\n")
    first = head[:LOOKED_AT]
    if is_json and not (BEGINNING.match(first) and (OTHER.search(first) or MORE.search(first))):
        return "json"
    if not is_json and ("{" not in head or len(OPENING.findall(head)) < LEAST - 1):
        return None
    found = found_in(head, whole)
    if is_json:
        if found.followed >= LEAST and found.followed > found.records:  # a first column of JSON
            return None
        is_among = found.text >= max(LEAST, LEAST_TEXT * found.lines)
        return "json_among" if is_among else "json"
    if found.records < LEAST:
        return None
    return "json_among" if found.of_records >= LEAST_SHARE * found.lines else "few_among"
