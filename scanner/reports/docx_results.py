"""What the DOCX report says of the count: stages, categories, the three readings, persons, columns, refused values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from scanner.policy import READINGS
from scanner.reports import verdicts
from scanner.reports.html_sample import drawing
from scanner.reports.paper import Paper
from scanner.reports.phrases import faults, nothing_read, people
from scanner.reports.totals import Document, Totals, also_held, by_kind, by_tier, legible_name, number, stages
from scanner.reports.verdict_text import hangs_on, reading_rows, unit_heads, unit_rows, written
from scanner.reports.verdicts import Told
from scanner.reports.words import Words

COLUMNS_SHOWN = 1000


def course(paper: Paper, document: Document, words: Words) -> None:
    """From rows to records and categories, then each standard with its arithmetic, then where it was found."""
    if nothing_read(document):
        paper.text(words.ui("nothing_read"))
        return
    _stages(paper, document, words)
    _categories(paper, document, words)
    for each in document["verdicts"]:
        _verdict(paper, each, words)
    _persons(paper, document, words)
    _labels(paper, document, words)
    _columns(paper, document, words)
    _refused(paper, document, words)
    _sample(paper, document, words)


def _stages(paper: Paper, document: Document, words: Words) -> None:
    rows: list[list[str]] = []
    totals: list[int] = []
    for one in stages(document):
        title = words.name("stages", one.name)
        if one.total:
            totals.append(len(rows))
            shown = number(one.rows)
        else:
            shown = f"− {number(one.rows)}" if one.taken else f"({number(one.rows)})"
            if one.deducted != "always":
                title = words.ui("bracketed", text=title, note=words.name("deducted", one.deducted))
        rows.append([title, shown])
    if not rows:
        return
    paper.heading(words.ui("stages"), 2)
    heads = [words.ui("stage"), words.ui("rows")]
    paper.table(heads, rows, [75, 25], [False, True], frozenset(totals))
    paper.text(words.ui("stages_note", title=words.pick(document["verdict"]["title"])), small=True)


def _categories(paper: Paper, document: Document, words: Words) -> None:
    told = [each for each in document["verdicts"] if each["kind"] == "tiers"]
    paper.heading(words.ui("counts"), 2)
    if not document["categories"]:
        paper.text(words.ui("no_categories"))
        return
    names = ["category", "records", "distinct", "persons_head", "sensitive"]
    if told:
        names = ["category", "tier", "records", "distinct", "counted", "also", "persons_head", "sensitive"]
    rows = []
    for name, one in by_tier(document["categories"]):
        figures = {
            "category": words.category(name),
            "tier": words.ui("not_counted") if one["tier"] is None else number(one["tier"]),
            "records": number(one["records"]),
            "distinct": number(one["distinct"]),
            "counted": number(one["counted"]),
            "also": number(also_held(one)),
            "persons_head": number(one["persons"]),
            "sensitive": words.name("sensitive", one["sensitive"]),
        }
        rows.append([figures[key] for key in names])
    right = [key not in ("category", "sensitive") for key in names]
    paper.table([words.ui(key) for key in names], rows, [28] + [10] * (len(names) - 1), right)
    notes = [words.ui("also_note")] if told else []
    if told and len(document["verdicts"]) > 1:
        notes.append(words.ui("tier_note", title=words.pick(told[0]["title"])))
    for note in [*notes, words.ui("persons_note"), words.ui("sensitive_note")]:
        paper.text(note, small=True)


def _verdict(paper: Paper, verdict: Told, words: Words) -> None:
    paper.heading(words.pick(verdict["title"]), 2)
    unit = words.ui("policy_unit", unit=words.name("units", verdict["unit"]))
    paper.text(f"{verdicts.standing(verdict, words)}{words.ui('semicolon')}{unit}")
    rows: list[Sequence[str]] = list(reading_rows(verdict, words))
    if verdicts.is_ladder(verdict):  # a sum has its levels among its rows
        levels = [verdicts.level(verdict, verdict[name]["level"], words) for name in READINGS]
        rows.append([words.ui("status_level"), *levels])
    heads = ["", *(words.name("readings", name) for name in READINGS)]
    paper.table(heads, rows, [34, 22, 22, 22], [False, True, True, True], frozenset({len(rows) - 1}))
    paper.items([line.strip() for line in written(verdict, words)])
    paper.text(words.ui("ladder_rule" if verdicts.is_ladder(verdict) else "score_rule"), small=True)
    paper.lead(words.ui("hangs_on"))
    paper.items(hangs_on(verdict, words))
    _contested(paper, verdict, words)
    if not verdicts.is_ladder(verdict):
        paper.lead(words.ui("units_beside"))
        heads = unit_heads(verdict, words)
        count = len(heads) - 2
        right = [False, *[True] * count, False]
        paper.table(heads, unit_rows(verdict, words), [30, *[48 // count] * count, 22], right)


def _contested(paper: Paper, verdict: Told, words: Words) -> None:
    """What the readings count otherwise, with the basis."""
    if not verdict["differs"]:
        return
    paper.lead(words.ui("contested"))
    lead, bases = verdicts.bases(verdict, words)
    if lead:
        paper.text(lead)
    rows = []
    ladder = verdicts.is_ladder(verdict)
    for one, basis in zip(verdict["differs"], bases, strict=True):
        name = verdicts.element(verdict, one, words)
        if ladder:
            rows.append([name, number(one["persons"]), basis])
        else:
            sizes = [words.ui("not_counted") if one[key] is None else number(one[key]) for key in READINGS]
            rows.append([name, number(one["records"]), " / ".join(sizes), basis])
    if ladder:
        heads = [words.ui(key) for key in ("category", "persons_head", "basis")]
        paper.table(heads, rows, [24, 12, 64], [False, True, False])
        return
    order = " / ".join(words.name("readings", key) for key in READINGS)
    heads = [words.ui("category"), words.name("units", verdict["unit"]), order, words.ui("basis")]
    paper.table(heads, rows, [18, 9, 17, 56], [False, True, True, False])


def _persons(paper: Paper, document: Document, words: Words) -> None:
    given = document["subjects"]
    paper.heading(words.ui("people"), 2)
    paper.items(people(document, words))
    paper.text(words.ui("linked_note"), small=True)
    if examples := given["conflict_examples"]:
        rows = [[words.name("labels", one["label"]), one["masked"], number(one["names"])] for one in examples]
        heads = [words.ui(key) for key in ("label", "conflict_number", "conflict_names")]
        paper.table(heads, rows, [40, 40, 20], [False, False, True])
        if (rest := given["conflicts"] - len(examples)) > 0:
            paper.text(words.ui("conflicts_more", count=number(rest)), bold=True)
        paper.text(words.ui("conflicts_note"), small=True)


def _labels(paper: Paper, document: Document, words: Words) -> None:
    paper.heading(words.ui("findings"), 2)
    rows = [
        [words.name("labels", name), *(number(one[key]) for key in ("matches", "rows", "distinct"))]
        for name, one in document["labels"].items()
    ]
    if not rows:
        paper.text(words.ui("nothing_found"))
        return
    heads = [words.ui(key) for key in ("label", "matches", "rows_with", "distinct_values")]
    paper.table(heads, rows, [40, 20, 20, 20], [False, True, True, True])


def _columns(paper: Paper, document: Document, words: Words) -> None:
    """The column map: for each table each label of each column with its decision."""
    told = [(column, label) for column in document["columns"] for label in column["labels"]]
    if not told:
        return
    paper.heading(words.ui("columns"), 2)
    names = ("column", "role", "label", "decision", "valid", "distinct_values", "reason")
    heads = [words.ui(key) for key in names]
    tables = groupby(told[:COLUMNS_SHOWN], key=lambda pair: (pair[0]["input"], pair[0].get("table")))
    for (source, name), members in tables:
        title = legible_name(document["inputs"][source])
        if name is not None:
            title += words.ui("comma") + words.ui("table_named", name=name)
        rows = [
            [
                _name(column, words),
                words.role(column.get("role")),
                words.name("labels", label["label"]),
                words.name("decisions", label["decision"]),
                f"{number(label['valid'])}／{number(label['candidates'])}",
                number(label["distinct"]),
                words.reason(label) or words.pick(label["reason"]),
            ]
            for column, label in members
        ]
        paper.lead(title)
        paper.table(heads, rows, [14, 12, 15, 11, 13, 9, 26], [False, False, False, False, True, True, False])
    if len(told) > COLUMNS_SHOWN:
        paper.text(words.ui("left_more", count=number(len(told) - COLUMNS_SHOWN)), bold=True)


def _name(column: Mapping[str, Any], words: Words) -> str:
    if column["index"] is None:
        return words.ui("loose_lines")
    return str(column["index"] if column["name"] is None else column["name"])


def _sample(paper: Paper, document: Document, words: Words) -> None:
    """How rows were drawn for people to check, or that none were; the rows themselves stand in the other reports."""
    paper.heading(words.ui("sample"), 2)
    record = document.get("sample")
    if not record:
        paper.text(words.ui("sample_none"))
        return
    paper.items(drawing(record, words))
    rows = [
        [
            str(one["number"]),
            legible_name(one),
            words.category(one["category"]),
            number(one["population"]),
            number(one["drawn"]),
        ]
        for one in record["strata"]
    ]
    keys = ("sample_stratum", "sample_file", "category", "sample_population", "sample_drawn")
    paper.table([words.ui(key) for key in keys], rows, [9, 43, 24, 12, 12], [True, False, False, True, True])


def _refused(paper: Paper, document: Document, words: Words) -> None:
    """Values refused in accepted columns, by kind, and numbers that lost digits; then restored ones."""
    totals = Totals.of(document)
    by_label: dict[str, dict[str, int]] = {}
    for (label, check), count in (*totals.refused.items(), *totals.lost.items()):
        by_label.setdefault(label, {})[check] = count
    paper.heading(words.ui("refused"), 2)
    if totals.restored:
        restored = faults(by_kind(totals.restored), words, "repairs")
        paper.text(f"{words.ui('restored_values')}{words.ui('colon')}{restored}")
        paper.text(words.ui("restored_note"), small=True)
    if not by_label:
        paper.text(words.ui("nothing_refused"))
        return
    rows = [
        [words.name("labels", label), number(sum(found.values())), faults(found, words)]
        for label, found in by_label.items()
    ]
    heads = [words.ui(key) for key in ("label", "values", "value_reason")]
    paper.table(heads, rows, [30, 15, 55], [False, True, False])
    paper.text(words.ui("refused_note"), small=True)
