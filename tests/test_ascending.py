import subprocess
import sys

import numpy as np
import pytest

from scanner.ascending import ascending


@pytest.mark.parametrize("values", [[], [3], [2, 2, 2], [5, 1, 5, 3, 1], [-1, 0, -1]])
@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint64, np.uint8])
def test_each_value_once(values, dtype):
    given = np.array(values, np.int64).astype(dtype)
    found = ascending(given)
    assert found.dtype == dtype
    assert found.tolist() == sorted(set(given.tolist()))
    assert given.tolist() == np.array(values, np.int64).astype(dtype).tolist()


def test_a_small_scan_does_not_load_masked_arrays(tmp_path):
    """They take as long to load as all else of the scan."""
    path = tmp_path / "a.csv"
    path.write_text("姓名,手机号\n张伟,13912345678\n李娜,13912345679\n", "utf-8")
    code = "import sys, scanner; scanner.scan([sys.argv[1]]); print('numpy.ma' in sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["False"]
