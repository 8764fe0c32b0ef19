"""The report document as JSON (docs/contract.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def render(document: Mapping[str, Any]) -> bytes:
    """``document`` as UTF-8 JSON in its own key order, indented by one, with a newline at the end.

    A lone surrogate (a byte of a file name that is not UTF-8) becomes a JSON escape, so the result is always
    valid UTF-8 and reads back to an equal document. NaN and infinity raise ValueError.
    """
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    # For the code points UTF-8 refuses, "backslashreplace" writes \udcff, which is the JSON escape.
    return (text + "\n").encode("utf-8", "backslashreplace")
