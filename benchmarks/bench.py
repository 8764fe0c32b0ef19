"""Measures the table of speed: ``python benchmarks/bench.py --help``; see benchmarks/README.md."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # and not this folder, whose profile.py would stand in for the standard library's

import click  # noqa: E402

from benchmarks.harness import machine, results, table  # noqa: E402
from benchmarks.harness.measures import GROUPS, Plan, measure  # noqa: E402
from benchmarks.harness.process import cores  # noqa: E402

LOCK = ROOT / "benchmarks" / "peers" / "requirements.lock"


def size_of(text: str) -> int:
    """``1G``, ``50M``, ``200K`` or a number, in bytes (decimal units); ValueError for anything else."""
    unit = {"K": 10**3, "M": 10**6, "G": 10**9}.get(text[-1:].upper())
    return int(text[:-1]) * unit if unit else int(text)


def peers_in(cache: Path) -> Path | str:
    """The Python of an environment with the locked peers, made where it is missing; or why there is none."""
    folder = cache / f"peers-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    python, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.exists():
        try:
            _run([sys.executable, "-m", "venv", "--clear", folder])
            words = ["install", "-q", "--disable-pip-version-check", "--require-hashes"]
            _run([python, "-m", "pip", *words, "-r", LOCK])
        except (OSError, subprocess.CalledProcessError) as error:
            said = str(getattr(error, "stderr", "") or error).strip().splitlines()
            return f"the peers could not be installed: {said[-1] if said else type(error).__name__}"
        ready.touch()
    return python


def _run(words: list[str | Path]) -> None:
    subprocess.run(words, check=True, capture_output=True, text=True)


@click.command()
@click.option(
    "--size", default="1G", show_default=True, help="Bytes of the dump; the bounds are meant for 1G."
)
@click.option("--rounds", default=5, show_default=True, help="Runs of each measure.")
@click.option(
    "--only", multiple=True, type=click.Choice(list(GROUPS)), help="Groups of measures; default: all."
)
@click.option(
    "--cache", type=click.Path(path_type=Path), default=ROOT / "out" / "bench", help="Where inputs are kept."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the result; default: in benchmarks/runs."
)
@click.option("--peers/--no-peers", default=True, help="Install and measure the other tools.")
def main(size: str, rounds: int, only: tuple[str, ...], cache: Path, out: Path | None, peers: bool) -> None:
    """Measures, and writes the table with every run to a folder. No bound decides the exit code."""
    try:
        total = size_of(size)
    except ValueError:
        raise click.UsageError(f"--size takes bytes such as 1G or 50M, not {size}.") from None
    if total < 1 or rounds < 1:
        raise click.UsageError("--size and --rounds must be positive.")
    cache = cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    groups = [name for name in GROUPS if not only or name in only]
    found = peers_in(cache) if peers and "peers" in groups else "not asked for"
    used = tuple(cores()[:2])
    today = datetime.now(UTC).date().isoformat()
    out = out or ROOT / "benchmarks" / "runs" / f"{today}-{machine.short_name(len(used))}"
    with tempfile.TemporaryDirectory(prefix="leaktally-bench-") as scratch:
        plan = Plan(cache, Path(scratch), total, rounds, used, found)
        measured = measure(plan, groups, lambda line: click.echo(line, err=True))
        rows = table.evaluate(measured, plan)
        words = f"benchmarks/bench.py --size {size} --rounds {rounds}"
        words += "".join(f" --only {name}" for name in only) + ("" if peers else " --no-peers")
        facts = machine.facts(len(used), ROOT)
        results.write(out, measured, rows, plan, facts, f"python {words}", profile_of(plan))
    click.echo(results.summary(rows))


def profile_of(plan: Plan) -> str:
    """The time per stage of a scan of the dump on one core."""
    words: list[str | Path] = [sys.executable, ROOT / "benchmarks" / "profile.py", plan.input("dump.csv")]
    words += ["--core", str(plan.cores[0])] if plan.cores else []
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout or "The profile could not be made.\n"


if __name__ == "__main__":
    main()
