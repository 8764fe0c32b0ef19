"""What was read is given back at once: memory does not grow with the file."""

import ctypes
import gc
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import scanner
from scanner.kernels.unions import spread
from scanner.model import Batch, Cells
from scanner.store import freed
from scanner.store.distinct import DistinctStore
from scanner.store.freed import give_back, give_back_if_grown, make_room
from scanner.tallies.ties import Place, TiedValues

DEMO = Path(__file__).parent.parent / "fixtures" / "demo"


def test_no_cells_are_left_for_the_collector():
    scanner.scan(DEMO, as_of=date(2026, 11, 21))  # tables that are kept are made now
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        scanner.scan(DEMO, as_of=date(2026, 11, 21), jobs=1)
        gc.collect()
        left = [each for each in gc.garbage if isinstance(each, Cells | Batch)]
    finally:
        gc.set_debug(0)
        gc.enable()
        gc.garbage.clear()
    assert left == []


def test_a_few_values_of_tuples_do_not_keep_the_memory_of_many():
    where, phone, card = (0, None), (0, "phone"), (1, "card")
    keys = np.random.default_rng(1).integers(1, 1 << 63, (50_000, 3), np.uint64)
    keys[:, 2], keys[:5, 2] = 1, 2
    spread(keys)
    both = frozenset([phone, card])
    places = {1: Place(where, ((phone, 1),), both), 2: Place(where, ((phone, 1), (card, 1)), both)}
    values = TiedValues(DistinctStore(), places)
    runs = {group[-1]: run for group, run in values.of(keys)}
    assert {name: len(run) for name, run in runs.items()} == {"phone": 50_000, "card": 5}
    assert runs["card"].keys.base is None  # no view of all that was taken together


TRIMS = hasattr(ctypes.pythonapi, "malloc_trim") and freed.held() > 0


def small_arrays(count: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Arrays of 8 KB, too small each to be given back alone, and one that lies behind them."""
    return [np.ones(1 << 13, np.uint8) for _ in range(count)], np.ones(1 << 13, np.uint8)


def test_free_memory_goes_back_to_the_system():
    several, _last = small_arrays(8 << 10)
    before = freed.held()
    del several
    give_back()
    if TRIMS:
        assert before - freed.held() > 32 << 20


@pytest.mark.skipif(not hasattr(ctypes.pythonapi, "mallinfo2"), reason="the C library does not tell")
def test_free_memory_goes_back_where_there_is_much_of_it_in_a_large_process(monkeypatch):
    give_back()
    monkeypatch.setattr(freed, "GROWTH", 32 << 20)
    several, _last = small_arrays(8 << 10)
    before = freed.held()
    for left, large, goes_back in ((6 << 10, 0, False), (0, 1 << 50, False), (0, 0, True)):
        del several[left:]
        give_back_if_grown(large)
        assert (before - freed.held() > 32 << 20) == goes_back


@pytest.mark.skipif(not TRIMS, reason="the C library does not tell, or gives nothing back")
def test_room_is_made_before_much_is_asked_for():
    give_back()
    several, _last = small_arrays(8 << 10)
    before = freed.held()
    del several
    memory = 4 * before // 3  # what is held is just below the share from which on memory goes back
    make_room(memory + (1 << 20), 0)
    assert before - freed.held() < 32 << 20
    make_room(memory + (1 << 20), 8 << 20)
    assert before - freed.held() > 32 << 20
