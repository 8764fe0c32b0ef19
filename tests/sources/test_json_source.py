"""JSON of every shape as tables: what a record is, what columns are called, where things lie, and what is damaged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_file import MemoryFile
from running import command, lasting, scanned

from scanner.columns.headers import is_header_word
from scanner.errors import SourceError
from scanner.model import Batch, Issue, Limits, ReadOptions
from scanner.sources.json_source import JsonSource
from scanner.sources.json_tables import MOST_TABLES
from scanner.sources.text_kinds import text_kind

IDS = ["110101199003078080", "11010119900307803X", "110101199003074514"]
NAMES = ["王小明", "李小红", "张伟"]
PHONES = ["13800138000", "13900139000", "13700137000"]
PEOPLE = [
    {"name": name, "idCard": number, "mobile": phone}
    for name, number, phone in zip(NAMES, IDS, PHONES, strict=True)
]
Row = dict[str | None, str | list[str]]


def values(texts: Sequence[str]) -> list[bool]:
    return [text.isdigit() and len(text) in (11, 18) for text in texts]


@dataclass
class Table:
    """What was read of one table: rows by their numbers, damaged lines by theirs; ``lists``: names of list columns."""

    columns: tuple[str | None, ...] = ()
    rows: dict[int, Row] = field(default_factory=dict)
    loose: dict[int, str] = field(default_factory=dict)
    roles: tuple[str | None, ...] | None = None


@dataclass
class Found:
    tables: dict[str | None, Table]
    issues: list[Issue]
    offsets: list[tuple[str, int]]
    bytes_read: int = 0

    @property
    def said(self) -> list[str]:
        return [issue.what for issue in self.issues]


def read(data: bytes, **options: Any) -> Found:
    """All that the source tells of a text."""
    found = Found({}, [], [])
    for item in JsonSource(is_header_word, values).batches(MemoryFile(data), ReadOptions(**options)):
        if isinstance(item, Issue):
            found.issues.append(item)
            continue
        assert isinstance(item, Batch)
        assert len(item.columns) == len(item.table.columns) == len(item.table.kinds)
        found.bytes_read += item.bytes_read
        table = found.tables.setdefault(item.table.name, Table())
        assert item.table.columns[: len(table.columns)] == table.columns, "columns stay where they are"
        table.columns, table.roles = item.table.columns, item.table.content_roles
        numbers = np.arange(item.first_row, item.first_row + item.size) if item.rows is None else item.rows
        for number in numbers.tolist():
            assert number not in table.rows
            table.rows[number] = {}
        for name, column in zip(item.table.columns, item.columns, strict=True):
            owner = range(item.size) if column.rows is None else column.rows.tolist()
            assert list(owner) == sorted(owner)
            for at, row in enumerate(owner):
                text = column.cells.text(at)
                if not text:
                    continue
                own = table.rows[int(numbers[row])]
                if column.rows is None:
                    own[name] = text
                else:
                    own.setdefault(name, []).append(text)  # type: ignore[union-attr]
            if item.locate is not None and len(column.cells):
                at_file = item.locate(np.sort(column.cells.start.astype(np.int64)))
                order = np.argsort(column.cells.start, kind="stable")
                found.offsets += [
                    (column.cells.text(int(i)), int(o))
                    for i, o in zip(order, at_file, strict=True)
                    if column.cells.text(int(i))
                ]
        if item.loose is not None:
            assert item.loose_rows is not None
            for at, number in enumerate(item.loose_rows.tolist()):
                table.loose[number] = item.loose.text(at)
    assert found.bytes_read == len(data)
    found.offsets.sort()
    return found


def dumped(value: object, **style: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, **style).encode()


def lines(rows: Sequence[object]) -> bytes:
    return b"".join(dumped(row) + b"\n" for row in rows)


PLAIN = {number: dict(person) for number, person in enumerate(PEOPLE)}
HITS = {
    "took": 5,
    "hits": {"total": 3, "hits": [{"_id": str(n), "_source": p} for n, p in enumerate(PEOPLE)]},
}
SHAPES = [
    # what, text, table, rows
    ("lines", lines(PEOPLE), None, PLAIN),
    ("one line without an end", lines(PEOPLE)[:-1], None, PLAIN),
    ("a list", dumped(PEOPLE), None, PLAIN),
    ("an indented list", dumped(PEOPLE, indent=2), None, PLAIN),
    ("documents behind each other", b"".join(map(dumped, PEOPLE)), None, PLAIN),
    ("indented documents", b"\n".join(dumped(p, indent=2) for p in PEOPLE), None, PLAIN),
    ("a list of pages", dumped([PEOPLE[:1], PEOPLE[1:]]), "[]", PLAIN),
    ("a list in an object", dumped({"RECORDS": PEOPLE}), "RECORDS", PLAIN),
    ("deep in objects", dumped({"code": 0, "data": {"list": PEOPLE}}), "data.list", PLAIN),
    ("Elasticsearch", dumped(HITS), "hits.hits", {n: {"_id": str(n), **{f"_source.{k}": v for k,
     v in p.items()}} for n, p in PLAIN.items()}),
    ("mongoexport", lines([{"_id": {"$oid": f"5f{n}"}, "mobile": {"$numberLong": p["mobile"]}} for n,
     p in PLAIN.items()]), None,
     {n: {"_id": f"5f{n}", "mobile": p["mobile"]} for n, p in PLAIN.items()}),
    ("below keys that are data", dumped({p["mobile"]: {"name": p["name"]} for p in PEOPLE}), None,
     {n: {"(key)": p["mobile"], "name": p["name"]} for n, p in PLAIN.items()}),
    ("below names", dumped({n * k: {"mobile": p} for k in range(1, 4) for n, p in zip(NAMES, PHONES, strict=True)}),
     None,
     {3 * k + i: {"(key)": NAMES[i] * (k + 1), "mobile": PHONES[i]} for k in range(3) for i in range(3)}),
    ("below numbers that count", dumped(dict(enumerate(PEOPLE, 1))), None,
     {n: {"(key)": str(n + 1), **p} for n, p in PLAIN.items()}),
    ("lists with a header", dumped([["姓名", "手机号"], *([p["name"], p["mobile"]] for p in PEOPLE)]), None,
     {n: {"姓名": p["name"], "手机号": p["mobile"]} for n, p in PLAIN.items()}),
    ("texts", dumped({"phones": PHONES, "n": 3}), None, {0: {"phones[]": PHONES, "n": "3"}}),
    ("a list of texts", dumped(PHONES), None, {n: {None: p} for n, p in enumerate(PHONES)}),
    ("one object", dumped({"user": PEOPLE[0], "tags": ["a", "b"]}), None,
     {0: {**{f"user.{k}": v for k, v in PEOPLE[0].items()}, "tags[]": ["a", "b"]}}),
    ("lists inside", lines([{"name": "x", "contacts": [{"tel": PHONES[0]}, {"tel": PHONES[1]}]}]), None,
     {0: {"name": "x", "contacts[].tel": PHONES[:2]}}),
    ("positions", lines([{"geometry": {"type": "Point", "coordinates": [116.39, 39.9]}}]), None,
     {0: {"geometry.type": "Point", "geometry.coordinates": "[116.39, 39.9]"}}),
    ("numbers as they are written", b'{"a":110101199003078080,"b":1.38E10,"c":1380013800000000000000}', None,
     {0: {"a": "110101199003078080", "b": "1.38E10", "c": "1380013800000000000000"}}),
    ("JSON in a text", lines([{"ext": json.dumps({"tel": PHONES[0]})}]), None, {0: {"ext.tel": PHONES[0]}}),
    ("a key that comes twice", b'{"tel":"1","tel":"2","tel":"3"}', None, {0: {"tel": "1", "tel[]": ["2", "3"]}}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name", "rows"), [each[1:] for each in SHAPES], ids=[each[0] for each in SHAPES]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
def test_shapes(text: bytes, name: str | None, rows: dict[int, Row], encoding: str) -> None:
    raw = text.decode().encode(encoding)
    assert text_kind(MemoryFile(raw)) == "json"
    found = read(raw, encoding=encoding.removesuffix("-sig"))
    table = found.tables[name]
    assert table.rows == rows
    assert not table.loose
    assert [issue for issue in found.issues if issue.partial] == []


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["姓名", "手机号"], ("姓名", "手机号")),
        ([{"name": "姓名", "type": "text"}, {"name": "手机号", "type": "text"}], ("姓名", "手机号")),
        (["姓名", "手机号", "住址"], (None, None)),
        (["c1", "c2"], (None, None)),
        (["王小明", "李小红"], (None, None)),
    ],
)
@pytest.mark.parametrize("behind", [False, True])
def test_columns_of_lists_are_named_beside_them(
    names: list[object], expected: tuple[str | None, ...], behind: bool
) -> None:
    rows = [[None if not n else NAMES[n % 3], f"138{n:08}"] for n in range(40)]
    held = {"data": rows, "columns": names} if behind else {"columns": names, "data": rows}
    table = read(dumped({"code": 0, "result": held})).tables["result.data"]
    assert {*table.columns} == {*expected}
    assert len(table.rows) == 40
    if expected[0]:
        assert table.rows[0] == {"手机号": "13800000000"}
        assert table.rows[1] == {"姓名": "李小红", "手机号": "13800000001"}


def test_lists_are_rows_of_columns_without_names() -> None:
    rows = [list(pair) for pair in zip(NAMES, PHONES, strict=True)]
    for text in (dumped(rows), lines(rows)):
        items = JsonSource(is_header_word, values).batches(MemoryFile(text), ReadOptions())
        [batch] = [item for item in items if isinstance(item, Batch)]
        assert batch.table.columns == (None, None)
        assert [[column.cells.text(at) for at in range(3)] for column in batch.columns] == [NAMES, PHONES]


KINDS = [
    ('{"a": 1}', "json"),
    ('[{"name": "a", "phone": "13800138000"}]', "json"),
    ('[\n {\n  "name": "a"\n }\n]', "json"),
    ('{"name": "a"}\n{"name": "b"}\n', "json"),
    ('["13800138000","13900139000"]', "json"),
    ("[[1,2],[3,4]]", "json"),
    ("{'name': '王小明', 'tel': None}\n{'name': 'x', 'tel': '1'}\n", "json"),
    ('// export\n{"a":1}', "json"),
    ('{name:"x",tel:"13800138000"}', "json"),
    ('{"name":"王', "json"),
    ('[{"name":"王小明","tel":"138', "json"),
    ("[2026-01-01] 13800138000 logged in\n[2026-01-02] 13800138001 logged in\n", "delimited"),
    ("[INFO] user 13800138000\n[WARN] x\n", "delimited"),
    ("[database]\nhost=1.2.3.4\nuser=root\n[other]\nx=1\n", "delimited"),
    ("{a}----b\n{c}----d\n", "delimited"),
    ('{"a":1},13800138000\n'[8:] * 3, "delimited"),
    ("姓名,手机号\n张三,13800138000\n", "delimited"),
    ('"name","phone"\n"a","13800138000"\n', "delimited"),
    ("13800138000\n13900139000\n", "delimited"),
    ("/* style */ body { color: red }\n", "delimited"),
    ("// comment\nint main() { return 0; }\n", "delimited"),
    ("{{template}} text {{more}}\n", "delimited"),
    ("", "delimited"),
]


@pytest.mark.parametrize(("text", "kind"), KINDS, ids=[str(n) for n in range(len(KINDS))])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_what_is_json(text: str, kind: str, encoding: str) -> None:
    assert text_kind(MemoryFile(text.encode(encoding))) == kind


def test_bytes_lie_where_they_are_told() -> None:
    rows = [
        {"name": name, "note": f'say "{name}"\n', "tel": [phone]}
        for name, phone in zip(NAMES, PHONES, strict=True)
    ]
    for encoding in ("utf-8", "gb18030", "utf-16-le"):
        for ascii_only in (False, True):
            text = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows)
            raw = text.encode(encoding)
            for size in (7, 64, 1 << 20):
                found = read(raw, encoding=encoding, block_size=size)
                told = {value: offset for value, offset in found.offsets if value in (*NAMES, *PHONES)}
                assert len(told) == 6
                for value, offset in told.items():
                    written = json.dumps(value, ensure_ascii=ascii_only)[1:-1].encode(encoding)
                    assert raw[offset : offset + len(written)] == written


def test_columns_that_turn_up_late() -> None:
    """Rows are the same, and equal rows stay equal, wherever a further path turns up."""
    rows: list[dict[str, object]] = [{"mobile": PHONES[n % 3], "n": n % 5} for n in range(9000)]
    rows += [{"mobile": PHONES[n % 3], "n": n % 5, "idCard": IDS[n % 3]} for n in range(30)]
    text = lines(rows) + lines(rows[:15]) + lines(rows[-15:])
    found = {size: read(text, block_size=size) for size in (300_000, 1 << 20)}
    for each in found.values():
        [table] = each.tables.values()
        assert table.columns == ("mobile", "n", "idCard")
        assert table.rows[9000]["idCard"] == [IDS[0]]
        assert len(table.rows) == 9060


def test_a_scan_does_not_depend_on_blocks_or_threads(tmp_path: Path) -> None:
    rows: list[object] = [{"user": PEOPLE[n % 3], "n": n % 7, "tags": ["a", str(n % 2)]} for n in range(3000)]
    rows += [{"user": PEOPLE[n % 3], "late": {"mobile": PHONES[n % 3]}} for n in range(500)]
    raw = lines(rows)
    cut = raw.find(b"\n", 100_000)
    raw = raw[: cut - 20] + raw[cut:]  # a damaged line
    path = tmp_path / "x.jsonl"
    path.write_bytes(raw)
    documents = [
        lasting(scanned(path, read=ReadOptions(block_size=size), jobs=jobs))
        for size, jobs in ((8 << 20, 1), (10_000, 2), (1_000, 1))
    ]
    assert documents[0] == documents[1] == documents[2]
    [entry] = documents[0]["inputs"]
    assert (entry["rows"], entry["rows_damaged"], entry["status"]) == (3500, 1, "partial")
    assert entry["reasons"] == ["1 of 3500 rows could not be read as records, only as free text"]
    assert documents[0]["labels"]["resident_id"]["distinct"] == 3
    # 3 persons, 7 numbers and 2 tags make 42 rows, and 3 late ones.
    assert documents[0]["records"]["distinct"] == 45


JUNK = st.lists(
    st.sampled_from(
        [lines(PEOPLE[:1]), lines(PEOPLE[1:]), b'{"mobile":"13800138000"\n', b"free 13900139000 text\n",
         b'{"x":{"y":[1,{"z":"13700137000"}]}}\n',
         b'{"a":"cut\n', b"\n", b"]}\n", b'{"' + b"k" * 20 + b'":1}\n', b"{'tel':'13800138000',}\n", b'"13900139000"\n']
    ),
    max_size=30,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(JUNK, st.integers(1, 200))
def test_blocks_change_nothing(parts: list[bytes], size: int) -> None:
    raw = b'{"mobile":"1"}\n' + b"".join(parts)
    one, other = read(raw), read(raw, block_size=size)
    assert (one.tables, one.offsets) == (other.tables, other.offsets)
    assert one.said == other.said
    [table] = one.tables.values()
    assert sorted([*table.rows, *table.loose]) == list(range(len(table.rows) + len(table.loose)))


def test_a_text_cut_anywhere_gives_what_came_before() -> None:
    for text in (lines(PEOPLE), dumped(PEOPLE), dumped({"data": PEOPLE * 2}), dumped(PEOPLE, indent=1)):
        whole = sum(len(table.rows) for table in read(text).tables.values())
        for stop in range(1, len(text)):
            found = read(text[:stop])
            rows = sum(len(table.rows) for table in found.tables.values())
            assert rows <= whole
            ended = text[:stop].rstrip()
            closed = (
                ended.endswith(b"}") and text.startswith(b'{"name') and ended.count(b"{") == ended.count(b"}")
            )
            assert closed or any("ends in the middle" in what for what in found.said), ended
            shown = json.dumps([[table.rows, table.loose] for table in found.tables.values()])
            assert shown.count(PHONES[0]) == text[:stop].count(PHONES[0].encode())


LENIENT = [
    (b'{"a":1,}\n{"a":2}',
     "is no strict JSON in 1 place (commas missing or one too many); it was read as it is meant"),
    (b"{'a':'x'}\n{'a':'y'}", "is no strict JSON in 4 places (single quotes); it was read as it is meant"),
    (b'{"a":NaN}', "is no strict JSON in 1 place (words without quotes); it was read as it is meant"),
    (b'{"a":1}\n// x\n', "is no strict JSON in 1 place (comments); it was read as it is meant"),
    (b'{"a":"x\ny"}',
     "is no strict JSON in 1 place (line ends and control characters in texts); it was read as it is meant"),
    (b'{"a":,"b":1}', "is no strict JSON in 1 place (missing values); it was read as it is meant"),
    (b'{"a":1,"a":2}', "has 1 key that its object has already; all values were read"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "what"), LENIENT)
def test_what_is_not_strict_is_named(text: bytes, what: str) -> None:
    found = read(text)
    assert [(issue.what, issue.partial) for issue in found.issues] == [(what, False)]


def test_an_empty_file_and_an_empty_list() -> None:
    with pytest.raises(SourceError, match="is empty"):
        read(b"")
    for text in (b"[]", b"[ ]\n", b'{"data":[]}'):
        found = read(text)
        assert sum(len(table.rows) for table in found.tables.values()) == (1 if b"data" in text else 0)
        assert found.said == ([] if b"data" in text else ["holds no row"])


def test_depth_is_named_and_makes_it_partial(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        path.write_text(opening * 1_000_000 + '"13800138000"' + closing * 1_000_000)
        ended = command("scan", path, "-f", "json")
        assert ended.code == 3
        [entry] = ended.document["inputs"]
        assert entry["status"] == "partial"
        assert entry["reasons"] == ["holds 1 value that lies deeper than 64 levels; it was read as free text"]
        assert ended.document["labels"]["mobile_phone"]["distinct"] == 1
        path.write_text(opening * 1_000_000)
        ended = command("scan", path, "-f", "json")
        assert ended.code == 3
        assert "ends in the middle of a value, list or object" in ended.document["inputs"][0]["reasons"]


def test_long_records_are_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text(
        '{"mobile":"13900139000"}\n{"a":"' + "x" * 50_000 + ' 13800138000"}\n{"mobile":"13700137000"}\n'
    )
    [entry] = (document := scanned(path, read=ReadOptions(limits=replace(Limits(), line=10_000))))["inputs"]
    assert "has 1 record of more than 10000 bytes; it was read in pieces, as free text" in entry["reasons"]
    assert entry["status"] == "partial"
    assert document["labels"]["mobile_phone"]["distinct"] == 3


def test_many_paths_are_one_column(tmp_path: Path) -> None:
    text = b"".join(
        b'{"k%c%c%c%c":"138001%05d"}\n' % (*(97 + n // 26**i % 26 for i in range(4)), n) for n in range(6000)
    )
    found = read(text)
    [table] = found.tables.values()
    assert len(table.columns) <= 4097
    assert table.columns[-1] == "(other)"
    assert (
        "has more than 4096 different paths; the values of further ones were read as one column" in found.said
    )
    assert len({value for row in table.rows.values() for each in row.values() for value in each}) == 6000


def test_many_lists_are_one_table() -> None:
    found = read(
        dumped({f"list{chr(97 + n // 26)}{chr(97 + n % 26)}": [{"a": "1", "b": "2"}] * 2 for n in range(100)})
    )
    assert len(found.tables) == MOST_TABLES + 1
    assert sum(len(table.rows) for table in found.tables.values()) == 200
    assert f"has more than {MOST_TABLES} lists of records; further ones were read as one table" in found.said


def test_names_of_tables_are_never_shared() -> None:
    rows = [{"x": "1", "y": "2"}] * 3
    found = read(dumped({"a.b": rows, "a": {"b": rows}}))
    assert set(found.tables) == {"a.b", "a.b (2)"}


def test_a_lone_object_of_many_values_is_many_records() -> None:
    found = read(
        dumped({f"user{chr(97 + n // 26)}{chr(97 + n % 26)}": f"138001380{n % 100:02}" for n in range(600)})
    )
    [table] = found.tables.values()
    assert table.columns == ("(key)", None)
    assert len(table.rows) == 600


def test_findings_tell_table_row_and_offset(tmp_path: Path) -> None:
    path = tmp_path / "名单 1.json"
    path.write_bytes(raw := dumped({"total": 3, "data": {"list": [{"user": person} for person in PEOPLE]}}))
    out = tmp_path / "findings.jsonl"
    assert (
        command("scan", path, "-f", "json", "-o", tmp_path / "r.json", "--findings", out, "--reveal").code
        == 0
    )
    found = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    phones = [each for each in found if each["label"] == "mobile_phone"]
    assert [(each["table"], each["row"], each["column_name"]) for each in phones] == [
        ("data.list", n, "user.mobile") for n in range(3)
    ]
    assert [raw[each["byte_offset"] :][:11].decode() for each in phones] == PHONES


def test_a_truth_of_every_value(tmp_path: Path) -> None:
    """Each planted number is found in its row, in a text with everything that is odd."""
    rows = [
        {"n": n, "user": {"idCard": IDS[n % 3]}, "tels": [f"138{n:08}", f"139{n:08}"], "note": f'"{n}"\n\t\\'}
        for n in range(500)
    ]
    path = tmp_path / "x.json"
    for text in (lines(rows), dumped(rows, indent=4), json.dumps({"page": 1, "data": rows}).encode()):
        path.write_bytes(text)
        document = scanned(path, read=ReadOptions(block_size=9_999))
        labels = document["labels"]
        assert labels["mobile_phone"] == {"matches": 1000, "rows": 500, "distinct": 1000}
        assert labels["resident_id"] == {"matches": 500, "rows": 500, "distinct": 3}
        names = {column["name"] for column in document["columns"]}
        assert {"n", "user.idCard", "tels[]", "note"} <= names


PLACED = {"name": ["张三", "李四"] * 50, "phone": [f"138123456{n:02}" for n in range(100)]}
WRAPS = ['{"code": 0, "data": %s, "page": {"n": 1}}', "%s", "%s\n%s"]


@pytest.mark.parametrize("block", [1 << 20, 100])
@pytest.mark.parametrize("wrap", WRAPS)
def test_lists_of_one_length_are_the_columns_of_a_table(wrap: str, block: int) -> None:
    text = wrap.replace("%s", json.dumps(PLACED, ensure_ascii=False)).encode()
    (table,) = read(text, block_size=block).tables.values()
    path = "data." if "data" in wrap else ""
    assert [(table.rows[n][f"{path}name[]"], table.rows[n][f"{path}phone[]"]) for n in (0, 1, 99)] == [
        (["张三"], ["13812345600"]), (["李四"], ["13812345601"]), (["李四"], ["13812345699"]),
    ]  # fmt: skip
    assert len(table.rows) == 100 * wrap.count("%s")


@pytest.mark.parametrize("block", [1 << 20, 100])
@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("first", ["0", "15000", "20240001", "id@"])
def test_objects_with_the_same_keys_are_the_columns_of_a_table(wrap: str, block: int, first: str) -> None:
    """As data frames are written; keys are a column, and cells may be empty or hold others."""
    keys = [f"{first}{n}" if first == "id@" else str(int(first) + n) for n in range(100)]
    held: dict[str, Any] = {name: dict(zip(keys, cells, strict=True)) for name, cells in PLACED.items()}
    held["home"] = {key: {"city": "北京", "zip": f"1000{n:02}"} for n, key in enumerate(keys)}
    held["name"][keys[1]] = None
    held["phone"][keys[2]] = ""
    text = wrap.replace("%s", json.dumps(held)).encode()
    (table,) = read(text, block_size=block).tables.values()
    rows = [
        {key.removeprefix("data."): value[0] for key, value in row.items() if key not in ("code", "page.n")}  # type: ignore[union-attr]
        for row in table.rows.values()
    ]
    assert len(rows) == 100 * wrap.count("%s")
    assert rows[0] == {"(key)": keys[0], "name": "张三", "phone": "13812345600", "home.city": "北京",
                       "home.zip": "100000"}  # fmt: skip
    assert (rows[1].keys(), rows[2].keys()) == (rows[0].keys() - {"name"}, rows[0].keys() - {"phone"})
    assert rows[99]["phone"] == "13812345699"


def test_empty_cells_of_lists_have_their_place() -> None:
    held = {"name": [None, "", *"abcdefgh"], "phone": [*"01234567", None, ""]}
    (table,) = read(json.dumps(held).encode()).tables.values()
    assert [len(row) for row in table.rows.values()] == [1, 1, *[2] * 6, 1, 1]
    assert table.rows[2] == {"name[]": ["a"], "phone[]": ["2"]}


@pytest.mark.parametrize("as_lists", [True, False])
def test_long_columns_are_seen_to_their_end(as_lists: bool) -> None:
    """What the first part of a text shows may be a table column by column: more of it is looked at."""
    people = range(30_000)
    held = {
        name: [f"{first}{n:08}" for n in people] if as_lists else {str(n): f"{first}{n:08}" for n in people}
        for name, first in (("mobile", "138"), ("phone", "139"), ("tel", "137"))
    }
    text = json.dumps(held).encode()
    found = read(text)
    (table,) = found.tables.values()
    assert len(table.rows) == len(people)
    assert set(map(len, table.rows.values())) == {3 if as_lists else 4}
    assert not found.issues
    (said,) = read(text, limits=Limits(line=300_000)).said
    assert ("more than 300000 bytes" in said, "column by column" in said) == (True, not as_lists)


@pytest.mark.parametrize(
    "held",
    [
        {"name": ["张三"] * 7, "phone": ["13812345678"] * 7},
        {"name": ["张三"] * 20, "phone": ["13812345678"] * 19},
        {"name": "张三", "phone": ["13812345678"] * 20},
        {"a": {"x": ["1"] * 20}, "b": {"y": ["2"] * 20}},
        {"x": ["1"] * 20, "y": ["2"] * 20, **{f"k{n}": n for n in range(9)}},
        {"x": {str(n): "1" for n in range(20)}, "y": {str(n): "1" for n in range(19)}},
        {"x": {str(n): "1" for n in range(20)}, "y": {str(n): "1" for n in range(1, 21)}},
        {"x": {str(n): "1" for n in range(20)}, "y": ["1"] * 20},
        {name: {f"field{n}": n for n in range(20)} for name in ("before", "after")},
        {"x": {str(n): "1" for n in range(7)}, "y": {str(n): "1" for n in range(7)}},
    ],
)
def test_other_lists_are_values_of_their_object(held: object) -> None:
    (table,) = read(dumped(held)).tables.values()
    assert len(table.rows) == 1


IN_BOOK = ["王伟", "李芳", "张敏", "刘静", "陈强", "杨磊", "赵军", "黄勇", "周杰", "吴艳"]


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("more", [[], ["北京市朝阳区建国路1号"]])
def test_keys_that_look_like_names_are_data_above_values(
    tmp_path: Path, wrapped: bool, more: list[str]
) -> None:
    book: Any = {
        name: [f"1391380{n:04}", *more] if more else f"1391380{n:04}" for n, name in enumerate(IN_BOOK)
    }
    path = tmp_path / "book.json"
    path.write_text(json.dumps({"code": 0, "data": book} if wrapped else book, ensure_ascii=False))
    document = scanned(path)
    assert document["labels"]["mobile_phone"]["rows"] == len(IN_BOOK)
    assert document["labels"]["person_name"]["distinct"] == len(IN_BOOK)
    assert document["subjects"]["distinct"] == len(IN_BOOK)


@pytest.mark.parametrize(
    "fields",
    [
        ["name", "phone", "mobile", "tel", "email", "id_card", "bank_card", "address", "qq"],  # header words
        ["a", "b", "c", "d"],  # too few
    ],
)
def test_fields_of_one_thing_are_no_data(tmp_path: Path, fields: list[str]) -> None:
    one = {field: f"1391380{n:04}" for n, field in enumerate(fields)}
    plain = {f"key{chr(97 + n)}": f"text {n}" for n in range(20)}
    for each in (one, plain):
        path = tmp_path / "one.json"
        path.write_text(json.dumps(each))
        assert scanned(path)["records"]["rows"] == 1


def members(first: int, count: int) -> list[dict[str, str]]:
    return [{"name": IN_BOOK[n % 10], "phone": f"1391{first + n:07}"} for n in range(count)]


GROUPS: list[tuple[Any, str | None, int]] = [
    ([{"type": "header"}, {"type": "table", "name": "users", "data": members(0, 30)}], "[].data", 30),
    ([{"group": f"g{k}", "members": members(100 * k, 10)} for k in range(5)], "[].members", 50),
    (
        {"code": 0, "data": [{"dept": f"g{k}", "users": members(100 * k, 6)} for k in range(5)]},
        "data[].users",
        30,
    ),
    (
        [
            {"a": "x", "teams": [{"t": "y", "users": members(100 * k + 10 * t, 6)} for t in range(5)]}
            for k in range(3)
        ],
        "[].teams[].users",
        90,
    ),
    # Things with lists: phones of a person, further people of one with a phone of his own.
    ([{"name": IN_BOOK[k], "phones": members(100 * k, 2)} for k in range(8)], None, 8),
    (
        [{"name": IN_BOOK[k], "phone": f"1380000{k:04}", "contacts": members(100 * k, 9)} for k in range(8)],
        None,
        8,
    ),
]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(("value", "table", "rows"), GROUPS, ids=range(len(GROUPS)))
def test_what_only_holds_lists_of_records_is_none(
    tmp_path: Path, value: Any, table: str | None, rows: int, indent: int | None
) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps(value, ensure_ascii=False, indent=indent))
    document = scanned(path)
    assert document["records"]["identifiable"] == rows
    assert {
        column["table"] for column in document["columns"] if column["name"] and "phone" in column["name"]
    } == {table}
    small = scanned(path, read=ReadOptions(block_size=500))
    assert lasting(small) == lasting(document)
