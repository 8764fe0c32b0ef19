"""Points and tracks: rules one by one, a slow reference, any split and order, and the cases T2 and T5."""

import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import TODAY, rows_file, scanned

from scanner import knowledge
from scanner.errors import PatternError
from scanner.explaining.row import explain_row
from scanner.kernels.moments import moments
from scanner.model import Cells
from scanner.run import job
from scanner.sampling import drawing
from scanner.store.distinct import DistinctStore
from scanner.tracks import movement as tracks
from scanner.tracks.movement import Track, TrackStore, classify, nearness, pair_places, text_places

L, M, S, D = Track.LONE, Track.MOVING, Track.STANDING, Track.DUPLICATE
SECRET = (0x0706050403020100, 0x0F0E0D0C0B0A0908)


def classes(points):
    """Classes of (subject, moment, place) points."""
    subject, moment, place = zip(*points, strict=True) if points else ((), (), ())
    return classify(
        np.array(subject, np.uint64), np.array(moment, np.int64), np.array(place, np.uint64)
    ).tolist()


def reference(points):
    """The rules of the module, point by point."""
    result = [L] * len(points)
    seen = set()
    distinct = defaultdict(list)
    for index, point in enumerate(points):
        subject, moment, place = point
        if moment < 0 or not place:
            continue
        if point in seen:
            result[index] = D
            continue
        seen.add(point)
        distinct[subject].append((moment, place, index))
    for own in distinct.values():
        times = sorted({moment for moment, _, _ in own})
        if len(times) < 2:
            continue
        stood = defaultdict(set)
        for moment, place, _ in own:
            stood[moment].add(place)
        for moment, place, index in own:
            at = times.index(moment)
            result[index] = S if at and stood[moment] == stood[times[at - 1]] == {place} else M
    return result


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], []),
        ([(1, 5, 7)], [L]),
        ([(1, 5, 7), (2, 6, 7)], [L, L]),  # of two subjects
        ([(1, 5, 7), (1, 6, 8)], [M, M]),
        ([(1, 6, 8), (1, 5, 7)], [M, M]),
        ([(1, 5, 7), (1, 5, 8)], [L, L]),  # one moment is no sequence
        ([(1, 5, 7), (1, 5, 7)], [L, D]),
        ([(1, 5, 7), (1, 6, 7), (1, 7, 7)], [M, S, S]),  # never moved
        ([(1, 5, 7), (1, 6, 8), (1, 7, 7)], [M, M, M]),  # there and back
        ([(1, 7, 7), (1, 6, 7), (1, 5, 8), (1, 6, 7)], [S, M, M, D]),
        ([(1, 5, 7), (1, 6, 7), (1, 6, 8), (1, 7, 8)], [M, M, M, M]),  # two places at once
        ([(1, 5, 7), (1, 6, 8), (1, 7, 7), (1, 6, 7)], [M, M, M, M]),
        ([(1, -1, 7), (1, -1, 7), (1, 5, 7)], [L, L, L]),  # no moment
        ([(1, 5, 0), (1, 6, 0), (1, 7, 3)], [L, L, L]),  # no place
        ([(1, 5, 7), (1, -1, 8), (1, 6, 9)], [M, L, M]),
        ([(0, 0, 7), (0, 1, 8)], [M, M]),  # midnight of a time of day, subject 0
        ([(2**64 - 1, 5, 2**64 - 1), (2**64 - 1, 2**62, 2**63)], [M, M]),
    ],
)
def test_rules(points, expected):
    assert classes(points) == expected == reference(points)


POINTS = st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 6), st.integers(0, 3)), max_size=60)


@given(POINTS)
def test_as_the_reference(points):
    assert classes(points) == reference(points)


@given(POINTS, st.randoms(use_true_random=False))
def test_no_order_matters(points, draw):
    shuffled = points[:]
    draw.shuffle(shuffled)
    assert Counter(zip(points, classes(points), strict=True)) == Counter(
        zip(shuffled, classes(shuffled), strict=True)
    )


