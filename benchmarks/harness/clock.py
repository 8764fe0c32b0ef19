"""Time per stage, each without the stages that it calls."""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from time import thread_time
from typing import Any


class StageClock:
    """``seconds`` (of the processor, exclusive) and ``calls`` by stage, over all threads.

    Not seconds of the wall clock: those would change with what else the machine does. ``undivided``: stages that
    keep the time of the stages within them.
    """

    def __init__(self, undivided: frozenset[str] = frozenset()) -> None:
        self.undivided = undivided
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self.missing: list[str] = []
        self._local = threading.local()
        self._lock = threading.Lock()

    def enter(self, stage: str) -> None:
        """Starts a stage; the one around it pauses."""
        now, stack = thread_time(), self._stack()
        if stack and stack[-1][0] in self.undivided:
            stage = stack[-1][0]
        if stack:
            self._add(stack[-1][0], now - stack[-1][1], 0)
        stack.append([stage, thread_time()])

    def leave(self) -> None:
        """Ends the stage that was entered last; the one around it goes on."""
        stack = self._stack()
        stage, since = stack.pop()
        nested = bool(stack) and stage == stack[-1][0]
        self._add(stage, thread_time() - since, int(not nested))
        if stack:
            stack[-1][1] = thread_time()

    def _stack(self) -> list[list[Any]]:
        if not hasattr(self._local, "stack"):
            self._local.stack = []
        return self._local.stack  # type: ignore[no-any-return]

    def _add(self, stage: str, seconds: float, calls: int) -> None:
        with self._lock:
            self.seconds[stage] += seconds
            self.calls[stage] += calls

    def timed(self, function: Callable[..., Any], stage: str | Callable[..., str]) -> Callable[..., Any]:
        """The function, or generator function, with its time put down under ``stage`` (or what that says of its
        arguments)."""

        def name(args: tuple[Any, ...]) -> str:
            return stage if isinstance(stage, str) else stage(*args)

        @functools.wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            self.enter(name(args))
            try:
                return function(*args, **options)
            finally:
                self.leave()

        @functools.wraps(function)
        def iterate(*args: Any, **options: Any) -> Iterator[Any]:
            items, named = function(*args, **options), name(args)
            while True:
                self.enter(named)
                try:
                    item = next(items)
                except StopIteration:
                    return
                finally:
                    self.leave()
                yield item

        return iterate if inspect.isgeneratorfunction(function) else call

    def watch(self, where: str, stage: str | Callable[..., str]) -> None:
        """Times ``package.module:name`` or ``package.module:Class.method``, also where it was imported under its name.

        A name that is gone is kept in ``missing``: its time shows in the stage around it.
        """
        module_name, _, path = where.partition(":")
        module = sys.modules.get(module_name)
        owner_name, _, attribute = path.rpartition(".")
        owner = getattr(module, owner_name, None) if owner_name else module
        function = vars(owner).get(attribute) if owner is not None else None
        if function is None:
            self.missing.append(where)
            return
        if isinstance(function, staticmethod):
            setattr(owner, attribute, staticmethod(self.timed(function.__func__, stage)))
            return
        replaced = self.timed(function, stage)
        setattr(owner, attribute, replaced)
        if not owner_name:
            for other in [
                m for n, m in sys.modules.items() if n.startswith(module_name.partition(".")[0] + ".")
            ]:
                for name, value in list(vars(other).items()):
                    if value is function:
                        setattr(other, name, replaced)
