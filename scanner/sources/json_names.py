"""What people call the paths of JSON text: ``user.phones[]``, ``hits.hits`` for a list of records."""

from __future__ import annotations

from typing import NamedTuple

from scanner.kernels.json_paths import Paths

LONGEST = 200  # characters of a name
OTHER = "(other)"  # all paths beyond those that are told apart
KEY = "(key)"  # the key by which a record lies in its object


class Step(NamedTuple):
    """One step of a path; ``kind`` is one of ``json_paths.KINDS``."""

    kind: str
    key: str
    place: int


def steps(paths: Paths, node: int, above: int = 0) -> list[Step]:
    """The steps to a path from the path ``above``, which it lies below; from the text itself where it does not."""
    found: list[Step] = []
    while node not in (0, above):
        parent, kind, key, place, _ = paths.step(node)
        found.append(Step(kind, plain(key), place))
        node = parent
    return found[::-1]


def table_name(paths: Paths, node: int) -> str | None:
    """The name of the table whose records lie in a list or object; None for the text itself."""
    return joined(steps(paths, node)) or None


def column_name(paths: Paths, node: int, table: int, placed: bool = False) -> str | None:
    """The name of a column of a table; None where the text gives it none.

    ``placed``: its cells lie below keys that are no part of it; these are a column of their own. What kind of value it
    is (MongoDB's ``$oid``, ``$numberLong``) is no part of its name, either.
    """
    if node == 1:
        return OTHER
    own = steps(paths, node, table)
    if own and own[0].kind in ("element", "any"):
        own = own[1:]  # the record itself
    while len(own) > 1 and own[-1].kind == "named" and own[-1].key.startswith("$"):
        own = own[:-1]
    kinds = [step.kind for step in own]
    if placed and "any" in kinds:
        place = kinds.index("any")
        own = own[: place - 1] + own[-1:] if kinds[-1] == "key" else own[:place] + own[place + 1 :]
    if not own:  # the records are plain values: they are what their list is called
        named = [step for step in steps(paths, table) if step.kind == "named"]
        return f"{named[-1].key}[]"[-LONGEST:] if named else None
    if own == [Step("place", "", own[0].place)]:
        return None
    return joined(own)


def joined(path: list[Step]) -> str:
    """A path in writing."""
    text = ""
    for step in path:
        match step.kind:
            case "named":
                text += f".{step.key}" if text else step.key
            case "element":
                text += "[]"
            case "place":
                text += f"[{step.place}]"
            case "any":
                text += ".*" if text else "*"
            case "key":
                text += f".{KEY}" if text else KEY
            case _:
                text += OTHER
    return text[-LONGEST:]  # its last part tells what it is


def plain(key: bytes) -> str:
    """A key as text that is safe to show."""
    return key.decode("utf-8", "replace")
