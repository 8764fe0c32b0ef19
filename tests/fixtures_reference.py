"""The generator's rules written again, slowly and plainly, and ways to run it."""

from __future__ import annotations

import csv
import importlib
import io
import json
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from stdnum import luhn

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "fixtures"
DEMO = FIXTURES / "demo"

sys.path.insert(0, str(FIXTURES))
make = importlib.import_module("make")
tables = importlib.import_module("generator.tables")


def run(*arguments: object) -> Result:
    result: Result = CliRunner().invoke(make.main, [str(argument) for argument in arguments])
    return result


def made(folder: Path, *arguments: object) -> Path:
    """Runs ``make.py dump`` into a folder: a file ``dump``, its ``truth.json`` and ``values.csv``."""
    path = folder / "dump"
    result = run(
        "dump", *arguments, "--out", path, "--truth", folder / "truth.json", "--values", folder / "values.csv"
    )
    assert result.exit_code == 0, result.output
    return path


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_values(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows_of(path: Path, encoding: str, delimiter: str = ",", header: bool = True) -> list[list[str]]:
    text = path.read_bytes().decode(encoding)
    if len(delimiter) > 1:
        return [line.split(delimiter) for line in text.split("\n")[:-1]]
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))[int(header) :]


def check_character(first17: str) -> str:
    weights = [2 ** (17 - position) % 11 for position in range(17)]
    total = sum(int(digit) * weight for digit, weight in zip(first17, weights, strict=True))
    return "10X98765432"[total % 11]


def knowledge() -> dict[str, Any]:
    """The reference tables in the plainest form."""
    regions = {
        row["code"]: (int(row["last_year"]) if row["last_year"] else 9999) for row in tables.read("regions")
    }
    prefixes = {row["prefix"]: row["kind"] for row in tables.read("mobile_prefixes")}
    bins = {(row["bin"], int(row["length"])) for row in tables.read("bins")}
    return {"regions": regions, "prefixes": prefixes, "bins": bins}


def is_card(text: str, bins: set[tuple[str, int]]) -> bool:
    known_bin = any((text[:size], len(text)) in bins for size in range(1, 13))
    return text.isdigit() and known_bin and luhn.is_valid(text)


def is_id(text: str, regions: dict[str, int]) -> bool:
    if re.fullmatch(r"\d{15}", text):
        text = text[:6] + "19" + text[6:]
        text += check_character(text)
    if not re.fullmatch(r"\d{17}[\dX]", text) or check_character(text[:17]) != text[17]:
        return False
    try:
        birthday = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return 1880 <= birthday.year <= 2026 and regions.get(text[:6], 0) >= birthday.year


def is_mobile(text: str, prefixes: dict[str, str]) -> bool:
    if not re.fullmatch(r"1\d{10}", text):
        return False
    longest = next((text[:size] for size in (5, 4, 3) if text[:size] in prefixes), "")
    return prefixes.get(longest) == "person"


def is_valid(label: str, text: str, known: dict[str, Any]) -> bool:
    match label:
        case "resident_id":
            return is_id(text, known["regions"])
        case "mobile_phone":
            return is_mobile(text, known["prefixes"])
        case "bank_card":
            return is_card(text, known["bins"])
        case "email":
            return re.fullmatch(r"[a-z]+\.[a-z]+\d{4}@([a-z]+\.)?example\.(com|org|net)", text) is not None
        case "person_name":
            return re.fullmatch(r"[\u4e00-\u9fff]{2,4}", text) is not None
        case "address":
            return re.search(r"(\d+号|\d+室|幢\d+)$", text) is not None
        case _:
            return False


def plain(written: str) -> str:
    """A value as written, without width, separators and country code."""
    narrow = written.translate({0xFF10 + digit: str(digit) for digit in range(10)})
    return re.sub(r"[ -]", "", narrow) if re.fullmatch(r"[\d -]+", narrow) else narrow


def identity(value: dict[str, str]) -> str:
    """The value, an ID of 15 digits in its form of 18."""
    text = value["value"]
    if value["label"] != "resident_id" or len(text) != 15:
        return text
    first17 = text[:6] + "19" + text[6:]
    return first17 + check_character(first17)
