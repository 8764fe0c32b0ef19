"""From the parts of a journal back to counts, and to inputs that know what of them is counted already."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple, Protocol

from scanner.journal import key_runs, tally_form
from scanner.journal.coverage import Covered
from scanner.journal.folder import Folder, JournalError
from scanner.journal.sealed_file import DamagedError
from scanner.model import Issue, Member
from scanner.run.local import Reading
from scanner.sources.file import Mark
from scanner.store.distinct import DistinctStore
from scanner.tallies.tally import Tally


class Readings(Protocol):
    """The readings of all inputs."""

    def __getitem__(self, index: int) -> Reading:
        """That of an input that is not being read yet."""
        ...


class Resumed(NamedTuple):
    """What was counted before; ``covered``: of which items, by input; ``left_out``: parts that could not be used."""

    tally: Tally
    covered: dict[int, Covered]
    left_out: int

    def check(self) -> None:
        """ScannerError where not all that is in the counts was read again. For when all inputs are read."""
        for each in self.covered.values():
            each.check()


def resume(folder: Folder, readings: Readings, budget: int, tmp: str | None) -> Resumed:
    """Adds up the sound parts of a journal, and prepares the readings: those at their end are ``done``.

    A part that is damaged, or holds what another one holds, is left out: its items are counted again. JournalError
    where an input is not what it was. ``budget``, ``tmp``: of the store of the tally.
    """
    found = Resumed(Tally(DistinctStore(budget, tmp)), {}, 0)
    ends: dict[int, Any] = {}
    marks: dict[int, set[Mark]] = {}
    left_out = 0
    for path in folder.parts():
        try:
            with folder.opened(path) as (file, told):
                taken = {index: dict(zip(*pairs, strict=True)) for index, *pairs in told["taken"]}
                if any(
                    index in found.covered and found.covered[index].shapes.keys() & items.keys()
                    for index, items in taken.items()
                ):
                    raise DamagedError("it holds what another part holds")
                part = Tally(found.tally.store.another())
                tally_form.restored(json.loads(told["tally"]), part)
                key_runs.read(told["keys"], file, part.store)
        except DamagedError:
            left_out += 1
            continue
        found.tally.merge(part)
        for index, items in taken.items():
            found.covered.setdefault(index, Covered(readings[index].item.record.path)).shapes.update(items)
        ends |= {index: end for index, end, _ in told["ended"]}
        for index, (identity, *place) in [
            *told["marks"],
            *((index, mark) for index, _, mark in told["ended"] if mark),
        ]:
            marks.setdefault(index, set()).add(Mark(tuple(identity), *place))
    found.tally.store.threads = 1
    for index, some in marks.items():
        _refuse_other_file(readings[index].item.record.path, some)
    for index, end in ends.items():
        covered = found.covered.pop(index, None)
        if (len(covered.shapes) if covered else 0) == end["taken"]:
            _end(readings[index], end)
        elif covered:
            found.covered[index] = covered
    for index, each in found.covered.items():
        readings[index].pass_by = each.pass_by
        readings[index].item.expected.extend(marks.get(index, ()))
    return found._replace(left_out=left_out)


def _refuse_other_file(path: str, marks: set[Mark]) -> None:
    try:
        state = os.lstat(path)
        now = {(state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)}
    except OSError:
        now = set()
    if {mark.identity for mark in marks} != now:
        raise JournalError(
            f"'{path}' was changed after the interruption, so the scan cannot be resumed: "
            "remove the journal and scan anew"
        )


def _end(reading: Reading, end: Any) -> None:
    """An input that need not be read again."""
    for name, value in end["record"].items():
        setattr(reading.item.record, name, value if name != "issues" else [Issue(**each) for each in value])
    reading.taken, reading.failure = end["taken"], end["failure"]
    reading.part, reading.container = end["part"], end["container"]
    for each in end["members"]:
        reading.members.number(Member(*each))
    reading.done = True
