"""Reads a small workbook from bytes that may be anything: XLSX, bounded before it is opened."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from scanner.errors import ScannerError

MOST_BYTES = 1 << 29  # unpacked, all parts together
MOST_COLUMN = 64  # no call sheet has more columns, and a single far cell makes a reader ask for all before it
PIECE = 1 << 20
_CELL = re.compile(
    rb'<(?:\w+:)?(?:c|dimension)\b[^<>]{0,200}?\br(?:ef)?="(?:[A-Z]{1,3}\d{1,7}:)?([A-Z]{1,3})\d{1,7}"'
)

Cells = list[list[object]]


def sheets(data: bytes, path: str) -> dict[str, Cells]:
    """The cells of each sheet by its name, from the first row and column on; ScannerError for anything else."""
    refused = ScannerError(f"{path} is no workbook (.xlsx) that can be read.")
    try:
        _check(data, path)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise refused from None
    import python_calamine

    try:
        with python_calamine.load_workbook(io.BytesIO(data)) as book:
            return {
                name: [list(row) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
                for name in book.sheet_names
            }
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # the reader may panic, which is no Exception; its message may quote a cell
        raise refused from None


def _check(data: bytes, path: str) -> None:
    """Unpacks all parts, keeping none: they are as many bytes as allowed, and no cell lies far off."""
    left = MOST_BYTES
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in archive.infolist():
            with archive.open(part) as stream:
                before = b""
                while piece := stream.read(PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise ScannerError(f"{path} is larger than any call sheet, so it was not opened.")
                    text = before + piece
                    if part.filename.startswith("xl/worksheets/") and any(
                        _column(found[1]) > MOST_COLUMN for found in _CELL.finditer(text)
                    ):
                        raise ScannerError(
                            f"{path} has more columns than any call sheet, so it was not opened."
                        )
                    before = text[-256:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
