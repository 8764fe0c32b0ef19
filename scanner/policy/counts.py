"""What is judged: counts by what records and persons hold, and the facts of the case that no file tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from scanner.errors import PolicyError

Profiles = Mapping[frozenset[str], int]
#: Records that were only acquired, only sold or provided, and both.
SETS = ("acquired", "sold", "both")


@dataclass(frozen=True, slots=True)
class Counts:
    """Final counts, exact. Names are categories or elements; one that ends in "!" is held only through a number
    that fails its checks.

    ``records``: distinct records by the elements they hold. ``persons``: distinct persons by the union of the
    elements over all their records, None where persons were not counted. ``unlinked``: records without a number
    that tells persons apart, which a count of persons cannot see. ``sets``: the same records as ``records``, told
    apart by SETS. ``tracked``: whether tracks were told from lone and standing points.
    """

    records: Profiles
    persons: Profiles | None = None
    unlinked: int = 0
    sets: Mapping[str, Profiles] | None = None
    tracked: bool = False

    def check(self) -> None:
        """Raises PolicyError for a negative count, an unknown set, or sets that do not add up to the records."""
        parts = [self.records, self.persons or {}, *(self.sets or {}).values()]
        for profiles in parts:
            for held, count in profiles.items():
                if count < 0:
                    named = "+".join(sorted(held))
                    raise PolicyError(f"The count of {named} is {count}, but cannot be negative.")
        if self.unlinked < 0:
            raise PolicyError(f"The count of unlinked records is {self.unlinked}, but cannot be negative.")
        if self.sets is None:
            return
        for name in self.sets:
            if name not in SETS:
                raise PolicyError(f"The set '{name}' is none of {', '.join(SETS)}.")
        union: Counter[frozenset[str]] = Counter()
        for profiles in self.sets.values():
            union.update(profiles)
        if +union != +Counter(self.records):
            raise PolicyError("The acquired and sold sets do not add up to the records.")

    def __add__(self, other: Counts) -> Counts:
        """The counts of both; right only where no record and no person is in both."""
        persons: Profiles | None = None
        if self.persons is not None and other.persons is not None:
            persons = _added(self.persons, other.persons)
        sets: Mapping[str, Profiles] | None = None
        if self.sets is not None and other.sets is not None:
            sets = {name: _added(self.sets.get(name, {}), other.sets.get(name, {})) for name in SETS}
        return Counts(
            _added(self.records, other.records),
            persons,
            self.unlinked + other.unlinked,
            sets,
            self.tracked and other.tracked,
        )


def _added(one: Profiles, other: Profiles) -> Profiles:
    total = Counter(dict(one))
    total.update(other)
    return total


class CaseFacts(NamedTuple):
    """What the file cannot tell and the user says.

    ``insider``: Art. 5(1)(八); ``lawful_business``: Art. 6; ``recipients`` >= 1: Art. 11(2);
    ``illegal_income``: yuan.
    """

    insider: bool = False
    lawful_business: bool = False
    recipients: int = 1
    illegal_income: int | None = None

    def check(self) -> None:
        """Raises PolicyError for facts that cannot be."""
        if self.recipients < 1:
            raise PolicyError(f"The number of recipients is {self.recipients}, but must be at least 1.")
        if self.illegal_income is not None and self.illegal_income < 0:
            raise PolicyError(f"The illegal income is {self.illegal_income} yuan, but cannot be negative.")
