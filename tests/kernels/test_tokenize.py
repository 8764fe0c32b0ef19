from __future__ import annotations

import csv
import io
import random
from collections import Counter
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tokenize_reference import Found, Reference

from scanner.kernels.tokenize import (
    BROKEN_QUOTE,
    UNCLOSED_QUOTE,
    WRONG_WIDTH,
    Tokens,
    lone_returns,
    tokenize,
    undouble,
)

Options = dict[str, int | bool]


def buffer(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


def cells(text: np.ndarray, tokens: Tokens, quote: int, escape: int = -1) -> list[list[tuple[int, bytes]]]:
    """Of each row where the cells begin in the text, and what they hold once doubled quotes are single."""
    begins, count = tokens.start, tokens.start.shape[1]
    start, end = (np.pad(part, [(0, 0), (0, 3)])[:, :count] for part in (tokens.start, tokens.end))
    chosen = np.zeros((count, len(start)), np.bool_)
    chosen.flat[tokens.doubled] = True
    at = len(text) + 7
    room = np.concatenate([text, np.zeros(7 + (end - start).T[chosen].sum(), np.uint8)])
    copies = undouble(room, at, tokens.doubled, quote if quote >= 0 else 0, escape, start, end)
    assert copies.tolist() == [start.T[chosen].tolist(), begins.T[chosen].tolist()]
    assert room[: len(text)].tobytes() == text.tobytes()
    raw = room.tobytes()
    return [
        [(b, raw[s:e]) for b, s, e in zip(begins[:, row].tolist(), start[:, row], end[:, row], strict=True)]
        for row in range(count)
    ]


def found(data: bytes, delimiter: bytes, quote: int, width: int, **options: int | bool) -> Found:
    """What the kernel finds in complete input, in the shape of the reference."""
    text = buffer(data)
    tokens = tokenize(text, delimiter, quote, width, final=True, **options)
    rows = np.arange(tokens.start.shape[1]) if tokens.rows is None else tokens.rows
    contents = cells(text, tokens, quote, options.get("escape", -1))
    result = Found(blank=tokens.blank, consumed=tokens.consumed, overlong=tokens.overlong)
    for index, row in enumerate(rows):
        result.rows.append((int(row), contents[index]))
    loose = (tokens.loose_row, tokens.loose_start, tokens.loose_end, tokens.loose_why)
    result.loose = list(zip(*(part.tolist() for part in loose), strict=True))
    return result


QUOTE = ord('"')
CASES = [
    # (input, delimiter, width, rows, loose, blank)
    (b"a,b\nc,d\n", b",", 2, [[b"a", b"b"], [b"c", b"d"]], [], 0),
    (b"a,b\r\nc,d", b",", 2, [[b"a", b"b"], [b"c", b"d"]], [], 0),
    (b"a,b\r\n\r\n\n c,d\r", b",", 2, [[b"a", b"b"], [b" c", b"d"]], [], 2),
    (b'"a,b",c\n', b",", 2, [[b"a,b", b"c"]], [], 0),
    (b'"a\nb",c\n', b",", 2, [[b"a\nb", b"c"]], [], 0),
    (b'"a""b",""""\n', b",", 2, [[b'a"b', b'"']], [], 0),
    (b'"",""\n', b",", 2, [[b"", b""]], [], 0),
    (b'a"b,c"\n', b",", 2, [[b'a"b', b'c"']], [], 0),
    (b'"a"x,c\nd,e\n', b",", 2, [[b"d", b"e"]], [(b'"a"x,c', BROKEN_QUOTE)], 0),
    (b'"a,c\nd,e\n', b",", 2, [[b"d", b"e"]], [(b'"a,c', UNCLOSED_QUOTE)], 0),
    (b"a\nb,c,d\ne,f\n", b",", 2, [[b"e", b"f"]], [(b"a", WRONG_WIDTH), (b"b,c,d", WRONG_WIDTH)], 0),
    (b'"a\nb"\nc,d\n', b",", 2, [[b"c", b"d"]], [(b'"a', WRONG_WIDTH), (b'b"', WRONG_WIDTH)], 0),
    (b",\n,", b",", 2, [[b"", b""], [b"", b""]], [], 0),
    (
        b'"a,b,c,d\ne,f,g,h\ni",j,k,l\n',
        b",",
        4,
        [[b"e", b"f", b"g", b"h"], [b'i"', b"j", b"k", b"l"]],
        [(b'"a,b,c,d', BROKEN_QUOTE)],
        0,
    ),
    (b'a,b,c,"d\ne,f,g,h"\n', b",", 4, [[b"e", b"f", b"g", b'h"']], [(b'a,b,c,"d', BROKEN_QUOTE)], 0),
    (b'a,b,"c\nd,e",f\n', b",", 4, [[b"a", b"b", b"c\nd,e", b"f"]], [], 0),
    (b'"a","b","c","d\ne,f,g,h"\n', b",", 4, [[b"a", b"b", b"c", b"d\ne,f,g,h"]], [], 0),
    (b"a,b\n|--|--|\n\0\0\n\x1a", b",", 2, [[b"a", b"b"]], [], 3),
    (b"a,b\n-,-,-\n--1\n", b",", 2, [[b"a", b"b"]], [(b"--1", WRONG_WIDTH)], 1),
    (b"a----b\nc-----d\n", b"----", 2, [[b"a", b"b"], [b"c", b"-d"]], [], 0),
    (b"a\xef\xbc\x8cb\n", "，".encode(), 2, [[b"a", b"b"]], [], 0),
    (b"one line\nanother, line\n", b"", 1, [[b"one line"], [b"another, line"]], [], 0),
    (b"", b",", 2, [], [], 0),
    (b"a\0b,c\n", b",", 2, [[b"a\0b", b"c"]], [], 0),
]


@pytest.mark.parametrize("path", [0, 1, 2, 3])
@pytest.mark.parametrize(("data", "delimiter", "width", "rows", "loose", "blank"), CASES)
def test_examples(
    data: bytes, delimiter: bytes, width: int, rows: object, loose: object, blank: int, path: int
) -> None:
    result = found(data, delimiter, QUOTE, width, path=path)
    assert [[content for _, content in row] for _, row in result.rows] == rows
    assert [(data[start:end], why) for _, start, end, why in result.loose] == loose
    assert result.blank == blank
    assert result.consumed == len(data)


@pytest.mark.parametrize(
    ("data", "rows", "loose"),
    [
        (rb'"a\",b",c', [[rb"a\",b", b"c"]], []),
        (rb'"a\\",b', [[rb"a\\", b"b"]], []),
        (rb'"a\"",b', [[rb"a\"", b"b"]], []),
        (rb'"a""\"",b', [[rb'a"\"', b"b"]], []),
        (rb'"\"",""', [[rb"\"", b""]], []),
        (rb'"a\",b', [], [rb'"a\",b']),
        (rb"a\,b", [[b"a\\", b"b"]], []),
    ],
)
def test_escaped_quotes(data: bytes, rows: list[list[bytes]], loose: list[bytes]) -> None:
    read = found(data, b",", QUOTE, 2, escape=ord("\\"))
    assert [[content for _, content in cells] for _, cells in read.rows] == rows
    assert [data[start:end] for _, start, end, _ in read.loose] == loose


def test_old_mac_lines() -> None:
    result = found(b'a,b\rc,"d\re"\r\nf,g\n\rh,i\r', b",", QUOTE, 2, carriage=True)
    contents = [[content for _, content in row] for _, row in result.rows]
    assert contents == [[b"a", b"b"], [b"c", b"d\re"], [b"f", b"g"], [b"h", b"i"]]
    assert result.blank == 1


def test_ordinals_run_over_sound_and_loose_lines() -> None:
    result = found(b"a,b\nx\n\nc,d\ny\ne,f\n", b",", QUOTE, 2)
    assert [row for row, _ in result.rows] == [0, 2, 4]
    assert [row for row, *_ in result.loose] == [1, 3]


ALPHABETS = [
    b'a,"\n',
    b'ab,,"\r\n',
    b'a-"\n',
    b'a ,"\n\t',
    b'a,"\\\n',
    b"a,\n",
    b'""",\n',
    'a，"\n\r中'.encode(),
]
DELIMITERS = [b",", b"--", b"----", b"", "，".encode(), b"\t"]


@st.composite
def inputs(draw: st.DrawFn) -> tuple[bytes, bytes, int, int, Options]:
    alphabet = draw(st.sampled_from(ALPHABETS))
    data = bytes(draw(st.lists(st.sampled_from(list(alphabet)), max_size=200)))
    delimiter = draw(st.sampled_from(DELIMITERS))
    width = draw(st.integers(1, 4)) if delimiter else 1
    options: Options = {
        "carriage": draw(st.booleans()),
        "escape": draw(st.sampled_from([-1, ord("\\")])),
        "longest": draw(st.sampled_from([1, 5, 30, 1 << 26])),
        "longest_quoted": draw(st.sampled_from([0, 3, 20, 1 << 20])),
        "most_lines": draw(st.sampled_from([0, 1, 5, 1000])),
    }
    return data, delimiter, draw(st.sampled_from([QUOTE, QUOTE, -1])), width, options


@settings(max_examples=1500, deadline=None)
@given(inputs(), st.sampled_from([0, 1, 2, 3]))
def test_agrees_with_the_reference(case: tuple[bytes, bytes, int, int, Options], path: int) -> None:
    data, delimiter, quote, width, options = case
    expected = Reference(data, delimiter, quote, width, **options).run()  # type: ignore[arg-type]
    assert found(data, delimiter, quote, width, path=path, **options) == expected


def junk(rng: random.Random, size: int) -> bytes:
    """Mostly well-formed rows with faults strewn in, larger than the kernel's window."""
    parts: list[str] = []
    for _ in range(size):
        row = []
        for _ in range(3 if rng.random() < 0.97 else rng.randrange(6)):
            cell = "".join(rng.choice('ab1中"\n,') for _ in range(rng.randrange(12)))
            if rng.random() < 0.4:
                cell = '"' + cell.replace('"', '""') + '"'
            elif rng.random() < 0.97:
                cell = cell.translate({34: None, 10: None, 44: None})
            row.append(cell)
        parts.append(",".join(row) + rng.choice(["\n", "\r\n", "\n\n"]))
    return "".join(parts).encode()


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_the_reference_on_large_input(seed: int) -> None:
    data = junk(random.Random(seed), 6000)
    assert len(data) > 65536
    expected = Reference(data, b",", QUOTE, 3).run()
    assert expected.rows
    assert expected.loose
    for path in (0, 1, 3):
        assert found(data, b",", QUOTE, 3, path=path) == expected


@pytest.mark.parametrize("seed", range(3))
def test_rows_longer_than_the_window(seed: int) -> None:
    rng = random.Random(seed)
    rows = [[b"x" * rng.choice([1, 40000, 90000]), b"y\n" * rng.randrange(400)] for _ in range(12)]
    data = b"".join(row[0] + b',"' + row[1] + b'"\n' for row in rows)
    result = found(data, b",", QUOTE, 2)
    assert [[content for _, content in row] for _, row in result.rows] == rows


def in_blocks(
    data: bytes, cuts: list[int], delimiter: bytes, quote: int, width: int, **options: int | bool
) -> object:
    """The same input fed in blocks, as a caller does: rows, loose lines and blanks."""
    rows, loose, blank, rest, base, line = [], [], 0, b"", 0, 0
    edges = [0, *sorted(cuts), len(data)]
    for start, stop in pairwise(edges):
        rest += data[start:stop]
        text = buffer(rest)
        tokens = tokenize(
            text, delimiter, quote, width, final=stop == len(data) and start == edges[-2], **options
        )
        assert not tokens.overlong
        count = tokens.start.shape[1]
        numbers = np.arange(count) if tokens.rows is None else tokens.rows
        for index, row in enumerate(cells(text, tokens, quote, options.get("escape", -1))):
            rows.append((int(numbers[index]) + line, [(place + base, content) for place, content in row]))
        parts = (
            tokens.loose_row + line,
            tokens.loose_start + base,
            tokens.loose_end + base,
            tokens.loose_why,
        )
        loose += list(zip(*(part.tolist() for part in parts), strict=True))
        blank += tokens.blank
        line += count + len(tokens.loose_row)
        base += tokens.consumed
        rest = rest[tokens.consumed :]
    assert rest == b""
    return rows, loose, blank


@settings(max_examples=800, deadline=None)
@given(inputs(), st.lists(st.integers(0, 200), max_size=8))
def test_blocks_make_no_difference(case: tuple[bytes, bytes, int, int, Options], cuts: list[int]) -> None:
    data, delimiter, quote, width, options = case
    options = {**options, "longest": 1 << 26}
    whole = found(data, delimiter, quote, width, **options)
    parts = in_blocks(data, [min(cut, len(data)) for cut in cuts], delimiter, quote, width, **options)
    assert parts == (whole.rows, whole.loose, whole.blank)


@pytest.mark.parametrize("carriage", [False, True])
@pytest.mark.parametrize(
    ("data", "delimiter"),
    [
        (b'a,b\r\n"c""\r\n",d\r\n\r\ne,"f"\r\n"g"h,i\r\nj,k', b","),
        (b'a----b\r\n"c"----"----"\n"d\n"----e\n---\n-----f\r', b"----"),
        ('"甲"，乙\r\n丙，"丁\r戊"\n，\n'.encode(), "，".encode()),
    ],
)
def test_every_pair_of_cuts_makes_no_difference(data: bytes, delimiter: bytes, carriage: bool) -> None:
    whole = found(data, delimiter, QUOTE, 2, carriage=carriage)
    assert whole.rows
    for first, second in combinations(range(len(data) + 1), 2):
        parts = in_blocks(data, [first, second], delimiter, QUOTE, 2, carriage=carriage)
        assert parts == (whole.rows, whole.loose, whole.blank)


@settings(max_examples=400, deadline=None)
@given(inputs())
def test_no_byte_is_dropped(case: tuple[bytes, bytes, int, int, Options]) -> None:
    data, delimiter, quote, width, options = case
    result = found(data, delimiter, quote, width, **{**options, "longest": 1 << 26})
    structure = {byte for byte in range(128) if not chr(byte).isalnum()} | set(delimiter) | {quote}
    kept = b"".join(content for _, row in result.rows for _, content in row)
    kept += b"".join(data[start:end] for _, start, end, _ in result.loose)
    assert Counter(b for b in data if b not in structure) == Counter(b for b in kept if b not in structure)
    spans = [(start, end) for _, start, end, _ in result.loose]
    spans += [(start, start + len(content)) for _, row in result.rows for start, content in row]
    spans.sort()
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert result.consumed == len(data)


@settings(max_examples=400, deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(st.text(alphabet='ab中,"\n\r', max_size=8), min_size=width, max_size=width),
            min_size=1,
            max_size=20,
        )
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_agrees_with_the_csv_module_on_what_it_writes(rows: list[list[str]], end: str) -> None:
    assume(
        len(rows[0]) < 4 or not any(cell.count(",") > 5 for row in rows for cell in row)
    )  # no rows in a cell
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=end).writerows(rows)
    data = out.getvalue().encode()
    result = found(data, b",", QUOTE, len(rows[0]))
    assert [[content.decode() for _, content in row] for _, row in result.rows] == rows
    assert not result.loose