@given(POINTS, st.permutations([1, 2, 3]))
def test_the_key_of_places_does_not_matter(points, places):
    renamed = [(subject, moment, places[place - 1] if place else 0) for subject, moment, place in points]
    assert classes(renamed) == classes(points)


@given(POINTS, st.tuples(st.integers(0, 3), st.integers(0, 6), st.integers(1, 3)))
def test_one_point_more_never_makes_fewer_count(points, point):
    before, after = Counter(classes(points)), Counter(classes([*points, point]))
    assert before[M] <= after[M]
    assert before[M] + before[S] <= after[M] + after[S]


def test_random_points():
    draw = random.Random(4)
    points = [(draw.randrange(40), draw.randrange(-1, 30), draw.randrange(5)) for _ in range(4000)]
    assert classes(points) == reference(points)


def places(longitude, latitude):
    return pair_places(Cells.of(longitude), Cells.of(latitude), SECRET)


def test_places_of_two_columns():
    keys = places(
        ["113.26441", "113.26440", "E113.26436", "113.2646", "113.26441", "", "0", "113.2644", "0"],
        ["23.12911", "23.12914", "N23.12906", "23.1291", "23.1292", "23.1291", "0.0", "95", "23.1291"],
    )
    assert keys[0] == keys[1] == keys[2]
    assert len({*keys[[0, 3, 4]].tolist(), 0}) == 4
    assert keys[5] == keys[6] == keys[7] == 0
    assert keys[8] not in (0, keys[0])


def test_places_of_one_column():
    texts = [
        "113.2644,23.1291", "23.12911, 113.26441", "POINT(113.26437 23.12909)", "N23.1291 E113.2644",
        "113.2644,-23.1291",
        "天河区体育西路１号", " 天河区体育西路1号 ", "天河区体育西路2号", "460-00-9763-4021",
        "460-00-9763-4022", "", "0.0000,0.0000",
        "95.1234,40.1234", "40.1234,95.1234",
    ]  # fmt: skip
    keys = text_places(Cells.of(texts), SECRET)
    assert keys[0] == keys[1] == keys[2] == keys[3] == places(["113.2644"], ["23.1291"])[0]
    assert keys[5] == keys[6]
    assert keys[12] == keys[13]
    assert keys[10] == 0
    assert len({*keys[[0, 4, 5, 7, 8, 9, 12]].tolist(), 0}) == 8


def test_a_secret_hides_places_and_keeps_them_apart():
    longitude = Cells.of([f"113.{number:04d}" for number in range(2000)])
    latitude = Cells.of(["23.1234"] * 2000)
    keys = [pair_places(longitude, latitude, secret) for secret in (SECRET, (1, 2))]
    assert [len(set(each.tolist())) for each in keys] == [2000, 2000]
    assert not set(keys[0].tolist()) & set(keys[1].tolist())


@pytest.mark.parametrize(
    "document",
    [{}, {"place": {}}, {"place": {"decimals": 9, "longitude": [1, 2], "latitude": [1, 2]}}, {"place": 3}],
)
def test_a_parameter_file_that_is_not_well_formed(document, monkeypatch):
    monkeypatch.setattr(knowledge, "toml", lambda name: document)
    nearness.cache_clear()
    with pytest.raises(PatternError, match=r"tracks\.toml should give"):
        nearness()
    monkeypatch.undo()
    assert nearness().decimals == 4


WHO = {(0, 11): 3, (5, 0): 3, (5, 6): 4, (7, 7): 0, (8, 8): -1}  # tuples to subjects


def subjects(tuples):
    assert tuples.shape[1] == 3
    assert tuples.flags.c_contiguous
    return np.array([WHO[first, second] for first, second, _ in tuples.tolist()], np.int64)


def word(record):
    return record * 0x9E3779B97F4A7C15 & (1 << 64) - 1


