"""Counts against standards as pictures: the sum of each reading, each tier, each count of persons."""

from __future__ import annotations

from scanner.policy import READINGS
from scanner.reports import bars, verdicts
from scanner.reports.markup import Child, Markup, tag
from scanner.reports.totals import number
from scanner.reports.verdicts import Mark, Told
from scanner.reports.words import Words


def sums(verdict: Told, words: Words) -> list[Markup]:
    """S of each reading, then the count of each tier against its own standard."""
    marks = verdicts.score_marks(verdict)
    lines = _marks(verdict, marks, words)
    for name in READINGS:
        score, level = int(verdict[name]["score"]), verdict[name]["level"]
        title = words.name("readings", name)
        spoken = f"{title}: S = {number(score)}, {verdicts.level(verdict, level, words)}"
        lines += _line(title, score, marks, verdicts.tone(verdict, level), spoken, words)
    return [_picture(words.ui("score_picture"), lines), _tiers(verdict, words), _scale(words)]


def ladder(verdict: Told, words: Words) -> list[Markup]:
    """Each count that the levels ask for, in each reading."""
    found = []
    for measure in verdicts.measures(verdict):
        marks = verdicts.measure_marks(verdict, measure)
        lines = _marks(verdict, marks, words)
        for name in READINGS:
            count = int(verdict[name][measure])
            level = verdicts.level_at(marks, count, verdict["levels"][0]["name"])
            title = words.name("readings", name)
            spoken = f"{title}: {number(count)}, {verdicts.level(verdict, level, words)}"
            lines += _line(title, count, marks, verdicts.tone(verdict, level), spoken, words)
        found.append(_picture(words.name("measures", measure), lines))
    return [*found, _scale(words)]


def _tiers(verdict: Told, words: Words) -> Markup:
    lines: list[Child] = []
    for tier in verdicts.tiers(verdict):
        marks = verdicts.tier_marks(verdict, tier)
        low, main, high = (int(verdict[name][f"n{tier}"]) for name in READINGS)
        tone = verdicts.tone(verdict, verdicts.level_at(marks, main, "below"))
        title = words.ui("tier_of", tier=number(tier))
        spoken = f"{title}: {number(main)} / " + " / ".join(number(mark.limit) for mark in marks)
        lines += _marks(verdict, marks, words) + _line(title, main, marks, tone, spoken, words, (low, high))
    return _picture(words.ui("tier_picture"), lines)


def _line(
    title: str,
    value: int,
    marks: list[Mark],
    tone: str,
    spoken: str,
    words: Words,
    span: tuple[int, int] | None = None,
) -> list[Child]:
    return [
        tag("span", title, class_="what"),
        bars.zones(value, _limits(marks), tone, spoken, span),
        tag("span", number(value), _times(value, marks, words), class_="value"),
    ]


def _times(value: int, marks: list[Mark], words: Words) -> Markup | None:
    """How many times the first standard ``value`` is, cut to three figures: 0.99 is below it."""
    first = marks[0].limit if marks else 0
    if not first:
        return None
    whole, hundredths = value // first, 100 * value // first % 100
    if value and not whole and not hundredths:
        shown = "< 0.01"
    else:
        digits = 3 - len(str(whole))  # behind the point
        shown = number(whole) + (f".{hundredths:02}"[: digits + 1] if digits > 0 else "")
    return tag("small", words.ui("times_of", times=shown))


def _limits(marks: list[Mark]) -> list[int]:
    """The beginnings of the zones, each once: two levels may begin at one number, from it on and beyond it."""
    return sorted({mark.limit for mark in marks})


def _marks(verdict: Told, marks: list[Mark], words: Words) -> list[Child]:
    """What each zone stands for."""
    lowest = verdict["levels"][0]["name"] if verdicts.is_ladder(verdict) else "below"
    zones = [tag("span", verdicts.short(verdict, lowest, words), class_="zone")]
    for limit in _limits(marks):
        here = [mark for mark in marks if mark.limit == limit]
        names: list[Child] = [verdicts.short(verdict, here[0].level, words)]
        for mark in here[1:]:
            names += [words.ui("semicolon"), f"{mark.sign} ", verdicts.short(verdict, mark.level, words)]
        sign = f"{here[0].sign} " if here[0].strict else ""
        zones.append(tag("span", tag("b", sign, number(limit)), " ", names, class_="zone"))
    return [tag("span"), tag("span", zones, class_=f"marks of{len(zones)}"), tag("span")]


def _picture(title: str, lines: list[Child]) -> Markup:
    return tag("figure", tag("figcaption", title), tag("div", lines, class_="bars"))


def _scale(words: Words) -> Markup:
    return tag("p", words.ui("picture_scale"), class_="note")
