"""Where two evidence bodies differ: which inputs are missing or new, and the first keys of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from scanner.reports.totals import input_name

_NONE = object()
#: Lists of a body whose entries belong to inputs, and what tells those of one input apart.
_OF_INPUTS = {"inputs": (), "columns": ("table", "index"), "issues": ("row", "what")}

_Name = tuple[str, str | None]  # path and member of an input


@dataclass(frozen=True, slots=True)
class Difference:
    """A key of the body that differs: its path ("records.rows", "inputs[0].sha256"), then and now (None: not there)."""

    key: str
    then: Any
    now: Any


def missing_and_new(
    then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of inputs that are not there any more, and of those that were not then.

    Of an archive that is not there, the members are not told. One that is there and cannot be opened is not missing,
    but one that was read and is not even a file now is.
    """
    before, after = _names(then), _names(now)
    read = {name for name, one in before.items() if one.get("sha256")}
    absent = {name for name, one in after.items() if _absent(one)}
    there = {name: one for name, one in after.items() if name not in absent}
    return _only(before, after.keys() - (absent & read)), _only(there, before.keys())


def differences(then: Any, now: Any, most: int) -> list[Difference]:
    """The first ``most`` keys, in their order, at which two JSON values differ.

    In bodies, what belongs to an input is compared with what belongs to the input of the same name; their indices
    are those of then. What belongs to inputs that are missing or new is passed over.
    """
    if all(isinstance(each, dict) and isinstance(each.get("inputs"), list) for each in (then, now)):
        found = list(islice(_by_input(then, now), most))
        if found:
            return found  # else only their order is another one
    return list(islice(_differences(then, now, ""), most))


def _by_input(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    for key in [*then, *(key for key in now if key not in then)]:
        before, after = then.get(key, _NONE), now.get(key, _NONE)
        if key in _OF_INPUTS and isinstance(before, list) and isinstance(after, list):
            yield from _entries(key, before, after, list(_names(then["inputs"])), list(_names(now["inputs"])))
        else:
            yield from _differences(before, after, key)


def _entries(
    key: str, before: Sequence[Any], after: Sequence[Any], then: Sequence[_Name], now: Sequence[_Name]
) -> Iterator[Difference]:
    """Of a list whose entries belong to inputs; ``then``, ``now``: the names of these."""
    old, new = _identified(key, before, then), _identified(key, after, now)
    for name, (index, entry) in old.items():
        if name in new:
            yield from _differences(_own(entry), _own(new[name][1]), f"{key}[{index}]")
        elif name[0] in now:
            yield Difference(f"{key}[{index}]", entry, None)
    for name, (index, entry) in new.items():
        if name not in old and name[0] in then:
            yield Difference(f"{key}[{index}]", None, entry)


def _identified(key: str, entries: Sequence[Any], names: Sequence[_Name]) -> dict[Any, tuple[int, Any]]:
    """Each entry with its index, by its input's name, what tells it apart, and how often that came before."""
    found: dict[Any, tuple[int, Any]] = {}
    for index, entry in enumerate(entries):
        name = names[index] if key == "inputs" else names[entry["input"]]
        parts = (name, *(str(entry.get(part)) for part in _OF_INPUTS[key]))
        again = 0
        while (*parts, again) in found:
            again += 1
        found[(*parts, again)] = index, entry
    return found


def _own(entry: Any) -> Any:
    """An entry without the number of its input."""
    return (
        {key: value for key, value in entry.items() if key != "input"} if isinstance(entry, dict) else entry
    )


def _differences(then: Any, now: Any, at: str) -> Iterator[Difference]:
    if isinstance(then, dict) and isinstance(now, dict):
        for key in [*then, *(key for key in now if key not in then)]:
            yield from _differences(then.get(key, _NONE), now.get(key, _NONE), f"{at}.{key}" if at else key)
    elif isinstance(then, list) and isinstance(now, list):
        for index in range(max(len(then), len(now))):
            old, new = (each[index] if index < len(each) else _NONE for each in (then, now))
            yield from _differences(old, new, f"{at}[{index}]")
    elif then is _NONE or now is _NONE or type(then) is not type(now) or then != now:
        yield Difference(at, *(None if each is _NONE else each for each in (then, now)))


def _names(inputs: Sequence[Mapping[str, Any]]) -> dict[_Name, Mapping[str, Any]]:
    return {(str(one["path"]), one.get("member")): one for one in inputs}


def _absent(one: Mapping[str, Any]) -> bool:
    return one.get("status") == "failed" and one.get("size") is None and not one.get("sha256")


def _only(these: Mapping[_Name, Mapping[str, Any]], others: Any) -> tuple[str, ...]:
    """The names of these that are not among the others."""
    return tuple(
        input_name({"path": path, "member": member})
        for path, member in these
        if (path, member) not in others and (member is None or (path, None) in others)
    )
