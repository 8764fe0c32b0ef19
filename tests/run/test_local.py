"""Threads that take batches."""

from __future__ import annotations

import gc
import os
import time
import weakref
from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from scanner.model import Batch, Cells, Column, Issue, Table
from scanner.run import job, local


def _run(first: float) -> list[str]:
    """What happens when, where the first of two readings needs some seconds for its first item."""
    told: list[str] = []

    def slow() -> Iterator[Issue]:
        told.append("first begins")
        time.sleep(first)
        told.append("first has an item")
        yield Issue("is slow")

    def quick() -> Iterator[Issue]:
        told.append("second begins")
        yield Issue("is quick")

    readings = [local.Reading(index, stream, lambda: None) for index, stream in enumerate((slow, quick))]
    options = job.Options(as_of=date(2026, 1, 1))
    tally = local.run(iter(readings), job.job_of(options), 2, 64 << 20)
    assert sorted(tally.issues) == [(0, Issue("is slow")), (1, Issue("is quick"))]
    return told


def test_the_thread_that_is_first_has_a_head_start(monkeypatch) -> None:
    monkeypatch.setattr(local, "HEAD_START", 60.0)
    assert _run(0.1) == ["first begins", "first has an item", "second begins"]


def test_but_nobody_waits_for_long(monkeypatch) -> None:
    monkeypatch.setattr(local, "HEAD_START", 0.01)
    assert _run(0.5) == ["first begins", "second begins", "first has an item"]


@pytest.mark.parametrize(
    ("cores", "jobs", "memory", "threads"),
    [
        (2, 0, 512 << 20, 2),
        (96, 0, 512 << 20, 16),
        (96, 0, 4 << 30, 96),
        (96, 40, 512 << 20, 40),
        (4, 0, 1 << 20, 1),
    ],
)
def test_threads_are_as_many_as_cores_and_memory_allow(
    monkeypatch: pytest.MonkeyPatch, cores: int, jobs: int, memory: int, threads: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(cores), raising=False)
    assert job.Options(jobs=jobs, memory=memory).threads() == threads


@pytest.mark.parametrize("jobs", [1, 2])
def test_nothing_of_a_batch_is_held_when_the_next_is_taken(jobs: int) -> None:
    """Its memory may be used for the next; what the other thread counts is held, of course."""
    buffers: list[weakref.ref[np.ndarray]] = []
    held: list[int] = []

    def stream() -> Iterator[Batch]:
        for number in range(12):
            held.append(sum(each() is not None for each in buffers))
            cells = Cells.of([f"1380013{number:04d}", f"139{number:08d}"])
            data = cells.data.copy()
            buffers.append(weakref.ref(data))
            cells = Cells(data, cells.start, cells.end)
            table = Table(None, (None,), ("text",), "delimited", "utf-8", has_header=False)
            batch = Batch(table, number * 2, 2, (Column(cells),), blank=0, bytes_read=24)
            del data, cells
            yield batch
            del batch

    options = job.Options(as_of=date(2026, 1, 1))
    gc.disable()  # the collector of cycles comes too late for memory that is warm
    try:
        local.run(iter([local.Reading(0, stream, lambda: None)]), job.job_of(options), jobs, 64 << 20)
    finally:
        gc.enable()
    assert len(held) == 12
    assert max(held) <= jobs - 1
