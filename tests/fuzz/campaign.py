"""Mutation fuzzing of every kernel and every source: ``python tests/fuzz/campaign.py --executions 1000000 --log FILE``.

Each target runs in a process of its own, batch by batch; a batch is drawn from (target, number), so that whatever fails
can be run again: ``--again TARGET NUMBER``. A failure is a death of the process, a batch without an answer for a minute,
an exception, or an answer that contradicts itself. ``--sanitized FOLDER``: kernels come from a build with gcc's
sanitizers. An execution is one input (a cell, a text, a key, a file), not one call. Any failure ends it with 1.
``--add LOG`` goes on where an earlier log ends: its figures are added, its batches not run again, and targets that have
enough are left out, so that nights add up.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib
import json
import mmap
import os
import platform
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KERNELS = ("fuzz_cell_kernels", "fuzz_text_kernels", "fuzz_array_kernels", "fuzz_coded_kernels")
SOURCES = ("fuzz_sources",)
STATE = struct.Struct(
    "<qqqd"
)  # batch that runs, executions so far, whether a reader of a child process runs, begin
PR_SET_PDEATHSIG = 1  # of prctl: a fork does not outlive who watches it
SILENT = 60.0  # seconds that a batch may take
MOST_FAILURES = 25  # of a target
MEMORY = 6 << 30  # bytes of address space of a worker without sanitizers


def known() -> tuple[str, ...]:
    """The modules with targets; a test adds one, with its folder: ``LEAKTALLY_FUZZ_MODULES=folder:module``."""
    folder, _, module = os.environ.get("LEAKTALLY_FUZZ_MODULES", "").rpartition(":")
    if not module:
        return KERNELS + SOURCES
    sys.path.insert(0, folder)
    return (module,)


def targets(modules: tuple[str, ...]) -> dict[str, Callable[..., int]]:
    """All targets of these modules by name."""
    return {name: run for module in modules for name, run in importlib.import_module(module).TARGETS.items()}


# --- a worker ---------------------------------------------------------------------------------------------------------


def work(name: str, first: int, executions: int, until: float, state_file: str, sanitized: bool) -> None:
    """Runs batches of one target in a fork; another fork goes on where a reader died, which costs no new start."""
    if not sanitized:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    module = next(each for each in known() if name in targets((each,)))
    getattr(importlib.import_module(module), "warm", int)()
    while True:
        child = os.fork()
        if not child:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            batches(name, module, first, executions, until, state_file)
            sys.stdout.flush()
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if not code:
            return
        at, done, in_reader, _ = STATE.unpack(Path(state_file).read_bytes()[: STATE.size])
        if not in_reader:
            sys.exit(code if code > 0 else 128 - code)
        print(json.dumps({"died": at, "done": done}), flush=True)
        first, executions = at + 1, executions - done


def batches(name: str, module: str, first: int, executions: int, until: float, state_file: str) -> None:
    """Batches from a number on; writes a line of JSON for each that fails, and one at the end."""
    from fuzz_material import Chance

    run = targets((module,))[name]
    notes: Counter[str] = getattr(importlib.import_module(module), "NOTES", Counter())
    unraised: list[str] = []
    sys.unraisablehook = lambda what: unraised.append(repr(what.exc_value))
    with open(state_file, "r+b") as file:  # noqa: PTH123 - mapped
        state = mmap.mmap(file.fileno(), 0)
    importlib.import_module(module).STATE = state
    batch, done = first, 0
    while done < executions and time.time() < until:
        state[: STATE.size] = STATE.pack(batch, done, 0, time.time())
        try:
            done += run(Chance(name, batch))
            why = "; ".join(unraised)
        except Exception:
            why = traceback.format_exc(limit=-4)
        if why:
            unraised.clear()
            print(json.dumps({"batch": batch, "why": why}), flush=True)
        batch += 1
    print(json.dumps({"done": done, "next": batch, "notes": dict(notes)}), flush=True)


# --- the campaign -----------------------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """What came of one target."""

    name: str
    kind: str
    executions: int = 0
    batches: int = 0
    seconds: float = 0.0
    deaths_of_readers: int = 0
    earlier_failures: int = 0  # of the log that is added to
    failures: list[tuple[int, str]] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


def earlier(log: str) -> dict[str, Outcome]:
    """The figures of a log by target."""
    found = {}
    for line in log.splitlines():
        name, kind, *figures = (
            [each.strip() for each in line.strip("| ").split("|")] if line[:1] == "|" else ("", "")
        )
        if kind in ("kernel", "source"):
            executions, batches, seconds, failures, deaths = (
                int(each.replace(",", "") or 0) for each in [*figures, ""][:5]
            )
            found[name] = Outcome(name, kind, executions, batches, seconds, deaths, failures)
    return found


def environment(sanitized: Path | None) -> dict[str, str]:
    """Of a worker."""
    tests = ROOT / "tests"
    folders = [ROOT, tests, *(tests / name for name in ("fuzz", "kernels", "sources", "sources/workbooks"))]
    variables = dict(os.environ)
    variables.pop("LD_PRELOAD", None)
    if sanitized is not None:
        folders.insert(0, sanitized.resolve())
        library = subprocess.run(
            ["cc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
        )
        variables |= {
            "LD_PRELOAD": library.stdout.strip(),
            "PYTHONMALLOC": "malloc",
            "ASAN_OPTIONS": "detect_leaks=0:malloc_context_size=1:quarantine_size_mb=16",
            "UBSAN_OPTIONS": "print_stacktrace=1",
        }
    return variables | {
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "RUST_BACKTRACE": "0",
    }


def watched(outcome: Outcome, sanitized: Path | None, executions: int, until: float, first: int) -> None:
    """One target to its end: its process is started again behind whatever killed it."""
    began, batch = time.monotonic(), max(first, outcome.batches)
    with tempfile.NamedTemporaryFile() as shared:
        shared.write(bytes(STATE.size))
        shared.flush()
        while (
            outcome.executions < executions and time.time() < until and len(outcome.failures) < MOST_FAILURES
        ):
            command = [
                sys.executable,
                "-P",
                "-X",
                "faulthandler",
                __file__,
                "--work",
                outcome.name,
                "--first",
                str(batch),
            ]
            command += [
                "--executions",
                str(executions - outcome.executions),
                "--until",
                str(until),
                "--state",
                shared.name,
            ]
            command += ["--in-sanitizer"] if sanitized else []
            with tempfile.TemporaryFile() as said:
                child = subprocess.Popen(
                    command, env=environment(sanitized), stdout=subprocess.PIPE, stderr=said
                )
                hung = threading.Event()
                guard = threading.Thread(target=guarded, args=(child, shared.name, hung), daemon=True)
                guard.start()
                assert child.stdout is not None
                end = None
                for line in child.stdout:
                    told = json.loads(line)
                    if "why" in told:
                        outcome.failures.append((told["batch"], told["why"]))
                        if len(outcome.failures) >= MOST_FAILURES:
                            child.kill()
                    elif "died" in told:
                        outcome.executions += told["done"]
                        outcome.batches += told["died"] - batch
                        outcome.deaths_of_readers += 1
                        batch = told["died"] + 1
                    else:
                        end = told
                code = child.wait()
                if end is not None:
                    outcome.executions += end["done"]
                    outcome.batches += end["next"] - batch
                    batch = end["next"]
                    outcome.notes.update(end["notes"])
                    continue
                said.seek(0)
                at, done, in_reader, _ = STATE.unpack(Path(shared.name).read_bytes()[: STATE.size])
                outcome.executions += done
                outcome.batches += at - batch
                if in_reader:
                    outcome.deaths_of_readers += 1
                elif len(outcome.failures) < MOST_FAILURES:
                    words = said.read().decode("utf-8", "replace")[:3000]
                    how = f"no answer for {SILENT:g} s" if hung.is_set() else f"ended with {code}"
                    outcome.failures.append((at, f"{how}\n{words}"))
                batch = at + 1
    outcome.seconds += time.monotonic() - began


def guarded(child: subprocess.Popen[bytes], state: str, hung: threading.Event) -> None:
    """Kills a worker whose batch takes too long, by the seconds that pass here: all of a campaign may be stopped a while."""
    last, seconds = 0.0, 0
    while child.poll() is None:
        time.sleep(1)
        begin = STATE.unpack(Path(state).read_bytes()[: STATE.size])[3] if Path(state).exists() else 0
        last, seconds = begin, seconds + 1 if begin == last else 0
        if begin and seconds > SILENT:
            hung.set()
            child.kill()


def campaign(
    waiting: list[Outcome], sanitized: Path | None, executions: int, seconds: float, workers: int,
    told: Callable[[Outcome], None], first: int = 0,
) -> list[Outcome]:  # fmt: skip
    """All these targets, ``workers`` of them at a time; ``seconds`` at most for each."""
    waiting = list(waiting)
    found: list[Outcome] = []
    lock = threading.Lock()

    def one_after_the_other() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                mine = waiting.pop(0)
            build = sanitized if mine.kind == "kernel" else None
            watched(mine, build, executions, time.time() + seconds, first)
            with lock:
                found.append(mine)
                told(mine)

    threads = [threading.Thread(target=one_after_the_other) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def page(found: list[Outcome], asked: int, seconds: float, sanitized: bool) -> str:
    """The log of a campaign, in Markdown."""
    build = (
        "gcc's address and undefined-behaviour sanitizers with bounds checks"
        if sanitized
        else "the plain build"
    )
    enough = sum(each.executions >= asked for each in found)
    lines = [
        f"# Fuzzing, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "",
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}; kernels: {build}; sources: "
        f"the plain build. Asked for: {asked:,} executions of each target within {seconds:,.0f} s; reached by {enough} of "
        f"{len(found)} targets. An execution is one input: a cell, a text, a key, a file. Made by "
        "`tests/fuzz/campaign.py`; a batch runs again with `--again TARGET NUMBER`.",
        "",
        "| target | kind | executions | batches | seconds | failures | deaths of readers |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for each in sorted(found, key=lambda one: (one.kind, one.name)):
        lines.append(
            f"| {each.name} | {each.kind} | {each.executions:,} | {each.batches:,} | {each.seconds:,.0f} "
            f"| {each.earlier_failures + len(each.failures)} | {each.deaths_of_readers or ''} |"
        )
    lines += [
        "",
        "A reader that dies is one in a child process: the scan goes on, and says what was not read.",
        "",
    ]
    for each in sorted(found, key=lambda one: (one.kind, one.name)):
        for batch, why in each.failures:
            lines += [f"## {each.name}, batch {batch}", "", "```", why.rstrip(), "```", ""]
        if each.notes:
            lines += [f"## {each.name}: what was said of its inputs", ""]
            lines += [f"- {count:,} × {what}" for what, count in each.notes.most_common(12)] + [""]
    return "\n".join(lines)


def main() -> None:
    """The campaign as a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executions", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=86_400, help="for each target at most")
    parser.add_argument("--only", nargs="*", help="targets; kernels or sources for all of these")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sanitized", type=Path)
    parser.add_argument("--first", type=int, default=0, help="number of the first batch")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--add", type=Path, help="a log whose figures are added")
    parser.add_argument("--again", nargs=2, metavar=("TARGET", "NUMBER"))
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--until", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--state", help=argparse.SUPPRESS)
    parser.add_argument("--in-sanitizer", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.work:
        work(chosen.work, chosen.first, chosen.executions, chosen.until, chosen.state, chosen.in_sanitizer)
        return
    for name, value in environment(None).items():
        if name == "PYTHONPATH":
            sys.path[:0] = value.split(os.pathsep)
    if chosen.again:
        from fuzz_material import Chance

        name, number = chosen.again
        targets((*KERNELS, *SOURCES))[name](Chance(name, int(number)))
        return
    every = [Outcome(name, "kernel") for name in targets(KERNELS)]
    every += [Outcome(name, "source") for name in targets(SOURCES)]
    before = earlier(chosen.add.read_text("utf-8")) if chosen.add else {}
    every = [before.get(each.name, each) for each in every]
    only = set(chosen.only or ("kernels", "sources"))
    asked = [each for each in every if each.name in only or f"{each.kind}s" in only]
    asked.sort(key=lambda each: (chosen.only or [each.name]).index(each.name) if each.name in only else 0)
    asked = [each for each in asked if each.executions < chosen.executions]
    finished = [each for each in every if each.executions and each not in asked]

    def told(outcome: Outcome) -> None:
        finished.append(outcome)
        print(
            f"{outcome.name:16} {outcome.executions:>12,} in {outcome.seconds:8,.0f} s, "
            f"{len(outcome.failures)} failures, {outcome.deaths_of_readers} deaths of readers",
            flush=True,
        )
        if chosen.log:
            chosen.log.parent.mkdir(parents=True, exist_ok=True)
            chosen.log.write_text(
                page(finished, chosen.executions, chosen.seconds, bool(chosen.sanitized)), encoding="utf-8"
            )

    found = campaign(
        asked, chosen.sanitized, chosen.executions, chosen.seconds, chosen.workers, told, chosen.first
    )
    sys.exit(any(each.failures for each in found))


if __name__ == "__main__":
    main()
