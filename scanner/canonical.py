"""Canonical JSON: one document, one sequence of bytes, so that its hash can be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def render(document: Mapping[str, Any]) -> bytes:
    """``document`` as UTF-8 JSON with sorted keys, no blanks and a newline at its end.

    These are the bytes of ``jq -cS .``. A lone surrogate (a byte of a file name that is not UTF-8) becomes an
    escape. ValueError for NaN and infinity.
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return (text + "\n").encode("utf-8", "backslashreplace")


def body(document: Mapping[str, Any]) -> dict[str, Any]:
    """The evidence body: the document without ``run``, the one part that may differ between two runs."""
    return {key: value for key, value in document.items() if key != "run"}


def body_sha256(document: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the canonical evidence body; the same as ``jq -cS 'del(.run)' report.json | sha256sum``."""
    return hashlib.sha256(render(body(document))).hexdigest()
