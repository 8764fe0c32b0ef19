"""Text of labels and values (``姓名：王小明``, line after line or several in a line) as rows: a column for each label.

A row begins with its first label, where a label has no column left, and behind what parts rows in the text: blank
lines, lines of signs, line ends, or heads of sections (``[user]``, ``user {``), which are a cell of the row below.
Other text without a label is no cell; it is told line by line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import numpy as np

from scanner.kernels.labels import split as rows_of
from scanner.kernels.tokenize import WRONG_WIDTH, Tokens
from scanner.model import Bytes

LOOKED_AT, FIRST = 400, 20  # lines
LEAST_SHARE = 0.8  # of lines must hold a label
LEAST_SHARE_IN_BLOCKS = 0.5  # if nearly all blocks between blank lines hold two that are known
LEAST_OF_LABEL = 0.3  # of the most frequent one: a label that is no header word
MOST, MOST_ALIKE = 256, 3  # labels, and columns of one
LONGEST = 40  # bytes of a label
HAN = rb"[\xe4-\xe9][\x80-\xbf]{2}"
SPACE = rb"(?:[ \t]|\xe3\x80\x80)"
WORD = rb"(?:[A-Za-z][\w.\-]|" + HAN + rb")(?:[\w.\-]|" + HAN + rb")*"
LABEL = WORD + rb"(?:" + SPACE + rb"+" + WORD + rb"){0,3}"
BULLET = rb"^\s*(?:(?:[-*>]|\xe2\x80\xa2|\xc2\xb7)\s*)?(?:\d{1,4}(?:[.)]|\xe3\x80\x81|\xef\xbc\x89)\s*)?"
BEHIND = rb"(?<=[\s,;|/(&?{])|(?<=\xef\xbc[\x8c\x9b\x88])|(?<=\xe3\x80[\x80-\x82\x91])"
COLON = rb"(?::(?!//)|\xef\xbc\x9a|=>?|->|(?<=[ \t])\|(?=[ \t]))"
#: A label, as a group for each of its two forms, and what stands before and behind it; in 【】 it needs no colon.
PAIR = rb"(?:%s|%s)[\"'\[]?(%%s)[\"'\]]?%s*%s|\xe3\x80\x90(%%s)\xe3\x80\x91%s*%s?" % (
    BULLET, BEHIND, SPACE, COLON, SPACE, COLON,
)  # fmt: skip
ANY_PAIR = re.compile(PAIR % (LABEL, LABEL), re.MULTILINE)
SIGN = rb"(?:[-=*#_~+]|\xe2\x94[\x80-\x8b]|\xe2\x80\x94)"
RULE = re.compile(SIGN + rb"{3,}(?:\s*(?:\d{1,9}\.?\s*(?:row)?\s*)?" + SIGN + rb"{3,})?")
#: Lines, without EDGES around them, that hold nothing, and such that a row begins with.
BRACKETS = re.compile(rb"[(){}\[\]]+")
HEAD = re.compile(rb"\[.*\]|-\[.*|.*[({\[]", re.DOTALL)
EDGES = b" \t\r,;|&\"'"
#: A line, without spaces around it, that ends with an object behind other text, as logs write it.
LOGGED = re.compile(rb"[^{]+\{\s*[\"'].*\}\Z")
LEAST_LOGGED, LEAST_SHARE_LOGGED = 3, 1 / 3  # such lines
INNER_SPACE = re.compile(r"(?<=[^\x00-\x7f])[ \t\u3000]+(?=[^\x00-\x7f])")  # 姓　　名


class Labels(NamedTuple):
    """How a text holds labelled values.

    ``forms``: the label of each column as it is written, in UTF-8; the same for columns that follow each other where
    rows repeat it; b"" for the text in front of the first label of a line. ``lines``: each line is a row; ``blank``:
    blank lines and lines of signs part rows, and heads of sections begin them where there is a b""; ``logged``: lines
    without a label are rows, too, all text in front.
    """

    forms: tuple[bytes, ...]
    lines: bool
    blank: bool
    logged: bool = False

    @property
    def names(self) -> tuple[str | None, ...]:
        """The names of the columns."""
        return tuple(_name(form) or None for form in self.forms)


def find_labels(text: str, is_header_word: Callable[[str], bool], logged: bool = False) -> Labels | None:
    """The labels of a text that begins so; None where it does not consist of labels and values.

    ``logged``: it is enough if a third of its lines end with an object behind other text; these alone are looked at.
    """
    lines = [line.strip() for line in text.encode("utf-8", "replace").split(b"\n", LOOKED_AT)[:LOOKED_AT]]
    if logged:
        if not _is_log(lines):
            return None
        lines = [line for line in lines if LOGGED.match(line)]
    if not _begins_so(lines):
        return None
    found = [_labels_in(line) if line and not RULE.fullmatch(line) else None for line in lines]
    headed = [labels == [] and _is_head(line) for line, labels in zip(lines, found, strict=True)]
    found = [
        None if is_head or BRACKETS.fullmatch(line.strip(EDGES)) else labels
        for line, labels, is_head in zip(lines, found, headed, strict=True)
    ]
    count = Counter(label for labels in found if labels for label in labels)
    known = {label for label in count if is_header_word(_name(label))}
    if len({_name(label) for label in known}) < 2 or len(known) > MOST:
        return None
    least = max(2, LEAST_OF_LABEL * max(count[label] for label in known))
    taken = known | {label for label, times in count.most_common(MOST) if times >= least}
    told = [None if labels is None else [each for each in labels if each in taken] for labels in found]
    judged = [labels for labels in told if labels is not None]
    if sum(bool(known.intersection(labels)) for labels in judged) < LEAST_SHARE / 2 * len(judged):
        return None
    groups = _groups(told)
    in_blocks = sum(len(known.intersection(group)) > 1 for group in groups) >= LEAST_SHARE * len(groups) > 1
    some = sum(map(bool, judged)) < LEAST_SHARE * len(judged)
    below_title = sum(map(bool, judged)) >= LEAST_SHARE * len(judged[1:])
    if (
        some
        and not below_title
        and not (in_blocks and sum(map(bool, judged)) >= LEAST_SHARE_IN_BLOCKS * len(judged))
    ):
        return None
    in_lines = sum(len({*labels}) > 1 for labels in judged) >= LEAST_SHARE * len(judged)
    if (
        not in_lines
    ):  # as in a log: what stands in front of the first label of most lines is no value of the line before
        behind = sum(_is_behind(line, taken) for line, labels in zip(lines, told, strict=True) if labels)
        in_lines = behind >= LEAST_SHARE * sum(map(bool, judged))
    if logged and not in_lines:
        return None
    blank = len(groups) > 1 and sum(len({*group}) > 1 for group in groups) >= LEAST_SHARE * len(groups)
    order = [label for label in count if label in taken]
    repeated = [label for label in (groups[0] if blank else order) if count[label] > 1]
    first = (repeated or order)[0]
    front = [b""] if in_lines or some or (blank and any(headed)) else []
    columns = [first] * MOST_ALIKE + [label for label in order if label != first for _ in range(MOST_ALIKE)]
    most = Labels((*front, *columns), in_lines, blank)
    buffer = np.frombuffer(b"\n".join(lines), np.uint8)
    tokens = split(buffer, most, True, len(buffer) + 1)
    held = {*np.nonzero(tokens.end > tokens.start)[0].tolist()}
    kept = [
        form
        for column, (form, before) in enumerate(zip(most.forms, (b"", *most.forms), strict=False))
        if column in held or (some and not form) or form not in (b"", before)
    ]
    return Labels(tuple(kept), in_lines, blank, b"" in kept and (some or _is_log(lines)))


def _is_head(line: bytes) -> bool:
    """Whether a line may be the head of a section, as the kernel tells it."""
    return HEAD.fullmatch(line.strip(EDGES)) is not None


def _is_log(lines: list[bytes]) -> bool:
    """Whether at least a third of the lines, and a few, end with an object behind other text."""
    found = sum(LOGGED.match(line) is not None for line in lines)
    return found >= max(LEAST_LOGGED, LEAST_SHARE_LOGGED * sum(map(bool, lines)))


def _begins_so(lines: list[bytes]) -> bool:
    """Whether most of the first lines hold what may be a label: asked before all that takes longer."""
    telling = (line for line in lines if line and not RULE.fullmatch(line) and not BRACKETS.fullmatch(line))
    labelled = others = 0
    for line in islice(telling, FIRST):
        if ANY_PAIR.search(line):
            labelled += 1
        elif not _is_head(line):
            others += 1
            if others >= (FIRST + 1) // 2:  # and so it is not most, whatever follows
                return False
    return others < (labelled + others + 1) // 2


def _labels_in(line: bytes) -> list[bytes]:
    """The labels of a line, whatever they are."""
    found = []
    for pair in ANY_PAIR.finditer(line):
        label = pair[1] or pair[2]
        if pair.start() and pair[1]:  # words before the last one belong to the text
            label = label.rpartition(b" ")[2]
        if len(label) <= LONGEST:
            found.append(label)
    return found


def _is_behind(line: bytes, taken: set[bytes]) -> bool:
    """Whether the first label of a line stands behind other text."""
    first = next(
        (pair for pair in ANY_PAIR.finditer(line) if (pair[1] or pair[2]).rpartition(b" ")[2] in taken), None
    )
    return first is not None and bool(line[: first.start()].strip(EDGES))


def _groups(lines: list[list[bytes] | None]) -> list[list[bytes]]:
    """The labels of lines between blank ones (None)."""
    groups: list[list[bytes]] = [[]]
    for labels in lines:
        if labels is None:
            groups.append([])
        else:
            groups[-1] += labels
    return [group for group in groups if group]


@lru_cache(maxsize=64)
def _name(form: bytes) -> str:
    return INNER_SPACE.sub("", form.decode("utf-8", "replace"))


def split(buffer: Bytes, labels: Labels, final: bool, longest: int) -> Tokens:
    """The rows of a buffer that begins with a row; as ``kernels.tokenize`` tells those of delimited text.

    A line of more than ``longest`` bytes ends what can be read; rows that the buffer cuts are left for the next.
    """
    forms = sorted({*labels.forms} - {b""}, key=len, reverse=True)
    column = np.array([labels.forms.index(form) for form in forms], np.int32)
    columns = np.array([labels.forms.count(form) for form in forms], np.int32)
    first = forms.index(next(form for form in labels.forms if form))
    front = labels.forms.index(b"") if b"" in labels.forms else -1
    start, end, low, high, row, blank, consumed, overlong = rows_of(
        buffer,
        forms,
        column,
        columns,
        first,
        front,
        len(labels.forms),
        lines=labels.lines,
        blank=labels.blank,
        final=final,
        longest=longest,
    )
    why = np.full(len(row), WRONG_WIDTH, np.uint8)
    spans = np.ascontiguousarray(start.T), np.ascontiguousarray(end.T)
    tokens = Tokens(*spans, low, high, row, why, blank, consumed, overlong)
    return with_lines(tokens, front) if labels.logged and len(row) else tokens


def with_lines(tokens: Tokens, front: int) -> Tokens:
    """The rows of a buffer, its loose lines among them: text in the column ``front``."""
    width, sound = tokens.start.shape
    start, end = np.zeros((2, width, sound + len(tokens.loose_row)), np.int32)
    rows = tokens.rows
    start[:, rows], end[:, rows] = tokens.start, tokens.end
    start[front, tokens.loose_row], end[front, tokens.loose_row] = tokens.loose_start, tokens.loose_end
    nothing = np.zeros(0, np.int32)
    return tokens._replace(
        start=start,
        end=end,
        loose_start=nothing,
        loose_end=nothing,
        loose_row=nothing.astype(np.int64),
        loose_why=nothing.astype(np.uint8),
    )