def test_a_quote_that_never_closes_costs_one_line() -> None:
    lines = b"".join(b"%d,x\n" % n for n in range(5000))
    result = found(b'"open,x\n' + lines + b'z,"y"\n', b",", QUOTE, 2)
    assert len(result.rows) == 5001
    assert [why for *_, why in result.loose] == [UNCLOSED_QUOTE]


def test_an_overlong_line_is_left_to_the_caller() -> None:
    text = buffer(b"a,b\n" + b"x" * 100 + b"\nc,d\n")
    tokens = tokenize(text, b",", QUOTE, 2, final=True, longest=50)
    assert (tokens.overlong, tokens.consumed, tokens.start.shape[1]) == (True, 4, 1)


@pytest.mark.parametrize(
    ("delimiter", "quote", "width"),
    [
        (b"123456789", -1, 2),
        (b"\n", -1, 2),
        (b'"', QUOTE, 2),
        (b",", 300, 2),
        (b",", 10, 2),
        (b"", -1, 2),
        (b",", -1, 0),
    ],
)
def test_wrong_arguments(delimiter: bytes, quote: int, width: int) -> None:
    with pytest.raises(ValueError, match=r"a delimiter|a quote|a row"):
        tokenize(buffer(b"a"), delimiter, quote, width, final=True)


