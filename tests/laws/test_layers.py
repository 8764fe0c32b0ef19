"""Imports go down only, and siblings never import each other (docs/architecture.md)."""

import ast
from pathlib import Path

import scanner

ROOT = Path(scanner.__file__).parent
LAYERS = [
    {"__main__"},
    {"cli"},
    {
        "cli_annexes",
        "cli_case",
        "cli_compare",
        "cli_evidence",
        "cli_explain",
        "cli_resume",
        "cli_sample",
        "cli_sentences",
    },
    {"cli_output"},
    {"cli_faults", "cli_interruption", "cli_options"},
    {"cli_limits"},
    {"report", "explain", "compare", "evidence", "explain_row", "items", "sampling"},
    {"reports"},
    {"job"},
    {"processes"},
    {"inputs", "journal", "rehash", "row_cells"},
    {"entries"},
    {"local", "document", "annex", "upper_tiers"},
    {"column_entries"},
    {"records", "summary", "overlaps"},
    {"fact_meanings"},
    {"held", "meanings", "decided", "tied_numbers", "point_kinds"},
    {"points", "survey"},
    {"tracks", "ties", "row_facts", "restored"},
    {"tally", "keys", "persons", "plausible", "rule_trace", "candidates"},
    {"tables"},
    {"table_tally"},
    {
        "columns",
        "categories",
        "headers",
        "content_roles",
        "policy",
        "sources",
        "detectors",
        "frames",
        "coded",
        "gatherings",
        "slots",
        "early_unions",
        "coded_persons",
    },
    {"case_sheet", "content", "links", "uniting"},
    {"distinct", "masking", "knowledge", "coded_ties"},
    {"crowd", "stored_keys", "members"},
    {"spool", "packed", "by_table", "in_turn", "freed", "handover"},
    {"scratch"},
    {"canonical", "environment", "private_files"},
    {"kernels"},
    {"model", "errors", "__init__"},
    {"ascending", "chance", "counted", "limits"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def home(path: Path) -> str:
    """The room a file belongs to: its folder below scanner/, or its own name."""
    relative = path.relative_to(ROOT)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports(path: Path) -> set[str]:
    """The rooms a file imports, anywhere in it (imports for type checking only do not run)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for node in ast.walk(block)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = (
                [node.module]
                if node.module != "scanner"
                else [f"scanner.{alias.name}" for alias in node.names]
            )
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {
            name.split(".")[1]
            for name in names
            if name.startswith("scanner.") and name != "scanner.__version__"
        }
    return found


def test_every_room_has_a_layer():
    rooms = {home(path) for path in ROOT.rglob("*.py")}
    assert rooms <= set(LEVEL), rooms - set(LEVEL)


def test_imports_go_down_only():
    wrong = []
    for path in sorted(ROOT.rglob("*.py")):
        room = home(path)
        if room == "__init__":
            continue  # the public page: it loads the library behind it only when asked
        wrong += [
            f"{path.relative_to(ROOT)} imports {other}"
            for other in sorted(imports(path))
            if other != room and LEVEL[other] <= LEVEL[room]
        ]
    assert wrong == []


def test_the_law_can_fail(tmp_path):
    path = tmp_path / "x.py"
    path.write_text("from scanner import cli\nimport scanner.job\nfrom scanner.tally import Tally\n")
    assert imports(path) == {"cli", "job", "tally"}
