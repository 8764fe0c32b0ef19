"""The limits of reading: a noun of the house (``model``) that the command line shows without loading the others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a hostile file may ask for; what is beyond is left out, named in the report, and makes it partial.

    Of containers: ``depth`` of nesting; ``entries`` of one outermost file; ``output`` bytes that come out of it, all
    levels together (and never more in private files than half of what the disk has left); ``ratio``: bytes of a
    member for each byte it takes up in its container, once ``armed`` bytes came out. ``line``, ``cell``: bytes.
    Of a reader in a child process: ``seconds`` without an answer, and ``memory`` in bytes.
    """

    depth: int = 8
    entries: int = 100_000
    output: int = 64 << 30
    ratio: int = 200
    armed: int = 16 << 20
    line: int = 32 << 20
    cell: int = 16 << 20
    seconds: int = 120
    memory: int = 1 << 30
