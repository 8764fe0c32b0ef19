"""The page of arithmetic of one verdict in the HTML report: three readings in columns, and what they hang on."""

from __future__ import annotations

from scanner.policy import READINGS
from scanner.reports import html_pictures, verdicts
from scanner.reports.markup import Child, Markup, facts, row, section, table, tag
from scanner.reports.totals import number
from scanner.reports.verdict_text import conditions, hangs_on, marks_line
from scanner.reports.verdicts import Told
from scanner.reports.words import Words, grouped

_COLUMNS: list[str | None] = [None, "reading low", "reading main", "reading high"]


def page(verdict: Told, place: int, words: Words) -> Markup:
    """The section of one verdict, the ``place``-th from 1."""
    ladder = verdicts.is_ladder(verdict)
    unit = words.ui("policy_unit", unit=words.name("units", verdict["unit"]))
    line = [verdicts.standing(verdict, words), unit]
    caveats = [words.pick(each) for each in verdict["caveats"]]
    return section(
        "arithmetic",
        words.pick(verdict["title"]),
        tag("p", [tag("span", part) for part in line], class_="line"),
        _table(_ladder(verdict, words) if ladder else _sum(verdict, words), verdict, words),
        tag("p", words.ui("ladder_rule" if ladder else "score_rule"), class_="note"),
        html_pictures.ladder(verdict, words) if ladder else html_pictures.sums(verdict, words),
        tag("h3", words.ui("hangs_on")),
        tag("ul", [tag("li", text) for text in hangs_on(verdict, words)], class_="hangs"),
        _contested(verdict, words),
        None if ladder else _units(verdict, words),
        _sets(verdict, words),
        [tag("h3", words.ui("caveats")), tag("ul", [tag("li", text) for text in caveats])]
        if caveats
        else None,
        place=place,
    )


def _table(rows: list[Child], verdict: Told, words: Words) -> Markup:
    """Readings as columns, each with its level above."""
    heads: list[Child] = [""]
    for name in READINGS:
        reached = verdict[name]["level"]
        heads.append(
            [
                tag("b", words.name("readings", name)),
                tag("small", words.name("reading_notes", name)),
                _pill(verdict, reached, words),
            ]
        )
    head = tag("thead", row(heads, _COLUMNS, "th"))
    kind = "sum rungs" if verdicts.is_ladder(verdict) else "sum"
    return tag("div", tag("table", head, tag("tbody", rows), class_=kind), class_="scroll")


def _pill(verdict: Told, level: str, words: Words, brief: bool = False) -> Markup:
    shown = (verdicts.short if brief else verdicts.level)(verdict, level, words)
    return tag("span", shown, class_=f"pill {verdicts.tone(verdict, level)}")


def _across(title: str, *content: Child) -> Markup:
    return tag("tr", tag("td", title), tag("td", content, colspan=len(READINGS), class_="across"))


def _sum(verdict: Told, words: Words) -> list[Child]:
    rows: list[Child] = []
    for tier in verdicts.tiers(verdict):
        weight = int(verdict["weights"][str(tier)])
        cells: list[Child] = [
            [
                words.ui("tier_of", tier=number(tier)),
                tag("small", words.article(verdict["units"][str(tier)])),
            ]
        ]
        for name in READINGS:
            count = int(verdict[name][f"n{tier}"])
            cells.append(
                [tag("b", number(count)), tag("small", f"× {number(weight)} = {number(count * weight)}")]
            )
        rows.append(row(cells, _COLUMNS))
    scores = [[tag("b", number(verdict[name]["score"]))] for name in READINGS]
    written = [tag("code", grouped(verdict[name]["arithmetic"])) for name in READINGS]
    total = row([words.ui("score"), *scores], _COLUMNS)
    rows.append(Markup(total.replace("<tr>", '<tr class="total">', 1)))
    rows.append(row([words.ui("arithmetic"), *written], _COLUMNS))
    rows.append(
        _across(words.ui("standard"), marks_line(verdict, verdicts.score_marks(verdict), words, "S "))
    )
    sold = [verdict[name].get("sold") for name in READINGS]
    if all(sold):
        parts = [
            [
                tag("b", number(each["score"])),
                tag("code", grouped(each["arithmetic"])),
                _pill(verdict, each["level"], words),
            ]
            for each in sold
        ]
        rows.append(row([words.ui("sold_part"), *parts], _COLUMNS))
    if income := verdict["illegal_income"]:
        shown: list[Child] = [tag("code", grouped(income["arithmetic"])), " "]
        level = verdicts.income_level(verdict, income["level"], words)
        pill = tag("span", level, class_=f"pill {verdicts.tone(verdict, income['level'])}")
        shown += [pill, " ", words.article(income["article"])]
        rows.append(_across(words.ui("income"), *shown, tag("small", words.ui("income_apart"))))
    return rows


