"""The coverage ledger: for each input how much of it was read, why it was read as it was, and its hashes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.reports.escape import visible
from scanner.reports.totals import number
from scanner.reports.words import Words


def coverage(entry: Mapping[str, Any], words: Words) -> str:
    """ "1,024 of 2,048 bytes read"; "" for a table that has no bytes. ``entry``: one of ``document["inputs"]``."""
    if entry.get("size") is None:
        return ""
    values = {"read": number(entry.get("bytes_read")), "size": number(entry["size"])}
    return words.name("ledger", "bytes").format(**values)


def decisions(entry: Mapping[str, Any], words: Words) -> list[str]:
    """How an input was read, each decision with its reason: encoding, delimiter, header; without undecided ones."""
    header = entry.get("has_header")
    delimiter = entry.get("delimiter")
    values = {
        "encoding": entry.get("encoding"),
        "delimiter": words.name("ledger", "no_delimiter") if delimiter is None else f"“{visible(delimiter)}”",
        "header": None if header is None else words.ui("yes" if header else "no"),
    }
    why = entry.get("why") or {}
    told = []
    for what, value in values.items():
        code = why.get(what)
        if value is None or code is None or (code == "format" and what != "header"):
            continue
        places = {"what": words.name("ledger", what), "value": value, "why": words.name(f"why_{what}", code)}
        told.append(words.name("ledger", "because").format(**places))
    return told


def hashes(entry: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """Name and value of each hash of an input, and what became of it after the scan where that was asked for."""
    found = [(name, entry[key]) for name, key in (("SHA-256", "sha256"), ("SM3", "sm3")) if entry.get(key)]
    after = entry.get("sha256_after")
    if after is None:
        return found
    if after == entry.get("sha256"):
        return [*found, ("", words.name("ledger", "after_same"))]
    return [*found, ("", words.name("ledger", "after_other").format(hash=after))]
