"""Measures the table of speed: ``python benchmarks/bench.py --help``; see benchmarks/README.md."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # and not this folder, whose profile.py would stand in for the standard library's

import click  # noqa: E402

from benchmarks.harness import machine, results, runs, table  # noqa: E402
from benchmarks.harness.measures import GROUPS, LATER, Plan, measure  # noqa: E402
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
    "--only",
    multiple=True,
    type=click.Choice(list(GROUPS)),
    help=f"Groups of measures; default: all but {' and '.join(LATER)}.",
)
@click.option(
    "--cache", type=click.Path(path_type=Path), default=ROOT / "out" / "bench", help="Where inputs are kept."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the result; default: in benchmarks/runs."
)
@click.option("--peers/--no-peers", default=True, help="Install and measure the other tools.")
@click.option("--add", is_flag=True, help="Add to the run that is in the folder, made by the same code.")
def main(
    size: str, rounds: int, only: tuple[str, ...], cache: Path, out: Path | None, peers: bool, add: bool
) -> None:
    """Measures, and writes the table with every run to a folder. No bound decides the exit code."""
    try:
        total = size_of(size)
    except ValueError:
        raise click.UsageError(f"--size takes bytes such as 1G or 50M, not {size}.") from None
    if total < 1 or rounds < 1:
        raise click.UsageError("--size and --rounds must be positive.")
    cache = cache.resolve()
    cache.mkdir(parents=True, exist_ok=True)
    groups = [name for name in GROUPS if (name in only if only else name not in LATER)]
    found = peers_in(cache) if peers and "peers" in groups else "not asked for"
    used = tuple(cores()[:2])
    today = datetime.now(UTC).date().isoformat()
    out = out or ROOT / "benchmarks" / "runs" / f"{today}-{machine.short_name(len(used))}"
    words = f"benchmarks/bench.py --size {size} --rounds {rounds}"
    words += "".join(f" --only {name}" for name in only) + ("" if peers else " --no-peers")
    with tempfile.TemporaryDirectory(prefix="leaktally-bench-") as scratch:
        plan = Plan(cache, Path(scratch), total, rounds, used, found)
        made = runs.Made(facts=machine.facts(len(used), ROOT), plan=plan.said())
        if add:
            try:
                made = runs.load(out, made)
            except (OSError, ValueError) as error:
                raise click.UsageError(
                    f"--add needs a run of the same code and sizes in {out}: {error}."
                ) from None
        made.commands.append(f"python {words}{' --add' if add else ''}")
        measure(plan, groups, lambda line: click.echo(line, err=True), made.results)
        for name in profiled(groups):
            made.profiles[name] = profile_of(plan, name)
        rows = table.evaluate(made.results, plan)
        results.write(out, made, rows)
    click.echo(results.summary(rows))


def profiled(groups: list[str]) -> list[str]:
    """The inputs whose profiles show what limits the rows of these groups."""
    wanted = {row.profile for row in table.TABLE if row.profile}
    return [name for name in PROFILED if name in wanted and PROFILED[name] in groups]


PROFILED = {
    "dump.csv": "text",
    "dump.gb18030.csv": "text",
    "stock.csv": "text",
    "dump.parquet": "parquet",
    "dictionary.parquet": "dictionary",
    "files": "files",
    "small.csv": "start",
    "phones.csv": "distinct",
}


def profile_of(plan: Plan, name: str) -> dict[str, float]:
    """Processor seconds by stage of a scan of an input on one core; nothing where it could not be made."""
    script = ROOT / "benchmarks" / "profile.py"
    words: list[str | Path] = [sys.executable, script, plan.input(name), "--json"]
    words += ["--core", str(plan.cores[0])] if plan.cores else []
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    stages: dict[str, float] = json.loads(done.stdout) if done.returncode == 0 else {}
    return stages


if __name__ == "__main__":
    main()
