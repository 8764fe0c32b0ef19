"""Policies: what a file in patterns/policies says, and the verdict that it gives for counts."""

from scanner.policy.file import (
    COMPANY,
    READINGS,
    Caveat,
    Mapped,
    Policy,
    Thresholds,
    Tier,
    load,
    names,
    parse,
)
from scanner.policy.verdict import CaseFacts, Difference, Income, Level, Reading, Verdict, evaluate

__all__ = [
    "COMPANY",
    "READINGS",
    "CaseFacts",
    "Caveat",
    "Difference",
    "Income",
    "Level",
    "Mapped",
    "Policy",
    "Reading",
    "Thresholds",
    "Tier",
    "Verdict",
    "evaluate",
    "load",
    "names",
    "parse",
]
