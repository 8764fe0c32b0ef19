"""Puts the table of the newest run into both READMEs: ``python benchmarks/readme.py``."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # and not this folder, whose profile.py would stand in for the standard library's

from benchmarks.harness import measures, results, runs, table  # noqa: E402

RUNS = ROOT / "benchmarks" / "runs"
BEGIN, END = "<!-- benchmark: begin (python benchmarks/readme.py) -->\n", "<!-- benchmark: end -->\n"


def newest(folder: Path = RUNS) -> Path | None:
    """The folder of the newest run (by its name, which begins with the day), if there is any."""
    return max(folder.glob("*/raw.json"), default=None, key=lambda path: path.parent.name)


def section(path: Path, words: str) -> str:
    """What a README says of a run, made from its raw.json; ``words``: ENGLISH or CHINESE."""
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    made = runs.made_of(raw)
    plan = measures.Plan(ROOT, ROOT, made.plan["size"], made.plan["rounds"])
    day = re.match(r"\d{4}-\d\d-\d\d", path.parent.name)
    return words.format(
        day=day[0] if day else "",
        processor=made.facts["processor"],
        cores=made.facts["cores used"],
        pyarrow=made.facts["pyarrow"],
        size=f"{made.plan['size'] / 1e9:g}",
        where=path.parent.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.parent.name,
        rows=results.summary(table.evaluate(made.results, plan)),
    )


ENGLISH = """\
Run of {day} on {cores} cores ({processor}; pyarrow {pyarrow}), on a dump of {size} GB with names, IDs, phones, cards,
addresses, remarks, amounts, times and order numbers. Ratios of medians, measured side by side; more in
[{where}]({where}/summary.md), and on
[its page]({where}/README.md) how far that machine is to be trusted.

{rows}
"""
CHINESE = """\
{day} 的测试结果：{cores} 核（{processor}；pyarrow {pyarrow}），数据 {size} GB，
含姓名、身份证号、手机号、银行卡号、地址、备注、金额、
时间和订单号。各项为同一次运行中并列测得的中位数之比，详见 [{where}]({where}/summary.md)；
该机器的结果可信到何种程度，见[该次运行的说明]({where}/README.md)。

{rows}
"""
READMES = {ROOT / "README.md": ENGLISH, ROOT / "README.zh-CN.md": CHINESE}


def replaced(text: str, part: str) -> str:
    """A README with another section between its two marks. ValueError where they are not there."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError("the README lacks the two marks of the benchmark")
    return head + begin + part + end + tail


def main() -> None:
    """Writes both READMEs."""
    path = newest()
    if path is None:
        sys.exit("There is no run yet: make bench")
    for page, words in READMES.items():
        text = replaced(page.read_text(encoding="utf-8"), section(path, words))
        page.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
