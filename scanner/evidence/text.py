"""What verify and rescan found, for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from scanner.evidence.differences import Difference
from scanner.evidence.rescan import Repeated
from scanner.evidence.verify import Grade, Remark, Verification
from scanner.reports.escape import visible
from scanner.reports.words import Words, table

_MOST_SHOWN = 200  # characters of a value that differs
_MOST_NAMED = 20  # inputs that are missing, and that are new


def render(found: Verification, lang: str = "zh") -> str:
    """A line for each remark, worst first, and one for the whole; ``lang``: "zh" or "en"."""
    words = Words(lang)
    ordered = sorted(found.remarks, key=lambda each: -each.grade)
    lines = [_remark(each, words) for each in ordered]
    worst = max((each.grade for each in found.remarks), default=Grade.GOOD)
    content = found.manifest or {"inputs": [], "outputs": []}
    whole = {Grade.DIFFERS: "result_differs", Grade.UNREAD: "result_unread"}.get(worst, "result_good")
    files = {each["path"] for each in content["inputs"] if each.get("sha256")}
    lines.append(_text(words, whole, inputs=len(files), outputs=len(content["outputs"])))
    return "\n".join(lines)


def render_rescan(found: Repeated, lang: str = "zh") -> str:
    """Differences of the program first, then whether the body is the same and what in it is not.

    Where something was not read that was read then, that alone: all else would follow from it.
    """
    words = Words(lang)
    if found.unread:
        return "\n".join(_unread(found, words))
    lines = [_text(words, "tool_differs", **_difference(each, words)) for each in found.tool]
    then, now = found.bodies
    if found.same:
        return "\n".join([*lines, _text(words, "body_same", sha256=then)])
    lines.append(_text(words, "body_differs", then=then, now=now))
    lines += _named("input_new", found.new, words)
    lines += [_text(words, "key_differs", **_difference(each, words)) for each in found.differences]
    if not found.compared:
        lines.append(_text(words, "no_json"))
    return "\n".join(lines)


def _unread(found: Repeated, words: Words) -> list[str]:
    if found.locked:
        return [_text(words, "passwords_missing")]
    gone, new = _named("input_gone", found.missing, words), _named("input_new", found.new, words)
    return [_text(words, "inputs_missing"), *gone, *new]


def _named(code: str, names: Sequence[str], words: Words) -> list[str]:
    """A line for each input, and one for how many more."""
    lines = [_text(words, code, file=visible(name)) for name in names[:_MOST_NAMED]]
    more = len(names) - _MOST_NAMED
    return [*lines, _text(words, f"{code}_more", count=more)] if more > 0 else lines


def _remark(remark: Remark, words: Words) -> str:
    grade = _text(words, f"grade_{remark.grade.name.lower()}")
    why = words.sentence(remark.why) if remark.why else ""
    return f"{grade}{_text(words, remark.code, file=visible(remark.file), why=visible(why))}"


def _difference(each: Difference, words: Words) -> dict[str, str]:
    return {"key": visible(each.key), "then": _shown(each.then, words), "now": _shown(each.now, words)}


def _shown(value: Any, words: Words) -> str:
    if value is None:
        return _text(words, "nothing")
    text = visible(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _text(words: Words, name: str, **values: object) -> str:
    return table()["verify"][name][words.lang].format(**values)
