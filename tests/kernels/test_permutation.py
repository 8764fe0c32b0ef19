import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.permutation import permute, unpermute

MASK = (1 << 64) - 1


def test_permutation_published_vector():
    # Speck64/128, "The SIMON and SPECK Families of Lightweight Block Ciphers", appendix C
    result = permute(np.array([0x3B7265747475432D], np.uint64), 0x0B0A090803020100, 0x1B1A191813121110)
    assert int(result[0]) == 0x8C6FA548454E028B


def reference_speck(value: int, k0: int, k1: int) -> int:
    """Speck64/128 as the paper writes it."""
    half = (1 << 32) - 1
    key, spare = k0 & half, [k0 >> 32, k1 & half, k1 >> 32]
    x, y = value >> 32, value & half
    for index in range(27):
        x = ((x >> 8 | x << 24) + y & half) ^ key
        y = ((y << 3 | y >> 29) & half) ^ x
        spare.append((key + (spare[index] >> 8 | spare[index] << 24) & half) ^ index)
        key = ((key << 3 | key >> 29) & half) ^ spare[index + 3]
    return x << 32 | y


@given(st.lists(st.integers(0, MASK), max_size=80), st.integers(0, MASK), st.integers(0, MASK))
def test_permutation_agrees_with_reference(values, k0, k1):
    for path in (0, 1):  # without wide vectors, and with them if the machine has them
        found = permute(np.array(values, np.uint64), k0, k1, path).tolist()
        assert found == [reference_speck(value, k0, k1) for value in values]


def test_permutation_is_one_to_one():
    values = np.arange(200_000, dtype=np.uint64)
    assert len(np.unique(permute(values, 3, 4))) == len(values)


@given(st.lists(st.integers(0, MASK), max_size=80), st.integers(0, MASK), st.integers(0, MASK))
def test_the_permutation_can_be_undone(values, k0, k1):
    assert unpermute(permute(np.array(values, np.uint64), k0, k1), k0, k1).tolist() == values
