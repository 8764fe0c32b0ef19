"""The head of the HTML report: what was scanned, the result of each reading, the pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.reports import bars
from scanner.reports.markup import Child, Markup, section, table, tag
from scanner.reports.phrases import (
    basis_line,
    data_caveats,
    mute_columns,
    notes,
    nothing_read,
    people,
    why_nothing,
)
from scanner.reports.totals import READINGS, TIERS, Document, Totals, input_name, number, size, standards
from scanner.reports.words import Words, grouped


def heading(document: Document, totals: Totals, words: Words) -> Markup:
    """Title, inputs in a line, date, warnings."""
    inputs = document["inputs"]
    if not inputs:
        scanned = words.ui("no_files")
    else:
        names = {"name": input_name(inputs[0]), "count": number(len(inputs)), "rest": number(len(inputs) - 1)}
        scanned = words.ui("files_one" if len(inputs) == 1 else "files_many", **names)
    started = (document.get("run") or {}).get("started")
    line = [
        size(totals.size),
        words.ui("rows_count", count=number(totals.rows)),
        words.ui("as_of", date=document["options"].get("as_of") or "–"),
        words.ui("scanned_at", time=started) if started else None,
    ]
    warnings = []
    nothing_at_all = nothing_read(document)
    if totals.states and not nothing_at_all:
        warnings.append(words.ui("incomplete", count=number(totals.states.total())))
    if (mute := len(mute_columns(document, words))) and not nothing_at_all:
        warnings.append(words.ui("mute_warning", count=number(mute)))
    if document["options"].get("reveal"):
        warnings.append(words.ui("revealed"))
    return tag(
        "header",
        tag("p", document["tool"]["name"], " ", document["tool"]["version"], class_="brand"),
        tag("h1", words.ui("title")),
        tag("p", scanned, class_="scanned"),
        tag("p", [tag("span", part) for part in line if part], class_="line"),
        [tag("p", warning, class_="warning") for warning in warnings],
    )


def nothing(document: Document, words: Words) -> Markup:
    """In place of a result, where no row at all was read: why."""
    return section(
        "verdict",
        words.ui("verdict"),
        tag("p", words.ui("nothing_read"), class_="level nothing"),
        tag("p", words.ui("nothing_read_note")),
        tag("ul", [tag("li", reason) for reason in why_nothing(document, words)], class_="stated"),
    )


def verdict(document: Document, words: Words) -> Markup:
    """The result: the main line, three readings, pictures, what the user stated."""
    given = document["verdict"]
    levels = {name: words.name("levels", given[name]["level"]) for name in READINGS}
    main = given["main"]
    agree = len({given[name]["level"] for name in READINGS}) == 1
    stated = notes(document, words) + data_caveats(document, words)
    return section(
        "verdict",
        words.ui("verdict"),
        tag(
            "div",
            tag("p", basis_line(given, words), class_="basis"),
            tag("p", levels["main"], class_=f"level {_known(main['level'])}"),
            tag("p", words.ui("agree") if agree else words.ui("differ", **levels), class_="agree"),
            tag("p", [tag("span", part) for part in people(document, words)], class_="people"),
            class_="result",
        ),
        tag("div", [_card(given, name, levels[name], words) for name in READINGS], class_="cards"),
        tag("ul", [tag("li", note) for note in stated], class_="stated") if stated else None,
        _score_picture(given, words),
        _tier_picture(given, words),
        tag("p", words.ui("picture_scale"), " ", words.ui("single_tier"), class_="note"),
        tag("p", words.ui("only_quantity"), class_="note strong"),
    )


def _known(level: str) -> str:
    return level if level in ("below", "serious", "especially_serious") else "other"


def _card(given: Mapping[str, Any], name: str, level: str, words: Words) -> Markup:
    reading = given[name]
    tiers = [
        [tag("dt", words.ui("tier_of", tier=number(tier))), tag("dd", number(reading[f"n{tier}"]))]
        for tier in TIERS
    ]
    return tag(
        "div",
        tag("h3", words.name("readings", name)),
        tag("p", words.name("reading_notes", name), class_="note"),
        tag("p", level, class_=f"pill {_known(reading['level'])}"),
        tag("dl", tiers),
        tag("p", grouped(reading["arithmetic"]), class_="sum"),
        class_=f"card {name}",
    )


def _picture(title: str, marks: list[Child], lines: list[Child]) -> Markup:
    return tag("figure", tag("figcaption", title), tag("div", marks, lines, class_="bars"))


def _marks(standard: int, higher: int, words: Words) -> list[Child]:
    zone = [
        tag("span", words.ui("zone_below"), class_="zone"),
        tag("span", tag("b", number(standard)), " ", words.ui("zone_serious"), class_="zone"),
        tag("span", tag("b", number(higher)), " ", words.ui("zone_especially"), class_="zone"),
    ]
    return [tag("span"), tag("span", zone, class_="marks"), tag("span")]


def _score_picture(given: Mapping[str, Any], words: Words) -> Markup:
    serious, especially = int(given["serious"]), int(given["especially_serious"])
    lines: list[Child] = []
    for name in READINGS:
        reading = given[name]
        title = words.name("readings", name)
        level = _known(reading["level"])
        spoken = f"{title}: S = {number(reading['score'])}, {words.name('levels', reading['level'])}"
        lines += [
            tag("span", title, class_="what"),
            bars.zones(reading["score"], serious, especially, level, spoken),
            tag("span", number(reading["score"]), class_="value"),
        ]
    return _picture(words.ui("score_picture"), _marks(serious, especially, words), lines)


def _tier_picture(given: Mapping[str, Any], words: Words) -> Markup:
    lines: list[Child] = []
    for tier in TIERS:
        standard, higher = standards(given, tier)
        low, main, high = (int(given[name][f"n{tier}"]) for name in READINGS)
        level = "especially_serious" if main >= higher else "serious" if main >= standard else "below"
        spoken = f"{words.ui('tier_of', tier=number(tier))}: {number(main)} / {number(standard)} / {number(higher)}"
        lines += _marks(standard, higher, words)
        lines += [
            tag("span", words.ui("tier_of", tier=number(tier)), class_="what"),
            bars.zones(main, standard, higher, level, spoken, (low, high)),
            tag("span", number(main), class_="value"),
        ]
    return _picture(words.ui("tier_picture"), [], lines)


def contested(document: Document, words: Words) -> Markup | None:
    """The categories that the readings put at different tiers, with the basis."""
    rows: list[Child] = []
    for one in document["verdict"].get("differs") or []:
        tiers = [words.ui("not_counted") if one[name] is None else number(one[name]) for name in READINGS]
        cells = [
            words.name("categories", one["category"]),
            number(one["records"]),
            *tiers,
            words.basis(one),
        ]
        rows.append(_tr(cells))
    if not rows:
        return None
    heads = [words.ui("category"), words.ui("records"), *(words.name("readings", r) for r in READINGS)]
    styles: list[str | None] = [None, "n", "n", "n", "n", "wide"]
    return tag(
        "div",
        tag("h3", words.ui("contested")),
        table([*heads, words.ui("basis")], rows, styles),
        class_="contested",
    )


def _tr(cells: list[str]) -> Markup:
    return tag("tr", [tag("td", cell, class_="n" if 0 < i < 5 else None) for i, cell in enumerate(cells)])
