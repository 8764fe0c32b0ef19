"""The hashes of an input: SHA-256 always, SM3 (GM/T 0004-2012) beside it where it is asked for.

SM3 has no instructions of its own in common processors and takes several times as long, so it is computed on a
thread of its own, on the same bytes at the same time.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

SM3 = "sm3"
ALGORITHMS = ("sha256", SM3)


class Digest(Protocol):
    """A hash that takes its bytes piece by piece."""

    def update(self, data: memoryview, /) -> None:
        """Adds bytes."""
        ...

    def hexdigest(self) -> str:
        """The hash of all bytes so far, in hex."""
        ...


class _OtherSm3:
    """SM3 of the package cryptography, for a Python whose OpenSSL has none."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives import hashes

        self._hash = hashes.Hash(hashes.SM3())

    def update(self, data: memoryview, /) -> None:
        self._hash.update(data)

    def hexdigest(self) -> str:
        return self._hash.copy().finalize().hex()


def sm3() -> Digest:
    """A new SM3 hash."""
    try:
        return hashlib.new(SM3)
    except ValueError:
        return _OtherSm3()


class Digests:
    """The hashes of one input. ``update`` takes the bytes in order and is done with them when it returns."""

    def __init__(self, with_sm3: bool = False) -> None:
        self._sha256 = hashlib.sha256()
        self._sm3 = sm3() if with_sm3 else None
        self._beside = ThreadPoolExecutor(1, "leaktally-sm3") if with_sm3 else None

    def update(self, data: memoryview) -> None:
        """Adds bytes to all hashes."""
        if self._beside is None or self._sm3 is None:
            self._sha256.update(data)
            return
        other = self._beside.submit(self._sm3.update, data)
        self._sha256.update(data)
        other.result()

    @property
    def sha256(self) -> str:
        """SHA-256 of all bytes so far, in hex."""
        return self._sha256.hexdigest()

    @property
    def sm3(self) -> str | None:
        """SM3 of all bytes so far, in hex; None where it was not asked for."""
        return self._sm3.hexdigest() if self._sm3 else None

    def close(self) -> None:
        """Ends the thread, if there is one."""
        if self._beside is not None:
            self._beside.shutdown()