def row_of(record):
    """In another order than the digests are."""
    return (61 - record) * 1000


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(sorted(WHO)),
        st.integers(-1, 4),
        st.integers(0, 3),
        st.integers(1, 60),
        st.sampled_from([9, 10]),
    ),
    max_size=60,
)


def add(store, records):
    if records:
        tuples, moment, place, record, tags = zip(*records, strict=True)
        for tag in set(tags):
            which = np.flatnonzero(np.array(tags) == tag)
            digest = np.array([[word(each), each] for each in record], np.uint64)
            store.add(
                tag,
                np.array(tuples, np.uint64)[which],
                np.array(moment, np.int64)[which],
                np.array(place, np.uint64)[which],
                digest[which],
                np.array([row_of(each) for each in record], np.int64)[which],
            )


def expected_classes(records, ranks=None):
    """Of each distinct point of a record its class; equal records with other tags are the same record."""
    record_of = {word(record): record for *_, record, _ in records}
    best = defaultdict(lambda: 1 << 30)
    for who, moment, place, record, tag in records:
        point = WHO[who], moment, place, word(record)
        best[point] = min(best[point], (ranks or {}).get(tag, 0))
    distinct = {(WHO[who], moment, place, word(record)) for who, moment, place, record, _ in records}
    nobody = {point for point in distinct if point[0] < 0}
    ordered = sorted(
        distinct - nobody,
        key=lambda point: (point[0], best[point], row_of(record_of[point[3]])),
    )
    kinds = dict(zip(ordered, reference([point[:3] for point in ordered]), strict=True))
    return Counter(
        (word(record), tag, kinds.get((WHO[who], moment, place, word(record)), L))
        for who, moment, place, record, tag in set(records)
    )


def found_classes(store, budget=1 << 20, ranks=None):
    found = Counter()
    for records, kinds, numbers in store.classes(subjects, budget, ranks=ranks):
        assert records.shape == (len(kinds), 3)
        assert kinds.dtype == np.uint8
        assert ((numbers >= 0) | (kinds == Track.LONE)).all()
        for (low, high, tag), kind in zip(records.tolist(), kinds.tolist(), strict=True):
            assert low == word(high)
            found[low, tag, Track(kind)] += 1
    return found


