"""Names of members whose encoding is not told: UTF-8, else GB18030, else Big5."""

from __future__ import annotations

from collections.abc import Iterable

#: What is said of entries that have a name only (``counted``).
LINKS = (
    "holds {links} [links:link or special file, which has|links or special files, which have] no content; "
    "the first is {first}"
)

TRIED = ("utf-8", "gb18030", "big5hkscs")


def encoding_of(raw: Iterable[bytes]) -> str:
    """The first encoding in which all of the names are sound; UTF-8 where there is none."""
    names = [name for name in raw if not name.isascii()]
    for encoding in TRIED:
        if all(_is_sound(name, encoding) for name in names):
            return encoding
    return TRIED[0]


def _is_sound(name: bytes, encoding: str) -> bool:
    try:
        name.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def decoded(raw: bytes, encoding: str | None = None) -> str:
    """A name as text; bytes that are not of the encoding are shown as \\xNN."""
    return raw.decode(encoding or encoding_of([raw]), "backslashreplace")
