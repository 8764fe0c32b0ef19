"""The middle of the HTML report: categories, stages, labels, columns, refused values."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from scanner.reports import bars
from scanner.reports.annex_text import left_out
from scanner.reports.markup import BREAK, Child, Markup, join, row, section, table, tag
from scanner.reports.phrases import faults, mute_columns
from scanner.reports.totals import Document, Stage, Totals, also_held, by_tier, legible_name, number, stages
from scanner.reports.words import Words

NAMES_SHOWN = 200


def counts(document: Document, words: Words) -> Markup:
    """Records and persons by category, and the stages from rows to records."""
    told = [each for each in document["verdicts"] if each["kind"] == "tiers"]
    heads = [words.ui(h) for h in ("category", "records", "distinct", "persons_head", "sensitive")]
    styles: list[str | None] = [None, "n", "n", "n", None]
    if told:  # tiers are those of the first standard that has them
        heads[1:1] = [words.ui("tier")]
        heads[4:4] = [words.ui("counted"), words.ui("also")]
        heads.append(words.ui("basis"))
        styles = [None, "n", "n", "n", "n", "n", "n", None, None]
    rows = [_category(name, one, told, words, styles) for name, one in by_tier(document["categories"])]
    body: Child = tag("p", words.ui("no_categories"))
    if rows:
        notes = [words.ui("also_note")] if told else []
        if len(document["verdicts"]) > 1 and told:
            notes.append(words.ui("tier_note", title=words.pick(told[0]["title"])))
        notes += [words.ui("persons_note"), words.ui("sensitive_note")]
        body = [
            table(heads, rows, styles, "kinds"),
            [tag("p", note, class_="note") for note in notes],
        ]
    annex = left_out(document, words)
    missing = tag("p", annex, class_="note strong") if annex else None
    return section("counts", words.ui("counts"), body, missing, _stages(document, words))


def _category(
    name: str,
    one: Mapping[str, Any],
    told: list[Mapping[str, Any]],
    words: Words,
    styles: list[str | None],
) -> Markup:
    figures = [number(one["records"]), number(one["distinct"])]
    sensitive = tag("span", words.name("sensitive", one["sensitive"]), class_=f"sensitive {one['sensitive']}")
    if not told:
        cells: list[Child] = [words.category(name), *figures, number(one["persons"]), sensitive]
        return row(cells, styles)
    tier, units = one["tier"], told[0]["units"]
    grade = list(units).index(str(tier)) if str(tier) in units else None
    shown = words.ui("not_counted") if tier is None else number(tier)
    badge = tag("span", shown, class_="tier" if grade is None else f"tier t{min(grade, 2)}")
    figures += [number(one["counted"]), number(also_held(one)), number(one["persons"])]
    basis = "" if tier is None else words.article(units.get(str(tier)))
    return row([words.category(name), badge, *figures, sensitive, basis], styles)


def _stages(document: Document, words: Words) -> Markup | None:
    """First and last stage are totals; those between are taken off, or stand apart."""
    found = list(stages(document))
    if not found:
        return None
    whole = found[0].rows
    rows: list[Child] = []
    for one in found:
        title = words.name("stages", one.name)
        kind = "total" if one.total else "less" if one.taken else "apart"
        picture = bars.share(
            one.rows, whole, kind, f"{title}: {number(one.rows)}", 0 if one.total else _start(one)
        )
        shown = number(one.rows)
        if one.taken:
            shown = f"− {shown}"
        elif not one.total:
            shown = f"({shown})"
        apart = not one.total and one.deducted != "always"
        note = tag("small", words.name("deducted", one.deducted)) if apart else None
        rows.append(row([[title, note], picture, shown], [kind, "picture", "n"]))
    heads = [words.ui("stage"), "", words.ui("rows")]
    title = words.pick(document["verdict"]["title"])
    return tag(
        "div",
        tag("h3", words.ui("stages")),
        table(heads, rows, [None, "picture", "n"]),
        tag("p", words.ui("stages_note", title=title), class_="note"),
        class_="stages",
    )


def _start(stage: Stage) -> int:
    """Where the bar of a stage begins: at what is left without it, or, where it stands apart, at its end."""
    return stage.left if stage.taken else max(stage.left - stage.rows, 0)


def labels(document: Document, words: Words) -> Markup:
    """What was found, each kind with its figures."""
    rows = [
        row(
            [
                words.name("labels", name),
                number(one["matches"]),
                number(one["rows"]),
                number(one["distinct"]),
            ],
            [None, "n", "n", "n"],
        )
        for name, one in document["labels"].items()
    ]
    heads = [words.ui(h) for h in ("label", "matches", "rows_with", "distinct_values")]
    body = table(heads, rows, [None, "n", "n", "n"]) if rows else tag("p", words.ui("nothing_found"))
    return section("labels", words.ui("findings"), body)


def columns(document: Document, words: Words) -> Markup:
    """The column map; columns without any finding share one line for each table."""
    revealed = document["options"].get("reveal")
    groups = groupby(document["columns"], key=lambda one: (one["input"], one.get("table")))
    body: list[Child] = []
    for (number_of_input, sheet), members in groups:
        one = document["inputs"][number_of_input]
        title = [legible_name(one), *([" · ", words.ui("table_named", name=sheet)] if sheet else [])]
        body.append(tag("h3", title, class_="file"))
        body.append(_column_table(list(members), words))
    return section(
        "columns",
        words.ui("columns"),
        tag("p", words.join("row_zero", *([] if revealed else ["masked_note"])), class_="note"),
        body or tag("p", words.ui("no_columns")),
    )


def _column_table(members: list[Mapping[str, Any]], words: Words) -> list[Child]:
    plain = [one for one in members if not one["labels"] and not one.get("role")]
    rows = [_column_rows(one, words) for one in members if one["labels"] or one.get("role")]
    heads = [words.ui(h) for h in ("column", "header", "label", "valid", "distinct_values", "reason")]
    parts: list[Child] = []
    if rows:
        parts.append(table(heads, rows, ["n", None, None, "n", "n", "wide"], "map"))
    if plain:
        names = [_column_name(one, words) for one in plain[:NAMES_SHOWN]]
        listed: list[Child] = [tag("span", name, class_="name") for name in names]
        if len(plain) > NAMES_SHOWN:
            listed.append(words.ui("plain_more", count=number(len(plain) - NAMES_SHOWN)))
        parts.append(tag("p", words.ui("plain_columns", count=number(len(plain))), listed, class_="plain"))
    return parts


def _column_name(one: Mapping[str, Any], words: Words) -> str:
    if one["index"] is None:
        return words.ui("loose_lines")
    return str(one["index"] if one["name"] is None else one["name"])


def _column_rows(one: Mapping[str, Any], words: Words) -> Markup:
    """One row for each label of the column; number, header and role span them."""
    found = one["labels"]
    span = len(found) if len(found) > 1 else None
    if one["index"] is None:
        title: Child = tag("em", words.ui("loose_lines"))
    else:
        title = tag("em", words.ui("no_header")) if one["name"] is None else tag("b", one["name"])
    filled = words.ui("filled", nonempty=number(one["nonempty"]), cells=number(one["cells"]))
    role = words.role(one.get("role"))
    head: list[Child] = [
        tag("td", "" if one["index"] is None else one["index"], class_="n", rowspan=span),
        tag("td", title, tag("small", role) if role else None, tag("small", filled), rowspan=span),
    ]
    if not found:
        return tag("tr", head, tag("td", "–"), tag("td"), tag("td"), tag("td"))
    rows = []
    for i, label in enumerate(found):
        decision = tag(
            "span", words.name("decisions", label["decision"]), class_=f"decision {label['decision']}"
        )
        samples = [tag("code", sample) for sample in label.get("samples") or []]
        cells = [
            tag("td", words.name("labels", label["label"]), decision),
            tag("td", number(label["valid"]), tag("small", "／ " + number(label["candidates"])), class_="n"),
            tag("td", number(label["distinct"]), class_="n"),
            tag(
                "td",
                _reason(label, words),
                tag("small", words.ui("refused"), " ", faults(label["refused"], words))
                if label.get("refused")
                else None,
                tag("small", words.ui("lost"), " ", faults(label["lost"], words))
                if label.get("lost")
                else None,
                tag("small", words.ui("restored"), " ", faults(label["restored"], words, "repairs"))
                if label.get("restored")
                else None,
                tag("small", words.ui("samples"), " ", samples, class_="samples") if samples else None,
                class_="wide",
            ),
        ]
        rows.append(tag("tr", head if i == 0 else None, cells, class_=label["decision"]))
    return join(rows)


def _reason(label: Mapping[str, Any], words: Words) -> list[Child]:
    """The reason in the reader's language, then what the sentence with all figures says besides."""
    known, full = words.reason(label), words.figures(words.pick(label["reason"]))
    if not known or words.lang == "en" or full.startswith(known):
        return [full]
    return [known, tag("small", full) if full != known else None]


