"""Finds and reads patterns/: tables (CSV), patterns, header words and policies (TOML), and their hash.

Reading only: what a pattern or a policy means is checked by the module that uses it. Everything is read when
first asked for and then kept; what is returned is shared, so treat it as read-only.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from scanner.errors import PatternError

READ_BEFORE = "patterns.json"  # beside this module
DATE = "$date"  # the key of an object that stands for a date, which JSON has not


@dataclass(frozen=True, slots=True)
class Table:
    """A table of patterns/tables.

    ``header``: the ``# key: value`` lines (origin, licence, date, rebuilt_by…). ``columns``: for each column
    its values as text, all of one length, in the order of the file; an empty value is ``""``.
    """

    header: dict[str, str]
    columns: dict[str, tuple[str, ...]]

    def __len__(self) -> int:
        """How many rows."""
        return len(next(iter(self.columns.values())))


@cache
def root() -> Path:
    """The folder patterns/: beside this module in a wheel, beside the package in a checkout.

    Raises PatternError if there is neither.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "patterns", package.parent / "patterns"):
        if (folder / "tables").is_dir():
            return folder
    raise PatternError(
        f"There is no folder patterns/ in or beside {package}, so the installation is incomplete."
    )


@cache
def table(name: str) -> Table:
    """The table ``tables/<name>.csv``, as in ``table("regions")``; PatternError as in ``read_table``."""
    return read_table(root() / "tables" / f"{name}.csv")


@cache
def toml(relative: str) -> dict[str, Any]:
    """The TOML file at ``relative`` under patterns/ (``policies/x.toml``); see ``read_toml``."""
    return read_toml(root() / relative)


def names(folder: str, suffix: str = ".toml") -> tuple[str, ...]:
    """The files with ``suffix`` in ``folder``, as sorted paths that ``toml`` takes (``detectors/x.toml``)."""
    found = (root() / folder).glob(f"*{suffix}")
    return tuple(sorted(f"{folder}/{path.name}" for path in found if not path.name.startswith(".")))


def read_table(path: Path) -> Table:
    """Reads a table file: UTF-8 CSV with ``# key: value`` lines, one line of column names, then rows.

    Raises PatternError, naming file, line and reason, for a file that cannot be read, is not UTF-8, has no
    columns or rows, names a column or a key twice, or has a row of another width.
    """
    lines = _text(path).split("\n")
    if lines[-1] == "":
        lines.pop()
    header: dict[str, str] = {}
    while len(header) < len(lines) and lines[len(header)].startswith("#"):
        key, colon, value = lines[len(header)][1:].partition(":")
        key = key.strip()
        if not colon or not key:
            raise _fault(path, len(header) + 1, "is not '# key: value'")
        if key in header:
            raise _fault(path, len(header) + 1, f"gives the key '{key}' again")
        header[key] = value.strip()
    first = len(header)
    fields, widths = _fields(path, lines, first)
    width = widths[0] if widths else 0
    columns = fields[:width]
    if not widths or columns == [""]:
        raise _fault(path, first + 1, "should name the columns")
    if len(set(columns)) < width or "" in columns:
        raise _fault(path, first + 1, "has an empty or repeated column name")
    if len(widths) == 1:
        raise _fault(path, first + 1, "is followed by no row")
    if widths.count(width) < len(widths):
        index = next(index for index, own in enumerate(widths) if own != width)
        raise _fault(path, first + 1 + index, f"has {widths[index]} fields, not {width}")
    return Table(header, {name: tuple(fields[width + at :: width]) for at, name in enumerate(columns)})


def read_toml(path: Path) -> dict[str, Any]:
    """Reads any TOML file, also outside patterns/; raises PatternError naming file, line and reason."""
    content = _bytes(path)
    known = _read_before().get(hashlib.sha256(content).hexdigest(), "")
    with contextlib.suppress(ValueError):  # none, or one that was cut off
        return dict(json.loads(known, object_hook=_dated))
    return _parsed(path, content)


def keep_read(target: Path) -> None:
    """Writes what the TOML files of patterns/ hold, so that ``read_toml`` need not parse them: JSON is much faster.

    A line for each file: the SHA-256 of its bytes, a space, its JSON. So a file that has changed since is parsed.
    """
    lines = []
    for path in sorted(root().rglob("*.toml")):
        content = _bytes(path)
        text = json.dumps(_parsed(path, content), default=_undated, ensure_ascii=False)
        lines.append(f"{hashlib.sha256(content).hexdigest()} {text}\n")
    target.write_text("".join(lines), "utf-8")


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(_decoded(path, content))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PatternError(f"{path} is not valid TOML: {error}.") from error


@cache
def _read_before() -> dict[str, str]:
    """What ``keep_read`` wrote when the package was built: JSON by hash; nothing where it is missing or damaged."""
    try:
        text = (Path(__file__).parent / READ_BEFORE).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    return {line[:64]: line[65:] for line in text.split("\n")}


def _undated(value: object) -> dict[str, str]:
    if type(value) is date:
        return {DATE: value.isoformat()}
    raise TypeError(f"a {type(value).__name__} has no form in {READ_BEFORE}")


def _dated(found: dict[str, Any]) -> object:
    return date.fromisoformat(found[DATE]) if DATE in found else found


@cache
def sha256() -> str:
    """The hash of all knowledge: hexadecimal SHA-256 over names and bytes of the files under patterns/.

    The same in a wheel and in a checkout: caches and hidden files are left out, the order is fixed,
    and lengths are hashed too, so that no two folders run together to the same bytes.
    """
    return hash_folder(root())


def hash_folder(folder: Path) -> str:
    """``sha256`` of any folder; see there."""
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*")):
        parts = name.split("/")
        if "__pycache__" in parts or any(part.startswith(".") for part in parts) or not path.is_file():
            continue
        content = _bytes(path)
        digest.update(f"{len(name.encode())} {len(content)} {name}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _bytes(path: Path) -> bytes:
    """The file's bytes, or PatternError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise PatternError(f"{path} cannot be read: {error.strerror or error}.") from error


def _text(path: Path) -> str:
    """The file's text, or PatternError."""
    return _decoded(path, _bytes(path))


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PatternError(f"{path} is not UTF-8 at byte {error.start}.") from error


def _fields(path: Path, lines: list[str], first: int) -> tuple[list[str], list[int]]:
    """The fields of all lines, and how many each has; a quoted one must end in its line, so that rows keep step."""
    plain = lines[first:]
    text = ",".join(plain)
    if "\r" in text:
        number = next(index for index, line in enumerate(plain) if "\r" in line)
        raise _fault(path, first + number + 1, "has a carriage return; lines must end in LF alone")
    if '"' not in text:  # several times faster than csv, and most tables need no quotes
        return text.split(","), [line.count(",") + 1 for line in plain]
    fields: list[str] = []
    widths = []
    for index, line in enumerate(plain):
        try:
            row = next(csv.reader([line], strict=True), [""])
        except csv.Error as error:
            raise _fault(path, first + index + 1, f"is not valid CSV ({error})") from error
        fields += row
        widths.append(len(row))
    return fields, widths


def _fault(path: Path, line: int, reason: str) -> PatternError:
    """One sentence: file, line, reason."""
    return PatternError(f"{path}, line {line}, {reason}.")
