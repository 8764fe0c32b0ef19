"""The keyed digest of kernels/digest_aes.h, byte by byte; AES as FIPS 197 describes it."""

from __future__ import annotations

from collections.abc import Callable

Hash = Callable[[bytes, int, int, int, int], tuple[int, int]]


def times_two(byte: int) -> int:
    """In the field of AES."""
    return (byte << 1) ^ (0x11B if byte & 0x80 else 0)


def product(one: int, other: int) -> int:
    result = 0
    while other:
        result ^= one if other & 1 else 0
        one, other = times_two(one), other >> 1
    return result


def substitute(byte: int) -> int:
    """The S-box: the inverse in the field, and an affine map."""
    inverse = next((x for x in range(256) if product(byte, x) == 1), 0)
    rotated = [inverse << shift | inverse >> (8 - shift) for shift in range(5)]
    return (rotated[0] ^ rotated[1] ^ rotated[2] ^ rotated[3] ^ rotated[4] ^ 0x63) & 0xFF


SBOX = [substitute(byte) for byte in range(256)]
PRODUCTS = {factor: [product(byte, factor) for byte in range(256)] for factor in (1, 2, 3)}
MIX = [
    [PRODUCTS[factor] for factor in row] for row in ((2, 3, 1, 1), (1, 2, 3, 1), (1, 1, 2, 3), (3, 1, 1, 2))
]
FROM = [(at % 4) + 4 * ((at // 4 + at % 4) % 4) for at in range(16)]


def aes_round(state: bytes, key: bytes) -> bytes:
    """SubBytes, ShiftRows, MixColumns, AddRoundKey; byte r + 4c is row r of column c."""
    shifted = [SBOX[state[place]] for place in FROM]
    mixed = []
    for at in range(0, 16, 4):
        a, b, c, d = shifted[at : at + 4]
        mixed += [one[a] ^ two[b] ^ three[c] ^ four[d] for one, two, three, four in MIX]
    return xor(bytes(mixed), key)


def xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "little") ^ int.from_bytes(other, "little")).to_bytes(len(one), "little")


def aes_digest(data: bytes, k0: int, k1: int, siphash128: Hash) -> tuple[int, int]:
    """(low, high) 64-bit words of the digest of a text."""
    words = [siphash128(number.to_bytes(8, "little"), k0, k1, 1, 3) for number in range(8)]
    secret = [low.to_bytes(8, "little") + high.to_bytes(8, "little") for low, high in words]
    lanes, keys = secret[:4], secret[4:]

    def four_rounds(state: bytes) -> bytes:
        for key in keys:
            state = aes_round(state, key)
        return state

    padded = data + bytes(-len(data) % 64)
    for at in range(0, len(padded), 64):
        pieces = [padded[at + 16 * lane : at + 16 * lane + 16] for lane in range(4)]
        lanes = [four_rounds(xor(lane, piece)) for lane, piece in zip(lanes, pieces, strict=True)]
    state = four_rounds(lanes[0])
    for lane in lanes[1:]:
        state = four_rounds(xor(state, lane))
    state = four_rounds(four_rounds(xor(state, len(data).to_bytes(16, "little"))))
    return int.from_bytes(state[:8], "little"), int.from_bytes(state[8:], "little")
