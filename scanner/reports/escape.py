"""Makes characters visible that would hide, reorder or command: the one home for all writers (CWE-150)."""

from __future__ import annotations

import re

# Ranges, inclusive: C0, DEL and C1 controls; soft hyphen; joiners and fillers without a glyph; zero-width
# characters; line and paragraph separators; bidirectional controls (Unicode UAX #9); the byte order mark;
# interlinear and musical format characters; noncharacters that no XML file may hold; tags. Surrogates are apart: Arrow
# strings cannot hold them.
RANGES = (
    (0x00, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF9, 0xFFFB),
    (0xFFFE, 0xFFFF),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)

#: The same ranges as a character class in RE2 syntax, for pyarrow.compute.
RE2_CLASS = "[" + "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in RANGES) + "]"

_HIDDEN = re.compile(
    "[" + "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in RANGES) + "\ud800-\udfff]"
)
#: What a spreadsheet takes for a formula, also after leading blanks and in full width (OWASP, CSV injection), in RE2.
RE2_FORMULA = r"^[\t-\r \x{a0}\x{3000}]*[=+\-@\t\r\n\x00\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]"
_FORMULA = re.compile(re.sub(r"\\x\{(\w+)\}", lambda match: chr(int(match[1], 16)), RE2_FORMULA))
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escape_one(char: str) -> str:
    r"""The escape of one character: ``\n``, ``\x1b``, ``\u202e``, ``\xff`` (a byte of surrogateescape)."""
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str) -> str:
    """``text`` with every hidden or commanding character written as an escape; other text unchanged."""
    return _HIDDEN.sub(lambda match: escape_one(match[0]), text)


def harmless(text: str) -> str:
    """``text`` for a CSV file that a spreadsheet opens: ``visible``, an apostrophe before what would be a formula."""
    return "'" + visible(text) if _FORMULA.match(text) else visible(text)


def pieces(text: str) -> list[tuple[str, bool]]:
    """``text`` cut into (piece, is_escape), so that a writer can set real escapes apart from literal ones."""
    cut: list[tuple[str, bool]] = []
    position = 0
    for match in _HIDDEN.finditer(text):
        if match.start() > position:
            cut.append((text[position : match.start()], False))
        cut.append((escape_one(match[0]), True))
        position = match.end()
    if position < len(text):
        cut.append((text[position:], False))
    return cut
