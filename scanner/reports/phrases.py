"""What several writers say of a report document, in one place so that they say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scanner.reports.totals import Document, files_of, legible_name, number
from scanner.reports.words import Words

# A column rejected as chance is told among what was left out from so many passing values on.
MANY = 50
PATHS_SHOWN = 3
# Caveats of the policy itself, and the one that announces the list of contested kinds.
_IN_EVERY_REPORT = ("always", "contested")


def stated(document: Document, words: Words) -> list[str]:
    """The facts that the user stated; what they change is told by the caveats of each verdict."""
    options = document["options"]
    found = []
    if options.get("insider"):
        found.append(words.ui("insider_note"))
    if options.get("lawful_business"):
        found.append(words.ui("lawful_note"))
    if (options.get("recipients") or 1) > 1:
        found.append(words.ui("recipients_note", count=number(options["recipients"])))
    if options.get("illegal_income") is not None:
        found.append(words.ui("income_note", amount=number(options["illegal_income"])))
    acquired, sold = options.get("acquired") or [], options.get("sold") or []
    if acquired or sold:
        found.append(words.ui("union_note", acquired=_paths(acquired, words), sold=_paths(sold, words)))
    return found


def files(document: Document, words: Words) -> str:
    """How many files were scanned, and apart from them how many members of archives."""
    count, members = files_of(document)
    name = "files_members" if members else "files_count"
    return words.ui(name, count=number(count), members=number(members))


def scanned(document: Document, words: Words) -> str:
    """What was scanned, in half a line: the one file, or the first and how many there are."""
    inputs = document["inputs"]
    if not inputs:
        return words.ui("no_files")
    name = legible_name(inputs[0])
    if len(inputs) == 1:
        return words.ui("files_one", name=name)
    return words.ui("files_many", name=name, files=files(document, words))


def options(given: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """Name and value of each option of a document, for people; the limits stand among them."""
    flat = {**given, **(given.get("limits") or {})}
    return [
        (words.name("options", name), _option(value, words))
        for name, value in flat.items()
        if name != "limits"
    ]


def _option(value: Any, words: Words) -> str:
    if isinstance(value, bool):
        return words.ui("yes" if value else "no")
    if value is None or value == []:
        return words.ui("none")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return number(value) if isinstance(value, int) else str(value)


def _paths(paths: Sequence[str], words: Words) -> str:
    shown = words.ui("between").join(paths[:PATHS_SHOWN])
    rest = len(paths) - PATHS_SHOWN
    return shown + (words.ui("more_paths", count=number(rest)) if rest > 0 else "") or words.ui("none")


def nothing_read(document: Document) -> bool:
    """Whether not a single row was read: then there is nothing to measure."""
    return not any(one.get("rows") for one in document["inputs"])


def why_nothing(document: Document, words: Words) -> list[str]:
    """For each input, why no row of it was read; of empty files, of which nothing is lost, at the end."""
    return [
        f"{legible_name(one)}{words.ui('colon')}"
        + (
            words.ui("semicolon").join(words.sentence(reason) for reason in one.get("reasons") or [])
            or words.ui("no_row_read")
        )
        for one in sorted(document["inputs"], key=lambda one: one.get("size") == 0)
    ] or [words.ui("no_files")]


def people(document: Document, words: Words) -> list[str]:
    """How many records were counted, and how many persons are told apart in them, if any number does that."""
    counted = int(document["records"]["counted"])
    subjects = document["subjects"]
    said = [words.ui("counted_records", count=number(counted))] if _sums(document) else []
    if subjects["distinct"]:
        said.append(words.ui("persons", count=number(subjects["distinct"])))
        told = persons_counted(document)
        if told is not None and told != subjects["distinct"]:
            said.append(words.ui("persons_counted", count=number(told)))
    elif counted:
        said.append(words.ui("no_persons"))
    if subjects["unlinked"]:
        said.append(words.ui("unlinked_records", count=number(subjects["unlinked"])))
    if subjects["conflicts"]:
        said.append(words.ui("conflicts_count", count=number(subjects["conflicts"])))
    return said


def persons_counted(document: Document) -> int | None:
    """Persons with a record that the first standard counts in its main reading; None where it does not tell them."""
    for verdict in document["verdicts"]:
        if verdict["kind"] == "tiers":
            person = verdict["by_unit"].get("person") if verdict["unit"] == "record" else None
            return person and sum(person["main"][f"n{size}"] for size in verdict["units"])
    return None


def _sums(document: Document) -> bool:
    """Whether any standard counts records; where none does, no record was counted."""
    return any(each["kind"] == "tiers" for each in document["verdicts"])


def data_caveats(document: Document, words: Words) -> list[str]:
    """What a reader must know because of what these data hold or what the user stated; each sentence once."""
    told = [one for verdict in document["verdicts"] for one in verdict["caveats"]]
    return list(dict.fromkeys(words.pick(one) for one in told if one["when"] not in _IN_EVERY_REPORT))


def mute_columns(document: Document, words: Words) -> list[str]:
    """Columns whose sure header names a kind of value and of which no value was accepted, each as a phrase."""
    said = []
    mute = {_place(one) for one in document.get("mute") or []}
    labels = {_place(each): each["labels"] for each in document["columns"] if mute and _place(each) in mute}
    for one in document.get("mute") or []:
        found = labels.get(_place(one), [])
        valid = max((int(label["valid"]) for label in found), default=0)
        places = {"name": column_name(document, one), "count": number(one["nonempty"])}
        why = {**one["refused"], **one.get("lost", {})}
        places["why"] = words.ui("left_why", faults=faults(why, words)) if why else ""
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
    return f"{legible_name(document['inputs'][column['input']])} › {name}"


def faults(refused: Mapping[str, int], words: Words, section: str = "checks") -> str:
    """Refused values by reason: "checksum 60, date 2"; restored ones by "repairs"."""
    return ", ".join(f"{words.name(section, check)} {number(count)}" for check, count in refused.items())