def _ladder(verdict: Told, words: Words) -> list[Child]:
    rows: list[Child] = []
    for measure in verdicts.measures(verdict):
        cells: list[Child] = [words.name("measures", measure)]
        for name in READINGS:
            count = f"{verdict[name][measure]} "
            compared = verdict[name]["arithmetic"][measure].removeprefix(count)
            cells.append([tag("b", number(verdict[name][measure])), tag("small", grouped(compared))])
        rows.append(row(cells, _COLUMNS))
    for each in verdict["levels"]:
        if not each["when"]:
            continue  # the lowest level is reached by everything
        quoted = [
            words.ui(
                "policy_wording", wording=one["wording"], verified=words.name("verified", one["verified"])
            )
            for one in each["when"]
            if one["wording"]
        ]
        asked = [tag("small", text) for text in conditions(each, words) + quoted]
        cells = [[tag("b", words.pick(each)), asked]]
        for name in READINGS:
            reached = each["name"] in verdict[name]["reached"]
            held = each["name"] == verdict[name]["level"]
            shown = words.ui("reached") if reached else "–"
            cells.append(tag("b", shown) if held else shown)
        rows.append(row(cells, _COLUMNS))
    if verdict["unlinked"]:
        rows.append(_across(words.ui("unlinked_short"), tag("b", number(verdict["unlinked"]))))
    return rows


def _contested(verdict: Told, words: Words) -> list[Child] | None:
    """What the readings count otherwise, with the basis: at which tier, or of how many persons."""
    if not verdict["differs"]:
        return None
    ladder = verdicts.is_ladder(verdict)
    rows: list[Child] = []
    lead, bases = verdicts.bases(verdict, words)
    for one, basis in zip(verdict["differs"], bases, strict=True):
        name = verdicts.element(verdict, one, words)
        if ladder:
            rows.append(row([name, number(one["persons"]), basis], [None, "n", "wide"]))
            continue
        sizes = [words.ui("not_counted") if one[key] is None else number(one[key]) for key in READINGS]
        cells = [name, number(one["records"]), *sizes, basis]
        rows.append(row(cells, [None, "n", "n", "n", "n", "wide"]))
    if ladder:
        heads, styles = [words.ui(key) for key in ("category", "persons_head", "basis")], [None, "n", "wide"]
    else:
        heads = [words.ui("category"), words.name("units", verdict["unit"])]
        heads += [words.name("readings", key) for key in READINGS] + [words.ui("basis")]
        styles = [None, "n", "n", "n", "n", "wide"]
    shared = tag("p", lead, class_="note lead") if lead else None
    return [tag("h3", words.ui("contested")), shared, table(heads, rows, styles, "contested")]


def _units(verdict: Told, words: Words) -> list[Child]:
    """Records, persons, persons by category side by side; the one the standard counts is marked."""
    sizes = verdicts.tiers(verdict)
    styles: list[str | None] = [None, *["n"] * (len(sizes) + 1), "outcome"]
    heads = [words.ui("reading"), *(words.ui("tier_of", tier=number(size)) for size in sizes)]
    heads += ["S", words.ui("status_level")]
    bodies: list[Child] = []
    for unit, readings in verdict["by_unit"].items():
        own = words.ui("own_unit") if unit == verdict["unit"] else None
        title = tag(
            "th",
            words.name("units", unit),
            tag("small", own) if own else None,
            scope="rowgroup",
            colspan=len(styles),
        )
        rows = [
            row(
                [
                    words.name("readings", name),
                    *(number(readings[name][f"n{size}"]) for size in sizes),
                    number(readings[name]["score"]),
                    _pill(verdict, readings[name]["level"], words, brief=True),
                ],
                styles,
            )
            for name in READINGS
        ]
        bodies.append(tag("tbody", tag("tr", title), rows))
    whole = tag("table", tag("thead", row(heads, styles, "th")), bodies, class_="units")
    return [tag("h3", words.ui("units_beside")), tag("div", whole, class_="scroll")]


def _sets(verdict: Told, words: Words) -> list[Child] | None:
    """The union of what was acquired and what was sold or provided."""
    if not (union := verdict.get("union")):
        return None
    titles = {"acquired": "set_acquired", "sold": "set_sold", "both": "set_both"}
    pairs: list[tuple[Child, Child]] = [
        (words.ui(title), number(union[name])) for name, title in titles.items()
    ]
    pairs.append((words.ui("set_union"), tag("b", grouped(union["arithmetic"]))))
    return [tag("h3", words.ui("sets")), facts(pairs), tag("p", words.ui("union_which"), class_="note")]
