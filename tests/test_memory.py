"""What was read is given back at once: memory does not grow with the file."""

import gc
from datetime import date
from pathlib import Path

import numpy as np

import scanner
from scanner.distinct import DistinctStore
from scanner.freed import give_back
from scanner.kernels.unions import spread
from scanner.model import Batch, Cells
from scanner.ties import Place, TiedValues

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
    places = {1: Place(where, ((phone, 1),)), 2: Place(where, ((phone, 1), (card, 1)))}
    values = TiedValues(DistinctStore(), places, {(where, phone), (where, card)})
    runs = {group[-1]: run for group, run in values.of(keys)}
    assert {name: len(run) for name, run in runs.items()} == {"phone": 50_000, "card": 5}
    assert runs["card"].keys.base is None  # no view of all that was taken together


def test_free_memory_goes_back_to_the_system():
    def resident() -> int:
        status = Path("/proc/self/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)

    held = [
        np.ones(1 << 13, np.uint8) for _ in range(8 << 10)
    ]  # 64 MB, too small each to be given back alone
    kept = np.ones(1 << 13, np.uint8)  # behind them
    before = resident()
    del held
    give_back()
    assert len(kept) == 1 << 13
    if hasattr(__import__("ctypes").pythonapi, "malloc_trim") and before:
        assert before - resident() > 32 << 10
