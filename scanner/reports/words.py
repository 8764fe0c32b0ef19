"""The texts of the reports in Chinese and English, read from words.toml beside this module."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from scanner import categories, knowledge
from scanner.counted import NUMBER, chosen

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")


@cache
def table() -> dict[str, dict[str, dict[str, str]]]:
    """All texts: section, then name, then language."""
    return tomllib.loads(files("scanner.reports").joinpath("words.toml").read_text("utf-8"))


_PLACE = re.compile(r"\{(\w+)\}")
_COUNT = re.compile(r"(?<![\w.,-])\d{4,}(?![\w-]|[.,]\d)")
_ARTICLE = re.compile(
    r"第([一二三四五六七八九十]+)条(?:第([一二三四五六七八九十]+)款)?(?:第（?([一二三四五六七八九十]+)）?项)?"
)


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The English sentences of reading as patterns with their names, in file order."""
    return tuple(
        (re.compile(pattern, re.DOTALL), name)
        for name, forms in table()["sentences"].items()
        # The plural first; the singular is another pattern, since a form may hold a place.
        for pattern in dict.fromkeys(_pattern(NUMBER.sub(rf"\{form}", forms["en"])) for form in (3, 2))
    )


def _pattern(form: str) -> str:
    parts = _PLACE.split(form)
    return "".join(f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts))


@cache
def _figures() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The parts of the English reasons of a column's decision as patterns, with their names, in file order."""
    found = []
    for name, forms in table()["figures"].items():
        parts = _PLACE.split(forms["en"])
        pattern = "".join(
            rf"(?P<{part}>[\w.,?|]+(?: %)?)" if i % 2 else re.escape(part) for i, part in enumerate(parts)
        )
        found.append((re.compile(pattern), name))
    return tuple(found)


@cache
def _causes() -> dict[str, dict[str, str]]:
    return {forms["en"]: forms for forms in table()["causes"].values()}


def grouped(text: str) -> str:
    """``text`` with thousands set apart in whole numbers of four digits or more: a sum, a sentence of figures."""
    return _COUNT.sub(lambda found: f"{int(found[0]):,}", text)


def _numeral(text: str) -> int:
    """A Chinese numeral up to 99."""
    digits = "一二三四五六七八九"
    tens, ten, ones = text.rpartition("十")
    return (10 * (digits.index(tens) + 1 if tens else 1) if ten else 0) + (
        digits.index(ones) + 1 if ones else 0
    )


@cache
def _categories() -> dict[str, dict[str, str]]:
    return {each.name: {"zh": each.zh, "en": each.en} for each in categories.described()}


@cache
def _roles() -> dict[str, str]:
    files_of_words = [knowledge.toml(name) for name in knowledge.names("headers")]
    return {
        key: str(role["zh"])
        for words in files_of_words
        for key, role in words.get("role", {}).items()
        if "zh" in role
    }


