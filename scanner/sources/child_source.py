"""A source whose reader runs in a child process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from scanner.model import Batch, Issue, ReadableFile, ReadOptions
from scanner.sources import child
from scanner.sources.arrow import ContentRoles
from scanner.sources.dialect import Values
from scanner.sources.sheets import Sheets
from scanner.store import private_files

PIECE = 1 << 20


@dataclass(slots=True)
class ChildSource:
    """Reads what a reader (the name of a module, see ``child_main``) tells of a file (a ``model.Source``)."""

    name: str
    is_header_word: Callable[[str], bool]
    values: Values
    content_roles: ContentRoles | None = None

    def batches(self, file: ReadableFile, options: ReadOptions) -> Iterator[Batch | Issue]:
        """The tables in order. Raises SourceError where nothing can be read."""
        sheets = Sheets(self.is_header_word, self.values, self.content_roles, options.header)
        with described(file, options.temporary) as opened:
            yield from sheets.batches(child.messages(self.name, opened, options.limits, settings_of(options)))


def settings_of(options: ReadOptions) -> dict[str, Any]:
    """What readers are told, as JSON."""
    return {
        "passwords": options.passwords,
        "cell": options.limits.cell,
        "output": options.limits.output,
        "encoding": options.encoding,
        "limits": asdict(options.limits),
    }


@contextlib.contextmanager
def described(file: ReadableFile, folder: str | None) -> Iterator[child.Opened]:
    """The file with a descriptor: its own, or that of an unnamed private copy."""
    if child.has_descriptor(file):
        yield file
        return
    with private_files.unnamed(folder) as copy:
        for offset in range(0, file.size, PIECE):
            copy.write(file.pread(PIECE, offset))
        copy.flush()
        yield copy
