"""Synthetic values that must never leave the tool, the forms in which they could, and a search for all at once."""

from __future__ import annotations

import base64
import csv
import hashlib
import html
import io
import json
import random
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fixtures_reference import ROOT, make

KINDS = ("person_name", "resident_id", "mobile_phone", "bank_card", "address")
HEADER = ("姓名", "身份证号", "手机号码", "银行卡号", "联系地址", "电子邮箱", "密码", "备注")
WINDOW = 6  # bytes of a form by which it is looked for first
ROWS = 1700
LETTERS = "abcdefghkmnpqrstuvwxyz"


def people(folder: Path, rows: int = ROWS, seed: int = 20) -> list[tuple[str, ...]]:
    """Rows of different invented people; every cell that is filled occurs nowhere else and in no text of the tool."""
    made, listed = folder / "made.csv", folder / "values.csv"
    rates = ["--duplicates", 0, "--repeat", 0, "--damage", 0, "--missing", 0, "--remarks", 0, "--old", 0]
    arguments = ["dump", "--rows", 3 * rows, "--seed", seed, *rates, "--out", made, "--values", listed]
    make.main([str(each) for each in arguments], standalone_mode=False)
    cells: dict[int, dict[str, str]] = {}
    with listed.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            cells.setdefault(int(line["row"]), {})[line["label"]] = line["value"]
    made.unlink()
    listed.unlink()
    ours = own_text()
    random_ = random.Random(seed)
    seen: set[str] = set()
    found = []
    for row in cells.values():
        own = [row.get(kind, "") for kind in KINDS]
        word = "".join(random_.choice(LETTERS) for _ in range(12))
        own += [f"{word}@example.com", f"{word[::-1]}{random_.randrange(10**6):06}", f"说明{word[3:9]}{word}"]
        if not all(own) or len(own[0]) < 3 or any(cell in seen or cell in ours for cell in own):
            continue
        seen.update(own)
        found.append(tuple(own))
        if len(found) == rows:
            return found
    raise AssertionError("the generator made too few different people")


def own_text() -> str:
    """All texts of the tool itself: what lies in them may stand in a report."""
    files = [*(ROOT / "scanner").rglob("*.toml"), *(ROOT / "scanner").rglob("*.css")]
    files += [path for path in (ROOT / "patterns").rglob("*") if path.suffix in (".toml", ".csv")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def values_of(rows: Iterable[Sequence[str]]) -> list[str]:
    """The canaries of rows: every cell, the local part of an e-mail address, and the end of an address."""
    found = []
    for row in rows:
        found += [*row[:5], row[4][-8:], row[5].partition("@")[0], *row[6:]]
    return list(dict.fromkeys(found))


def forms(value: str) -> dict[str, bytes]:
    """What a value could look like somewhere, by the name of the disguise."""
    raw = value.encode()
    found = {"plain": raw, "reversed": value[::-1].encode()}
    for name in ("gb18030", "utf-16-le", "utf-16-be", "big5hkscs"):
        found[name] = value.encode(name, "ignore")
    for name, data in (("utf-8", raw), ("gb18030", found["gb18030"])):
        found[f"hex of {name}"] = data.hex().encode()
        found[f"upper hex of {name}"] = data.hex().upper().encode()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        found[f"base64 {shift}"] = coded[-(-8 * shift // 6) : len(coded) - 4]
    if not value.isascii():
        found["URL"] = quote(value).encode()
        found["decimal references"] = "".join(f"&#{ord(each)};" for each in value).encode()
        found["references"] = "".join(f"&#x{ord(each):x};" for each in value).encode()
        found["JSON escapes"] = json.dumps(value)[1:-1].encode()
        found["escapes"] = repr(raw)[2:-1].encode()
    found["HTML"] = html.escape(value).encode()
    digits = re.sub(r"\D", "", value)
    if len(digits) >= 8:
        found["digits"] = digits.encode()
        found["reversed digits"] = digits[::-1].encode()
    for name in ("md5", "sha1", "sha256", "sm3"):
        digest = hashlib.new(name, raw)
        found[name] = digest.hexdigest().encode()
        found[f"upper {name}"] = digest.hexdigest().upper().encode()
        found[f"raw {name}"] = digest.digest()
        found[f"base64 of {name}"] = base64.b64encode(digest.digest())[:-4]
    return {name: form for name, form in found.items() if len(form) >= WINDOW}


class Search:
    """Looks for all forms of many values in one pass over the bytes."""

    def __init__(self, values: Iterable[str]) -> None:
        self._forms: dict[int, list[tuple[bytes, str, str]]] = {}
        for value in values:
            for name, form in forms(value).items():
                self._forms.setdefault(_word(form), []).append((form, name, value))
        words = np.fromiter(self._forms, np.uint64, len(self._forms))
        self._seen = np.zeros(1 << 22, np.bool_)
        self._seen[_place(words)] = True

    def in_bytes(self, data: bytes) -> list[tuple[str, str]]:
        """Each (value, disguise) that lies in the bytes."""
        if len(data) < WINDOW:
            return []
        flat = np.frombuffer(data, np.uint8)
        count = len(flat) - WINDOW + 1
        words = np.zeros(count, np.uint64)
        for shift in range(WINDOW):
            words |= flat[shift : shift + count].astype(np.uint64) << np.uint64(8 * shift)
        found = []
        for at in np.flatnonzero(self._seen[_place(words)]).tolist():
            for form, name, value in self._forms.get(int(words[at]), ()):
                if data.startswith(form, at):
                    found.append((value, name))
        return found

    def in_file(self, path: Path) -> list[tuple[str, str]]:
        """The same for a file, also for what it holds in a packed form, and for its name."""
        data = path.read_bytes()
        return [hit for piece in (path.name.encode(), data, *unpacked(data)) for hit in self.in_bytes(piece)]

    def in_folder(self, folder: Path) -> list[tuple[str, str]]:
        """The same for all files of a folder."""
        return [hit for path in sorted(folder.rglob("*")) if path.is_file() for hit in self.in_file(path)]


def unpacked(data: bytes) -> Iterator[bytes]:
    """What lies inside of a zip archive (all Office documents) or of a Parquet file."""
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield archive.read(name)
    elif data[:4] == b"PAR1":
        table = pq.read_table(pa.BufferReader(data))
        for column in table.columns:
            yield "\n".join(str(value) for value in column.to_pylist()).encode()


def _word(form: bytes) -> int:
    return int.from_bytes(form[:WINDOW], "little")


def _place(words: np.ndarray) -> np.ndarray:
    return (words * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(42)