@settings(deadline=None)
@given(RECORDS, st.lists(st.integers(0, 60), max_size=4), st.booleans(), st.randoms(use_true_random=False))
def test_exact_under_any_split(records, cuts, spilling, draw):
    whole = TrackStore()
    add(whole, records)
    shuffled = records + records[: len(records) // 3]
    draw.shuffle(shuffled)
    left, right = (TrackStore(DistinctStore(256 if spilling else 1 << 20)) for _ in range(2))
    for index, (begin, end) in enumerate(zip([0, *sorted(cuts)], [*sorted(cuts), None], strict=True)):
        add((left, right)[index % 2], shuffled[begin:end])
    left.merge(right)
    expected = expected_classes(records)
    assert found_classes(whole) == expected
    assert found_classes(left, 512 if spilling else 1 << 20) == expected


@settings(deadline=None)
@given(RECORDS, st.sampled_from([{9: 0, 10: 1}, {9: 1, 10: 0}, {10: 7}]))
def test_of_duplicates_the_lowest_rank_is_the_point(records, ranks):
    """Whatever their digests are: these are keyed anew in each run."""
    store = TrackStore()
    add(store, records)
    assert found_classes(store, ranks=ranks) == expected_classes(records, ranks)


def test_of_equal_duplicates_the_first_row_is_the_point():
    """Also where the row of one of them is there again, further up."""
    store = TrackStore()
    ones = np.ones(4, np.uint64)
    record = np.array([[5, 5], [4, 4], [6, 6], [6, 6]], np.uint64)
    store.add(9, np.ones((4, 1), np.uint64), np.array([3] * 4), ones, record, np.array([7, 8, 9, 2]))
    store.add(9, np.ones((1, 1), np.uint64), np.array([4]), ones[:1], record[:1], np.array([1]))
    ((found, kinds, _),) = store.classes(lambda tuples: np.zeros(len(tuples), np.int64))
    of_moment = [kind for (low, *_), kind in zip(found.tolist(), kinds.tolist(), strict=True) if low == 6]
    assert of_moment == [M, M]
    assert Counter(kinds.tolist()) == {M: 2, D: 2, S: 1}


def test_which_row_is_the_point_does_not_depend_on_the_key_of_the_run(tmp_path):
    """Two rows are one point, hold as much, and differ in a remark: the first is the point, in every run."""
    rows = ["手机号,经度,纬度,定位时间,备注"]
    rows += [
        f"1390013900{number},104.{hour},30.1,2024-03-05 0{hour}:00:00,{remark}"
        for number in range(4)
        for hour in (6, 7)
        for remark in ("甲", "乙")
    ]
    path = rows_file(tmp_path / "tracks.csv", rows)
    options = job.Options(as_of=TODAY, jobs=1)
    for row in (0, 1) * 4:
        expected = ("counted", "moving") if row == 0 else ("standing_points", "standing")
        told = explain_row(str(path), row, options)
        assert (told["stage"], told["track"]) == expected
    first = rows_file(tmp_path / "a.csv", rows[:9])
    second = rows_file(tmp_path / "b.csv", [rows[0], *(row.replace("甲", "丙") for row in rows[1:9])])
    draws = set()
    for paths in ([first, second], [second, first]) * 3:
        inputs = [str(path) for path in paths]
        drawn = drawing.sample(job.file_inputs(inputs, options), inputs, options, drawing.Plan(5, size=4))
        strata = {each["number"]: each["path"] for each in drawn.record["strata"]}
        draws.add(tuple((strata[row["stratum"]], row["row"]) for row in drawn.record["rows"]))
    assert len(draws) == 1


def test_copies_of_a_point_are_what_it_is(tmp_path):
    """Rows that hold a category are counted as records are: no row is a trajectory where no record is one."""
    rows = ["手机号,经度,纬度,定位时间"]
    rows += ["13900139001,104.1,30.1,2024-03-05 06:00:00"] * 3  # one moment only
    rows += [f"13900139002,104.{hour},30.1,2024-03-05 0{hour}:00:00" for hour in (6, 7) for _ in range(2)]
    rows += ["13900139002,104.7,30.1,2024-03-05 08:00:00"] * 5  # still there
    categories = scanned(rows_file(tmp_path / "tracks.csv", rows))["categories"]
    told = {name: (one["records"], one["distinct"]) for name, one in categories.items() if one["records"]}
    assert told == {"trajectory": (9, 3), "other_safety": (3, 1), "bare_contact": (12, 4)}


def test_a_count_does_not_depend_on_the_key_of_the_run(tmp_path):
    """Two rows are one point and differ otherwise: the fuller one is the point, whichever digest is lower."""
    rows = ["手机号,经度,纬度,定位时间,账户余额"]
    for number in range(6):
        phone = f"1390013900{number}"
        rows += [
            f"{phone},104.1,30.1,2024-03-05 06:00:00,{number}00.50",
            f"{phone},104.1,30.1,2024-03-05 06:00:00,",
            f"{phone},104.2,30.2,2024-03-05 07:00:00,",
        ]
    for turned in (rows, rows[:1] + rows[:0:-1]):
        path = rows_file(tmp_path / "tracks.csv", turned)
        for _ in range(3):
            found = scanned(path)
            stages = {stage["name"]: stage["rows"] for stage in found["records"]["stages"]}
            assert (stages["standing_points"], stages["counted"], found["verdict"]["main"]["n50"]) == (
                6,
                12,
                12,
            )


def test_what_is_no_point_in_the_end_is_like_no_record(tmp_path):
    """The plate of the second row is taken for the beginning of an address: so nobody is in it."""
    rows = ["车牌号,卡口名称,过车时间"]
    rows += [f"{plate},西苑路1号卡口,2024-03-01 06:00:00" for plate in ("沪DF33912", "沪D F33912")]
    found = scanned(rows_file(tmp_path / "tracks.csv", rows))["records"]
    stages = {stage["name"]: stage["rows"] for stage in found["stages"]}
    assert (found["distinct"], stages["not_identifiable"], stages["likely_duplicates"]) == (1, 1, 0)


def test_tuples_of_several_widths_and_other_groups():
    store = TrackStore()
    store.store.add("others", np.array([[1]], np.uint64))
    for width, moment in ((1, 5), (3, 6)):
        tuples, row = np.ones((1, width), np.uint64), np.zeros(1, np.int64)
        digest = np.full((1, 2), width, np.uint64)
        store.add(1, tuples, np.array([moment]), np.array([7], np.uint64), digest, row)
    store.add(
        1,
        np.ones((0, 2), np.uint64),
        np.array([], np.int64),
        np.array([], np.uint64),
        np.ones((0, 2), np.uint64),
        np.array([], np.int64),
    )
    assert store.groups() == [("track", 1), ("track", 3)]
    found = list(store.classes(lambda tuples: np.zeros(len(tuples), np.int64)))
    assert [(records.tolist(), kinds.tolist(), subject.tolist()) for records, kinds, subject in found] == [
        ([[1, 1, 1], [3, 3, 1]], [M, S], [0, 0])
    ]


def exported(draw, moving, standing, repeated):
    """(time, longitude, latitude) cells of a made-up vehicle that moves, stands and is exported twice, shuffled.

    Standing it strays by less than the nearness; each place is far from the one before.
    """
    rows, time, x, y = [], datetime(2023, 1, 5, 5), 1132000, 231000
    stops = Counter(draw.randrange(moving) for _ in range(standing))
    for index in range(moving):
        x, y = x + draw.choice((-25, 25)), y + draw.choice((-40, 30))
        for _ in range(1 + stops[index]):
            time += timedelta(seconds=draw.randrange(10, 60))
            cells = [f"{(each * 10 + draw.randrange(-4, 5)) / 100000:.5f}" for each in (x, y)]
            rows.append(
                (draw.choice(("%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y/%m/%d %H:%M:%S")), time, *cells)
            )
    rows += draw.choices(rows, k=repeated)
    draw.shuffle(rows)
    return [(time.strftime(form), longitude, latitude) for form, time, longitude, latitude in rows]


def counts(rows, subject=1):
    time, longitude, latitude = (Cells.of(list(each)) for each in zip(*rows, strict=True))
    moment = moments(time.data, time.start, time.end)
    kinds = classify(np.full(len(rows), subject, np.uint64), moment, pair_places(longitude, latitude, SECRET))
    return Counter(Track(kind) for kind in kinds.tolist())


@pytest.mark.parametrize("seed", range(3))
def test_case_t2(seed):
    """毛某斌, (2023)粤18刑终331号: of 3743 exported points about 110 remain without repeated and standing ones."""
    rows = exported(random.Random(seed), 110, 2433, 1200)
    assert len(rows) == 3743
    assert counts(rows) == {M: 110, S: 2433, D: 1200}


def test_case_t5():
    """孙志超等: 1100, 770, 329, 100 and 54 points: two of the five files reach 500, all reach 50."""
    files = [1100, 770, 329, 100, 54]
    found = [counts(exported(random.Random(size), size, size // 3, size // 10))[M] for size in files]
    assert found == files
    assert [size >= 500 for size in found] == [True, True, False, False, False]
    assert all(size >= 50 for size in found)


def test_the_classes_are_named():
    assert [kind.name for kind in tracks.Track] == ["LONE", "MOVING", "STANDING", "DUPLICATE"]
