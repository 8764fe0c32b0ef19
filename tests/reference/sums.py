"""Art. 5 of 法释〔2017〕10号 as patterns/policies/cn-criminal-2017.toml reads it: tiers, the sum, the level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

from reference import knowledge

POLICY = "policies/cn-criminal-2017.toml"
READINGS = ("low", "main", "high")
Profile = frozenset[str]


@cache
def mapping() -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in knowledge.toml(POLICY)["category"]}


def entry_of(name: str) -> dict[str, Any]:
    """What the policy says of an element: its own entry, or that of its category."""
    plain = name.rstrip("!")
    return mapping().get(plain) or mapping()[plain.partition(".")[0]]


def counting(profile: Profile) -> list[tuple[str, bool]]:
    """(entry, whether it is sound) of what adds to a record, in the order of the policy."""
    sound: dict[str, bool] = {}
    for name in profile:
        entry = entry_of(name)["name"]
        sound[entry] = sound.get(entry, False) or not name.endswith("!")
    gone = {name for entry in sound for name in mapping()[entry].get("absorbs", ())}
    order = list(mapping())
    left = [entry for entry in sound if not {entry, entry.partition(".")[0]} & gone]
    return [(entry, sound[entry]) for entry in sorted(left, key=order.index)]


def tier(entry: str, sound: bool, reading: str) -> int:
    """Art. 11(3): what only a number that fails its checks shows is left out of the low reading."""
    return 0 if reading == "low" and not sound else int(mapping()[entry][reading])


def top(profile: Profile, reading: str) -> int:
    """The highest tier of a record, that is the smallest number; 0: it does not count."""
    tiers = [tier(entry, sound, reading) for entry, sound in counting(profile)]
    return min((each for each in tiers if each), default=0)


def category_at(profile: Profile) -> str | None:
    """The category at which a record counts in the main reading."""
    best = top(profile, "main")
    held = [entry for entry, sound in counting(profile) if best and tier(entry, sound, "main") == best]
    return held[0].partition(".")[0] if held else None


def readings(records: Mapping[Profile, int]) -> dict[str, dict[str, Any]]:
    """n50, n500, n5000, the sum S and its level in each reading."""
    limits = knowledge.toml(POLICY)["thresholds"]
    found = {}
    for reading in READINGS:
        counts = Counter({50: 0, 500: 0, 5000: 0})
        for profile, count in records.items():
            counts[top(profile, reading)] += count
        score = 100 * counts[50] + 10 * counts[500] + counts[5000]
        serious = limits["scale"]
        level = (
            "below"
            if score < serious
            else "serious"
            if score < serious * limits["tenfold"]
            else "especially_serious"
        )
        numbers = {"n50": counts[50], "n500": counts[500], "n5000": counts[5000]}
        found[reading] = {**numbers, "score": score, "level": level}
    return found
