"""A scan talks to nobody: no socket is made and no name is looked up, whatever is asked of the tool."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures_reference import DEMO, ROOT

WATCHED = """
import sys
seen = []
def look(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.")):
        seen.append(event)
sys.addaudithook(look)
def watched(work):
    code = 0
    try:
        work()
    except SystemExit as ended:
        code = ended.code
    if seen:
        print("watched:", *sorted(set(seen)), file=sys.stderr)
        code = 99
    sys.exit(code)
"""


def run(work: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Python code whose network events end it with 99."""
    return subprocess.run(
        [sys.executable, "-c", f"{WATCHED}\n{work}", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("scan", str(DEMO), "-o", "DIR/", "--hash", "sm3", "--rehash"),
        ("scan", str(DEMO), "-f", "json", "--findings", "DIR/findings.parquet", "--reveal"),
        ("compare", str(DEMO), "-f", "html"),
        ("explain", str(DEMO / "orders.csv"), "--row", "3"),
    ],
    ids=["all formats", "findings", "compare", "explain"],
)
def test_no_socket_is_made(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    chosen = [argument.replace("DIR", str(tmp_path)) for argument in arguments]
    ended = run("from scanner.cli import main\nwatched(lambda: main(sys.argv[1:]))", *chosen)
    assert ended.returncode in (0, 3), ended.stderr


@pytest.mark.parametrize("work", ["socket.socket(socket.AF_UNIX)", "socket.getaddrinfo('127.0.0.1', 80)"])
def test_the_watch_can_see_one(work: str) -> None:
    assert run(f"import socket\nwatched(lambda: {work})").returncode == 99
