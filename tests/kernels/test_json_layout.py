"""JSON in lines is that of the standard library, byte for byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.kernels.json_layout import laid_out

texts = st.text(st.sampled_from('ab{}[],:"\\\n 张\ud800'), max_size=6) | st.text(max_size=4)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=30,
)


@given(values, st.integers(0, 3))
def test_as_the_standard_library_does(value: object, depth: int) -> None:
    encoded = json.dumps(value, ensure_ascii=False, separators=(",", ": "))
    expected = json.dumps(value, ensure_ascii=False, indent=1).replace("\n", "\n" + " " * depth)
    assert laid_out(encoded.encode("utf-8", "backslashreplace"), depth) == expected.encode(
        "utf-8", "backslashreplace"
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [(b"", b""), (b"]]}", b"]\n]\n}"), (b'"{,', b'"{,'), (b"[", b"["), (b'["\\"]"]', b'[\n "\\"]"\n]')],
)
def test_what_is_no_json_does_no_harm(text: bytes, lines: bytes) -> None:
    assert laid_out(text) == lines


def test_a_depth_below_none_is_refused() -> None:
    with pytest.raises(ValueError, match="first column"):
        laid_out(b"{}", -1)
