"""No figure of the law stands in the program: they all come from patterns/policies."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import scanner
from scanner import policy
from scanner.policy import LevelPolicy, TierPolicy

ROOT = Path(scanner.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
#: What judges, shows and calls: here not even a power of ten of the law may stand.
LAWFUL = {
    "policy",
    "reports",
    "document",
    "job",
    "cli",
    "report",
    "explain",
    "summary",
    "records",
    "categories",
}
#: The same number for another reason.
OTHERS = {
    ("detectors/mobile.py", 50),  # the rank of a detector
    ("report.py", 50),  # rows of a table in a notebook
    ("reports/phrases.py", 50),  # from how many values on a rejected column is told
}


def figures() -> set[int]:
    """Sizes of tiers, sums and incomes with their multiples, and limits of levels, beyond a hundred or no round one."""
    found: set[int] = set()
    for given in map(policy.load, policy.names()):
        if isinstance(given, TierPolicy):
            limits, sums = given.thresholds, [given.thresholds.scale, given.thresholds.income or 0]
            times = [1, limits.tenfold or 1]
            found |= {tier.size for tier in given.tiers}
            found |= {
                each * factor // part
                for each in sums
                for factor in times
                for part in (1, limits.insider_divisor or 1)
            }
        else:
            assert isinstance(given, LevelPolicy)
            found |= {each.limit for rung in given.levels for each in rung.conditions}
    return {each for each in found if each > 100 or each == 50}


FIGURES = figures()
ROUND = {each for each in FIGURES if str(each).strip("0") == "1"}


def docstrings(tree: ast.AST) -> set[int]:
    """The nodes that are documentation."""
    bodies = [
        node.body for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
    ]
    first = [body[0].value for body in bodies if body and isinstance(body[0], ast.Expr)]
    return {id(node) for node in first if isinstance(node, ast.Constant)}


def stated(code: str, lawful: bool) -> Iterator[int]:
    """Figures of the law in Python code, as numbers, and in the rooms of the law in texts too."""
    tree = ast.parse(code)
    documentation = docstrings(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in documentation:
            continue
        if type(node.value) is int and node.value in (FIGURES if lawful else FIGURES - ROUND):
            yield node.value
        elif isinstance(node.value, str) and lawful:
            yield from in_text(node.value)


def in_text(text: str) -> list[int]:
    """Figures of the law in a text, with or without thousands set apart."""
    numbers = re.findall(r"(?<![\d,])(?:\d{1,3}(?:,\d{3})+|\d+)(?![\d,])", re.sub(r"n(?=\d)", " ", text))
    return [value for each in numbers if (value := int(each.replace(",", ""))) in FIGURES]


def test_the_figures_are_those_of_the_law() -> None:
    assert {50, 500, 5000, 50000, 2500, 25000, 100_000, 10**6, 10**7, 10**8} <= FIGURES
    assert 50 not in ROUND
    assert 10**6 in ROUND


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_no_figure_of_the_law_in_the_code(path: Path) -> None:
    relative = path.relative_to(ROOT)
    room = relative.parts[0] if len(relative.parts) > 1 else relative.stem
    found = stated(path.read_text("utf-8"), room in LAWFUL)
    assert [each for each in found if (relative.as_posix(), each) not in OTHERS] == []


def test_no_figure_of_the_law_in_the_texts_of_reports() -> None:
    words = tomllib.loads((ROOT / "reports" / "words.toml").read_text("utf-8"))
    for section, texts in words.items():
        for key, forms in texts.items():
            for text in forms.values():
                assert in_text(text) == [], f"{section}.{key}"
                assert not re.search("[五一十]+[十百千万](?:条|人|元)", text), f"{section}.{key}"


@pytest.mark.parametrize(
    ("code", "lawful", "found"),
    [
        ("TIERS = (50, 500, 5000)", False, [50, 500, 5000]),
        ("weight = 5000 // tier", True, [5000]),
        ("key = 'n50'", True, [50]),
        ("text = f'{n} of 50,000'", True, [50000]),
        ("text = f'{n} of 50,000'", False, []),
        ("limit = 1_000_000", True, [10**6]),
        ("limit = 1_000_000", False, []),
        ('"""Sizes such as 5000."""\nshare = 0.5; width = 100; other = 150', True, []),
    ],
)
def test_a_figure_is_noticed(code: str, lawful: bool, found: list[int]) -> None:
    assert list(stated(code, lawful)) == found
