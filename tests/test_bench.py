"""The benchmark measures what it says: every row comes out, ratios and times are computed right, inputs are as told."""

import importlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import scanner

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
clock = importlib.import_module("benchmarks.harness.clock")
inputs = importlib.import_module("benchmarks.harness.inputs")
measures = importlib.import_module("benchmarks.harness.measures")
readme = importlib.import_module("benchmarks.readme")
runs = importlib.import_module("benchmarks.harness.runs")
process = importlib.import_module("benchmarks.harness.process")
results = importlib.import_module("benchmarks.harness.results")
table = importlib.import_module("benchmarks.harness.table")

SIZE = 200_000
TWO_CORES = len(process.cores()) >= 2
pytestmark = pytest.mark.skipif(not hasattr(__import__("os"), "wait4"), reason="needs a POSIX system")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def raw(cache: Path) -> dict:
    """A whole benchmark of tiny inputs in two steps, without the other tools."""
    words = ["--size", str(SIZE), "--rounds", "1", "--cache", cache, "--out", cache / "run", "--no-peers"]
    for more in ([], ["--only", "big", "--add"]):
        done = bench(*words, *more, cwd=cache)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("| what | must | aim |")
    return json.loads((cache / "run" / "raw.json").read_text(encoding="utf-8"))


def bench(*words: object, cwd: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, ROOT / "benchmarks" / "bench.py", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def run_of(seconds: float, peak: int = 0, **said: object) -> object:
    return process.Run(seconds + 1.0, seconds, peak, 0.0, 0, {"seconds": seconds, **said})


def test_every_row_is_measured_or_says_why_not(raw):
    assert [row["what"] for row in raw["table"]] == [row.name for row in table.TABLE]
    for row in raw["table"]:
        if any(name in row["what"] for name in ("Presidio", "stdnum", "jionlp", "presidio")):
            assert row["measured"] is None, row
            assert row["reason"] == "not asked for"
        elif TWO_CORES:
            assert row["measured"] is not None, row
    assert raw["sizes"]["dump.csv"] > SIZE / 2
    assert [" --only big" in command for command in raw["commands"]] == [False, True]


def test_a_run_is_added_to_by_the_same_sizes_only(raw, cache):
    before = (cache / "run" / "raw.json").read_bytes()
    words = [
        "--rounds",
        "1",
        "--cache",
        cache,
        "--out",
        cache / "run",
        "--no-peers",
        "--only",
        "start",
        "--add",
    ]
    other = bench("--size", SIZE + 1, *words, cwd=cache)
    assert other.returncode == 2
    assert "another size" in other.stderr
    nowhere = bench("--size", SIZE, *words[:-1], "--add", "--out", cache / "none", cwd=cache)
    assert nowhere.returncode == 2
    assert (cache / "run" / "raw.json").read_bytes() == before


def test_a_run_is_what_its_raw_figures_say(raw):
    made = runs.made_of(raw)
    again = made.as_dict()
    assert {name: raw[name] for name in again} == again
    plan = measures.Plan(ROOT, ROOT, raw["plan"]["size"], raw["plan"]["rounds"])
    figures = [row.figure for row in table.evaluate(made.results, plan)]
    assert figures == [row["measured"] for row in raw["table"]]


def test_what_limits_a_row_stands_beside_it(raw, cache):
    text = (cache / "run" / "summary.md").read_text(encoding="utf-8")
    missed = [row["what"] for row in raw["table"] if row["holds"] in ("no", "must", "aim missed")]
    assert missed
    assert re.findall(r"^- \*(.+?)\*: .{20,}", text, re.MULTILINE) == missed
    assert "not known yet" not in text
    profiled = {row.profile for row in table.TABLE} - {""}
    assert profiled <= set(raw["profiles"])
    for stages in raw["profiles"].values():
        assert sum(stages.values()) == pytest.approx(2 * stages["total"], rel=0.02)


def test_limits_are_told_of_rows_that_exist():
    told = tomllib.loads(results.LIMITS.read_text(encoding="utf-8"))["limits"]
    assert set(told) <= {row.name for row in table.TABLE}


@pytest.mark.parametrize("page", readme.READMES, ids=lambda page: page.name)
def test_the_readme_shows_the_newest_run(page):
    part = page.read_text(encoding="utf-8").partition(readme.BEGIN)[2].partition(readme.END)[0]
    run = readme.newest()
    assert part == ("" if run is None else readme.section(run, readme.READMES[page]))


@pytest.mark.parametrize("words", readme.READMES.values())
def test_the_section_of_a_run_is_its_table(raw, cache, words):
    text = readme.section(cache / "run" / "raw.json", words)
    summary = (cache / "run" / "summary.md").read_text(encoding="utf-8")
    rows = [line for line in text.split("\n") if line.startswith("|")]
    assert len(rows) == len(table.TABLE) + 2
    assert "\n".join(rows) in summary
    assert raw["machine"]["processor"] in text
    before = f"a\n{readme.BEGIN}old\n{readme.END}z"
    assert readme.replaced(before, text) == f"a\n{readme.BEGIN}{text}{readme.END}z"
    with pytest.raises(ValueError, match="lacks"):
        readme.replaced("no marks", text)


def test_a_run_folder_names_machine_and_command_but_no_place(raw, cache):
    texts = {path.name: path.read_text(encoding="utf-8") for path in (cache / "run").iterdir()}
    assert set(texts) == {"README.md", "summary.md", "profile.txt", "raw.json"}
    assert raw["machine"]["pyarrow"] in texts["README.md"]
    assert "detector resident_id" in texts["profile.txt"]
    for name, text in texts.items():
        assert str(ROOT) not in text, name
        assert str(cache) not in text, name


def test_every_way_of_running_says_the_same(raw):
    rows = {row["what"]: row for row in raw["table"]}
    assert rows["the same counts for every encoding, format, split and number of cores"]["measured"] == 1
    if TWO_CORES:
        assert rows["distinct values with --memory 1G are exact"]["measured"] == 1


def test_detection_alone_finds_what_the_scan_finds(cache):
    dump = inputs.made(cache, "dump.csv", SIZE)
    seen = process.run([sys.executable, "-m", "benchmarks.harness.tasks", "detect", dump]).said
    document = scanner.scan(dump, jobs=1).to_dict()
    valid: dict[str, int] = {}
    for column in document["columns"]:
        for label in column["labels"]:
            valid[label["label"]] = valid.get(label["label"], 0) + label["valid"]
    assert seen["rows"] == document["records"]["rows"]
    # Not names: the report counts the probable ones among them.
    for label in ("mobile_phone", "bank_card", "address", "email"):
        assert seen["valid"].get(label, 0) == valid.get(label, 0) > 0, label


def test_inputs_are_what_they_are_called(cache):
    plain = inputs.made(cache, "dump.csv", SIZE).read_bytes().decode()
    assert inputs.made(cache, "dump.gb18030.csv", SIZE).read_bytes().decode("gb18030") == plain
    parts = sorted(inputs.made(cache, "files", SIZE).iterdir())
    header = plain.partition("\n")[0] + "\n"
    texts = [part.read_bytes().decode() for part in parts]
    assert len(parts) == 100
    assert header + "".join(text.removeprefix(header) for text in texts) == plain
    assert abs(inputs.made(cache, "stock.csv", SIZE).stat().st_size - len(plain.encode())) < 4096
    count = 1000
    numbers = inputs.made(cache, "phones.csv", count).read_text(encoding="utf-8").split("\n")[1:-1]
    assert len(numbers) == count
    assert len(set(numbers)) == inputs.phones_distinct(count) == 800


def test_every_stage_of_the_profile_is_a_function_of_the_package(cache):
    dump = inputs.made(cache, "dump.csv", SIZE)
    words = [sys.executable, ROOT / "benchmarks" / "profile.py", dump, "--group"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stderr == ""  # else it names what is gone
    rows = {line[:38].strip(): float(line.split()[-3]) for line in done.stdout.split("\n") if "%" in line}
    total = rows.pop("total")
    assert {"detectors", "tokenise", "hash (SHA-256)", "keys of rows", "store", "report"} <= set(rows)
    assert sum(rows.values()) == pytest.approx(total, abs=0.02)


def test_ratios_are_of_medians():
    found = measures.Results()
    found.runs["a"] = [run_of(3.0), run_of(9.0), run_of(4.0)]
    found.runs["b"] = [run_of(2.0), run_of(2.0), run_of(100.0)]
    assert table.ratio("a", "b")(found, None) == 2.0
    assert table.spread(found, "a", "b") == (0.04, 4.5)
    with pytest.raises(table.NotMeasuredError, match="too few cores"):
        table.seconds(measures.Results(reasons={"c": "too few cores"}), "c")


@pytest.mark.parametrize(
    ("sizes", "times", "expected"), [((100, 1000), (1.0, 10.5), 10.5), ((100, 1010), (1.0, 10.1), 10.0)]
)
def test_growth_is_for_ten_times_the_bytes(sizes, times, expected):
    found = measures.Results(sizes={"dump.csv": sizes[0], "big.csv": sizes[1]})
    found.runs["scan dump.csv beside big"] = [run_of(times[0])]
    found.runs["scan big.csv, 2 cores"] = [run_of(times[1])]
    row = next(row for row in table.TABLE if row.name.startswith("ten times the file /"))
    assert row.value(found, None) == pytest.approx(expected)


def test_peers_are_compared_by_rows_a_second(tmp_path):
    found = measures.Results()
    found.runs["scan beside peers"] = [run_of(2.0, rows=1000)]
    found.runs["jionlp by cells"] = [run_of(1.0, rows=10)]
    row = next(row for row in table.TABLE if "ours / jionlp cell" in row.name)
    assert row.value(found, measures.Plan(tmp_path, tmp_path)) == 50


@pytest.mark.parametrize(
    ("must", "aim", "at_least", "figure", "expected"),
    [
        (0.8, 1.3, True, 0.79, "no"),
        (0.8, 1.3, True, 0.8, "must"),
        (0.8, 1.3, True, 1.3, "aim"),
        (512, 256, False, 513, "no"),
        (512, 256, False, 300, "must"),
        (512, 256, False, 256, "aim"),
        (10.5, None, False, 10.4, "yes"),
        (None, 30, False, 31, "aim missed"),
        (None, None, True, 1.0, ""),
        (1, None, True, None, "?"),
    ],
)
def test_what_holds(must, aim, at_least, figure, expected):
    row = table.Row("x", must, aim, lambda *_: 0.0, at_least=at_least)
    assert results.verdict(table.Measured(row, figure)) == expected


def test_a_failing_command_is_told_and_stops_nothing(tmp_path, monkeypatch):
    bad = measures.Measure(
        "bad", lambda plan: [sys.executable, "-c", "raise SystemExit('broken on purpose')"]
    )
    good = measures.Measure("good", lambda plan: [sys.executable, "-c", "print()"])
    monkeypatch.setitem(measures.GROUPS, "some", (bad, good))
    found = measures.measure(measures.Plan(tmp_path, tmp_path, rounds=2), ["some"], lambda line: None)
    assert "broken on purpose" in found.reasons["bad"]
    assert len(found.runs["good"]) == 2
    assert "bad" not in found.runs


def test_a_process_is_measured_by_itself():
    # From a parent that holds little: a child's peak begins with its parent's, and this one holds all the tests.
    code = """
import json, sys
from benchmarks.harness import process
block = "import time; block = bytearray(200_000_000); block[::4096] = bytes(len(block[::4096])); time.sleep(0.2)"
large = process.run([sys.executable, "-c", block])
small = process.run([sys.executable, "-c", "print('{\\"seconds\\": 0.5}')"])
print(json.dumps([large.peak, small.peak, large.wall, small.wall, small.seconds]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=process.ROOT, capture_output=True, text=True, check=True
    )
    large_peak, small_peak, large_wall, small_wall, seconds = json.loads(done.stdout)
    assert large_peak > 200_000_000 > small_peak
    assert large_wall >= 0.2 > small_wall - 0.2
    assert seconds == 0.5


@pytest.mark.skipif(not process.cores(), reason="no affinity on this system")
def test_a_process_stays_on_its_core_and_the_parent_does_not():
    before = process.cores()
    code = "import os; print('{\"cores\": %s}' % sorted(os.sched_getaffinity(0)))"
    assert process.run([sys.executable, "-c", code], before[-1:]).said["cores"] == before[-1:]
    assert process.cores() == before


def test_stages_leave_out_what_they_call(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(clock, "thread_time", lambda: now[0])

    def spend(seconds):
        now[0] += seconds

    watch = clock.StageClock(frozenset({"whole"}))
    inner = watch.timed(lambda: spend(2.0), "inner")

    def work():
        spend(1.0)
        inner()
        spend(0.5)

    def items():
        for _ in range(3):
            spend(1.0)
            inner()
            yield

    watch.timed(work, "outer")()
    assert dict(watch.seconds) == {"outer": 1.5, "inner": 2.0}
    watch.timed(work, "whole")()
    assert watch.seconds["whole"] == 3.5
    assert (watch.calls["whole"], watch.calls["inner"]) == (1, 1)
    for _ in watch.timed(items, "items")():
        spend(10.0)
    assert watch.seconds["items"] == 3.0
    assert watch.seconds["inner"] == 8.0


def test_a_peer_finds_what_is_there():
    peers = importlib.import_module("benchmarks.peers.run")
    find = peers.stdnum()
    text = "卡6222021234567890128，电话13800138000，a@example.com，统一社会信用代码91110000600037341L"
    found = {"bank_card": 1, "uscc": 1, "mobile_phone": 1, "email": 1}
    assert find(text) == dict.fromkeys(peers.SHAPES, 0) | found
    assert set(find("订单 1742000000003860981 共 3 件").values()) == {0}
    more = (
        "京A12345 00:1B:44:11:3A:B7 192.0.2.1 110105194912310021 E12345678 010-62345678 wxid_abcdefghijklmn"
    )
    wanted = {"license_plate", "mac_address", "ipv4", "passport", "landline_phone", "wechat_id"}
    assert wanted <= {name for name, count in find(more).items() if count}


def test_peers_are_locked_with_hashes():
    lines = (ROOT / "benchmarks" / "peers" / "requirements.lock").read_text(encoding="utf-8").split("\n")
    starts = [at for at, line in enumerate(lines) if "==" in line and not line.startswith((" ", "#"))]
    wanted = (ROOT / "benchmarks" / "peers" / "requirements.in").read_text(encoding="utf-8").split("\n")
    names = {lines[at].partition("==")[0] for at in starts}
    assert names >= {name for name in wanted if name and not name.startswith("#")}
    assert all(lines[at + 1].strip().startswith("--hash=sha256:") for at in starts)
