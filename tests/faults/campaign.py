"""Fails the n-th call of every kind, for n = 1, 2, … until none fails, and judges how the command ended.

``python tests/faults/campaign.py --log FILE``; a broken promise ends it with 1. Promises: a scan that ends with 0
has the counts of an undisturbed one; with 3 it says which inputs it did not read whole, and the others' figures are
right; else there is one sentence. What lies under the name of a report is whole, and the report of this scan.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from archive_files import zipped
from corruption.formats import parquet, text
from faults.driver import KINDS

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).with_name("failing.c")
AS_OF = ("--as-of", "2026-01-01")
OUTPUTS = ("report.json", "report.html", "report.txt", "annex.xlsx", "list.csv")


def library(folder: Path) -> Path:
    """Compiles the library; CalledProcessError or FileNotFoundError where that cannot be done here."""
    made = folder / "failing.so"
    command = [os.environ.get("CC", "cc"), "-O1", "-shared", "-fPIC", "-o", str(made), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return made


@dataclass
class Run:
    """How one run ended. ``calls``: of the kind; ``left``: names in the folder of the outputs."""

    kind: str
    call: int
    lasting: bool
    code: int
    said: str
    calls: int
    left: list[str]
    report: dict[str, Any] | None = None
    faults: list[str] = field(default_factory=list)


class Scans:
    """Runs scans of one small mixed set below ``root`` while calls fail; ``with`` starts and ends the driver."""

    def __init__(self, root: Path, what: str) -> None:
        self.root = root / "files"
        self.what = what
        self._library = library(root)
        self._inputs = self.root / "in"
        self._inputs.mkdir(parents=True)
        rows = text("gb18030").splitlines(keepends=True)
        for name, data in {
            "a.csv": b"".join(rows),
            "b.parquet": parquet("snappy"),
            "c.zip": zipped(("inner.csv", text()), ("inner.parquet", parquet("none"))),
            "d/e.csv": b"".join(text().splitlines(keepends=True)[:10]),
        }.items():
            (self._inputs / name).parent.mkdir(exist_ok=True)
            (self._inputs / name).write_bytes(data)
        self.out, self._tmp = self.root / "out", self.root / "tmp"
        self.sound: dict[str, Any] = {}

    def __enter__(self) -> Self:
        environment = os.environ | {
            "LD_PRELOAD": str(self._library),
            "PYTHONPATH": str(ROOT),
            "ARROW_DEFAULT_MEMORY_POOL": "system",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self._driver = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("driver.py")),
                str(self._library),
                str(self._inputs / "a.csv"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.first = self._ran("memory", 0, False)
        self.sound = _body(self.first.report)
        assert self.first.code == 0, self.first.said
        assert self.sound, self.first
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._driver.communicate()

    def run(self, kind: str, call: int, lasting: bool) -> Run:
        """One scan in which the call of that number fails, and with ``lasting`` all behind it; judged."""
        ran = self._ran(kind, call, lasting)
        ran.faults = list(self._broken(ran))
        return ran

    def _arguments(self) -> list[str]:
        common = [
            "scan",
            str(self._inputs),
            "--tmp",
            str(self._tmp),
            "--jobs",
            "1",
            *AS_OF,
            "--memory",
            "64K",
        ]
        if self.what == "findings":
            return [
                *common,
                "-o",
                str(self.out / "report.json"),
                "--findings",
                str(self.out / "findings.csv"),
            ]
        if self.what == "journal":
            return [*common, "-o", str(self.out / "report.json"), "--checkpoint", "0.001"]
        formats = [word for name in ("json", "html", "terminal", "xlsx", "list") for word in ("-f", name)]
        return [*common, "-o", f"{self.out}/", *formats, "--checkpoint", "0"]

    def _ran(self, kind: str, call: int, lasting: bool) -> Run:
        assert self._driver.stdin
        assert self._driver.stdout
        asked = {
            "arguments": self._arguments(),
            "kind": kind,
            "call": call,
            "lasting": lasting,
            "folder": str(self.root),
            "said": str(self.root.parent / "said"),
            "clear": [str(self.out), str(self._tmp)],
        }
        self._driver.stdin.write(json.dumps(asked) + "\n")
        self._driver.stdin.flush()
        told = json.loads(self._driver.stdout.readline())
        report = self.out / "report.json"
        found = json.loads(report.read_bytes()) if report.exists() else None
        left = sorted(str(each.relative_to(self.root)) for each in self._left())
        return Run(kind, call, lasting, told["code"], told["said"], told["calls"], left, found)

    def _left(self) -> Iterator[Path]:
        for folder in (self.out, self._tmp):
            if folder.exists():
                yield from folder.rglob("*")

    def _broken(self, ran: Run) -> Iterator[str]:
        """The promises that a run broke, a sentence each."""
        lines = [line for line in ran.said.splitlines() if not JOURNAL.search(line)]
        if "Traceback" in ran.said or "a fault of the tool itself" in ran.said:
            yield f"no sentence of ours: {ran.said[-400:]}"
        if any(not line.startswith("leaktally: ") for line in lines):
            yield f"something else is said: {ran.said[-400:]}"
        if ran.code == 2 and ran.kind == "stat" and ran.report is None:
            return  # click looks at the folder of --tmp itself
        if ran.code not in (0, 3, 4):
            yield f"it ended with {ran.code}: {ran.said[-300:]}"
        if ran.code == 3 and ran.report is None and len(lines) == 1 and "itemised" in lines[0]:
            return  # an input could be read once only
        if ran.code in (0, 3) and ran.report is None:
            yield f"it ended with {ran.code} and without a report"
        if ran.code == 4 and len(lines) != 1:
            yield f"{len(lines)} sentences: {ran.said[-400:]}"
        if ran.report is not None:
            yield from self._wrong(ran, _body(ran.report))
        for name in OUTPUTS:
            place = self.out / name
            if place.exists() and not _is_whole(place):
                yield f"{name} is not whole"
        hidden = [name for name in ran.left if Path(name).name.startswith((".", "leaktally-"))]
        if hidden and ran.kind not in ("remove", "list", "stat", "open"):
            yield f"files are left: {hidden}"

    def _wrong(self, ran: Run, body: dict[str, Any]) -> Iterator[str]:
        """What a report tells otherwise than it is."""
        if body == self.sound:
            return
        unread = {(each["path"], each["member"]) for each in body["inputs"] if each["status"] != "complete"}
        if ran.code == 0 or not unread:
            keys = [key for key in body if body[key] != self.sound[key]]
            yield f"code {ran.code}, all is complete, but {keys} differ from the undisturbed scan"
        known = {(each["path"], each["member"]): each for each in self.sound["inputs"]}
        for entry in body["inputs"]:
            key = entry["path"], entry["member"]
            if entry["status"] == "complete" and known.get(key) != entry:
                yield f"{key} is complete, but told as {entry}"
            if entry["status"] != "complete" and not entry["reasons"]:
                yield f"{key} is {entry['status']} without a reason"
        for label, count in body["labels"].items():
            if count["rows"] > self.sound["labels"].get(label, {"rows": 0})["rows"]:
                yield f"{label}: {count['rows']} rows are more than there are"


def _body(report: dict[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (report or {}).items() if key != "run"}


def _is_whole(place: Path) -> bool:
    data = place.read_bytes()
    if place.suffix == ".html":
        return data.rstrip().endswith(b"</html>")
    if place.suffix == ".xlsx":
        return data.startswith(b"PK") and b"PK\5\6" in data[-64:]
    return data.endswith(b"\n")


JOURNAL = re.compile("the journal '.*' cannot be kept: .*; the scan goes on$")
NEVER = 1 << 60  # a call that there is not
WHATS = ("set", "findings", "journal")


def calls(scans: Scans, kind: str, most: int | None = None) -> Iterator[Run]:
    """Runs with each call of a kind failing, alone and then with all behind it; evenly spread ones, at ``most``."""
    count = scans.run(kind, NEVER, False).calls
    every = max(1, -(-count // most)) if most else 1
    for lasting in (False, True):
        for call in range(1, count + 1, every):
            ran = scans.run(kind, call, lasting)
            if ran.calls >= call:  # threads and clocks may make it some calls fewer
                yield ran


def main() -> None:
    """Fails every call and writes a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, help="calls of a kind to fail; all by default")
    parser.add_argument("--only", action="append", default=[], help="a kind; may be given several times")
    parser.add_argument("--what", action="append", default=[], help="set, findings or journal")
    parser.add_argument("--log", type=Path)
    chosen = parser.parse_args()
    lines = [
        f"{date.today()} {platform.system()} {platform.machine()}: "
        f"{'every call' if not chosen.most else f'{chosen.most} calls of each kind'} failed, alone and with all behind",
        "",
        "| outputs | calls | error | runs | code 0 | code 3 | code 4 | others | s | broken |",
        "|---|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    broken: list[str] = []

    def tell(row: str) -> None:
        lines.append(row)
        print(row, flush=True)
        if chosen.log:
            chosen.log.parent.mkdir(parents=True, exist_ok=True)
            chosen.log.write_text("\n".join([*lines, "", *broken]) + "\n", encoding="utf-8")

    for what in chosen.what or WHATS:
        with tempfile.TemporaryDirectory() as scratch, Scans(Path(scratch), what) as scans:
            for kind in chosen.only or KINDS:
                began, codes, before = time.monotonic(), Counter[int](), len(broken)
                for ran in calls(scans, kind, chosen.most):
                    codes[ran.code] += 1
                    how = "and all behind it" if ran.lasting else "alone"
                    found = [f"- {what}, {kind} {ran.call} {how}: {fault}" for fault in ran.faults]
                    broken += found
                    print(*(each[:600] for each in found), sep="\n", end="\n" if found else "", flush=True)
                others = codes.total() - codes[0] - codes[3] - codes[4]
                name = os.strerror(KINDS[kind][1])
                counts = f"{codes.total()} | {codes[0]} | {codes[3]} | {codes[4]} | {others}"
                tell(
                    f"| {what} | {kind} | {name} | {counts} | {time.monotonic() - began:.0f} "
                    f"| {len(broken) - before} |"
                )
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
