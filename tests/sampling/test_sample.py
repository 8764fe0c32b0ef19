"""``leaktally sample`` and ``sample-result``: what is drawn, what the sheet holds, what comes back."""

from __future__ import annotations

import io
import json
import os
import random
import re
import shutil
import stat
import subprocess
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyrage
import pytest
import python_calamine
from fixtures_reference import DEMO
from running import TODAY, TODAY_OPTION, Ended, command, rows_file, scanned

from scanner.document import canonical
from scanner.reports.sample_sheet import COLUMNS, RECORD, both, title
from scanner.run import job
from scanner.sampling import drawing

PASSPHRASE = "correct horse 电池"
RESULT = [name for name, _ in COLUMNS].index("sample_result")


def drawn(*paths: Path, plan: dict[str, Any] | None = None, **choices: Any) -> drawing.Sample:
    options = job.Options(**{"as_of": TODAY, "jobs": 1, **choices})
    names = [str(path) for path in paths]
    inputs = job.file_inputs(names, options)
    return drawing.sample(inputs, names, options, drawing.Plan(**{"seed": 7, "size": 60, **(plan or {})}))


def located(sample: drawing.Sample) -> set[tuple[Any, ...]]:
    """What was drawn, by file name and row."""
    strata = sample.record["strata"]
    return {
        (Path(strata[row["stratum"] - 1]["path"]).name, strata[row["stratum"] - 1]["category"], row["row"])
        for row in sample.record["rows"]
    }


def test_strata_add_up_to_what_the_scan_counts():
    sample, scan = drawn(DEMO), scanned(DEMO)
    record = sample.record
    assert record["population"] == scan["records"]["counted"] > 0
    by_category: Counter[str] = Counter()
    tiers: dict[str, Counter[str]] = {name: Counter() for name in ("low", "main", "high")}
    for stratum in record["strata"]:
        by_category[stratum["category"]] += stratum["population"]
        for name, counts in stratum["tiers"].items():
            tiers[name].update({f"n{tier}": count for tier, count in counts.items()})
    for name, counts in record["beyond"].items():
        tiers[name].update({f"n{tier}": count for tier, count in counts.items()})
    assert by_category == {name: one["counted"] for name, one in scan["categories"].items() if one["counted"]}
    for name, counts in tiers.items():
        told = {
            key: value for key, value in scan["verdict"][name].items() if re.fullmatch(r"n\d+", key) and value
        }
        assert +counts == told
    assert all(1 <= stratum["drawn"] <= stratum["population"] for stratum in record["strata"])
    assert sum(stratum["drawn"] for stratum in record["strata"]) == record["drawn"] == len(record["rows"])


@pytest.mark.parametrize("category", ["row-22-person-track", "trial-02-standing-points", "row-41-masked"])
def test_tracks_and_masked_rows_add_up_too(category):
    for case in sorted((DEMO.parent / "cases").glob(category)):
        scan = scanned(case)
        if scan["records"]["counted"]:
            assert drawn(case).record["population"] == scan["records"]["counted"]
        else:
            with pytest.raises(Exception, match="nothing to draw"):
                drawn(case)


def test_the_same_seed_draws_the_same_rows_however_it_is_run(tmp_path):
    first = drawn(DEMO)
    assert located(first) != located(drawn(DEMO, plan={"seed": 8}))
    from scanner.model import ReadOptions

    small = drawn(DEMO, jobs=4, read=ReadOptions(block_size=4096))
    spilled = drawn(DEMO, jobs=2, memory=1 << 20)
    backwards = drawn(*sorted((path for path in DEMO.iterdir() if path.is_file()), reverse=True))
    for other in (small, spilled, backwards):
        assert located(other) == located(first)
        assert other.record["rows"] == first.record["rows"]
        assert [row.values for row in other.rows] == [row.values for row in first.rows]
    assert small.record["body_sha256"] == first.record["body_sha256"] == canonical.body_sha256(first.document)
    moved = tmp_path / "另 一个" / "z"
    shutil.copytree(DEMO, moved)
    assert located(drawn(moved)) == located(first)


