"""Items that are made one ahead of who takes them, in a thread of their own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

Item = TypeVar("Item")
WAIT = 0.1  # seconds between two looks whether anybody still wants more


class _End:
    """What comes last: the error that stopped the making, if any."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterator[Item], most: int = 1) -> Iterator[Item]:
    """The same items in order, up to ``most`` of them waiting while the next one is made.

    An error of ``items`` is raised where it would have been. Who stops early leaves no thread behind.
    """
    ready: queue.Queue[Item | _End] = queue.Queue(most)
    unwanted = threading.Event()

    def put(item: Item | _End) -> None:
        while not unwanted.is_set():
            try:
                ready.put(item, timeout=WAIT)
                break
            except queue.Full:
                continue

    def make() -> None:
        error = None
        try:
            for item in items:
                put(item)
                if unwanted.is_set():
                    break
        except BaseException as raised:
            error = raised
        put(_End(error))

    maker = threading.Thread(target=make, name="leaktally-ahead", daemon=True)
    maker.start()
    try:
        while not isinstance(item := ready.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        unwanted.set()
        maker.join()
