"""Every pattern passes its own examples and rejects its own counter-examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import knowledge
from scanner.detectors.packs import check_pack, check_patterns, read_pack
from scanner.detectors.pattern import Pattern

PACKS = sorted((knowledge.root() / "detectors").glob("*.toml"))
PATTERNS = {pattern.name: pattern for pack in PACKS for pattern in read_pack(pack)}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_passes_its_own_examples(name: str) -> None:
    pattern: Pattern = PATTERNS[name]
    assert pattern.examples
    assert pattern.counterexamples
    assert check_patterns([pattern]) == []


def test_the_issue_s_patterns_are_there() -> None:
    assert {pattern.label for pattern in PATTERNS.values()} >= {
        "email",
        "passport",
        "license_plate",
        "imei",
        "mac_address",
        "ip_address",
    }


WRONG = """[[pattern]]
name = "ticket"
label = "ticket"
standard = "none"
pattern = 'T[0-9]{4}'
examples = [EXAMPLES]
counterexamples = [COUNTER]
"""


@pytest.mark.parametrize(
    ("examples", "counter", "failures"),
    [('"T1234"', '"X1234"', 0), ('"X1234"', '"Y1"', 1), ('"T1234"', '"T1234"', 1), ('"T1"', '"T1234"', 2)],
)
def test_the_law_can_fail(tmp_path: Path, examples: str, counter: str, failures: int) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text(WRONG.replace("EXAMPLES", examples).replace("COUNTER", counter), encoding="utf-8")
    assert len(check_pack(pack)) == failures