def refused(document: Document, totals: Totals, words: Words) -> Markup:
    """Values refused in accepted columns, by reason; columns without a valid value; those rejected as a whole."""
    rows = [
        row([words.name("labels", label), words.name("checks", check), number(count)], [None, None, "n"])
        for (label, check), count in (*totals.refused.items(), *totals.lost.items())
    ]
    body: list[Child] = [tag("p", words.ui("nothing_refused"))]
    if rows:
        heads = [words.ui("label"), words.ui("value_reason"), words.ui("values")]
        body = [table(heads, rows, [None, None, "n"]), tag("p", words.ui("refused_note"), class_="note")]
    if totals.restored:
        repaired = [
            row([words.name("labels", label), words.name("repairs", kind), number(count)], [None, None, "n"])
            for (label, kind), count in totals.restored.items()
        ]
        heads = [words.ui("label"), words.ui("restored"), words.ui("values")]
        body += [tag("h3", words.ui("restored_values")), table(heads, repaired, [None, None, "n"])]
        body += [tag("p", words.ui("restored_note"), class_="note")]
    if mute := mute_columns(document, words):
        body += [tag("h3", words.ui("mute_columns")), tag("ul", [tag("li", one) for one in mute])]
    return section("refused", words.ui("refused"), body, _rejected(document, words))


def _rejected(document: Document, words: Words) -> list[Child] | None:
    """Columns rejected as a whole, each kind of value with the reason; a body of the table for each input."""
    styles: list[str | None] = [None, None, "n", "wide"]
    bodies: list[Child] = []
    for source, members in groupby(document["columns"], key=lambda one: one["input"]):
        rows = [
            row(
                [
                    _column_name(one, words),
                    words.name("labels", label["label"]),
                    number(label["candidates"]),
                    _reason(label, words),
                ],
                styles,
            )
            for one in members
            for label in one["labels"]
            if label["decision"] == "rejected"
        ]
        if rows:
            title = tag("th", legible_name(document["inputs"][source]), scope="rowgroup", colspan=len(styles))
            bodies.append(tag("tbody", tag("tr", title), [[BREAK, each] for each in rows]))
    if not bodies:
        return None
    heads = [words.ui(h) for h in ("column", "label", "values", "reason")]
    whole = tag("table", tag("thead", row(heads, styles, "th")), bodies, class_="rejected")
    return [tag("h3", words.ui("rejected_columns")), tag("div", whole, class_="scroll")]
