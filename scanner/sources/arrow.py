"""Arrow record batches as batches of cells: the way of Parquet, data frames and anything with an Arrow stream.

pyarrow.compute takes 50 ms to load, and strings do not need it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scanner.model import Batch, Cells, Column, Issue, Table, Why

Rows = NDArray[np.int32]
Leaf = tuple[str, str, pa.Array, Rows | None]  # name, kind, values, row of each value
Roles = tuple[str | None, ...]
ContentRoles = Callable[[Sequence[str | None], Callable[[], Sequence[Cells]]], Roles | None]
HEAD = 1000  # rows that show what columns are
LARGEST_EXACT = 2.0**63


def kind_of(kind: pa.DataType) -> str:
    """The kind of a leaf type, as ``model.Table.kinds`` names it."""
    if pa.types.is_dictionary(kind):
        return kind_of(kind.value_type)
    if pa.types.is_floating(kind):
        return "float"
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return "integer"
    is_text = (
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary_view(kind)
    )
    return "text" if is_text else "other"


def values_of(array: pa.Array, null: float = 0) -> NDArray[Any]:
    """Numbers or truths as numpy has them, with ``null`` where there is none.

    Arrow's own ``to_numpy`` and ``fill_null`` load pandas, which takes 0.3 s and 40 MB.
    """
    truths, kind = pa.types.is_boolean(array.type), str(array.type)
    width = np.dtype({"float": "float32", "double": "float64"}.get(kind, kind))
    if not len(array):
        return np.zeros(0, width)
    first, stop, held = array.offset, array.offset + len(array), array.buffers()[1]
    if truths:
        bits = np.frombuffer(held, np.uint8)[first // 8 : -(-stop // 8)]
        found = np.unpackbits(bits, bitorder="little")[first % 8 :][: len(array)].view(np.bool_)
    else:
        found = np.frombuffer(held, width, stop)[first:]
    if array.null_count:
        found = np.where(values_of(array.is_null()), found.dtype.type(null), found)
    return found


def leaves(name: str, array: pa.Array, rows: Rows | None = None) -> Iterator[Leaf]:
    """The leaf arrays of a possibly nested array: struct fields as ``a.b``, list elements as ``a[]``."""
    kind = array.type
    if pa.types.is_nested(kind):
        import pyarrow.compute as pc
    if isinstance(array, pa.ExtensionArray):
        yield from leaves(name, array.storage, rows)
    elif pa.types.is_struct(kind):
        for field, child in zip(kind, array.flatten(), strict=True):
            yield from leaves(f"{name}.{field.name}", child, rows)
    elif pa.types.is_map(kind):
        parents = pc.list_parent_indices(array.cast(pa.list_(pa.struct([kind.key_field, kind.item_field]))))
        owner = values_of(parents).astype(np.int32)
        entries = array.cast(pa.list_(pa.struct([kind.key_field, kind.item_field]))).flatten()
        yield from leaves(f"{name}[]", entries, owner if rows is None else rows[owner])
    elif (
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
        or pa.types.is_list_view(kind)
        or pa.types.is_large_list_view(kind)
    ):
        if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
            array = array.cast(pa.large_list(kind.value_type))
        parents = pc.list_parent_indices(array)
        owner = values_of(parents).astype(np.int32)
        yield from leaves(f"{name}[]", pc.list_flatten(array), owner if rows is None else rows[owner])
    else:
        yield name, kind_of(kind), array, rows


def _float_text(array: pa.Array) -> pa.Array:
    """Floats as text: whole numbers without a point, so that 13800138000.0 is seen as the phone it was."""
    import pyarrow.compute as pc

    if array.type != pa.float64():
        array = array.cast(pa.float64())
    values = values_of(array, float("nan"))
    whole = np.isfinite(values) & (np.abs(values) < LARGEST_EXACT)
    whole[whole] = values[whole] == np.floor(values[whole])
    integers = np.zeros(len(values), np.int64)
    integers[whole] = values[whole].astype(np.int64)
    plain = pa.Array.from_buffers(pa.int64(), len(array), [None, pa.py_buffer(integers)]).cast(pa.string())
    bits = pa.py_buffer(np.packbits(whole, bitorder="little"))  # not pa.array, which would load pandas
    chosen = pa.Array.from_buffers(pa.bool_(), len(array), [None, bits])
    return pc.if_else(chosen, plain, array.cast(pa.string()))


def text_of(array: pa.Array) -> pa.Array:
    """The values as a string, large string or binary array; nulls stay null."""
    kind = array.type
    if pa.types.is_null(kind):
        return pa.nulls(len(array), pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return array
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return array
    if pa.types.is_string_view(kind):
        return array.cast(pa.large_string())
    if pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
        return array.cast(pa.large_binary() if pa.types.is_binary_view(kind) else pa.binary())
    if pa.types.is_floating(kind):
        return _float_text(array)
    if pa.types.is_duration(kind):
        return array.cast(pa.int64()).cast(pa.string())
    if pa.types.is_decimal(kind):
        return _decimal_text(array)
    try:
        return array.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.array([None if value is None else str(value) for value in array.to_pylist()], pa.string())


def _decimal_text(array: pa.Array) -> pa.Array:
    """Decimals as plain digits (no exponent), without a fraction of zeros."""
    texts = [None if value is None else f"{value:f}" for value in array.to_pylist()]
    plain = [t if t is None or "." not in t else t.rstrip("0").rstrip(".") for t in texts]
    return pa.array(plain, pa.string())


def cells_of(array: pa.Array) -> Cells:
    """Cells over the buffers of a string or binary array; nothing is copied but large offsets."""
    count = len(array)
    _, offsets, data = array.buffers()
    wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    if count == 0 or offsets is None:
        return Cells(np.zeros(0, np.uint8), np.zeros(count, np.int32), np.zeros(count, np.int32))
    stop = array.offset + count + 1  # in a damaged file more may lie behind it, also half of an offset
    edges = np.frombuffer(offsets, np.int64 if wide else np.int32, stop)[array.offset :]
    first, last = int(edges[0]), int(edges[-1])
    flat = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    if wide:
        flat = flat[first:last]
        edges = (edges - first).astype(np.int32)
    start, end = edges[:-1], edges[1:]
    if array.null_count:
        end = np.where(values_of(array.is_null()), start, end).astype(np.int32)
    return Cells(flat, np.ascontiguousarray(start), np.ascontiguousarray(end))


class Dictionaries:
    """The dictionary that each column had last, so that one that comes again is known.

    Its cells then share the buffers of the first, and ``memo["found"]``: what was found there, and digests of it.
    """

    def __init__(self) -> None:
        self._last: dict[int, tuple[Cells, dict[str, Any]]] = {}

    def cells(self, column: int, values: pa.Array) -> Cells:
        """The cells of a dictionary's values in column number ``column``."""
        made = cells_of(text_of(values))
        last = self._last.get(column)
        if last is None or not _same(last[0], made):
            last = self._last[column] = (made, {})
        cells, found = last
        return Cells(cells.data, cells.start, cells.end, {"found": found})


