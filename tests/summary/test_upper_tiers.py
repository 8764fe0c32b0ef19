"""The itemised annex lists exactly what the report counts at the upper tiers, whatever the files look like."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from containers import container
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import TODAY, rows_file

from scanner import policy
from scanner.errors import SourceError
from scanner.items import items
from scanner.run import job
from scanner.summary import upper_tiers
from scanner.summary.upper_tiers import Records, listing

FILE_INPUTS = staticmethod(job.file_inputs)
STAYS = "姓名,手机号,酒店名称,入住时间,退房时间"
PLAIN = "姓名,手机号,备注"
PEOPLE = ["张伟", "王芳", "李秀英", "刘洋", "陈静", "杨敏", "赵磊", "黄丽", "周强", "吴军"]


def stay(number):
    name, phone = PEOPLE[number % len(PEOPLE)], 13812340000 + number
    return f"{name},{phone},如家酒店,2025-01-{1 + number % 28:02} 10:00,2025-02-01 09:00"


def card(number):
    """A bank card number of which only the check digit (ISO/IEC 7812-1) makes sense."""
    body = f"622202{number:012}"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(body[::-1]))
    return f"{body}{-total % 10}"


def lines_of(paths, **choices):
    """The result of a scan, its annex lines, and for each listed category how many lines repeat none before them."""
    options = job.Options(**{"as_of": TODAY, "jobs": 1, **choices})
    inputs = job.file_inputs([str(path) for path in paths], options)
    result = job.run(inputs, options)
    found = upper_tiers.records(result.scanned.tally, result.scanned.summary, result.policy, result.listed)
    lines = list(items(result, inputs, options, found))
    fresh = {line.record: line.listed for line in lines}
    return result, lines, Counter(fresh.values())


def agrees(result, fresh):
    """Whether the lines that repeat nothing are as many as the report counts, category by category."""
    counted = {name: one["counted"] for name, one in result.document["categories"].items()}
    for place, each in enumerate(result.listed):
        assert each.records == counted[each.category]
        assert fresh[place] == (each.records if each.itemised else 0)
    last = max(tier.size for tier in result.policy.tiers)
    listed = {each.category for each in result.listed}
    tiers = {name: one["tier"] for name, one in result.document["categories"].items()}
    assert listed == {name for name in counted if counted[name] and tiers[name] != last}


def test_each_row_is_a_line_with_its_place_and_its_values(tmp_path):
    path = rows_file(tmp_path / "stays.csv", [STAYS, stay(1), stay(2), stay(1)])
    result, lines, fresh = lines_of([path])
    agrees(result, fresh)
    assert [(each.category, each.tier, each.records) for each in result.listed] == [("lodging", 500, 2)]
    assert [(line.row, line.line) for line in lines] == [(0, 2), (1, 3), (2, 4)]
    assert lines[0].record == lines[2].record != lines[1].record
    assert [(value.label, value.text) for value in lines[0].values] == [
        ("person_name", "王*"),
        ("mobile_phone", "138****0001"),
    ]
    assert lines[0].columns == ("酒店名称", "入住时间", "退房时间")


def test_without_a_header_lines_count_from_one(tmp_path):
    path = rows_file(tmp_path / "a.csv", [STAYS, stay(1)])
    headless = rows_file(tmp_path / "b.csv", [f"{name},{card(i)}" for i, name in enumerate(PEOPLE)])
    _, lines, _ = lines_of([path, headless])
    assert {line.source for line in lines} == {0, 1}
    assert all(line.line == line.row + (2 if line.source == 0 else 1) for line in lines)


def test_a_copy_in_another_file_repeats_the_first(tmp_path):
    first = rows_file(tmp_path / "a.csv", [STAYS, *map(stay, range(5))])
    second = rows_file(tmp_path / "b.csv", [STAYS, *map(stay, range(3, 9))])
    result, lines, fresh = lines_of([first, second])
    agrees(result, fresh)
    assert fresh[0] == 9
    assert len(lines) == 11
    assert [line.source for line in lines] == [0] * 5 + [1] * 6


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.lists(
        st.lists(st.tuples(st.sampled_from(["stay", "plain"]), st.integers(0, 30)), min_size=1, max_size=40),
        min_size=1,
        max_size=3,
    ),
    jobs=st.sampled_from([1, 2]),
    block=st.sampled_from([1 << 12, 8 << 20]),
)
def test_lines_that_repeat_nothing_are_as_many_as_the_report_counts(tmp_path_factory, data, jobs, block):
    folder = tmp_path_factory.mktemp("many")
    paths = []
    for place, rows in enumerate(data):
        for kind, head in (("stay", STAYS), ("plain", PLAIN)):
            made = [
                stay(n) if kind == "stay" else f"{PEOPLE[n % 10]},{13912340000 + n},无"
                for k, n in rows
                if k == kind
            ]
            if made:
                paths.append(rows_file(folder / f"{place}-{kind}.csv", [head, *made]))
    read = replace(job.Options().read, block_size=block)
    result, lines, fresh = lines_of(paths, jobs=jobs, read=read)
    agrees(result, fresh)
    stays = sum(kind == "stay" for rows in data for kind, _ in rows)
    different = len({number for rows in data for kind, number in rows if kind == "stay"})
    if stays:
        assert len(lines) == stays
        assert fresh[0] == different


def test_the_demo_agrees():
    from test_demo import FIXTURES

    agrees(*lines_of([FIXTURES / "demo"])[::2])


def test_points_of_a_track_are_listed_where_they_count(tmp_path):
    head = "手机号,经度,纬度,时间"
    moving = [f"13812340001,116.{i:02}1234,39.{i:02}4321,2025-01-01 10:{i:02}:00" for i in range(5)]
    standing = ["13812340002,116.501234,39.504321,2025-01-01 10:00:00"]
    path = rows_file(tmp_path / "gps.csv", [head, *moving, *standing])
    result, lines, fresh = lines_of([path])
    agrees(result, fresh)
    kinds = {result.listed[line.listed].category for line in lines if line.row < 5}
    assert kinds == {"trajectory"}
    assert {result.listed[line.listed].category for line in lines if line.row == 5} == {"other_safety"}


@pytest.mark.parametrize("suffix", ["parquet"])
def test_dictionary_columns(tmp_path, suffix):
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = list(zip(*(stay(i % 7).split(",") for i in range(50)), strict=True))
    table = pa.table(
        {
            name: pa.array(column).dictionary_encode()
            for name, column in zip(STAYS.split(","), columns, strict=True)
        }
    )
    pq.write_table(table, tmp_path / f"stays.{suffix}", row_group_size=20)
    result, lines, fresh = lines_of([tmp_path / f"stays.{suffix}"])
    agrees(result, fresh)
    assert [line.row for line in lines] == list(range(50))
    assert [line.line for line in lines] == list(range(1, 51))
    assert lines[8].values == lines[1].values


def test_what_does_not_fit_is_named_and_nothing_of_it_is_listed(tmp_path):
    path = rows_file(tmp_path / "stays.csv", [STAYS, *map(stay, range(20))])
    result, lines, fresh = lines_of([path], annex_rows=19)
    agrees(result, fresh)
    assert lines == []
    assert result.document["annex"] == {
        "limit": 19,
        "categories": [{"category": "lodging", "tier": 500, "records": 20, "itemised": False}],
    }
    assert len(lines_of([path], annex_rows=20)[1]) == 20


def test_the_gravest_tier_comes_first_and_smaller_categories_fill_the_room():
    chosen = policy.load("cn-criminal-2017")
    profiles = {
        frozenset(["lodging"]): 5,
        frozenset(["property"]): 3,
        frozenset(["health"]): 4,
        frozenset(["contact"]): 9,
    }
    listed = listing(profiles, chosen, 7)
    assert [(each.category, each.tier, each.itemised) for each in listed] == [
        ("property", 50, True),
        ("health", 500, True),
        ("lodging", 500, False),
    ]


def test_upper_tiers_are_those_of_the_policy():
    chosen = policy.load("cn-platform-2019")
    last = max(tier.size for tier in chosen.tiers)
    profiles = {frozenset([each]): 1 for each in ("property", "lodging", "contact")}
    tiers = {policy.standing_for(profile, chosen) for profile in profiles}
    expected = {standing for standing in tiers if standing and standing[1] != last}
    assert {(each.category, each.tier) for each in listing(profiles, chosen, 10)} == expected


def test_a_file_that_changed_meanwhile_is_refused(tmp_path):
    path = rows_file(tmp_path / "stays.csv", [STAYS, *map(stay, range(20))])
    options = job.Options(as_of=TODAY, jobs=1)
    inputs = job.file_inputs([str(path)], options)
    result = job.run(inputs, options)
    found = upper_tiers.records(result.scanned.tally, result.scanned.summary, result.policy, result.listed)
    rows_file(path, [STAYS, *map(stay, range(1, 21))])
    with pytest.raises(SourceError, match="changed after it was counted"):
        list(items(result, inputs, options, found))


@given(
    digests=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20, unique=True),
    asked=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20),
)
def test_records_are_found_by_both_words_of_their_digest(digests, asked):
    kept = sorted(digests)
    held = Records(np.array(kept, np.uint64).reshape(-1, 2), np.zeros(len(kept), np.int16), frozenset())
    found = held.find(np.array(asked, np.uint64).reshape(-1, 2)).tolist()
    assert found == [kept.index(each) if each in kept else -1 for each in asked]


def test_lines_of_a_container_lie_in_their_members(tmp_path, monkeypatch):
    files = [
        rows_file(tmp_path / "a.csv", [STAYS, *map(stay, range(4))]),
        rows_file(tmp_path / "b.csv", [STAYS, *map(stay, range(3, 6))]),
    ]
    plain = rows_file(tmp_path / "c.csv", [STAYS, stay(1)])
    options = job.Options(as_of=TODAY, jobs=1)
    (single,) = job.file_inputs([str(plain)], options)
    inputs = [container("box", files), single]
    result = job.run(inputs, options)
    found = upper_tiers.records(result.scanned.tally, result.scanned.summary, result.policy, result.listed)
    again = {"box": [container("box", files)], str(plain): job.file_inputs([str(plain)], options)}
    monkeypatch.setattr(job, "file_inputs", lambda paths, _: again[paths[0]])
    # What a container yields is read with the real function, which the patch would hide from it.
    monkeypatch.setattr(
        "containers.job", type("Real", (), {"file_inputs": FILE_INPUTS, "Options": job.Options})
    )
    lines = list(items(result, inputs, options, found))
    members = [result.document["inputs"][line.source]["member"] for line in lines]
    assert members == ["a.csv"] * 4 + ["b.csv"] * 3 + [None]
    assert [line.row for line in lines] == [0, 1, 2, 3, 0, 1, 2, 0]
    assert len({line.record for line in lines}) == 6
