"""How often the encoding of damaged files is decided rightly: at least 995 of 1,000."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from memory_file import MemoryFile
from test_probe import ENCODED, SIMPLE, text

from scanner.sources.probe import find_encoding

KINDS = [*ENCODED, ("utf-32-le", SIMPLE, "utf-32-le")]


def files() -> Iterator[tuple[bytes, str]]:
    """Damaged files and their encodings."""
    rng = random.Random(3)
    for codec, letters, expected in KINDS:
        wide = codec.startswith(("utf-16", "utf-32"))
        for lines in (3, 50, 1000):
            whole = text(letters, lines, rng.randrange(99)).encode(codec)
            for share in (0.0, 0.0001, 0.005, 0.02):
                data = bytearray(whole)
                for _ in range(int(share * len(data)) + (share > 0)):
                    data[rng.randrange(len(data))] = rng.randrange(256)
                yield bytes(data), expected
            for cut in range(4):
                yield whole[: len(whole) - cut], expected
                if not wide:
                    yield whole[cut:], expected
                    nul = bytearray(whole)
                    nul[rng.randrange(len(nul))] = 0
                    yield bytes(nul), expected
        for before in () if wide else (1 << 16, 10 << 20):
            ascii_rows = b"1,abc,13800138000\n" * (before // 18)
            yield ascii_rows + text(letters, 30).encode(codec) + ascii_rows[: before // 5], expected


@pytest.mark.timeout(120)
def test_the_share_of_right_decisions() -> None:
    decided = [(find_encoding(MemoryFile(data)).name, expected) for data, expected in files()]
    wrong = [pair for pair in decided if pair[0] != pair[1]]
    assert len(decided) > 300
    assert len(wrong) <= 0.005 * len(decided), wrong
