"""The first cells of columns, and which shapes of patterns/content_roles.toml they have."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from reference import knowledge
from reference.texts import decoded

ROWS, SPREAD = 1000, 250  # rows of the head; of them, at equal distances, the cells that shares are taken of
PROBE, MISSES = 12, 3  # first filled cells, and how many of them may lack a shape
LONGEST = 4096


def rule(name: str) -> dict[str, Any]:
    return knowledge.toml("content_roles.toml")[name]  # type: ignore[no-any-return]


@cache
def fits(name: str) -> Callable[[str], bool]:
    """Whether a cell has a shape."""
    entry = rule("shape")[name]
    if "words" in entry:
        words = frozenset(entry["words"])
        return lambda text: text in words
    if "holds" in entry:
        inner = re.compile(entry["holds"], re.ASCII)
        return lambda text: inner.search(text) is not None
    whole = re.compile(entry["pattern"], re.ASCII)
    return lambda text: whole.fullmatch(text) is not None


class Head:
    """A column's first cells, stripped; what only says that there is no value is empty."""

    def __init__(self, cells: Sequence[bytes | None]) -> None:
        empty = rule("empty")["words"]
        texts = [decoded((raw or b"")[:LONGEST]).strip() for raw in cells[:ROWS]]
        self.every = ["" if text in empty else text for text in texts]
        step = -(-len(self.every) // SPREAD) or 1
        self.texts = self.every[::step]
        self.filled = [text for text in self.texts if text]

    def may_be(self, name: str) -> bool:
        probe = self.filled[:PROBE]
        missed = sum(not fits(name)(text) for text in probe)
        return len(probe) >= rule("least")["rows"] and missed <= MISSES

    def share(self, name: str) -> float:
        return sum(map(fits(name), self.filled)) / len(self.filled) if self.may_be(name) else 0.0

    def is_(self, name: str) -> bool:
        entry = rule("shape")[name]
        if self.share(name) < entry.get("share", rule("least")["share"]):
            return False
        telling = set(entry.get("telling", ()))
        return not telling or len(telling & set(self.filled)) >= entry.get("kinds", 0)

    def variety(self) -> float:
        return len(set(self.filled)) / max(1, len(self.filled))


class Heads(list[Head]):
    """The columns of a table."""

    def of(self, name: str) -> list[int]:
        """Those of a shape."""
        return [n for n, head in enumerate(self) if head.is_(name)]

    def pairs(self, one: int, other: int) -> list[tuple[str, str]]:
        """The cells of the rows in which both are filled."""
        return [(a, b) for a, b in zip(self[one].texts, self[other].texts, strict=True) if a and b]
