"""One batch for each kernel that looks at cells: any bytes, with the product's own tables. Each returns how many inputs."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
from fuzz_material import Chance
from numpy.typing import NDArray
from restore_reference import found_in

from scanner import knowledge
from scanner.detectors.address import KINDS, _divisions, _flags, _parser, _points, _words
from scanner.detectors.asked import Asking
from scanner.detectors.bank_card import issuers
from scanner.detectors.landline import area_lengths
from scanner.detectors.mobile import prefix_states
from scanner.detectors.packs import built_in
from scanner.detectors.pattern import SharedGates
from scanner.detectors.person_name import characters
from scanner.detectors.placeholders import placeholders
from scanner.detectors.programs import compiled
from scanner.detectors.registry import detectors
from scanner.detectors.resident_id import region_table
from scanner.kernels import (
    address,
    cards,
    digest,
    digits,
    folding,
    gate,
    matcher,
    moments,
    names,
    number_checks,
    places,
    profile,
    restore,
    shapes,
    sieve,
    spans,
)
from scanner.model import Cells
from scanner.scanning.plausible import _classes, blanks
from scanner.scanning.restored import characters as written
from scanner.scanning.restored import token_tables

AS_OF = 20260101
DAMAGED = [
    *"0123456789", "138001380", "440981199", "4.40981", "E+17", "e", "+", ".", ",", "，", "-", " ", "–", "\t", "_", "/", "·", "\n",
    "\r", "一", "三", "〇", "壹", "十", "①", "⓪", "¹", "٣", "𝟛", "\U0001f101", "l", "O", "I", "О", "X", "x", "×", "\u200b",
    "\ufeff", "\u00ad", "\ufe0f\u20e3", "\u202d", "'", '"', "=", "１", "８", "号", "张", "(", "l ", " O", "138 ",
]  # fmt: skip
#: Digits in more bytes than they have, half of a surrogate pair, beyond Unicode: no UTF-8.
OVERLONG = [b"\xe0\x99\xa0", b"\xe0\x80\xb1", b"\xf0\x82\x91\xa0", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"]


def within(cells: Cells, cell: NDArray[np.int32], start: NDArray[np.int32], end: NDArray[np.int32]) -> None:
    """Spans lie in cells that there are, in order."""
    assert ((cell >= 0) & (cell < len(cells))).all()
    assert ((start >= 0) & (start <= end) & (end <= (cells.end - cells.start)[cell])).all()
    assert (np.diff(cell) >= 0).all()


@cache
def questions() -> profile.Questions:
    """What a survey asks for all detectors."""
    (shared,) = Asking(detectors(date(2026, 1, 1))).gates
    found = shared.gates.asking(*token_tables(), *blanks().first_bytes())
    assert found is not None
    return found


def fuzz_profile(chance: Chance) -> int:
    cells = chance.cells()
    for path in (0, 1, 2):
        kinds, numeric, union, like, models, *_ = profile.profile(cells.data, cells.start, cells.end, path)
        assert union == int(np.bitwise_or.reduce(kinds, initial=0))
        assert (like <= np.arange(len(cells))).all()
        assert len(numeric) <= len(cells) >= len(models)
        assert (profile.written_like(like, profile.models_of(like, numeric), numeric) == numeric).all()
        told = profile.profile(cells.data, cells.start, cells.end, path, questions())
        assert all((own == other).all() for own, other in zip(told[:2], (kinds, numeric), strict=True))
        for answer in told[5:]:
            assert answer is None or len(answer) == 0 or 0 <= answer[0] <= answer[-1] < len(cells)
    return len(cells)


def fuzz_digits(chance: Chance) -> int:
    cells = chance.cells()
    words = digits.packed_words(["tel", "v", "whatsapp"])
    found = digits.runs(cells.data, cells.start, cells.end, words=words)
    within(cells, *found[:3])
    kinds, numeric, *_ = profile.profile(cells.data, cells.start, cells.end)
    other = digits.runs(cells.data, cells.start, cells.end, numeric, kinds, words)
    assert all((one == two).all() for one, two in zip(found[:5], other[:5], strict=True))
    which = np.flatnonzero(chance.numbers.random(len(found[0])) < 0.3).astype(np.int32)
    digits.picked(which, *found[:3])
    for kind in (digits.MOBILE, digits.ID18, digits.CARD | digits.LANDLINE):
        some = digits.of_kind(kind, *found[:6], path=chance.random.randrange(2))
        has = found[5] & kind != 0
        assert some is None or len(some[0]) == has.sum()
    return len(cells)


def fuzz_number_checks(chance: Chance) -> int:
    cells = chance.cells()
    cell, start, end, value, length, flags, _ = digits.runs(cells.data, cells.start, cells.end)
    if chance.random.random() < 0.5:  # any number of these digits, as far as ``runs`` leaves it open
        size = length.astype(np.uint64) - ((flags & digits.ENDS_IN_X) != 0) - ((flags & digits.LANDLINE) != 0)
        value = chance.words(len(value), 1)[:, 0] % np.power(np.uint64(10), size.astype(np.uint64))
        value = np.where(flags & digits.MOBILE, value % np.uint64(10**10) + np.uint64(10**10), value)
    for path in (0, 1):
        number_checks.identity_numbers(value, flags, region_table(), 1880, AS_OF, path)
    number_checks.identity_numbers_15(value, flags, region_table(), 1880, AS_OF)
    number_checks.mobiles(value, flags, prefix_states())
    number_checks.landlines(value, length, flags, area_lengths())
    number_checks.credit_codes(cells.data, cells.start, cell, start, end, value, flags)
    return len(value)


def fuzz_cards(chance: Chance) -> int:
    cells = chance.cells()
    _, _, _, value, length, flags, _ = digits.runs(cells.data, cells.start, cells.end)
    if chance.random.random() < 0.5:
        value = chance.words(len(value), 1)[:, 0] % np.power(np.uint64(10), length.astype(np.uint64))
    found = [cards.bank_cards(value, length, flags, issuers(), path) for path in (0, 1)]
    for one, two in zip(*found, strict=True):
        assert one.tolist() == two.tolist()
    which, checks, key, scheme = found[0]
    placeholders("bank_card").mark(key, checks)
    cards.scheme_cards(which, checks, scheme)
    cards.luhns(value)
    return len(value)


def fuzz_restore(chance: Chance) -> int:
    """Numbers in any writing, at times with other classes of characters than the product's."""
    rng, parts = chance.random, [*(each.encode() for each in DAMAGED), *OVERLONG]
    if rng.random() < 0.2:
        cells = chance.cells(500)
    else:
        raw = [
            b"".join(rng.choices(parts, k=rng.choice((3, 9, 20)))) for _ in range(rng.choice((1, 40, 500)))
        ]
        cells = Cells.of([chance.damaged(each) if rng.random() < 0.1 else each for each in raw])
    if rng.random() < 0.5:  # the gate looks at whole vectors where these lie in the data
        cells = Cells(
            np.append(cells.data, np.full(99, rng.randrange(256), np.uint8)), cells.start, cells.end
        )
    restored_as_told(chance, cells, written().table, written().gate, questions())
    if rng.random() < 0.3:
        table = other_classes(chance, cells)
        own = gates().gates
        rest = (np.bitwise_or.reduce(own.wanted, axis=0), own.needs, *restore.token_tables(table))
        asked = profile.Questions(own.tables, own.pairs, own.lines, *rest, *blanks().first_bytes())
        restored_as_told(chance, cells, table, restore.gate_tables(table), asked)
    keys = chance.words(chance.size(), 1)[:, 0].copy()
    checks = chance.numbers.integers(0, 8, len(keys)).astype(np.uint32)
    identity = rng.random() < 0.5
    tails, count = restore.zero_tails(keys, identity)
    assert (
        count
        == tails.sum()
        >= restore.mark_zero_tails(tails, 1, 8, keys, checks, rng.choice((0, 4)), identity)
    )
    return len(cells)


