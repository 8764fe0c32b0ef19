"""The texts of the reports in Chinese and English, read from words.toml beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from scanner import knowledge

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")


@cache
def table() -> dict[str, dict[str, dict[str, str]]]:
    """All texts: section, then name, then language."""
    return tomllib.loads(files("scanner.reports").joinpath("words.toml").read_text("utf-8"))


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
        return table()["ui"][name][self.lang].format(**values)

    def name(self, section: str, key: str | None) -> str:
        """The name of a label, category, stage, … ; its identifier where a plugin or policy brought it."""
        if key is None:
            return ""
        return table()[section].get(key, {}).get(self.lang, key)

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
        return form.format(valid=f"{valid:,}", candidates=f"{candidates:,}", share=share)

    def pick(self, value: Any) -> str:
        """A text of the document that is given as {"zh", "en"} or as one string."""
        if isinstance(value, Mapping):
            return str(value.get(self.lang) or next(iter(value.values()), ""))
        return "" if value is None else str(value)

    def all(self, section: str) -> list[str]:
        """All texts of a section in file order, for lists such as what the count leaves out."""
        return [text[self.lang] for text in table()[section].values()]
