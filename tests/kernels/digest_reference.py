"""The keyed digests of kernels/digest_aes.h and digest_cells.h, byte by byte; AES as FIPS 197 describes it."""

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


def secret_words(numbers: range, k0: int, k1: int, siphash128: Hash) -> list[bytes]:
    words = [siphash128(number.to_bytes(8, "little"), k0, k1, 1, 3) for number in numbers]
    return [low.to_bytes(8, "little") + high.to_bytes(8, "little") for low, high in words]


def rounds(state: bytes, keys: list[bytes]) -> bytes:
    for key in keys:
        state = aes_round(state, key)
    return state


def place_words(place: int, k0: int, k1: int, siphash128: Hash) -> tuple[list[bytes], list[bytes]]:
    """Four secrets of 128 bits of a column's place for letters and digits, and four for all of a cell."""
    words = secret_words(range(8 + 8 * place, 16 + 8 * place), k0, k1, siphash128)
    return words[:4], words[4:]


def aes_cell(text: bytes, lanes: list[bytes], keys: list[bytes]) -> int:
    """What a text of a cell adds to its row's sum."""
    padded = text + bytes(-len(text) % 64 if text else 64)
    for at in range(0, len(padded), 64):
        pieces = [padded[at + 16 * lane : at + 16 * lane + 16] for lane in range(4)]
        lanes = [rounds(xor(lane, piece), keys) for lane, piece in zip(lanes, pieces, strict=True)]
    return int.from_bytes(lanes[0], "little") ^ int.from_bytes(
        xor(xor(lanes[1], lanes[2]), lanes[3]), "little"
    )


def cell_sums(
    texts: tuple[bytes, bytes], place: int, k0: int, k1: int, aes: bool, siphash128: Hash
) -> tuple[int, int]:
    """What a cell adds to its row's sums: its letters and digits, and all of it in its normal form."""
    words = place_words(place, k0, k1, siphash128)
    found = []
    for text, lanes, key in zip(texts, words, (k0 ^ 3, k0), strict=True):
        if aes:
            found.append(aes_cell(text, lanes, secret_words(range(4, 8), key, k1, siphash128)))
        else:
            own = int.from_bytes(lanes[0][:8], "little"), int.from_bytes(lanes[0][8:], "little")
            low, high = siphash128(text, *own, 1, 3)
            found.append(low | high << 64)
    return found[0], found[1]


def row_digest(
    cells: list[tuple[bytes, bytes]], k0: int, k1: int, aes: bool, siphash128: Hash
) -> tuple[int, int]:
    """128 bits of the letters and digits of a row's cells, and 128 of all of them."""
    like = exact = 0
    for place, texts in enumerate(cells):
        one, other = cell_sums(texts, place, k0, k1, aes, siphash128)
        like, exact = like ^ one, exact ^ other
    if not aes:
        return like, exact
    keys = [word for key in (k0 ^ 3, k0) for word in secret_words(range(4, 8), key, k1, siphash128)]
    spread = [rounds(each.to_bytes(16, "little"), keys) for each in (like, exact)]
    return int.from_bytes(spread[0], "little"), int.from_bytes(spread[1], "little")


def aes_digest(data: bytes, k0: int, k1: int, siphash128: Hash) -> tuple[int, int]:
    """(low, high) 64-bit words of the digest of a text."""
    secret = secret_words(range(8), k0, k1, siphash128)
    lanes, keys = secret[:4], secret[4:]
    padded = data + bytes(-len(data) % 64)
    for at in range(0, len(padded), 64):
        pieces = [padded[at + 16 * lane : at + 16 * lane + 16] for lane in range(4)]
        lanes = [rounds(xor(lane, piece), keys) for lane, piece in zip(lanes, pieces, strict=True)]
    state = rounds(lanes[0], keys)
    for lane in lanes[1:]:
        state = rounds(xor(state, lane), keys)
    state = rounds(rounds(xor(state, len(data).to_bytes(16, "little")), keys), keys)
    return int.from_bytes(state[:8], "little"), int.from_bytes(state[8:], "little")
