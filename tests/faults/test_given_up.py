"""A scan that is stopped by a fault ends what it was reading in order, and not when Python ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scanner.model import Issue
from scanner.run import local


class _FailingShare(local.Share):
    def counted(self, reading: local.Reading, source: int, number: int, item: Any) -> None:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("jobs", [1, 3])
def test_sources_are_closed_when_a_scan_is_stopped(jobs: int) -> None:
    ended: list[int] = []
    begun: list[int] = []

    def stream(number: int) -> Iterator[Issue]:
        begun.append(number)
        try:
            yield Issue("one")
            yield Issue("two")
        finally:
            ended.append(number)

    readings = [
        local.Reading(number, lambda number=number: stream(number), lambda: None)  # type: ignore[misc]
        for number in range(5)
    ]
    nothing: Any = None
    with pytest.raises(OSError, match="No space"):
        local.run(iter(readings), nothing, jobs, 1 << 20, shares=_FailingShare)
    assert begun
    assert sorted(ended) == sorted(begun)
    assert [each.items for each in readings] == [None] * 5
