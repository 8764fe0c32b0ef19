"""The grammar of number runs as regular expressions over normalised text: slow and obvious."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

MOBILE, LANDLINE, ID18, ID15, CARD, USCC = 1, 2, 4, 8, 16, 32
ENDS_IN_X, COUNTRY_CODE, FLOAT, JOINED = 64, 128, 256, 512

# One character for each symbol; "~" stands for a byte that means nothing here. ASCII "~" is harmless as well.
NAMED = {
    "\u00a0": " ",
    "\u3000": " ",
    "\u2010": "-",
    "\u2011": "-",
    "\u2212": "-",
    "\u00b7": "·",
    "\u2022": "·",
    "\u30fb": "·",
    "转": "转",
    "轉": "转",
    "×": "×",
    "Х": "×",
    "х": "×",
    "Χ": "×",
    "χ": "×",
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
}
ZERO_WIDTH = ["\u200b", "\u200c", "\u200d", "\ufeff", "\u2060"]
SYMBOLS = {sign.encode(): symbol for sign, symbol in NAMED.items()} | {s.encode(): "" for s in ZERO_WIDTH}
SYMBOL = re.compile(b"|".join(re.escape(s) for s in SYMBOLS) + b"|.", re.DOTALL)

LEFT = r"(?<![0-9A-Za-z.+])(?:(?<!-)|(?<=--))"
RIGHT = r"(?![0-9A-Za-z]|\.[0-9])"
TOKEN = re.compile(r"[0-9A-Za-z]+")
EXTENSION = r"(?:[-*转][0-9]{1,6}(?![0-9A-Za-z]|\.[0-9]))?"
SUBSCRIBER = r"(?:[0-9]{7,8}(?![0-9])|[0-9]{3,4}[- ][0-9]{4}(?![0-9]))"
PARTED = rf"(?:\)[- ]?|[- ]){SUBSCRIBER}(?:{EXTENSION.rstrip('?')}|{RIGHT}(?!-[0-9]))"
SOLID = [
    (re.compile(rf"1[0-9]{{10}}{RIGHT}"), MOBILE),
    (re.compile(rf"0(?P<digits>1[0-9]{{10}}){RIGHT}"), MOBILE),
    (re.compile(rf"(?P<digits>0(?!1[0-9]{{10}})[0-9]{{9,11}})(?![0-9]){EXTENSION}{RIGHT}"), LANDLINE),
    (re.compile(rf"[1-9][0-9]{{14}}{RIGHT}"), ID15 | CARD),
    (re.compile(rf"[1-9][0-9]{{17}}{RIGHT}"), ID18 | CARD | USCC),
    (re.compile(rf"[1-9][0-9]{{12,18}}{RIGHT}"), CARD),
]
LAYOUTS = {
    MOBILE: [(3, 4, 4), (3, 3, 5), (4, 3, 4), (4, 4, 3), (3, 8)],
    ID18 | CARD: [(4, 4, 4, 4, 2)],
    ID18: [(6, 8, 4), (6, 4, 4, 4), (3, 3, 4, 4, 4), (6, 4, 2, 2, 4), (3, 3, 8, 4)],
    ID15: [(6, 6, 3)],
    CARD: [(4, 4, 4, 4), (4, 4, 4, 4, 1), (4, 4, 4, 4, 3), (4, 6, 5), (6, 13)],
}
USCC_TOKEN = re.compile(r"[1-9ANY][1-9][0-9]{6}[0-9A-HJ-NP-RT-UW-Y]{10}", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Run:
    """One run as the kernel gives it."""

    cell: int
    start: int
    end: int
    value: int
    length: int
    flags: int


@dataclass(frozen=True)
class Hit:
    """A run in positions of the normalised text."""

    start: int
    end: int
    digits: str
    flags: int


def normalise(cell: bytes) -> tuple[str, list[int], list[int]]:
    """The cell's symbols, and for each the bytes where it begins and ends."""
    text, starts, ends = "", [], []
    for match in SYMBOL.finditer(cell):
        raw = match.group()
        symbol = SYMBOLS.get(raw, raw.decode() if raw < b"\x80" else "~")
        if symbol:
            text += symbol
            starts.append(match.start())
            ends.append(match.end())
    return text, starts, ends