def person(number: int) -> str:
    """A synthetic person with a sound identity number."""
    draw = random.Random(number)
    body = f"110101{1960 + number % 40}0{1 + number % 9}{10 + number % 18}{number % 1000:03}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    check = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
    return f"{draw.choice('赵钱孙李周吴')}{draw.choice('伟芳娜敏静')},{body}{check},138{number:08}"


def people(path: Path, numbers_: range, more: tuple[str, ...] = ()) -> Path:
    return rows_file(path, ["姓名,身份证号,手机号", *map(person, numbers_), *more])


def test_exact_duplicates_are_drawn_once(tmp_path):
    copies = tuple(map(person, range(50))) * 3
    people(tmp_path / "a.csv", range(50), copies)
    people(tmp_path / "b.csv", range(25, 75))
    sample = drawn(tmp_path, plan={"size": 1000}, reveal=True)
    assert sample.record["population"] == sample.record["drawn"] == 75
    assert len({row.cells for row in sample.rows}) == 75
    # Each stands in the file with the lower SHA-256 if it is in both, in its first row.
    hashes = {Path(stratum["path"]).name: stratum["sha256"] for stratum in sample.record["strata"]}
    first = min(hashes, key=lambda name: hashes[name])
    sizes = {Path(stratum["path"]).name: stratum["population"] for stratum in sample.record["strata"]}
    assert sizes == {"a.csv": 50, "b.csv": 25} if first == "a.csv" else {"a.csv": 25, "b.csv": 50}
    assert all(row["row"] < 50 for row in sample.record["rows"])


def test_rows_are_where_the_record_says(tmp_path):
    path = people(tmp_path / "甲 乙.csv", range(300))
    gbk = rows_file(
        tmp_path / "g.csv", ["姓名,身份证号,手机号", *map(person, range(300, 500))], "gb18030", "\r\n"
    )
    sample = drawn(tmp_path, plan={"size": 80}, reveal=True)
    lines = {"甲 乙.csv": path.read_text("utf-8").split("\n"), "g.csv": gbk.read_text("gb18030").split("\n")}
    for row, shown in zip(sample.record["rows"], sample.rows, strict=True):
        stratum = sample.record["strata"][row["stratum"] - 1]
        name = Path(stratum["path"]).name
        line = lines[name][row["row"] + 1].rstrip("\r")
        assert [text for _, text in shown.cells] == line.split(",")
        encoded = line.encode("gb18030" if name == "g.csv" else "utf-8")
        assert (tmp_path / name).read_bytes()[row["byte_offset"] :].startswith(encoded)
        assert ("resident_id", line.split(",")[1]) in [tuple(value) for value in shown.values]


def test_every_record_is_as_likely_as_another(tmp_path):
    path = people(tmp_path / "a.csv", range(40))
    times: Counter[int] = Counter()
    for seed in range(30):
        times.update(row["row"] for row in drawn(path, plan={"seed": seed, "size": 10}).record["rows"])
    assert sum(times.values()) == 300
    assert set(times) == set(range(40))
    assert max(times.values()) <= 18  # 7.5 on average, standard deviation 2.4


def test_a_file_that_changes_meanwhile_is_told(tmp_path, monkeypatch):
    path = people(tmp_path / "a.csv", range(100))
    run = job.run

    def changing(*arguments: Any) -> Any:
        result = run(*arguments)
        with path.open("a") as file:
            file.write(person(100) + "\n")
        return result

    monkeypatch.setattr(job, "run", changing)
    with pytest.raises(Exception, match="changed while the sample was drawn"):
        drawn(path)


def sampled(tmp_path: Path, *more: object, name: str = "call.xlsx", code: int = 0) -> Path:
    source = tmp_path / "名单 1"
    source.mkdir(exist_ok=True)
    if not any(source.iterdir()):
        people(source / "=甲,\u202e乙.csv", range(400))
        people(source / "_x0041_.csv", range(400, 500))
    ended = command("sample", source, "-o", tmp_path / name, "--seed", 5, "--size", 30, *more, *TODAY_OPTION)
    assert ended.code == code, ended.err
    return tmp_path / name