@pytest.mark.parametrize("delimiter", [b",", b"--", b"----", "，".encode()])
@pytest.mark.parametrize("share", [0.05, 0.4, 0.9])
def test_all_searches_agree_on_dense_and_sparse_marks(delimiter: bytes, share: float) -> None:
    rng = random.Random(int(share * 100))
    marks = [delimiter, delimiter[:1], b'"', b"\n", b"\r\n", b"\r"]
    pieces = [rng.choice(marks) if rng.random() < share else b"x" for _ in range(30000)]
    data = b"".join(pieces)
    for carriage in (False, True):
        first, *others = (found(data, delimiter, QUOTE, 3, path=path, carriage=carriage) for path in range(4))
        assert first.rows or first.loose
        for other in others:
            assert other == first


def test_cells_with_doubled_quotes_are_told() -> None:
    data = b'a,"b ""c"""\n"d","e"\n"d\n""e",f\n"x""y,z\n""f,g\n' * 50
    tokens = tokenize(buffer(data), b",", QUOTE, 2, final=True)
    rows = cells(buffer(data), tokens, QUOTE)
    assert len(tokens.loose_row) == 100  # of a line that is loose no cell is told
    assert tokens.doubled.dtype == np.int64
    assert tokens.doubled.tolist() == [
        2 * row + column for row in range(len(rows)) for column in range(2) if b'"' in rows[row][column][1]
    ]
    assert len(tokens.doubled) == 100


