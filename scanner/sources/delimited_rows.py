"""Rows of a buffer of delimited text, and those of a text's beginning that decide how it is read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.tokenize import Tokens, tokenize
from scanner.model import Bytes, Cells, ReadableFile
from scanner.sources import aligned, fixed
from scanner.sources.blocks import decoded
from scanner.sources.dialect import Dialect
from scanner.sources.doubled_quotes import single
from scanner.sources.header_rows import LOOKED_AT, MOST_TITLES
from scanner.sources.lone_returns import with_returns
from scanner.sources.probe import Encoding

LONGEST_LINE = 64 << 20
SAMPLE = 64 << 10  # bytes of the head that decide the dialect; more where the first line is longer
LONGEST_SAMPLE = 4 << 20
Spans = NDArray[np.int32]
COMMENTS = ("#", "--", "//", "@", "%", "sep=")  # what such lines begin with
FEW = 24 << 10  # bytes that mostly hold them


def split(buffer: Bytes, dialect: Dialect, final: bool, longest: int) -> Tokens:
    """The rows of a buffer as the dialect has them; see ``tokenize``, and ``with_returns`` for mixed line ends.

    Doubled quotes are still in the cells: see ``doubled_quotes.single``.
    """

    if dialect.cuts:
        return fixed.split(buffer, dialect, final, longest)
    if dialect.aligned:
        return aligned.split(buffer, dialect.width, final, longest)

    def read(part: Bytes, whole: bool, carriage: bool) -> Tokens:
        return tokenize(
            part,
            (dialect.delimiter or "").encode(),
            ord(dialect.quote) if dialect.quote else -1,
            dialect.width,
            final=whole,
            carriage=carriage,
            longest=longest,
            escape=ord(dialect.escape) if dialect.escape else -1,
        )

    tokens = read(buffer, final, dialect.carriage)
    return tokens if dialect.carriage else with_returns(buffer, tokens, lambda line: read(line, True, True))


def repeated(buffer: Bytes, start: Spans, end: Spans, header: Sequence[bytes]) -> NDArray[np.intp]:
    """Which rows (``start``, ``end`` int32[width, rows]) are the header once more; none where it holds nothing.

    Files that were put behind each other have it in their midst.
    """
    left = np.flatnonzero(end[0] - start[0] == len(header[0])) if any(header) else np.zeros(0, np.intp)
    for first, stop, cell in zip(start, end, header, strict=False):
        if not len(left):
            break
        left = left[stop[left] - first[left] == len(cell)]
        left = left[buffer[first[left]] == cell[0]] if cell else left
    same = [
        all(
            buffer[a:b].tobytes() == cell for a, b, cell in zip(start[:, at], end[:, at], header, strict=True)
        )
        for at in left.tolist()
    ]
    return left[np.array(same, np.bool_)]


def first_rows(text: str, whole: bool, dialect: Dialect) -> tuple[Bytes, Tokens]:
    """A text's first bytes as UTF-8 with at least LOOKED_AT sound rows of them, or all of it."""
    buffer = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    tokens = split(buffer[:FEW], dialect, False, LONGEST_LINE)
    if tokens.start.shape[1] >= LOOKED_AT:
        buffer = buffer[:FEW]
    else:
        tokens = split(buffer, dialect, whole, LONGEST_LINE)
    return single(buffer, tokens, dialect)[0], tokens


def lines_above(text: str, whole: bool, dialect: Dialect) -> int:
    """How many lines at a text's beginning are no part of a table without a header: what a log may begin with.

    A row that was cut off at its beginning is one line; so one alone must be a comment.
    """
    if dialect.delimiter is None:
        return 0
    buffer, tokens = first_rows(text, whole, dialect)
    count = 0
    while count < len(tokens.loose_row) and int(tokens.loose_row[count]) == count:
        count += 1
    if not 0 < count <= MOST_TITLES or not tokens.start.shape[1]:
        return 0
    lines = [Cells(buffer, tokens.loose_start, tokens.loose_end).text(at).strip() for at in range(count)]
    comments = [line.startswith(COMMENTS) for line in lines]
    parted = [dialect.delimiter in line for line in lines]
    return count if all(comments) or (count > 1 and not any(parted)) else 0


def rows_below(text: str, whole: bool, dialect: Dialect, header: int | None) -> list[Cells]:
    """The columns of a text's sound rows, those below the header if there is one."""
    buffer = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    tokens = split(buffer, dialect, whole, LONGEST_LINE)
    buffer, _ = single(buffer, tokens, dialect)
    first = 0
    if header is not None:
        count = tokens.start.shape[1]
        first = int(
            np.searchsorted(np.arange(count) if tokens.rows is None else tokens.rows, header, "right")
        )
    spans = zip(tokens.start, tokens.end, strict=True)
    return [Cells(buffer, start[first:], end[first:]) for start, end in spans]


def texts_of(buffer: Bytes, tokens: Tokens, count: int) -> list[list[str]]:
    """The cells of the first ``count`` sound rows, decoded as ``model.Cells.text`` does."""
    raw = buffer.tobytes()
    columns = [
        [raw[start:end].decode("utf-8", "replace") for start, end in zip(starts, ends, strict=True)]
        for starts, ends in zip(tokens.start[:, :count].tolist(), tokens.end[:, :count].tolist(), strict=True)
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def head(file: ReadableFile, encoding: Encoding) -> tuple[str, bool]:
    """The start of a file as text that ends with a whole line, and whether that is the whole file."""
    count = SAMPLE
    while True:
        raw = file.pread(count, encoding.mark)
        whole = len(raw) < count
        if not whole and encoding.name == "utf-8":
            # The line that is cut is not asked for; what looks damaged there would need the tables of other encodings.
            end = raw.rfind(b"\n") + 1
            if end and end > raw.rfind(b"\r", 0, -1):
                return decoded(raw[:end], encoding), False
        text = decoded(raw, encoding)
        end = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
        if whole or end or count >= LONGEST_SAMPLE:
            return (text, whole) if whole or not end else (text[:end], False)
        count *= 4
