"""A browser for tests: headless Chromium over the DevTools protocol, with the standard library alone.

The protocol goes through two pipes (--remote-debugging-pipe): messages are JSON, each ended by a zero byte.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    *("--hide-scrollbars", "--remote-debugging-pipe"),
)
SECONDS = 60


def program() -> str | None:
    """The browser on this machine; None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass
class Loaded:
    """What a page did while it was loaded; each list is empty for a page that keeps to itself."""

    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    windows: list[str] = field(default_factory=list)

    @property
    def quiet(self) -> bool:
        return not (self.requests or self.dialogs or self.console or self.windows)


class Browser:
    """One running Chromium; ``open`` loads a page in a tab of its own."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._left = b""
        self._last = 0
        self._events: list[dict[str, Any]] = []

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        """The answer to a command; events that come meanwhile are kept."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        wanted = self._last
        while True:
            told = self._next()
            if told.get("id") == wanted:
                assert "error" not in told, (method, told["error"])
                return told["result"]
            self._take(told)

    def _next(self) -> dict[str, Any]:
        ends = time.monotonic() + SECONDS
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._reading], [], [], max(ends - time.monotonic(), 0))
            assert ready, "the browser does not answer"
            piece = os.read(self._reading, 1 << 20)
            assert piece, "the browser is gone"
            self._left += piece
        line, _, self._left = self._left.partition(b"\0")
        found: dict[str, Any] = json.loads(line)
        return found

    def _take(self, told: dict[str, Any]) -> None:
        self._events.append(told)
        if told.get("method") == "Page.javascriptDialogOpening":  # else the page waits for ever
            self._last += 1
            answer = {"id": self._last, "method": "Page.handleJavaScriptDialog", "params": {"accept": True}}
            os.write(self._writing, json.dumps({**answer, "sessionId": told["sessionId"]}).encode() + b"\0")

    def open(self, page: Path, width: int = 1280) -> tuple[str, Loaded]:
        """Loads a file; its session, and what it did until it was loaded and had time to act."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable", session)
        self.ask("Target.setDiscoverTargets", discover=True)
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", session, **size)
        self._events.clear()
        self.ask("Page.navigate", session, url=page.as_uri())
        while not any(one.get("method") == "Page.loadEventFired" for one in self._events):
            self._take(self._next())
        # Timers and failed requests of the page come after it is loaded.
        waited = "new Promise(done => setTimeout(() => done(1), 300))"
        self.ask("Runtime.evaluate", session, expression=waited, awaitPromise=True)
        return session, self._seen(page.as_uri(), session, target)

    def _seen(self, page: str, session: str, target: str) -> Loaded:
        seen = Loaded()
        for one in self._events:
            method, told = one.get("method"), one.get("params", {})
            if method == "Target.targetCreated":
                if told["targetInfo"]["type"] == "page" and told["targetInfo"]["targetId"] != target:
                    seen.windows.append(told["targetInfo"]["url"])
            elif one.get("sessionId") != session:
                continue
            elif method == "Network.requestWillBeSent" and told["request"]["url"] != page:
                seen.requests.append(told["request"]["url"])
            elif method == "Page.javascriptDialogOpening":
                seen.dialogs.append(told["message"])
            elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
                seen.console.append(json.dumps(told)[:500])
            elif method == "Page.windowOpen":
                seen.windows.append(told["url"])
        return seen

    def evaluate(self, session: str, expression: str) -> Any:
        """The value of an expression in the page."""
        found = self.ask("Runtime.evaluate", session, expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def pdf(self, session: str) -> bytes:
        """The page as it is printed, on the paper that its style sheet asks for."""
        told = self.ask("Page.printToPDF", session, preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(told["data"])


@contextmanager
def running(path: str) -> Iterator[Browser]:
    """A browser with a profile of its own, ended and removed at the end."""
    to_browser, from_us = os.pipe()
    to_us, from_browser = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # The browser takes commands from descriptor 3 and answers on 4.
        line = f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}'
        options = [*OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(
            ["/bin/bash", "-c", line, path, *options],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        browser = Browser(to_us, from_us)
        try:
            yield browser
            browser.ask("Browser.close")
        finally:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(to_us)
            os.close(from_us)