@pytest.mark.parametrize(
    ("behind", "at", "which", "start", "end"),
    [
        (3, 9, [0], 1, 5),  # no room
        (4, 10, [0], 1, 5),
        (4, 14, [0], 1, 5),
        (4, -1, [0], 1, 5),
        (4, 4, [0], 1, 5),  # not in front of the room
        (4, 9, [1], 1, 5),
        (4, 9, [-1], 1, 5),
        (4, 9, [0], -1, 5),
        (4, 9, [0], 5, 1),
        (9, 9, [0, 0], 1, 5),
    ],
)
def test_undouble_outside(behind: int, at: int, which: list[int], start: int, end: int) -> None:
    room = np.concatenate([buffer(b'"a""b",c\n'), np.zeros(behind, np.uint8)])
    starts, ends = np.array([[start]], np.int32), np.array([[end]], np.int32)
    before = room.copy(), starts.copy(), ends.copy()
    with pytest.raises(ValueError, match=r"in front of|shorter"):
        undouble(room, at, np.array(which), QUOTE, -1, starts, ends)
    assert all((a == b).all() for a, b in zip((room, starts, ends), before, strict=True))


@given(
    st.binary(max_size=300).map(lambda raw: bytes(b'"\\abcdefghijkl'[byte % 14] for byte in raw)),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=8),
    st.sampled_from([-1, ord("\\")]),
    st.sampled_from([0, 1]),
    st.data(),
)
def test_undouble_whatever_the_cells_are(
    data: bytes, spans: list[tuple[int, int]], escape: int, path: int, draw: st.DataObject
) -> None:
    """Cells that lie anywhere in the data, over each other, with single quotes and half a pair."""
    spans = [(min(a, b, len(data)), min(max(a, b), len(data))) for a, b in spans]
    chosen = [draw.draw(st.booleans()) for _ in spans]
    start, end = (np.array([span[k] for span in spans], np.int32).reshape(1, -1) for k in (0, 1))
    size = sum(e - s for (s, e), new in zip(spans, chosen, strict=True) if new)
    room = np.concatenate([buffer(data), np.zeros(size, np.uint8)])
    copies = undouble(room, len(data), np.flatnonzero(chosen), QUOTE, escape, start, end, path)
    assert copies[0].tolist() == start[0][chosen].tolist()
    assert copies[1].tolist() == [s for (s, _), new in zip(spans, chosen, strict=True) if new]
    assert room[: len(data)].tobytes() == data
    for (s, e), new, at, stop in zip(spans, chosen, start[0], end[0], strict=True):
        assert room[at:stop].tobytes() == (single(data[s:e], escape) if new else data[s:e])
        assert at >= len(data) if new else at == s


