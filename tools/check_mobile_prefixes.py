"""Compares patterns/tables/mobile_prefixes.csv with the mobile pattern of libphonenumber (PyPI phonenumbers).

Prints every 5-digit beginning on which they differ, folded to the shortest prefixes; always exits 0, because
the table follows the MIIT announcement and libphonenumber lags behind it.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from public_packages import python_package
from table_file import TABLES, run

sys.path.insert(0, str(TABLES.parent.parent))

from scanner.knowledge import read_table


def fold(prefixes: set[str]) -> list[str]:
    """Ten neighbours 1340…1349 become 134; sorted."""
    for length in (5, 4):
        for parent in {prefix[: length - 1] for prefix in prefixes if len(prefix) == length}:
            children = {parent + digit for digit in "0123456789"}
            if children <= prefixes:
                prefixes = (prefixes - children) | {parent}
    return sorted(prefixes)


def compare(packages: Path, out: Path) -> None:
    """Prints the differences; writes nothing."""
    columns = read_table(out / "mobile_prefixes.csv").columns
    ours = {
        prefix for prefix, digits in zip(columns["prefix"], columns["digits"], strict=True) if digits == "11"
    }
    metadata = python_package("phonenumbers", "9.0.43", packages) / "phonenumbers" / "data" / "region_CN.py"
    text = re.search(
        r"mobile=PhoneNumberDesc\(national_number_pattern=('(?:[^'\\]|\\.)*')", metadata.read_text("utf-8")
    )
    if text is None:
        raise ValueError(f"{metadata.name} has no mobile pattern.")
    theirs = re.compile(ast.literal_eval(text[1]))
    starts = [str(number) for number in range(10000, 20000)]
    have = {start for start in starts if any(start.startswith(prefix) for prefix in ours)}
    other = {start for start in starts if theirs.fullmatch(start + "000000")}
    print(f"only in the table: {fold(have - other)}; only in libphonenumber: {fold(other - have)}")


if __name__ == "__main__":
    run(compare, __doc__ or "")
