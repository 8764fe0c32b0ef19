"""Patterns: packs are checked, pass their own examples, and find the same however cells are matched."""

import random
from pathlib import Path

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import knowledge
from scanner.detectors import pattern as pattern_module
from scanner.detectors.folding import fold
from scanner.detectors.packs import ROLES, built_in, check_pack, check_patterns, read_pack
from scanner.detectors.pattern import Pattern, PatternDetector, pattern_detectors
from scanner.errors import PatternError
from scanner.model import Cells, Check, Detector

PACK = """
[[pattern]]
name = "badge"
label = "badge"
standard = "our own"
pattern = 'B-[0-9]{4}'
gate = ["B-[0-9]"]
roles = ["id_number"]
examples = ["B-1234"]
counterexamples = ["B-12345"]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def detector(expression: str, **fields: object) -> PatternDetector:
    return PatternDetector(Pattern("p", "p", "none", expression, **fields))


def spans(found_by: PatternDetector, values: list[str | bytes]) -> list[tuple[int, bytes]]:
    cells = Cells.of(list(values))
    m = found_by.find(cells)
    return [(int(c), cells.raw(c)[a:b]) for c, a, b in zip(m.cell, m.start, m.end, strict=True)]


def named(name: str) -> PatternDetector:
    return next(d for d in pattern_detectors(built_in()) if d.name == name)


def test_built_in_patterns_pass_their_own_examples():
    assert check_patterns(built_in()) == []


@pytest.mark.parametrize("file", knowledge.names("detectors"))
def test_each_file_passes_alone_and_says_where_it_is_from(file):
    assert check_pack(knowledge.root() / file) == []
    assert {"origin", "licence", "date"} <= set(knowledge.toml(file)["pack"])


def test_built_in_patterns_fit_the_protocol():
    made = list(pattern_detectors(built_in()))
    assert len({d.name for d in made}) == len(made)
    for one in made:
        assert isinstance(one, Detector)
        assert one.roles <= ROLES
        assert one.required & Check.FORMAT


def test_a_broken_example_and_counterexample_are_told(tmp_path):
    bad = PACK.replace('"B-1234"', '"C-1234"').replace('"B-12345"', '"see B-1234"')
    failures = check_pack(write(tmp_path, bad))
    assert len(failures) == 2
    assert "'C-1234'" in failures[0]
    assert "'see B-1234'" in failures[1]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[[pattern]]", "[pattern", ["TOML"]),
        ("[[pattern]]", "[[patern]]", ["patern"]),
        ('name = "badge"', 'name = "Badge!"', ["'name'", "lower-case"]),
        ('name = "badge"', "", ["'name'"]),
        ('standard = "our own"', "standard = 5", ["'standard'", "text"]),
        ("pattern = 'B-[0-9]{4}'", "pattern = 'B-[0-9'", ["'pattern'", "regular expression"]),
        ("pattern = 'B-[0-9]{4}'", "pattern = 'B)|(A'", ["'pattern'", "regular expression"]),
        ("pattern = 'B-[0-9]{4}'", "pattern = '(?:B-[0-9])?'", ["'pattern'", "empty"]),
        ('gate = ["B-[0-9]"]', 'gate = ["B-[0-9"]', ["'gate'", "B-[0-9"]),
        ('gate = ["B-[0-9]"]', 'gate = "B"', ["'gate'", "list"]),
        ('gate = ["B-[0-9]"]', "colour = 1", ["'colour'", "unknown"]),
        ('gate = ["B-[0-9]"]', 'check = "lune"', ["'check'", "luhn"]),
        ('gate = ["B-[0-9]"]', "rank = -1", ["'rank'"]),
        ('gate = ["B-[0-9]"]', "rank = true", ["'rank'"]),
        ('gate = ["B-[0-9]"]', "whole = 1.5", ["'whole'"]),
        ('gate = ["B-[0-9]"]', "header_only = 1", ["'header_only'"]),
        ('gate = ["B-[0-9]"]', 'alphabet = "[a-z]"', ["'alphabet'", "upper"]),
        ('gate = ["B-[0-9]"]', "chance = 0.1", ["'basis'", "'chance'"]),
        ('gate = ["B-[0-9]"]', 'basis = ["fromat"]\nchance = 0.1', ["'basis'", "fromat"]),
        ('roles = ["id_number"]', 'roles = ["idnumber"]', ["'roles'", "idnumber"]),
        ('examples = ["B-1234"]', "examples = []", ["'examples'"]),
        ('examples = ["B-1234"]', 'examples = [{ text = "x", match = "y" }]', ["'examples'", "'y'"]),
        ('counterexamples = ["B-12345"]', "", ["'counterexamples'"]),
    ],
)
def test_what_is_not_well_formed_is_refused_with_file_field_and_reason(tmp_path, old, new, words):
    assert old in PACK
    path = write(tmp_path, PACK.replace(old, new, 1))
    with pytest.raises(PatternError) as caught:
        read_pack(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)


def test_a_pack_that_names_a_pattern_twice_is_refused(tmp_path):
    with pytest.raises(PatternError, match="badge twice"):
        read_pack(write(tmp_path, PACK + PACK))


def test_a_new_pattern_takes_less_than_twelve_lines():
    assert len(PACK.strip().splitlines()) < 12


@pytest.mark.parametrize("one_line", [False, True])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            ["编号B-1234。", "xB-1234", "B-1234.5", "B-1234.", "+B-1234", "", "é B-1234"],
            [(0, b"B-1234"), (3, b"B-1234"), (6, b"B-1234")],
        ),
        (["Ｂ－１２３４", "x Ｂ-12３4 y"], [(0, "Ｂ－１２３４".encode()), (1, "Ｂ-12３4".encode())]),
        (["B-\u200b12\ufeff34", "\u200bB-1234\u200b"], [(0, "B-\u200b12\ufeff34".encode()), (1, b"B-1234")]),
        ([b"\xff\xfeB-1234\x80", b"\xe4\xb8 B-1234 \xe4", b"B-\xff1234"], [(0, b"B-1234"), (1, b"B-1234")]),
        (["a\nB-1234\nB-5678", "B-", "1234"], [(0, b"B-1234"), (0, b"B-5678")]),
    ],
)
def test_what_is_found_and_where(values, expected, one_line):
    for gate in ((), ("B-[0-9]",)):
        assert spans(detector(r"B-[0-9]{4}", gate=gate, one_line=one_line), values) == expected


def test_an_expression_that_runs_over_the_end_of_a_cell_is_matched_cell_by_cell():
    assert spans(detector(r"[^0]+", boundary=False, one_line=True), ["ab", "c0d", ""]) == [
        (0, b"ab"),
        (1, b"c"),
        (1, b"d"),
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text("aB@.:-_ 0123京·A粤ｑ＠．１\n\u200b", max_size=30).map(str.encode),
            st.binary(max_size=20),
        ),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_gates_lines_and_sharing_change_nothing(values, rng):
    seeds = [text.encode() for p in built_in() for text in (*[t for t, _ in p.examples], *p.counterexamples)]
    values = values + rng.sample(seeds, 25)
    rng.shuffle(values)
    shared = Cells.of(list(values))
    for fast in pattern_detectors(built_in()):
        p = fast.pattern
        bare = {f: getattr(p, f) for f in ("check", "boundary", "verbose", "drop", "alphabet")}
        slow = PatternDetector(Pattern(p.name, p.label, p.standard, p.pattern, **bare))
        a, b = fast.find(shared), slow.find(Cells.of(list(values)))
        for field in ("cell", "start", "end", "checks"):
            assert np.array_equal(getattr(a, field), getattr(b, field)), p.name
        assert (a.key is None) == (b.key is None) == (not p.alphabet)
        assert a.key is None or np.array_equal(a.key, b.key)


def test_time_limit_is_told_for_each_cell_and_others_are_still_found(monkeypatch):
    monkeypatch.setattr(pattern_module, "TIME_LIMIT", 0.05)
    monkeypatch.setattr(pattern_module, "CHUNK_LIMIT", 0.05)
    for one_line in (False, True):
        slow = detector(r"(?:x|xx)+[yz]", one_line=one_line)
        cells = Cells.of(["xxy", "x" * 64, "no", "x" * 70, "xxxy"])
        found = slow.find(cells)
        assert found.cell.tolist() == [0, 4]
        assert cells.memo["timeouts"] == [("p", 1), ("p", 3)]


def test_a_pattern_that_is_always_late_gives_up_and_tells_every_cell(monkeypatch):
    monkeypatch.setattr(pattern_module, "TIME_LIMIT", 0.01)
    monkeypatch.setattr(pattern_module, "MAX_TIMEOUTS", 3)
    cells = Cells.of(["x" * 64] * 10)
    assert len(detector(r"(?:x|xx)+[yz]").find(cells)) == 0
    assert cells.memo["timeouts"] == [("p", i) for i in range(10)]


def test_keys_are_equal_for_the_same_thing_and_only_then():
    for name, same, other in (
        ("mac_address", ["00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e"], "00:1A:2B:3C:4D:5F"),
        ("license_plate", ["京A12345", "京A·12345", "京a 12345"], "津A12345"),
        ("license_plate", ["京A1234应急", "京A·1234应急"], "京A1234挂"),
        ("imei", ["35-209900-176148-1", "352099001761481"], "490154203237518"),
    ):
        keys = named(name).find(Cells.of([*same, other])).key.tolist()
        assert len(keys) == len(same) + 1
        assert len(set(keys)) == 2
        assert keys[-1] != keys[0]


def test_packing_loses_nothing():
    packs = detector("x", alphabet="0123456789ABCDEF")
    rng = random.Random(2)
    texts = {"".join(rng.choices("0123456789ABCDEF", k=rng.randint(0, 15))) for _ in range(20000)}
    assert len({packs.pack(text) for text in texts}) == len(texts)
    assert max(packs.pack(text) for text in texts) < 1 << 63
    assert packs.pack("0" * 16) >> 63
    assert packs.pack("0é") >> 63


def test_folding_keeps_places():
    folded = fold("\ufeffＡ\u200b１　b，")
    assert folded.text == "A1 b,"
    assert folded.span(0, 2) == (1, 4)


def test_matches_are_as_the_model_says():
    found = named("email").find(Cells.of(["a@b.cn c@d.cn", "", "e@f.cn"]))
    assert [a.dtype for a in (found.cell, found.start, found.end, found.checks)] == [np.int32] * 3 + [
        np.uint32
    ]
    assert found.cell.tolist() == [0, 0, 2]
    assert found.start.tolist() == [0, 7, 0]
    assert found.key is None
    none = named("email").find(Cells.of([]))
    assert len(none) == 0


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("email", "姓名张三邮箱zhang@example.com电话13800138000", ["zhang@example.com"]),
        ("email", "abc----x@y.com----pass", ["x@y.com"]),
        ("email", "a@b.com:pw|c@d.cn;e@f.org,", ["a@b.com", "c@d.cn", "e@f.org"]),
        ("email", "<a.b@c.co>, mailto:d@e.fr?x=1", ["a.b@c.co", "d@e.fr"]),
        ("email", "ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ", ["ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ"]),
        ("email", "write to a@example.com. Then", ["a@example.com"]),
        ("license_plate", "车辆京A12345和沪AD12345停放", ["京A12345", "沪AD12345"]),
        ("license_plate", "省A座1234", []),
        ("mac_address", "mac:00:1A:2B:3C:4D:5E;", ["00:1A:2B:3C:4D:5E"]),
        ("ipv4_address", "from 203.0.113.7:8080, 12.1.0.2", ["203.0.113.7"]),
        ("ipv6_address", "[2001:db8::1]:443 std::vector 12:34:56", ["2001:db8::1"]),
        ("qq_named", "加QQ：800012345或QQ群", ["800012345"]),
        ("imei", "0.490154203237518", []),
        ("vin", "VIN:1HGCM82633A004352", ["1HGCM82633A004352"]),
    ],
)
def test_in_text(name, text, expected):
    assert [raw.decode() for _, raw in spans(named(name), [text])] == expected


def test_regular_expressions_take_chinese_characters_for_boundaries():
    assert regex.search(detector(r"[0-9]{3}").pattern.compile(), "手机123号")


def test_many_cells_find_what_each_finds_alone():
    rng = random.Random(11)
    pieces = [
        "0",
        "00",
        "0000000",
        "00000000",
        "000000000",
        "460",
        "-",
        ":",
        ".",
        " ",
        "X",
        "x",
        "@",
        "P",
        "H",
        "：",
        "０",
    ]
    values = []
    for _ in range(150):
        shape = "".join(rng.choices(pieces, k=rng.randint(1, 6)))
        values += ["".join(rng.choice("0123456789") if c == "0" else c for c in shape) for _ in range(3)]
    values += [
        f"{prefix}{rng.randrange(10**9):09}" for prefix in ("", "1", "14", "460000", "86") for _ in range(60)
    ]
    for detector in pattern_detectors(built_in()):
        found = detector.find(Cells.of(list(values)))
        spans = list(zip(found.cell.tolist(), found.start.tolist(), found.end.tolist(), strict=True))
        alone = []
        for index, value in enumerate(values):
            one = detector.find(Cells.of([value]))
            alone += [(index, a, b) for a, b in zip(one.start.tolist(), one.end.tolist(), strict=True)]
        assert spans == alone, detector.name
