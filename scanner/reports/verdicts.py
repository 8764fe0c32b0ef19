"""What every writer needs of a verdict: an entry of "verdicts" in the JSON report, under a policy of any kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any

from scanner.policy import READINGS
from scanner.policy.policies import FAILED
from scanner.reports.words import Words

Told = Mapping[str, Any]
_ENDS = ("：", "。", ": ", ". ")  # of a sentence, or of what leads to one
#: Levels of a sum; a ladder has names of its own.
_OF_SUMS = ("below", "serious", "especially_serious")


@dataclass(frozen=True, slots=True)
class Mark:
    """From where on a count reaches a level: from ``limit`` on, or, if ``strict``, beyond it. ``level``: its name."""

    limit: int
    strict: bool
    level: str

    @property
    def sign(self) -> str:
        """The comparison."""
        return ">" if self.strict else "≥"


def is_ladder(verdict: Told) -> bool:
    """Whether the policy has a ladder of levels by a count of persons, and no sum."""
    return bool(verdict["kind"] == "levels")


def level(verdict: Told, name: str, words: Words) -> str:
    """A level in words, qualified by the quantity standard."""
    return _named(verdict, name, words) or words.times("levels", name, _factor(verdict))


def income_level(verdict: Told, name: str, words: Words) -> str:
    """The level of illegal income, an amount and no quantity of data."""
    return words.times("levels_income", name, _factor(verdict))


def short(verdict: Told, name: str, words: Words) -> str:
    """A level in a word, for tables that say by which standard."""
    return _named(verdict, name, words) or words.times("levels_short", name, _factor(verdict))


def _named(verdict: Told, name: str, words: Words) -> str:
    return next((words.pick(each) for each in verdict.get("levels") or () if each["name"] == name), "")


def _factor(verdict: Told) -> int:
    """How many times the standard the higher level asks for; 0 where there is none."""
    higher = verdict.get("especially_serious")
    return int(higher) // int(verdict["serious"]) if higher else 0


def tone(verdict: Told, name: str) -> str:
    """How grave a level looks, as one of the three levels of a sum: a ladder's lowest, highest, and all between."""
    names = [each["name"] for each in verdict.get("levels") or ()]
    if not names:
        return name if name in _OF_SUMS else "other"
    if name not in names:
        return "other"
    return _OF_SUMS[0] if name == names[0] else _OF_SUMS[2] if name == names[-1] else _OF_SUMS[1]


def basis(verdict: Told, words: Words) -> list[str]:
    """The words that qualify every level: by which standard it was measured; in Chinese too in any language."""
    title = verdict["title"]
    shown, chinese = words.pick(title), str(title.get("zh") or "")
    return [shown] if chinese in ("", shown) else [shown, f"({chinese})"]


def standing(verdict: Told, words: Words) -> str:
    """Instrument and article."""
    return f"{verdict['instrument']} {words.article(verdict['article'])}"


def agreement(verdict: Told, words: Words) -> str:
    """Whether the three readings come to the same level, and to which if not."""
    levels = {name: level(verdict, verdict[name]["level"], words) for name in READINGS}
    return words.ui("agree") if len(set(levels.values())) == 1 else words.ui("differ", **levels)


def besides(verdict: Told, words: Words) -> str | None:
    """That illegal income reaches a level, which it does whatever the quantity; None where it does not."""
    income = verdict.get("illegal_income")
    if not income or income["level"] == _OF_SUMS[0]:
        return None
    reached = income_level(verdict, income["level"], words)
    return words.ui("income_besides", level=reached, article=words.article(income["article"]))


def tiers(verdict: Told) -> list[int]:
    """The sizes of the tiers, in the policy's order."""
    return [int(size) for size in verdict.get("units") or ()]


def score_marks(verdict: Told) -> list[Mark]:
    """Where the sum reaches its levels."""
    limits = (("serious", verdict["serious"]), ("especially_serious", verdict["especially_serious"]))
    return [Mark(int(limit), False, name) for name, limit in limits if limit]


def tier_marks(verdict: Told, tier: int) -> list[Mark]:
    """How many records of one tier alone reach the levels: halved standards and other policies come out right."""
    weight = int(verdict["weights"][str(tier)])
    return [Mark(-(-mark.limit // weight), False, mark.level) for mark in score_marks(verdict)]


def measures(verdict: Told) -> list[str]:
    """What the levels of a ladder ask for, in its order."""
    asked = (condition["count"] for each in verdict["levels"] for condition in each["when"])
    return list(dict.fromkeys(asked))


def measure_marks(verdict: Told, measure: str) -> list[Mark]:
    """Where the count of ``measure`` reaches the levels of a ladder, lowest first."""
    found = []
    for each in verdict["levels"]:
        for condition in each["when"]:
            if condition["count"] == measure:
                strict = "more_than" in condition
                limit = int(condition["more_than" if strict else "at_least"])
                found.append(Mark(limit, strict, each["name"]))
    return sorted(found, key=lambda mark: (mark.limit, mark.strict))


def level_at(marks: list[Mark], value: int, lowest: str) -> str:
    """The level that ``value`` alone reaches."""
    reached = [mark for mark in marks if (value > mark.limit if mark.strict else value >= mark.limit)]
    return reached[-1].level if reached else lowest


def called(verdict: Told, words: Words) -> dict[str, str]:
    """The names of contested elements, as the policy gives them."""
    return {
        each["element"]: words.ui("unlinked") if each["element"] == "unlinked" else words.pick(each)
        for each in verdict["sensitivity"]
    }


def bases(verdict: Told, words: Words) -> tuple[str, list[str]]:
    """What the bases of "differs" begin with, where a policy follows another one, and each without it.

    "" where they have no sentence in common; what fails its checks has a basis of its own.
    """
    texts = [words.basis(one) for one in verdict["differs"]]
    plain = [
        text
        for one, text in zip(verdict["differs"], texts, strict=True)
        if not str(one["element"]).endswith(FAILED)
    ]
    common = commonprefix(plain) if len(plain) > 1 else ""  # noqa: RUF071 - of texts, not of paths
    lead = max(
        (common[: common.rfind(mark) + len(mark)] for mark in _ENDS if mark in common), key=len, default=""
    )
    return lead.strip(), [text.removeprefix(lead) for text in texts]


def element(verdict: Told, one: Told, words: Words) -> str:
    """The name of an entry of "differs"."""
    name = str(one["element"])
    return called(verdict, words).get(name) or words.category(one.get("category") or name)