def other_classes(chance: Chance, cells: Cells) -> NDArray[np.uint8]:
    """The table of ``scanner.scanning.restored`` with some characters beyond ASCII, most of them in these cells, in other classes."""
    rng, table = chance.random, written().table.copy()
    text = cells.data.tobytes().decode("utf-8", "ignore") + "x"
    entries = np.unique(table).tolist()
    for code in [*map(ord, rng.choices(text, k=30)), *(rng.randrange(restore.CODES) for _ in range(9))]:
        entry = rng.choice(entries)
        begins = entry & 0xF0 in (
            restore.PLAIN,
            restore.WRAPPER,
            restore.BREAK,
            restore.INVISIBLE,
            restore.JOINT,
        )
        chinese = 0x4000 <= code < 0xA000  # of which no number begins with one, as a whole
        if 0x80 <= code < restore.CODES and not 0xD800 <= code < 0xE000 and not (begins and chinese):
            table[code] = entry
    return table


def restored_as_told(
    chance: Chance, cells: Cells, table: NDArray[np.uint8], gate_: NDArray[np.uint8], asked: profile.Questions
) -> None:
    """The survey and the gate, by both paths, miss nothing of what is restored, which is what the slow reference says."""
    where = (cells.data, cells.start, cells.end)
    kinds, _, _, like, models, _, odd_ones, _ = profile.profile(*where, 0, asked)
    every = np.arange(len(cells), dtype=np.int32)
    numbers = written().digits, written().letters
    for landlines in (False, True):
        cell, start, end, kind, _, text, low, high, odd = restore.restore(
            *where, every, table, landlines, *numbers
        )
        for path in (0, 1):
            rest = (kinds, table, gate_, landlines, *numbers, path)
            found = restore.suspects(*where, models, *rest)
            assert np.isin(like[cell], found).all()
            assert np.isin(found, models).all()
            if odd_ones is not None:
                assert restore.suspects(*where, odd_ones, *rest).tolist() == found.tolist()
        assert (np.diff(cell) >= 0).all()
        assert ((start >= 0) & (start <= end) & (end <= len(text))).all()
        assert len(low) == len(high) == len(odd) == len(text)
        assert (kind < len(restore.KINDS)).all()
        size = (cells.end - cells.start)[np.repeat(cell, end - start)]
        spread = np.concatenate([np.arange(*each) for each in zip(start, end, strict=True)] or [every[:0]])
        assert ((low[spread] >= 0) & (low[spread] <= high[spread]) & (high[spread] <= size)).all()
        for one in chance.random.sample(range(len(cells)), min(3, len(cells))):
            raw = cells.data[cells.start[one] : cells.end[one]].tobytes()
            if len(raw) <= 200:
                told = [
                    (text[start[at] : end[at]].tobytes().decode(), restore.KINDS[kind[at]])
                    for at in np.flatnonzero(cell == one)
                ]
                assert told == [
                    (piece.text, piece.kind) for piece in found_in(raw, table, landlines, *numbers)
                ]


