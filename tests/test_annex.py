"""The itemised annex: one line for each value, however many detectors of one label find it."""

import csv
from pathlib import Path

from running import command


def test_a_masked_value_is_one_line(tmp_path: Path) -> None:
    dump = tmp_path / "dump.csv"
    dump.write_text("姓名,手机号码\n" + "王小明,138****1234\n" * 30, encoding="utf-8")
    ended = command("scan", dump, "-f", "json", "--findings", tmp_path / "found.csv")
    assert ended.code == 0, ended.err
    with (tmp_path / "found.csv").open(encoding="utf-8", newline="") as file:
        found = [line for line in csv.DictReader(file) if line["label"] == "masked"]
    assert [(line["row"], line["column"], line["accepted"]) for line in found] == [
        (str(row), "1", "true") for row in range(30)
    ]
