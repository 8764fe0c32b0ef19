"""Texts in JSON that are JSON themselves, ``"{\\"name\\": …}"``: what they hold is written over them, in place.

So it is read as if it had never been put into a text. All else stays in its place, since escapes only ever shrink: what
is left over is spaces.
"""

from __future__ import annotations

import json
import re

import numpy as np

from scanner.model import Bytes

DEEPEST = 4  # texts within each other
BLANK = rb"(?:\s|\\[nrt])*+"
OBJECT = re.compile(rb'\{%s\\"' % BLANK)  # such a text, or a list in one, begins so
BEFORE = re.compile(rb'(?<!\\)"%s(?:\[%s)?\Z' % (BLANK, BLANK))
CLOSED = re.compile(rb"[\]}]%s\Z" % BLANK)
LOOKED_BACK = 64  # bytes
TEXT = re.compile(rb'((?:[^"\\]|\\.)*+)"', re.DOTALL)
CONTROL = re.compile(r"[\x00-\x1f]")


def holds_json(head: Bytes) -> bool:
    """Does JSON begin with records that hold such texts?"""
    raw = head.tobytes()
    return b'\\"' in raw and OBJECT.search(raw) is not None and written_over(raw)[1] > 0


def write_over(data: Bytes) -> int:
    """Writes what such texts hold over them; how many there were. Texts that ``data`` cuts are left as they are."""
    raw, count = written_over(data.tobytes())
    if count:
        data[:] = np.frombuffer(raw, np.uint8)
    return count


def written_over(raw: bytes, depth: int = DEEPEST) -> tuple[bytes, int]:
    """The text with what such texts in it hold, of the same length; how many there were, those within others aside."""
    parts: list[bytes] = []
    done = count = 0
    for found in OBJECT.finditer(raw):
        if found.start() < done:
            continue
        low = max(found.start() - LOOKED_BACK, done)
        before = BEFORE.search(raw, low, found.start())
        text = before and TEXT.match(raw, before.start() + 1)
        held = text and _held(text[1])
        if not before or not text or held is None:
            continue
        if depth > 1 and b'\\"' in held:
            held = written_over(held, depth - 1)[0]
        parts += [raw[done : before.start()], held.ljust(text.end() - before.start())]
        done = text.end()
        count += 1
    return b"".join([*parts, raw[done:]]) if count else raw, count


def _held(text: bytes) -> bytes | None:
    """The JSON that is in a text with escapes; None where that is none."""
    if not CLOSED.search(text, max(len(text) - LOOKED_BACK, 0)):
        return None
    try:
        held = json.loads(b'"%b"' % text, strict=False)
        json.loads(held)
    except (ValueError, RecursionError):
        return None
    return CONTROL.sub(" ", held).encode("utf-8", "replace")
