"""The documentation is true: outputs are real, examples run, keys, labels, codes and options are all described."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pytest
from running import ROOT, command, scanned, scanned_table

from scanner import case_sheet, categories, cli, errors, knowledge, policy
from scanner.columns import decision
from scanner.columns.tally import FAULT_NAMES
from scanner.detectors.packs import _FIELDS, _NEEDED
from scanner.detectors.registry import _TYPES
from scanner.model import Check
from scanner.reports.findings import SCHEMA

sys.path.insert(0, str(ROOT / "tools"))
import build_docs
from source_modules import load_literal

DOCS = ROOT / "docs"
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *(page for name in ("docs", "fixtures", "patterns") for page in sorted((ROOT / name).rglob("*.md"))),
]
HAND_WRITTEN = build_docs.pages()
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
TABLE_KEY = re.compile(r"^\| `([^`|]+)` \|", re.MULTILINE)


def named(paths: list[Path]) -> dict[str, Any]:
    return {"argvalues": paths, "ids": [str(path.relative_to(ROOT)) for path in paths]}


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def part(page: str, heading: str) -> str:
    """What stands under a heading of docs/``page``, up to the next of its level or above."""
    level = heading.split(" ")[0]
    body = text(DOCS / page).split(f"\n{heading}\n", 1)[1]
    return re.split(rf"^#{{1,{len(level)}}} ", body, maxsplit=1, flags=re.MULTILINE)[0]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def written_lines(code: str) -> int:
    return sum(1 for line in code.splitlines() if line.strip())


# --- generated parts -------------------------------------------------------------------------------------------


def test_the_command_line_page_is_what_the_commands_say():
    assert text(build_docs.CLI) == build_docs.cli_page(), "run: python tools/build_docs.py"


@pytest.mark.parametrize("page", **named(HAND_WRITTEN))
def test_every_output_shown_is_real(page: Path):
    assert text(page) == build_docs.refreshed(text(page)), "run: python tools/build_docs.py"


def test_a_false_output_is_noticed():
    page = "<!-- output: leaktally explain 1 --lang en -->\n```text\nresident_id\n```\n"
    assert "no detector" in build_docs.refreshed(page)
    with pytest.raises(ValueError, match="no line"):
        build_docs.refreshed(page.replace("explain 1", "explain 1 | until: nothing like it"))


def test_every_command_and_option_has_a_help_text_and_stands_on_the_page():
    page = text(build_docs.CLI)
    for name, each in cli.main.commands.items():
        section = page.split(f"## leaktally {name}\n")[1].split("\n## ")[0]
        assert each.help
        for parameter in each.params:
            if isinstance(parameter, click.Option):
                for option in (*parameter.opts, *parameter.secondary_opts):
                    assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", section), (name, option)


# --- links and paths -------------------------------------------------------------------------------------------


def anchors(page: str) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", **named(PAGES))
def test_every_link_leads_somewhere(page: Path):
    prose = re.sub(r"^```.*?^```|`[^`\n]+`", "", text(page), flags=re.DOTALL | re.MULTILINE)
    for target in LINK.findall(prose):
        assert not target.startswith("/"), target
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(text(path)), target


@pytest.mark.parametrize("page", **named(PAGES))
def test_no_page_names_a_path_of_a_machine(page: Path):
    found = re.findall(r"(?<![\w.~:<*/}\])])/[A-Za-z][\w.-]*/[\w.-]+|\b[A-Z]:\\\w+|file://", text(page))
    assert found == []


@pytest.mark.parametrize(
    "name", ["report.en.png", "report.zh.png", "paper.en.png", "paper.zh.png", "docx.en.png", "docx.zh.png"]
)
def test_pictures_are_small_and_whole(name: str):
    picture = (DOCS / "pictures" / name).read_bytes()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.endswith(b"IEND\xaeB`\x82")
    assert len(picture) < 400_000


# --- the two readmes -------------------------------------------------------------------------------------------


def test_both_readmes_show_the_same():
    english, chinese = text(ROOT / "README.md"), text(ROOT / "README.zh-CN.md")

    def commands(page: str) -> list[str]:
        typed = [line for block in blocks(page, "sh") for line in block.splitlines()]
        return [line.split("#")[0].replace(" --lang en", "").strip() for line in typed]

    assert commands(english) == commands(chinese)
    assert re.findall(r"^## ", english, re.MULTILINE) == re.findall(r"^## ", chinese, re.MULTILINE)
    links = {target.replace(".en.png", ".zh.png") for target in LINK.findall(english)}
    assert links - {"README.zh-CN.md"} == set(LINK.findall(chinese)) - {"README.md"}
    for page in (english, chinese):
        assert "make demo" in page
        assert "make test" in page


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_commands_of_the_readme_run(name: str, tmp_path: Path):
    build_docs.write_files("", tmp_path)
    program = tmp_path / "bin" / "leaktally"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m scanner "$@"\n'
    )
    program.chmod(0o755)
    lines = [line for block in blocks(text(ROOT / name), "sh") for line in block.splitlines()]
    assert len(lines) > 5
    for line in lines:
        path = f"{program.parent}:/usr/bin:/bin"
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=tmp_path,
            env={"PATH": path},
            capture_output=True,
            timeout=120,
            check=False,
        )
        # The demo folder holds five damaged rows (3); the guarded export holds persons (1).
        expected = (
            1 if "--fail-on" in line else 0 if re.search("orders|members|mkdir|case new|key new", line) else 3
        )
        assert (done.returncode, b"Traceback" in done.stderr) == (expected, False), (
            line,
            done.stderr.decode(),
        )
    assert {path.name for path in (tmp_path / "annex").iterdir()} == {
        "report.json", "report.html", "report.txt", "report.docx", "findings.csv",
        "annex.xlsx", "list.csv", "manifest.json", "SHA256SUMS",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_python_of_the_readme_runs(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    (code,) = blocks(text(ROOT / name), "python")
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["report"].to_dict()["records"]["distinct"] > 1000
    assert names["report"].complete is False


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_figures_of_the_readme_are_those_of_the_demo(name: str):
    document = scanned(ROOT / "fixtures" / "demo")
    (serials,) = [column for column in document["columns"] if column["name"] == "出厂序列号"]
    (card,) = [label for label in serials["labels"] if label["label"] == "bank_card"]
    assert (card["decision"], card["code"]) == ("rejected", "chance")
    assert re.search(
        rf"\b{card['valid']}\b.*?{card['candidates']}|{card['candidates']}.*?{card['valid']}",
        text(ROOT / name),
    )
    assert sum(item["rows_damaged"] for item in document["inputs"]) == 5


# --- add a detector --------------------------------------------------------------------------------------------


@pytest.fixture
def example(tmp_path: Path) -> dict[str, str]:
    page = text(DOCS / "add-a-detector.md")
    build_docs.write_files(page, tmp_path)
    return dict(build_docs.files(page))


def test_a_pattern_takes_fewer_than_twelve_lines(example: dict[str, str], tmp_path: Path):
    assert written_lines(example["members.toml"]) < 12
    document = scanned(tmp_path / "orders.csv", patterns=(tmp_path / "members.toml",))
    assert document["labels"]["member_number"] == {"matches": 3, "rows": 2, "distinct": 2}


def test_a_broken_pattern_of_the_page_is_refused(example: dict[str, str], tmp_path: Path):
    broken = tmp_path / "broken.toml"
    broken.write_text(example["members.toml"].replace('"M2024-47"', '"M2024-470000"'), encoding="utf-8")
    ended = command("check-patterns", broken)
    assert ended.code == 2
    assert b"M2024-470000" in ended.out


def test_a_detector_takes_fewer_than_twenty_five_lines(example: dict[str, str], tmp_path: Path):
    assert written_lines(example["student_number.py"]) < 25
    dump = tmp_path / "pupils.csv"
    valid, wrong_digit, no_day = "G11010519491231002X", "G110105194912310021", "L110105194902300020"
    dump.write_text(f"编号,备注\n1,{valid}\n2,旧号{valid}。\n3,{wrong_digit}\n4,{no_day}\n", encoding="utf-8")
    ended = build_docs.run("leaktally scan pupils.csv -f json --findings found.csv", tmp_path)
    assert ended.returncode == 0, ended.stderr
    found = text(tmp_path / "found.csv")
    assert found.count('"student_number"') == 2
    assert valid not in found
    label = re.search(r'"student_number": \{\s*"matches": 2,\s*"rows": 2,\s*"distinct": 1\s*\}', ended.stdout)
    assert label, ended.stdout


def test_a_detector_that_lacks_something_is_refused(example: dict[str, str], tmp_path: Path):
    code = example["student_number.py"].replace("standard = ", "norm = ")
    (tmp_path / "student_number.py").write_text(code, encoding="utf-8")
    ended = build_docs.run("leaktally detectors", tmp_path)
    assert ended.returncode == 2
    assert "no attribute 'standard'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_every_field_of_a_pattern_and_attribute_of_a_detector_is_described():
    page = text(DOCS / "add-a-detector.md")
    described = set(re.findall(r"`(\w+)`", page))
    assert set(_FIELDS) | set(_NEEDED) <= described
    rows = " ".join(re.findall(r"^\| (.+?) \|", page.split("The attributes")[1], re.MULTILINE))
    assert set(_TYPES) | {"find"} <= set(re.findall(r"`(\w+)", rows))


# --- contract --------------------------------------------------------------------------------------------------

VARYING = {
    "labels.": "LABEL", "categories.": "CATEGORY", "columns[].labels[].refused.": "REASON", "mute[].refused.": "REASON",
    "columns[].labels[].restored.": "REASON", "columns[].labels[].lost.": "REASON", "mute[].lost.": "REASON",
    "verdict.units.": "TIER", "verdicts[].units.": "TIER", "verdicts[].weights.": "TIER", "verdicts[].by_unit.": "UNIT",
    "verdicts[].READING.arithmetic.": "MEASURE", "run.environment.libraries.": "LIBRARY",
}  # fmt: skip
READINGS = {"verdict.", "verdicts[].", "verdicts[].by_unit.UNIT."}
LISTS = {
    "columns[].labels[].samples", "inputs[].reasons", "options.patterns", "options.policies", "options.acquired",
    "options.sold", "run.command", "verdicts[].READING.reached", "verdicts[].gaps[].alone", "verdicts[].gaps[].needed",
}  # fmt: skip


def keys(value: object, at: str = "") -> set[str]:
    """Paths of all leaves, written as docs/contract.md writes them."""
    if isinstance(value, dict):
        found: set[str] = set()
        for key, inner in value.items():
            shown = VARYING.get(at, "READING" if at in READINGS and key in {"low", "main", "high"} else key)
            shown = re.sub(r"^n\d+$", "nTIER", shown) if at.startswith("verdicts") else shown
            found |= keys(inner, f"{at}{shown}.")
        return found
    path = at.rstrip(".")
    if path in LISTS:
        return {f"{path}[]"}
    if isinstance(value, list):
        return set().union(*(keys(item, f"{path}[].") for item in value))
    return {path}


def test_the_contract_describes_every_key_and_no_other():
    demo = ROOT / "fixtures" / "demo"
    files = sorted(str(path) for path in demo.iterdir())
    facts = {"illegal_income": 1, "insider": True, "acquired": tuple(files[:2]), "sold": tuple(files[2:])}
    document = scanned(demo, policy=tuple(policy.names()), **facts)
    rows = TABLE_KEY.findall(part("contract.md", "## JSON report").split("### Decision codes")[0])
    assert len(rows) == len(set(rows))
    mute = scanned_table(pa.table({"身份证号": ["11010119900307100X", "1.10101E+17"] * 9}))["mute"]
    restored = scanned_table(pa.table({"手机号": ["一五〇五八七二九三七八", "1.50587E+10"] * 9}))["columns"]
    names = [*["王小明"] * 9, *["李小红"] * 9]
    filled = tomllib.loads(case_sheet.template().replace('""', '"x"'))
    case = {"case": case_sheet.of(filled).to_dict()}
    two_names = scanned_table(pa.table({"身份证号": ["110101199003071233"] * 18, "姓名": names}))
    found = keys(document) | keys(case) | keys({"mute": mute, "subjects": two_names["subjects"]})
    found |= keys({"columns": restored})
    # Null where another entry has keys below it (no union of sets); and an entry says again what "verdict" says.
    found = {key for key in found if not any(other.startswith(f"{key}.") for other in found)}
    repeated = {row.replace("verdict.", "verdicts[].", 1) for row in rows if row.startswith("verdict.")}
    assert set(rows) == found - (repeated - set(rows))


def test_the_contract_lists_every_decision_code():
    written = re.findall(
        r'Decision\(\s*(?:[^"()]|\([^()]*\))*?"(\w+)"', Path(decision.__file__).read_text(encoding="utf-8")
    )
    codes = {code for code in written if re.fullmatch(r"[a-z_]+", code)}
    assert {"accepted", "chance", "float"} <= codes
    assert set(TABLE_KEY.findall(part("contract.md", "### Decision codes"))) == codes


def test_the_contract_lists_every_refusal():
    (line,) = [
        line
        for line in part("contract.md", "## JSON report").splitlines()
        if "`columns[].labels[].refused.REASON`" in line
    ]
    assert set(FAULT_NAMES.values()) == set(re.findall(r"`(\w+)`", line))


def test_the_contract_lists_every_label_and_category():
    labels = TABLE_KEY.findall(part("contract.md", "## Labels"))
    assert set(labels) == set(knowledge.toml("categories.toml")["labels"])
    listed = command("detectors").out.decode().splitlines()
    assert {line.split()[1] for line in listed} == set(labels)
    assert set(TABLE_KEY.findall(part("contract.md", "## Categories"))) == set(categories.names())


def test_the_contract_lists_the_fields_of_the_findings():
    assert TABLE_KEY.findall(part("contract.md", "## Findings")) == SCHEMA.names


def test_the_contract_lists_the_exit_codes():
    codes = re.findall(r"^\| ([\d, ]+) \|", part("contract.md", "## Exit codes"), re.MULTILINE)
    assert codes == ["0", "1", "2", "3", "4", "130, 143"]
    classes = [errors.ScannerError, *errors.ScannerError.__subclasses__()]
    assert {each.exit_code for each in classes} == {2, 3, 4}


def test_the_contract_names_only_options_that_exist():
    options = {
        option
        for each in cli.main.commands.values()
        for parameter in each.params
        for option in parameter.opts
    }
    section = part("contract.md", "## Command")
    there, promised = section.split("### Promised, not there yet")
    assert set(re.findall(r"(?<![\w-])--[a-z-]+", there)) <= options
    assert not set(re.findall(r"(?<![\w-])--[a-z-]+", promised)) & options, "it is there: move it up"
    assert all(name in there for name in cli.main.commands)


# --- architecture, glossary ------------------------------------------------------------------------------------


def test_the_architecture_shows_the_layers_as_they_are_enforced():
    rows = re.findall(r"^\| (`.+?`) \|", part("architecture.md", "## Layers"), re.MULTILINE)
    assert [set(re.findall(r"`(\w+)`", row)) for row in rows] == load_literal(
        Path(__file__).with_name("test_layers.py"), "LAYERS"
    )


def test_the_architecture_names_every_dependency():
    project = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]
    section = part("architecture.md", "## Dependencies")
    running, developing = (
        {
            name.strip()
            for row in re.findall(r"^\| ([\w, -]+?) \|", half, re.MULTILINE)
            for name in row.split(",")
        }
        - {"package"}
        for half in section.split("To build")
    )

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[<>=~\[ ;]", each)[0] for each in requirements}

    assert running == names(project["dependencies"])
    assert developing == names(project["optional-dependencies"]["dev"])


def test_the_architecture_names_every_table():
    rows = re.findall(r"^\| (`.+?`) \|", part("architecture.md", "## Tables"), re.MULTILINE)
    described = {name for row in rows for name in re.findall(r"`([\w.]+)`", row)}
    assert described == {path.name for path in (ROOT / "patterns" / "tables").glob("*.csv")}


def test_the_glossary_has_every_check():
    page = text(DOCS / "glossary.md")
    passes = [flag.name.lower() for flag in Check if flag < 1 << 16 and flag.name]
    assert [name for name in passes if f"`{name}`" not in page] == []
