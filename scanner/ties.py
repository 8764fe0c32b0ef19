"""The numbers and names of a batch's rows, as the tuples that link rows to persons."""

from __future__ import annotations

from collections.abc import Container
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.kernels.ties import tie_rows
from scanner.links import LinkStore
from scanner.model import Column
from scanner.tally import Fact, Groups, Rows, Signature, TableKey, Tally

Keys = NDArray[np.uint64]


class Tie(NamedTuple):
    """The values of one identity fact: ``cell`` int32[n], ascending, and ``keys`` uint64[n, w] of each.

    ``number``: whether it tells persons apart; a name does not.
    """

    fact: Fact
    number: bool
    column: Column
    cell: Rows
    keys: Keys


def add_links(ties: list[Tie], groups: Groups, size: int, where: TableKey, tally: Tally) -> None:
    """Adds a tuple for each row that holds an identity fact; further ones where a row holds several values of one.

    A tuple has a word for each identity fact of the row's signature, in the order of the facts (``tied``).
    """
    ties = sorted(ties, key=lambda tie: tie.fact)
    facts = tuple((tie.fact, tie.number) for tie in ties)
    if not any(number for _, number in facts) or not size:
        return
    kinds: dict[tuple[int, ...], int] = {(): 0}  # which facts tuples have: these are fewer than signatures
    kind = np.zeros(len(groups.signatures), np.int32)
    tags = np.zeros(len(groups.signatures), np.uint64)
    known = _known(facts)
    for group, signature in enumerate(groups.signatures):
        held = known.get(signature)
        if held is None:
            held = known[signature] = _held(signature, facts)
        if held:
            kind[group] = kinds.setdefault(held, len(kinds))
            tags[group] = tally.link_tag(where, signature)
    links = LinkStore(tally.store)
    for tuples in tie_rows([_values(tie) for tie in ties], groups.of_row, kind, tags, list(kinds)):
        links.add_spread(tuples)


def tied(signature: Signature, facts: Container[Fact]) -> list[Fact]:
    """Those of ``facts`` that a signature has, in the order of the words of its tuples."""
    return sorted(fact for fact in signature if fact in facts)


@lru_cache(maxsize=64)
def _known(facts: tuple[tuple[Fact, bool], ...]) -> dict[Signature, tuple[int, ...]]:
    """What is known of signatures (see ``_held``) where a batch has these facts: hashing them takes long."""
    return {}


def _held(signature: Signature, facts: tuple[tuple[Fact, bool], ...]) -> tuple[int, ...]:
    """The positions of a signature's facts in ``facts``; nothing if it has no number."""
    places = {fact: place for place, (fact, _) in enumerate(facts)}
    if not any(number and fact in signature for fact, number in facts):
        return ()
    return tuple(places[fact] for fact in tied(signature, places))


def _values(tie: Tie) -> tuple[Rows, Keys, Rows | None, int]:
    """What ``tie_rows`` takes of a fact."""
    column = tie.column
    if column.codes is None and column.rows is not None:
        return column.rows[tie.cell], tie.keys, None, 0
    return tie.cell, tie.keys, column.codes, len(column.cells)
