"""The number by which a row is drawn: it hangs on the seed, the bytes of its file, its table and its place alone.

So the draw is the same however the file was cut, on however many threads, and whatever else was scanned beside it;
and it is not open to choice once the seed is told. Two words K, L are the 16 bytes of BLAKE2b over the text
``leaktally-sample-1``, seed, SHA-256 of the input in hex, and table ("" for none), each ended by a line feed, read as
little-endian numbers of 64 bits. The number of row r is mix(mix(r + K) + L), modulo 2^64, where mix is the finaliser of
SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014). Those with the lowest numbers are drawn.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

RULE = "leaktally-sample-1"
MOST_SEED = (1 << 63) - 1


def words_of(seed: int, identity: str, table: str | None) -> tuple[int, int]:
    """K and L; ``identity``: SHA-256 of the input in hex."""
    text = "".join(f"{part}\n" for part in (RULE, seed, identity, table or ""))
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")


def numbers(rows: NDArray[np.uint64], words: tuple[int, int]) -> NDArray[np.uint64]:
    """uint64[n]: the number of each row (uint64[n], from 0, as in the findings) of one table; no two are equal."""
    return _mix(_mix(rows + np.uint64(words[0])) + np.uint64(words[1]))


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
