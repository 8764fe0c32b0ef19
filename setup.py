"""Builds the kernels; everything else is declared in pyproject.toml.

LEAKTALLY_KERNELS=digits,address builds only those; LEAKTALLY_CHECKED=1 builds them with bounds checks.
"""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

ROOT = Path(__file__).parent
CHECKED = os.environ.get("LEAKTALLY_CHECKED") == "1"
WANTED = [name for name in os.environ.get("LEAKTALLY_KERNELS", "").split(",") if name]


def kernels() -> list[Extension]:
    """One extension for each .pyx in scanner/kernels."""
    names = WANTED or sorted(path.stem for path in (ROOT / "scanner" / "kernels").glob("*.pyx"))
    return [
        Extension(
            f"scanner.kernels.{name}",
            [f"scanner/kernels/{name}.pyx"],
            include_dirs=["scanner/kernels"],
            extra_compile_args=["-O3", "-fno-strict-aliasing"],
        )
        for name in names
    ]


def packages() -> tuple[list[str], dict[str, str]]:
    """The code packages, and patterns/ as the data package scanner.patterns."""
    code = ["scanner"] + [
        ".".join(path.parent.relative_to(ROOT).parts) for path in sorted(ROOT.glob("scanner/*/__init__.py"))
    ]
    data = {"scanner.patterns": "patterns"}
    for folder in sorted((ROOT / "patterns").iterdir()):
        if folder.is_dir():
            data[f"scanner.patterns.{folder.name}"] = f"patterns/{folder.name}"
    return code + list(data), data


names, folders = packages()
setup(
    packages=names,
    package_dir=folders,
    package_data={"": ["*.toml", "*.csv", "*.md", "*.css", "py.typed", "*.pyi", "*.pyx", "*.pxd", "*.h"]},
    ext_modules=cythonize(
        kernels(),
        language_level=3,
        compiler_directives={
            "boundscheck": CHECKED,
            "wraparound": False,
            "cdivision": True,
            "initializedcheck": CHECKED,
            "freethreading_compatible": True,
        },
    ),
)
