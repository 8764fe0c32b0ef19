import csv
import io
import json
import stat

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import OutputError
from scanner.reports.escape import visible
from scanner.reports.findings import SCHEMA, FindingsWriter

TEXTS = st.one_of(
    st.text(max_size=8), st.text("=+-@\t\r\n\0 ＝＋－＠\"\\,;'\u00a0\u3000\u202e{}1a", max_size=8)
)


@st.composite
def rows(draw):
    number = st.integers(0, 2**31 - 1)
    return {
        "input": draw(TEXTS),
        "table": draw(st.none() | TEXTS),
        "row": draw(st.integers(0, 2**63 - 1)),
        "column": draw(st.none() | number),
        "column_name": draw(st.none() | TEXTS),
        "start": draw(number),
        "end": draw(number),
        "byte_offset": draw(st.none() | st.integers(0, 2**63 - 1)),
        "label": draw(TEXTS),
        "checks": draw(TEXTS),
        "accepted": draw(st.booleans()),
        "masked": draw(TEXTS),
    }


def table(lines):
    return pa.Table.from_pylist(lines, pa.schema([field.with_nullable(True) for field in SCHEMA]))


def written(tmp_path_factory, suffix, parts, **more):
    path = tmp_path_factory.mktemp("findings") / f"annex{suffix}"
    with FindingsWriter(path, **more) as writer:
        for part in parts:
            writer.write(table(part))
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    return path


PARTS = st.lists(st.lists(rows(), max_size=4), max_size=3)
QUICK = settings(max_examples=60, deadline=None)


@QUICK
@given(PARTS)
def test_json_lines_and_parquet_hold_the_text_as_it_is(tmp_path_factory, parts):
    expected = [row for part in parts for row in part]
    lines = written(tmp_path_factory, ".jsonl", parts).read_bytes().decode()
    assert [json.loads(line) for line in lines.split("\n")[:-1]] == expected
    assert lines == "" or lines.endswith("\n")
    found = pq.read_table(written(tmp_path_factory, ".parquet", parts))
    assert found.schema.equals(SCHEMA)
    assert found.to_pylist() == expected


def tamed(text):
    """The slow reference: what a spreadsheet would take for a formula gets an apostrophe."""
    for char in text:
        if char in "=+-@\t\r\n\0＝＋－＠":
            return "'" + visible(text)
        if char not in " \f\v\u00a0\u3000":
            break
    return visible(text)


@QUICK
@given(PARTS)
def test_csv_is_quoted_and_harmless(tmp_path_factory, parts):
    raw = written(tmp_path_factory, ".csv", parts).read_text("utf-8")
    found = list(csv.DictReader(io.StringIO(raw), strict=True))
    expected = [row for part in parts for row in part]
    assert raw.count("\n") == len(expected) + 1
    assert len(found) == len(expected)
    for got, want in zip(found, expected, strict=True):
        for key, value in want.items():
            if value is None:
                assert got[key] == ""
            elif isinstance(value, str):
                assert got[key] == tamed(value)
            else:
                assert got[key] == str(value).lower()


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", '"\'=1+1"'),
        ("@SUM(A1)", '"\'@SUM(A1)"'),
        ("  -2", '"\'  -2"'),
        ("\u00a0+3", '"\'\u00a0+3"'),
        ("＝1", '"\'＝1"'),
        ("\t=1", '"\'\\t=1"'),
        ("a=1", '"a=1"'),
        ('say "x"', '"say ""x"""'),
        ("a\n=1", '"a\\n=1"'),
    ],
)
def test_formulas(tmp_path, text, cell):
    row = dict.fromkeys(SCHEMA.names) | {"row": 0, "start": 0, "end": 1, "accepted": True}
    row |= {"input": text, "label": "qq", "checks": "", "masked": "*"}
    with FindingsWriter(tmp_path / "x.csv") as writer:
        writer.write(table([row]))
    line = (tmp_path / "x.csv").read_text("utf-8").split("\n")[1]
    assert line == cell + ',,"0",,,"0","1",,"qq","","true","*"'


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_no_match_at_all_is_a_sound_file(tmp_path_factory, suffix):
    path = written(tmp_path_factory, suffix, [])
    assert stat.S_IMODE(path.stat().st_mode) & 0o044
    if suffix == ".csv":
        assert path.read_text().strip() == ",".join(f'"{name}"' for name in SCHEMA.names)
    if suffix == ".parquet":
        assert len(pq.read_table(path)) == 0


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_private_and_failure(tmp_path_factory, suffix):
    assert stat.S_IMODE(written(tmp_path_factory, suffix, [], private=True).stat().st_mode) == 0o600
    folder = tmp_path_factory.mktemp("failed")
    with pytest.raises(ZeroDivisionError), FindingsWriter(folder / f"x{suffix}"):
        raise ZeroDivisionError
    assert list(folder.iterdir()) == []


def test_bad_tables_and_names(tmp_path):
    with pytest.raises(OutputError, match="suffix"):
        FindingsWriter(tmp_path / "x.xml")
    with pytest.raises(ValueError, match="lack"), FindingsWriter(tmp_path / "x.csv") as writer:
        writer.write(pa.table({"input": ["a"]}))
    row = dict.fromkeys(SCHEMA.names)
    with pytest.raises(ValueError, match="schema"), FindingsWriter(tmp_path / "x.csv") as writer:
        writer.write(table([row]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_disk_full(tmp_path, suffix, monkeypatch):
    """A small file size limit stands for a full disk: the write itself fails, part of the way."""
    import resource
    import signal

    row = dict.fromkeys(SCHEMA.names) | {"row": 0, "start": 0, "end": 1, "accepted": True}
    lines = [
        row | {"input": f"{i:x}" * 9, "label": "qq", "checks": str(i * i), "masked": hex(i**5)}
        for i in range(40000)
    ]
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    was = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, old[1]))
        with (
            pytest.raises(OutputError, match="larger than allowed"),
            FindingsWriter(tmp_path / f"x{suffix}") as writer,
        ):
            writer.write(table(lines))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, was)
    assert list(tmp_path.iterdir()) == []
