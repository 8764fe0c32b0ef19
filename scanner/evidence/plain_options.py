"""The options of a scan as plain JSON and back, so that a manifest can say how a scan is repeated.

Every field of ``job.Options`` that shapes the evidence body is kept, by its type and not by a list of names, so that
an option added later is kept too.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from scanner.errors import ScannerError
from scanner.limits import Limits
from scanner.run.job import Options

#: What changes how a scan is run, and nothing in its body; and secrets, which must be given again.
NOT_KEPT = ("jobs", "memory", "tmp", "temporary", "passwords")


def plain(options: Options) -> dict[str, Any]:
    """The options as JSON, with the day that "today" was, so that another day repeats the same scan."""
    return {**_kept(options), "as_of": options.day().isoformat()}


def options(content: Mapping[str, Any], jobs: int = 0) -> Options:
    """The options that ``plain`` wrote; ScannerError where one is unknown or not of its type."""
    return Options(**{**_fields(Options, content, "options"), "jobs": jobs})


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if is_dataclass(value):
        return _kept(value)
    raise TypeError(f"an option of type {type(value).__name__} cannot be kept in a manifest")


def _kept(value: Any) -> dict[str, Any]:
    passed = () if isinstance(value, Limits) else NOT_KEPT  # the memory of a reader decides what is read
    return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.name not in passed}


def _fields(kind: Any, content: Any, where: str) -> dict[str, Any]:
    """The fields of a dataclass by their declared types."""
    hints = get_type_hints(kind)
    if not isinstance(content, Mapping):
        raise _fault(where)
    unknown = sorted(set(content) - set(hints))
    if unknown:
        raise ScannerError(f"the manifest's {where} hold {unknown[0]!r}, which this version does not know")
    return {name: _typed(hints[name], value, f"{where}.{name}") for name, value in content.items()}


def _typed(hint: Any, value: Any, where: str) -> Any:
    """``value`` as the type ``hint`` has it; a union takes the first that fits."""
    if get_origin(hint) in (Union, types.UnionType):
        for each in get_args(hint):
            try:
                return _typed(each, value, where)
            except ScannerError:
                continue
        raise _fault(where)
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(_typed(get_args(hint)[0], each, where) for each in value)
    if is_dataclass(hint):
        return hint(**_fields(hint, value, where))  # type: ignore[operator]
    if hint is type(None) and value is None:
        return None
    if hint is date and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise _fault(where) from None
    if hint is Path and isinstance(value, str):
        return Path(value)
    if hint in (bool, int, str) and type(value) is hint:
        return value
    raise _fault(where)


def _fault(where: str) -> ScannerError:
    return ScannerError(f"the manifest's {where} is not of its kind")
