"""What the head of one SQL statement says: where its rows go, which columns a table has, what a column is called.

Read in all dialects at once, from bytes (names in UTF-8), and never beyond what lies there: a statement that may go on
behind the bytes given is ``Unfinished``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

Name = tuple[str, ...]  # schema (or more) and table, as written, without quotes
SHOWN = 40  # characters of a comment that may be a column's name
WIDEST = 1 << 14  # columns; a statement that names more is free text

TOKEN = re.compile(
    rb"""
    (?P<space>\s++ | --[^\n]*+\n | \#\s[^\n]*+\n | /\*(?:[^*]++|\*(?!/))*+\*/)
    | (?P<name>`(?:[^`]++|``)*+` | "(?:[^"]++|"")*+" | \[(?:[^\]]++|\]\])*+\])
    | (?P<string>[nN]?'(?:[^'\\]++|''|\\.)*+'(?!'))
    | (?P<word>[\w$#@\x80-\xff]++)
    | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
OPENERS = (b"'", b'"', b"`", b"[")
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b""}
CONSTRAINTS = frozenset(
    b"primary key unique constraint index fulltext spatial foreign check period exclude like".split()
)
BEFORE_NAME = frozenset(
    b"low_priority delayed high_priority ignore or replace rollback abort fail overwrite all first into table".split()
)
BEFORE_TABLE = frozenset(
    b"or replace global local temporary temp unlogged external virtual columnar column row".split()
)


class UnfinishedError(Exception):
    """The statement may go on behind the bytes that were given."""


@dataclass(frozen=True, slots=True)
class Tuples:
    """INSERT … VALUES and the like: ``length`` bytes up to and with VALUES; ``columns`` where it names them."""

    name: Name
    columns: tuple[str, ...] | None
    length: int


@dataclass(frozen=True, slots=True)
class Lines:
    """COPY … FROM stdin in text format: ``length`` bytes up to the first line; ``delimiter``: one byte."""

    name: Name
    columns: tuple[str, ...] | None
    length: int
    delimiter: int = 9


@dataclass(frozen=True, slots=True)
class Definition:
    """CREATE TABLE: its columns, each with the comment that stands in its definition."""

    name: Name
    columns: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Comment:
    """What a column is, said in a statement of its own."""

    name: Name
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Use:
    """The schema of names without one, from here on."""

    schema: str


