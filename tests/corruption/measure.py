"""Scans damaged files of every format and tells how each ended; for the tests and ``make corrupt``.

``python tests/corruption/measure.py --log FILE``; a broken promise ends it with 1.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

from corruption.damage import cuts, flips, swaps
from corruption.formats import FORMATS, Format

ROOT = Path(__file__).resolve().parents[2]
GROUP = 64  # files of one scan
SWAPS = 24
MEMORY = 512 << 10  # KiB that the parent may have
STATUSES = ("complete", "partial", "failed", "skipped")


@dataclass
class Told:
    """What a report says of one file and of all that is in it."""

    status: str
    rows: int
    reasons: list[str]


@dataclass
class Result:
    """How the damaged files of one format ended. ``broken``: promises that were not kept, a sentence each."""

    format: str
    files: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    fewer: int = 0  # files that are complete with fewer rows than the sound one
    peak: int = 0  # KiB of the parent
    seconds: float = 0.0
    broken: list[str] = field(default_factory=list)


def damaged(data: bytes, count: int, draw: random.Random) -> Iterator[tuple[str, bytes]]:
    """The file cut, with ``count`` bytes changed over some files, and with blocks swapped."""
    yield from cuts(data)
    yield from flips(data, count, draw)
    yield from swaps(data, SWAPS, draw)


def measured(format_: Format, count: int, seed: int = 1, keep: Path | None = None, every: int = 1) -> Result:
    """Damages a file of a format in all ways and scans what comes out, ``every`` n-th of them.

    ``keep``: a folder for files that break a promise.
    """
    result = Result(format_.name)
    sound = format_.make()
    alone, code, err, _ = scanned([sound])
    if not alone:
        result.broken.append(f"the scan of the sound file ended with {code}: {err[-300:]}")
        return result
    before = alone[0]
    if before.status not in ("complete", "partial") or before.rows < 1:
        result.broken.append(f"the sound file is {before.status} with {before.rows} rows")
    rest = islice(damaged(sound, count, random.Random(f"{seed} {format_.name}")), 0, None, every)
    while group := list(islice(rest, GROUP)):
        began = time.monotonic()
        told, code, err, peak = scanned([data for _, data in group])
        result.seconds += time.monotonic() - began
        result.peak = max(result.peak, peak)
        if len(told) != len(group):
            result.broken.append(f"the scan ended with {code}: {err[-300:]}")
            _kept(keep, format_, (data for _, data in group))
            continue
        for (how, data), each in zip(group, told, strict=True):
            result.files += 1
            result.statuses[each.status] += 1
            fewer = each.status == "complete" and each.rows < before.rows
            result.fewer += fewer
            fault = _fault(format_, how, each, before)
            if fault:
                result.broken.append(f"{how}: {fault}")
                _kept(keep, format_, [data])
    if result.peak > MEMORY:
        result.broken.append(f"the parent had {result.peak >> 10} MB")
    return result


def _fault(format_: Format, how: str, told: Told, before: Told) -> str | None:
    """The promise that a report of a file breaks, if it does."""
    if told.status not in STATUSES:
        return f"its status is {told.status!r}"
    if (told.status == "complete") and told.reasons and before.status == "complete":
        return None if all(told.reasons) else "an empty reason"
    if told.status != "complete" and not told.reasons:
        return f"{told.status} without a reason"
    if told.status != "complete" or before.status != "complete":
        return None
    if format_.whole and how.startswith("cut"):
        return "it was cut, and is complete"
    if format_.sealed and told.rows != before.rows:
        return f"it is complete with {told.rows} rows instead of {before.rows}"
    return None


def _kept(folder: Path | None, format_: Format, contents: Iterable[bytes]) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for data in contents:
            (folder / f"{format_.name}-{len(list(folder.iterdir()))}").write_bytes(data)


def scanned(contents: Sequence[bytes]) -> tuple[list[Told], int, str, int]:
    """One scan of files of these contents, in a process of its own: what is told of each, the code, and KiB of memory.

    Nothing is told where the process did not end with a report.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder, report = Path(scratch) / "in", Path(scratch) / "report.json"
        folder.mkdir()
        names = [f"{number:04}" for number in range(len(contents))]
        for name, data in zip(names, contents, strict=True):
            (folder / name).write_bytes(data)
        code, err, peak = ended(folder, report)
        if code not in (0, 3) or not report.exists():
            return [], code, err, peak
        found: dict[str, list[dict[str, object]]] = {name: [] for name in names}
        for entry in json.loads(report.read_bytes())["inputs"]:
            found[Path(entry["path"]).name].append(entry)
        return [_told(entries) for entries in found.values()], code, err, peak