def only_digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def joined(text: str, at: int) -> Hit | None:
    """The longest layout at a position."""
    best: Hit | None = None
    for kind, layouts in LAYOUTS.items():
        for layout in layouts:
            for sign in " -" if layout == (6, 13) else "-" if layout == (3, 8) else " -./_·":
                last = f"[0-9]{{{layout[-1]}}}"
                if kind & ID18:
                    last = f"(?:{last}|[0-9]{{{layout[-1] - 1}}}(?P<x>[Xx×]))"
                groups = re.escape(sign).join([f"[0-9]{{{n}}}" for n in layout[:-1]] + [last])
                whole = "" if sign == " " else rf"(?!{re.escape(sign)}[0-9])"
                match = re.compile(f"{groups}{RIGHT}{whole}").match(text, at)
                first = "1" if kind == MOBILE else "123456789"
                if not match or text[at] not in first:
                    continue
                if sign in "/·" and at > 0 and text[at - 1] == sign:
                    continue
                flags = kind | JOINED
                if kind & ID18 and match["x"]:
                    flags = ID18 | JOINED | ENDS_IN_X
                    whole = ""
                if best is None or match.end() > best.end:
                    best = Hit(at, match.end(), only_digits(match.group()), flags)
    return best


def behind_code(text: str, at: int, strong: bool, hyphened: bool = False) -> Hit | None:
    """A phone number behind a country code."""
    if strong or (hyphened and re.compile("[0-9]+-").match(text, at)):
        area = r"(?:0[0-9]{2,3}|1[0-9]|[2-9][0-9]{1,2})"
        match = re.compile(rf"(?P<area>{area})(?P<rest>{PARTED})").match(text, at)
        if match:
            number = only_digits(re.match(area, match["area"]).group())  # type: ignore[union-attr]
            number += only_digits(re.match(rf"(?:\)[- ]?|[- ])({SUBSCRIBER})", match["rest"]).group(1))  # type: ignore[union-attr]
            return Hit(at, match.end(), number, LANDLINE | JOINED)
    match = re.compile(rf"1{'[0-9]' if strong else '[3-9]'}[0-9]{{9}}(?![0-9])").match(text, at)
    if match:
        return (
            Hit(at, match.end(), match.group(), MOBILE)
            if re.compile(RIGHT).match(text, match.end())
            else None
        )
    if strong:
        match = re.compile(rf"0(1[0-9]{{10}}){RIGHT}").match(text, at)
        if match:
            return Hit(at, match.end(), match[1], MOBILE)
        match = re.compile(
            rf"(?P<digits>0(?!1[0-9]{{10}})[0-9]{{9,11}}|[2-9][0-9]{{8,10}}|1[0-9]{{8,9}})(?![0-9]){EXTENSION}{RIGHT}"
        ).match(text, at)
        if match:
            return Hit(at, match.end(), match["digits"], LANDLINE)
        if re.compile(r"(?:0[0-9]{9,11}|[2-9][0-9]{8,10}|1[0-9]{8,9})(?![0-9])").match(text, at):
            return None
    hit = joined(text, at)
    return hit if hit and hit.flags & MOBILE else None


def with_country_code(text: str, at: int) -> Hit | None:
    """+86, (+86), (86), 0086, 86 and a phone number; ``at``: where the digits begin."""
    plus = at > 0 and text[at - 1] == "+"
    start = at - plus
    if not re.compile(LEFT).match(text, start):
        return None
    glued = re.compile(r"(00)?86(?=[0-9])").match(text, at)
    if glued:
        hit = behind_code(text, glued.end(), plus or glued[1] is not None)
        return hit and Hit(start, hit.end, hit.digits, hit.flags | COUNTRY_CODE)
    bracketed = re.compile(r"(00)?86[- ]?\((?=[0-9]+\))").match(text, at)
    if bracketed and (plus or bracketed[1]):
        hit = behind_code(text, bracketed.end(), True)
        area = hit and hit.flags == LANDLINE | JOINED
        return Hit(start, hit.end, hit.digits, hit.flags | COUNTRY_CODE) if hit and area else None
    apart = re.compile(r"(00)?86(?:(?P<close>\))[- ]?|[- ]|(?P<point>\.))(?=[0-9])").match(text, at)
    if apart and apart["point"] and not plus:
        return None
    if not apart:
        return None
    if apart["close"]:
        if start == 0 or text[start - 1] != "(":
            return None
        start -= 1
    strong = bool(plus or apart[1] or apart["close"])
    hit = behind_code(text, apart.end(), strong, text[apart.end() - 1] == "-")
    return hit and Hit(start, hit.end, hit.digits, hit.flags | COUNTRY_CODE)


