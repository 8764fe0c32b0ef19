"""Age files that others open, of every size about a chunk."""

from __future__ import annotations

import random

import pyrage
import pytest

from scanner.errors import ScannerError
from scanner.sampling import sealed
from scanner.sampling.sealed import CHUNK, seal, unseal


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_another_program_opens_what_was_sealed(size, monkeypatch):
    monkeypatch.setattr(sealed, "WORK", 10)  # the same format, less work
    data = random.Random(size).randbytes(size)
    made = seal(data, "电池 battery")
    assert pyrage.passphrase.decrypt(made, "电池 battery") == data
    assert seal(data, "电池 battery") != made


def test_every_changed_byte_is_found(monkeypatch):
    monkeypatch.setattr(sealed, "WORK", 10)
    made = seal(b"some text", "x")
    assert unseal(made, "x", "f") == b"some text"
    with pytest.raises(ScannerError, match="passphrase is wrong"):
        unseal(made, "y", "f")
    for place in range(len(sealed.MAGIC), len(made)):
        damaged = bytearray(made)
        damaged[place] ^= 1
        with pytest.raises(ScannerError, match=r"f (cannot be opened|was sealed)"):
            unseal(bytes(damaged), "x", "f")


def test_the_work_is_that_of_the_stock_program():
    assert seal(b"", "x").splitlines()[1].endswith(b" 18")
