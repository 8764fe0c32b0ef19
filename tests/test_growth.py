"""The judge of growth, which must be able to say no."""

from __future__ import annotations

import pytest
from growth import is_linear


@pytest.mark.parametrize(("power", "linear"), [(1, True), (2, False)])
def test_what_grows_faster_is_told(power: int, linear: bool) -> None:
    assert is_linear(lambda count: sum(range(count**power * 100)), 150, 600) == linear
