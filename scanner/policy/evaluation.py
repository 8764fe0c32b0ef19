"""One way to judge counts, for policies of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from scanner.errors import PolicyError
from scanner.policy.counts import CaseFacts, Counts, Profiles
from scanner.policy.levels import LevelVerdict, evaluate_levels
from scanner.policy.policies import LevelPolicy, Policy, TierPolicy
from scanner.policy.tiers import TierVerdict, evaluate_tiers
from scanner.policy.verdict import Verdict
from scanner.policy.what_if import sensitivity


@overload
def evaluate(
    counts: Counts | Profiles, policy: TierPolicy, facts: CaseFacts | None = None
) -> TierVerdict: ...
@overload
def evaluate(
    counts: Counts | Profiles, policy: LevelPolicy, facts: CaseFacts | None = None
) -> LevelVerdict: ...
@overload
def evaluate(counts: Counts | Profiles, policy: Policy, facts: CaseFacts | None = None) -> Verdict: ...
def evaluate(counts: Counts | Profiles, policy: Policy, facts: CaseFacts | None = None) -> Verdict:
    """The verdict for ``counts``; a plain mapping stands for records alone.

    Raises PolicyError for a category without mapping, a negative count or income, ``recipients`` < 1, sets that do
    not add up to the records, or a policy that counts persons where persons were not counted.
    """
    given = counts if isinstance(counts, Counts) else Counts(counts)
    facts = facts or CaseFacts()
    given.check()
    facts.check()
    if isinstance(policy, TierPolicy):
        return evaluate_tiers(given, policy, facts)
    if isinstance(policy, LevelPolicy):
        return evaluate_levels(given, policy, facts)
    raise PolicyError(f"The policy '{policy.name}' is of no known kind.")


def evaluate_all(
    counts: Counts | Profiles, policies: Sequence[Policy], facts: CaseFacts | None = None
) -> tuple[Verdict, ...]:
    """The verdicts in the order of the policies; PolicyError for none, for the same twice, and as in ``evaluate``."""
    if not policies:
        raise PolicyError("No policy was given.")
    names = [policy.name for policy in policies]
    for name in names:
        if names.count(name) > 1:
            raise PolicyError(f"The policy '{name}' is given twice.")
    return tuple(evaluate(counts, policy, facts) for policy in policies)


def details(verdict: Verdict, seen: frozenset[str] = frozenset()) -> dict[str, Any]:
    """An entry of "verdicts" in the JSON report: the verdict, all that stands behind it, and what it hangs on.

    ``seen``: what the data were found to hold ("company").
    """
    hangs_on = sensitivity(verdict.counts, verdict.policy, verdict.facts)
    return {**verdict.to_dict(seen), **verdict.more(), **hangs_on.to_dict()}


def leading(policies: Sequence[Policy]) -> TierPolicy | None:
    """The first policy with tiers: the one that "verdict" in the JSON report is of; None where there is none."""
    return next((policy for policy in policies if isinstance(policy, TierPolicy)), None)
