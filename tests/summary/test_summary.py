import json
import random
import re
from collections import Counter
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from counting import LINKING, TABLE, TOYS, expect, toy_job, toy_rows, toy_tally
from running import rows_file, scanned

import scanner
from scanner.columns.names import is_mark, value_name
from scanner.model import Batch, Cells, Column, ReadOptions
from scanner.run import job
from scanner.scanning.records import scan_batch
from scanner.summary.summarise import Summary, _count_records, summarise
from scanner.tallies.tally import LOOSE, Tally

ROLES = {(0, None): (None,) * 4, (1, None): (None,) * 4}


def by_labels(labels):
    """A profile: which labels are held; nothing but plates is no record."""
    return frozenset(labels - {"license_plate"})


def summary_of(tally, detectors=TOYS):
    return summarise(tally, detectors, ROLES, by_labels, LINKING)


def test_final_counts_agree_with_counting_row_by_row():
    for seed in range(6):
        draw = random.Random(seed)
        kinds = draw.choice(["pppp", "pdlp"])
        rows = toy_rows(draw, draw.choice((30, 300)), kinds)
        expected = expect(rows)
        summary = summary_of(toy_tally(rows, kinds, [7], toy_job(), budget=draw.choice((1 << 12, 1 << 28))))
        for column in summary.decisions.values():
            assert all(each.accepted or each.code == "none_valid" for each in column.values())
        labels = {toy.name: toy.label for toy in TOYS}
        profiles: dict[frozenset[str], set] = {}
        counts: dict[frozenset[str], int] = {}
        for signature, records in expected.records.items():
            profile = by_labels({labels[value_name(name)] for _, name in signature if not is_mark(name)})
            profiles.setdefault(profile, set()).update(records)
            counts[profile] = counts.get(profile, 0) + expected.signatures[signature]
        profiles.pop(frozenset(), None)
        counts.pop(frozenset(), None)
        assert summary.profile_distinct == {profile: len(records) for profile, records in profiles.items()}
        assert summary.profile_rows == counts
        assert summary.identifiable == sum(counts.values())
        for toy in TOYS:
            values = {v for (_, name), held in expected.values.items() if name == toy.name for v in held}
            holding = sum(n for s, n in expected.signatures.items() if toy.name in {name for _, name in s})
            valid = sum(column[f"{toy.name} valid"] for column in expected.columns.values())
            if valid:
                count = summary.labels[toy.label]
                assert (count.matches, count.rows, count.distinct) == (valid, holding, len(values))


def test_numbers_under_a_header_that_names_them_are_their_column_s(tmp_path):
    """Though most of them stand two in a cell, they are of the person whose name stands beside them."""
    head, *rows = "姓名,手机号", "王小明,13912345678/13812345678", "李小红,13712345678、13612345678"
    alone = scanned(rows_file(tmp_path / "a.csv", [head, *rows]))["subjects"]
    assert alone["distinct"] == 2
    more = [
        "姓名,手机号,身份证号",
        "王小明,13912345678,110101199003074514",
        "李小红,13612345678,44052418800101001X",
    ]
    more += ["张伟,13912345678,11010519491231002X"]  # so that the phone alone is nobody's
    rows_file(tmp_path / "b.csv", more)
    assert scanned(tmp_path / "a.csv", tmp_path / "b.csv")["subjects"]["distinct"] == 3


PHONES = [f"13912340{n:03}" for n in range(40)]
NAMES = "一二三四五六七八九十"
CELLS_OF_SEVERAL = [
    # rows, persons, distinct phones, rows with phones
    (
        "姓名,手机号",
        [f"王{NAMES[n]},{PHONES[2 * n]}/{PHONES[2 * n + 1]}" for n in range(10)],
        10,
        20,
        10,
    ),
    # A number that leads one cell and follows in another is one value, and joins them where the name is the same.
    ("姓名,手机号", [f"王小明,{PHONES[n]} {PHONES[n + 1]}" for n in range(10)], 1, 11, 10),
    (
        "姓名,手机号",
        [f"王小明,{PHONES[n]}、{PHONES[n + 10]}、{PHONES[n + 20]}" for n in range(10)],
        10,
        30,
        10,
    ),
    (
        "姓名,手机号,固定电话",
        [f"王小明,{PHONES[n]};{PHONES[n + 10]},0755-267123{n:02}" for n in range(9)],
        9,
        18,
        9,
    ),
    # Nobody tells whose they are: a list of receivers.
    ("手机号,备注", [f"{PHONES[n]}、{PHONES[n + 10]}、{PHONES[n + 20]},无" for n in range(10)], 30, 30, 10),
    # Two identity numbers are two persons'.
    ("姓名,身份证号,地区", ["王小明,110101199003074514/11010519491231002X,甲"] * 3, 2, 0, 0),
]


