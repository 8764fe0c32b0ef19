"""Writes what the documentation takes from the program itself: docs/cli.md and every shown output.

    python tools/build_docs.py             # rewrite
    python tools/build_docs.py --check     # only tell what is stale (exit code 1)

In a page, ``<!-- file: NAME -->`` before a code block names a file that the page's commands may use.
``<!-- output: COMMAND -->`` before a code block says what it shows: the command's standard output, up to the
first line that holds TEXT where ``| until: TEXT`` follows the command.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scanner.cli import main  # noqa: E402

CLI = ROOT / "docs" / "cli.md"
CUT = "[…]"
_FILE = re.compile(r"<!-- file: (\S+) -->\n```\w*\n(.*?)```\n", re.DOTALL)
_OUTPUT = re.compile(
    r"(<!-- output: (?P<command>.+?)(?: \| until: (?P<until>.+?))? -->\n```\w*\n)(?P<shown>.*?)(?=```\n)",
    re.DOTALL,
)


def pages() -> list[Path]:
    """All hand-written pages of the documentation."""
    return [page for page in (*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))) if page != CLI]


def cli_page() -> str:
    """docs/cli.md: the help of every command, as the program prints it."""
    parts = [
        "# The command line\n",
        "Written by `python tools/build_docs.py` from the commands' own help; do not edit."
        " Exit codes and file formats: [contract.md](contract.md).\n",
    ]
    for name, command in sorted(main.commands.items(), key=lambda item: (item[0] != "scan", item[0])):
        parts += [f"## leaktally {name}\n", f"```text\n{help_text(name, command)}\n```\n"]
        for inner, each in getattr(command, "commands", {}).items():
            full = f"{name} {inner}"
            parts += [f"### leaktally {full}\n", f"```text\n{help_text(full, each)}\n```\n"]
    return "\n".join(parts)


def help_text(name: str, command: click.Command) -> str:
    """``leaktally NAME --help`` at a fixed width."""
    outer = click.Context(main, info_name="leaktally", terminal_width=100)
    inner = click.Context(
        command, info_name=name, parent=outer, terminal_width=100, help_option_names=["-h", "--help"]
    )
    return command.get_help(inner)


def write_files(text: str, folder: Path) -> None:
    """Lays out what a page's commands use: the demo, and the files that the page holds.

    A page's pyproject.toml makes its modules an installed package, as far as entry points go.
    """
    shutil.copytree(ROOT / "fixtures" / "demo", folder / "fixtures" / "demo")
    for name, content in files(text):
        (folder / name).write_text(content, encoding="utf-8")
        if name == "pyproject.toml":
            project = tomllib.loads(content)["project"]
            info = folder / f"{project['name']}-{project['version']}.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
            groups = project.get("entry-points", {})
            lines = [
                line
                for group, points in groups.items()
                for line in (f"[{group}]", *(f"{k} = {v}" for k, v in points.items()))
            ]
            (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


def files(text: str) -> Iterator[tuple[str, str]]:
    """(name, content) of each named file in a page."""
    for found in _FILE.finditer(text):
        yield found[1], found[2]


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a ``leaktally …`` command in a folder, with that folder's own modules."""
    program, *arguments = shlex.split(command)
    if program != "leaktally":
        raise ValueError(f"only leaktally can be run here, not {program}")
    path = os.pathsep.join([str(ROOT), str(folder)])
    return subprocess.run(
        [sys.executable, "-m", "scanner", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def refreshed(text: str) -> str:
    """A page with all its outputs as the program gives them now."""
    if not _OUTPUT.search(text):
        return text
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(text, folder)
        return _OUTPUT.sub(lambda found: found[1] + _shown(found["command"], found["until"], folder), text)


def _shown(command: str, until: str | None, folder: Path) -> str:
    done = run(command, folder)
    if done.returncode not in {0, 1, 3}:
        raise ValueError(f"{command}: {done.stderr.strip()}")
    lines = done.stdout.rstrip("\n").split("\n")
    if until is not None:
        end = next((i for i, line in enumerate(lines) if until in line), None)
        if end is None:
            raise ValueError(f"{command}: the output has no line with {until!r}")
        lines = [*lines[:end], CUT]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def build(check: bool) -> list[str]:
    """Rewrites what is stale, or with ``check`` only finds it; the pages' names."""
    stale = []
    for page, content in [
        (CLI, cli_page()),
        *((page, refreshed(page.read_text(encoding="utf-8"))) for page in pages()),
    ]:
        if not page.exists() or page.read_text(encoding="utf-8") != content:
            stale.append(str(page.relative_to(ROOT)))
            if not check:
                page.write_text(content, encoding="utf-8")
    return stale


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Writes the generated parts of the documentation.")
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit with 1 where something is stale"
    )
    chosen = parser.parse_args()
    found = build(chosen.check)
    print(
        "\n".join(f"{'stale' if chosen.check else 'rewritten'}: {page}" for page in found)
        or "all pages are current"
    )
    sys.exit(int(chosen.check and bool(found)))
