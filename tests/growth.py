"""How much longer twice the work takes, told so that other work on the machine does not decide a test."""

from __future__ import annotations

import time
from collections.abc import Callable

TRIES = 5
LEAST = 0.02  # seconds: less is the clock's


def is_linear(work: Callable[[int], object], small: int, large: int) -> bool:
    """Whether ``work(large)`` takes, in some try, less than three times what its size says beside ``work(small)``.

    The time is that of the thread. Where ``large`` is four times ``small`` or more, what grows with the square is
    over the bound in every try.
    """
    work(small)
    return any(_ratio(work, small, large) < 3 * large / small for _ in range(TRIES))


def _ratio(work: Callable[[int], object], small: int, large: int) -> float:
    short, long = (_seconds(work, count) for count in (small, large))
    return long / max(short, LEAST)


def _seconds(work: Callable[[int], object], count: int) -> float:
    started = time.thread_time()
    work(count)
    return time.thread_time() - started
