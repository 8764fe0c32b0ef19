"""Ways to damage a file: cut off, bytes flipped, blocks swapped."""

from __future__ import annotations

import random
from collections.abc import Iterator

PARTS = 64
BLOCK = 512


def cuts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The file cut off at each 1/64 of it, but for nothing and all of it."""
    for part in range(1, PARTS):
        at = len(data) * part // PARTS
        yield f"cut at {part}/{PARTS} (byte {at})", data[:at]


def flips(data: bytes, count: int, draw: random.Random) -> Iterator[tuple[str, bytes]]:
    """Files with bytes changed, in turn one, one and sixteen of a file, until ``count`` bytes are."""
    number = 0
    while count > 0:
        changed = bytearray(data)
        size = 16 if number % 3 == 2 else 1
        places = [draw.randrange(len(data)) for _ in range(size)]
        for place in places:
            changed[place] ^= draw.randrange(1, 256)
        yield f"bytes {sorted(places)} changed", bytes(changed)
        number, count = number + 1, count - size


def swaps(data: bytes, count: int, draw: random.Random) -> Iterator[tuple[str, bytes]]:
    """So many files, each with two blocks of 512 bytes exchanged; only of what has some."""
    blocks = len(data) // BLOCK
    for _ in range(count if blocks > 1 else 0):
        one, other = sorted(draw.sample(range(blocks), 2))
        first, second = slice(one * BLOCK, (one + 1) * BLOCK), slice(other * BLOCK, (other + 1) * BLOCK)
        changed = bytearray(data)
        changed[first], changed[second] = data[second], data[first]
        yield f"blocks {one} and {other} of {BLOCK} swapped", bytes(changed)
