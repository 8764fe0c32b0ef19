from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sql_dumps import DIALECTS, Dumped, dump, people_table
from sql_seen import read

from scanner.limits import Limits


def filled(table: Dumped) -> list[list[str]]:
    return [[cell or "" for cell in row] for row in table.rows]


@pytest.mark.parametrize("block_size", [100, 1000, 8 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_cell_of_every_dialect(dialect: str, encoding: str, block_size: int) -> None:
    tables = [people_table("customer", 1, 40), people_table("vip_user", 2, 9)]
    seen = read(dump(tables, dialect).encode(encoding), block_size=block_size)
    assert seen.formats == {"sql"}
    assert not seen.issues
    assert not seen.loose
    for table in tables:
        names = seen.columns[table.name]
        if dialect == "navicat":
            assert names == (None,) * 7
        else:
            assert [name.lower() for name in names if name] == table.columns
        assert seen.texts(table.name) == filled(table)
    assert set(seen.rows) <= {"customer", "vip_user", "(statements)"}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
def test_places_are_those_of_the_file(dialect: str, encoding: str) -> None:
    table = people_table("customer", 3, 30, hard=False)
    raw = dump([table], dialect).encode(encoding)
    seen = read(raw, block_size=777, encoding=encoding)
    checked = 0
    for number, row in enumerate(table.rows):
        for index, cell in enumerate(row):
            if cell and not (index == 6 and dialect.startswith(("oracle", "sqlserver"))):
                place = seen.places["customer", number, index]
                assert raw[place : place + len(cell.encode(encoding))] == cell.encode(encoding)
                checked += 1
    assert checked > 100


def test_trail_bytes_of_gb18030_are_no_backslashes() -> None:
    # Each of these ends in 0x5C or 0x7C in GB18030.
    name = "".join(bytes((lead, 0x5C)).decode("gb18030") for lead in range(0x81, 0xFE, 5))
    assert b"\\" in name.encode("gb18030")
    raw = f"INSERT INTO `t` (`xm`,`phone`) VALUES ('{name}','13800138000'),('二','13900139000');\n"
    seen = read(raw.encode("gb18030"), encoding="gb18030")
    assert seen.texts("t") == [[name, "13800138000"], ["二", "13900139000"]]


VALUES = [
    ("NULL", ""),
    ("default", ""),
    ("DEFAULT", ""),
    ("''", ""),
    ("'a'", "a"),
    ("N'张'", "张"),
    ("'it''s'", "it's"),
    ("'it\\'s'", "it's"),
    ("'a\\\\'", "a\\"),
    ("'tab\\tx\\0y'", "tab\tx\0y"),
    ("'50\\%'", "50\\%"),
    ("E'\\u4f60\\x41\\101\\U0001F600'", "你AA😀"),
    ("E'\\uD83D\\uDE00'", "😀"),
    ("U&'\\4f60\\+01F600\\\\'", "你😀\\"),
    ("q'[it's]'", "it's"),
    ("nq'{a}b}'", "a}b"),
    ("Q'!x!'", "x"),
    ("$$it's$$", "it's"),
    ("$a$x$$y$a$", "x$$y"),
    ("0x3133383030313338303030", "13800138000"),
    ("X'e4bda0'", "你"),
    ("_binary 0x41", "A"),
    ("0xFFD8FF", "FFD8FF"),
    ("_binary 'ab'", "ab"),
    ("_utf8mb4'你'", "你"),
    ("b'0101'", "0101"),
    ("-1.5e-5", "-1.5e-5"),
    ("110105194912310038", "110105194912310038"),
    ("true", "true"),
    ("(1)", "(1)"),
    ("'138' || '0013' || '8000'", "13800138000"),
    ("'a'||chr(10)||'b'", "a\nb"),
    ("N'a' + CHAR(13) + N'b'", "a\rb"),
    ("concat('138','00138000')", "13800138000"),
    ("'138' '00138000'", "13800138000"),
    ("to_date('2020-01-01','yyyy-mm-dd')", "2020-01-01"),
    ("CAST(N'2020-01-01' AS DateTime)", "2020-01-01"),
    ("CAST(0x0000A9 AS DateTime)", "CAST(0x0000A9 AS DateTime)"),
    ("date '2020-01-01'", "2020-01-01"),
    ("TIMESTAMP '2020-01-01 00:00:00' AT TIME ZONE 'UTC'", "2020-01-01 00:00:00"),
    ("'x'::character varying(20)", "x"),
    ('\'{"a","b"}\'::text[]', '{"a","b"}'),
    ("NULL::text", ""),
    ("ARRAY['13800138000','13900139000']", "13800138000,13900139000"),
    ("replace('a\\nb','\\n',char(10))", "a\nb"),
    ("unistr('\\4f60')", "你"),
    ("to_clob('a')||to_clob('b')", "ab"),
    ("'中' COLLATE utf8mb4_bin", "中"),
    ("seq_user.nextval", "seq_user.nextval"),
    ("now()", "now()"),
    ("张三", "张三"),
    ("/* 13800138000 */ 5", "5"),
    ("'a' -- 13800138000\n", "a"),
    ('"a""b"', 'a"b'),
]


@pytest.mark.parametrize(("written", "meant"), VALUES)
@pytest.mark.parametrize("block_size", [1, 8 << 20])
def test_values(written: str, meant: str, block_size: int) -> None:
    seen = read(f"INSERT INTO t VALUES (1, {written}, 'x'),(2,'y','z');\n", block_size=block_size)
    assert seen.texts("t") == [["1", meant, "x"], ["2", "y", "z"]]
    assert not seen.loose
    comments = [line for line in seen.statements if "13800138000" in line]
    assert bool(comments) == ("-- 138" in written or "/* 138" in written)


DAMAGED = [  # what stands between two sound rows; what is loose of it
    ("(5,'O'Brien','13800138000')", ["(5,'O'Brien','13800138000')"]),
    ("(5,'abc,'13800138000')", ["(5,'abc,'13800138000')"]),
    ("(5,'a','13800138000)", ["(5,'a','13800138000)"]),
    ("(5,a','13800138000')", ["(5,a','13800138000')"]),
    ("(5,'a')", ["(5,'a')"]),
    ("(5,'a','b','c')", ["(5,'a','b','c')"]),
    ("()", ["()"]),
    ("(5,,'b')", ["(5,,'b')"]),
    ("(5,\"a,'13800138000')", ["(5,\"a,'13800138000')"]),
    ("(5,'a','b'", ["(5,'a','b',(7,'p','q')"]),
    ("(5 6,'a','b')", ["(5 6,'a','b')"]),
    ("(5,'a',q'[b)", ["(5,'a',q'[b)"]),
]


@pytest.mark.parametrize(("written", "loose"), DAMAGED)
@pytest.mark.parametrize("block_size", [1, 10, 8 << 20])
def test_a_damaged_row_costs_that_row(written: str, loose: list[str], block_size: int) -> None:
    text = f"INSERT INTO t VALUES (1,'a','b'),(2,'c','d'),{written},(7,'p','q'),(8,'r','s');\n"
    text += "INSERT INTO t VALUES (9,'t','u');\n"
    seen = read(text, block_size=block_size)
    assert list(seen.loose["t"].values()) == loose
    assert list(seen.loose["t"]) == [2]
    kept = [row for row in seen.texts("t") if row[0] in "1289"]
    assert kept == [["1", "a", "b"], ["2", "c", "d"], ["8", "r", "s"], ["9", "t", "u"]]
    assert len(seen.texts("t")) == 5 - (len(loose[0]) > 20 and "(7" in loose[0])


def test_a_dump_that_was_cut_off() -> None:
    text = "INSERT INTO t VALUES (1,'a'),(2,'b'),(3,'13800138000"
    seen = read(text)
    assert seen.texts("t") == [["1", "a"], ["2", "b"]]
    assert seen.loose["t"] == {2: "(3,'13800138000"}
    assert read("COPY t (a, b) FROM stdin;\n1\t2\n3").loose["t"] == {1: "3"}


def test_damage_goes_on_at_the_next_statement() -> None:
    text = (
        "INSERT INTO t VALUES (1,'a'),(2,'b\nINSERT INTO t VALUES (3,'c');\n-- x\nINSERT INTO u VALUES (4);\n"
    )
    seen = read(text)
    assert seen.texts("t") == [["1", "a"], ["3", "c"]]
    assert seen.loose["t"] == {1: "(2,'b"}
    assert seen.texts("u") == [["4"]]


def test_the_other_reading_of_backslashes() -> None:
    # The first is MySQL's, in which 'C:\' does not close; the second is standard SQL, in which 'it\'s' closes early.
    seen = read("-- MySQL dump\nINSERT INTO t VALUES (1,'C:\\','x'),(2,'it\\'s','y');\n")
    assert seen.texts("t") == [["1", "C:\\", "x"], ["2", "it's", "y"]]
    seen = read(
        "SET standard_conforming_strings = on;\nINSERT INTO t VALUES (1,'C:\\','x'),(2,'it\\'s','y');\n"
    )
    assert seen.texts("t") == [["1", "C:\\", "x"], ["2", "it's", "y"]]


def test_text_outside_of_rows_is_read_a_line_each() -> None:
    text = """-- 13800138000
UPDATE t SET phone='13900139000' WHERE id=5; INSERT INTO t VALUES (1,'a');
INSERT INTO t SELECT * FROM u;
INSERT INTO t SET a='13700137000';
CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW BEGIN
INSERT INTO log VALUES (NEW.id, 'changed');
INSERT INTO log VALUES (@a, :b);
END;;
INSERT INTO t VALUES (2,'b') ON DUPLICATE KEY UPDATE a='13600136000';
"""
    seen = read(text)
    assert seen.texts("t") == [["1", "a"], ["2", "b"]]
    assert set(seen.rows) == {"t", "(statements)"}
    assert not seen.loose
    for wanted in (
        "13800138000",
        "13900139000",
        "13700137000",
        "NEW.id",
        "@a",
        "13600136000",
        "SELECT * FROM u",
    ):
        assert sum(wanted in line for line in seen.statements) == 1, wanted


MARKS = "' \" ` \\ ( ) , ; \n \r\n \t 1 a 中 -- /* */ $$ $a$ q'[ ]' E' N' 0x41 NULL NEW.x || :: ''"
PIECES = "\\' \\. \\N ( (1,'a') ('b',2) ),( GO\n 1\t2\n \\.\n USE~s; USE~r; INSERT~INTO~t~VALUES"
HEADS = "INSERT~INTO~u~(a,b)~VALUES COPY~c~(a,b)~FROM~stdin;\n CREATE~TABLE~t~(x~int,y~text);"
PARTS = st.sampled_from(f"{MARKS} {PIECES} {HEADS}".split(" "))
STARTS = [
    "INSERT INTO t VALUES (1,'a'),",
    "COPY c (a,b) FROM stdin;\n1\t2\n",
    "INSERT INTO u (b,a) VALUES ('x',2);\n",
]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(PARTS.map(lambda part: part.replace("~", " ")), max_size=40).map("".join),
    st.sampled_from(STARTS),
    st.sampled_from(["utf-8", "gb18030", "utf-16-le"]),
    st.integers(1, 40),
    st.sampled_from([Limits(), Limits(line=30, cell=10), Limits(line=60, cell=40)]),
)
def test_where_blocks_end_changes_nothing(
    text: str, start: str, encoding: str, block_size: int, limits: Limits
) -> None:
    raw = (start + text).encode(encoding)
    whole = read(raw, encoding=encoding, limits=limits)
    assert read(raw, encoding=encoding, limits=limits, block_size=block_size) == whole
    shown = "".join(cell for rows in whole.rows.values() for row in rows.values() for cell in row) + "".join(
        line for lines in whole.loose.values() for line in lines.values()
    )
    assert shown.count("中") >= (start + text).count("中") - sum(
        (name or "").count("中") for names in whole.columns.values() for name in names
    )


def test_pictures_in_columns_do_not_make_a_dump_binary() -> None:
    picture = bytes(range(1, 256)).replace(b"'", b"").replace(b"\\", b"") * 40
    row = b"INSERT INTO `t` VALUES (1,'13800138000',_binary '" + picture + b"');\n"
    seen = read(b"-- MySQL dump 10\n" + row * 20)
    assert [cells[1] for cells in seen.texts("t")] == ["13800138000"] * 20
    assert not seen.loose


def test_a_dump_that_is_too_long_or_too_wide_says_so() -> None:
    seen = read("INSERT INTO t VALUES (1);\nUPDATE t SET a = '" + "x" * 500 + "';\n", limits=Limits(line=100))
    assert [issue.what for issue in seen.issues] == [
        "has 1 line or row of more than 100 bytes; it was read in pieces, as free text"
    ]
    assert "".join(seen.statements).count("x") == 500
    seen = read("INSERT INTO t VALUES (1" + ",1" * 20_000 + "),(2);\n")
    assert seen.texts("t") == [["2"]]
    assert "16384 values" in seen.issues[0].what
    seen = read(f"INSERT INTO t VALUES (1),('{'x' * 500}'),('13800138000');\n", limits=Limits(cell=100))
    assert seen.texts("t") == [["1"], ["13800138000"]]
    assert seen.loose["t"] == {1: f"('{'x' * 500}')"}
    assert "1 value of more than 100 bytes" in seen.issues[0].what


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends(end: str) -> None:
    text = f"COPY t (a, b) FROM stdin;{end}1\t\\N{end}2\tx\\ty{end}\\.{end}"
    text += f"INSERT INTO u VALUES{end}(1,'a'),{end}(2,'b');{end}GO{end}"
    seen = read(text)
    assert seen.texts("t") == [["1", ""], ["2", "x\ty"]]
    assert seen.texts("u") == [["1", "a"], ["2", "b"]]
    assert not seen.statements


def test_copy_with_options() -> None:
    seen = read(
        "COPY t (a, b) FROM stdin WITH DELIMITER '|';\n1|x\\|y\n\\.\n"
        "COPY t (a, b) FROM stdin WITH (FORMAT csv);\n1,2\n\\.\n"
    )
    assert seen.texts("t") == [["1", "x|y"]]
    assert "1,2" in seen.statements