def _same(one: Cells, other: Cells) -> bool:
    """Have they the same texts in the same order? (A gap between two may make it say no.)"""
    if len(one) != len(other):
        return False
    if not len(one):
        return True
    low, high = int(one.start[0]), int(other.start[0])
    size = int(one.end[-1]) - low
    return (
        int(other.end[-1]) - high == size
        and np.array_equal(one.start, other.start + (low - high))
        and np.array_equal(one.end, other.end + (low - high))
        and pa.py_buffer(one.data[low : low + size]).equals(pa.py_buffer(other.data[high : high + size]))
    )


def column_of(
    array: pa.Array, rows: Rows | None, place: int = 0, known: Dictionaries | None = None
) -> Column:
    """A column of a leaf array; a dictionary stays a dictionary, so that each value is looked at once.

    ``place``: the number of the column, by which ``known`` keeps its dictionary. ValueError where codes of a
    dictionary name no value.
    """
    if pa.types.is_dictionary(array.type):
        if rows is None and len(array.dictionary) <= len(array):
            known = Dictionaries() if known is None else known
            return Column(known.cells(place, array.dictionary), codes=_codes(array))
        array = array.dictionary_decode()
    return Column(cells_of(text_of(array)), rows=rows)


def _codes(array: pa.DictionaryArray) -> Rows:
    """int32[rows]: the value of each row, -1 for null."""
    indices, size = array.indices, len(array.dictionary)
    if not len(indices):
        return np.zeros(0, np.int32)
    if indices.null_count:
        indices = indices.cast(pa.int64())
    plain = values_of(indices, -1)
    if len(plain) and (plain.max() >= size or plain.min() < -1):
        raise ValueError("a code names no value of the dictionary")
    codes: Rows = np.ascontiguousarray(plain, np.int32)
    if array.dictionary.null_count:
        absent = values_of(array.dictionary.is_null())
        codes = np.where((codes >= 0) & absent[codes], -1, codes).astype(np.int32)
    return codes


