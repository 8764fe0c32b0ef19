"""The record of a draw: everything about it but the values, so that it can be cited, repeated and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from scanner.document import canonical
from scanner.policy import READINGS
from scanner.sampling.numbers import RULE
from scanner.sampling.rows import Row
from scanner.sampling.strata import Place, Population, Stratum

Record = dict[str, Any]


def build(
    document: Mapping[str, Any],
    chosen: Mapping[str, Any],
    found: Population,
    drawn: Sequence[tuple[Stratum, Place]],
    rows: Sequence[Row],
) -> Record:
    """The record (docs/evidence.md).

    ``chosen``: seed, confidence, margin, size, minimum; ``drawn``: in the order of the sheet, with where each
    each. ``beyond``: records that other readings than the main one count, from which nothing is drawn.
    """
    place_of = {id(stratum): place for place, stratum in enumerate(found.strata, 1)}
    per = {place: sum(one is each for one, _ in drawn) for place, each in enumerate(found.strata, 1)}
    return {
        "rule": RULE,
        "tool": document["tool"],
        "body_sha256": canonical.body_sha256(document),
        "options": document["options"],
        "policy": document["verdict"]["policy"],
        **chosen,
        "complete": all(each["status"] == "complete" for each in document["inputs"]),
        "population": found.size,
        "drawn": len(drawn),
        "beyond": {name: _by_tier(found.beyond[name]) for name in READINGS if found.beyond[name]},
        "strata": [
            {
                "number": place,
                **{key: document["inputs"][each.source].get(key) for key in ("path", "member", "sha256")},
                "category": each.category,
                "population": each.population,
                "drawn": per[place],
                "tiers": {name: _by_tier(each.tiers[name]) for name in READINGS},
            }
            for place, each in enumerate(found.strata, 1)
        ],
        "rows": [
            {
                "number": number,
                "stratum": place_of[id(stratum)],
                "table": found.tables[place.table][1],
                "row": place.row,
                "line": row.line,
                "byte_offset": row.byte_offset,
            }
            for number, ((stratum, place), row) in enumerate(zip(drawn, rows, strict=True), 1)
        ],
    }


def _by_tier(counts: Mapping[int, int]) -> dict[str, int]:
    return {str(tier): counts[tier] for tier in sorted(counts)}


def digest(record: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the record as canonical JSON."""
    return hashlib.sha256(canonical.render(record)).hexdigest()
