"""Readers that can die run in a child process with bounds on memory and time; the parent always goes on.

A reader that dies, hangs or asks for too much is started again where it was (``messages.Unit``); the second time
that part is skipped, named and counted. Rows that were told already are not told again.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeGuard

from scanner.errors import SourceError
from scanner.model import Limits
from scanner.sources import forking
from scanner.sources.messages import END, HEADER, Trouble, Unit, header, parsed

ATTEMPTS = 2  # at one part
BARREN = 8  # parts behind each other that kill their reader before it tells anything of them


class Opened(Protocol):
    """A file with a descriptor."""

    def fileno(self) -> int:
        """A descriptor that can be read at any offset."""
        ...


def has_descriptor(file: object) -> TypeGuard[Opened]:
    """Is a file Opened? (``isinstance`` of a protocol takes as long as to read a small file.)"""
    return hasattr(file, "fileno")


class _DeathError(Exception):
    """The child ended before it was done; the message is for people."""


def messages(reader: str, file: Opened, limits: Limits, options: Mapping[str, Any]) -> Iterator[Any]:
    """What a reader (a module's name) tells of a file: Sheet, Trouble and ``pyarrow.RecordBatch``.

    ``options``: JSON. Raises SourceError where the reader gives up, or dies before it tells of any part.
    """
    start, failures, barren, progress = 0, 0, 0, _Progress()
    while True:
        try:
            yield from progress.fresh(_told(reader, file, limits, options, start))
            return
        except _DeathError as death:
            unit = progress.unit
            if unit is None:
                raise SourceError(f"its reader ended early ({death})") from None
            failures = failures + 1 if unit.number <= start and failures else 1
            start = max(start, unit.number)
            if failures == ATTEMPTS and unit.number < start:
                yield Trouble(
                    f"its reader ended early ({death}), twice, behind {unit.name}; the rest was skipped"
                )
                return
            if failures == ATTEMPTS:
                yield Trouble(
                    f"its reader ended early ({death}), twice, in {unit.name}; the rest of that was skipped"
                )
                barren = 0 if progress.told else barren + 1
                if barren == BARREN:  # whatever it starts with, it dies
                    yield Trouble(
                        f"its reader ended early ({death}), twice, behind {unit.name}; the rest was skipped"
                    )
                    return
                start, failures = start + 1, 0
                progress.skip()


class _Progress:
    """What has been told of the present unit, so that it is not told again after a restart."""

    def __init__(self) -> None:
        self.unit: Unit | None = None
        self.told = 0  # messages of the unit, but for the issues of a failed attempt
        self._over = False

    def skip(self) -> None:
        """The unit is given up."""
        self._over = True

    def fresh(self, items: Iterator[Any]) -> Iterator[Any]:
        """Those of the messages that are new; a restarted reader begins again with the unit it died in."""
        again = self.told if self.unit and not self._over else 0
        for item in items:
            if isinstance(item, Unit):
                if self.unit is None or item.number > self.unit.number:
                    self.unit, self.told, self._over, again = item, 0, False, 0
                continue
            if self._over:
                continue
            if again:
                again -= 1
                continue
            self.told += 1
            yield item


def _told(reader: str, file: Opened, limits: Limits, options: Mapping[str, Any], start: int) -> Iterator[Any]:
    """The messages of one child from a unit on; _DeathError where it ends before it is done."""
    settings = {"memory": limits.memory, "start": start, "options": dict(options)}
    child = forking.forked(reader, file.fileno(), settings)
    ended = False
    try:
        while True:
            kind, size = header(_read(child.pipe, HEADER.size, limits.seconds))
            content = _read(child.pipe, size, limits.seconds)
            if kind == END:
                return
            for message in parsed(kind, content):
                if isinstance(message, Trouble) and message.fatal:
                    raise SourceError(message.what)
                yield message
    except EOFError:
        ended = True
        raise _DeathError(_ending(child.end())) from None
    finally:
        if not ended:
            child.end()


def _read(descriptor: int, count: int, seconds: int) -> bytes:
    """Just so many bytes of a pipe; EOFError where it ends, _DeathError where they do not come."""
    pieces: list[bytes] = []
    ready = select.poll()  # ``select`` refuses descriptors from 1024 on
    ready.register(descriptor, select.POLLIN)
    while count:
        if not ready.poll(1000 * seconds):
            raise _DeathError(f"no answer for {seconds} s")
        piece = os.read(descriptor, min(count, 1 << 20))
        if not piece:
            raise EOFError
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
