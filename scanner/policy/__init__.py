"""Policies: what a file in patterns/policies says, and the verdict that it gives for counts."""

from scanner.policy.counts import SETS, CaseFacts, Counts
from scanner.policy.evaluation import details, evaluate, evaluate_all, leading
from scanner.policy.file import load, names, parse
from scanner.policy.levels import LevelReading, LevelVerdict
from scanner.policy.policies import (
    COMPANY,
    READINGS,
    UNITS,
    Caveat,
    Condition,
    LevelPolicy,
    Mapped,
    Policy,
    Rung,
    Thresholds,
    Tier,
    TierPolicy,
)
from scanner.policy.sensitive_table import sensitive
from scanner.policy.sums import Level, Reading
from scanner.policy.tiers import Difference, Income, TierVerdict, Union, standing_for, units
from scanner.policy.verdict import Verdict
from scanner.policy.what_if import Gap, Sensitivity, WhatIf, sensitivity

__all__ = [
    "COMPANY",
    "READINGS",
    "SETS",
    "UNITS",
    "CaseFacts",
    "Caveat",
    "Condition",
    "Counts",
    "Difference",
    "Gap",
    "Income",
    "Level",
    "LevelPolicy",
    "LevelReading",
    "LevelVerdict",
    "Mapped",
    "Policy",
    "Reading",
    "Rung",
    "Sensitivity",
    "Thresholds",
    "Tier",
    "TierPolicy",
    "TierVerdict",
    "Union",
    "Verdict",
    "WhatIf",
    "details",
    "evaluate",
    "evaluate_all",
    "leading",
    "load",
    "names",
    "parse",
    "sensitive",
    "sensitivity",
    "standing_for",
    "units",
]
