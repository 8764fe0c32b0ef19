"""What a policy with tiers sums: profiles of records or persons as mappings, with the limits that apply."""

from __future__ import annotations

from collections.abc import Callable

from scanner.errors import PolicyError
from scanner.policy.counts import CaseFacts, Counts, Profiles
from scanner.policy.policies import FAILED, Mapped, TierPolicy
from scanner.policy.sums import Limits, Rows


def reads(reading: str) -> Callable[[Mapped], int]:
    """How a reading finds the tier of a mapping."""
    return lambda mapped: mapped.tier(reading)


def rows_of(counts: Counts, policy: TierPolicy, facts: CaseFacts, unit: str | None = None) -> Rows:
    """What is summed for a unit (the policy's own by default), with the thresholds that apply."""
    unit = unit or policy.unit
    basis = policy.thresholds.basis
    multiplied = "recipients" in basis and unit in ("record", policy.unit)
    factor = facts.recipients if multiplied else 1
    scale, insider = policy.thresholds.scale, facts.insider and "insider" in basis
    limits = Limits(*policy.thresholds.limits(scale, insider))
    weights = {tier.size: policy.weight(tier.size) for tier in policy.tiers}
    if unit == "record" and counts.sets is not None and "union" in basis:
        once = _mapped(counts.sets.get("acquired", {}), policy, unit)
        times = [row for name in ("sold", "both") for row in _mapped(counts.sets.get(name, {}), policy, unit)]
        if insider:
            # The insider's standard is for what was sold or provided, not for what was only acquired.
            return Rows(weights, once, times, factor, Limits(*policy.thresholds.limits(scale, False)), limits)
        return Rows(weights, once, times, factor, limits)
    if unit == "record":
        return Rows(weights, [], _mapped(counts.records, policy, unit), factor, limits)
    if counts.persons is None:
        raise PolicyError(f"The policy '{policy.name}' counts persons, but persons were not counted.")
    if insider and counts.sets is not None and "union" in basis and unit != policy.unit:
        # Persons are not told apart by set, so no part of them is what was sold or provided.
        limits = Limits(*policy.thresholds.limits(scale, False))
    return Rows(weights, [], _mapped(counts.persons, policy, unit), factor, limits)


def _mapped(profiles: Profiles, policy: TierPolicy, unit: str) -> list[tuple[tuple[Mapped, ...], int]]:
    """Profiles as mappings in the order of the file; for persons by category, one row for each category."""
    found: dict[tuple[Mapped, ...], int] = {}
    for names, count in profiles.items():
        held = _held(names, policy)
        if unit == "record":
            gone = {name for each in held for name in each.absorbs}
            groups = [tuple(each for each in held if not gone & {each.category, each.name})]
        elif unit == "person":
            groups = [held]
        else:
            together: dict[str, list[Mapped]] = {}
            for each in held:
                together.setdefault(each.category, []).append(each)
            groups = [tuple(group) for group in together.values()]
        for group in groups:
            if count:
                found[group] = found.get(group, 0) + count
    return list(found.items())


def _held(names: frozenset[str], policy: TierPolicy) -> tuple[Mapped, ...]:
    """What a profile holds, in the order of the file; what is held soundly is not held a second time in doubt."""
    sound = {policy.place(name) for name in names if not name.endswith(FAILED)}
    doubtful = {policy.place(name): name for name in names if name.endswith(FAILED)}
    held = {place: policy.categories[place] for place in sound}
    held |= {place: policy.mapped(name) for place, name in doubtful.items() if place not in sound}
    return tuple(held[place] for place in sorted(held))