@pytest.mark.parametrize(("head", "rows", "persons", "phones", "filled"), CELLS_OF_SEVERAL)
@pytest.mark.parametrize("form", ["csv", "parquet", "json"])
def test_several_numbers_in_a_cell_are_of_the_person_that_the_row_names(
    tmp_path, head, rows, persons, phones, filled, form
):
    path = rows_file(tmp_path / "a.csv", [head, *rows])
    if form != "csv":  # cells that rows share, and lists
        names, table = head.split(","), [row.split(",") for row in rows]
        columns = {name: [row[at] for row in table] for at, name in enumerate(names)}
        path = tmp_path / f"a.{form}"
        if form == "parquet":
            coded = {name: pa.array(cells).dictionary_encode() for name, cells in columns.items()}
            pq.write_table(pa.table(coded), path)
        else:
            lists = [
                {
                    name: [*filter(None, re.split("[/ 、;]", cell))] if name == "手机号" else cell
                    for name, cell in zip(names, row, strict=True)
                }
                for row in table
            ]
            path.write_text(json.dumps(lists, ensure_ascii=False), "utf-8")
    document = scanned(path)
    assert document["subjects"]["distinct"] == persons
    found = document["labels"].get("mobile_phone", {"distinct": 0, "rows": 0})
    assert (found["distinct"], found["rows"]) == (phones, filled)
    own = [
        label
        for column in document["columns"]
        for label in column["labels"]
        if label["label"] == "mobile_phone" and label["decision"] == "accepted"
    ]
    assert [(each["distinct"], each["rows"]) for each in own] == ([(phones, filled)] if phones else [])


def test_a_rejected_column_is_taken_out_of_records_and_persons():
    rows = [[f"P{n}".encode(), f"M{n % 4 * 2}".encode(), b"", b""] for n in range(0, 40)]
    rejecting = (
        type(TOYS[0])("person", "resident_id", "P", 1, True, header_only=False, whole=2.0),
        *TOYS[1:],
    )
    summary = summary_of(toy_tally(rows, "pppp", [], toy_job(rejecting)), rejecting)
    assert not summary.decisions[0, None, 0]["person"].accepted
    assert summary.profile_rows == {frozenset({"mobile_phone"}): 40}
    assert summary.profile_distinct == {frozenset({"mobile_phone"}): 40}  # the records differ all the same
    assert summary.persons.distinct == 4
    assert summary.distinct[(0, None, 0), "person"] == 20
    assert "resident_id" not in summary.labels


def test_records_of_two_inputs_are_one_set():
    """The same record in two inputs counts once, and holds what either input shows in it."""
    rows = [[f"P{2 * n}".encode(), f"M{2 * n}".encode()] for n in range(30)]
    job = toy_job()
    tally = toy_tally(rows[:20], "pp", [3], job, source=0)
    tally.merge(toy_tally(rows[10:], "pp", [], job, source=1))
    both = frozenset({"resident_id", "mobile_phone"})
    summary = summary_of(tally)
    assert (summary.rows, summary.persons.distinct) == (40, 30)
    assert (summary.profile_rows, summary.profile_distinct) == ({both: 40}, {both: 30})
    assert summary.labels["resident_id"].distinct == 30
    # In the second input phones are not accepted: what only it shows lacks them.
    known = toy_tally(rows[:20], "pp", [], job, source=0)
    without = toy_job(tuple(toy for toy in TOYS if toy.name != "phone"))
    known.merge(toy_tally(rows[10:], "pp", [], without, source=1))
    summary = summary_of(known)
    only = frozenset({"resident_id"})
    assert summary.profile_rows == {both: 20, only: 20}
    assert summary.profile_distinct == {both: 20, only: 10}


