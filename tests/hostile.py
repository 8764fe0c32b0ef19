"""The hostile values of fixtures/junk, as bytes."""

from __future__ import annotations

import tomllib
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "fixtures" / "junk" / "values.toml"


def values(long: bool = True) -> list[bytes]:
    """All hostile values; ``long``: also those of up to a megabyte."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    found = [text.encode("utf-8") for entry in content["text"] for text in entry["values"]]
    found += [bytes.fromhex(text) for entry in content["hex"] for text in entry["values"]]
    if long:
        found += [
            (bytes.fromhex(entry["hex"]) if "hex" in entry else entry["unit"].encode()) * entry["times"]
            for entry in content["repeated"]
        ]
    return found
