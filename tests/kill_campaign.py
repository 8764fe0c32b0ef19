"""Kills scans with SIGKILL at random points, resumes them, and compares the evidence body with an undisturbed run's.

``python tests/kill_campaign.py --size 200M --points 200 --log FILE``; a difference ends it with 1.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AS_OF = "2026-01-01"
TIMES = 5  # kills of one run at most: a resumed one is killed, too
MESSAGE = 50  # rows of a message of mail
PAGE = 2_000  # rows of an HTML page
ENDING = 20.0  # seconds after which no process of a killed scan may be left
#: Shares of the size, and how each file is made by fixtures/make.py.
MIXED = (
    (0.25, "people.csv", ()),
    (0.2, "gbk.txt", ("--format", "txt", "--encoding", "gb18030")),
    (0.2, "other.csv", ("--encoding", "gb18030", "--delimiter", "\t")),
    (0.1, "columns.parquet", ("--format", "parquet")),
    (0.15, "packed.csv", ()),
    (0.1, "lines.jsonl", ()),
)


def make_set(folder: Path, size: int) -> None:
    """A mixed set of about ``size`` bytes: text in two encodings, Parquet, JSON lines, an archive, small files, and a
    tenth more of what is read in child processes: a database, mail, a page."""
    folder.mkdir(parents=True)
    for seed, (share, name, more) in enumerate(MIXED, 1):
        place = folder / (name if not name.endswith(".jsonl") else "lines.csv")
        command = [
            sys.executable,
            str(ROOT / "fixtures" / "make.py"),
            "dump",
            "--size",
            str(int(size * share)),
        ]
        command += ["--seed", str(seed), "--out", str(place), *more]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for left in folder.glob("*.truth.json"):
            left.unlink()
    with (folder / "lines.csv").open(encoding="utf-8") as rows, (folder / "lines.jsonl").open("w") as lines:
        heads = next(rows).rstrip("\n").split(",")
        for row in rows:
            lines.write(json.dumps(dict(zip(heads, row.rstrip("\n").split(","), strict=False))) + "\n")
    make_read_in_children(folder)
    (folder / "lines.csv").unlink()
    with zipfile.ZipFile(folder / "packed.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "packed.csv", "a/packed.csv")
        archive.write(folder / "people.csv", "b/again.csv")
    (folder / "packed.csv").unlink()
    small = folder / "small"
    small.mkdir()
    for number in range(20):
        (small / f"{number}.csv").write_text(f"手机号\n1380013{8000 + number}\n", encoding="utf-8")


def make_read_in_children(folder: Path) -> None:
    """The rows of lines.csv again in forms whose readers are processes of their own."""
    with (folder / "lines.csv").open(encoding="utf-8") as rows:
        heads = next(rows).rstrip("\n").split(",")
        cells = [row.rstrip("\n").split(",") for row in rows]
    held = [row for row in cells if len(row) == len(heads)]
    with sqlite3.connect(folder / "rows.db") as database:
        names = ",".join(f'"{head}" TEXT' for head in heads)
        database.execute(f"CREATE TABLE people ({names})")
        database.executemany(f"INSERT INTO people VALUES ({','.join('?' * len(heads))})", held)
    database.close()
    page = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in [heads, *held[:PAGE]]
    )
    (folder / "page.html").write_text(
        f"<html><meta charset=utf-8><body><table>{page}</table></body></html>", encoding="utf-8"
    )
    letters = iter(held[: 20 * PAGE])
    with (folder / "box.mbox").open("wb") as box:
        while some := list(islice(letters, MESSAGE)):
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "名单"
            message.set_content("\n".join("，".join(row) for row in some), charset="utf-8", cte="base64")
            box.write(b"From a@example.com Mon Mar  2 10:00:00 2026\n" + message.as_bytes() + b"\n")


@dataclass(frozen=True)
class Point:
    """One point: how often the scan was killed, with how many parts kept, and whether the result is the same."""

    jobs: int
    kills: int
    parts: int
    same: bool
    note: str = ""


def body(report: Path) -> dict[str, object]:
    """The evidence body of a report."""
    return {key: value for key, value in json.loads(report.read_bytes()).items() if key != "run"}


def scan(folder: Path, report: Path, jobs: int, *more: str) -> subprocess.Popen[bytes]:
    """A scan of the set, in a process of its own."""
    command = [sys.executable, "-m", "scanner", "scan", folder.name, "-o", str(report), "--as-of", AS_OF]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*command, "--jobs", str(jobs), *more],
        cwd=folder.parent,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        process_group=0,
    )


def left_of(group: int) -> list[int]:
    """The processes of a group that run. What ended and was not asked how is none."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group, *_ = place.read_text().rpartition(")")[2].split()
            if int(its_group) == group and state != "Z":
                found.append(int(place.parent.name))
    return found