def single(cell: bytes, escape: int) -> bytes:
    """A cell without every second quote, those not counted that an escape stands before."""
    out, quotes, at = bytearray(), 0, 0
    while at < len(cell):
        taken = cell[at : at + 2] if cell[at] == escape else cell[at : at + 1]
        quotes += taken == b'"'
        out += b"" if taken == b'"' and quotes % 2 == 0 else taken
        at += len(taken)
    return bytes(out)


@pytest.mark.parametrize("path", [0, 1])
@pytest.mark.parametrize("size", [1, 31, 62, 63, 64, 65, 126, 127, 128, 129, 1000])
def test_undouble_at_every_place_of_long_cells(size: int, path: int) -> None:
    for place in range(size + 1):
        cell = b"x" * place + b'""' + b"y" * (size - place)
        data = b'"' + cell + b'"'
        room = np.concatenate([buffer(data), np.full(len(cell) + 80, 7, np.uint8)])
        start, end = np.array([[1]], np.int32), np.array([[1 + len(cell)]], np.int32)
        undouble(room, len(data), np.zeros(1, np.int64), QUOTE, -1, start, end, path)
        assert room[start[0, 0] : end[0, 0]].tobytes() == cell.replace(b'""', b'"')
        assert (room[len(data) + len(cell) :] == 7).all()  # nothing is written behind the room it asked for


