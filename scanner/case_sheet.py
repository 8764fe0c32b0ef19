"""The case sheet: what a case file (`--case FILE.toml`) says of the matter, which the inputs cannot tell.

It records what 法发〔2016〕22号 Art. 14 and 公安机关办理刑事案件电子数据取证规则 ask a record of examination to state.
Nothing in it is needed: an absent entry is None, and the reports print a blank to be filled in by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from scanner.errors import ScannerError

#: Least number of examiners (取证规则: 二名以上); fewer are printed with a blank line and a remark.
OPERATORS = 2
#: A case file is written by hand; what is larger is something else.
MOST_BYTES = 1 << 20
_KINDS = {bool: "a truth value", int: "a number", float: "a number", list: "a list", dict: "a table"}


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One exhibit (检材): its number, name, source, kind of medium and state of the seal."""

    number: str | None = None
    name: str | None = None
    source: str | None = None
    medium: str | None = None
    seal: str | None = None


@dataclass(frozen=True, slots=True)
class Operator:
    """One examiner (检查人员) with title or post."""

    name: str | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """All entries of a case file; None where the file is silent.

    ``cause``: cause of action (案由); ``holder``: who held or handed in the data (持有人、提供人);
    ``witness``: 见证人. ``exhibits`` and ``operators`` in the order of the file, without empty ones.
    """

    number: str | None = None
    cause: str | None = None
    entrusting_body: str | None = None
    examining_body: str | None = None
    purpose: str | None = None
    place: str | None = None
    write_protection: str | None = None
    exhibits: tuple[Exhibit, ...] = ()
    operators: tuple[Operator, ...] = ()
    holder: str | None = None
    witness: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """``document["case"]`` (docs/contract.md): plain lists, tables and text; ``of`` reads it back."""
        whole = asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in whole.items()}


def template() -> str:
    """A case file in which every entry stands with its explanation in Chinese and English, still blank."""
    from importlib.resources import files  # what few commands need

    return files("scanner").joinpath("case_template.toml").read_text("utf-8")


def read(path: str | Path) -> CaseSheet:
    """The case sheet in a TOML file; ScannerError, one sentence that names the file, the entry and the reason."""
    return of(_content(Path(path)), str(path))


def of(content: Mapping[str, Any], where: str = "the case sheet") -> CaseSheet:
    """Validates the content of a case file, or an earlier ``to_dict``; ``where`` names it in errors (ScannerError)."""
    lists = {"exhibits": Exhibit, "operators": Operator}
    known = [field.name for field in fields(CaseSheet)]
    _refuse_unknown(content, known, where)
    plain = {key: _text(content.get(key), key, where) for key in known if key not in lists}
    exhibits, operators = (
        [
            made
            for place, entry in enumerate(_tables(content.get(key), key, where), 1)
            if (made := _entry(kind, entry, f"{where}, entry {place} of '{key}'")) != kind()
        ]
        for key, kind in lists.items()
    )
    return CaseSheet(**plain, exhibits=tuple(exhibits), operators=tuple(operators))


def _content(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        if not path.is_file():
            path.stat()  # what does not exist says so itself
            raise ScannerError(f"{path} is not a file, so it cannot be read as a case sheet.")
        if path.stat().st_size > MOST_BYTES:
            raise ScannerError(f"{path} is larger than {MOST_BYTES:,} bytes, so it is no case sheet.")
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ScannerError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ScannerError(f"{path} is not UTF-8: byte {error.start} does not fit.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScannerError(f"{path} is not valid TOML: {error}.") from error


def _refuse_unknown(content: Mapping[str, Any], known: list[str], where: str) -> None:
    for key in content:
        if key not in known:
            raise ScannerError(f"{where} has an unknown entry {key!r}; the entries are {', '.join(known)}.")


def _tables(value: object, key: str, where: str) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise ScannerError(f"{where}: '{key}' must be written as tables, each beginning with [[{key}]].")
    return value


def _entry(kind: Any, content: Mapping[str, Any], where: str) -> Any:
    known = [field.name for field in fields(kind)]
    _refuse_unknown(content, known, where)
    return kind(**{key: _text(content.get(key), key, where) for key in known})


def _text(value: object, key: str, where: str) -> str | None:
    """The text without blanks around it; None where nothing is left."""
    if value is None:
        return None
    if not isinstance(value, str):
        given = _KINDS.get(type(value), "a date or time")
        raise ScannerError(f"{where}: '{key}' must be text in quotes, not {given}.")
    return value.strip() or None
