"""Values of Arrow's arrays without pandas, which Arrow loads where it is asked for them itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.sources.arrow import values_of

KINDS = {
    pa.bool_(): st.booleans(),
    pa.uint8(): st.integers(0, 255),
    pa.int8(): st.integers(-128, 127),
    pa.int32(): st.integers(-(1 << 31), (1 << 31) - 1),
    pa.int64(): st.integers(-(1 << 63), (1 << 63) - 1),
    pa.uint64(): st.integers(0, (1 << 64) - 1),
    pa.float32(): st.floats(width=32),
    pa.float64(): st.floats(),
}


@pytest.mark.parametrize("kind", KINDS, ids=str)
@given(data=st.data())
def test_they_are_what_arrow_says(kind: pa.DataType, data: st.DataObject) -> None:
    """Of any slice, also one that begins within a byte of truths, or is empty."""
    value = KINDS[kind]
    values = data.draw(
        st.lists(st.one_of(st.none(), value) if data.draw(st.booleans()) else value, max_size=40)
    )
    array = pa.array(values, kind)
    first = data.draw(st.integers(0, len(values)))
    part = array.slice(first, data.draw(st.integers(0, len(values))))
    found, told = values_of(part, 1), part.fill_null(pa.scalar(1).cast(kind)).to_numpy(zero_copy_only=False)
    assert found.dtype == told.dtype
    assert found.tobytes() == told.tobytes()


def test_a_scan_of_tables_does_without_pandas(tmp_path: Path) -> None:
    """Parquet with lists, absent values and numbers, and a page of a child process."""
    table = pa.table(
        {"手机号": ["13812345678", None], "列": [["a"], []], "实": [13812345678.0, None], "真": [True, None]}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    (tmp_path / "b.html").write_text(
        "<html><table><tr><td>手机号<tr><td>13812345678</table>", encoding="utf-8"
    )
    program = (
        "import sys, scanner\n"
        "report = scanner.scan(sys.argv[1])\n"
        "assert len(report.to_dict()['inputs']) == 2\n"
        "assert 'pandas' not in sys.modules\n"
    )
    variables = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=variables, check=True, timeout=120)
