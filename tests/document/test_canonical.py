"""Documents are rendered part by part, and yet as the json module renders them whole."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.document import canonical
from scanner.reports import json_report

TEXTS = st.text(st.characters(codec=None) | st.sampled_from('\n"\\\u2028\udcff'), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_as_the_json_module(document: dict[str, Any]) -> None:
    plain = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
    indented = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    assert canonical.render(document) == plain.encode("utf-8", "backslashreplace")
    assert json_report.render(document) == indented.encode("utf-8", "backslashreplace")


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_the_hash_of_the_body(document: dict[str, Any]) -> None:
    whole = canonical.render({key: value for key, value in document.items() if key != "run"})
    assert canonical.body_sha256(document) == hashlib.sha256(whole).hexdigest()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_json_is_refused(value: float) -> None:
    for render in (canonical.render, json_report.render):
        with pytest.raises(ValueError, match="not JSON compliant"):
            render({"a": [1, {"b": value}]})


def test_a_hash_takes_no_memory_for_many_entries() -> None:
    document = {"inputs": [{"path": f"file {number}", "size": number} for number in range(50_000)]}
    tracemalloc.start()
    canonical.body_sha256(document)
    assert tracemalloc.get_traced_memory()[1] < 100_000
    tracemalloc.stop()
