"""What several writers say of a report document, in one place so that they say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.reports.totals import Document, input_name, number
from scanner.reports.words import Words

# A column rejected as chance is told among what was left out from so many passing values on.
MANY = 50
# Caveats that the data call for; the others stand in every report or follow from what the user stated.
_OF_DATA = ("company", "bare_contact", "trajectory")


def basis_line(verdict: Mapping[str, Any], words: Words) -> str:
    """The words that qualify every level: by which quantity standard it was measured."""
    named = words.name("basis", verdict["policy"])
    return words.ui("basis_of", instrument=verdict["instrument"]) if named == verdict["policy"] else named


def notes(document: Document, words: Words) -> list[str]:
    """The facts that the user stated and that bear on the result."""
    options = document["options"]
    found = []
    if options.get("insider"):
        found.append(words.ui("insider_note"))
    if options.get("lawful_business"):
        found.append(words.ui("lawful_note"))
    if (options.get("recipients") or 1) > 1:
        found.append(words.ui("recipients_note", count=f"{options['recipients']:,}"))
    if options.get("illegal_income") is not None:
        found.append(words.ui("income_note", amount=number(options["illegal_income"])))
    if options.get("acquired") or options.get("sold"):
        found.append(words.ui("union_note"))
    return found


def nothing_read(document: Document) -> bool:
    """Whether not a single row was read: then there is nothing to measure."""
    return not any(one.get("rows") for one in document["inputs"])


def why_nothing(document: Document, words: Words) -> list[str]:
    """For each input, why no row of it was read."""
    return [
        f"{input_name(one)}{words.ui('colon')}"
        + (
            words.ui("semicolon").join(words.sentence(reason) for reason in one.get("reasons") or [])
            or words.ui("no_row_read")
        )
        for one in document["inputs"]
    ] or [words.ui("no_files")]


def people(document: Document, words: Words) -> list[str]:
    """How many records were counted, and how many persons are told apart in them, if any number does that."""
    counted = int(document["records"]["counted"])
    subjects = (document.get("subjects") or {}).get("distinct")
    said = [words.ui("counted_records", count=number(counted))]
    if subjects:
        said.append(words.ui("persons", count=number(subjects)))
    elif subjects == 0 and counted:
        said.append(words.ui("no_persons"))
    return said


def data_caveats(document: Document, words: Words) -> list[str]:
    """What a reader must know because of what these data hold."""
    given = document["verdict"].get("caveats") or []
    return [words.pick(one) for one in given if one.get("when") in _OF_DATA]


def mute_columns(document: Document, words: Words) -> list[str]:
    """Columns whose sure header names a kind of value and of which no value was accepted, each as a phrase."""
    said = []
    columns = {_place(column): column for column in document["columns"]}
    for one in document.get("mute") or []:
        found = columns[_place(one)]["labels"] if _place(one) in columns else []
        valid = max((int(label["valid"]) for label in found), default=0)
        places = {"name": column_name(document, one), "count": number(one["nonempty"])}
        places["why"] = words.ui("left_why", faults=faults(one["refused"], words)) if one["refused"] else ""
        said.append(
            words.ui("left_few", valid=number(valid), **places) if valid else words.ui("left_mute", **places)
        )
    return said


def chance_columns(document: Document, words: Words) -> list[str]:
    """Other columns rejected as a whole although many values pass: no more than random digits would."""
    mute = {_place(one) for one in document.get("mute") or []}
    return [
        words.ui(
            "left_chance",
            name=column_name(document, column),
            label=words.name("labels", found["label"]),
            valid=number(found["valid"]),
            candidates=number(found["candidates"]),
        )
        for column in document["columns"]
        for found in column["labels"]
        if found.get("code") == "chance" and found["valid"] >= MANY and _place(column) not in mute
    ]


def _place(column: Mapping[str, Any]) -> tuple[int, str | None, int | None]:
    return column["input"], column.get("table"), column["index"]


def column_name(document: Document, column: Mapping[str, Any]) -> str:
    """Header, or number, of a column; with its input where there are several."""
    name = str(column["index"] if column["name"] is None else column["name"])
    if len(document["inputs"]) == 1:
        return name
    return f"{input_name(document['inputs'][column['input']])} › {name}"


def faults(refused: Mapping[str, int], words: Words) -> str:
    """Refused values by reason: "checksum 60, date 2"."""
    return ", ".join(f"{words.name('checks', check)} {number(count)}" for check, count in refused.items())
