from __future__ import annotations

import random
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sql_reference import Read, Reference

from scanner.kernels.sql_rows import ASKS, Reader

HEAD = re.compile(rb"(?i)insert\s+into\s+(\w+)\s+values(?![\w$#@\x80-\xff])|copy (\w+) from stdin;\n")


def heads(data: bytes, at: int) -> tuple[str, int, bool] | None:
    found = HEAD.match(data, at)
    return None if found is None else ((found[1] or found[2]).decode(), found.end(), found[2] is not None)


def kernel(data: bytes, backslash: bool, step: int | None = None) -> Read:
    """What the kernel reads, in the reference's words; ``step``: bytes a buffer has more than the last one left."""
    reader, found = Reader(backslash), Read()
    shapes: dict[str, int] = {}
    base = given_ = 0
    while True:
        given_ = len(data) if step is None else min(given_ + step, len(data))
        buffer = np.frombuffer(bytearray(data[base:given_]), np.uint8)
        reader.open(buffer, given_ == len(data))
        while reader.walk() == ASKS:
            head = heads(data, base + reader.at)
            if head is None:
                reader.text()
                continue
            name, end, is_copy = head
            if end > given_:
                break  # the head is not there yet
            if name not in shapes:
                shapes[name] = reader.shape_of(-1)
            (reader.lines if is_copy else reader.tuples)(shapes[name], end - base - reader.at)
        names = {number: name for name, number in shapes.items()}
        before, raw = len(found.rows), buffer.copy()
        taken = reader.take()
        rows: list[tuple[int, str, list[bytes]]] = []
        for part in taken.rows:
            for row, order in enumerate(part.order.tolist()):
                spans = zip(part.start[:, row].tolist(), part.end[:, row].tolist(), strict=True)
                rows.append((order, names[part.shape], [buffer[a:b].tobytes() for a, b in spans]))
        found.rows += [(name, cells) for _, name, cells in sorted(rows, key=lambda each: each[0])]
        for start, end, shape, rows_before in zip(
            taken.loose_start.tolist(),
            taken.loose_end.tolist(),
            taken.loose_shape.tolist(),
            taken.loose_before.tolist(),
            strict=True,
        ):
            found.loose.append((names[shape], (base + start, base + end), before + rows_before))
        found.texts += [
            (base + a, base + b)
            for a, b in zip(taken.text_start.tolist(), taken.text_end.tolist(), strict=True)
        ]
        assert all(raw[a - base : b - base].tobytes() == data[a:b] for a, b in found.texts if a >= base)
        base += reader.at
        if given_ == len(data):
            assert base == len(data)
            return found


def agree(data: bytes, backslash: bool) -> Read:
    wanted = Reference(data, backslash, heads).run()
    got = kernel(data, backslash)
    assert len(got.rows) == len(wanted.rows)
    for (name, cells), (own, texts) in zip(got.rows, wanted.rows, strict=True):
        assert name == own
        assert len(cells) == len(texts)
        for cell, text in zip(cells, texts, strict=True):
            assert text in (cell, b"<expression>")
    assert got.loose == wanted.loose
    assert sorted(got.texts) == sorted(wanted.texts)
    return got


MARKS = (
    "' \" ` \\ ( ) , ; \n \r\n \t 1 a 中 -- --5 # /* */ $ $$ $a$ q'[ ]' nq'( E' e'\\x41' U&' N' X' x'41' 0x41"
)
WORDS = "NULL default _utf8' _binary NEW.x @v ? now() || :: + as AT '' \\' \\\\ \\u4f60 \\4f60 \\101 \\. \\N GO update"
PIECES = "( (1,'a') ('b',2) (3,'c', ),( ); ,( 1\t2\n \\.\n INSERT~INTO~t~VALUES insert~into~u~values"
PARTS = f"{MARKS} {WORDS} {PIECES} copy~c~from~stdin;\n create~x \\connect~y -.5 0x 1e-5".split(" ")
STRUCTURED = st.lists(st.sampled_from([part.replace("~", " ") for part in PARTS] + [" "]), max_size=30).map(
    "".join
)
STARTS = ["INSERT INTO t VALUES (1,'a'),", "INSERT INTO t VALUES ", "copy c from stdin;\n1\t2\n", ""]


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(STARTS), STRUCTURED, st.booleans())
def test_agrees_with_the_reference(start: str, text: str, backslash: bool) -> None:
    agree((start + text).encode(), backslash)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=60), st.booleans())
def test_agrees_on_random_bytes(start: str, text: bytes, backslash: bool) -> None:
    agree(start.encode() + text, backslash)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(STARTS), STRUCTURED, st.booleans(), st.integers(1, 12))
def test_reads_the_same_however_it_is_cut(start: str, text: str, backslash: bool, step: int) -> None:
    data = (start + text).encode()
    assert kernel(data, backslash, step) == kernel(data, backslash)


@pytest.mark.parametrize("seed", range(20))
def test_agrees_on_long_texts(seed: int) -> None:
    draw = random.Random(seed)
    parts = [part.replace("~", " ") for part in PARTS]
    rows = ["(1,'a'),", "(2,'b\\'c'),\n", "(3,'it''s');\nINSERT INTO t VALUES ", "(4,NULL),"]
    text = "INSERT INTO t VALUES " + "".join(
        draw.choice(rows if draw.random() < 0.9 else parts) for _ in range(400)
    )
    found = agree(text.encode()[:4000], bool(seed % 2))
    assert len(found.rows) > 20
