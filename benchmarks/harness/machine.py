"""What machine and which versions a run was made with; nothing that names a person or a host."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "pyarrow", "pandas", "regex", "click", "tqdm", "Cython")
MEMORY = Path("/proc/meminfo")
PROCESSOR = Path("/proc/cpuinfo")


def processor() -> str:
    """The model of the processor."""
    if PROCESSOR.exists():
        found = re.search(r"^model name\s*:\s*(.+)$", PROCESSOR.read_text(), re.MULTILINE)
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()


def memory() -> str:
    """How much memory there is."""
    if MEMORY.exists():
        found = re.search(r"^MemTotal:\s*(\d+) kB", MEMORY.read_text(), re.MULTILINE)
        if found:
            return f"{int(found[1]) * 1024 / 1e9:.1f} GB"
    return "unknown"


def facts(cores: int, root: Path) -> dict[str, str]:
    """Machine and versions, for people and for raw.json."""
    from scanner import __version__

    return {
        "processor": processor(),
        "cores used": str(cores),
        "cores of the machine": str(os.cpu_count()),
        "memory": memory(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "compiler": compiler(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **{name: package(name) for name in PACKAGES},
        "leaktally": f"{__version__}, {revision(root)}",
    }


def package(name: str) -> str:
    """The version of an installed package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def compiler() -> str:
    """The C compiler that is found now; the kernels were most likely built with it."""
    try:
        said = subprocess.run(
            [os.environ.get("CC", "cc"), "--version"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return (said.stdout.splitlines() or ["unknown"])[0]


def revision(root: Path) -> str:
    """The commit of a checkout, and whether the package differs from it."""
    code = ["scanner", "patterns", "setup.py", "pyproject.toml"]
    try:
        head = _git(root, "rev-parse", "--short=12", "HEAD")
        changed = _git(root, "status", "--porcelain", "--", *code)
    except (OSError, subprocess.CalledProcessError):
        return "no checkout"
    return f"commit {head}" + (" with changes" if changed else "")


def _git(root: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()


def short_name(cores: int) -> str:
    """A folder name for this machine: its processor and the cores used."""
    name = re.sub(r"[^a-z0-9]+", "-", processor().lower()).strip("-") or "unknown"
    return f"{name}-{cores}-core{'s' if cores != 1 else ''}-{sys.platform}"
