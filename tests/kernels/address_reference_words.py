"""What the reference of the address grammar reads: words, divisions and kinds of characters."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from reference import knowledge

DIGITS = "0123456789０１２３４５６７８９"
NUMERALS = "〇零一二三四五六七八九十百两壹贰叁肆伍陆柒捌玖拾"
HARD = '\n\r\t\v\f\0。！？；;!?“”"《》<>「」『』'
SOFT = " \u00a0\u3000，,、·•/|｜\u200b\ufeff"


@dataclass(frozen=True)
class Word:
    named: str | None
    numbered: str | None


@dataclass(frozen=True)
class Division:
    code: str
    level: int
    above: tuple[str, ...]


@cache
def words() -> dict[str, Word]:
    lexicon = knowledge.toml("address.toml")
    named: dict[str, str] = {}
    for kind in ("stop", "before_number", "lead", "break", "beside", "organisation", "district"):
        named |= dict.fromkeys(lexicon[kind]["words"], kind)
    for kind, endings in lexicon["named"].items():
        named |= dict.fromkeys(endings, kind)
    numbered: dict[str, str] = {}
    for kind, units in lexicon["numbered"].items():
        numbered |= dict.fromkeys(units, kind)
    return {word: Word(named.get(word), numbered.get(word)) for word in named.keys() | numbered.keys()}


@cache
def divisions() -> dict[str, list[tuple[Division, bool]]]:
    columns = knowledge.table("divisions").columns
    parent = dict(zip(columns["code"], columns["parent"], strict=True))
    found: dict[str, list[tuple[Division, bool]]] = {}
    for code, name, level, aliases in zip(
        columns["code"], columns["name"], columns["level"], columns["aliases"], strict=True
    ):
        above, at = [], parent[code]
        while at:
            above.append(at)
            at = parent[at]
        division = Division(code, int(level), tuple(above))
        found.setdefault(name, []).append((division, True))
        for alias in filter(None, aliases.split("|")):
            full = alias[-1] in "省市县区旗盟州" and len(alias) > 2
            found.setdefault(alias, []).append((division, full))
    for holders in found.values():
        holders.sort(key=lambda holder: not holder[1])
    return found


def longest(table: dict, text: str, at: int, most: int = 24):  # type: ignore[no-untyped-def,type-arg]
    for length in range(min(most, len(text) - at), 0, -1):
        if text[at : at + length] in table:
            return table[text[at : at + length]], at + length
    return None, at


def is_digit(ch: str) -> bool:
    return ch in DIGITS


def is_letter(ch: str) -> bool:
    return "a" <= ch <= "z" or "A" <= ch <= "Z" or "ａ" <= ch <= "ｚ" or "Ａ" <= ch <= "Ｚ"


def is_han(ch: str) -> bool:
    return (
        "\u3400" <= ch <= "\u9fff"
        or "\uf900" <= ch <= "\ufaff"
        or ch == "〇"
        or ord(ch) > 0xFFFF
        or ch in NUMERALS
    )


FORMAT, REGION, ROAD, NUMBER, ESTATE, BUILDING, ROOM, VILLAGE = 1, 8, 64, 128, 256, 512, 1024, 2048
CHECK_OF = {
    "region": REGION,
    "town": VILLAGE,
    "village": VILLAGE,
    "hamlet": VILLAGE,
    "group": VILLAGE,
    "road": ROAD,
    "lane": ROAD,
    "number": NUMBER,
    "estate": ESTATE,
    "zone": ESTATE,
    "building": BUILDING,
    "unit": BUILDING,
    "floor": BUILDING,
    "room": ROOM,
}


@dataclass
class Part:
    kind: str
    start: int
    end: int


@dataclass
class Span:
    start: int
    end: int
    parts: list[Part] = field(default_factory=list)
    regions: int = 0
    full: bool = False
    divisions: list[str] = field(default_factory=list)
    parted: bool = False

    @property
    def local(self) -> bool:
        return any(part.kind != "region" for part in self.parts)
