"""What the answers on a call sheet say: by stratum, in all, and of the counts of each reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from scanner.policy import READINGS
from scanner.reports.sample_sheet import ANSWERS
from scanner.sampling.estimate import Checked, Estimate, one_stratum, overall
from scanner.sampling.sheet_file import Answers
from scanner.sampling.size import check

TRUE, FALSE, UNVERIFIABLE = ANSWERS
#: How answers that say nothing either way are taken, each way shown: which count as answered, and which as true.
WAYS = {
    "left_out": ({TRUE, FALSE}, {TRUE}),
    "as_false": ({TRUE, FALSE, UNVERIFIABLE}, {TRUE}),
    "as_true": ({TRUE, FALSE, UNVERIFIABLE}, {TRUE, UNVERIFIABLE}),
}


def results(answers: Answers, confidences: Sequence[float]) -> dict[str, Any]:
    """The document of ``sample-result`` (docs/evidence.md); ``confidences`` in percent. For reference, all of it."""
    for each in confidences:
        check(each)
    record = answers.record
    given = [Counter[str | None]() for _ in record["strata"]]
    for row in record["rows"]:
        given[row["stratum"] - 1][answers.given[row["number"]]] += 1
    total = sum(given, Counter())
    return {
        "reference_only": True,
        "record_sha256": answers.digest,
        **{
            key: record[key]
            for key in ("body_sha256", "rule", "seed", "policy", "population", "drawn", "complete")
        },
        "confidences": list(confidences),
        "strata": [
            {
                **{
                    key: stratum[key]
                    for key in ("number", "path", "member", "category", "population", "drawn")
                },
                **_told(counts),
                "ways": {
                    way: _shown(one_stratum(_checked(way, counts, stratum), confidences)) for way in WAYS
                },
            }
            for stratum, counts in zip(record["strata"], given, strict=True)
        ],
        "all": {**_told(total), "ways": {way: _overall(way, record, given, confidences) for way in WAYS}},
        "beyond": record["beyond"],
    }


def _told(counts: Counter[str | None]) -> dict[str, int]:
    return {
        "answered": sum(counts[each] for each in ANSWERS),
        "true": counts[TRUE],
        "false": counts[FALSE],
        "unverifiable": counts[UNVERIFIABLE],
    }


def _checked(
    way: str, counts: Counter[str | None], stratum: Mapping[str, Any], part: int | None = None
) -> Checked:
    answered, true = WAYS[way]
    population = stratum["population"]
    return Checked(
        sum(counts[each] for each in true),
        sum(counts[each] for each in answered),
        population,
        population if part is None else part,
    )


def _overall(
    way: str, record: Mapping[str, Any], given: Sequence[Counter[str | None]], confidences: Sequence[float]
) -> dict[str, Any]:
    """The share over all strata, and the count that follows for each reading and tier of it."""

    strata = record["strata"]

    def estimate(parts: Sequence[int]) -> Estimate:
        checked = [_checked(way, *each) for each in zip(given, strata, parts, strict=True)]
        return overall(checked, confidences)

    readings = {}
    for name in READINGS:
        tiers = sorted({tier for stratum in strata for tier in stratum["tiers"][name]}, key=int)
        by_tier = {tier: [stratum["tiers"][name].get(tier, 0) for stratum in strata] for tier in tiers}
        every = [sum(counts) for counts in zip(*by_tier.values(), strict=True)] or [0] * len(strata)
        readings[name] = {
            **{f"n{tier}": _count(sum(sizes), estimate(sizes)) for tier, sizes in by_tier.items()},
            "all": _count(sum(every), estimate(every)),
        }
    return {**_shown(estimate([stratum["population"] for stratum in strata])), "readings": readings}


def _shown(estimate: Estimate) -> dict[str, Any]:
    return {
        "share": _rounded(estimate.share),
        "intervals": [
            {"confidence": confidence, "low": _rounded(each.low), "high": _rounded(each.high)}
            for confidence, each in estimate.intervals.items()
        ],
        "shift": _rounded(estimate.shift),
    }


def _count(population: int, estimate: Estimate) -> dict[str, Any]:
    """``counted``: what the reading counts; ``follows``: that times the share, rounded, with its interval."""
    follows = estimate.count(population)
    return {
        "counted": population,
        "follows": None if follows is None else round(follows),
        "intervals": [
            {"confidence": confidence, "low": low, "high": high}
            for confidence, (low, high) in estimate.counts(population).items()
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