Statement = Tuples | Lines | Definition | Comment | Use


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: name (quoted), string, word, mark; ``text``: in lower case for words; ``end`` in bytes."""

    kind: str
    text: bytes
    raw: bytes
    end: int


def read_statement(piece: bytes, whole: bool) -> Statement | None:
    """What the statement at the piece's start says, None where it says nothing of tables.

    ``whole``: nothing follows the piece. Raises UnfinishedError.
    """
    tokens = Tokens(piece, whole)
    first = tokens.next()
    if first.text in (b"insert", b"replace", b"upsert", b"into"):
        return _tuples(tokens)
    if first.text == b"copy":
        return _lines(tokens, piece)
    if first.text == b"create":
        return _definition(tokens)
    if first.text == b"comment":
        return _comment(tokens)
    if first.text in (b"exec", b"execute"):
        return _property(tokens)
    if first.text == b"use" or first.raw == b"\\":
        if first.raw == b"\\" and tokens.next().text not in (b"c", b"connect"):
            return None
        name = tokens.name()
        return Use(name[-1]) if name else None
    return None


class Tokens:
    """The tokens of a statement, with one that was looked at but not taken."""

    def __init__(self, piece: bytes, whole: bool) -> None:
        self._found = self._scan(piece, whole)
        self._ahead: Token | None = None

    @staticmethod
    def _scan(piece: bytes, whole: bool) -> Iterator[Token]:
        for found in TOKEN.finditer(piece):
            kind, raw = found.lastgroup or "", found[0]
            opens = raw in OPENERS or (raw == b"/" and piece[found.end() : found.end() + 1] == b"*")
            if not whole and (found.end() == len(piece) or (kind == "mark" and opens)):
                raise UnfinishedError
            if not whole and raw == b"-" and piece[found.end()] == raw[0]:
                raise UnfinishedError  # a comment that goes on
            if kind != "space":
                yield Token(kind, raw.lower() if kind == "word" else raw, raw, found.end())
        if not whole:
            raise UnfinishedError
        while True:
            yield Token("mark", b"", b"", len(piece))

    def peek(self) -> Token:
        """The next token, which stays the next."""
        if self._ahead is None:
            self._ahead = next(self._found)
        return self._ahead

    def next(self) -> Token:
        """The next token; at the end a mark without text."""
        token, self._ahead = self.peek(), None
        return token

    def name(self) -> Name:
        """A name of one or more parts; empty where there is none."""
        parts: list[str] = []
        while self.peek().kind in ("name", "word") or (self.peek().kind == "string" and not parts):
            parts.append(plain_name(self.next()))
            if self.peek().text != b".":
                break
            self.next()
            while self.peek().text == b".":  # server..table
                self.next()
        return tuple(parts)

    def names(self) -> tuple[str, ...] | None:
        """The names in brackets that follow; None where something else stands there too."""
        self.next()
        found = []
        while True:
            name = self.name()
            if not name:
                return None
            found.append(name[-1])
            if len(found) > WIDEST:
                return None
            token = self.next()
            if token.text == b")":
                return tuple(found)
            if token.text != b",":
                return None


def plain_name(token: Token) -> str:
    """A name without its quotes."""
    raw = token.raw
    if token.kind == "string":
        return plain_string(raw)
    if token.kind == "name":
        close = raw[-1:]
        raw = raw[1:-1].replace(close * 2, close)
    return raw.decode("utf-8", "replace")


def plain_string(raw: bytes) -> str:
    """The text of a string in a definition."""
    text = raw[raw.index(b"'") + 1 : -1].replace(b"''", b"'")
    text = re.sub(rb"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), text, flags=re.DOTALL)
    return text.decode("utf-8", "replace")


def _tuples(tokens: Tokens) -> Tuples | None:
    while tokens.peek().kind == "word" and tokens.peek().text in BEFORE_NAME:
        tokens.next()
    name = tokens.name()
    if not name:
        return None
    columns = None
    while True:
        token = tokens.peek()
        if token.text == b"(":
            if columns is not None:
                return None
            columns = tokens.names()
            if columns is None:
                return None
        elif token.text in (b"values", b"value"):
            tokens.next()
            return Tuples(name, columns, token.end)
        elif token.text == b"partition":
            tokens.next()
            while tokens.peek().text not in (b")", b";", b""):
                tokens.next()
            tokens.next()
        elif token.text == b"overriding":
            for _ in range(3):  # OVERRIDING SYSTEM VALUE
                tokens.next()
        elif token.text in (b"format", b"as"):
            tokens.next()
            if token.text == b"as":
                tokens.name()
        else:
            return None


def _lines(tokens: Tokens, piece: bytes) -> Lines | None:
    name = tokens.name()
    columns = None
    if name and tokens.peek().text == b"(":
        columns = tokens.names()
        if columns is None:
            return None
    if not name or tokens.next().text != b"from" or tokens.next().text != b"stdin":
        return None
    delimiter = b"\t"
    while (token := tokens.next()).text != b";":
        if token.text in (b"csv", b"binary") or not token.raw:
            return None
        if token.text == b"delimiter":
            while tokens.peek().kind != "string" and tokens.peek().text not in (b";", b""):
                tokens.next()
            said = tokens.peek()
            delimiter = plain_string(said.raw).encode() if said.kind == "string" else b""
    if len(delimiter) != 1 or delimiter in b"\\\r\n":
        return None
    rest = re.compile(rb"[ \t\r]*(\n|\Z)?").match(piece, token.end)
    return Lines(name, columns, rest.end() if rest else token.end, delimiter[0])


def _definition(tokens: Tokens) -> Definition | None:
    while tokens.peek().kind == "word" and tokens.peek().text in BEFORE_TABLE:
        tokens.next()
    if tokens.next().text != b"table":
        return None
    while tokens.peek().kind == "word" and tokens.peek().text in (b"if", b"not", b"exists"):
        tokens.next()
    name = tokens.name()
    if not name or tokens.next().text != b"(":
        return None
    columns: list[tuple[str, str | None]] = []
    while True:
        token = tokens.next()
        if token.kind not in ("name", "word", "string"):
            return None
        constraint = token.kind == "word" and token.text in CONSTRAINTS
        is_column = not constraint or (token.text == b"period" and tokens.peek().text != b"for")
        comment, end = _rest_of_column(tokens)
        if is_column:
            columns.append((plain_name(token), comment))
        if len(columns) > WIDEST:
            return None
        if end != b",":
            return Definition(name, tuple(columns)) if end == b")" else None


def _rest_of_column(tokens: Tokens) -> tuple[str | None, bytes]:
    """The comment of a column's definition, and what ends it: a comma or the bracket of the table."""
    depth, comment = 0, None
    while True:
        token = tokens.next()
        if depth == 0 and (token.text in (b",", b")") or not token.raw):
            return comment, token.text
        if not token.raw:
            return None, b""
        depth += (token.text == b"(") - (token.text == b")")
        if token.text == b"comment" and depth == 0 and tokens.peek().kind == "string":
            comment = plain_string(tokens.next().raw)


def _comment(tokens: Tokens) -> Comment | None:
    """COMMENT ON COLUMN t.c IS '…'."""
    if tokens.next().text != b"on" or tokens.next().text != b"column":
        return None
    name = tokens.name()
    if len(name) < 2 or tokens.next().text != b"is" or tokens.peek().kind != "string":
        return None
    return Comment(name[:-1], name[-1], plain_string(tokens.next().raw))


def _property(tokens: Tokens) -> Comment | None:
    """EXEC sp_addextendedproperty N'MS_Description', N'…', …, N'table', N'T', N'column', N'c'."""
    name = tokens.name()
    if not name or name[-1].casefold() != "sp_addextendedproperty":
        return None
    said: list[str] = []
    while True:
        token = tokens.peek()
        ends = (
            not token.raw or token.text == b";" or (token.kind == "word" and not token.raw.startswith(b"@"))
        )
        if ends:
            break
        tokens.next()
        if token.kind == "string":
            said.append(plain_string(token.raw))
    if len(said) != 8 or said[4].casefold() != "table" or said[6].casefold() != "column":
        return None
    return Comment((said[3], said[5]), said[7], said[1])
