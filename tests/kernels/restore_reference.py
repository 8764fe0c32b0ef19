"""What kernels/restore.pyx does, slowly and by regular expressions over folded text."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner.kernels import restore

# One letter for each class of characters; a text is matched as a string of these.
SIGNS = {
    restore.OTHER: "?", restore.PLAIN: "d", restore.FORM: "f", restore.NUMERAL: "n", restore.LETTER: "l",
    restore.JOINT: "j", restore.BREAK: "b", restore.INVISIBLE: "i", restore.X_END: "x", restore.COMMA: "c",
    restore.BOUND: "B", restore.WRAPPER: "w",
}  # fmt: skip
WHOLE, TOKEN = 120, 96  # bytes, characters
LAYOUTS = {
    "3-4-4", "3-3-5", "4-3-4", "4-4-3", "6-8-4", "6-4-4-4", "3-3-4-4-4", "6-4-2-2-4", "3-3-8-4", "6-6-3",
    "4-4-4-4", "4-4-4-4-1", "4-4-4-4-2", "4-4-4-4-3", "4-6-5",
}  # fmt: skip
JOINTS = " -./_."


class Text(NamedTuple):
    """Characters of a cell: sign, entry of the table, byte span, and the character itself."""

    sign: str
    entry: int
    low: int
    high: int
    char: str


class Piece(NamedTuple):
    """What was found: its plain text, its kind, how many digits it had, and for each byte the way back and oddness."""

    text: str
    kind: str
    digits: int
    back: list[tuple[int, int, bool]]


def characters(raw: bytes, table: NDArray[np.uint8]) -> list[Text]:
    """The characters; of what is not UTF-8 each byte one."""
    found, at = [], 0
    while at < len(raw):
        size = next(
            (n for n in (1, 2, 3, 4) if len(raw) >= at + n and _char(raw[at : at + n]) is not None), 0
        )
        char = _char(raw[at : at + size]) if size else None
        entry = 0
        if char is not None and ord(char) < len(table):
            entry = int(table[ord(char)])
        sign = SIGNS[entry & 0xF0]
        if sign == "B" and char in ("e", "E"):
            sign = "e"
        if char == "+":
            sign = "+"
        found.append(Text(sign, entry, at, at + max(size, 1), char or ""))
        at += max(size, 1)
    return found


def _char(raw: bytes) -> str | None:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return text if len(text) == 1 else None


def found_in(
    raw: bytes, table: NDArray[np.uint8], landlines: bool, least: int = 7, most: int = 4
) -> list[Piece]:
    """All pieces of a cell in order."""
    text = characters(raw, table)
    if len(raw) <= WHOLE and (piece := _whole(text, landlines)):
        return [piece]
    return _tokens(text, least, most)


def _digit(one: Text) -> str:
    return str(one.entry & 15)


def _around(one: Text) -> bool:
    return one.sign in "wbi" or (one.sign == "j" and one.entry & 7 == restore.SPACE)


def _whole(text: list[Text], landlines: bool) -> Piece | None:
    while text and _around(text[0]):
        text = text[1:]
    while text and _around(text[-1]):
        text = text[:-1]
    if not text or text[0].sign != "d":
        return None
    text = [one for one in text if one.sign != "i"]
    signs = "".join("." if one.char == "." else one.sign for one in text)
    if re.fullmatch(r"[djbc.e+]+x?", signs) is None:
        return None
    digits = "".join(_digit(one) for one in text if one.sign == "d")
    every = (text[0].low, text[-1].high, True)
    if "e" in signs:
        if not re.fullmatch(r"d(\.d+)?e\+dd|d\.d+edd", signs):
            return None
        mantissa, power = digits[:-2], int(digits[-2:])
        if mantissa[0] == "0" or not 10 <= power <= 18 or len(mantissa) > power + 1:
            return None
        exact = len(mantissa) == power + 1 or ("+" not in signs and len(mantissa) > 6 and power < 15)
        if not exact:
            return Piece(mantissa, "scientific", power + 1, [every] * len(mantissa))
        return Piece(mantissa.ljust(power + 1, "0"), "exponent", 0, [every] * (power + 1))
    count = len(digits)
    fraction = re.fullmatch(r"(d{1,3}(?:cd{3}){2,})(\.d+)?", signs)
    if fraction and len({one.entry for one in text if one.sign == "c"}) == 1:
        number = [one for one in text[: len(fraction[1])] if one.sign == "d"]
        zeros = [one for one in text[len(fraction[1]) :] if one.sign == "d"]
        if 10 < len(number) < 20 and not any(one.entry & 15 for one in zeros):
            return _joined(number, "thousands")
    if "c" in signs or "+" in signs:
        return None
    joints = [one for one in text if one.sign == "j"]
    tight = all(one.entry & 7 <= restore.HYPHEN for one in joints)
    short = "b" not in signs and "x" not in signs and len(joints) <= 2 and 10 <= count <= 11
    if landlines and tight and short and digits[0] != "0" and not (digits[0] == "1" and count == 11):
        back = [(text[0].low, text[0].low, True), *((one.low, one.high, False) for one in text)]
        plain = "".join(_digit(one) if one.sign == "d" else JOINTS[one.entry & 7] for one in text)
        return Piece("0" + plain, "leading_zero", 0, back)
    total = count + signs.count("x")
    if not (joints or "b" in signs) or not tight or ("x" in signs and total != 18):
        return None
    if not (total == 11 or 15 <= total <= 19) or _usual(text):
        return None
    return _joined([one for one in text if one.sign in "dx"], "line_break" if "b" in signs else "separators")


def _joined(text: list[Text], kind: str) -> Piece:
    plain = "".join("X" if one.sign == "x" else _digit(one) for one in text)
    return Piece(plain, kind, 0, [(one.low, one.high, True) for one in text])


def _usual(text: list[Text]) -> bool:
    """Are digits grouped as numbers are usually written?"""
    between = [one for one in text if one.sign in "jb"]
    if len({one.entry for one in between}) > 1 or any(
        one.sign == "b" or one.entry & restore.ODD for one in between
    ):
        return False
    groups = re.split("j", "".join(one.sign for one in text))
    layout = "-".join(str(len(group)) for group in groups)
    return (
        layout in LAYOUTS or (layout == "3-8" and between[0].entry & 7 == restore.HYPHEN) or layout == "6-13"
    )


def _tokens(text: list[Text], least: int, most: int) -> list[Piece]:
    found, at = [], 0
    while at < len(text):
        if text[at].sign not in "dfnl":
            at += 1
            continue
        start, end = _token(text, at)
        piece = _piece(text[start:end], least, most) if start < end else None
        if piece and _free(text[:start][::-1]) and _free(text[end:]):
            found.append(piece)
        at = max(end, at + 1)
    return found


def _token(text: list[Text], at: int) -> tuple[int, int]:
    """The longest token from a digit on; letters alone between joints are a word, which no token holds."""
    start, end, digits, line, joint, group, before = at, at, 0, 0, False, "", None
    for place in range(at, min(len(text), at + TOKEN)):
        one = text[place]
        if one.sign in "dfnl":
            if joint and group.strip("l"):
                before, group = end, ""
            elif joint:
                if before is not None:
                    break
                start, digits, line, group = place, 0, 0, ""
            digits, line, joint, end, group = digits + 1, line + 1, False, place, group + one.sign
        elif one.sign == "x" and digits == 17 and not joint and group.strip("l"):
            return start, place + 1
        elif one.sign == "j" and not joint and not (one.entry & 7 == restore.SPACE and line >= 10):
            line = 0 if one.entry & 7 == restore.SPACE else line
            joint = True
        elif one.sign != "i":
            break
    if not group.strip("l"):
        return (start, before + 1) if before is not None else (end + 1, end + 1)
    return start, end + 1


def _piece(token: list[Text], least: int, most: int) -> Piece | None:
    signs = [one.sign for one in token]
    plain, forms, numerals, letters = (signs.count(sign) for sign in "dfnl")
    last = max(place for place, sign in enumerate(signs) if sign in "dfnl")
    joints = sum(one.sign == "j" and one.entry & restore.ODD > 0 for one in token)
    unseen = sum(one.sign == "i" and one.entry & restore.ODD > 0 for one in token[: last + 1])
    if plain + forms + numerals + letters < 10 or not forms + numerals + letters + joints + unseen:
        return None
    if letters and (plain < least or letters > most or forms or numerals):
        return None
    kind = next(
        name
        for name, count in (
            ("letters", letters),
            ("numerals", numerals),
            ("digit_forms", forms),
            ("separators", joints),
            ("invisible", 1),
        )
        if count
    )
    shown, back, hidden = "", [], False
    for one in token:
        if one.sign == "i":
            hidden = hidden or one.entry & restore.ODD > 0
            continue
        odd = hidden or one.sign in "fnl" or (one.sign == "j" and one.entry & restore.ODD > 0)
        shown += "X" if one.sign == "x" else JOINTS[one.entry & 7] if one.sign == "j" else _digit(one)
        back.append((one.low, one.high, odd))
        hidden = False
    return Piece(shown, kind, 0, back)


def _free(beside: list[Text]) -> bool:
    """No letter, digit or place of a numeral comes next."""
    first = next((one for one in beside if one.sign != "i"), None)
    return first is None or first.sign not in "dfnlBxe"
