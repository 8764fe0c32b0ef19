"""Work on threads in a fixed order, never far ahead of who takes its results or far behind who gives it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Self, TypeVar

T = TypeVar("T")
R = TypeVar("R")
WAITING = 8  # for a thread aside: it writes files now and then, and nobody is to wait for that


def in_turn(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """``work(item)`` for each item, in their order; ``threads`` of them at a time, and one more that waits."""
    if threads == 1:
        yield from map(work, items)
        return
    begun: deque[Future[R]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                begun.append(pool.submit(work, item))
                if len(begun) > threads:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for each in begun:
                each.cancel()


class Aside(Generic[T]):
    """``work(item)`` for each item that is given, in their order, on a thread of its own; WAITING of them wait at most.

    With ``threads`` of 1 there is no such thread: the work is done at once. ``most``: bytes of what waits, beside the
    item that is worked at and one more.
    """

    def __init__(self, work: Callable[[T], object], threads: int, most: int = 1 << 62) -> None:
        self._work = work
        self._most = most
        self._pool = ThreadPoolExecutor(1) if threads > 1 else None
        self._begun: deque[tuple[Future[object], int]] = deque()
        self._waiting = 0  # bytes

    def give(self, item: T, size: int = 0) -> None:
        """Has the item worked at (of so many bytes); raises what was raised at it or at an earlier one."""
        if self._pool is None:
            self._work(item)
            return
        self._begun.append((self._pool.submit(self._work, item), size))
        self._waiting += size
        while len(self._begun) > WAITING or (self._waiting > self._most and len(self._begun) > 2):
            self._take()

    def _take(self) -> None:
        """Waits for the first one."""
        future, size = self._begun.popleft()
        self._waiting -= size
        future.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Waits for what was given, and raises what was raised at it; gives it up where something else went wrong."""
        if self._pool is None:
            return
        try:
            while self._begun and kind is None:
                self._take()
        finally:
            self._pool.shutdown(cancel_futures=True)