def book(data: bytes) -> dict[str, list[list[Any]]]:
    workbook = python_calamine.load_workbook(io.BytesIO(data))
    return {name: workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names}


def answered(path: Path, answers: dict[int, str], to: Path | None = None) -> Path:
    """The sheet with results filled in, by running number, as a spreadsheet program would write them."""
    letter = chr(ord("A") + RESULT)

    def filled(found: re.Match[str]) -> str:
        answer = answers.get(int(found[1]) - 1)
        if answer is None:
            return found[0]
        return f'<c r="{letter}{found[1]}"{found[2]} t="inlineStr"><is><t>{answer}</t></is></c>'

    return rewritten(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(rf'<c r="{letter}(\d+)"( s="\d+")/>', filled, xml),
        to,
    )


def rewritten(path: Path, part: str, change: Any, to: Path | None = None) -> Path:
    """The workbook with one part changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data.decode()).encode() if name == part else data)
    to = to or path
    to.write_bytes(made.getvalue())
    return to


def result(path: Path, *more: object) -> dict[str, Any]:
    ended = command("sample-result", path, "--json", *more)
    assert ended.code == 0, ended.err
    return dict(ended.document)


def test_the_sheet_and_what_comes_back(tmp_path):
    path = sampled(tmp_path)
    sheets = book(path.read_bytes())
    listed = sheets[title("sample_sheet")]
    assert len(listed) == 31
    assert [str(head).split("\n")[0] for head in listed[0]][:3] == ["序号", "层", "文件"]
    assert all(row[RESULT] == "" for row in listed[1:])
    answers = {number: both("sample_true") for number in range(1, 25)}
    answers |= {25: "不属实", 26: "not true", 27: both("sample_unverifiable")}
    told = result(answered(path, answers), "--confidence", 95)
    whole = told["all"]
    assert [whole[key] for key in ("answered", "true", "false", "unverifiable")] == [27, 24, 2, 1]
    assert (told["drawn"], told["population"], told["reference_only"]) == (30, 500, True)
    ways = {name: way["share"] for name, way in whole["ways"].items()}
    assert ways["as_false"] <= ways["left_out"] <= ways["as_true"] < 1
    assert ways["as_false"] < ways["as_true"]
    for way in whole["ways"].values():
        main = way["readings"]["main"]["all"]
        (interval,) = main["intervals"]
        assert main["counted"] == 500
        assert interval["low"] <= main["follows"] <= interval["high"]
        assert main["follows"] == round(500 * way["share"])
    text = command("sample-result", path).out.decode()
    for said in ("参考", "Clopper-Pearson", "无法核实的按不属实"):
        assert said in text
    english = command("sample-result", path, "--lang", "en").out.decode()
    assert "for reference" in english
    assert "Unverifiable as true" in english


def test_the_sheet_is_masked_private_and_shows_hostile_names(tmp_path):
    path = sampled(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    raw = b"".join(zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist())
    raw += (tmp_path / "call.sample.json").read_bytes()
    for number in range(500):
        _, identity, phone = person(number).split(",")
        assert identity.encode() not in raw
        assert phone.encode() not in raw
    assert b"<f>" not in raw
    assert "\u202e" not in "".join(
        str(cell) for rows in book(path.read_bytes()).values() for row in rows for cell in row
    )
    xml = zipfile.ZipFile(path).read("xl/workbook.xml").decode()
    assert re.search(rf'name="{RECORD}"[^>]*state="veryHidden"', xml)
    assert b"<dataValidation " in raw
    assert sampled(tmp_path, name="again.xlsx").read_bytes() == path.read_bytes()


def test_a_sheet_with_plain_values_is_sealed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(PASSPHRASE + "\n", "utf-8")
    path = sampled(tmp_path, "--reveal", "--passphrase-file", secret, name="call.xlsx.age")
    data = path.read_bytes()
    assert data.startswith(b"age-encryption.org/v1\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    opened = pyrage.passphrase.decrypt(data, PASSPHRASE)
    phones = [row[10] for row in book(opened)[title("sample_sheet")][1:]]
    assert all(re.fullmatch(r"138\d{8}", str(phone)) for phone in phones)
    assert result(path, "--passphrase-file", secret)["drawn"] == 30
    assert not re.search(rb"138\d{8}", (tmp_path / "call.sample.json").read_bytes())
    other = tmp_path / "other"
    other.write_text("wrong\n")
    ended = command("sample-result", path, "--passphrase-file", other)
    assert (ended.code, len(ended.sentences), ended.out) == (2, 1, b"")
    assert "passphrase is wrong" in ended.err
    plain = sampled(tmp_path, "--reveal", "--plain", name="plain.xlsx")
    assert plain.read_bytes().startswith(b"PK")
    assert stat.S_IMODE(plain.stat().st_mode) == 0o600
    assert result(plain)["body_sha256"] == result(path, "--passphrase-file", secret)["body_sha256"]


def test_a_passphrase_is_asked_for_twice(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from scanner import cli

    people(tmp_path / "a.csv", range(60))
    arguments = [
        "sample",
        str(tmp_path / "a.csv"),
        "-o",
        str(tmp_path / "x.xlsx.age"),
        "--reveal",
        "--size",
        "5",
    ]
    refused(command(*arguments), "say --passphrase-file")
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    ran = CliRunner().invoke(cli.main, arguments, input="")
    assert (ran.exit_code, "Aborted" in ran.output) == (130, False)
    ran = CliRunner().invoke(cli.main, arguments, input=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert ran.exit_code == 0, ran.output
    assert PASSPHRASE not in ran.output
    assert pyrage.passphrase.decrypt((tmp_path / "x.xlsx.age").read_bytes(), PASSPHRASE).startswith(b"PK")
    ran = CliRunner().invoke(
        cli.main, ["sample-result", str(tmp_path / "x.xlsx.age")], input=f"{PASSPHRASE}\n"
    )
    assert ran.exit_code == 0, ran.output


@pytest.mark.skipif(
    not (shutil.which("age") and shutil.which("script")), reason="age and script are not installed"
)
def test_the_stock_program_opens_it(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("correct horse battery\n")
    path = sampled(tmp_path, "--reveal", "--passphrase-file", secret, name="call.xlsx.age")
    opened = tmp_path / "opened.xlsx"
    pid, terminal = os.forkpty()
    if not pid:
        os.execvp("age", ["age", "-d", "-o", str(opened), str(path)])
    told = os.read(terminal, 100)
    assert b"passphrase" in told
    time.sleep(0.3)  # it clears what was typed before it asks
    os.write(terminal, b"correct horse battery\n")
    for _ in range(300):
        if os.waitpid(pid, os.WNOHANG)[0]:
            break
        time.sleep(0.1)
    os.close(terminal)
    assert opened.read_bytes().startswith(b"PK")
    assert result(opened, "--record", tmp_path / "call.sample.json")["drawn"] == 30


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_an_office_program_may_save_it(tmp_path):
    path = answered(sampled(tmp_path), {1: both("sample_true"), 2: both("sample_false")})
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    arguments = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(tmp_path / "saved"),
        str(path),
    ]
    subprocess.run(arguments, check=True, capture_output=True, timeout=240)
    saved = tmp_path / "saved" / path.name
    told = result(saved, "--record", tmp_path / "call.sample.json")
    assert [told["all"][key] for key in ("answered", "true", "false")] == [2, 1, 1]


def refused(ended: Ended, said: str) -> None:
    assert ended.code == 2, ended.err
    assert ended.out == b""
    assert len(ended.sentences) == 1
    assert said in ended.err


def shared(change: Any) -> Any:
    return "xl/sharedStrings.xml", change


def first_sheet(change: Any) -> Any:
    return "xl/worksheets/sheet1.xml", change


TAMPERED = {
    "a locator": (
        *first_sheet(lambda xml: re.sub(r'(<c r="E3"[^>]*><v>)\d+', r"\g<1>99999", xml)),
        "No. 2 was changed",
    ),
    "an offset": (
        *first_sheet(lambda xml: re.sub(r'(<c r="F5"[^>]*><v>)\d+', r"\g<1>0", xml)),
        "No. 4 was changed",
    ),
    "a stratum": (
        *first_sheet(lambda xml: re.sub(r'(<c r="B3"[^>]*><v>)\d+', r"\g<1>2", xml)),
        "No. 2 was changed",
    ),
    "a missing row": (*first_sheet(lambda xml: re.sub(r'<row r="4".*?</row>', "", xml)), "lacks rows"),
    "a row twice": (
        *first_sheet(lambda xml: re.sub(r'(<c r="A3"[^>]*><v>)\d+', r"\g<1>1", xml)),
        "one row twice",
    ),
    "a file": (*shared(lambda xml: xml.replace("=甲,", "=丙,", 1)), "was changed"),
    "the record": (*shared(lambda xml: xml.replace("\\u7532", "\\u4e59")), "record of the draw"),
    "a population": (
        *shared(lambda xml: re.sub(r"(population(?:\"|&quot;):)400", r"\g<1>401", xml)),
        "record of the draw",
    ),
    "the seed": (*shared(lambda xml: re.sub(r"(seed(?:\"|&quot;):)5", r"\g<1>6", xml)), "record of the draw"),
    "another rule": (
        *shared(lambda xml: xml.replace("leaktally-sample-1|", "leaktally-sample-9|")),
        "by the rule",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_tampered_sheet_is_refused(tmp_path, what):
    part, change, said = TAMPERED[what]
    path = sampled(tmp_path)
    before = path.read_bytes()
    rewritten(path, part, change)
    assert zipfile.ZipFile(path).read(part) != zipfile.ZipFile(io.BytesIO(before)).read(part)
    refused(command("sample-result", path), said)


@pytest.mark.parametrize("answer", ["maybe", "属实 不属实", "1", "true?"])
def test_impossible_answers_are_refused_and_not_repeated(tmp_path, answer):
    ended = command("sample-result", answered(sampled(tmp_path), {3: answer}))
    refused(ended, "the result of No. 3 is none of")
    assert f" {answer}" not in ended.err.replace(both("sample_true"), "").replace(both("sample_false"), "")


def test_a_record_of_another_draw_is_told(tmp_path):
    path = sampled(tmp_path)
    record = json.loads((tmp_path / "call.sample.json").read_bytes())
    record["strata"][0]["population"] += 1
    (tmp_path / "call.sample.json").write_text(json.dumps(record))
    refused(command("sample-result", path), "is not the sheet of the draw")
    (tmp_path / "call.sample.json").write_bytes(b"{")
    refused(command("sample-result", path), "is not JSON")
    refused(command("sample-result", path, "--record", tmp_path / "nowhere"), "cannot be read")


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b'<c r="A1"/><c r="XFD1048576"/>')
    return made.getvalue()


JUNK = [b"", b"junk", b"PK\x03\x04junk", b"age-encryption.org/v1\njunk", bomb()]


@pytest.mark.parametrize("data", JUNK)
def test_what_is_no_sheet_is_refused(tmp_path, data):
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    secret = tmp_path / "secret"
    secret.write_text("x\n")
    ended = command("sample-result", path, "--passphrase-file", secret)
    assert (ended.code, ended.out, len(ended.sentences)) == (2, b"", 1)


def test_what_cannot_be_drawn_is_one_sentence(tmp_path):
    path = people(tmp_path / "a.csv", range(60))
    nobody = rows_file(tmp_path / "b.csv", ["编号,数量", "1,2", "3,4"])
    sheet = tmp_path / "x.xlsx"
    (tmp_path / "empty").write_text("\n")
    cases: list[tuple[list[object], str]] = [
        ([nobody], "nothing to draw"),
        (["-"], "Standard input"),
        ([path, "--margin", 0], "margin"),
        ([path, "--confidence", 100], "confidence"),
        ([path, "--size", 2_000_000], "does not fit a sheet"),
    ]
    for arguments, said in cases:
        refused(command("sample", *arguments, "-o", sheet), said)
    sealed = ("sample", path, "-o", f"{sheet}.age", "--reveal", "--passphrase-file")
    refused(command(*sealed, tmp_path / "empty"), "is empty")
    refused(command(*sealed, tmp_path / "nowhere"), "cannot be read")
    for contradicting, word in (
        (["--size", 5, "--margin", 3], "--size gives the size"),
        (["--size", 5, "--confidence", 95], "--size gives the size"),
        (["--plain"], "--plain goes with --reveal"),
        (["-o", tmp_path / "x.csv"], "end it in .xlsx "),
        (["-o", tmp_path / "x"], "end it in .xlsx "),
        (["-o", tmp_path / "x.csv", "--reveal"], "end it in .xlsx.age "),
        (["--reveal"], "x.xlsx.age, or --plain"),
        (["--reveal", "--passphrase-file", path], "x.xlsx.age"),
    ):
        ended = command("sample", path, "-o", sheet, *contradicting)
        assert (ended.code, word in ended.err) == (2, True), ended.err
    assert command("sample", path, "-o", sheet, "--plain", "--passphrase-file", path).code == 2
    assert command("sample", path, "-o", sheet, "--size", 0).code == 2
    assert command("sample", path, "-o", tmp_path / "no" / "x.xlsx", "--size", 5).code == 4
    assert {each.name for each in tmp_path.iterdir()} == {"a.csv", "b.csv", "empty"}


def test_a_partly_read_input_is_told_by_the_exit_code(tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    people(source / "a.csv", range(60), ("only one cell",))
    ended = command("sample", source, "-o", tmp_path / "x.xlsx", "--size", 5)
    assert ended.code == 3
    assert "未能完整读取" in ended.out.decode()
    assert result(tmp_path / "x.xlsx")["complete"] is False


@pytest.mark.parametrize(
    ("more", "all_drawn"), [(["--size", 999_999], True), (["--margin", 0.2], True), (["--size", 5], False)]
)
def test_a_sample_of_all_says_so(tmp_path, more, all_drawn):
    path = people(tmp_path / "a.csv", range(60))
    ended = command("sample", path, "-o", tmp_path / "x.xlsx", "--lang", "en", *more)
    told = " ".join(ended.out.decode().split())
    drawn = json.loads((tmp_path / "x.sample.json").read_bytes())["drawn"]
    assert (ended.code, drawn == 60) == (0, all_drawn), ended.err
    assert ("All 60 that there are were drawn." in told) is all_drawn
    assert ("may be more than the size" in told) is not all_drawn


def test_a_seed_is_drawn_and_told(tmp_path):
    path = people(tmp_path / "a.csv", range(60))
    seeds = set()
    for _ in range(3):
        for old in tmp_path.glob("x.*"):
            old.unlink()
        ended = command("sample", path, "-o", tmp_path / "x.xlsx", "--size", 5, "--lang", "en")
        assert ended.code == 0
        seed = json.loads((tmp_path / "x.sample.json").read_bytes())["seed"]
        assert f"seed {seed}," in ended.out.decode()
        seeds.add(seed)
    assert len(seeds) == 3


def test_a_sheet_that_may_be_filled_in_is_never_written_over(tmp_path):
    path = sampled(tmp_path)
    record = tmp_path / "call.sample.json"
    before = path.read_bytes(), record.read_bytes()
    refused(command("sample", tmp_path / "名单 1", "-o", path, "--size", 5), "is there already")
    path.rename(tmp_path / "kept.xlsx")
    refused(command("sample", tmp_path / "名单 1", "-o", path, "--size", 5), "call.sample.json")
    assert ((tmp_path / "kept.xlsx").read_bytes(), record.read_bytes()) == before


def test_the_sheet_says_how_rows_are_numbered(tmp_path):
    path = sampled(tmp_path)
    heads, *rows = book(path.read_bytes())[title("sample_sheet")]
    at = heads.index(next(head for head in heads if "from 0" in str(head)))
    assert "from 1" in heads[at + 1]
    lines = (tmp_path / "名单 1" / "_x0041_.csv").read_text("utf-8").splitlines()
    assert lines[0].startswith("姓名")
    for row in rows:
        assert row[at + 1] == row[at] + 2, "the header is line 1"