@pytest.mark.parametrize("keep", [True, False])
def test_profiles_of_one_record_are_joined(keep):
    draw = random.Random(4)
    signatures = [frozenset({(column, "person")}) for column in range(4)]
    profiles = dict(zip(signatures, [frozenset("a"), frozenset("b"), frozenset("bc")], strict=False))
    records = [(draw.randrange(60) << 57, draw.randrange(2), draw.choice(signatures)) for _ in range(150)]
    expected: dict[tuple[int, int], frozenset[str]] = {}
    for low, high, signature in records:
        if signature in profiles:  # the last one holds no category
            expected[low, high] = expected.get((low, high), frozenset()) | profiles[signature]
    tally, summary, group = Tally(), Summary(), ("row", 0, None)
    rows = [(low, high, tally.signature_tag(signature)) for low, high, signature in records]
    tally.store.add(group, np.array(rows, np.uint64))
    summary.profiles[0, None] = profiles
    _count_records(tally, {}, {}, summary, keep)
    assert (group in tally.store.groups()) == keep
    assert summary.profile_distinct == Counter(expected.values())


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("more", [0, 59, 130])
def test_however_many_elements_there_are_the_counts_are_the_same(more, keep):
    draw = random.Random(5)
    signatures = [frozenset({(column, "person")}) for column in range(9)]
    names = [f"{number:02}" for number in range(12)]
    some = [frozenset(draw.sample(names, 3)) for _ in signatures]
    unused = {frozenset({(9, "person")}): frozenset(f"unused {number}" for number in range(more))}
    tally, summary = Tally(), Summary()
    expected: dict[tuple[int, int], frozenset[str]] = {}
    for source in range(2):
        rows = []
        for _ in range(400):
            low, high, at = draw.randrange(9) << 57, draw.choice([1, 2, 1 << 60]), draw.randrange(9)
            expected[low, high] = expected.get((low, high), frozenset()) | some[at]
            rows.append((low, high, tally.signature_tag(signatures[at])))
        tally.store.add(("row", source, None), np.array(rows, np.uint64))
    for source in range(2):
        summary.profiles[source, None] = dict(zip(signatures, some, strict=True)) | unused
    sides = {0: frozenset({"@acquired"}), 1: frozenset({"@sold"})}
    _count_records(tally, {}, sides, summary, keep)
    assert bool(tally.store.groups()) == keep
    assert summary.profile_distinct == Counter(expected.values())
    assert summary.alike == len(expected) - len({(low, high >> 52) for low, high in expected}) > 0
    assert sum(summary.sets["both"].values()) > 0
    assert sum((each for each in summary.sets.values()), Counter()) == summary.profile_distinct


def test_values_in_damaged_lines_count_but_make_neither_records_nor_persons():
    columns = tuple(Column(Cells.of([b""])) for _ in range(4))
    batch = Batch(TABLE, 0, 1, columns, loose=Cells.of(["P2 and M4", "P2", "P4"]), loose_rows=np.arange(1, 4))
    tally = Tally()
    scan_batch(batch, 0, toy_job(), tally)
    summary = summary_of(tally)
    assert (summary.rows, summary.damaged, summary.identifiable, summary.persons.distinct) == (4, 3, 0, 0)
    assert summary.labels["resident_id"].rows == 3
    assert summary.decisions[0, None, LOOSE]["person"].accepted


def test_values_count_whether_or_not_a_tuple_holds_them(tmp_path):
    """Names without numbers and placeholders are in no tuple that links persons."""
    draw = random.Random(9)
    names = [
        draw.choice("王李张刘陈杨赵黄") + "".join(draw.sample("伟芳娜敏静丽强磊军洋勇艳杰娟涛明", 2))
        for _ in range(400)
    ]
    phones = [f"139{draw.randrange(10**8):08}" for _ in range(300)]
    rows = []
    for number in range(2000):
        phone = "13800138000" if number % 50 == 7 else draw.choice(phones) if number % 3 else ""
        rows.append((draw.choice(names), phone))
    path = tmp_path / "a.csv"
    path.write_text("姓名,手机号码\n" + "".join(f"{name},{phone}\n" for name, phone in rows), "utf-8")
    labels = scanner.scan(path, as_of=date(2026, 11, 21)).to_dict()["labels"]
    assert labels["person_name"]["distinct"] == len({name for name, _ in rows})
    assert labels["mobile_phone"]["distinct"] == len({phone for _, phone in rows if phone})


def test_facts_of_rows_that_never_share_a_batch_with_a_number(tmp_path):
    """How many words a name has is known only from batches that hold a number, too; other rows have no tuples."""
    rows = [
        "王小明,系13800138000,系联",
        "王小明,王小明,6222020200112233",
        "王小明,x,13800138000",
        "系6222020200112233,6222020200112233,王小明",
    ]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    seen = []
    for size in (5, 40, 1 << 20):
        options = job.Options(
            jobs=1, as_of=date(2026, 11, 21), read=ReadOptions(header=False, block_size=size)
        )
        found = job.run(job.file_inputs([str(path)], options), options).document
        seen.append((found["labels"], found["records"], found["subjects"]))
    assert seen == [seen[0]] * 3
