"""Inputs that yield files as a container does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from running import TODAY

from scanner.document.build import InputRecord
from scanner.errors import SourceError
from scanner.model import Batch, Issue, Member
from scanner.run import job


def container(path: str, members: Sequence[Path], failing: str | None = None) -> job.Input:
    """An input that yields the files ``members`` as a container does, and then perhaps fails."""

    def stream() -> Iterator[Batch | Issue | Member]:
        yield Member(None, format="box")
        for each in members:
            yield Member(each.name, each.stat().st_size, "0" * 64)
            yield from job.file_inputs([each], job.Options(as_of=TODAY))[0].stream()
        yield Member(None)
        yield Issue("a remark on the container", partial=False)
        if failing:
            yield Member("last", 1)
            raise SourceError(failing)

    return job.Input(InputRecord(path), stream, lambda: None)
