"""XML as tables: records that repeat, names of columns, all text kept, and damage that costs only itself."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pytest
from growth import is_linear
from hypothesis import given
from hypothesis import strategies as st
from running import scanned

from scanner.sources import xml_reader
from scanner.sources.messages import Sheet, Trouble
from scanner.sources.text_kinds import is_html, is_xml

Told = tuple[dict[str | None, list[dict[str, str]]], list[str]]


def read(data: bytes | str) -> Told:
    raw = data.encode() if isinstance(data, str) else data
    tables: dict[str | None, list[dict[str, str]]] = {}
    troubles: list[str] = []
    name: str | None = ""
    for message in xml_reader.read(io.BytesIO(raw), 0, {"cell": 1 << 20}):
        if isinstance(message, Sheet):
            name = message.name
        elif isinstance(message, Trouble):
            troubles.append(message.what)
        elif isinstance(message, pa.RecordBatch):
            rows = message.to_pylist()
            tables.setdefault(name, []).extend(
                {k: v for k, v in row.items() if v is not None} for row in rows
            )
    return tables, troubles


def lines(text: str) -> dict[str, str]:
    return {"": text}


ZHANG, LI = {"name": "张三", "tel": "138"}, {"name": "李四", "tel": "139"}


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        (
            "<r><p><name>张三</name><tel>138</tel></p><p><name>李四</name><tel>139</tel></p></r>",
            {"r.p": [ZHANG, LI]},
        ),
        ('<r><p name="张三" tel="138"/><p name="李四" tel="139"/></r>', {"r.p": [ZHANG, LI]}),
        ('<p name="张三" tel="138"/>\n<p name="李四" tel="139"/>\n', {"p": [ZHANG, LI]}),
        (
            "<p><name>&#24352;&#x4e09;</name><tel><![CDATA[138]]></tel></p>"
            "<p><name> 李四 </name><tel>1<!-- 5 -->39</tel></p>",
            {None: [lines("5")], "p": [ZHANG, LI]},
        ),
        (
            "<r><p><name>张三</name><c><tel>1</tel><tel>2</tel></c></p><p><name>李四</name><c t='x'/></p></r>",
            {"r.p": [{"name": "张三", "c.tel": "1\n2"}, {"name": "李四", "c.t": "x"}]},
        ),
        ("<p><name>张三</name><tel>138</tel></p>", {"p": [ZHANG]}),
        ("<r><n>1</n><n>2</n></r>", {"r.n": [{"n": "1"}, {"n": "2"}]}),
        ("<r><p t='a'>1</p><p t='b'>2</p></r>", {"r.p": [{"t": "a", "p": "1"}, {"t": "b", "p": "2"}]}),
        (
            '<d><t name="u"><row><field name="name">张三</field><field name="tel">138</field></row><row>'
            '<field name="name">李四</field><field name="tel">139</field></row></t></d>',
            {None: [lines("u")], "d.t[u].row": [ZHANG, LI]},
        ),
        (
            '<map><string name="tel">138</string><string name="age">3</string></map>',
            {"map": [{"tel": "138", "age": "3"}]},
        ),
        ("<r>1<b>2</b>3</r>", {"r": [{"b": "2", "r": "1 3"}]}),
        (
            '<!DOCTYPE r [<!ENTITY a "138&b;">]><r><n>&a;</n><n>&lt;2&nbsp;</n></r>',
            {None: [lines("r"), lines('<!ENTITY a "138&b;">')], "r.n": [{"n": "&a;"}, {"n": "<2"}]},
        ),
        (
            "<r><p><a>1</a><b>2</b></p><p><a>3<b>4</b></p></r>",
            {"r.p": [{"a": "1", "b": "2"}, {"a.b": "4", "a": "3"}]},
        ),
        (
            "<r xmlns='u'><x:p a='1 > 0' b=2/><x:p a=\"it's\" b=''/></r>",
            {"r.x:p": [{"a": "1 > 0", "b": "2"}, {"a": "it's"}]},
        ),
    ],
)
def test_what_are_rows_and_columns(text: str, tables: dict[str | None, list[dict[str, str]]]) -> None:
    found = read(text)[0]
    assert {name: found[name] for name in found} == tables


def test_keys_that_are_data_are_values() -> None:
    """Names of people are no names of columns, which reports show."""
    text = "".join(
        f'<talk><title>{at}</title><said name="张三{at % 7}">1</said><said name="李四{at % 5}">2</said></talk>'
        for at in range(40)
    )
    tables, _ = read(f"<log>{text}</log>")
    (name,) = tables
    assert name == "log.talk"
    assert {column for row in tables[name] for column in row} == {"title", "said.name", "said"}
    assert tables[name][0]["said.name"] == "张三0\n李四0"


def test_a_list_is_no_cell() -> None:
    numbers = "".join(f"<p>{at}</p>" for at in range(50))
    assert len(read(f"<r><title>x</title>{numbers}</r>")[0]["r.p"]) == 50


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030", "big5"])
@pytest.mark.parametrize(
    "declared", ["", '<?xml version="1.0" encoding="{}"?>\n', '<?xml encoding="wrong"?>\n']
)
def test_encodings_are_found_whatever_is_declared(encoding: str, declared: str) -> None:
    rows = "".join(f"<人員><姓名>王大明</姓名><電話>{at}</電話></人員>\n" for at in range(40))
    tables, _ = read((declared.format(encoding) + f"<r>{rows}</r>").encode(encoding))
    assert tables["r.人員"] == [{"姓名": "王大明", "電話": str(at)} for at in range(40)]


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64])
def test_pieces_do_not_matter(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'x'>\n] ><!-- note --><r>\n"
        + "<p a='1 > 0' b='&#24352;'><n>张三 &amp; Co</n><t><![CDATA[ <1]] ]]></t></p>\n" * 5
        + '<p a="broken><n>2</n></p></q>rest &#x4e09</r>'
    )
    whole = read(text)
    monkeypatch.setattr(xml_reader, "PIECE", piece)
    assert read(text) == whole


def test_every_cut_is_said_and_costs_only_what_is_cut() -> None:
    text = "<r>\n" + "".join(f"<p><n>名{at}</n><t>{at}</t></p>\n" for at in range(100)) + "</r>"
    raw = text.encode()
    for part in range(1, 64):
        tables, troubles = read(raw[: len(raw) * part // 64])
        rows = tables.get("r.p", [])
        whole = raw[: len(raw) * part // 64].count(b"</p>")
        assert [row["t"] for row in rows[:whole]] == [str(at) for at in range(whole)]
        assert troubles == ["ends before its elements are closed"]


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_entities_that_are_declared_are_told(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_reader, "PIECE", piece)
    declared = '<!ENTITY p "13812345678"> <!ENTITY q "&p;&p;">'
    tables, troubles = read(f"<!DOCTYPE r [{declared}]><r><p><n>&q;</n></p><p><n>&amp;</n></p></r>")
    assert [row["n"] for row in tables["r.p"]] == ["&q;", "&"]
    assert declared in str(tables[None])
    assert troubles == [
        "declares 2 entities; they were not expanded, so that what they stand for is missing where they are used"
    ]
    assert not read("<!DOCTYPE r><r><p>&lt;!ENTITY</p><!-- <!ENTITY --><p>b</p></r>")[1]


TAGS = [
    "<a>",
    "</a>",
    "<b c='",
    "'>",
    "<",
    ">",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "&",
    "<!DOCTYPE x [",
]


@given(st.lists(st.sampled_from(TAGS)))
def test_no_text_is_lost_whatever_the_tags(tags: list[str]) -> None:
    marks = [f"m{place}m" for place in range(len(tags) + 1)]
    text = marks[0] + "".join(tag + mark for tag, mark in zip(tags, marks[1:], strict=True))
    tables, _ = read(text)
    found = " ".join(cell for rows in tables.values() for row in rows for cell in row.values())
    if "<?" in tags:  # instructions to programs are no content
        return
    for place, mark in enumerate(marks):
        inside_tag = any(mark in tag[0] for tag in xml_reader_tags(text))
        assert mark in found or inside_tag, place


def xml_reader_tags(text: str) -> list[list[str]]:
    """Tags of a text with a name that swallowed a mark, or an attribute without a value."""
    from scanner.sources.xml_tokens import TOKEN

    return [
        [found[0]] for found in TOKEN.finditer(text) if found[0].startswith(("<m", "</m", "<a", "<b", "</a"))
    ]


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a>",
        "</a>",
        "<a b='",
        "<!--",
        "<!---->",
        "<![CDATA[x]]>",
        "<!DOCTYPE a [",
        "&",
        "&#1;",
        "<?",
        "<a></b>",
    ],
)
def test_time_is_linear(piece: str) -> None:
    assert is_linear(lambda count: read((piece * count).encode()), 20_000, 80_000)


def test_many_columns_and_tables_are_bounded() -> None:
    tables, _ = read("<r>" + "".join(f"<row><n{at}>{at}</n{at}></row>" for at in range(9000)) + "</r>")
    values = [value for row in tables["r.row"] for value in row.values()]
    assert sorted(map(int, values)) == list(range(9000))
    assert len({column for row in tables["r.row"] for column in row}) < 300
    named = "".join(f'<t name="t{at}"><row a="{at}" b="1"/><row a="2" b="1"/></t>' for at in range(2000))
    tables, _ = read(f"<r>{named}</r>")
    assert len(tables) <= xml_reader.MOST_TABLES + 1
    assert sum(len(rows) for name, rows in tables.items() if name) == 4000


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        ("<?xml version='1.0'?>\n<a>", True),
        ("<rows><row><a>1</a></row>", True),
        ("<table><row><a>1</a></row>", True),
        ("<!-- x --><a b='1'/>", True),
        ("<nick> hello\n<other> hi <b>you</b>\n" + "<nick> x\n" * 30, False),
        ("<13>Oct 10 10:00:00 host x", False),
        ("<root@host> a", False),
        ("姓名,电话\n<a>1</a>", False),
        ("<div><b>1</b></div>", False),
    ],
)
def test_what_is_xml(head: str, answer: bool) -> None:
    assert (is_xml(head) and not is_html(head)) is answer


def test_a_scan_of_records(tmp_path: Path) -> None:
    rows = "".join(
        f"<row><xm>张三</xm><phone>138{at:08}</phone><note>&#x31;39{at:08}</note></row>\n" for at in range(60)
    )
    (tmp_path / "dump.txt").write_text(f"<?xml version='1.0'?><rows>{rows}</rows>", "utf-8")
    document = scanned(tmp_path / "dump.txt")
    (only,) = document["inputs"]
    assert (only["format"], only["status"], only["rows"]) == ("xml", "complete", 60)
    assert document["labels"]["mobile_phone"]["matches"] == 120
    assert [column["name"] for column in document["columns"]] == ["xm", "phone", "note"]
