"""Parquet files, row group by row group; what cannot be decoded is counted as lost and the rest is read."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from scanner.counted import counted
from scanner.errors import SourceError
from scanner.model import Batch, Issue, ReadableFile, ReadOptions, Table
from scanner.sources.ahead import ahead
from scanner.sources.arrow import ContentRoles, Dictionaries, batch_of, table_of, told
from scanner.sources.parquet_footer import Chunk, row_groups

BYTES = 8 << 20  # of values in a batch, as far as the footer tells, or twice as many of codes
PIECE = 1 << 18  # bytes of a column that are read at a time
FEWEST, MOST = 1 << 12, 1 << 18  # rows of a batch
SMALL = 1 << 20  # bytes of a file that is read sooner than threads are ready for it
CODE = 4  # bytes of a dictionary column's code
CODED = 6  # a chunk with a dictionary and fewer bytes a value than this holds codes, hardly ever values
FAILURES = (pa.ArrowException, OSError, ValueError, KeyError, TypeError, UnicodeDecodeError, OverflowError)


class FileView(io.RawIOBase):
    """A seekable view of a ReadableFile for libraries that want a file object; its position is its own."""

    def __init__(self, file: ReadableFile) -> None:
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves the position."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence]
        self._at = base + offset
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Bytes at the position."""
        wanted = max(0, self._file.size - self._at) if size < 0 else size
        data = self._file.pread(wanted, self._at)
        self._at += len(data)
        return data


class ParquetSource:
    """Reads Parquet through pyarrow."""

    name = "parquet"

    def __init__(self, content_roles: ContentRoles | None = None) -> None:
        self._content_roles = content_roles

    def batches(self, file: ReadableFile, options: ReadOptions) -> Iterator[Batch | Issue]:
        """All row groups in order. Raises SourceError where the footer cannot be read."""
        try:
            groups = _RowGroups(file)
            table = table_of(groups.schema, self.name)
        except FAILURES as error:
            raise SourceError(
                f"is not a whole Parquet file ({type(error).__name__} in its footer)"
            ) from error
        items = _read(groups, table, file.size)
        if file.size > SMALL:
            items = ahead(items)
        yield from items if self._content_roles is None else told(items, self._content_roles)
        if not groups.rows:
            yield Issue("holds no row", partial=False)


class _RowGroups:
    """The row groups of a file. ``rows``: how many each has, as the footer says; ``said``: what it says of all."""

    def __init__(self, file: ReadableFile) -> None:
        self._file = file
        parquet = self._open(())
        self.schema: pa.Schema = parquet.schema_arrow
        self._metadata = parquet.metadata
        self._opened: dict[tuple[str, ...], pq.ParquetFile] = {(): parquet}
        self._groups = row_groups(file)
        if len(self._groups) != parquet.num_row_groups:
            raise ValueError("two numbers of row groups")
        self.rows = [group.rows for group in self._groups]
        self.said: int = parquet.metadata.num_rows
        self._texts = {
            field.name
            for field in self.schema
            if pa.types.is_string(field.type) or pa.types.is_binary(field.type)
        }
        self._dictionaries = {field.name for field in self.schema if pa.types.is_dictionary(field.type)}

    def _open(self, coded: tuple[str, ...], metadata: pq.FileMetaData | None = None) -> pq.ParquetFile:
        # A row group may be as large as a file, so its columns are read piece by piece.
        return pq.ParquetFile(
            pa.PythonFile(FileView(self._file), mode="r"),
            metadata=metadata,
            read_dictionary=list(coded),
            pre_buffer=False,
            buffer_size=PIECE,
        )

    def read(self, index: int) -> Iterator[pa.RecordBatch]:
        """A row group in batches of few enough bytes; columns of codes stay what they are."""
        group = self._groups[index]
        coded = [self._is_coded(chunk) for chunk in group.chunks]
        paths = {chunk.path for chunk, is_coded in zip(group.chunks, coded, strict=True) if is_coded}
        names = tuple(sorted(paths & self._texts))
        if names not in self._opened:
            self._opened[names] = self._open(names, self._metadata)
        values = sum(chunk.size for chunk, is_coded in zip(group.chunks, coded, strict=True) if not is_coded)
        codes = CODE * sum(coded) * group.rows
        fitting = group.rows * BYTES // max(1, values + codes // 2)
        rows = min(max(fitting, FEWEST), MOST)
        batches: Iterator[pa.RecordBatch] = self._opened[names].iter_batches(
            rows, [index], use_threads=self._file.size > SMALL and pa.cpu_count() > 1
        )
        return batches

    def holds_values(self, index: int) -> bool:
        """Does the footer name values of a row group, whatever it says of its rows?"""
        return any(chunk.values for chunk in self._groups[index].chunks)

    def _is_coded(self, chunk: Chunk) -> bool:
        """Are this column's values codes of a dictionary, and will they stay that?"""
        if chunk.path in self._dictionaries:
            return True
        return chunk.path in self._texts and chunk.has_dictionary and chunk.size < CODED * chunk.values


def _read(groups: _RowGroups, table: Table, size: int) -> Iterator[Batch | Issue]:
    """The batches of every row group, and what is wrong with some."""
    weight = size / max(1, sum(groups.rows))  # bytes a row, for the progress of the work
    known = Dictionaries()
    first_row = 0
    for index, rows in enumerate(groups.rows):
        done = 0
        try:
            for part in groups.read(index):
                batch = batch_of(part, table, first_row + done, known)
                yield batch._replace(bytes_read=round(part.num_rows * weight))
                done += part.num_rows
            if not rows and groups.holds_values(index):
                yield Issue(f"row group {index} holds values, but no row, as its footer says", first_row)
            if done != rows:
                yield Issue(
                    counted(
                        "row group {group} holds {rows} [rows:row|rows] where its footer says {said}",
                        group=index,
                        rows=done,
                        said=rows,
                    ),
                    first_row,
                    max(0, rows - done),
                )
        except FAILURES as error:
            lost = max(0, rows - done)
            kind = type(error).__name__
            what = counted(
                "row group {group} is damaged ({kind}); {lost} of its {rows} [rows:row|rows] could not be read",
                group=index,
                kind=kind,
                lost=lost,
                rows=rows,
            )
            yield Issue(what, first_row + done, lost)
        first_row += rows
    if first_row != groups.said:
        form = "its footer says {said} [said:row|rows], but its row groups hold {rows}"
        what = counted(form, said=groups.said, rows=first_row)
        yield Issue(what, first_row, max(0, groups.said - first_row))