class Words:
    """The texts in one language; ValueError for a language that is not there."""

    def __init__(self, lang: str) -> None:
        if lang not in LANGS:
            raise ValueError(f"there is no report language '{lang}', only zh and en")
        self.lang = lang

    def ui(self, name: str, /, **values: object) -> str:
        """A text of the reports themselves, its places filled with ``values``; KeyError where unknown."""
        return chosen(table()["ui"][name][self.lang], values)

    def filled(self, section: str, key: str, values: Mapping[str, object]) -> str:
        """A sentence of a section, its places filled; KeyError where unknown."""
        return chosen(table()[section][key][self.lang], values)

    def passed(self, checks: str) -> str:
        """The names of the checks that a value passed, given as the findings print them (``format+checksum``)."""
        known, _, lost = checks.partition("!")
        names = [self.name("passed", each) for each in known.split("+") if each]
        names += [self.name("checks", each) for each in lost.split("!") if each]
        return self.ui("between").join(names)

    def join(self, *names: str) -> str:
        """Sentences one after the other, as the language sets them apart."""
        return (" " if self.lang == "en" else "").join(self.ui(name) for name in names)

    def name(self, section: str, key: str | None) -> str:
        """The name of a label, stage, unit, … ; its identifier where a plugin or policy brought it."""
        if key is None:
            return ""
        return table()[section].get(key, {}).get(self.lang, key)

    def category(self, key: str) -> str:
        """The name of a category or element as patterns/categories.toml gives it; its identifier if it does not."""
        return _categories().get(key, {}).get(self.lang, key)

    def times(self, section: str, key: str, factor: int) -> str:
        """A name with a multiple in it ("ten times"): as a numeral in Chinese up to ten, else in digits."""
        shown = (
            "一二三四五六七八九十"[factor - 1] if self.lang == "zh" and 0 < factor <= 10 else f"{factor:,}"
        )
        return self.name(section, key).replace("{factor}", shown)

    def role(self, key: str | None) -> str:
        """The name of a column's role, in Chinese as the header words (patterns/headers) give it."""
        if key is None:
            return ""
        return _roles().get(key, key) if self.lang == "zh" else key.replace("_", " ")

    def reason(self, label: Mapping[str, Any]) -> str:
        """Why a label of a column was accepted or not, by its decision code; "" for an unknown code."""
        form = table()["reasons"].get(str(label.get("code")), {}).get(self.lang, "")
        valid, candidates = int(label["valid"]), int(label["candidates"])
        # Cut, not rounded: 100.0 % means all of them.
        share = f"{1000 * valid // candidates / 10:.1f} %" if candidates else "–"
        return chosen(form, {"valid": f"{valid:,}", "candidates": f"{candidates:,}", "share": share})

    def figures(self, text: str) -> str:
        """The full reason of a column's decision (``columns.decision``) in this language, its counts set apart.

        Part by part; what no part of words.toml fits stays as it is.
        """
        if self.lang != "en":
            for pattern, name in _figures():
                form = table()["figures"][name][self.lang]
                text = pattern.sub(lambda found, form=form: self._figure(form, found), text)  # type: ignore[misc]
        return grouped(text)

    def _figure(self, form: str, found: re.Match[str]) -> str:
        return form.format(**{key: self.name("labels", value) for key, value in found.groupdict().items()})

    def sentence(self, text: str) -> str:
        """A sentence about the reading of an input (model.Issue) in this language, its counts set apart.

        What no pattern of words.toml fits (a plugin's sentence) stays as it is.
        """
        for pattern, name in _sentences():
            if found := pattern.fullmatch(text):
                places = {
                    key: self.sentence(value) if key == "fault" else self._place(value)
                    for key, value in found.groupdict().items()
                }
                return chosen(table()["sentences"][name][self.lang], places)
        return text

    def _place(self, value: str) -> str:
        if value in _causes():
            return _causes()[value][self.lang]
        return f"{int(value):,}" if value.isascii() and value.isdigit() and len(value) > 3 else value

    def basis(self, one: Mapping[str, Any]) -> str:
        """Why a category stands where it does: ``basis_en`` where that is the language and it is given."""
        english = one.get("basis_en") if self.lang == "en" else None
        return self.pick(english or one.get("basis"))

    def article(self, value: Any) -> str:
        """An article as the policy names it; "Art. 5(1)(3)" in English where it has that form."""
        text = self.pick(value)
        found = _ARTICLE.fullmatch(text)
        if found is None or self.lang == "zh":
            return text
        number, *rest = (_numeral(part) for part in found.groups() if part)
        return f"Art. {number}" + "".join(f"({part})" for part in rest)

    def pick(self, value: Any) -> str:
        """A text of the document that is given as {"zh", "en"} or as one string."""
        if isinstance(value, Mapping):
            return str(value.get(self.lang) or next(iter(value.values()), ""))
        return "" if value is None else str(value)

    def all(self, section: str) -> list[str]:
        """All texts of a section in file order, for lists such as what the count leaves out."""
        return [text[self.lang] for text in table()[section].values()]