def number(text: str, at: int) -> Hit | None:
    """The run that begins with the maximal group of digits at a position."""
    hit = with_country_code(text, at)
    if hit:
        return hit
    if not re.compile(LEFT).match(text, at):
        return None
    count = len(re.compile("[0-9]+").match(text, at).group())  # type: ignore[union-attr]
    if 3 <= count <= 4 and text[at] == "0":
        match = re.compile(rf"0[0-9]{{2,3}}(?P<first>\)[- ]?|[- ])(?P<rest>{SUBSCRIBER})").match(text, at)
        whole = re.compile(rf"0[0-9]{{2,3}}{PARTED}").match(text, at)
        if not match or not whole:
            return None
        opened = match["first"].startswith(")") and at > 0 and text[at - 1] == "("
        return Hit(at - opened, whole.end(), only_digits(match.group()), LANDLINE | JOINED)
    if 3 <= count <= 6:
        return joined(text, at)
    for pattern, kinds in SOLID:
        match = pattern.match(text, at)
        if match:
            digits = match.groupdict().get("digits") or match.group()
            return Hit(at, match.end(), digits, kinds)
    fraction = re.compile(rf"[0-9]+(?=\.0+{RIGHT})").match(text, at)
    if fraction:
        kinds = next((k for p, k in SOLID if p.fullmatch(fraction.group())), 0)
        if kinds:
            digits = fraction.group()[1:] if kinds == MOBILE and text[at] == "0" else fraction.group()
            return Hit(at, fraction.end(), digits, kinds | FLOAT)
    return None


def lettered(text: str, token: re.Match[str]) -> Hit | None:
    """An ID with X or a USCC."""
    at = token.start()
    if not re.compile(LEFT).match(text, at):
        return None
    match = re.compile(rf"[1-9][0-9]{{16}}[Xx×]{RIGHT}").match(text, at)
    if match:
        uscc = USCC if USCC_TOKEN.fullmatch(match.group()) else 0
        return Hit(at, match.end(), match.group()[:17], ID18 | ENDS_IN_X | uscc)
    if USCC_TOKEN.fullmatch(token.group()) and re.compile(RIGHT).match(text, token.end()):
        return Hit(at, token.end(), "", USCC)
    return None


LISTED = tomllib.loads(
    (Path(__file__).parents[2] / "patterns/contact_words.toml").read_text(encoding="utf-8")
)["words"]
WORDS = "|".join(each if len(each) > 1 else f"(?<=[~转]){each}" for each in LISTED)


def behind_word(text: str, token: re.Match[str]) -> Hit | None:
    """A mobile number right behind a word that says so."""
    if not re.compile(LEFT).match(text, token.start()):
        return None
    match = re.compile(rf"(?:{WORDS})(1[0-9]{{10}}){RIGHT}", re.IGNORECASE).match(text, token.start())
    return Hit(match.start(1), match.end(1), match[1], MOBILE) if match else None


def runs_of_cell(index: int, cell: bytes) -> list[Run]:
    text, starts, ends = normalise(cell)
    found = []
    position = 0
    while token := TOKEN.search(text, position):
        position = token.end()
        if not re.search("[0-9]", token.group()):
            continue
        hit = None
        if re.search("[A-Za-z]", token.group()) or re.fullmatch(
            "[0-9]{17}×", text[token.start() : token.end() + 1]
        ):
            hit = lettered(text, token) or behind_word(text, token)
            if not hit and token.group().isdigit():
                hit = number(text, token.start())
        else:
            hit = number(text, token.start())
        if hit:
            position = hit.end
            length = 18 if hit.flags & ENDS_IN_X or not hit.digits else len(hit.digits)
            value = int(hit.digits or 0)
            found.append(Run(index, starts[hit.start], ends[hit.end - 1], value, length, hit.flags))
    return found


def runs(cells: list[bytes]) -> list[Run]:
    """All runs of all cells, as the kernel's arrays row by row."""
    return [run for index, cell in enumerate(cells) for run in runs_of_cell(index, cell)]
