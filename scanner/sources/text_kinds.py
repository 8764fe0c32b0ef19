"""What kind of text a file is: told by its first characters, and for JSON by reading them."""

from __future__ import annotations

import re

import numpy as np

from scanner.model import ReadableFile
from scanner.sources.json_among import kind_among
from scanner.sources.probe import marked, utf16_pattern
from scanner.sources.sql_signs import is_sql
from scanner.sources.workbooks.names import xml_is_workbook

HEAD = 64 << 10  # bytes that are looked at
LEAST_SOUND = 0.8  # of the bytes must be records, where the beginning alone does not tell
SURE_JSON = re.compile(r'\s*(\{\s*"[^"\n]*"\s*:|\[\s*\{\s*"[^"\n]*"\s*:)')
BEFORE = r"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]*>\s*|<!--[^>]*>\s*)*"  # the first tag
PAGE_TAGS = "html|head|meta|body|table|div|p|ul|ol|h[1-6]|center|font|span|script|style|br"
HTML = re.compile(rf"{BEFORE}<(?:!doctype html|{PAGE_TAGS})[\s/>]", re.I)
XML = re.compile(r"(?:\xef\xbb\xbf)?\s*<\?xml\b")
# A tag begins with one of [A-Za-z_\x80-\uffff], told by what it is not: as a range it took 2 ms to compile.
TAG = r"(?![\x00-@\[-^`{-\x7f])[^\U00010000-\U0010ffff][^\s<>/!?=]*[\s/>]"
TAGGED = re.compile(rf"{BEFORE}<(?:!DOCTYPE\s|{TAG})")
OPENING, CLOSING = re.compile(r"<[^\s<>/!?]"), re.compile(r"</[^\s<>/!?]|/>")
CELL = re.compile(r"<t[rdh][\s>]", re.I)
#: A row of a binary log as mysqlbinlog shows it.
SHOWN = re.compile(
    r"^### (?:INSERT INTO|UPDATE|DELETE FROM) .+\r?\n### (?:SET|WHERE)\r?\n###   @1=", re.MULTILINE
)
#: The first entry of a directory, below its version and comments.
LDIF = re.compile(
    r"(?:\xef\xbb\xbf)?(?:\s*(?:#[^\n]*|version: *\d+[ \r]*)\n)*\s*"
    r"dn::? *[^\s=]+(?:=[^\n]+)?\r?\n(?: [^\n]*\n)*[A-Za-z][\w;-]*:"
)
MAYBE_JSON = re.compile(r"\s*(//|/\*|\{|\[)")


def text_kind(file: ReadableFile) -> str:
    """What kind of text a file is; ``file`` holds text.

    One of "json", "json_among" (records among lines of other text), "few_among" (a few of them), "binlog", "ldif",
    "sql", "workbook" (in XML), "html", "xml", "delimited" (any other text).
    """
    text = beginning(file)
    begins_so = is_json(text)
    found = kind_among(text, len(text) < HEAD, True) if begins_so else None
    if found:
        return found
    if "\n###   @1=" in text and SHOWN.search(text):
        return "binlog"
    if "dn:" in text and LDIF.match(text) and b"\0" not in file.pread(64, 0):
        return "ldif"
    if is_sql(text):
        return "sql"
    if xml_is_workbook(text):
        return "workbook"
    if is_html(text):
        return "html"
    if is_xml(text):
        return "xml"
    return (not begins_so and kind_among(text, len(text) < HEAD, False)) or "delimited"


def is_html(head: str) -> bool:
    """Does a text begin as a page does?"""
    found = HTML.match(head)
    if found and found[0].lower().rstrip().endswith(("<table", "<table>")):
        return CELL.search(head) is not None or len(OPENING.findall(head)) < 2
    return found is not None


def is_xml(head: str) -> bool:
    """Is a text that begins so XML? Either it says so, or it begins with a tag and its tags are closed."""
    if XML.match(head):
        return True
    if not TAGGED.match(head):
        return False
    opened, closed = len(OPENING.findall(head)), len(CLOSING.findall(head))
    return 10 * closed >= 8 * opened - 20 and closed > 0


def beginning(file: ReadableFile) -> str:
    """The first characters, those that are not ASCII only roughly: in UTF-16 as they are, else a character a byte."""
    raw = file.pread(HEAD, 0)
    found = marked(raw[:4])
    name = found.name if found else utf16_pattern(raw)
    raw = raw[found.mark :] if found else raw
    if name is not None and name.startswith("utf-16"):
        return raw.decode(name, "replace")
    return raw.decode("latin-1")


def is_json(head: str) -> bool:
    """Is a text that begins so JSON, or nearly? Objects with keys are; of others most must be sound."""
    if SURE_JSON.match(head):
        return True
    if not MAYBE_JSON.match(head):
        return False
    from scanner.kernels.json_values import DAMAGED, ODDITIES, Reader
    from scanner.sources.json_plan import all_values

    raw = np.frombuffer(head.encode("utf-8"), np.uint8)
    reader = Reader(True, most=256, longest=len(raw) + 16)
    sound = damaged = found = 0
    for text, values in all_values(reader, raw, len(head) < HEAD):
        records = values.records
        if len(records):
            spans = records[:, 2] - records[:, 1]
            is_damaged = records[:, 3] == DAMAGED
            damaged += int(spans[is_damaged].sum())
            sound += int(spans[~is_damaged & np.isin(text[records[:, 1]], (ord("{"), ord("[")))].sum())
        found += len(values.node)
    if not sound and (
        damaged or len(head) < HEAD
    ):  # a record that goes on behind the head is not wrong so far
        return False
    words = int(reader.odd[ODDITIES.index("word")])
    named = any(reader.paths.step(node)[1] == "named" for node in range(2, reader.paths.count))
    return sound >= LEAST_SOUND * (sound + damaged) and words <= (found if named else found // 2)
