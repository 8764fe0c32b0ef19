"""A verdict for people, in lines: the arithmetic of each reading, all units, and what the level hangs on.

``verdict`` is always an entry of "verdicts" in the JSON report, under a policy of any kind.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner.policy import READINGS
from scanner.reports import verdicts
from scanner.reports.layout import grid, wrap
from scanner.reports.totals import number
from scanner.reports.verdicts import Mark, Told
from scanner.reports.words import Words, grouped

#: How an element may be read alone (policy.what_if), and the text that says so.
WAYS = {"low": "if_low", "high": "if_high", "left_out": "if_left_out", "high_left_out": "if_high_left_out"}


def render(verdict: Told, words: Words, width: int = 100) -> list[str]:
    """The page of arithmetic of one verdict, in lines of at most ``width`` cells."""
    said = [
        f"{words.pick(verdict['title'])}  {verdicts.standing(verdict, words)}",
        words.ui("policy_unit", unit=words.name("units", verdict["unit"])),
    ]
    lines = [line for text in said for line in wrap(text, width)]
    lines += ["", *readings(verdict, words, width), "", *beside(verdict, words, width)]
    lines += ["", *wrap(words.ui("hangs_on"), width)]
    for text in hangs_on(verdict, words) + [words.pick(each) for each in verdict["caveats"]]:
        lines += [("- " if place == 0 else "  ") + line for place, line in enumerate(wrap(text, width - 2))]
    return lines


def readings(verdict: Told, words: Words, width: int) -> list[str]:
    """The three readings in columns, with their levels."""
    heads = ["", *(words.name("readings", name) for name in READINGS)]
    return grid(heads, reading_rows(verdict, words), width)


def reading_rows(verdict: Told, words: Words) -> list[list[str]]:
    """What is counted and what it reaches, a name and the three readings in each row."""
    return _rungs(verdict, words) if verdicts.is_ladder(verdict) else _counts(verdict, words)


def _counts(verdict: Told, words: Words) -> list[list[str]]:
    rows = []
    for tier in verdicts.tiers(verdict):
        title = f"{words.ui('tier_of', tier=number(tier))} × {number(int(verdict['weights'][str(tier)]))}"
        rows.append([title, *(number(verdict[name][f"n{tier}"]) for name in READINGS)])
    rows.append([words.ui("score"), *(number(verdict[name]["score"]) for name in READINGS)])
    levels = (verdicts.short(verdict, verdict[name]["level"], words) for name in READINGS)
    rows.append([words.ui("status_level"), *levels])
    return rows


def _rungs(verdict: Told, words: Words) -> list[list[str]]:
    rows = [
        [words.name("measures", measure), *(number(verdict[name][measure]) for name in READINGS)]
        for measure in verdicts.measures(verdict)
    ]
    for each in verdict["levels"]:
        if not each["when"]:
            continue  # the lowest level is reached by everything
        reached = [each["name"] in verdict[name]["reached"] for name in READINGS]
        rows.append([words.pick(each), *(words.ui("reached") if one else "–" for one in reached)])
    return rows


def beside(verdict: Told, words: Words, width: int) -> list[str]:
    """The sums or comparisons written out, the standard, the union of sets, illegal income, all units."""
    said = written(verdict, words)
    lines = [line for text in said for line in _hanging(text, width)]
    if verdicts.is_ladder(verdict):
        return lines
    return [*lines, "", *grid(unit_heads(verdict, words), unit_rows(verdict, words), width)]


def written(verdict: Told, words: Words) -> list[str]:
    """The sums or comparisons written out, with the standard; the union of sets and illegal income if told."""
    said = _sums(verdict, words)
    if union := verdict.get("union"):
        said.append(words.ui("union_line", sum=grouped(union["arithmetic"]), which=words.ui("union_which")))
    if income := verdict.get("illegal_income"):
        level = verdicts.income_level(verdict, income["level"], words)
        article = words.article(income["article"])
        said.append(words.ui("income_line", sum=grouped(income["arithmetic"]), level=level, article=article))
    return said


def _hanging(text: str, width: int) -> list[str]:
    """Lines of which all but the first are set in; what begins with blanks is set in as a whole."""
    indent = " " * (len(text) - len(text.lstrip()))
    first, *more = wrap(text.lstrip(), width - len(indent) - 2)
    return [indent + first, *(f"{indent}  {line}" for line in more)]


def _sums(verdict: Told, words: Words) -> list[str]:
    said = []
    colon = words.ui("colon")
    for name in READINGS:
        reading = verdict[name]
        title = words.name("readings", name) + colon
        if verdicts.is_ladder(verdict):
            parts = [
                f"{words.name('measures', measure)} {grouped(shown)}"
                for measure, shown in reading["arithmetic"].items()
            ]
            said.append(title + words.ui("semicolon").join(parts))
            continue
        said.append(f"{title}S = {grouped(reading['arithmetic'])}")
        if sold := reading.get("sold"):
            said.append("  " + words.ui("sold_line", sum=grouped(sold["arithmetic"])))
    if not verdicts.is_ladder(verdict):
        marks = marks_line(verdict, verdicts.score_marks(verdict), words, "S ")
        said.append(f"{words.ui('standard')}{colon}{marks}")
        articles = [
            f"{words.ui('tier_of', tier=number(int(tier)))}{colon}{words.article(article)}"
            for tier, article in verdict["units"].items()
        ]
        return [*said, words.ui("semicolon").join(articles)]
    for each in verdict["levels"]:
        asked = words.ui("semicolon").join(conditions(each, words))
        said += [f"{words.pick(each)}{colon}{asked}"] if asked else []
    return said


def marks_line(verdict: Told, marks: Sequence[Mark], words: Words, of: str = "") -> str:
    """Where the levels begin: "S ≥ 5,000: reaches the standard"."""
    shown = [
        f"{of}{mark.sign} {number(mark.limit)} {verdicts.level(verdict, mark.level, words)}" for mark in marks
    ]
    return words.ui("semicolon").join(shown)


def conditions(rung: Told, words: Words) -> list[str]:
    """What reaches a level of a ladder, each with its article."""
    said = []
    for each in rung["when"]:
        sign, limit = (">", each["more_than"]) if "more_than" in each else ("≥", each["at_least"])
        asked = f"{words.name('measures', each['count'])} {sign} {number(int(limit))}"
        said.append(words.ui("with_article", text=asked, article=words.article(each["article"])))
    return said


def unit_heads(verdict: Told, words: Words) -> list[str]:
    """The head of ``unit_rows``."""
    sizes = (number(size) for size in verdicts.tiers(verdict))
    return [words.ui("unit"), *sizes, "S", words.ui("status_level")]


def unit_rows(verdict: Told, words: Words) -> list[list[str]]:
    """All units side by side: a line for each reading, under the name of its unit."""
    sizes = verdicts.tiers(verdict)
    rows = []
    for unit, found in verdict["by_unit"].items():
        for name in READINGS:
            rows.append(
                [
                    words.ui(
                        "unit_reading", unit=words.name("units", unit), reading=words.name("readings", name)
                    ),
                    *(number(found[name][f"n{size}"]) for size in sizes),
                    number(found[name]["score"]),
                    verdicts.short(verdict, found[name]["level"], words),
                ]
            )
    return rows


def hangs_on(verdict: Told, words: Words) -> list[str]:
    """What a verdict's level hangs on, in sentences: why readings differ, and each contested kind read otherwise."""
    called = verdicts.called(verdict, words)

    def level(name: str) -> str:
        return verdicts.level(verdict, name, words)

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
                names=words.ui("between").join(called.get(name, name) for name in alone or needed),
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
