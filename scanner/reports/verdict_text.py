"""A verdict for people, in lines: the arithmetic of each reading, all units, and what the level hangs on.

``verdict`` is always an entry of "verdicts" in the JSON report, under a policy of any kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.policy import READINGS
from scanner.reports.layout import grid, wrap
from scanner.reports.totals import number
from scanner.reports.words import Words, grouped

Told = Mapping[str, Any]
#: How an element may be read alone (policy.what_if), and the text that says so.
WAYS = {"low": "if_low", "high": "if_high", "left_out": "if_left_out", "high_left_out": "if_high_left_out"}


def render(verdict: Told, words: Words, width: int = 100) -> list[str]:
    """The page of arithmetic of one verdict, in lines of at most ``width`` cells."""
    article = words.article(verdict["article"])
    lines = wrap(f"{words.pick(verdict['title'])}  {verdict['instrument']} {article}", width)
    lines += [words.ui("policy_unit", unit=words.name("units", verdict["unit"])), ""]
    for name in READINGS:
        lines.append(f"{words.name('readings', name)}  {_level(verdict, verdict[name]['level'], words)}")
        for text in _sums(verdict, verdict[name], words):
            lines += [f"  {line}" for line in wrap(text, width - 2)]
    if verdict["kind"] == "tiers":
        lines += ["", *_beside(verdict, words, width)]
    lines += ["", words.ui("hangs_on")]
    for text in hangs_on(verdict, words) + [words.pick(each) for each in verdict["caveats"]]:
        lines += [("- " if place == 0 else "  ") + line for place, line in enumerate(wrap(text, width - 2))]
    return lines


def _sums(verdict: Told, reading: Told, words: Words) -> list[str]:
    """The counts of a reading and its sum, or its comparisons."""
    if verdict["kind"] == "levels":
        return [
            f"{words.name('measures', measure)}{words.ui('colon')}{grouped(shown)}"
            for measure, shown in reading["arithmetic"].items()
        ]
    counts = "  ".join(
        f"{words.ui('tier_of', tier=number(int(tier)))}{words.ui('colon')}{number(reading[f'n{tier}'])}"
        for tier in verdict["units"]
    )
    said = [counts, f"S = {grouped(reading['arithmetic'])}"]
    if sold := reading.get("sold"):
        said.append(words.ui("sold_line", sum=grouped(sold["arithmetic"])))
    return said


def _beside(verdict: Told, words: Words, width: int) -> list[str]:
    """What goes with a sum: articles of the tiers, the union of sets, illegal income, all units side by side."""
    said = [
        f"{words.ui('tier_of', tier=number(int(tier)))}{words.ui('colon')}{words.article(article)}"
        for tier, article in verdict["units"].items()
    ]
    if union := verdict["union"]:
        said.append(words.ui("union_line", sum=grouped(union["arithmetic"])))
    if income := verdict["illegal_income"]:
        level = _level(verdict, income["level"], words)
        article = words.article(income["article"])
        said.append(words.ui("income_line", sum=grouped(income["arithmetic"]), level=level, article=article))
    heads = [
        words.ui("unit"),
        *(number(int(tier)) for tier in verdict["units"]),
        "S",
        words.ui("status_level"),
    ]
    rows = [
        [
            f"{words.name('units', unit)} · {words.name('readings', name)}",
            *(number(readings[name][f"n{tier}"]) for tier in verdict["units"]),
            number(readings[name]["score"]),
            _level(verdict, readings[name]["level"], words),
        ]
        for unit, readings in verdict["by_unit"].items()
        for name in READINGS
    ]
    return [*(line for text in said for line in wrap(text, width)), "", *grid(heads, rows, width)]


def _level(verdict: Told, name: str, words: Words) -> str:
    named = {each["name"]: words.pick(each) for each in verdict.get("levels", ())}
    return named.get(name) or words.name("levels", name)


def hangs_on(verdict: Told, words: Words) -> list[str]:
    """What a verdict's level hangs on, in sentences: why readings differ, and each contested kind read otherwise."""
    called = {
        each["element"]: words.ui("unlinked") if each["element"] == "unlinked" else words.pick(each)
        for each in verdict["sensitivity"]
    }

    def level(name: str) -> str:
        return _level(verdict, name, words)

    lines = []
    for gap in verdict["gaps"]:
        alone, needed = gap["alone"], gap["needed"]
        key = "gap_many" if not alone and not needed else "gap_together" if not alone else "gap_any"
        lines.append(
            words.ui(
                "gap_alone" if len(alone) == 1 else key,
                reading=words.name("readings", gap["reading"]),
                level=level(gap["level"]),
                main=level(gap["main"]),
                names=words.ui("comma").join(called[name] for name in alone or needed),
            )
        )
    main, high = (verdict[reading]["level"] for reading in ("main", "high"))
    for each in verdict["sensitivity"]:
        name = called[each["element"]]
        if each["element"] == "unlinked":
            lines.append(words.ui("if_unlinked", name=name, level=level(each["high"])))
            continue
        for way, form in WAYS.items():
            if each[way] != (high if way == "high_left_out" else main):
                lines.append(words.ui(form, name=name, level=level(each[way])))
    return lines or [words.ui("hangs_on_nothing")]
