"""Numbers that stand for none: one digit all through (11111…), or digits that count up by one (1234567890123…)."""

from __future__ import annotations


def placeholder_starts(digits: int) -> list[int]:
    """The leading digits, so many of them, with which a placeholder may begin; none begins with 0."""
    repeated = [int(str(first) * digits) for first in range(1, 10)]
    rising = [int("".join(str((first + at) % 10) for at in range(digits))) for first in range(1, 10)]
    return sorted(repeated + rising)
