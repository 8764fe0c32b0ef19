"""The itemised annex: one row for each match, as CSV, JSON lines or Parquet (docs/contract.md)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from scanner.annex import FINDINGS as SCHEMA
from scanner.errors import OutputError
from scanner.reports.atomic import AtomicFile
from scanner.reports.escape import RE2_CLASS, RE2_FORMULA, visible


class _Format(Protocol):
    def write_table(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


def check_suffix(path: Path) -> None:
    """OutputError unless the suffix of ``path`` names a format of findings; for asking before a long scan."""
    if path.suffix.lower() not in _FORMATS:
        shown = visible(str(path))
        raise OutputError(f"cannot write findings to '{shown}': its suffix is not .csv, .jsonl or .parquet")


class FindingsWriter:
    """Appends tables of ``SCHEMA`` to ``path``; the format follows the suffix (.csv, .jsonl, .parquet).

    To be used in ``with``: the file appears under its name only when the block ends well (AtomicFile).
    ``private``: mode 0600, for values that are not masked. CSV is for people and spreadsheets: all cells
    are quoted, hidden characters are shown as escapes, what looks like a formula gets a leading apostrophe;
    JSON lines and Parquet hold the text as it is. Raises OutputError for an unknown suffix or a failed write.
    """

    def __init__(self, path: str | os.PathLike[str], private: bool = False) -> None:
        self.path = Path(path)
        check_suffix(self.path)
        self._target = AtomicFile(path, private)
        self._format: _Format

    def __enter__(self) -> Self:
        self._target.__enter__()
        try:
            self._format = _FORMATS[self.path.suffix.lower()](self._target.file)
        except OSError as error:
            self._target.__exit__(OSError, error, None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._format.close()
        except OSError as failure:
            if error is None:
                kind, error = type(failure), failure
        except (pa.ArrowException, ValueError):
            if error is None:
                raise
        self._target.__exit__(kind, error, trace)

    def write(self, table: pa.Table) -> None:
        """Appends ``table``; its columns are brought to ``SCHEMA``, ValueError where that is impossible."""
        try:
            self._format.write_table(table.select(SCHEMA.names).cast(SCHEMA))
        except KeyError as error:
            raise ValueError(f"findings lack a column: {error.args[0]}") from error
        except ValueError as error:
            raise ValueError(f"findings do not fit their schema: {error}") from error
        except OSError as error:
            raise self._target.error(error) from error


class _Csv:
    def __init__(self, file: Any) -> None:
        options = pa.csv.WriteOptions(include_header=True, quoting_style="all_valid")
        self._writer = pa.csv.CSVWriter(file, SCHEMA, write_options=options)

    def write_table(self, table: pa.Table) -> None:
        for i, column in enumerate(SCHEMA):
            if pa.types.is_string(column.type):
                table = table.set_column(i, column, _harmless(table.column(i)))
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()


class _JsonLines:
    def __init__(self, file: Any) -> None:
        self._file = file

    def write_table(self, table: pa.Table) -> None:
        parts: list[Any] = []
        for name in SCHEMA.names:
            parts += [("{" if not parts else ",") + json.dumps(name) + ":", _literals(table.column(name))]
        lines = _flat(pc.binary_join_element_wise(*parts, "}\n", "").cast(pa.large_string()))
        if len(lines):  # the bytes of a string array are its values one after the other
            _, offsets, data = lines.buffers()
            ends = np.frombuffer(offsets, np.int64)[lines.offset : lines.offset + len(lines) + 1]
            self._file.write(memoryview(data)[ends[0] : ends[-1]])

    def close(self) -> None:
        self._file.flush()


class _Parquet:
    def __init__(self, file: Any) -> None:
        self._writer = pa.parquet.ParquetWriter(file, SCHEMA, compression="zstd")

    def write_table(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()


_FORMATS: dict[str, Any] = {".csv": _Csv, ".jsonl": _JsonLines, ".parquet": _Parquet}


def _rewrite(values: pa.ChunkedArray, pattern: str, function: Any) -> pa.ChunkedArray:
    """Puts ``function`` to the values that match ``pattern``, each distinct one once."""
    bad = pc.fill_null(pc.match_substring_regex(values, pattern), False)
    if not pc.any(bad).as_py():
        return values
    coded = pc.filter(values, bad).combine_chunks().dictionary_encode()
    coded = coded if isinstance(coded, pa.DictionaryArray) else coded.combine_chunks()
    fixed = pa.array([function(text) for text in coded.dictionary.to_pylist()], values.type)
    return pc.replace_with_mask(values.combine_chunks(), _flat(bad), fixed.take(coded.indices))


def _flat(values: pa.ChunkedArray | pa.Array) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _harmless(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text for a spreadsheet: hidden characters visible, formulas disarmed."""
    formula = pc.match_substring_regex(values, RE2_FORMULA)
    shown = _rewrite(values, RE2_CLASS, visible)
    return pc.if_else(formula, pc.binary_join_element_wise("'", shown, ""), shown)


def _literals(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Each value as a JSON literal."""
    if pa.types.is_string(values.type):
        plain = _rewrite(
            values, r'["\\\x00-\x1f\x7f]', lambda text: json.dumps(text, ensure_ascii=False)[1:-1]
        )
        return pc.fill_null(pc.binary_join_element_wise('"', plain, '"', ""), "null")
    return pc.fill_null(values.cast(pa.string()), "null")
