"""Persons in the HTML report: how many are told apart, which records name none, which numbers conflict."""

from __future__ import annotations

from scanner.reports.markup import Child, Markup, facts, row, section, table, tag
from scanner.reports.phrases import persons_counted
from scanner.reports.totals import Document, number
from scanner.reports.words import Words


def people(document: Document, words: Words) -> Markup:
    """Persons linked over all inputs, with the numbers that occur with several names, masked."""
    given = document["subjects"]
    pairs: list[tuple[Child, Child]] = [
        (words.ui("linked"), tag("b", number(given["distinct"]))),
        (words.ui("unlinked_short"), number(given["unlinked"])),
        (words.ui("conflicts"), number(given["conflicts"])),
    ]
    told = persons_counted(document)
    if told is not None and told != given["distinct"]:
        pairs.insert(1, (words.ui("linked_counted"), number(told)))
    parts: list[Child] = [facts(pairs), tag("p", words.ui("linked_note"), class_="note")]
    if examples := given["conflict_examples"]:
        rows = [
            row(
                [words.name("labels", one["label"]), tag("code", one["masked"]), number(one["names"])],
                [None, None, "n"],
            )
            for one in examples
        ]
        heads = [words.ui(key) for key in ("label", "conflict_number", "conflict_names")]
        parts += [tag("h3", words.ui("conflicts")), table(heads, rows, [None, None, "n"], "conflicts")]
        if (rest := given["conflicts"] - len(examples)) > 0:
            parts.append(tag("p", words.ui("conflicts_more", count=number(rest)), class_="note strong"))
        parts.append(tag("p", words.ui("conflicts_note"), class_="note"))
    return section("persons", words.ui("people"), parts)
