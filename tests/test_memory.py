"""What was read is given back at once: memory does not grow with the file."""

import gc
from datetime import date
from pathlib import Path

import scanner
from scanner.model import Batch, Cells

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
