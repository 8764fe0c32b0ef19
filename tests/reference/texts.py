"""What a cell says apart from how it is written: folding, emptiness, plausibility (docs/policy.md, steps 2 and 3)."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from reference import angles, knowledge

WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
NOTHING = dict.fromkeys([*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0x3000, 0xA0])
ASCII_CAPITALS = {code: code + 32 for code in range(65, 91)}
EMPTY_MOST = 32  # bytes of a cell that signs or a word for nothing make empty
INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")


def decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def identity(text: str, drop: str = "") -> str:
    """The value that a text stands for: no white space, plain width, small letters."""
    text = text.translate(NOTHING).translate(WIDE).translate(ASCII_CAPITALS)
    return "".join(c for c in text if not (c <= " " or c in drop))


def same_cell(text: str) -> str:
    """A cell as exact duplicates compare it: ends trimmed, plain width, what spreadsheets put round it taken off."""
    text = text.translate(NOTHING).translate(WIDE).replace("\0", "")
    text = text.strip("".join(map(chr, range(0x21))))
    if len(text) > 2 and text.startswith('="') and text.endswith('"'):
        return text[2:-1]
    if len(text) > 1 and text[0] == "'" and "0" <= text[1] <= "9":
        return text[1:]
    return text


def alike_cell(text: str) -> str:
    """A cell as likely duplicates compare it: ASCII letters and digits, and all that is not ASCII."""
    text = same_cell(text).translate(ASCII_CAPITALS)
    return "".join(c for c in text if ord(c) > 127 or c.isalnum())


@cache
def _nothing() -> tuple[frozenset[bytes], frozenset[str], str]:
    content = dict(knowledge.toml("nothing.toml")["nothing"])
    signs, white = content.pop("signs"), content.pop("white")
    words = frozenset(word.encode().lower() for group in content.values() for word in group)
    return words, frozenset(signs), white + "".join(map(chr, range(0x21)))


def is_filled(raw: bytes) -> bool:
    """Does a cell hold something other than white space, signs and words for nothing?"""
    words, signs, white = _nothing()
    text = decoded(raw).strip(white)
    inner = text.encode("utf-8", "surrogateescape")
    if not inner:
        return False
    if len(inner) > EMPTY_MOST:
        return True
    return inner.lower() not in words and not all(c in signs or c in white for c in text)


@cache
def _shapes() -> dict[str, dict[str, Any]]:
    return knowledge.toml("plausible.toml")["shape"]  # type: ignore[no-any-return]


@cache
def _symbols() -> frozenset[int]:
    spans = knowledge.toml("plausible.toml")["characters"]["symbols"]
    return frozenset(code for low, high in spans for code in range(int(low, 16), int(high, 16) + 1))


@cache
def _masks() -> frozenset[str]:
    return frozenset(knowledge.toml("plausible.toml")["characters"]["masks"])


@cache
def role_shapes() -> dict[str, str]:
    roles = [content.get("role", {}) for content in knowledge.folder("headers")]
    return {name: entry["shape"] for each in roles for name, entry in each.items() if "shape" in entry}


def is_white(c: str) -> bool:
    return c in _nothing()[2] or c == "\x7f" or "\x80" <= c <= "\x9f"


def is_letter(c: str) -> bool:
    if c.isascii():
        return c.isalpha()
    if is_white(c) or c in _masks() or c in WIDTH_DIGITS or c == "\ufffd" or "\udc80" <= c <= "\udcff":
        return False
    return ord(c) not in _symbols()


WIDTH_DIGITS = "０１２３４５６７８９"


def is_plausible(raw: bytes, role: str) -> bool:
    """Does a cell hold what its column's role asks for?"""
    wanted = _shapes()[role_shapes().get(role, "text")]
    text = decoded(raw)
    if "degrees" in wanted:
        angle = angles.one(text, 6, wanted["degrees"])
        return angle is not None and angle != 0
    plain = text.translate(WIDE)
    numerals = knowledge.toml("plausible.toml")["characters"]["numerals"]
    runs = re.findall(f"[{numerals}]{{2,}}", text)
    several = sum(map(len, runs))
    figures = [c for c in plain if "0" <= c <= "9"]
    letters = sum(map(is_letter, text))
    nonzero = sum(c != "0" for c in figures)
    held = {
        "digits": len(figures) + several,
        "nonzero": nonzero + several,
        "latin": sum(c.isascii() and c.isalnum() for c in plain),
        "letters": letters,
        "text": letters + len(figures),
        "plain": sum(not is_white(c) and c not in _masks() for c in text),
        "telling": letters + nonzero,
    }
    if wanted.get("most_digits", len(text) * 2) < held["digits"]:
        return False
    clock = wanted.get("clock") and re.match(r"[^0-9:]*[0-9]{1,2}[^0-9:]*:", plain) is not None
    for name, count in held.items():
        if count < wanted.get(name, 0) and not (name == "nonzero" and clock):
            return False
    return not (wanted.get("pair") and angles.two(text, 6) == (0, 0))
