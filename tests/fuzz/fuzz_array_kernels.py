"""One batch for each kernel that looks at keys and numbers: any of them, in any shape. Each returns how many inputs."""

from __future__ import annotations

from contextlib import suppress
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from fuzz_material import Chance

from scanner.kernels import codes, permutation, sets, spool, ties, unions


def fuzz_codes(chance: Chance) -> int:
    rng, draw = chance.random, chance.numbers
    count, cells = chance.size(), chance.size() + 1
    held = draw.integers(-1, cells, count).astype(np.int32)
    assert codes.count_codes(held, cells).sum() == (held >= 0).sum()
    wanted = draw.integers(0, 2, cells).astype(np.uint8)
    found = codes.rows_of(held, wanted, rng.choice((-1, 0, 5)))
    assert (np.diff(found) > 0).all()
    with suppress(ValueError):  # codes of cells that there are not
        codes.count_codes(held + rng.randrange(9), cells)
    with suppress(ValueError):
        codes.rows_of(held + rng.randrange(9), wanted)
    return max(count, 1)


def fuzz_permutation(chance: Chance) -> int:
    values = chance.words(chance.size(), 1)[:, 0].copy()
    key = chance.random.getrandbits(64), chance.random.getrandbits(64)
    one, two = (permutation.permute(values, *key, path) for path in (0, 1))
    assert (one == two).all()
    assert (permutation.unpermute(one, *key) == values).all()
    return max(len(values), 1)


def fuzz_sets(chance: Chance) -> int:
    rng, draw = chance.random, chance.numbers
    width, count = rng.choice((1, 2, 3, 5)), chance.size()
    arrays = [chance.words(chance.size(), width) for _ in range(rng.randrange(1, 4))]
    runs = [sets.partition_unique([each], 56, rng.random() < 0.5) for each in arrays]
    joined, offsets = sets.join(runs)
    every = np.concatenate(arrays)
    assert len(joined) == len(np.unique(every, axis=0)) == offsets[256] == len(sets.unique(arrays))
    if width > 1 and rng.random() < 0.7:  # last words that may be few enough to be packed
        every[:, -1] %= np.uint64(rng.choice((1, 3, 256, 300)))
    spread = np.zeros(every.size, np.uint64)
    parts: list[Any] = [(spread.reshape(-1, width), sets.spread(every, spread), None)]
    if width > 1:
        tails, room = np.zeros(256, np.uint64), np.zeros(every.size, np.uint64)
        if packed := sets.spread_packed(every, room, tails, 0):
            own = room[: len(every) * (width - 1)].reshape(-1, width - 1)
            parts = [(own, packed[0], tails), *parts[: rng.randrange(2)]]
    found = sets.gathered(parts, 0, 256, rng.random() < 0.5)
    assert set(map(tuple, found.tolist())) >= set(map(tuple, every.tolist()))
    owners = rng.randrange(1, 4)
    sources = [
        (*run, owner, rng.choice((0, 1, 5)))
        for run, owner in zip(runs, sorted(rng.randrange(owners) for _ in runs), strict=True)
    ]
    first = rng.randrange(257)
    sets.count_distinct(sources, width, owners, 0, 256)
    with suppress(ValueError):
        sets.count_distinct(sources, width, owners, first, rng.randrange(258))
    tags = np.unique(chance.words(rng.choice((0, 3, 50)), 1)[:, 0])
    tags = tags[tags != 0]
    table = sets.lookup(tags, draw.integers(0, 1 << 20, len(tags)).astype(np.uint64))
    if width > 1 and len(tags):
        tagged = [np.ascontiguousarray(np.column_stack([each[:, :-1], rng.choice(tags.tolist()) * np.ones(len(each), np.uint64)])) for each in arrays]  # fmt: skip
        with_tags = [(*sets.partition_unique([each.astype(np.uint64)]), owner, table) for each, owner in zip(tagged, sorted(rng.randrange(owners) for _ in tagged), strict=True)]  # fmt: skip
        sets.count_distinct(with_tags, width - 1, owners)
    if width > 1:
        told = chance.words(rng.choice((0, 1, 9)), 1)[:, 0] % np.uint64(
            (owners + rng.choice((1, 2))) << sets.payload_bits(owners)
        )
        numbered = every.copy()
        numbered[:, -1] %= np.uint64(rng.choice((1, 12)))
        by_number = [(*sets.partition_unique([numbered], 56, False), -1, told)]
        with suppress(ValueError):  # owners that there are not
            owned, _, _ = sets.count_distinct([*by_number, *by_number], width - 1, owners)
            assert owned.sum() <= len(every)
    assert len(sets.some_distinct(every, 7)) <= 7
    sets.numbered(every, tags)
    groups = np.ascontiguousarray(chance.words(count, rng.choice((1, 2, 3))).T)
    _, inverse, counts = sets.group_rows(groups)
    assert len(inverse) == count == counts.sum()
    return max(len(every), 1)


