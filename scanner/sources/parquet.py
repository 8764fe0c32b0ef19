"""Parquet files, row group by row group; what cannot be decoded is counted as lost and the rest is read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from scanner.errors import SourceError
from scanner.model import Batch, Issue, ReadableFile, ReadOptions
from scanner.sources.arrow import batch_of, table_of

ROWS = 1 << 16
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

    def batches(self, file: ReadableFile, options: ReadOptions) -> Iterator[Batch | Issue]:
        """All row groups in order. Raises SourceError where the footer cannot be read."""
        try:
            parquet = pq.ParquetFile(pa.PythonFile(FileView(file), mode="r"))
            table = table_of(parquet.schema_arrow, self.name)
            metadata = parquet.metadata
            groups = [metadata.row_group(index).num_rows for index in range(parquet.num_row_groups)]
            weight = file.size / max(1, metadata.num_rows)  # bytes a row, for the progress of the work
        except FAILURES as error:
            raise SourceError(
                f"is not a whole Parquet file ({type(error).__name__} in its footer)"
            ) from error
        first_row = 0
        for index, rows in enumerate(groups):
            done = 0
            try:
                for part in parquet.iter_batches(batch_size=ROWS, row_groups=[index]):
                    batch = batch_of(part, table, first_row + done)
                    yield replace(batch, bytes_read=round(part.num_rows * weight))
                    done += part.num_rows
                if done != rows:
                    yield Issue(
                        f"row group {index} holds {done} rows where its footer says {rows}",
                        first_row,
                        max(0, rows - done),
                    )
            except FAILURES as error:
                lost = max(0, rows - done)
                kind = type(error).__name__
                what = f"row group {index} is damaged ({kind}); {lost} of its {rows} rows could not be read"
                yield Issue(what, first_row + done, lost)
            first_row += rows
        if not groups:
            yield Issue("holds no row", partial=False)
