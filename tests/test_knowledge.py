"""scanner.knowledge: finds, reads, refuses and hashes."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import knowledge
from scanner.errors import PatternError


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "made.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_reads_header_columns_and_rows(tmp_path: Path) -> None:
    table = knowledge.read_table(write(tmp_path, "# origin: a: b\n# date:2020\ncode,name\n1,甲\n2,\n"))
    assert table.header == {"origin": "a: b", "date": "2020"}
    assert table.columns == {"code": ("1", "2"), "name": ("甲", "")}
    assert len(table) == 2


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("", 1, "name the columns"),
        ("# a: b\n", 2, "name the columns"),
        ("# a: b\n\n1\n", 2, "name the columns"),
        ("# a b\ncode\n1\n", 1, "key: value"),
        ("# : b\ncode\n1\n", 1, "key: value"),
        ("# a: b\n# a: c\ncode\n1\n", 2, "again"),
        ("code,code\n1,2\n", 1, "repeated"),
        ("code,\n1,2\n", 1, "empty"),
        ("# a: b\ncode\n", 2, "no row"),
        ("code,name\n1,2\n1\n", 3, "has 1 fields, not 2"),
        ("code,name\n1,2,3\n", 2, "has 3 fields, not 2"),
        ("code,name\n1,2\n\n", 3, "has 1 fields, not 2"),
        ("code,name\r\n1,2\r\n", 1, "carriage return"),
        ('code,name\n1,"2\n3,4"\n', 2, "not valid CSV"),
        ('code,name\n1,"2"x\n', 2, "not valid CSV"),
    ],
)
def test_refuses_a_bad_table(tmp_path: Path, content: str, line: int, reason: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(PatternError) as caught:
        knowledge.read_table(path)
    message = str(caught.value)
    assert message.startswith(f"{path}, line {line}, ")
    assert reason in message
    assert "\n" not in message


@pytest.mark.parametrize("reader", [knowledge.read_table, knowledge.read_toml])
def test_refuses_what_cannot_be_read(tmp_path: Path, reader: object) -> None:
    assert callable(reader)
    with pytest.raises(PatternError, match=r"made\.csv is not UTF-8 at byte 5\."):
        reader(write(tmp_path, b"code\n\xff\n"))
    with pytest.raises(PatternError, match=r"absent\.csv cannot be read"):
        reader(tmp_path / "absent.csv")
    with pytest.raises(PatternError, match="cannot be read"):
        reader(tmp_path)


def test_refuses_bad_toml(tmp_path: Path) -> None:
    with pytest.raises(PatternError, match=r"made\.csv is not valid TOML: .*line 2"):
        knowledge.read_toml(write(tmp_path, "a = 1\nb = \n"))
    with pytest.raises(PatternError, match="not valid TOML"):
        knowledge.read_toml(write(tmp_path, "a = " + "[" * 100_000))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(PatternError, match=r"no_such\.csv cannot be read"):
        knowledge.table("no_such")
    with pytest.raises(PatternError, match=r"no_such\.toml cannot be read"):
        knowledge.toml("policies/no_such.toml")


cells = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85"), max_size=8
)


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=1)))
def test_reads_what_the_csv_module_writes(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    text = io.StringIO()
    names = [f"c{index}" for index in range(len(rows[0]))]
    csv.writer(text, lineterminator="\n").writerows([names, *rows])
    table = knowledge.read_table(write(tmp_path_factory.mktemp("csv"), text.getvalue()))
    assert list(table.columns) == names
    assert [list(row) for row in zip(*table.columns.values(), strict=True)] == rows


def test_results_are_kept() -> None:
    assert knowledge.table("regions") is knowledge.table("regions")
    assert knowledge.root() is knowledge.root()
    assert knowledge.sha256() == knowledge.hash_folder(knowledge.root())


def test_hash_sees_names_and_bytes_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.csv").write_text("1")
    (tmp_path / "b.toml").write_text("2")
    first = knowledge.hash_folder(tmp_path)
    assert re.fullmatch("[0-9a-f]{64}", first)
    copy = tmp_path.with_name("copy")
    shutil.copytree(tmp_path, copy)
    for noise in ("__pycache__/x.pyc", ".git/x", "tables/.hidden", "tables/__pycache__/y"):
        (copy / noise).parent.mkdir(exist_ok=True)
        (copy / noise).write_text("noise")
    (copy / "empty").mkdir()
    assert knowledge.hash_folder(copy) == first
    seen = {first}
    for name, content in (("b.toml", "3"), ("b.toml", "2\n"), ("tables/a.csv", ""), ("c.toml", "")):
        (copy / name).write_text(content)
        seen.add(knowledge.hash_folder(copy))
    (copy / "b.toml").rename(copy / "d.toml")
    seen.add(knowledge.hash_folder(copy))
    assert len(seen) == 6
    one, two = tmp_path.with_name("one"), tmp_path.with_name("two")
    for folder, contents in ((one, {"a": "b1 1 b\nx", "c": ""}), (two, {"a": "b", "c": "1 1 b\nx"})):
        folder.mkdir()
        for name, content in contents.items():
            (folder / name).write_text(content)
    assert knowledge.hash_folder(one) != knowledge.hash_folder(two)


def test_a_wheel_finds_its_own_patterns(tmp_path: Path) -> None:
    """As installed: patterns/ inside the package, which wins over a folder beside it."""
    package = tmp_path / "scanner"
    package.mkdir()
    source = Path(knowledge.__file__).parent
    for name in ("__init__.py", "errors.py", "knowledge.py"):
        (package / name).write_text(
            "" if name == "__init__.py" else (source / name).read_text("utf-8"), "utf-8"
        )
    script = "from scanner import knowledge; print(knowledge.root()); print(knowledge.sha256())"

    def outcome() -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", script]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    assert "PatternError" in outcome().stderr
    shutil.copytree(knowledge.root() / "tables", tmp_path / "patterns" / "tables")
    assert outcome().stdout.split()[0] == str((tmp_path / "patterns").resolve())
    shutil.copytree(knowledge.root(), package / "patterns")
    assert outcome().stdout.split() == [str((package / "patterns").resolve()), knowledge.sha256()]


def test_what_was_read_when_the_package_was_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file of patterns/ is known by its bytes, dates too; other bytes and damaged lines are parsed."""
    kept = tmp_path / knowledge.READ_BEFORE
    knowledge.keep_read(kept)
    knowledge._read_before.cache_clear()
    monkeypatch.setattr(knowledge, "__file__", str(kept.with_name("knowledge.py")))
    files = sorted(knowledge.root().rglob("*.toml"))
    parsed = [tomllib.loads(path.read_text("utf-8")) for path in files]
    assert len(kept.read_text("utf-8").splitlines()) == len(files)
    with monkeypatch.context() as patched:
        patched.setattr(knowledge, "_parsed", lambda *_: pytest.fail("parsed"))
        assert [knowledge.read_toml(path) for path in files] == parsed
    changed = write(tmp_path, files[0].read_text("utf-8") + "\nadded = 1\n")
    for damage in (lambda text: text, lambda text: text[: len(text) // 2], lambda _: "\n{}\n"):
        kept.write_text(damage(kept.read_text("utf-8")), "utf-8")
        knowledge._read_before.cache_clear()
        assert [knowledge.read_toml(path) for path in files] == parsed
        assert knowledge.read_toml(changed) == tomllib.loads(changed.read_text("utf-8")) != parsed[0]
    kept.unlink()
    knowledge._read_before.cache_clear()
    assert [knowledge.read_toml(path) for path in files] == parsed
    knowledge._read_before.cache_clear()


def test_only_packaged_kinds_of_files_lie_in_patterns() -> None:
    """setup.py packs these suffixes; another one would be missing from a wheel, and its hash would differ."""
    packed = {".toml", ".csv", ".md"}
    files = [path for path in knowledge.root().rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert [
        path.name for path in files if path.suffix not in packed and "__pycache__" not in path.parts
    ] == []
    assert all(len(path.relative_to(knowledge.root()).parts) <= 2 for path in files)


def test_loading_is_quick_and_lazy() -> None:
    """Importing reads no table, and needs nothing but the standard library."""
    script = (
        "import sys, scanner.errors; before = set(sys.modules); import scanner.knowledge as k;"
        "assert k.table.cache_info().currsize == 0; assert 'numpy' not in set(sys.modules) - before"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=knowledge.root().parent)
