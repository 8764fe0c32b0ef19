"""What all containers share: their entries become members, each read as a file of its content would be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanner.errors import SourceError
from scanner.model import Batch, Issue, Member, ReadableFile, ReadOptions
from scanner.sources.archives.allowance import Allowance, Inside, Names, place_of
from scanner.sources.archives.flow import Flow
from scanner.sources.member_file import MemberFile

Item = Batch | Issue | Member
Read = Callable[[ReadableFile, ReadOptions], Iterator[Item]]


def _nothing() -> Iterator[bytes]:
    return iter(())


def _no_fault(_: Flow) -> Iterator[str]:
    return iter(())


@dataclass(slots=True)
class Entry:
    """One member as its container tells of it. ``failure``: why it cannot be read.

    ``pieces()``: its bytes in order, SourceError at damage; ``packed()``: bytes of the container that were used up for
    it so far; ``unpacks``: whether more may come out than was put in; ``checked``: whether ``faults`` wants the CRC-32;
    ``faults(flow)``: what is wrong with it once all came out.
    """

    name: str
    pieces: Callable[[], Iterator[bytes]] = _nothing
    packed: Callable[[], int] = lambda: 0
    failure: str | None = None
    unpacks: bool = True
    checked: bool = False
    faults: Callable[[Flow], Iterator[str]] = _no_fault


class ArchiveSource:
    """A container (a ``model.Source``); each format says what its ``entries`` are.

    An entry is read to its end before the next is asked for.
    """

    name = "archive"

    def __init__(self, read: Read) -> None:
        """``read``: how a member is read, whatever it is."""
        self._read = read

    def entries(self, file: ReadableFile, options: ReadOptions) -> Iterator[Entry | Issue]:
        """The entries in their order, and what is to be said of the container."""
        raise NotImplementedError

    def content(self, name: str, file: MemberFile, options: ReadOptions) -> Iterator[Item]:
        """What is read of a member."""
        return self._read(file, options)

    def batches(self, file: ReadableFile, options: ReadOptions) -> Iterator[Item]:
        """The members and their content. SourceError where the container cannot be opened."""
        inside = place_of(file, options, self.name)
        yield inside.own
        if inside.depth > 1:
            yield from self._members(file, options, inside)
            return
        told = 0
        for item in self._members(file, options, inside):
            if isinstance(item, Batch):  # the share of the file, for the progress of the work
                told, before = inside.allowance.packed, told
                item = item._replace(bytes_read=told - before)
            yield item

    def _members(self, file: ReadableFile, options: ReadOptions, inside: Inside) -> Iterator[Item]:
        allowance, names = inside.allowance, Names()
        for entry in self.entries(file, options):
            if isinstance(entry, Issue):
                yield inside.own
                yield entry
                continue
            if allowance.spent is not None:
                yield inside.own
                yield Issue(allowance.spent)
                return
            if not allowance.enter():
                yield inside.own
                most = allowance.limits.entries
                yield Issue(
                    f"holds more than {most} entries, all archives together; the rest was not read (--max-entries)"
                )
                return
            number = names.number(entry.name)
            member = inside.member(entry.name if number == 1 else f"{entry.name}#{number}")
            yield member
            if entry.failure is not None:
                member.failure = entry.failure
                continue
            packed, before = entry.packed, allowance.packed
            yield from self._member(entry, member, file.path, inside, options)
            if inside.depth == 1:
                allowance.packed = before + packed()
            if number > 1:
                yield Issue(f"is entry {number} of this name in its archive", partial=False)

    def _member(
        self, entry: Entry, member: Member, path: str, inside: Inside, options: ReadOptions
    ) -> Iterator[Item]:
        """What is read of one member; afterwards its size, hash and faults are known."""
        allowance = inside.allowance
        pieces = _counted(entry, allowance) if inside.depth == 1 else entry.pieces()
        flow = Flow(pieces, entry.packed, allowance, entry.unpacks, entry.checked)
        file = MemberFile(path, flow, inside.below(member))
        try:
            yield from self.content(entry.name, file, options)
        except SourceError as error:
            member.failure = str(error)
        except RecursionError:
            member.failure = "the reader stopped with RecursionError"
        except Exception as error:
            # A reader's own message may quote the data, so only its kind is told.
            member.failure = f"the reader stopped with {type(error).__name__}"
        finally:
            file.close()
        flow.drain()
        member.size, member.sha256 = flow.size, flow.sha256
        if flow.fault is not None and not flow.size:
            member.size, member.failure = None, flow.fault  # of nothing, nothing else need be said
            return
        yield member
        if flow.fault is not None:
            yield Issue(flow.fault)
        else:
            for what in entry.faults(flow):
                yield Issue(what)


def _counted(entry: Entry, allowance: Allowance) -> Iterator[bytes]:
    """The pieces of an entry of the outermost file; how much of that was used up is kept in mind."""
    before = allowance.packed
    for piece in entry.pieces():
        allowance.packed = before + entry.packed()
        yield piece
