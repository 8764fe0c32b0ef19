"""Imports go down only, and siblings never import each other (docs/architecture.md)."""

import ast
from pathlib import Path

import scanner

ROOT = Path(scanner.__file__).parent
LAYERS = [
    {"__main__"},
    {"cli"},
    {"commands"},
    {"items", "sampling"},
    {"compare", "evidence", "explaining", "journal", "report"},
    {"reports", "run"},
    {"annex", "document"},
    {"scanning", "summary"},
    {"overlaps", "tracks"},
    {"tallies"},
    {"persons", "sources"},
    {"categories", "columns", "content", "detectors", "policy", "store"},
    {"knowledge", "case_sheet"},
    {"kernels"},
    {"masking", "model", "errors", "__init__"},
    {"ascending", "counted", "in_turn", "limits"},
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
    path.write_text(
        "from scanner import cli\nimport scanner.run.job\nfrom scanner.tallies.tally import Tally\n"
    )
    assert imports(path) == {"cli", "run", "tallies"}
