from __future__ import annotations

import time

import pytest
from sql_seen import read, tables_of

from scanner.sources import sql_tables
from scanner.sources.sql_signs import escapes, is_sql

WRITTEN = [
    "Insert into S.T\n   (A, B)\n Values\n   (1, 'x');\nInsert into S.T\n   (A, B)\n Values\n   (2, 'y');\n",  # Toad
    "prompt T...\ninsert into T (A, B)\nvalues (1, 'x');\n\ninsert into T (A, B)\nvalues (2, 'y');\n",  # PL/SQL
    "INSERT INTO public.t (a,b) VALUES\n\t (1,'x'),\n\t (2,'y');\n",  # DBeaver
    "INSERT INTO `t` (`a`, `b`) VALUES\n\t(1, 'x'),\n\t(2, 'y');\n",  # HeidiSQL
    "INSERT INTO T (a, b) VALUES (1, 'x')\nGO\nINSERT INTO T (a, b) VALUES (2, 'y')\nGO\n",
    "SET IDENTITY_INSERT [dbo].[t] ON\nINSERT [dbo].[t] ([a], [b]) VALUES (1, N'x'), (2, N'y')\n",
    "INSERT INTO t (a,b) VALUES (1,'x');INSERT INTO t (a,b) VALUES (2,'y');",
    "INSERT IGNORE INTO t (a,b) VALUES (1,'x');\nREPLACE INTO t (a,b) VALUES (2,'y');\n",
    "INSERT OR REPLACE INTO t(a,b) VALUES(1,'x');\nINSERT INTO t(a,b) VALUES(2,'y') ON CONFLICT DO NOTHING;\n",
    "INSERT INTO t (a,b) OVERRIDING SYSTEM VALUE VALUES (1,'x'),(2,'y');\n",
    "INSERT INTO TABLE t PARTITION (dt='2020') (a,b) VALUES (1,'x'),(2,'y');\n",
    "UPSERT INTO t (a,b) VALUES (1,'x');\nUPSERT INTO t (a,b) VALUES (2,'y');\n",
    "INSERT ALL INTO t (a,b) VALUES (1,'x') INTO t (a,b) VALUES (2,'y') SELECT * FROM dual;\n",
    "\ufeffINSERT INTO t (a,b)VALUES(1,'x'),(2,'y')",
]


def test_columns_are_named_by_list_definition_and_comment() -> None:
    text = """CREATE TABLE a (id int, `c1` varchar(9) COMMENT '身份证号', c2 text comment 'x',
 KEY k (`c1`), CHECK (id > 0));
INSERT INTO a VALUES (1,'x','y');
INSERT INTO a (c2, id) VALUES ('z', 2);
INSERT INTO a (id, extra) VALUES (3, '13800138000');
INSERT INTO b (phone) VALUES (4);
INSERT INTO b VALUES (5);
CREATE TABLE "c" ("p" text);
COMMENT ON COLUMN "c"."p" IS '手机号';
INSERT INTO c VALUES (6);
EXEC sp_addextendedproperty 'MS_Description', N'姓名', 'SCHEMA', N'dbo', 'TABLE', N'd', 'COLUMN', N'n'
CREATE TABLE [dbo].[d] ([n] nvarchar(9))
EXEC sys.sp_addextendedproperty @name=N'MS_Description', @value=N'姓名', @level0type=N'SCHEMA', @level0name=N'dbo',
 @level1type=N'TABLE', @level1name=N'd', @level2type=N'COLUMN', @level2name=N'n'
GO
INSERT [dbo].[d] VALUES (N'张三')
"""
    seen = read(text)
    assert seen.columns["a"] == ("id", "c1（身份证号）", "c2", "extra")
    assert seen.texts("a") == [["1", "x", "y", ""], ["2", "", "z", ""], ["3", "", "", "13800138000"]]
    assert seen.columns["b"] == ("phone",)
    assert seen.texts("b") == [["4"], ["5"]]
    assert seen.columns["c"] == ("p（手机号）",)
    assert seen.columns["dbo.d"] == ("n（姓名）",)


def test_schemas_are_kept_where_there_are_several() -> None:
    text = (
        "INSERT INTO public.users VALUES (1);\nINSERT INTO audit.users VALUES (2);\n"
        'INSERT INTO "public"."users" VALUES (3);\n'
        "USE `Audit`;\nINSERT INTO users VALUES (4);\n\\connect crm\nINSERT INTO users VALUES (5);\n"
    )
    seen = read(text)
    assert seen.texts("users") == [["1"], ["3"]]
    assert seen.texts("audit.users") == [["2"], ["4"]]
    assert seen.texts("crm.users") == [["5"]]


