"""Tables that Python holds in memory, as Arrow record batches: pandas objects and Arrow streams."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa

ROWS = 1 << 16
_KINDS = "give a path, a list of paths, a DataFrame, a Series or an Arrow stream"
# What pyarrow raises for values that have no type in common, or none of Arrow's.
_UNFIT = (pa.ArrowException, TypeError, ValueError, OverflowError, UnicodeError)


def reader_of(data: Any) -> pa.RecordBatchReader:
    """The record batches of a pandas DataFrame or Series, or of anything with ``__arrow_c_stream__``.

    Of a pandas index only levels that have a name are data; they come first, once. Raises TypeError for
    anything else, in one sentence.
    """
    kind = type(data).__name__
    if type(data).__module__.partition(".")[0] == "pandas" and kind not in ("DataFrame", "Series"):
        raise TypeError(f"cannot scan a {kind}: {_KINDS}")
    if type(data).__module__.partition(".")[0] == "pandas":
        return _frame(data.to_frame() if kind == "Series" else data).to_reader(ROWS)
    if isinstance(data, pa.Array | pa.ChunkedArray):  # a single column has no header
        return pa.table([data], [""]).to_reader(ROWS)
    if not hasattr(data, "__arrow_c_stream__"):
        raise TypeError(f"cannot scan a {kind}: {_KINDS}")
    try:
        return pa.RecordBatchReader.from_stream(data)
    except _UNFIT:
        pass  # a stream of single values, such as a polars Series
    try:
        return pa.table([pa.chunked_array(data)], [str(getattr(data, "name", None) or "")]).to_reader(ROWS)
    except _UNFIT as error:
        raise TypeError(
            f"cannot scan a {kind}: its Arrow stream is no table ({type(error).__name__})"
        ) from None


def _frame(frame: Any) -> pa.Table:
    """A DataFrame as a table: named index levels that are no column besides, then the columns."""
    names = [_name(label) for label in frame.columns]
    levels = [
        (str(name), frame.index.get_level_values(place))
        for place, name in enumerate(frame.index.names)
        if name is not None and str(name) not in names
    ]
    columns = [(name, frame.iloc[:, place]) for place, name in enumerate(names)]
    both = levels + columns
    return pa.table([_array(values) for _, values in both], [name for name, _ in both])


def _name(label: Any) -> str:
    """A column's label as a header; the parts of a MultiIndex joined with dots."""
    return ".".join(str(part) for part in label) if isinstance(label, tuple) else str(label)


def _array(values: Any) -> pa.Array | pa.ChunkedArray:
    """One column; values without a common type become text, each by itself."""
    try:
        return pa.array(values, from_pandas=True)
    except _UNFIT:
        return pa.array([_text(value) for value in values], pa.binary())


def _text(value: Any) -> bytes | None:
    """One value as text: nothing for None, NaN, NaT and NA; whole floats as the integers that they were."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return (str(int(value)) if value.is_integer() else repr(float(value))).encode()
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    return str(value).encode("utf-8", "backslashreplace")
