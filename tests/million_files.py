"""Scans very many small files and tells time and memory: ``python tests/million_files.py --count 1000000 --log FILE``.

Flat: all in one folder; nested: a hundred in each of very many. Each file is a table of one row, or empty.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEAD = "姓名,手机号码\n"
IN_FOLDER = 100
#: Lists the inputs and says what that took.
LISTED = "from scanner.run import job; job.file_inputs(sys.argv[1:], job.Options()); "
SCANNED = "from scanner.cli import main; sys.argv[1:1] = ['scan']; "
#: Memory and time at the end, on standard error.
TOLD = (
    "import atexit, re, sys, time; atexit.register(lambda: print('cost', time.process_time(), "
    "re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1], file=sys.stderr)); "
)


def make(folder: Path, count: int, nested: bool, empty: bool) -> None:
    """So many files below a folder."""
    folder.mkdir()
    for number in range(count):
        place = folder
        if nested:
            place = (
                folder / f"{number // IN_FOLDER // IN_FOLDER:03}" / f"{number // IN_FOLDER % IN_FOLDER:02}"
            )
            if number % IN_FOLDER == 0:
                place.mkdir(parents=True)
        with open(place / f"{number:07}.csv", "w", encoding="utf-8") as file:  # noqa: PTH123 - a million times
            if not empty:
                file.write(f"{HEAD}王小明,138{number % 10**8:08}\n")


def cost(code: str, *arguments: object) -> tuple[float, float, int]:
    """Seconds, seconds of the processor, and MB at most of some code in a process of its own."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", TOLD + code, *map(str, arguments)],
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    found = re.search(rb"cost ([\d.]+) (\d+)", done.stderr)
    if found is None:
        return time.monotonic() - began, 0.0, 0
    return time.monotonic() - began, float(found[1]), int(found[2]) >> 10


def main() -> None:
    """Makes the folders, scans them, and writes a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--log", type=Path)
    chosen = parser.parse_args()
    lines = [
        f"{date.today()} {platform.system()} {platform.machine()}: {chosen.count} files",
        "",
        "| files | listed, s | processor, s | MB | scanned, s | processor, s | MB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    with tempfile.TemporaryDirectory() as scratch:
        for nested in (False, True):
            for empty in (True, False):
                folder = Path(scratch) / "in"
                make(folder, chosen.count, nested, empty)
                name = f"{'empty' if empty else 'one row each'}, {'nested' if nested else 'one folder'}"
                first = cost(LISTED, folder)
                second = cost(
                    SCANNED + "main()", folder, "-o", Path(scratch) / "report.json", "--checkpoint", 0
                )
                lines.append(
                    f"| {name} | {first[0]:.0f} | {first[1]:.0f} | {first[2]} "
                    f"| {second[0]:.0f} | {second[1]:.0f} | {second[2]} |"
                )
                print(lines[-1], flush=True)
                subprocess.run(["rm", "-rf", str(folder), str(Path(scratch) / "report.json")], check=True)
                if chosen.log:
                    chosen.log.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