def fuzz_spool(chance: Chance) -> int:
    rng = chance.random
    width = rng.choice((1, 2, 3, 5))
    arrays = [chance.words(chance.size(), width) for _ in range(rng.randrange(1, 4))]
    size = sum(each.size for each in arrays)
    parts = [spool.scatter([each], 56) for each in arrays]
    spool.scatter(arrays, rng.choice((0, 48, 56)), np.zeros(size + rng.randrange(3), np.uint64))
    room = np.zeros(size, np.uint64)
    cut = rng.randrange(257)
    whole = spool.Parts(parts)
    assert sum(whole.gather(*ends, room) for ends in ((0, cut), (cut, 256))) == size
    with suppress(ValueError):
        whole.gather(rng.randrange(258), rng.randrange(258), room[: rng.randrange(size + 1)])
    with TemporaryFile() as file:
        file.write(room.tobytes())
        file.flush()
        places = [
            (file.fileno(), rng.randrange(8 * size + 2), rng.randrange(20)) for _ in range(rng.randrange(5))
        ]
        out = np.zeros(max(0, sum(each for *_, each in places) + rng.choice((0, 0, 1, -1))), np.uint8)
        with suppress(ValueError, OSError):
            spool.read_all(places, out)
            told = [room.tobytes()[at : at + count] for _, at, count in places]
            assert out.tobytes() == b"".join(told)
    return max(size // width, 1)


def fuzz_ties(chance: Chance) -> int:
    rng, draw = chance.random, chance.numbers
    rows = chance.size()
    facts = []
    for _ in range(rng.randrange(1, 5)):
        coded = rng.random() < 0.4
        cells = chance.size() + 1 if coded else rows
        cell = (
            np.sort(draw.integers(0, max(cells, 1), chance.size())).astype(np.int32)
            if cells
            else np.zeros(0, np.int32)
        )
        held = draw.integers(-1, cells, rows).astype(np.int32) if coded else None
        facts.append((cell, chance.words(len(cell), rng.choice((1, 2))), held, cells))
    kinds = [()] + [
        tuple(at for at in range(len(facts)) if rng.random() < 0.6) for _ in range(rng.randrange(4))
    ]
    groups = rng.randrange(1, 6)
    found = ties.tie_rows(
        facts,
        draw.integers(0, groups, rows).astype(np.int32),
        draw.integers(0, len(kinds), groups).astype(np.int32),
        draw.integers(0, 1 << 63, groups).astype(np.uint64),
        kinds,
    )
    for keys in found:
        width = keys.shape[1] - 1
        wide = rng.randrange(1, width + 1)
        plan = draw.integers(-1, 1, len(keys)).astype(np.int32)
        at = rng.randrange(width - wide + 1)
        table = [np.array(each, np.int32) for each in ([0, 1], [at], [wide], [0])]
        numbers = chance.words(rng.randrange(2), 1)[:, 0].copy()
        ties.untie(keys, plan, *table, np.zeros(1, np.int32), 1, numbers)
    return max(rows, 1)


def fuzz_unions(chance: Chance) -> int:
    rng, draw = chance.random, chance.numbers
    keys = chance.words(chance.size(), 5)
    again = keys.copy()
    unions.spread(again, True)
    unions.spread(again, True)
    assert (again == keys).all()
    unions.spread(again)
    tags = np.unique(chance.words(20, 1)[:, 0])
    unions.numbered(keys, tags, unions.places_of(tags))
    plan = draw.integers(-1, 2, len(keys)).astype(np.int32)
    kind = rng.choice((0, 1, 2)) | rng.randrange(32) << 8
    base = draw.integers(0, 4096, len(keys)).astype(np.int32)
    tables = (
        np.array([0, 2, 3], np.int32), np.array([1, -1, 3], np.int32), np.array([1, 2, 4], np.uint32),
        np.array([0, 1, 2, 3], np.int32), np.array([0, 2, 2], np.int32), np.array([kind, 2, 1], np.uint32),
        np.array([0, 1], np.int32),
    )  # fmt: skip
    nodes, payloads, which, numbers = unions.mentions(
        again, plan, base, *tables, 0, unions.new_memory(rng.choice((1, 2048)))
    )
    assert len(which) == len(numbers)
    size = len(payloads)
    for kind_of_parent in (np.uint32, np.int64):
        parent = np.arange(size, dtype=kind_of_parent)
        if len(nodes):  # any bits where a node has its kind, its holder, and whether it is only counted
            nodes[draw.integers(0, len(nodes), 5), 2] |= np.uint64(rng.getrandbits(24) << 40)
        counts = unions.relations(nodes.copy(), rng.choice((0, 7, 4096)))[5]
        assert int(counts[:256].sum()) <= len(nodes) >= int(counts[256:].sum())
        some, others = np.empty_like(nodes), np.empty_like(nodes)
        found = unions.split_nodes(nodes, draw.integers(0, 2, 256).astype(np.uint8), some, others)
        assert found <= len(nodes)
        left, kept, edges = unions.one_of_each(
            draw.integers(0, np.arange(size) + 1).astype(np.uint32), payloads
        )
        assert (kept[left] == payloads).all()
        assert (edges < max(1, len(kept))).all()
        with suppress(ValueError):  # the bits of a node's kind may be any
            unions.renumber(others[: len(nodes) - found], left)
        pairs, *_ = unions.unite(nodes.copy(), parent)
        assert (parent <= np.arange(size)).all()
        unions.roots(parent, pairs)
        if size:
            one, two = draw.integers(0, size, (2, rng.choice((0, 1, 50))))
            unions.unite_pairs(parent, one, two)
            unions.unite_edges(np.column_stack([one, two]), parent)
        persons = unions.number_persons(parent)
        masks = draw.integers(0, 256, 8).astype(np.uint8)
        held = np.zeros(persons, np.uint8)
        unions.gather_masks(parent, payloads, masks, held)
    return max(len(keys), 1)


TARGETS = {
    name.removeprefix("fuzz_"): target
    for name, target in list(globals().items())
    if name.startswith("fuzz_") and callable(target)
}
