"""Every sentence about the reading of inputs has a Chinese form; what is not known is shown as it is."""

import ast
import itertools
import re
from pathlib import Path

import pytest

import scanner
from scanner.counted import chosen, counted
from scanner.reports.words import Words, grouped, table
from scanner.sources.signatures import WORDS

ROOT = Path(scanner.__file__).parent
ROOMS = ("run", "scanning", "sources")
FILES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
ZH, EN = Words("zh"), Words("en")


def texts(node, given):
    """The texts that an expression may give; ``given``: expressions of names; 7 stands in every other place."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else ["7"]
    if isinstance(node, ast.JoinedStr):
        parts = [texts(part, given) for part in node.values]
        return ["".join(chosen) for chosen in itertools.product(*parts)]
    if isinstance(node, ast.FormattedValue):
        return texts(node.value, given)
    if isinstance(node, ast.IfExp):
        return texts(node.body, given) + texts(node.orelse, given)
    if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "counted":
        return [
            counted(form, **dict.fromkeys(re.findall(r"\{(\w+)\}", form), count))
            for form in texts(node.args[0], given)
            for count in (1, 7)
        ]
    if isinstance(node, ast.Name) and node.id in given:
        rest = {name: values for name, values in given.items() if name != node.id}
        return [text for value in given[node.id] for text in texts(value, rest)]
    return ["7"]


def assigned(scope):
    """What a function assigns to each name."""
    given = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            name = target.id if isinstance(target, ast.Name) else getattr(target, "attr", None)
            given.setdefault(name, []).append(node.value)
    return given


def sentences(path):
    """What is passed to Issue(, SourceError( and Trouble(, directly or by a name, and what is said of unread inputs."""
    tree = ast.parse(path.read_text("utf-8"))
    found, told_by = [], set()  # functions whose result is said
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for scope in functions:
        given = assigned(scope)
        said = given.get("failure", []) + given.get("spent", [])
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                if node.func.id in ("Issue", "SourceError", "Trouble"):
                    said = [*said, node.args[0]]
                    told_by.add(getattr(getattr(node.args[0], "func", None), "id", None))
            elif (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", "") == "append"
                and len(node.args) == 2
            ):
                said = [*said, node.args[1]]  # why an input is not read
        found += [text for expression in said for text in texts(expression, given)]
    for scope in functions:
        if scope.name in told_by:
            returns = [node.value for node in ast.walk(scope) if isinstance(node, ast.Return)]
            found += [text for value in returns for text in texts(value, assigned(scope))]
    for node in ast.walk(tree):  # KINDS: (test, sentence) pairs
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "KINDS":
            found += [part.elts[1].value for part in getattr(node.value, "elts", ())]
    return [text for text in found if text != "7"]  # passed on from elsewhere


ALL = sorted({text for path in FILES for text in sentences(path)})


def test_the_sentences_are_found():
    assert len(ALL) > 30
    assert {"is empty", "is a folder without any file", "holds no row"} <= set(ALL)


@pytest.mark.parametrize("text", ALL)
def test_every_sentence_has_a_chinese_form(text):
    assert ZH.sentence(text) != text, "put its pattern into words.toml, [sentences]"
    assert EN.sentence(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "sheet 一: 1 cells have no text, which is missing from the shared strings",
            "sheet 一: 1 cell has no text, which is missing from the shared strings",
        ),
        (
            "holds 1 bytes that are no header, from byte 512; they were not read",
            "holds 1 byte that is no header, from byte 512; it was not read",
        ),
        (
            "its content: holds 1 bytes where its archive says 2; what follows there was read as free text",
            "its content: holds 1 byte where its archive says 2; what follows there was read as free text",
        ),
    ],
)
def test_one_is_told_in_the_singular(text, told):
    assert EN.sentence(text) == told
    assert EN.sentence(told) == told
    assert ZH.sentence(told) == ZH.sentence(text) != text
    plural = text.replace(" 1 ", " 21 ")
    assert EN.sentence(plural) == plural


@pytest.mark.parametrize("cause", [*WORDS.values(), "kept as they are"])
def test_every_cause_has_a_chinese_form(cause):
    assert cause in {forms["en"] for forms in table()["causes"].values()}


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("is empty", "是空文件"),
        ("cannot be read: permission denied", "无法读取：没有权限"),
        ("cannot be read: quota exceeded", "无法读取：quota exceeded"),
        (
            "looks like a zip archive or an Office document, which is not read",
            "看来是 zip 压缩包或 Office 文档，不予读取",
        ),
        (
            "in 表 2, 3 of 1000 rows are not of the width of the others; "
            "they were scanned as free text, but are not counted as records",
            "表“表 2”中 1,000 行有 3 行与其余行宽度不同；这些行按自由文本扫描，不计条数",
        ),
        (
            "1 of 100 rows is not of the width of the others; "
            "it was scanned as free text, but is not counted as a record",
            "100 行中有 1 行与其余行宽度不同；该行按自由文本扫描，不计条数",
        ),
        (
            "holds 12 undecodable bytes for gb18030, read as U+FFFD; the first is at byte 12345",
            "有 12 个字节不合 gb18030 编码，读作 U+FFFD；第一个在字节 12,345",
        ),
        (
            "5 of 100 rows could not be read as records, only as free text: rows 3, 1200, 4100 and 2 more",
            "100 行中有 5 行不能按记录读取，只按自由文本扫描，不计条数：第 3, 1200, 4100 行，另有 2 行",
        ),
        ("a plugin's own sentence", "a plugin's own sentence"),
        ("{0} {row} %s", "{0} {row} %s"),
    ],
)  # fmt: skip
def test_sentences(english, chinese):
    assert ZH.sentence(english) == chinese


@pytest.mark.parametrize(
    ("form", "values", "shown"),
    [
        ("{count} [count:row|rows]", {"count": "1"}, "1 row"),
        ("{count} [count:row|rows]", {"count": 1}, "1 row"),
        ("{count} [count:row|rows]", {"count": "0"}, "0 rows"),
        ("{count} [count:row|rows]", {"count": "1,001"}, "1,001 rows"),
        ("{name} 行", {"name": "[count:a|b]"}, "[count:a|b] 行"),
    ],
)
def test_one_and_many(form, values, shown):
    assert chosen(form, values) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("100×12345 + 10×(6789×2) + 0 = 1370280 ≥ 50000", "100×12,345 + 10×(6,789×2) + 0 = 1,370,280 ≥ 50,000"),
        ("gb18030 2026-11-21 0.12345 12,345 999", "gb18030 2026-11-21 0.12345 12,345 999"),
        ("of 12040 candidates.", "of 12,040 candidates."),
    ],
)  # fmt: skip
def test_thousands_are_set_apart(text, shown):
    assert grouped(text) == shown


@pytest.mark.parametrize(
    ("article", "shown"),
    [
        ("第五条第一款第三项", "Art. 5(1)(3)"),
        ("第十一条第二款", "Art. 11(2)"),
        ("第二十条", "Art. 20"),
        ("第五条第一款第（八）项", "Art. 5(1)(8)"),
        ("Section 3", "Section 3"),
        (None, ""),
    ],
)
def test_articles_in_english(article, shown):
    assert EN.article(article) == shown
    assert ZH.article(article) == (article or "")
