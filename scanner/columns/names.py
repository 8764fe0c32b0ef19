"""Names of facts and variants: the detector's, and signs behind it that tell what is special about the matches."""

from __future__ import annotations

from functools import lru_cache

PROBABLE = "?"  # bank_card? names the probable matches of bank_card
COVERED = "|"  # bank_card|uscc names the valid matches of bank_card that lie on valid ones of uscc
RESTORED = (
    "^"  # mobile_phone^letters names numbers that one repair of that kind made sound (scanning/restored.py)
)
FURTHER = "&"  # mobile_phone& names those that stand behind another one in their cell (tallies/ties.py)
UNSOUND = "!"  # resident_id! marks rows with a candidate that fails its checks
DUMMY = "#"  # resident_id# those with a placeholder that passes them, resident_id~ with one that does not
FAILED_DUMMY = "~"
MARKS = UNSOUND + DUMMY + FAILED_DUMMY
# Restored from what numbers of any kind look like: they count where the header agrees, or as most of a column; HEADED
# from what dates, lists and codes look like, too: only where the header agrees.
FORMAL = frozenset({"exponent", "thousands"})
HEADED = frozenset({"separators", "line_break", "leading_zero"})
# Not restored: digits are gone, the last ones (4.40981E+17) or what they were (…000).
SCIENTIFIC, TRUNCATED = "scientific", "truncated"
LOST = frozenset({SCIENTIFIC, TRUNCATED})
ZEROS = "zeros"  # resident_id^zeros: valid ones that end in zeros, which truncated ones may be by chance


def value_name(name: str) -> str:
    """Under which name the values of a fact are counted: whether others stand before them in their cell is all one."""
    return name.removesuffix(FURTHER)


@lru_cache(maxsize=1 << 12)
def base(name: str) -> str:
    """The detector's name in the name of a fact or variant."""
    return value_name(name).rstrip(MARKS).partition(PROBABLE)[0].partition(COVERED)[0].partition(RESTORED)[0]


@lru_cache(maxsize=1 << 12)
def is_restored(name: str) -> bool:
    """Does the name of a fact tell of numbers that had to be restored?"""
    return RESTORED in name and not value_name(name).endswith(ZEROS)


def is_mark(name: str) -> bool:
    """Does the name of a fact tell of a value that does not count: one that fails its checks, or a placeholder?"""
    return name[-1] in MARKS
