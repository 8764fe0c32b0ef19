"""ORC files, stripe by stripe, in a child process (``child_main``): their decoder trusts what lengths a file claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import orc

from scanner.sources.messages import Sheet, Trouble, Unit
from scanner.sources.slices import slices


def read(file: BinaryIO, start: int, options: dict[str, Any]) -> Iterator[Any]:
    """Messages of the stripes from number ``start`` on."""
    try:
        stripes = orc.ORCFile(file)
    except (pa.ArrowException, OSError, ValueError):
        yield Trouble("is not a whole ORC file", fatal=True)
        return
    sheet = Sheet(None, tuple(stripes.schema.names), "orc")
    for number in range(start, stripes.nstripes):
        yield Unit(number, f"stripe {number + 1}")
        yield sheet
        try:
            yield from slices(stripes.read_stripe(number))
        except (pa.ArrowException, OSError, ValueError):
            yield Trouble(f"stripe {number + 1} of {stripes.nstripes} is damaged; its rows could not be read")
