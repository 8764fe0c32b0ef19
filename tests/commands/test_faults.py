"""No message of an unexpected fault quotes what it stopped at, and Ctrl-C is no fault."""

from __future__ import annotations

import gc

import pytest

from scanner.commands.faults import quiet
from scanner.commands.interruption import TerminatedError, behind


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


@pytest.mark.parametrize("kind", [KeyboardInterrupt, TerminatedError])
def test_an_error_that_came_of_an_interruption(kind: type[KeyboardInterrupt]) -> None:
    """A lock, say, that was not taken yet when Ctrl-C struck cannot be given back."""
    struck = kind()

    def falls() -> None:
        try:
            raise struck
        finally:
            raise RuntimeError

    with pytest.raises(RuntimeError) as raised:
        falls()
    assert behind(raised.value) is struck
    assert behind(ValueError()) is None