def outlived(group: int) -> bool:
    """Whether readers of a killed scan are still there after a while."""
    until = time.monotonic() + ENDING
    while left_of(group):
        if time.monotonic() > until:
            return True
        time.sleep(0.1)
    return False


def one_point(
    folder: Path, report: Path, expected: dict[str, object], jobs: int, seconds: float, every: str
) -> Point:
    """Kills at a random time, resumes, kills again perhaps, and compares. ``seconds``: how long a scan takes."""
    journal = report.with_name(report.name + ".leaktally-journal")
    more: tuple[str, ...] = ("--checkpoint", every)
    kills = parts = 0
    while True:
        child = scan(folder, report, jobs, *more)
        left = random.uniform(0.1, seconds) if kills < TIMES else None
        try:
            _, said = child.communicate(timeout=left)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.communicate()
            kills += 1
            if outlived(child.pid):
                return Point(jobs, kills, parts, False, "processes of the killed scan are left")
            if report.exists():
                return Point(
                    jobs, kills, parts, body(report) == expected, "killed after its report was in place"
                )
            parts = len(list(journal.glob("*.part")))
            more = ("--checkpoint", every, *(("--resume",) if journal.exists() else ()))
            if random.random() < 0.5:
                continue
            child = scan(folder, report, jobs, *more)
            _, said = child.communicate()
        if not kills and report.exists():  # it was faster than the first: no point of the campaign
            report.unlink()
            seconds *= 0.8
            continue
        if not report.exists():
            return Point(jobs, kills, parts, False, said.decode("utf-8", "replace").strip()[-300:])
        same = body(report) == expected and not journal.exists()
        return Point(jobs, kills, parts, same)


def campaign(
    folder: Path, points: int, all_jobs: Sequence[int], every: str, told: Callable[[str], None]
) -> list[Point]:
    """So many points over the set in ``folder``, each told in a line."""
    report = folder.parent / "report.json"
    began = time.monotonic()
    scan(folder, report, 1, "--checkpoint", "0").communicate()
    seconds = time.monotonic() - began
    expected = body(report)
    told(f"undisturbed: {seconds:.1f} s, body {json.loads(report.read_bytes())['run']['body_sha256']}")
    found = []
    for number in range(points):
        report.unlink(missing_ok=True)
        shutil.rmtree(report.with_name(report.name + ".leaktally-journal"), ignore_errors=True)
        jobs = all_jobs[number % len(all_jobs)]
        found.append(one_point(folder, report, expected, jobs, seconds, every))
        each = found[-1]
        state = "same" if each.same else "DIFFERENT"
        told(
            f"{number + 1:4} jobs {each.jobs} kills {each.kills} parts {each.parts:3} {state} {each.note}".rstrip()
        )
    return found


def main() -> None:
    """The campaign as a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="200M")
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--jobs", default="1,2,4")
    parser.add_argument("--checkpoint", default="0.5")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path)
    chosen = parser.parse_args()
    random.seed(chosen.seed)
    lines = [
        f"{date.today()} {platform.system()} {platform.machine()}: {chosen.points} points, set of {chosen.size}, "
        f"jobs {chosen.jobs}, a part every {chosen.checkpoint} s, seed {chosen.seed}"
    ]

    def told(line: str) -> None:
        lines.append(line)
        print(line, flush=True)
        if chosen.log:
            chosen.log.write_text("\n".join(lines) + "\n", encoding="utf-8")

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "set"
        make_set(folder, int(chosen.size.rstrip("M")) * 1_000_000)
        jobs = [int(each) for each in chosen.jobs.split(",")]
        found = campaign(folder, chosen.points, jobs, chosen.checkpoint, told)
    same = sum(each.same for each in found)
    killed = [each for each in found if each.kills]
    told(
        f"{same} of {len(found)} the same; {sum(each.kills for each in found)} kills in {len(killed)} points, "
        f"{sum(each.parts > 0 for each in killed)} of them with parts to go on from"
    )
    sys.exit(same != len(found))


if __name__ == "__main__":
    main()