def test_columns_without_names_show_what_they_are_by_their_first_rows() -> None:
    rows = "".join(
        f"INSERT INTO track VALUES ('138001380{n:02}',{116 + n / 1000:.6f},{39 + n / 700:.6f},"
        f"'2020-01-01 10:{n:02}:00');\n"
        for n in range(60)
    )
    seen = read(rows, content=True)
    assert seen.roles["track"] is not None
    for size in (1, 100, 5000):
        assert read(rows, content=True, block_size=size) == seen


def test_very_many_tables_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_tables, "MOST_SHAPES", 5)
    text = (
        "".join(f"INSERT INTO t{n} VALUES ('1380013{n:04}');\n" for n in range(8))
        + "INSERT INTO t1 VALUES ('x');\n"
    )
    seen = read(text)
    assert set(seen.rows) == {"t0", "t1", "t2", "t3", "t4", "(statements)"}
    assert seen.texts("t1") == [["13800130001"], ["x"]]
    assert [line[-14:-3] for line in seen.statements] == [f"1380013{n:04}" for n in (5, 6, 7)]
    assert any(issue.partial for issue in seen.issues)


def test_definitions_that_do_not_fit_their_rows_are_not_believed() -> None:
    rows = ",".join(f"({n},'a',5)" for n in range(6))
    seen = read(f"CREATE TABLE t (a int, b text);\nALTER TABLE t ADD c int;\nINSERT INTO t VALUES {rows};\n")
    assert len(seen.texts("t")) + len(seen.loose["t"]) == 6
    assert len(seen.texts("t")) == 4
    assert seen.columns["t"] == (None, None, None)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("-- MySQL dump 10.13\n--\nDROP TABLE IF EXISTS `a`;\n", True),
        ("-- dump\n/* x */;\nINSERT INTO `t` VALUES (1,'a');\n", True),
        ("CREATE TABLE t (a int);\n", True),
        ("create table 用户 (姓名 text);\n", True),
        ("INSERT [dbo].[T] ([a], [b]) VALUES (N'x', 1)\n", True),
        ("\\restrict x\n\nCOPY public.t (a, b) FROM stdin;\n", True),
        ("Insert into S.T (A,B) values (1,2);\n", True),
        ("REPLACE INTO t SET a = 1;\n", True),
        ("INSERT INTO `t` (`帐号`, `密码(明文)`) VALUES ('a', 'b');\n", True),
        ('COPY t ("a (b)", [c)]) FROM stdin;\n', True),
        ("insert into t (a (b)) values (1);\n", False),
        ("-- x\n \t uPSERT into t (a) values (1);\n \tcopy t (a) from STDIN;\n", True),
        ("UPDATE t SET phone = '13800138000' WHERE id = 1;\n", True),
        ("x','13800138000'),(2,'y');\nINSERT INTO t VALUES (3,'z');\nINSERT INTO t VALUES (4,'z');\n", True),
        ("姓名,手机号\n张三,13800138000\n", False),
        ("-- 张三 13800138000\n-- 李四 13900139000\n", False),
        ("insert coin\nto play\n", False),
        ("set----b\nuse----c\n", False),
        ("select,from,where\n1,2,3\n", False),
        ("sql,n\nINSERT INTO t VALUES (1),2\n", False),
        ("Update on the delivery of your order\nDear customer\n", False),
    ],
)
def test_what_is_a_dump(head: str, told: bool) -> None:
    assert is_sql(head.encode().decode("latin-1")) is told
    formats = {table.format for table in tables_of(head.encode())}
    assert formats == ({"sql"} if told else {"delimited"})


@pytest.mark.parametrize(
    "unit",
    [
        "\n",
        " ",
        "insert ",
        "insert\n",
        "a.",
        "insert t (",
        "insert t (`a`",
        "insert t (`a",
        "(a`(`",
        "create a a a\n",
        "update a set a ",
        "insert `",
        "-- a\n",
    ],
)
def test_telling_a_dump_takes_little_time(unit: str) -> None:
    text = "-- x\ninsert " + unit * ((64 << 10) // len(unit))
    start = time.perf_counter()
    is_sql(text)
    escapes(text)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("text", WRITTEN)
@pytest.mark.parametrize("block_size", [1, 8 << 20])
def test_statements_as_other_programs_write_them(text: str, block_size: int) -> None:
    seen = read(text, block_size=block_size)
    (name,) = set(seen.rows) - {"(statements)"}
    assert (name or "").lower() == "t"
    assert [(column or "").lower() for column in seen.columns[name]] == ["a", "b"]
    assert seen.texts(name) == [["1", "x"], ["2", "y"]]
    assert not seen.loose
    assert not seen.issues
