"""Which items of an input are counted already, known by their number in its stream and told apart by their shape."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from scanner.errors import ScannerError
from scanner.model import Batch, Issue, Table


def shape(source: int, item: Batch | Issue) -> int:
    """A word that tells whether an item that is read again is the one that was read before (64 bits).

    Of a batch it tells table, place, size and how long the cells are; the bytes themselves are held against their hash.
    """
    if isinstance(item, Issue):
        what = repr(item)
    else:
        ends = [
            (len(each.cells), int(each.cells.end[-1:].sum()), int(each.cells.start[:1].sum()))
            for each in item.columns
        ]
        loose = 0 if item.loose is None else len(item.loose)
        what = repr((_table(item.table), item.first_row, item.size, item.blank, item.bytes_read, loose, ends))
    digest = hashlib.blake2b(f"{source}:{what}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


@lru_cache(maxsize=64)
def _table(table: Table) -> str:
    return hashlib.blake2b(repr(table).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class Covered:
    """The items of one input that are counted: shape by number. ``pass_by`` is asked for each item in order."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.shapes: dict[int, int] = {}
        self._seen = 0

    def pass_by(self, number: int, source: int, item: Batch | Issue) -> bool:
        """Is it counted already? ScannerError where another one was counted under its number."""
        known = self.shapes.get(number)
        if known is None:
            return False
        if known != shape(source, item):
            raise self.otherwise()
        self._seen += 1
        return True

    def check(self) -> None:
        """ScannerError where not all that was counted was read again. For the end of an input."""
        if self._seen != len(self.shapes):
            raise self.otherwise()

    def otherwise(self) -> ScannerError:
        """The refusal for an input that is not as it was."""
        return ScannerError(
            f"'{self.path}' is not read as it was before the interruption, so the scan cannot be resumed: "
            "remove the journal and scan anew"
        )
