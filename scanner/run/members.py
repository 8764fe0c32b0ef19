"""What a container's source tells of its members: the latest as they are, others packed."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.model import Member
from scanner.store.packed import Packed

LATEST = 1024  # members that are kept as they are
Form = tuple[str | None, int | None, str | None, str | None, bool, str | None]


class Members:
    """The members of a container in the order of their numbers, from 1 on."""

    def __init__(self, folder: str | None = None) -> None:
        self._packed: Packed[Form | None] = Packed(folder=folder)  # None: it is among the others
        self._kept: dict[int, Member] = {}  # not known whole when it was one of the latest
        self._latest: dict[int, Member] = {}

    def number(self, member: Member) -> int:
        """The number of a member, a new one where it comes for the first time."""
        if member.place is None or member.place[0] is not self:
            member.place = self, len(self) + 1
            self._latest[len(self) + 1] = member
            if len(self._latest) >= 2 * LATEST:
                self._pack()
        return member.place[1]

    def _pack(self) -> None:
        for number in list(self._latest)[:LATEST]:
            member = self._latest.pop(number)
            whole = member.size is not None or member.failure is not None or member.skipped
            if not whole:  # a container whose own members are being told
                self._kept[number] = member
            self._packed.append(form_of(member) if whole else None)

    def __len__(self) -> int:
        return len(self._packed) + len(self._latest)

    def __iter__(self) -> Iterator[Form]:
        for number, form in enumerate(self._packed, 1):
            yield form_of(self._kept[number]) if form is None else form
        for member in self._latest.values():
            yield form_of(member)


def form_of(member: Member) -> Form:
    """A member as a plain value: what ``Member`` takes."""
    return member.name, member.size, member.sha256, member.failure, member.skipped, member.format
