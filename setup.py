"""Builds the kernels; everything else is declared in pyproject.toml.

Read from the environment: LEAKTALLY_KERNELS=digits,address builds only those; LEAKTALLY_CHECKED=1 builds with
bounds checks; LEAKTALLY_SANITIZE=address,undefined builds for gcc's sanitizers, where the first fault aborts.
"""

import os
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))
from scanner import knowledge  # noqa: E402 - a part of the package that needs nothing but Python

KERNELS = Path("scanner", "kernels")
CHECKED = os.environ.get("LEAKTALLY_CHECKED") == "1"
SANITIZE = os.environ.get("LEAKTALLY_SANITIZE", "")
WANTED = [name for name in os.environ.get("LEAKTALLY_KERNELS", "").split(",") if name]


def kernels() -> list[Extension]:
    """One extension for each .pyx in scanner/kernels."""
    folder = ROOT / KERNELS
    compiling = ["-fno-strict-aliasing"]
    linking = []
    if "-O" not in os.environ.get("CFLAGS", ""):
        compiling.append("-O1" if SANITIZE else "-O3")
    if SANITIZE:
        linking = [f"-fsanitize={SANITIZE}", "-fno-sanitize-recover=all"]
        compiling += [*linking, "-g", "-fno-omit-frame-pointer"]
    elif "-g" not in os.environ.get("CFLAGS", ""):
        compiling.append("-g0")  # debugging symbols would be three quarters of the wheel
    # A change of the flags or of an included file compiles anew; Cython itself sees only the .pxd files.
    depends = [KERNELS / path.name for path in sorted(folder.iterdir()) if path.suffix in {".pxd", ".h"}]
    return [
        Extension(
            f"scanner.kernels.{name}",
            [str(KERNELS / f"{name}.pyx")],
            include_dirs=[str(KERNELS)],
            depends=["setup.py", *map(str, depends)],
            extra_compile_args=compiling,
            extra_link_args=linking,
        )
        for name in WANTED or sorted(path.stem for path in folder.glob("*.pyx"))
    ]


def translated() -> list[Extension]:
    """The kernels with C in place of Cython; checked builds get C of their own."""
    return cythonize(
        kernels(),
        build_dir="build/checked" if CHECKED else None,
        quiet=True,
        language_level=3,
        force=_stale(),
        compiler_directives={
            "boundscheck": CHECKED,
            "wraparound": False,
            "cdivision": True,
            "initializedcheck": CHECKED,
            "freethreading_compatible": True,
            "show_performance_hints": not CHECKED,
        },
    )


def _stale() -> bool:
    """Whether the C was written under older directives than this file's; Cython compares only the sources."""
    changed = Path(__file__).stat().st_mtime
    folder = ROOT / "build" / "checked" / KERNELS if CHECKED else ROOT / KERNELS
    written = [path for path in folder.glob("*.c") if not WANTED or path.stem in WANTED]
    return any(path.stat().st_mtime < changed for path in written)


def packages() -> tuple[list[str], dict[str, str]]:
    """The code packages, and patterns/ as the data package scanner.patterns."""
    code = [
        ".".join(path.parent.relative_to(ROOT).parts) for path in sorted(ROOT.glob("scanner/**/__init__.py"))
    ]
    data = {"scanner.patterns": "patterns"}
    for folder in sorted((ROOT / "patterns").rglob("*")):
        if folder.is_dir() and not folder.name.startswith((".", "_")):
            path = folder.relative_to(ROOT)
            data[".".join(("scanner", *path.parts))] = str(path)
    return code + list(data), data


knowledge.keep_read(ROOT / "scanner" / knowledge.READ_BEFORE)
names, folders = packages()
setup(
    packages=names,
    package_dir=folders,
    include_package_data=False,
    package_data={
        "": ["*.toml", "*.csv", "*.md", "*.css", "*.pyi", "py.typed"],
        "scanner": [knowledge.READ_BEFORE],
    },
    ext_modules=translated(),
    options={"build_ext": {"parallel": os.cpu_count() or 1}},  # where pip builds, too
)
