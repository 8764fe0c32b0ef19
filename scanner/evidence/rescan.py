"""Repeats a scan from its manifest and compares the evidence body, byte by byte."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import scanner
from scanner import knowledge
from scanner.document import canonical
from scanner.errors import ScannerError, SourceError
from scanner.evidence import manifest as manifests
from scanner.evidence.checksums import hash_file
from scanner.evidence.differences import Difference, differences, missing_and_new
from scanner.evidence.plain_options import options as options_of
from scanner.reports.escape import visible
from scanner.run import job
from scanner.sources.file import STDIN

#: How many differing keys are told; the first ones say where to look.
MOST_KEYS = 20


@dataclass(frozen=True, slots=True)
class Repeated:
    """What a repeated scan gave. ``tool``: what of the program is not as it was; ``bodies`` hashes: then, now
    (None: it was not repeated, since files are missing).

    ``differences``: the first keys that differ; empty where they are the same, or where ``compared`` is False: there
    is no JSON report beside the manifest, so only the hashes can be compared. ``missing``, ``new``: inputs, with the
    member in an archive, that are not there any more or were not then. ``locked``: the scan was given passwords,
    and this one was not.
    """

    tool: tuple[Difference, ...]
    bodies: tuple[str, str | None]
    differences: tuple[Difference, ...]
    compared: bool
    missing: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    locked: bool = False

    @property
    def same(self) -> bool:
        """Is the body the same, byte for byte?"""
        return self.bodies[0] == self.bodies[1]

    @property
    def unread(self) -> bool:
        """Was something not read that was read then, so that a comparison tells nothing?"""
        return not self.same and bool(self.missing or self.locked)


Run = Callable[[Sequence[job.Input], job.Options], Mapping[str, Any]]


def rescan(
    path: Path, run: Run, jobs: int = 0, root: Path | None = None, passwords: tuple[str, ...] = ()
) -> Repeated:
    """Repeats the scan whose manifest lies at ``path``.

    ``run`` scans inputs and gives the document; ``root``: the folder in which relative paths start now, instead of
    the one in which the scan was run; ``passwords``: those of the scan, which no manifest holds. Own pattern packs
    and policies must be as they were: ScannerError names one that is not. SourceError where something was read from
    standard input; ScannerError where it is no manifest.
    """
    try:
        size = hash_file(path).size
    except SourceError as error:
        raise ScannerError(f"'{visible(str(path))}' {error}") from None
    if size > manifests.MOST_BYTES:
        raise ScannerError(f"'{visible(str(path))}' is no manifest: it is too large")
    content = manifests.parse(path.read_bytes(), str(path))
    paths = content["paths"]
    if STDIN in paths:
        raise SourceError("the scan read standard input, so it cannot be repeated from its manifest")
    folder = path.parent.absolute()
    then = _report(folder, content)
    options = replace(options_of(content["options"]), jobs=jobs)
    options = replace(options, read=replace(options.read, passwords=passwords))
    with _inside(root or folder / content["working_folder"]):
        _check_own_files(content)
        inputs = job.file_inputs(paths, options)
        missing, new = _files(content["inputs"], inputs)
        if missing:
            return Repeated(
                tuple(_tool(content["tool"])), (content["body_sha256"], None), (), False, missing, new
            )
        document = run(inputs, options)
    now = json.loads(canonical.render(canonical.body(document)))
    bodies = content["body_sha256"], canonical.body_sha256(document)
    missing, new = missing_and_new(content["inputs"], document.get("inputs", ()))
    return Repeated(
        tuple(_tool(content["tool"])),
        bodies,
        tuple(differences(then, now, MOST_KEYS)) if then is not None and bodies[0] != bodies[1] else (),
        then is not None,
        missing,
        new,
        bool(content.get("passwords_given")) and not passwords,
    )


def _files(
    then: Sequence[Mapping[str, Any]], inputs: Sequence[job.Input]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which files are missing and which are new, before anything is read."""
    now = [
        {"path": one.path, "status": one.status, "size": one.size} for one in (each.record for each in inputs)
    ]
    return missing_and_new([one for one in then if one.get("member") is None], now)


def _tool(then: Mapping[str, Any]) -> Iterator[Difference]:
    now = {
        "version": scanner.__version__,
        "knowledge_sha256": knowledge.sha256(),
        "code_sha256": manifests.code_sha256(),
    }
    for key, value in now.items():
        if then.get(key) != value:
            yield Difference(f"tool.{key}", then.get(key), value)


def _report(folder: Path, content: Mapping[str, Any]) -> Any:
    """The body of the JSON report of the set, if it is there and is the one that the manifest names."""
    for entry in content["outputs"]:
        place = folder / entry["name"]
        if place.suffix.lower() != ".json":
            continue
        with contextlib.suppress(OSError, ValueError, SourceError, RecursionError):
            document = json.loads(place.read_bytes())
            if isinstance(document, dict) and canonical.body_sha256(document) == content["body_sha256"]:
                return canonical.body(document)
    return None


def _check_own_files(content: Mapping[str, Any]) -> None:
    for entry in content["own_files"]:
        shown = visible(str(entry.get("path")))
        try:
            found = hash_file(Path(str(entry.get("path"))).resolve())
        except SourceError as error:
            raise ScannerError(f"'{shown}', which the scan used, {error}") from None
        if found.sha256 != entry["sha256"]:
            raise ScannerError(
                f"'{shown}', which the scan used, is not as it was, so the scan cannot be repeated"
            )


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Works in a folder, since the body holds paths as they were typed."""
    try:
        with contextlib.chdir(folder):
            yield
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        if error.filename != str(folder) and error.filename != folder:
            raise
        shown = visible(str(folder))
        raise SourceError(f"the folder '{shown}', in which the scan was run, cannot be entered") from None