def _told(entries: Sequence[dict[str, object]]) -> Told:
    """Of a container and its members together: the worst status, all rows, the reasons of whatever is not complete."""
    statuses = [str(entry["status"]) for entry in entries]
    worst = max(statuses, key=lambda status: STATUSES.index(status) if status in STATUSES else 99, default="")
    reasons = [str(reason) for entry in entries for reason in entry["reasons"]]  # type: ignore[attr-defined]
    if any(entry["status"] != "complete" and not entry["reasons"] for entry in entries):
        reasons = []
    return Told(worst, sum(int(str(entry["rows"])) for entry in entries), reasons)


#: Writes the most memory it had into a file: what the parent of a process had counts for ``getrusage``, too.
STARTER = """
import atexit, re, sys
place = sys.argv.pop(1)
def told():
    with open(place, "w") as out, open("/proc/self/status") as status:
        out.write(re.search(r"VmHWM:\\s*(\\d+)", status.read())[1])
atexit.register(told)
from scanner.cli import main
main()
"""


def ended(folder: Path, report: Path) -> tuple[int, str, int]:
    """Scans a folder in a process of its own: exit code (negative: a signal), standard error, KiB at most."""
    peak = report.with_name("peak")
    command = [sys.executable, "-c", STARTER, str(peak), "scan", str(folder), "-o", str(report)]
    done = subprocess.run(
        [*command, "--as-of", "2026-01-01"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    err = done.stderr.decode("utf-8", "replace")
    most = int(peak.read_text()) if peak.exists() else 0
    wrong = "Traceback" in err or "a fault of the tool itself" in err
    return 99 if wrong else done.returncode, err, most


HEAD = (
    "| format | files | complete | of these with fewer rows | partial | failed | skipped | parent, MB | s | broken |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
)


def line(result: Result) -> str:
    """A line of the table."""
    counts = result.statuses
    cells = [result.format, result.files, counts["complete"], result.fewer]
    cells += [counts[status] for status in STATUSES[1:]]
    cells += [result.peak >> 10, round(result.seconds), len(result.broken)]
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Damages every format and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=1000, help="bytes changed over all files of a format")
    parser.add_argument("--only", action="append", default=[], help="a format; may be given several times")
    parser.add_argument("--every", type=int, default=1, help="only each n-th damaged file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--keep", type=Path, help="a folder for files that break a promise")
    chosen = parser.parse_args()
    told = [
        f"{date.today()} {platform.system()} {platform.machine()}: each format cut at each 1/64, {chosen.flips} "
        f"bytes changed, {SWAPS} pairs of blocks swapped, of these files each {chosen.every}.; seed {chosen.seed}",
        "",
        *HEAD,
    ]
    results = []

    def write() -> None:
        faults = [f"- {each.format}: {fault}" for each in results for fault in each.broken]
        text = "\n".join([*told, *map(line, results), "", *faults]) + "\n"
        if chosen.log:
            chosen.log.parent.mkdir(parents=True, exist_ok=True)
            chosen.log.write_text(text, encoding="utf-8")

    for format_ in FORMATS:
        if not chosen.only or format_.name in chosen.only:
            results.append(measured(format_, chosen.flips, chosen.seed, chosen.keep, chosen.every))
            print(line(results[-1]), *results[-1].broken[:5], sep="\n  ", flush=True)
            write()
    sys.exit(any(each.broken for each in results))


if __name__ == "__main__":
    main()