def fuzz_placeholders(chance: Chance) -> int:
    size = chance.size()
    keys = chance.words(size, 1)[:, 0].copy()
    if chance.random.random() < 0.5:
        keys %= np.uint64(10 ** chance.random.randrange(1, 19))
    for label, length in (("bank_card", 0), ("resident_id", 18), ("mobile_number", 0)):
        placeholders(label, length).mark(keys, np.zeros(size, np.uint32))
    return size


def fuzz_address(chance: Chance) -> int:
    if chance.random.random() < 0.3:
        return _usual_addresses(chance)
    cells = chance.cells(400)
    found = []
    for path in (0, 1, 2):
        for keep in (False, True):
            each = _parser(path).find(cells.data, cells.start, cells.end, keep)
            within(cells, *each[:3])
            found.append([array.tolist() for array in each[:5]])
    assert all(each == found[0] for each in found)
    return len(cells)


def _usual_addresses(chance: Chance) -> int:
    """Addresses of few beginnings and ends, which are known after a while; the data end with the last cell."""
    rng = chance.random
    heads = rng.sample(_full_names(), 4)
    streets = rng.choices(["建国路", "", "１", "三里屯", "域", "南京路", "花" * 9, "A座", "某小区"], k=3)
    ends = rng.choices(
        ["12号", "1号楼3单元1204室", "12345678901号", "8１号", "号", "5号" * 6, "1\u00a02室", "3号𠮷"], k=3
    )
    cells = [
        (
            rng.choice(heads)
            + rng.choice(heads[:2]) * rng.randrange(2)
            + rng.choice(streets)
            + rng.choice(ends)
        ).encode()
        for _ in range(rng.choice((1, 9, 300)))
    ]
    data = np.frombuffer(bytearray(b"".join(cells)), np.uint8)
    where = chance.numbers.integers(0, len(data), rng.choice((0, 1, len(data) // 90 + 1)))
    data[where] ^= (1 << chance.numbers.integers(0, 8, len(where))).astype(np.uint8)
    stop = np.cumsum([len(cell) for cell in cells]).astype(np.int32)
    start = (stop - [len(cell) for cell in cells]).astype(np.int32)
    found = [_parser(path).find(data, start, stop) for path in (0, 2)]
    within(Cells(data, start, stop), *found[0][:3])
    assert all(one.tolist() == two.tolist() for one, two in zip(*found, strict=True))
    return len(cells)


@cache
def _full_names() -> list[str]:
    """Divisions with those they lie in."""
    columns = knowledge.table("divisions").columns
    name = dict(zip(columns["code"], columns["name"], strict=True))
    above = dict(zip(columns["code"], columns["parent"], strict=True))
    return [
        name.get(above.get(above[code], ""), "") + name.get(above[code], "") + name[code] for code in name
    ]


def fuzz_address_tables(chance: Chance) -> int:
    """A lexicon of any words, and what it finds."""
    rng = chance.random
    letters = "省市区县镇路街号楼室村组建国人民中山花abc〇一二12"
    words = list(
        {"".join(rng.choices(letters, k=rng.randrange(1, 5))) for _ in range(rng.choice((0, 3, 30, 300)))}
    )
    names = list(
        {"".join(rng.choices(letters, k=rng.randrange(2, 6))) for _ in range(rng.choice((0, 3, 30, 300)))}
    )
    if rng.random() < 0.1:
        words.append("".join(rng.choices(letters, k=rng.choice((255, 256)))))
    points, values_there, latin_there = _lexicon()
    values = rng.choices(values_there, k=len(words))
    parent, level = _tree()
    group = np.array([rng.randrange(2 * len(parent)), -1, rng.randrange(2 * len(parent)), -1], np.int32)
    groups = [rng.choice((1, 3)) for _ in names]
    latin = {
        "".join(rng.choices("abcz", k=rng.randrange(1, 9))): rng.choice(latin_there)
        for _ in range(rng.choice((0, 5, 90)))
    }
    try:
        parser = address.Parser(_flags(), words, values, names, groups, group, parent, level, points, latin)
    except ValueError:
        return len(words) + len(names) + len(latin)
    cells = chance.cells(30)
    within(cells, *parser.find(cells.data, cells.start, cells.end, True)[:3])
    return len(words) + len(names) + len(latin)


@cache
def _tree() -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """The divisions: what each lies in, and its level."""
    return _divisions()[3:]


@cache
def _lexicon() -> tuple[NDArray[np.int32], list[int], list[int]]:
    """The points, and the kinds that words and Latin words may have."""
    content = knowledge.toml("address.toml")
    return _points(content), sorted({*_words(content)[1]}), [KINDS.index(kind) for kind in content["latin"]]


def fuzz_names(chance: Chance) -> int:
    cells = chance.cells()
    kinds = profile.profile(cells.data, cells.start, cells.end)[0]
    found = [
        names.names(cells.data, cells.start, cells.end, characters(), -200, -150, *more)
        for more in ((), (kinds, 0), (kinds, 1))
    ]
    within(cells, *found[0][:3])
    for each in found[1:]:
        assert all(one.tolist() == two.tolist() for one, two in zip(found[0], each, strict=True))
    packed = names.pack_names(cells.data, cells.start, *found[0][:3])
    assert not len(packed) or int(packed.max()) < 1 << 60
    return len(cells)


@cache
def gates() -> SharedGates:
    return SharedGates(built_in())


def fuzz_gate(chance: Chance) -> int:
    """And ``opened``: what the product's gates say of cells, by all paths."""
    cells = chance.cells()
    own = gates().gates
    kinds = profile.profile(cells.data, cells.start, cells.end)[0]
    spread = (cells.data, cells.start, cells.end, *own.program)
    found = [gate.gate(*spread, path=path) for path in (0, 1, 2)]
    found.append(gate.gate(*spread, kinds=kinds, needs=own.needs))
    for index, hits in found:
        assert index.tolist() == found[0][0].tolist()
        assert hits.tolist() == found[0][1].tolist()
    return len(cells)


def fuzz_opened(chance: Chance) -> int:
    cells = chance.cells()
    gates().open(cells)
    for place in range(0, len(gates().gates.patterns) - 1, 3):
        plain, apart, _ = gates().candidates(cells, place)
        assert len(plain) + len(apart) <= len(cells)
    return len(cells)


@cache
def programs() -> list[object]:
    made = [compiled(pattern.bounded(), pattern.verbose) for pattern in built_in()]
    return [program for program in made if program is not None]


def fuzz_matcher(chance: Chance) -> int:
    cells = chance.cells(500)
    chosen = np.flatnonzero(chance.numbers.random(len(cells)) < 0.9).astype(np.int32)
    for program in chance.random.sample(programs(), 8):
        found, left = matcher.search_cells(
            cells.data, cells.start, cells.end, chosen,
            program.code, program.ascii, program.ranges, program.places, program.first,
        )  # fmt: skip
        within(cells, *found.T)
        table = np.full(256, -2, np.int32)
        table[48:58] = range(10)
        table[[32, 45]] = -1
        matcher.pack_spans(cells.data, cells.start, np.ascontiguousarray(found), table, 10)
        assert len(left) <= len(chosen)
    return len(chosen)


def fuzz_folding(chance: Chance) -> int:
    cells = chance.cells()
    chosen = np.flatnonzero(chance.numbers.random(len(cells)) < 0.9).astype(np.int32)
    _, start, end = folding.fold_cells(cells.data, cells.start, cells.end, chosen)
    size = end - start
    assert (size >= 0).all()
    assert (size <= 3 * (cells.end - cells.start)[chosen]).all()
    some = np.flatnonzero(size)
    at = chance.numbers.integers(0, size[some]) if len(some) else some
    asked = np.column_stack([some, at, at + 1]).astype(np.int32)
    found = folding.unfolded(cells.data, cells.start, cells.end, chosen, np.ascontiguousarray(asked))
    within(cells, *found.T)
    return len(chosen)


def fuzz_moments(chance: Chance) -> int:
    cells = chance.cells()
    dates = moments.moments(cells.data, cells.start, cells.end)
    times = moments.moments(cells.data, cells.start, cells.end, True)
    moments.combined(dates, times[::-1].copy())
    return len(cells)


def fuzz_places(chance: Chance) -> int:
    cells = chance.cells()
    decimals = chance.random.randrange(10)
    places.degrees(cells.data, cells.start, cells.end, decimals, chance.random.choice((90, 180)))
    places.pairs(cells.data, cells.start, cells.end, decimals)
    return len(cells)


def fuzz_shapes(chance: Chance) -> int:
    cells, draw = chance.cells(), chance.numbers
    asked = draw.integers(0, 2, len(cells)).astype(np.uint8)
    least = draw.integers(0, 4, len(shapes.COUNTED)).astype(np.int32)
    kinds = profile.profile(cells.data, cells.start, cells.end)[0]
    shapes.fitting(
        cells.data, cells.start, cells.end, asked, _classes(), least,
        chance.random.randrange(-1, 9), chance.random.random() < 0.5, kinds, chance.random.getrandbits(16),
    )  # fmt: skip
    return len(cells)


def fuzz_spans(chance: Chance) -> int:
    cells = chance.cells()
    kinds = profile.profile(cells.data, cells.start, cells.end)[0]
    found = [
        spans.filled(cells.data, cells.start, cells.end, blanks(), *more)
        for more in ((), (kinds, 0), (kinds, 1))
    ]
    assert all(each[0].tolist() == found[0][0].tolist() and each[1] == found[0][1] for each in found)
    one = digits.runs(cells.data, cells.start, cells.end)[:3]
    other = _parser().find(cells.data, cells.start, cells.end)[:3] if len(cells) < 100 else one
    plain, fast = (spans.overlapping(*one, *other, path) for path in (1, 0))
    assert plain[0].tolist() == fast[0].tolist()
    return len(cells)


def fuzz_sieve(chance: Chance) -> int:
    cells, draw, rng = chance.cells(), chance.numbers, chance.random
    found = digits.runs(cells.data, cells.start, cells.end)[:3]
    checks = draw.integers(0, 16, len(found[0])).astype(np.uint32)
    weights = draw.integers(0, 1 << 40, len(cells)) if rng.random() < 0.5 else None
    asked = rng.choice((1, 3, 7)), rng.choice((0, 1, 2)), rng.choice((0, 1, 8))
    one, two = (
        sieve.judge(cells.data, cells.start, cells.end, *found, checks, *asked, weights, path)
        for path in (0, 1)
    )
    assert (one[0].tolist(), *one[1:]) == (two[0].tolist(), *two[1:])
    bits = rng.choice((1, 2, 4))
    count = int(((one[0] & bits) == bits).sum())
    sieve.kept(one[0], bits, bits, count, *found, checks, None)
    dummy = rng.choice((0, 1, 8, 9))
    fails, is_dummy = one[0] & sieve.VALID == 0, checks & dummy != 0
    unsound = (one[0] & (sieve.VALID | sieve.BASED | sieve.LENIENT) == sieve.BASED) & ~is_dummy
    marked = [found[0][each].tolist() for each in (unsound, ~fails & is_dummy, fails & is_dummy)]
    for path in (0, 1):
        assert [each.tolist() for each in sieve.marked(one[0], found[0], checks, dummy, path)] == marked
    keys = (
        chance.words(len(checks), rng.randrange(1, 4))
        if rng.random() < 0.9
        else np.empty((len(checks), 0), np.uint64)
    )
    telling, some, own, others = sieve.told_apart(checks, dummy, found[0], keys)
    assert telling.tolist() == (~is_dummy).tolist()
    assert some.tolist() == found[0][telling].tolist()
    assert own.tolist() == keys[telling].tolist()
    assert others.tolist() == keys[~telling].tolist()
    covered = draw.integers(0, 2, len(checks)).astype(np.uint8)
    sieve.mark_covered(covered, checks, asked[0])
    return len(cells)


def fuzz_digest(chance: Chance) -> int:
    cells, draw, rng = chance.cells(), chance.numbers, chance.random
    found = digits.runs(cells.data, cells.start, cells.end)[:3]
    drop = draw.integers(0, 2, 128).astype(np.uint8)
    key = rng.getrandbits(64), rng.getrandbits(64)
    sips = [
        digest.digest_spans(cells.data, cells.start, *found, drop, 7, *key, path) for path in (0, 1, 2, 3)
    ]
    assert all((each == sips[0]).all() for each in sips)
    digest.digest_spans(cells.data, cells.start, *found, drop, 7, *key)
    count = len(cells)
    codes = draw.integers(-1, count, count).astype(np.int32)
    place = rng.randrange(9)
    tables = [
        digest.digest_cells(cells.data, cells.start, cells.end, place, *key, path) for path in (0, 3, 4)
    ]
    assert (tables[0] == tables[1]).all()
    own = cells.data, cells.start, cells.end
    columns = [(*own, None, None), (*own, codes, rng.choice((None, tables[2])))]
    of_row = draw.integers(0, 3, count).astype(np.int32)
    tags = np.array([0, 5, 9], np.uint64)
    digest.digest_rows(columns[: rng.randrange(1, 3)], of_row, tags, *key)
    return count


TARGETS = {
    name.removeprefix("fuzz_"): target
    for name, target in list(globals().items())
    if name.startswith("fuzz_") and callable(target)
}
