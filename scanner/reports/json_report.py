"""The report document as JSON (docs/contract.md)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.kernels.json_layout import laid_out


def render(document: Mapping[str, Any]) -> bytes:
    """``document`` as UTF-8 JSON in its own key order, indented by one, with a newline at the end.

    A lone surrogate (a byte of a file name that is not UTF-8) becomes a JSON escape, so the result is always
    valid UTF-8 and reads back to an equal document. NaN and infinity raise ValueError.
    """
    whole = io.BytesIO()
    whole.writelines(pieces(document))
    return whole.getvalue()


def pieces(document: Mapping[str, Any]) -> Iterator[bytes]:
    """The same in order, a part at a time: a document may have an entry for each of a million files."""
    before = b"{\n "
    for key, value in document.items():
        yield before + _encoded(key, 1) + b": "
        if isinstance(value, Sequence) and value and not isinstance(value, str):
            between = b"[\n  "
            for each in value:
                yield between + _encoded(each, 2)
                between = b",\n  "
            yield b"\n ]"
        else:
            yield _encoded(value, 1)
        before = b",\n "
    yield b"\n}\n" if document else b"{}\n"


#: The encoder of the standard library writes lines in Python, and all in one line in C.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ": "))


def _encoded(value: Any, depth: int) -> bytes:
    """A value whose further lines are indented by so much more."""
    # "backslashreplace" writes code points that UTF-8 refuses as JSON escapes.
    return laid_out(_ENCODER.encode(value).encode("utf-8", "backslashreplace"), depth)
