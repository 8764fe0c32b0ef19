"""Canonical JSON: one document, one sequence of bytes, so that its hash can be compared."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def render(document: Mapping[str, Any]) -> bytes:
    """``document`` as UTF-8 JSON with sorted keys, no blanks and a newline at its end.

    These are the bytes of ``jq -cS .``. A lone surrogate (a byte of a file name that is not UTF-8) becomes an
    escape. ValueError for NaN and infinity.
    """
    whole = io.BytesIO()
    whole.writelines(_pieces(document))
    return whole.getvalue()


def _pieces(document: Mapping[str, Any]) -> Iterator[bytes]:
    """The bytes of ``render`` in order, a part at a time: a document may have an entry for each of a million files."""
    yield b"{"
    for place, key in enumerate(sorted(document)):
        yield b"," * (place > 0) + _encoded(key) + b":"
        value = document[key]
        if not isinstance(value, Sequence) or isinstance(value, str):
            yield _encoded(value)
            continue
        yield b"["
        for number, each in enumerate(value):
            yield b"," * (number > 0) + _encoded(each)
        yield b"]"
    yield b"}\n"


def _encoded(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def body(document: Mapping[str, Any]) -> dict[str, Any]:
    """The evidence body: the document without ``run``, the one part that may differ between two runs."""
    return {key: value for key, value in document.items() if key != "run"}


def body_sha256(document: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the canonical evidence body; the same as ``jq -cS 'del(.run)' report.json | sha256sum``."""
    digest = hashlib.sha256()
    for piece in _pieces(body(document)):
        digest.update(piece)
    return digest.hexdigest()
