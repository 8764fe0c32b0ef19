"""What every verdict has: the policy, the facts it was given, and the sentences that must go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanner.policy.counts import CaseFacts, Counts
from scanner.policy.policies import Caveat, Policy


@dataclass(frozen=True)
class Verdict:
    """The result under one policy.

    ``conditions``: those of caveats that hold; ``figures``: what stands in the places of caveats; ``counted``:
    for each category the distinct records that count at it in the main reading (empty where persons are counted).
    """

    policy: Policy
    counts: Counts
    facts: CaseFacts
    conditions: frozenset[str]
    figures: Mapping[str, int]
    counted: Mapping[str, int]

    @property
    def caveats(self) -> tuple[Caveat, ...]:
        """The sentences that go with the verdict."""
        return self._caveats(frozenset())

    def to_dict(self, seen: frozenset[str] = frozenset()) -> dict[str, Any]:
        """What the JSON report says; ``seen``: what the data were found to hold ("company")."""
        raise NotImplementedError

    def more(self) -> dict[str, Any]:
        """What stands behind it, beside ``to_dict``."""
        return {}

    def _caveats(self, seen: frozenset[str]) -> tuple[Caveat, ...]:
        """In the order of the file, figures filled in with thousands set apart."""
        held = self.conditions | seen
        return tuple(
            Caveat(each.when, self._filled(each.zh), self._filled(each.en))
            for each in self.policy.caveats
            if each.when in held
        )

    def _filled(self, text: str) -> str:
        for name, value in self.figures.items():
            text = text.replace("{" + name + "}", f"{value:,}")
        return text

    def _told(self, seen: frozenset[str]) -> list[dict[str, str]]:
        return [{"when": each.when, "zh": each.zh, "en": each.en} for each in self._caveats(seen)]
