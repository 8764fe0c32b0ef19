"""What a reader in a child process tells its parent, and how it is framed on the pipe.

A frame is a byte for its kind, eight bytes for its length (little endian), and its content: JSON, or an Arrow IPC
stream of one record batch. Never pickle: a child that was taken over by a hostile file must not command its parent.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from scanner.errors import SourceError

HEADER = struct.Struct("<cQ")
LARGEST = 1 << 28  # bytes of one frame


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table begins; the record batches that follow are of it.

    ``name``: as in ``model.Table``; ``columns``: names, or None where the first rows must tell (all columns are text);
    ``format``: as the report names it.
    """

    name: str | None
    columns: tuple[str | None, ...] | None
    format: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A part begins that can be read by itself: after a crash the reader starts again here, the next time behind it.

    It comes before anything else of the part, and then the part's ``Sheet``. ``number`` rises; ``name``: for people.
    """

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """As ``model.Issue``; with ``fatal`` the reader gives up."""

    what: str
    rows_lost: int = 0
    partial: bool = True
    fatal: bool = False


HOLDS = Sheet(
    "\0holds", (), ""
)  # told at the end of a file that holds others: see ``archives.holding_source``
KINDS: dict[bytes, type[Any]] = {b"S": Sheet, b"U": Unit, b"T": Trouble}
LETTERS = {kind: letter for letter, kind in KINDS.items()}
BATCH, END = b"B", b"E"
#: Columns of a record batch that are none of the table. ROW (int64, the first): where each row stands in the sheet,
#: from 0, rising; a sheet has it in all of its batches or in none. LOOSE, alone behind ROW: text that is no cell.
ROW, LOOSE = "\0row", "\0loose"


def write(pipe: BinaryIO, message: Any) -> None:
    """Writes one message; None: there will be no other."""
    if message is None:
        _frame(pipe, END, b"")
    elif type(message) in LETTERS:
        _frame(pipe, LETTERS[type(message)], json.dumps(asdict(message)).encode())
    else:
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, message.schema) as writer:
            writer.write_batch(message)
        _frame(pipe, BATCH, sink.getvalue().to_pybytes())


def _frame(pipe: BinaryIO, kind: bytes, content: bytes) -> None:
    pipe.write(HEADER.pack(kind, len(content)))
    pipe.write(content)
    pipe.flush()


def header(frame: bytes) -> tuple[bytes, int]:
    """Kind and length of what follows; SourceError for what no reader writes."""
    kind, size = HEADER.unpack(frame)
    if kind not in (*KINDS, BATCH, END) or size > LARGEST:
        raise SourceError("its reader spoke out of turn")
    return kind, size


def as_bytes(array: Any) -> Any:
    """The array with bytes in place of text: whether these are UTF-8 is no question here, where they lie is."""
    import pyarrow as pa

    def plain(kind: Any) -> Any:
        if pa.types.is_string(kind):
            return pa.binary()
        if pa.types.is_large_string(kind):
            return pa.large_binary()
        if pa.types.is_string_view(kind):
            return pa.binary_view()
        if pa.types.is_list(kind):
            return pa.list_(plain(kind.value_type))
        if pa.types.is_large_list(kind):
            return pa.large_list(plain(kind.value_type))
        if pa.types.is_map(kind):
            return pa.map_(plain(kind.key_type), plain(kind.item_type))
        if pa.types.is_struct(kind):
            return pa.struct([pa.field(each.name, plain(each.type), each.nullable) for each in kind])
        return kind

    return array if array.type == plain(array.type) else array.view(plain(array.type))


def parsed(kind: bytes, content: bytes) -> Iterator[Any]:
    """The message of a frame; nothing for the end. SourceError where it is none."""
    try:
        if kind == BATCH:
            import pyarrow as pa

            for batch in pa.ipc.open_stream(content):
                for column in batch.columns:
                    as_bytes(column).validate(full=True)
                yield batch
        elif kind in KINDS:
            fields = json.loads(content)
            if KINDS[kind] is Sheet and fields["columns"] is not None:
                fields["columns"] = tuple(fields["columns"])
            yield KINDS[kind](**fields)
    except (ValueError, TypeError, KeyError, OSError) as error:  # Arrow's errors are ValueErrors
        raise SourceError("its reader spoke out of turn") from error
