"""A truth sample for people: what was drawn, and what the answers show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.reports.escape import visible
from scanner.reports.layout import grid, wrap
from scanner.reports.sample_sheet import ANSWERS, notes
from scanner.reports.totals import number
from scanner.reports.words import LANGS, Words

READINGS = ("low", "main", "high")
WAYS = {"left_out": "sample_left_out", "as_false": "sample_as_false", "as_true": "sample_as_true"}


def drawn(record: Mapping[str, Any], digest: str, revealed: bool, width: int = 100, lang: str = "zh") -> str:
    """What was drawn: its strata, and the sentences that stand on the sheet."""
    words, place = Words(lang), LANGS.index("en" if lang == "en" else "zh")
    heads = [words.ui("sample_stratum"), words.ui("sample_population"), words.ui("sample_drawn")]
    rows = [
        [_named(each, words), number(each["population"]), number(each["drawn"])] for each in record["strata"]
    ]
    rows.append([words.ui("sample_all"), number(record["population"]), number(record["drawn"])])
    lines = [*grid(heads, rows, width), ""]
    for told in notes(record, digest, revealed):
        lines += wrap(told[place], width)
    return "\n".join(lines) + "\n"


def results(document: Mapping[str, Any], width: int = 100, lang: str = "zh") -> str:
    """What the answers show (sampling/results.py), in lines of at most ``width`` cells."""
    words = Words(lang)
    return "\n".join(_results(document, width, words)) + "\n"


def _results(document: Mapping[str, Any], width: int, words: Words) -> Iterator[str]:
    yield from wrap(words.ui("sample_title"), width)
    yield from wrap(words.ui("sample_reference"), width)
    if not document["complete"]:
        yield from wrap(words.ui("sample_incomplete"), width)
    yield ""
    whole = document["all"] | {key: document[key] for key in ("population", "drawn")}
    asked = ("population", "drawn", "answered", "true", "false", "unverifiable")
    heads = ["sample_stratum", "sample_population", "sample_drawn", "sample_answered", *ANSWERS]
    entries = [(_named(each, words), each) for each in document["strata"]]
    entries.append((words.ui("sample_all"), whole))
    rows = [[name, *(number(each[key]) for key in asked)] for name, each in entries]
    yield from grid([words.ui(head) for head in heads], rows, width)
    left = document["drawn"] - document["all"]["answered"]
    if left:
        yield from wrap(words.ui("sample_unanswered", count=number(left)), width)
    if not document["all"]["answered"]:
        yield from wrap(words.ui("sample_none_answered"), width)
        return
    intervals = [words.ui("sample_interval", confidence=f"{each:g}") for each in document["confidences"]]
    unverifiable = document["all"]["unverifiable"]
    ways = WAYS if unverifiable else {"left_out": "sample_share"}
    for way, name in ways.items():
        yield ""
        heads = [words.ui(name), words.ui("sample_share"), *intervals]
        # Where every answer tells, one way is as the other.
        some = [(label, each) for label, each in entries if way == "left_out" or each["unverifiable"]]
        rows = [[label, *_share(each["ways"][way])] for label, each in some]
        yield from grid(heads, rows, width)
    for way, name in ways.items():
        yield ""
        title = words.ui("sample_counts")
        if unverifiable:
            title = words.ui("with_article", text=title, article=words.ui(name))
        heads = [title, words.ui("sample_counted"), words.ui("sample_follows"), *intervals]
        yield from grid(heads, list(_counts(document["all"]["ways"][way]["readings"], words)), width)
    yield ""
    for name in READINGS:
        more = sum(document["beyond"].get(name, {}).values())
        if more:
            told = words.ui("sample_beyond", reading=words.name("readings", name), count=number(more))
            yield from wrap(told, width)
    shift = f"{100 * document['all']['ways']['left_out']['shift']:.2f}"
    yield from wrap(words.ui("sample_method", shift=shift), width)
    hashes = words.ui("sample_hashes", body=document["body_sha256"], record=document["record_sha256"])
    yield from wrap(hashes, width)


def _named(stratum: Mapping[str, Any], words: Words) -> str:
    path = stratum["path"] if stratum["member"] is None else f"{stratum['path']} [{stratum['member']}]"
    return f"{stratum['number']}  {visible(path)}{words.ui('between')}{words.category(stratum['category'])}"


def _share(way: Mapping[str, Any]) -> list[str]:
    share = "–" if way["share"] is None else f"{100 * way['share']:.2f} %"
    return [share, *(f"{100 * each['low']:.2f} – {100 * each['high']:.2f} %" for each in way["intervals"])]


def _counts(readings: Mapping[str, Any], words: Words) -> Iterator[list[str]]:
    for reading in READINGS:
        named = words.name("readings", reading)
        for key, told in readings[reading].items():
            if key == "all":
                label = words.ui("sample_reading_all", reading=named)
            else:
                label = words.ui("sample_tier_of", reading=named, tier=key.removeprefix("n"))
            ends = [f"{number(each['low'])} – {number(each['high'])}" for each in told["intervals"]]
            yield [
                label,
                number(told["counted"]),
                "–" if told["follows"] is None else number(told["follows"]),
                *ends,
            ]
