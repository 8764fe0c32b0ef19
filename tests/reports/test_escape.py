import unicodedata

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.reports.escape import RE2_CLASS, pieces, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("客户.csv", "客户.csv"),
        ("a b　c", "a b　c"),
        ("a\nb\r\t\x00", "a\\nb\\r\\t\\x00"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x7f\x9b", "\\x7f\\x9b"),
        ("exe.\u202egnp", "exe.\\u202egnp"),
        ("\u2066\u2069\u200e\u200f\u061c", "\\u2066\\u2069\\u200e\\u200f\\u061c"),
        ("a\u200b\u200d\ufeff\u00ad", "a\\u200b\\u200d\\ufeff\\xad"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\U000e0041", "\\U000e0041"),
        (b"\xb0\xa1.csv".decode("utf-8", "surrogateescape"), "\\xb0\\xa1.csv"),
        ("\ud83d", "\\ud83d"),
    ],
)
def test_hidden_characters_become_visible(text, shown):
    assert visible(text) == shown
    assert "".join(piece for piece, _ in pieces(text)) == shown


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_nothing_that_commands_or_reorders_is_left(text):
    shown = visible(text)
    shown.encode("utf-8")
    for char in shown:
        assert unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(char) not in (
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        )


@settings(deadline=None)
@given(st.text())
def test_the_arrow_class_finds_the_same_texts(text):
    found = pc.match_substring_regex(pa.array([text]), RE2_CLASS)[0].as_py()
    assert found == (visible(text) != text)
