"""Is everything that a manifest names still as it says? Each file is named that is not."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.errors import ScannerError, SourceError
from scanner.evidence import manifest as manifests
from scanner.evidence import signature as signatures
from scanner.evidence.checksums import exists, hash_file, listed, render
from scanner.evidence.folder import STAMPS, strangers
from scanner.evidence.sign_command import SUFFIXES
from scanner.reports.escape import visible
from scanner.sources.file import STDIN

if TYPE_CHECKING:
    import minisign


class Grade(IntEnum):
    """How much a remark weighs: ``good``; ``told``, to be known; ``unread``, could not be checked; ``differs``."""

    GOOD = 0
    TOLD = 1
    UNREAD = 2
    DIFFERS = 3


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing found. ``code``: a text of words.toml, section "verify"; ``file``: the file it is about, as named."""

    grade: Grade
    code: str
    file: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """All remarks, and the manifest (None where it is too damaged to be read)."""

    remarks: tuple[Remark, ...]
    manifest: Mapping[str, Any] | None

    @property
    def exit_code(self) -> int:
        """1 where something differs, else 3 where something could not be read, else 0."""
        worst = max((each.grade for each in self.remarks), default=Grade.GOOD)
        return {Grade.DIFFERS: 1, Grade.UNREAD: 3}.get(worst, 0)


def verify(path: Path, public_key: str | None = None, root: Path | None = None) -> Verification:
    """Checks the manifest at ``path``, its signature and checksums, and every file that it names.

    ``public_key``: the key that the signature must be of (a file, or its text); without it, the key that the manifest
    itself names, which proves no origin. ``root``: the folder below which the inputs lie now: relative paths as they
    were typed, absolute ones from there. ScannerError where there is no manifest or key, or neither can be
    read.
    """
    key = signatures.public_key(public_key) if public_key else None
    try:
        data = _read(path)
    except SourceError as error:  # it is no input, so this is no incomplete scan
        raise ScannerError(f"'{visible(str(path))}' {error}") from None
    sums = _sums(path, data)
    own = sums and listed(sums, path.name) == hashlib.sha256(data).hexdigest()
    try:
        content = manifests.parse(data, str(path))
    except ScannerError:
        if sums is None and not exists(f"{path}{manifests.SIGNATURE}"):
            raise  # nothing says that this was ever a manifest
        return Verification((Remark(Grade.DIFFERS, "manifest_damaged", path.name),), None)
    vouching = list(_signature(path, data, content, key, bool(own)))
    proven = any(each.code in ("signed", "signed_unknown") for each in vouching)
    if not _doubted(path, vouching):
        vouching += _list(path, data, content, proven)
    if _doubted(path, vouching):
        return Verification((*vouching, Remark(Grade.TOLD, "rest_unchecked", path.name)), content)
    remarks = [
        *vouching,
        *_inputs(path.parent, content, root),
        *_outputs(path.parent, content),
        *_added(path, content),
    ]
    return Verification(tuple(remarks), content)


def _doubted(path: Path, remarks: Sequence[Remark]) -> bool:
    """Is it the manifest itself that was changed? Then nothing can be measured by it."""
    return any(each.file == path.name and each.grade is Grade.DIFFERS for each in remarks)


def _read(path: Path) -> bytes:
    size = hash_file(path).size
    if size > manifests.MOST_BYTES:
        raise ScannerError(f"'{path}' is no manifest: it is too large")
    return path.read_bytes()


def _sums(path: Path, data: bytes) -> bytes | None:
    """The list of checksums beside a manifest, under whichever of its two names names the manifest."""
    for name in (manifests.SUMS, f"{path.name}.sha256"):
        place = path.with_name(name)
        if place.is_file() and not place.is_symlink():
            return place.read_bytes()
    return None


