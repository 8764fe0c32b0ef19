"""What one outermost file may give, all archives in it together, and where in it one stands."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field

from scanner.errors import SourceError
from scanner.model import Limits, Member, ReadableFile, ReadOptions

BETWEEN = "!/"  # names of nested members
UNSUSPECTED = (
    64  # as many times what arms the ratio for one member may come out of a file, however small it is
)


@dataclass(slots=True)
class Allowance:
    """Counts what was taken. ``output``, ``kept`` (in private files), ``packed`` (of the outermost file): bytes.

    ``size``: of the outermost file; ``spent``: why nothing more may come out, once it is so.
    """

    limits: Limits
    folder: str | None
    size: int = 0
    spent: str | None = None
    entries: int = 0
    output: int = 0
    kept: int = 0
    packed: int = 0
    _room: int | None = None

    def enter(self) -> bool:
        """One more entry; False where there may be none."""
        self.entries += 1
        return self.entries <= self.limits.entries

    def take(self, count: int) -> None:
        """So many more bytes came out. SourceError where no more may."""
        self.output += count
        limits = self.limits
        if self.output > limits.output:
            most = limits.output
            self.spent = (
                f"is cut short: more than {most} bytes were unpacked from the whole file (--max-output)"
            )
        elif self.output > max(UNSUSPECTED * limits.armed, limits.ratio * self.size):
            most = limits.ratio
            self.spent = (
                f"is cut short: the whole file unpacks to more than {most} times its size (--max-ratio)"
            )
        if self.spent is not None:
            raise SourceError(self.spent)

    def keep(self, count: int) -> None:
        """So many more bytes go to private files. SourceError where that is more than half of what was free."""
        if self._room is None:
            self._room = shutil.disk_usage(self.folder or tempfile.gettempdir()).free // 2
        self.kept += count
        if self.kept > self._room:
            raise SourceError(
                "needs more room for temporary files than half of what is free; it was not read"
            )


@dataclass(slots=True)
class Inside:
    """A container's place. ``depth``: of how many containers it is the innermost; ``prefix``: of its members' names.

    ``own``: as what its own remarks are told.
    """

    allowance: Allowance
    depth: int
    own: Member
    prefix: str

    def member(self, name: str) -> Member:
        """A member of this container."""
        return Member(self.prefix + name)

    def below(self, member: Member) -> Inside:
        """The place of a member, should it be a container."""
        return Inside(self.allowance, self.depth + 1, member, f"{member.name}{BETWEEN}")


@dataclass(slots=True)
class Names:
    """Tells members of the same name apart."""

    _seen: dict[str, int] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """1 for the first of this name, and so on."""
        self._seen[name] = self._seen.get(name, 0) + 1
        return self._seen[name]


def place_of(file: ReadableFile, options: ReadOptions, kind: str) -> Inside:
    """Where a container stands that is read now. SourceError where it lies too deep."""
    inside: Inside | None = getattr(file, "inside", None)
    if inside is None:
        inside = Inside(Allowance(options.limits, options.temporary, file.size), 1, Member(None), "")
    if inside.depth > inside.allowance.limits.depth:
        most = inside.allowance.limits.depth
        raise SourceError(
            f"lies deeper than {most} archives in one another, so it was not opened (--max-depth)"
        )
    inside.own.format = kind
    return inside
