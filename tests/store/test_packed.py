"""Lists of very many plain values, packed: the same as a plain list, wherever the pieces lie."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.store.packed import TOGETHER, Packed, Pieces, listed

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just("\udce4"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(PLAIN, max_size=20), st.slices(60), st.integers(0, 59))
def test_as_a_list(values, part, at):
    values = values * 3
    together, found = Packed(values), listed(values)
    assert list(together) == list(found) == values
    assert together == values == found
    assert together[part] == values[part]
    if at < len(values):
        assert together[at] == values[at]
        assert together[-at - 1] == values[-at - 1]


@pytest.mark.parametrize("limit", [0, 1 << 12, 1 << 30])
@pytest.mark.parametrize("count", [0, 1, TOGETHER - 1, TOGETHER, 3 * TOGETHER + 5])
def test_any_number_of_values_in_memory_and_in_a_file(tmp_path, limit, count):
    values = [{"number": number, "name": f"{number}\udce4姓名"} for number in range(count)]
    found = Packed(folder=str(tmp_path))
    found._pieces = Pieces(str(tmp_path), limit)
    found.extend(values)
    assert len(found) == count
    assert list(found) == values
    assert list(found) == [found[at] for at in range(count)]
    assert [found[at] for at in reversed(range(count))] == values[::-1]
    assert found[: count // 2] == values[: count // 2]
    assert found == values
    assert found == Packed(values)
    assert found != [*values, 1]
    assert not count or found != [*values[:-1], 1]
    found.append(7)
    assert found[-1] == 7
    for wrong in (count + 1, -count - 2):
        with pytest.raises(IndexError):
            found[wrong]
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]  # files have no names


def test_few_values_are_a_plain_list():
    assert type(listed(range(TOGETHER - 1))) is list
    assert type(listed(range(TOGETHER))) is Packed
    assert listed([]) == []


def test_very_many_values_take_little_memory(tmp_path):
    tracemalloc.start()
    found = Packed(
        ({"path": f"/some/where/{n}", "rows": n, "why": None} for n in range(100_000)), str(tmp_path)
    )
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 100_000 * 60
    assert found[77_777]["path"] == "/some/where/77777"
