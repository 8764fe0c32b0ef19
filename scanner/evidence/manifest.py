"""The manifest: what was read, with what, how, and what came out, each file with its hash. Canonical JSON, no floats.

Paths are kept twice: ``path`` as it was typed, as the report shows it, and ``location`` as it is found from the
manifest's own folder (relative where the file lies in or beside that folder, so that both can be moved together).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import scanner
from scanner.document import canonical
from scanner.errors import OutputError, ScannerError, SourceError
from scanner.evidence.checksums import hash_file
from scanner.evidence.folder import strangers
from scanner.evidence.placement import location
from scanner.evidence.plain_options import plain
from scanner.reports.escape import visible
from scanner.run.job import Options
from scanner.sources.file import STDIN

SCHEMA_VERSION = 1
KIND = "leaktally manifest"
NAME = "manifest.json"
SUMS = "SHA256SUMS"
SIGNATURE = ".minisig"  # added to the manifest's name, as the minisign program does
MOST_BYTES = 1 << 30
MOST_BESIDE = 10_000  # names of other files in the folder
_CODE = (".py", ".toml", ".css", ".so", ".pyd")
#: What each entry of a list must have, as text.
_TEXTS = {
    "inputs": ("path",),
    "own_files": ("path", "location", "sha256"),
    "outputs": ("name", "sha256"),
}
_SHAPE: dict[str, type] = {
    "options": dict,
    "paths": list,
    "inputs": list,
    "outputs": list,
    "own_files": list,
    "tool": dict,
    "body_sha256": str,
    "checksums": str,
    "whole_folder": bool,
    "beside": list,
    "working_folder": str,
}


def build(
    document: Mapping[str, Any],
    options: Options,
    paths: Sequence[str],
    manifest: Path,
    outputs: Mapping[Path, Path],
    checksums: str,
    whole_folder: bool,
    public_key: str | None = None,
) -> dict[str, Any]:
    """The manifest of a scan.

    ``paths``: what was named to be scanned; ``manifest``: where it will lie; ``outputs``: where each output lies now,
    by the path that it will have; ``checksums``: name of the list beside the manifest; ``whole_folder``: the
    manifest's folder is the set's own, so that what is added later shows; ``public_key``: the signer's, in base64.
    """
    folder = str(manifest.parent)
    run = document.get("run", {})
    content = {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "tool": {**document["tool"], "code_sha256": code_sha256()},
        "options": {**plain(options), "as_of": document["options"]["as_of"]},  # midnight may have passed
        "paths": list(paths),
        "passwords_given": bool(options.read.passwords),  # but not which
        "working_folder": location(".", folder),
        "seed": (document.get("sample") or {}).get("seed"),  # counting itself draws nothing by chance
        "policies": list(options.policy_names()),
        "own_files": [own_file(role, path, folder) for role, path in own_files(options)],
        "inputs": [_input(each, folder) for each in document["inputs"]],
        "outputs": [_output(path, place, folder) for path, place in outputs.items()],
        "body_sha256": canonical.body_sha256(document),
        "checksums": checksums,
        "public_key": public_key,
        "run": {key: run.get(key) for key in ("started", "host", "command", "environment")},
    }
    beside = _beside(manifest, content) if whole_folder else []
    return {
        **content,
        "beside": beside[:MOST_BESIDE],
        "whole_folder": whole_folder and len(beside) <= MOST_BESIDE,
    }


def _beside(manifest: Path, content: Mapping[str, Any]) -> list[str]:
    """What lay in the folder before the set did; of very many one more than are kept."""
    return list(islice(strangers(manifest.parent, manifest.name, content, building=True), MOST_BESIDE + 1))


def own_files(options: Options) -> list[tuple[str, str]]:
    """(role, path) of the user's own pattern packs and policies, whose content shapes the body."""
    packs = [("pattern_pack", str(path)) for path in options.patterns]
    return packs + [("policy", name) for name in options.policy_names() if name.endswith(".toml")]


def own_file(role: str, path: str, folder: str) -> dict[str, Any]:
    """The entry of a pattern pack or policy; SourceError where it cannot be read."""
    try:
        size, sha256 = hash_file(os.path.realpath(path))
    except SourceError as error:
        raise SourceError(f"'{visible(path)}' {error}") from None
    return {"role": role, "path": path, "location": location(path, folder), "size": size, "sha256": sha256}


def _input(entry: Mapping[str, Any], folder: str) -> dict[str, Any]:
    kept = {key: entry.get(key) for key in ("path", "member", "size", "sha256", "sm3", "status")}
    return {**kept, "location": None if entry["path"] == STDIN else location(entry["path"], folder)}


def _output(path: Path, place: Path, folder: str) -> dict[str, Any]:
    try:
        size, sha256 = hash_file(place)
    except SourceError as error:  # it was written a moment ago
        raise OutputError(f"'{visible(str(path))}' {error}") from None
    return {"name": location(str(path), folder), "size": size, "sha256": sha256}


@cache
def code_sha256() -> str:
    """Hash of the package's own files: SHA-256 over the lines "sha256  name" of its modules, sorted by name."""
    package = Path(scanner.__file__).parent
    lines = sorted(
        (path.relative_to(package).as_posix(), hash_file(path).sha256)
        for path in package.rglob("*")
        if path.suffix in _CODE and path.is_file() and "__pycache__" not in path.parts
    )
    return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in lines).encode()).hexdigest()


def listed(content: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """(location, sha256) of every file that the manifest names, for the list of checksums."""
    for entry in [*content["inputs"], *content["own_files"]]:
        if entry.get("sha256") and entry.get("location") and entry.get("member") is None:
            yield entry["location"], entry["sha256"]
    for entry in content["outputs"]:
        yield entry["name"], entry["sha256"]


def parse(data: bytes, where: str) -> dict[str, Any]:
    """Reads a manifest; ScannerError, one sentence, where it is none or of a version not known here."""
    shown = visible(where)
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise ScannerError(f"'{shown}' is no manifest: it is not JSON") from None
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise ScannerError(f"'{shown}' is no manifest of leaktally")
    if content.get("schema_version") != SCHEMA_VERSION:
        raise ScannerError(f"'{shown}' is a manifest of a version that this leaktally does not read")
    for key, kind in _SHAPE.items():
        if not isinstance(content.get(key), kind):
            raise ScannerError(
                f"'{shown}' is no whole manifest: its entry '{key}' is missing or of another kind"
            )
    if not isinstance(content.get("public_key", 0), str | None) or "/" in f"{content['checksums'] or '/'}":
        raise ScannerError(f"'{shown}' is no whole manifest: it names no possible key or list of checksums")
    for key in ("beside", "paths"):
        if not all(isinstance(each, str) for each in content[key]):
            raise ScannerError(f"'{shown}' is no whole manifest: its entry '{key}' does not hold names alone")
    for key, names in _TEXTS.items():
        if not all(isinstance(each, dict) and _sound(each, names) for each in content[key]):
            raise ScannerError(f"'{shown}' is no whole manifest: an entry of '{key}' is not of its kind")
    return content


def _sound(entry: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Has an entry its texts, and the rest as text or null?"""
    return all(isinstance(entry.get(name), str) for name in names) and all(
        isinstance(entry.get(name), str | None) for name in ("location", "sha256", "member")
    )