def table_of(schema: pa.Schema, format_name: str, name: str | None = None) -> Table:
    """The table that record batches of this schema make up."""
    names: list[str] = []
    kinds: list[str] = []
    for field in schema:
        for leaf, kind, _, _ in leaves(field.name, pa.nulls(0, field.type)):
            names.append(leaf)
            kinds.append(kind)
    return Table(
        name, tuple(names), tuple(kinds), format_name, has_header=True, why=Why("format", "format", "format")
    )


def batch_of(batch: pa.RecordBatch, table: Table, first_row: int, known: Dictionaries | None = None) -> Batch:
    """One record batch as a batch of cells; ``known``: the dictionaries of the batches before it."""
    found = [
        leaf
        for field, array in zip(batch.schema, batch.columns, strict=True)
        for leaf in leaves(field.name, array)
    ]
    columns = tuple(column_of(values, rows, place, known) for place, (_, _, values, rows) in enumerate(found))
    return Batch(table, first_row, batch.num_rows, columns)


def told(items: Iterator[Batch | Issue], content_roles: ContentRoles) -> Iterator[Batch | Issue]:
    """The batches of one table, which is told what the cells of its first rows show the columns to be."""
    held: list[Batch | Issue] = []
    for item in items:
        held.append(item)
        if isinstance(item, Batch):
            break

    def head() -> list[Cells]:
        while _rows_of(held) < HEAD and (more := next(items, None)) is not None:
            held.append(more)
        first = [item for item in held if isinstance(item, Batch)]
        columns = zip(
            *([_row_cells(column, batch.size) for column in batch.columns] for batch in first), strict=True
        )
        return [Cells.of(list(chain.from_iterable(parts))[:HEAD]) for parts in columns]

    batch = held[-1] if held else None
    roles = content_roles(batch.table.columns, head) if isinstance(batch, Batch) else None
    table = batch.table._replace(content_roles=roles) if roles and isinstance(batch, Batch) else None
    for item in chain(held, items):
        yield item._replace(table=table) if table is not None and isinstance(item, Batch) else item


def _rows_of(items: Sequence[Batch | Issue]) -> int:
    return sum(item.size for item in items if isinstance(item, Batch))


def _row_cells(column: Column, size: int) -> list[bytes]:
    """A column's first cells, one for each row; all empty for lists, of which a row has any number."""
    cells = column.cells
    if column.rows is not None or not len(cells):
        return [b""] * min(size, HEAD)
    start, end = cells.start[:HEAD], cells.end[:HEAD]
    if column.codes is not None:
        codes = column.codes[:HEAD]
        start = cells.start[codes]
        end = np.where(codes >= 0, cells.end[codes], start)
    low = int(start.min(initial=0))
    raw = cells.data[low : int(end.max(initial=0))].tobytes()
    return [raw[a:b] for a, b in zip((start - low).tolist(), (end - low).tolist(), strict=True)]
