"""The traditional cipher of zip archives agrees with a slow one, however its bytes are cut."""

from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.zip_cipher import ZipCipher


def deciphered(password: bytes, data: bytes) -> bytes:
    """As APPNOTE 6.1 writes it."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def crc(value: int, byte: int) -> int:
        return zlib.crc32(bytes([byte]), value ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    def move(byte: int) -> None:
        keys[0] = crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) % (1 << 32)
        keys[2] = crc(keys[2], keys[1] >> 24)

    for byte in password:
        move(byte)
    plain = []
    for byte in data:
        mask = (keys[2] & 0xFFFF) | 2
        plain.append(byte ^ (mask * (mask ^ 1) >> 8) & 0xFF)
        move(plain[-1])
    return bytes(plain)


@given(st.binary(max_size=40), st.binary(max_size=300), st.integers(1, 60))
def test_as_the_slow_one(password: bytes, data: bytes, step: int) -> None:
    cipher = ZipCipher(password)
    pieces = [cipher.decrypt(data[at : at + step]) for at in range(0, len(data), step)]
    assert b"".join(pieces) == deciphered(password, data)


def test_nothing() -> None:
    assert ZipCipher(b"").decrypt(b"") == b""
