"""Pattern packs: TOML files of ``[[pattern]]`` tables, validated field by field; runs their own examples."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from scanner import knowledge
from scanner.detectors.gates import members, parse
from scanner.detectors.pattern import Pattern, PatternDetector
from scanner.detectors.validators import VALIDATORS
from scanner.errors import PatternError
from scanner.model import Cells, Check

ROLES = frozenset(
    {
        *(
            "name",
            "id_number",
            "document_number",
            "passport_number",
            "permit_number",
            "military_number",
            "mobile",
            "phone",
            "address",
            "bank_card",
            "bank_account",
        ),
        *("email", "qq", "wechat", "plate", "vin", "imei", "imsi", "mac", "ip", "company_id", "company_name"),
    }
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MAX_LENGTH = 20_000


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > _MAX_LENGTH:
        raise ValueError("must be a non-empty text")
    return value


def _name(value: Any) -> str:
    if not _NAME.fullmatch(_text(value)):
        raise ValueError("must be lower-case letters, digits and _, starting with a letter")
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("must be a number from 0 to 1")
    return float(value)


def _rank(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1000:
        raise ValueError("must be a whole number from 0 to 1000")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError("must be a list of non-empty texts")
    return tuple(value)


def _examples(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("must hold at least one value")
    found: list[tuple[str, str]] = []
    for item in value:
        if isinstance(item, dict) and set(item) == {"text", "match"}:
            text, match = _text(item["text"]), _text(item["match"])
            if match not in text:
                raise ValueError(f"holds a match {match!r} that is not in its text")
        elif isinstance(item, str) and item:
            text = match = item
        else:
            raise ValueError('must be a list of texts or of {text = "…", match = "…"}')
        found.append((text, match))
    return tuple(found)


def _gates(value: Any) -> tuple[str, ...]:
    for text in _texts(value):
        try:
            parse(text)
        except ValueError as error:
            raise ValueError(f"holds {text!r}, which {error}") from error
    return tuple(value)


def _check_name(value: Any) -> str:
    if value not in VALIDATORS:
        raise ValueError(f"must be one of {', '.join(sorted(VALIDATORS))}, not {value!r}")
    return str(value)


def _roles(value: Any, known: frozenset[str] = ROLES) -> frozenset[str]:
    unknown = sorted(set(_texts(value)) - known)
    if unknown:
        raise ValueError(f"holds {unknown[0]!r}, but the roles are {', '.join(sorted(known))}")
    return frozenset(value)


def _alphabet(value: Any) -> str:
    if not re.fullmatch(r"\[.+\]", _text(value), re.DOTALL):
        raise ValueError("must be a class such as [0-9A-F]")
    found = "".join(dict.fromkeys(members(value)))
    if found != found.upper():
        raise ValueError("must hold no lower-case letters, because identities are compared in upper case")
    return found


def _basis(value: Any) -> int:
    bits = 0
    for item in _texts(value):
        if item.upper() not in Check.__members__:
            raise ValueError(f"holds {item!r}, which is not the name of a check")
        bits |= int(Check[item.upper()])
    return bits


_FIELDS: dict[str, Callable[[Any], object]] = {
    "name": _name,
    "label": _name,
    "standard": _text,
    "pattern": _text,
    "gate": _gates,
    "check": _check_name,
    "boundary": _flag,
    "verbose": _flag,
    "one_line": _flag,
    "drop": _text,
    "alphabet": _alphabet,
    "roles": _roles,
    "header_only": _flag,
    "few_under": _roles,
    "other_headers": _flag,
    "none_under": partial(_roles, known=ROLES | {"other_number"}),
    "whole": _share,
    "rank": _rank,
    "basis": _basis,
    "chance": _share,
    "examples": _examples,
    "counterexamples": _texts,
}
_NEEDED = ("name", "label", "standard", "pattern", "examples", "counterexamples")


def read_pack(path: Path, tried: bool = False) -> tuple[Pattern, ...]:
    """The patterns of one file, in its order. ``tried``: its expressions are known to be sound.

    Raises PatternError, one sentence with file, field and reason, for anything that is not well formed.
    """
    tables = knowledge.read_toml(path)
    stray = sorted(set(tables) - {"pattern", "pack"})
    if stray:
        raise PatternError(f"{path}: there is no field '{stray[0]}' beside [[pattern]] and [pack].")
    entries = tables.get("pattern")
    if not isinstance(entries, list) or not entries or not all(isinstance(e, dict) for e in entries):
        raise PatternError(f"{path}: there is no [[pattern]].")
    patterns = tuple(_pattern(path, number, entry, tried) for number, entry in enumerate(entries, 1))
    seen: set[str] = set()
    for pattern in patterns:
        if pattern.name in seen:
            raise PatternError(f"{path}: field 'name' gives {pattern.name} twice.")
        seen.add(pattern.name)
    return patterns


def _pattern(path: Path, number: int, entry: dict[str, Any], tried: bool) -> Pattern:
    named = entry.get("name")
    where = f"{path}: pattern {named if isinstance(named, str) and named else number}"
    for field in entry:  # first of all: one that is misspelt is missing, too
        if field not in _FIELDS:
            raise PatternError(f"{where} has the unknown field '{field}'; known are {', '.join(_FIELDS)}.")
    for field in _NEEDED:
        if field not in entry:
            raise PatternError(f"{where} has no field '{field}'.")
    values: dict[str, Any] = {}
    for field, value in entry.items():
        try:
            values[field] = _FIELDS[field](value)
        except ValueError as error:
            raise PatternError(f"{where}: field '{field}' {error}.") from error
    if bool(values.get("basis")) != bool(values.get("chance")):
        raise PatternError(f"{where}: fields 'basis' and 'chance' only have a meaning together.")
    pattern = Pattern(**values, file=str(path))
    if tried:
        return pattern
    try:
        expression = pattern.compile()
    except ValueError as error:
        raise PatternError(f"{where}: field 'pattern' {error}.") from error
    if expression.fullmatch(""):
        raise PatternError(f"{where}: field 'pattern' matches an empty text.")
    return pattern


def check_patterns(patterns: Iterable[Pattern]) -> list[str]:
    """What fails of the patterns' own examples, one sentence each; empty where all is well.

    Each example must be one match that passes the check: as a whole, or the ``match`` given with the
    ``text`` around it. No counter-example may hold a valid match.
    """
    failures: list[str] = []
    for pattern in patterns:
        detector = PatternDetector(pattern)
        where = f"{pattern.file}: pattern {pattern.name}"
        cases: list[tuple[str, str | None]] = [
            *pattern.examples,
            *((t, None) for t in pattern.counterexamples),
        ]
        for text, expected in cases:
            cells = Cells.of([text])
            matches = detector.find(cells)
            valid = matches.take(matches.checks & detector.required == detector.required)
            spans = [cells.raw(0)[a:b].decode() for a, b in zip(valid.start, valid.end, strict=True)]
            if cells.memo.get("timeouts"):
                failures.append(f"{where}: the time limit is hit by {text!r}.")
            elif expected is None and spans:
                failures.append(f"{where}: the counter-example {text!r} is accepted.")
            elif expected is not None and spans != [expected]:
                failures.append(f"{where}: the example {text!r} gives {spans}, not [{expected!r}].")
            elif spans and valid.key is not None and int(valid.key[0]) >> 63:
                failures.append(f"{where}: the example {text!r} does not fit field 'alphabet'.")
        if pattern.one_line and _lines_differ(detector, [text for text, _ in cases]):
            failures.append(f"{where}: field 'one_line' is not true of this pattern.")
    return failures


def _lines_differ(detector: PatternDetector, values: list[str]) -> bool:
    """Does matching all values as lines of one text give anything else than matching them singly?"""
    together = detector.find(Cells.of([*values]))
    single = [detector.find(Cells.of([value])) for value in values]
    return not (
        np.array_equal(together.cell, np.repeat(np.arange(len(values)), [len(m) for m in single]))
        and np.array_equal(together.start, np.concatenate([m.start for m in single]))
        and np.array_equal(together.end, np.concatenate([m.end for m in single]))
        and np.array_equal(together.checks, np.concatenate([m.checks for m in single]))
    )


def check_pack(path: Path) -> list[str]:
    """Runs a pack's own examples; the failures as sentences. PatternError as ``read_pack``."""
    return check_patterns(read_pack(path))


def built_in() -> tuple[Pattern, ...]:
    """The patterns of patterns/detectors, file by file; the tests try their expressions."""
    return tuple(
        p for name in knowledge.names("detectors") for p in read_pack(knowledge.root() / name, tried=True)
    )
