"""RTF: what is written as escapes, in code pages and in tables; cut anywhere, nothing hangs or is silent."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import scanned

from scanner.sources import rtf_reader
from scanner.sources.rtf_reader import text_of

FONTS = rb"{\fonttbl{\f0\froman\fcharset0 Times;}{\f1\fnil\fcharset134 SimSun;}{\f2\fnil\fcharset136 Ming;}}"


def escaped(text: str, encoding: str) -> bytes:
    return "".join(rf"\'{byte:02x}" for byte in text.encode(encoding)).encode()


@pytest.mark.parametrize(
    ("content", "lines", "rows"),
    [
        (rb"a 1\par b\line c", ["a 1", "b", "c"], []),
        (rb"\u24352?\u-3 x", ["张\ufffd"], []),
        (rb"\u24352\'3f\u20255\u29579 ", ["张伟王"], []),
        (rb"{\uc2\u24352\'d5\'c5}\u20255?", ["张伟"], []),
        (rb"\u-10174?\u-8265?", ["𠮷"], []),
        (rb"\f1 " + escaped("张伟", "gbk") + rb"\f2 " + escaped("張偉", "big5"), ["张伟張偉"], []),
        # The second byte of a hanzi is a letter.
        (rb"\f1 \'8bW\par", [b"\x8bW".decode("gbk")], []),
        (rb"{\f1 \'d5}\'c5", ["\ufffdÅ"], []),
        (
            rb"{\*\generator Word}{\info{\author Li}}{\pict 00ff}{\field{\*\fldinst X \"y\"}{\fldrslt 1}}2\par",
            ["12"],
            [],
        ),
        (rb"138\_1234\~5678\-\par\{\}\\", ["138-1234 5678", r"{}\ ".strip()], []),
        (b"one\\\ntwo\r\nstill two", ["one", "twostill two"], []),
        (rb"{\pict\bin5 \par}}x", ["x"], []),
        (
            rb"t\par\trowd a\cell b\par c\cell\row\trowd d\cell\cell\row\pard z\par",
            ["t", "z"],
            [["a", "b\nc"], ["d", ""]],
        ),
        (rb"\trowd a\cell", [], [["a"]]),
    ],
)
def test_what_is_written_is_read(content: bytes, lines: list[str], rows: list[list[str]]) -> None:
    text = text_of(io.BytesIO(rb"{\rtf1\ansi\ansicpg1252" + FONTS + content + b"}"))
    assert (text.lines, text.rows) == (lines, rows)


@pytest.mark.parametrize("head", [rb"\ansicpg936", rb"\ansicpg1252\deflangfe2052"])
def test_without_a_charset_the_document_tells_the_code_page(head: bytes) -> None:
    text = text_of(io.BytesIO(rb"{\rtf1\ansi" + head + b" " + escaped("张伟", "gbk") + b"}"))
    assert text.lines == ["张伟"]


@given(
    st.lists(
        st.sampled_from(
            [
                rb"\par ",
                b"{",
                b"}",
                rb"\u24352?",
                rb"\'d5",
                b"a",
                b"\\",
                rb"\bin3 ",
                rb"\cell\row",
                b"\n",
                rb"\f1",
            ]
        )
    )
)
def test_the_text_does_not_hang_on_how_it_is_read(parts: list[bytes]) -> None:
    """Piece by piece as at one go."""
    content = rb"{\rtf1" + FONTS + b"".join(parts)
    whole = text_of(io.BytesIO(content))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rtf_reader, "PIECE", 7)
        again = text_of(io.BytesIO(content))
    assert (again.lines, again.rows, again.open) == (whole.lines, whole.rows, whole.open)


def test_a_document(tmp_path: Path) -> None:
    cells = (("姓名", "手机号码"), ("张伟", "13812345678"), ("王芳", "13912345679"))
    table = b"".join(
        rb"\trowd\cellx1\cellx2" + b"".join(escaped(cell, "gbk") + rb"\cell " for cell in row) + rb"\row"
        for row in cells
    )
    path = tmp_path / "a.doc"
    path.write_bytes(rb"{\rtf1\ansi\ansicpg936" + escaped("名单", "gbk") + rb"\par" + table + b"}")
    document = scanned(path)
    assert [(entry["format"], entry["status"]) for entry in document["inputs"]] == [("rtf", "complete")]
    assert (
        document["labels"]["person_name"]["distinct"] == document["labels"]["mobile_phone"]["distinct"] == 2
    )
    path.write_bytes(path.read_bytes()[:-1])
    (entry,) = scanned(path)["inputs"]
    assert entry["status"] == "partial"
    assert "ends before its groups are closed" in str(entry)
