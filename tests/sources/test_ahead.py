"""Items made ahead: the same items, errors at their place, and no thread that stays."""

import threading
import time

import pytest

from scanner.sources.ahead import ahead


def threads():
    return [each for each in threading.enumerate() if each.name == "leaktally-ahead"]


@pytest.mark.parametrize("count", [0, 1, 2, 50])
@pytest.mark.parametrize("most", [1, 3])
def test_the_same_items_in_order(count, most):
    assert list(ahead(iter(range(count)), most)) == list(range(count))
    assert threads() == []


def test_an_error_comes_after_the_items_before_it():
    def items():
        yield 1
        yield 2
        raise KeyError("three")

    seen = []
    with pytest.raises(KeyError, match="three"):
        seen.extend(ahead(items()))
    assert seen == [1, 2]
    assert threads() == []


def test_no_more_is_made_than_may_wait():
    made = []

    def items():
        for number in range(100):
            made.append(number)
            yield number

    taking = ahead(items(), 2)
    next(taking)
    time.sleep(0.05)
    assert len(made) <= 1 + 2 + 1  # taken, waiting, and the one that finds no place
    taking.close()
    assert threads() == []


def test_items_are_made_while_others_are_looked_at():
    second = threading.Event()

    def items():
        yield 1
        second.set()
        yield 2

    taking = ahead(items())
    assert next(taking) == 1
    assert second.wait(5)
    assert list(taking) == [2]
