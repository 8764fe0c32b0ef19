import threading

import pytest

from scanner.in_turn import WAITING, Aside, in_turn


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(threads):
    assert list(in_turn(lambda number: number * number, range(50), threads)) == [n * n for n in range(50)]
    assert list(in_turn(str, [], threads)) == []


@pytest.mark.parametrize("threads", [1, 3])
def test_no_item_is_taken_far_ahead(threads):
    taken = []

    def items():
        for number in range(100):
            taken.append(number)
            yield number

    for done, _ in enumerate(in_turn(abs, items(), threads)):
        assert len(taken) <= done + threads + 1


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_is_raised_and_no_thread_is_left(threads):
    def work(number):
        if number == 4:
            raise KeyError(number)
        return number

    before = threading.active_count()
    found = []
    results = in_turn(work, range(9), threads)
    found += [next(results) for _ in range(4)]
    with pytest.raises(KeyError):
        next(results)
    assert found == [0, 1, 2, 3]
    assert threading.active_count() == before


def test_who_stops_early_leaves_no_thread_behind():
    before = threading.active_count()
    some = in_turn(abs, range(1000), 3)
    assert next(some) == 0
    some.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_done_aside_is_done_in_order_and_all_of_it(threads):
    before, done = threading.active_count(), []
    with Aside(done.append, threads) as aside:
        for number in range(50):
            aside.give(number)
            assert len(done) >= number - WAITING
    assert done == list(range(50))
    assert threading.active_count() == before


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("wrong", [3, 49])
def test_an_error_aside_is_raised_and_ends_the_work(threads, wrong):
    before, done = threading.active_count(), []

    def work(number):
        if number == wrong:
            raise KeyError(number)
        done.append(number)

    def give_all():
        with Aside(work, threads) as aside:
            for number in range(50):
                aside.give(number)

    with pytest.raises(KeyError):
        give_all()
    assert done[:wrong] == list(range(wrong))
    assert len(done) < wrong + WAITING + 2
    assert threading.active_count() == before


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_beside_ends_what_is_done_aside(threads):
    before = threading.active_count()

    def fail():
        with Aside(abs, threads) as aside:
            aside.give(1)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert threading.active_count() == before