def _signature(
    path: Path, data: bytes, content: Mapping[str, Any], key: minisign.PublicKey | None, own: bool
) -> Iterator[Remark]:
    """``own``: the list of checksums vouches for the manifest, so that a signature that fails is itself at fault."""
    name = path.name + manifests.SIGNATURE
    place = path.with_name(name)
    foreign = [path.name + suffix for suffix in (*SUFFIXES[1:], *STAMPS) if exists(f"{path}{suffix}")]
    yield from (Remark(Grade.TOLD, "other_signature", each) for each in foreign)
    if not exists(place):
        if content["public_key"] or key is not None:
            yield Remark(Grade.DIFFERS, "signature_missing", name)
        elif not foreign:
            yield Remark(Grade.TOLD, "not_signed", path.name)
        return
    try:
        signature = _read(place)
        named = key or (signatures.public_key_text(content["public_key"]) if content["public_key"] else None)
        if named is None:
            yield Remark(Grade.UNREAD, "key_needed", name)
            return
        found = signatures.verify(data, signature, named)
    except SourceError as error:
        yield Remark(Grade.DIFFERS, "unreadable", name, str(error))
    except ScannerError:  # the key that it names is none
        yield Remark(Grade.DIFFERS, "manifest_damaged", path.name)
    else:
        if isinstance(found, signatures.Fault):
            at_fault = name if own or found.code in ("form", "comment") else path.name
            yield Remark(Grade.DIFFERS, f"signature_{found.code}", at_fault, found.key_id)
            return
        why = f"{found.key_id}, {found.comment.replace(chr(9), ' ')}"
        yield Remark(Grade.GOOD, "signed" if key else "signed_unknown", name, why)


def _list(path: Path, data: bytes, content: Mapping[str, Any], proven: bool) -> Iterator[Remark]:
    """The list of checksums must be, byte for byte, what the manifest makes of it."""
    name = content["checksums"]
    place = path.with_name(name)
    digest = hashlib.sha256(data).hexdigest()
    try:
        found = _read(place)
    except SourceError as error:
        code = "unreadable" if exists(place) else "missing"
        yield Remark(Grade.DIFFERS, code, name, str(error))
        return
    if found == render([*manifests.listed(content), (path.name, digest)]):
        return
    if not proven and listed(found, path.name) != digest:
        yield Remark(Grade.DIFFERS, "manifest_differs", path.name, name)
    else:
        yield Remark(Grade.DIFFERS, "sums_differ", name)


def _inputs(folder: Path, content: Mapping[str, Any], root: Path | None) -> Iterator[Remark]:
    for entry in [*content["inputs"], *content["own_files"]]:
        if entry.get("member") is not None:
            continue  # its container is an entry of its own
        if entry["path"] == STDIN and entry.get("location") is None:
            yield Remark(Grade.UNREAD, "standard_input", STDIN)
            continue
        if entry.get("sha256") is None or entry.get("location") is None:
            yield Remark(Grade.TOLD, "never_read", entry["path"])
            continue
        place = folder / entry["location"] if root is None else root / entry["path"].lstrip(os.sep)
        own = "role" in entry
        yield from _file(place, entry, entry["path"], "own_file" if own else "input", Grade.UNREAD)


def _outputs(folder: Path, content: Mapping[str, Any]) -> Iterator[Remark]:
    for entry in content["outputs"]:
        yield from _file(folder / entry["name"], entry, entry["name"], "output", Grade.DIFFERS)


def _file(place: Path, entry: Mapping[str, Any], name: str, what: str, lost: Grade) -> Iterator[Remark]:
    """``lost``: the grade of a file that is not there."""
    try:
        found = hash_file(place)
    except SourceError as error:
        if exists(place):
            yield Remark(Grade.UNREAD if what != "output" else Grade.DIFFERS, "unreadable", name, str(error))
        else:
            yield Remark(lost, f"{what}_missing", name)
        return
    if found.sha256 != entry["sha256"]:
        yield Remark(Grade.DIFFERS, f"{what}_differs", name)


def _added(path: Path, content: Mapping[str, Any]) -> Iterator[Remark]:
    """Files in the folder of a set that no part of the set names, and that were not there before it."""
    if not content["whole_folder"]:
        return
    before = set(content["beside"])
    for name in strangers(path.parent, path.name, content):
        if name in before:
            yield Remark(Grade.TOLD, "beside", name)
        else:
            yield Remark(Grade.DIFFERS, "added", name)
