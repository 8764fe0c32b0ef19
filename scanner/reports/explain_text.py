"""Why a row counts as it does, for people: its cells, what holds, what it counts as in each reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.reports.layout import wrap
from scanner.reports.totals import Document, legible_name, number
from scanner.reports.words import Words

NAMES_SHOWN = 6  # of facts of which one would do
READINGS = ("low", "main", "high")
LEAST_WIDTH = 40


def render(document: Document, width: int = 100, lang: str = "zh") -> str:
    """The explanation in lines of at most ``width`` cells (at least 40), each ended by a newline."""
    words, width = Words(lang), max(width, LEAST_WIDTH)
    lines: list[str] = []
    for depth, text in _lines(document, words):
        indent = "  " * depth
        lines += [indent + line if line else "" for line in wrap(text, width - len(indent))]
    return "\n".join(lines) + "\n"


def _lines(document: Document, words: Words) -> Iterator[tuple[int, str]]:
    """(depth, text), in order."""
    tool, row = document["tool"], number(document["row"])
    yield 0, f"{tool['name']} {tool['version']}  {words.ui('explain_title', row=row)}"
    where = {"path": legible_name(document["input"]), "row": row, "line": number(document["line"])}
    if document["table"] is None:
        yield 0, words.ui("explain_where", **where)
    else:
        yield 0, words.ui("explain_where_table", table=document["table"], **where)
    yield 0, ""
    yield from ((0, text) for text in _outcome(document, words))
    yield 0, ""
    yield 0, words.ui("columns")
    for column in document["columns"]:
        yield from _column(column, document.get("facts", ()), words)
    if document["stage"] == "damaged":
        return
    yield 0, ""
    facts = words.ui("between").join(fact_name(fact, words) for fact in document["facts"])
    yield 0, f"{words.ui('explain_facts')}{words.ui('colon')}{facts or words.ui('none')}"
    yield 0, ""
    yield 0, words.ui("explain_elements" if document["elements"] else "explain_none")
    for element in document["elements"]:
        yield from _element(element, words)
    if document["nearest"]:
        yield 0, words.ui("explain_nearest")
    for near in document["nearest"]:
        yield from _near(near, words)
    for verdict in document["verdicts"]:
        yield 0, ""
        yield from _verdict(verdict, words)


def _outcome(document: Document, words: Words) -> Iterator[str]:
    stage = document["stage"]
    if stage == "counted":
        yield words.ui("explain_counted")
    else:
        yield words.ui("explain_falls_out", stage=words.name("stages", stage))
    if stage == "damaged":
        yield words.ui("explain_damaged")
        return
    same = document["same"]
    if stage == "exact_duplicates":
        first = same["first"][0]
        row = number(first["row"])
        yield words.ui("explain_again", count=number(same["count"]), path=first["input"], row=row)
    elif same["count"] and document["elements"]:
        yield words.ui("explain_first", count=number(same["count"]))
    if document["alike"]["count"] and document["elements"]:
        first = document["alike"]["first"][0]
        places = {"path": first["input"], "row": number(first["row"])}
        yield words.ui("explain_alike", count=number(document["alike"]["count"]), **places)
    if document["fails_checks"]:
        yield words.ui("explain_low")
    tracks = {"moving": "explain_moving", "standing": "explain_standing", "lone": "explain_lone"}
    if document["track"]:
        yield words.ui(tracks[document["track"]])


def _column(column: Mapping[str, Any], facts: Sequence[str], words: Words) -> Iterator[tuple[int, str]]:
    name = words.ui("explain_loose") if column["index"] is None else f"[{column['index']}]"
    said = [f"{name} {column['name']}" if column["name"] is not None else name]
    origin = {"header": "explain_header", "content": "explain_content", "values": "explain_values"}
    if column["role"]:
        how = words.ui(origin[column["role_from"]])
        said.append(words.ui("with_article", text=words.role(column["role"]), article=how))
    if column["ambiguous"]:
        roles = words.ui("between").join(words.role(role) for role in column["ambiguous"])
        said.append(words.ui("explain_ambiguous", roles=roles))
    if not column["filled"]:
        said.append(words.ui("explain_empty"))
    elif f"role:{column['role']}" in facts:
        said.append(words.ui("explain_fact"))
    elif not column["values"]:
        said.append(words.ui("explain_nothing"))
    if column["text"] is not None and column["filled"]:
        said.append(" | ".join(column["text"]))
    yield 1, words.ui("semicolon").join(said)
    for value in column["values"]:
        yield 2, _value(value, words)


def _value(value: Mapping[str, Any], words: Words) -> str:
    said = [f"{words.name('labels', value['label'])} {value['text']}"]
    if value["state"] == "placeholder":
        said.append(words.ui("explain_placeholder"))
    elif value["state"] == "fails":
        said.append(words.ui("explain_fails", check=words.name("checks", value["fails"])))
    else:
        said.append(words.ui("explain_passes", checks=words.passed(value["checks"])))
        if value["fails"]:  # a check that the column makes up for
            said.append(words.ui("explain_nevertheless", check=words.name("checks", value["fails"])))
    if value["state"] in ("accepted", "rejected"):
        why = words.reason(value) or value["reason"] or ""
        told = words.ui("explain_accepted" if value["state"] == "accepted" else "explain_rejected")
        said.append(told + (words.ui("colon") + why if why else ""))
    return words.ui("semicolon").join(said)


def fact_name(fact: str, words: Words) -> str:
    """A fact as people call it: the label, or a column of a role."""
    if fact.startswith("role:"):
        return words.ui("explain_column", name=words.role(fact.removeprefix("role:")))
    return words.name("labels", fact)


def _element(element: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
    name = f"{words.pick(element)} ({element['name']})"
    if element["name"].endswith("!"):
        name += words.ui("comma") + words.ui("explain_unsound")
    yield 1, name
    if element["rule"] is None:
        yield 2, words.ui("explain_derived")
        return
    yield 2, words.ui("semicolon").join(_term(one["term"], one["by"], words) for one in element["rule"])


def _term(term: str, by: Sequence[str], words: Words) -> str:
    if term.startswith("!"):
        return words.ui("explain_without", name=_term_name(term[1:], words))
    names = words.ui("between").join(fact_name(fact, words) for fact in by)
    if not term.startswith("@"):
        return names
    return words.ui("explain_by", term=_term_name(term, words), names=names)


def _term_name(term: str, words: Words) -> str:
    return words.name("groups", term[1:]) if term.startswith("@") else fact_name(term, words)


def _near(near: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
    lacks = []
    for one in near["missing"]:
        plain = _term_name(one["term"].lstrip("!"), words)
        if len(one["any_of"]) > 1:
            names = [fact_name(fact, words) for fact in one["any_of"][:NAMES_SHOWN]]
            joined = words.ui("between").join(names) + ("…" if len(one["any_of"]) > NAMES_SHOWN else "")
            plain = words.ui("with_article", text=plain, article=words.ui("explain_one_of", names=joined))
        lacks.append(words.ui("explain_without", name=plain) if one["term"].startswith("!") else plain)
    category = f"{words.pick(near)} ({near['name']})"
    terms = words.ui("semicolon").join(lacks)
    yield 1, words.ui("explain_lacks", category=category, terms=terms)
    if near["offered"]:
        yield 2, words.ui("explain_offered")


def _verdict(verdict: Mapping[str, Any], words: Words) -> Iterator[tuple[int, str]]:
    yield 0, f"{words.pick(verdict['title'])} ({verdict['policy']})"
    names = {one["name"]: words.pick(one) for one in verdict.get("basis", ())}
    for reading in READINGS:
        one, title = verdict["readings"][reading], words.name("readings", reading)
        if verdict["kind"] != "tiers":
            counts = (
                f"{words.name('measures', measure)} {number(one[measure])}"
                for measure in ("persons", "sensitive", "other")
                if measure in one
            )
            yield 1, title + words.ui("colon") + words.ui("comma").join(counts)
        elif one["tier"] is None:
            yield 1, words.ui("explain_reading_none", reading=title)
        else:
            tier, article = words.ui("tier_of", tier=number(one["tier"])), words.article(one["article"])
            category = names[one["decided_by"]]
            places = {"reading": title, "tier": tier, "article": article, "category": category}
            yield 1, words.ui("explain_reading", **places)
            if also := [names[each["name"]] for each in one["also"] if each["tier"]]:
                yield 2, words.ui("explain_also", names=words.ui("between").join(also))
    for one in verdict.get("basis", ()):
        yield 1, f"{names[one['name']]}{words.ui('colon')}{words.pick(one['basis'])}"