@pytest.mark.parametrize("width", [1, 2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_long_runs_of_quoted_and_blank_lines(width: int, seed: int) -> None:
    rng = random.Random(seed)
    cells = ['"a"', '""', '"b,c"', "d", "", '"e""f"', '"g\nh"', "\r", '"i"\r', '"' + "j" * 25 + '"', 'k"l']
    weights = [30, 5, 1, 20, 5, 1, 1, 1, 1, 2, 1]
    lines = (",".join(rng.choices(cells, weights, k=width)) for _ in range(4000))
    data = "".join(line + rng.choice(["\n", "\n", "\r\n", "\n\n"]) for line in lines).encode()
    for options in ({}, {"longest_quoted": 20}):
        expected = Reference(data, b",", QUOTE, width, **options).run()
        assert expected.rows
        for path in (0, 1, 2, 3):
            assert found(data, b",", QUOTE, width, path=path, **options) == expected


@pytest.mark.parametrize("width", [2, 3, 4, 9, 16, 17, 63, 64, 65])
@pytest.mark.parametrize("odd", [0, 0.002, 0.05])
def test_long_runs_of_plain_rows(width: int, odd: float) -> None:
    """Rows of one width in a row, now and then another, a quoted cell or a blank line between them."""
    rng = random.Random(f"{width} {odd}")
    lines = []
    for _ in range(20_000 // width):
        row = [rng.choice(["a", "", "bc", "d" * rng.randrange(40), "\r"]) for _ in range(width)]
        if rng.random() < odd:
            row = rng.choice(
                [row[1:], [*row, "e"], [], ['"f,g"', *row[1:]], [*row[:-1], '"h"'], ['i"j', *row[1:]]]
            )
        lines.append(",".join(row) + rng.choice(["\n", "\n", "\r\n"]))
    data = "".join(lines).encode()
    expected = Reference(data, b",", QUOTE, width).run()
    assert len(expected.rows) > 100
    for path in (0, 1, 2, 3):
        assert found(data, b",", QUOTE, width, path=path) == expected
    assert found(data, b",", -1, width) == found(data, b",", -1, width, path=2)


@given(
    st.lists(st.lists(st.sampled_from([b"\r", b"\n", b"a"]), max_size=9).map(b"".join), max_size=9),
    st.integers(0, 3),
)
def test_lone_returns(texts: list[bytes], cut: int) -> None:
    """A line feed behind a span does not belong to it: its last byte is followed by none."""
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64).astype(np.int32)
    starts = ends - np.array([len(text) for text in texts], np.int32)
    ends = np.maximum(starts, ends - cut)
    spans = [text[: max(len(text) - cut, 0)] for text in texts]
    expected = [any(a == 13 and b != 10 for a, b in pairwise(span)) for span in spans]
    found = lone_returns(np.frombuffer(b"".join(texts), np.uint8), starts, ends)
    assert found.dtype == np.bool_
    assert found.tolist() == expected


@pytest.mark.parametrize(("start", "end"), [([0], [9]), ([-1], [1]), ([2], [1]), ([0], [])])
def test_lone_returns_outside(start: list[int], end: list[int]) -> None:
    with pytest.raises(ValueError, match=r"does not lie|differ in length"):
        lone_returns(np.zeros(8, np.uint8), np.array(start, np.int32), np.array(end, np.int32))
