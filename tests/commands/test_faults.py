"""No message of an unexpected fault quotes what it stopped at, and Ctrl-C is no fault."""

from __future__ import annotations

import gc

import pytest

from scanner.commands.faults import quiet
from scanner.commands.interruption import TerminatedError


class Falls:
    """Raises at its end, where nothing can pass it on."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __del__(self) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("110101199003071233"), "a fault of the tool itself (ValueError)"),
        (KeyboardInterrupt(), ""),
        (TerminatedError(), ""),
        (SystemExit(3), ""),
    ],
)
def test_what_strikes_in_a_destructor(
    error: BaseException, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with quiet(debug=False):
        Falls(error)
        gc.collect()
    said = capsys.readouterr().err
    assert told in said
    assert bool(said) == bool(told)
    assert "110101" not in said
