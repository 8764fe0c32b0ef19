from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner import knowledge
from scanner.detectors.address import AddressDetector, _parser
from scanner.kernels.address_tables import name_groups
from scanner.model import Cells
from tests.kernels import address_latin_reference as latin
from tests.kernels import address_reference as reference

WORDS = sorted(reference.words())
NAMES = sorted(reference.divisions())
SIGNS = (
    "建国人民中山花城王李东西南北一二三十百之第月甲的在住0123456789ＡaFB-/#：，,、 （()）。\n\t·〇２号路村"
)
LOOSE = [*SIGNS, "𠮷", "\u3000", "12", "88号", "3号楼", "201室"]


def kernel(cells: list[bytes]) -> list[list[tuple[int, int, int, int]]]:
    """What the kernel finds; with any vector instructions, short ways and parts it must be the same."""
    held = Cells.of(list(cells))
    spans = [
        list(zip(*(x.tolist() for x in parser.find(held.data, held.start, held.end, parts)[:5]), strict=True))
        for parser in (_parser(), _parser(path=3), _parser(path=1), _parser(path=2))
        for parts in (False, True)
    ]
    assert spans[1:] == spans[:-1]
    found: list[list[tuple[int, int, int, int]]] = [[] for _ in cells]
    for i, a, b, c, d in spans[0]:
        found[i].append((a, b, c, d))
    return found


def made(rng: random.Random) -> str:
    pieces = []
    for _ in range(rng.randint(1, 14)):
        pick = rng.random()
        pieces.append(rng.choice(NAMES if pick < 0.2 else WORDS if pick < 0.55 else LOOSE))
    return "".join(pieces)


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_the_reference_on_structured_text(seed: int) -> None:
    rng = random.Random(seed)
    cells = [made(rng).encode() for _ in range(400)]
    for cell, found in zip(cells, kernel(cells), strict=True):
        assert found == (latin.find(cell) if cell.isascii() else reference.find(cell)), cell.decode()


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_the_reference_on_damaged_bytes(seed: int) -> None:
    rng = random.Random(seed)
    cells = []
    for _ in range(300):
        raw = bytearray(made(rng).encode())
        for _ in range(rng.randint(1, 3)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        cells.append(bytes(raw[: rng.randint(1, len(raw))]))
    for cell, found in zip(cells, kernel(cells), strict=True):
        assert found == (latin.find(cell) if cell.isascii() else reference.find(cell)), cell


@given(st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from(LOOSE), st.text(max_size=3)), max_size=20))
@settings(max_examples=300, deadline=None)
def test_agrees_with_the_reference_on_anything(pieces: list[str]) -> None:
    raw = "".join(pieces).encode("utf-8", "ignore")
    assert kernel([raw])[0] == (latin.find(raw) if raw.isascii() else reference.find(raw))


@given(st.binary(max_size=80))
@settings(max_examples=300, deadline=None)
def test_agrees_with_the_reference_on_bytes(raw: bytes) -> None:
    assert kernel([raw])[0] == (latin.find(raw) if raw.isascii() else reference.find(raw))


@pytest.mark.parametrize("size", [340, 341, 342, 1023, 1024, 1025, 5000])
def test_long_cells(size: int) -> None:
    raw = ("花" * size + "北京市朝阳区建国路88号" + "草" * size + "，广东省深圳市南山区科技路1号").encode()
    found = kernel([raw])[0]
    assert found == reference.find(raw)
    assert len(found) >= 1


@pytest.mark.parametrize("unit", ["一", "路", "甲路", "（", "12号", "北京", "一一一路", "，", "的", "1-"])
def test_hostile_repetition_costs_linear_time(unit: str) -> None:
    raw = (unit * 100_000).encode()
    assert isinstance(kernel([raw])[0], list)


def test_never_reads_across_a_cell() -> None:
    text = "北京市朝阳区建国路88号".encode()
    for cut in range(len(text) + 1):
        whole = kernel([text[:cut], text[cut:]])
        assert whole == [*kernel([text[:cut]]), *kernel([text[cut:]])]


def test_cells_may_overlap_and_repeat() -> None:
    data = np.frombuffer("浙江省杭州市文一西路998号3幢".encode(), np.uint8)
    start = np.array([0, 0, 9], np.int32)
    end = np.array([len(data), 0, len(data)], np.int32)
    found = AddressDetector().find(Cells(data, start, end))
    assert found.cell.tolist() == [0, 2]
    assert found.start.tolist() == [0, 0]
    assert found.end.tolist() == [len(data), len(data) - 9]


def test_refuses_arrays_of_different_length() -> None:
    data = np.zeros(10, np.uint8)
    with pytest.raises(ValueError, match="differ"):
        _parser().find(data, np.zeros(2, np.int32), np.zeros(1, np.int32))


@pytest.mark.parametrize("seed", range(4))
def test_the_detector_looks_at_every_cell_that_may_hold_an_address(seed: int) -> None:
    """It leaves out cells by the kinds of their bytes: the kernel finds nothing in these."""
    rng = random.Random(seed)
    latin_words = [*"AaZz09 ,.-#/", "12", "Road", "No.", "Room", "Street", "Building", "Beijing", "\t", "_"]
    texts = [made(rng) for _ in range(300)]
    texts += ["".join(rng.choices(latin_words, k=rng.randint(1, 14))) for _ in range(2000)]
    texts += ["13800138000", "2020-01-05 10:20:30", "", "x"]
    cells = Cells.of(list(texts))
    found = AddressDetector().find(cells)
    every = _parser().find(cells.data, cells.start, cells.end)
    assert len(every[0]) > 50
    assert (every[0] >= 300).any()  # of those in Latin letters, too
    for here, there in zip((found.cell, found.start, found.end, found.checks), every, strict=False):
        assert here.tolist() == there.tolist()


def test_refuses_kinds_that_do_not_fit() -> None:
    cells = Cells.of(["北京市朝阳区建国路88号"])
    for kinds, asked in ((2, 65536), (1, 10), (1, None)):
        with pytest.raises(ValueError, match="kinds"):
            _parser().find(
                cells.data,
                cells.start,
                cells.end,
                False,
                np.zeros(kinds, np.uint16),
                None if asked is None else np.zeros(asked, np.uint8),
            )


def test_skips_offsets_outside_the_data() -> None:
    data = np.frombuffer("北京市朝阳区建国路88号".encode(), np.uint8)
    start, end = np.array([-5, 0], np.int32), np.array([20, 10_000], np.int32)
    assert len(_parser().find(data, start, end)[0]) == 0


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_the_reference_at_the_edges_of_blocks(seed: int) -> None:
    """Cells are decoded 64 bytes at a time, kinds 32 characters at a time, up to 1,024 bytes at once."""
    rng = random.Random(seed)
    cells = []
    for size in (*range(24, 72), *range(120, 136), *range(1016, 1032)):
        text = ""
        while len(text.encode()) < size:
            text += (
                made(rng) if size < 1000 else rng.choice(["花", "x", "12", "，", "路", "。", "·", "北京市"])
            )
        raw = text.encode()
        cells += [raw[:size], ("花" * 400).encode()[: size - len(raw) % size] + raw[:60]]
    for cell, found in zip(cells, kernel(cells), strict=True):
        assert found == (latin.find(cell) if cell.isascii() else reference.find(cell)), cell


def test_every_word_and_name_is_found_where_it_stands() -> None:
    """In front of each a road that is open, behind each a number: nothing is taken for what it is not."""
    cells = [
        f"{before}{word}{behind}".encode()
        for word in (*WORDS, *NAMES)
        for before, behind in (("", "建国路88号"), ("广东省深圳市科技路", "12号"), ("甲乙12", "3栋"))
    ]
    for cell, found in zip(cells, kernel(cells), strict=True):
        assert found == reference.find(cell), cell.decode()


@pytest.mark.parametrize(
    "raw", ["建\xe0\x80\x80路88号", "京\xed\xa0\x80建国路88号", "\xff建国路88号", "建国路88号\xe8\xb7"]
)
def test_bytes_that_are_not_utf8_break_a_run(raw: str) -> None:
    cell = b"".join(ch.encode("latin-1") if ord(ch) < 256 else ch.encode() for ch in "北京市朝阳区" + raw)
    assert kernel([cell])[0] == reference.find(cell)


@pytest.mark.parametrize("seed", range(4))
def test_cells_that_differ_in_their_digits_alone(seed: int) -> None:
    """Cells like one that held nothing are skipped, in runs long enough for that to be given up and tried again."""
    rng = random.Random(seed)
    shapes = [made(rng) for _ in range(25)] + [
        "系统时间戳1727985314730，请核对",
        "尾号1256的号码接不通",
        "第3号\x00",
        "第3号",
    ]
    cells = []
    for _ in range(60):
        text = rng.choice(shapes)
        for _ in range(rng.randint(1, 80)):
            cells.append(
                "".join(rng.choice("0123456789") if ch in "0123456789" else ch for ch in text).encode()
            )
    known = {cell: latin.find(cell) if cell.isascii() else reference.find(cell) for cell in {*cells}}
    for cell, found in zip(cells, kernel(cells), strict=True):
        assert found == known[cell], cell.decode()


@pytest.mark.parametrize("size", [12, 13, 63, 64, 65, 127, 128, 129, 300])
def test_skipped_cells_of_any_length(size: int) -> None:
    text = ("客户投诉处理" * 60).encode()[: size - size % 3].ljust(size, b"5")
    address = "北京市朝阳区建国路88号".encode()
    cells = [
        text,
        text,
        text[:-1] + b"x",
        text,
        address,
        text + address,
        text,
        text[:-1] + b"7",
        address + text,
    ]
    for cell, found in zip(cells * 40, kernel(cells * 40), strict=True):
        assert found == reference.find(cell)


@given(st.text(alphabet=st.sampled_from("王李建国路号村一12xF·𠮷é\ud7ff\u0800　"), max_size=5))
@settings(max_examples=300, deadline=None)
def test_short_cells(text: str) -> None:
    raw = text.encode()
    for cell in (raw, raw[:-1], raw[1:]):
        assert kernel([cell])[0] == (latin.find(cell) if cell.isascii() else reference.find(cell))


DIVISIONS = (
    "河北省衡水市景县",
    "广东省深圳市南山区",
    "四川省成都市武侯区",
    "陇南市文县",
    "浙江省温州市泰顺县",
    "北京市",
    # Names of several divisions, and such that begin like a number with its unit.
    "重庆市",
    "重庆市綦江区",
    "海口市龙华区",
    "河南省三门峡市义马市",
    "浙江省台州市三门县",
)
# Among them names of divisions that are those of streets, or that may lie in the division before.
PLACES = (
    *("龙荣", "江南", "东方", "新", "石家湾", "中山", "一", "景林花", ""),
    *("南京", "永城", "秋河北", "云城", "康乐", "门源", "天河", "南山", "重庆"),
)
ENDINGS = ("路", "大街", "村", "村委会", "小区", "湾村", "街道", "里", "苑", "城市", "道")
NUMBERS = ("号", "栋", "座", "单元", "室", "楼", "号楼", "组", "", "号院", "号之3", "层")
TAILS = (
    "",
    "",
    "",
    "银杏华",
    "附近",
    "有限公司",
    "(北门)",
    "，",
    " ",
    "月",
    "第",
    "1504",
    "座",
    "A",
    "\n",
    "𠮷",
)


def usual(rng: random.Random) -> str:
    """Text as most addresses are, so that texts of the same shape come often, and now and then one almost of it."""
    text = rng.choice(DIVISIONS)
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.7:
            text += rng.choice(PLACES) + rng.choice(ENDINGS)
        digits = rng.choice((1, 2, 3, 4, 9, 10, 12)) if rng.random() < 0.2 else rng.randint(1, 3)
        text += "".join(rng.choice("0123456789") for _ in range(digits)) + rng.choice(NUMBERS)
    return text + rng.choice(TAILS)


@pytest.mark.parametrize("seed", range(6))
def test_addresses_of_the_same_shape(seed: int) -> None:
    rng = random.Random(seed)
    cells = [usual(rng).encode() for _ in range(3000)]
    cells += rng.sample(cells, 500)
    for cell, found in zip(cells, kernel(cells), strict=True):
        assert found == reference.find(cell), cell.decode()


def test_text_behind_the_last_part_is_no_part_of_the_shape_before_it() -> None:
    """A shape ended with the last part, so that a name behind it was lost."""
    cells = ["河北省衡水市景县泰盛路332号".encode(), "河北省衡水市景县泰盛路332号银杏华".encode()]
    for order in (cells, cells[::-1], cells * 3):
        assert kernel(order) == [reference.find(cell) for cell in order]


@pytest.mark.parametrize("size", [254, 255, 256, 257, 600])
def test_many_short_cells_in_one_page(size: int) -> None:
    """Cells are looked at a page at a time: 2,048 bytes, 256 cells; one that is not UTF-8 is looked at by itself."""
    cells = ["路88号".encode(), b"\xe8\xb7x8\xe5\x8f\xb7", "北京路1号".encode()]
    many = [cells[(at * at) % 3] for at in range(size)]
    known = {cell: reference.find(cell) for cell in cells}
    assert kernel(many) == [known[cell] for cell in many]


@pytest.mark.parametrize("letter", ["é", "ж", "א", "߿", "ࠀ", "\ud7ff", "\ue000", "\uffff", "𐀀", "\U0010ffff"])
def test_characters_of_two_to_four_bytes_at_any_place(letter: str) -> None:
    for size in range(50, 70):
        cell = (
            "花" * (size // 3) + "x" * (size % 3) + letter + "北京市朝阳区建国路88号" + letter * 2
        ).encode()
        assert kernel([cell, cell])[1] == reference.find(cell)


def leaves() -> list[str]:
    """Divisions in which no others lie, behind those they lie in, and some of those with others in them."""
    names = dict(zip(TABLE["code"], TABLE["name"], strict=True))
    above = dict(zip(TABLE["code"], TABLE["parent"], strict=True))
    found = []
    for code in names:
        chain = [code]
        while above.get(chain[-1]) in names:
            chain.append(above[chain[-1]])
        found += [
            "".join(names[each] for each in reversed(chain[:size])) for size in range(1, len(chain) + 1)
        ]
    return sorted({*found})


TABLE = knowledge.table("divisions").columns
LEAVES = leaves()


def copied(rng: random.Random, count: int) -> list[bytes]:
    """Cells of few beginnings and ends in any combination, so that most were met before; some are damaged."""
    heads = [*rng.sample(LEAVES, 12), "北京市朝阳区", "河南省三门峡市义马市", "浙江省杭州市"]
    middles = [
        "建国路",
        "",
        "中山",
        "三里屯",
        "景林花园",
        "市场街",
        "块",
        "域大道",
        "北京",
        "１路",
        "朝阳区",
        "域",
        "间路",
        "长江中路",
    ]
    ends = [
        "12号",
        "1号楼3单元1204室",
        "12345678号",
        "1234567890号",
        "8１号",
        "1号\u00a02室",
        "7号南京路8号",
        "3号北京",
        "9",
        "4号A座",
        "5栋五号",
    ]
    cells = []
    for _ in range(count):
        end = "".join(
            rng.choice("0123456789") if ch.isascii() and ch.isdigit() else ch for ch in rng.choice(ends)
        )
        raw = bytearray((rng.choice(heads) + rng.choice(middles) + end).encode())
        if rng.random() < 0.1:
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        if rng.random() < 0.1:
            del raw[rng.randrange(len(raw)) :]
        cells.append(bytes(raw))
    return cells


@pytest.mark.parametrize("seed", range(8))
def test_addresses_with_ends_that_were_met_before(seed: int) -> None:
    cells = copied(random.Random(seed), 3000)
    known = {cell: latin.find(cell) if cell.isascii() else reference.find(cell) for cell in {*cells}}
    for cell, found in zip(cells, kernel(cells), strict=True):
        assert found == known[cell], cell.decode("utf-8", "replace")


def test_every_beginning_however_it_goes_on() -> None:
    """What begins a cell was met with a number behind it; then a word or name goes on where it ended."""
    rng = random.Random(1)
    learned = [f"{head}建国路88号".encode() for head in LEAVES]
    others = [
        f"{head}{word[1:]}{tail}".encode()
        for head in LEAVES
        for word in rng.sample(BY_FIRST.get(head[-1], [head[-1]]), min(3, len(BY_FIRST.get(head[-1], [""]))))
        for tail in ("路88号", "12号")
    ]
    found = kernel(learned + others + learned)
    for cell, spans in rng.sample([*zip(learned + others + learned, found, strict=True)], 3000):
        assert spans == reference.find(cell), cell.decode()


BY_FIRST: dict[str, list[str]] = {}
for each in (*WORDS, *NAMES):
    BY_FIRST.setdefault(each[0], []).append(each)


def test_more_beginnings_and_ends_than_are_kept() -> None:
    """Later ones take the places of earlier ones, also while cells that were known by these wait."""
    rng = random.Random(2)
    ends = [f"{a}号{b}{c}1栋2室" for a in (1, 100) for b in WORDS[::2] for c in ("", "花园", "苑", "楼")]
    assert len(ends) > 5000
    cells = [f"{rng.choice(LEAVES)}建国路{end}".encode() for end in ends]
    cells += rng.choices(cells, k=3000)
    found = kernel(cells)
    for cell, spans in rng.sample([*zip(cells, found, strict=True)], 1500):
        assert spans == reference.find(cell), cell.decode()


@pytest.mark.parametrize("size", [12, 13, 59, 60, 61, 63, 64, 65, 123, 124, 125, 128])
def test_known_ends_of_any_length(size: int) -> None:
    """Beginnings of up to 60 bytes and 64 behind them; at the very end of the data nothing behind a cell is read."""
    head = "新疆维吾尔自治区巴音郭楞蒙古自治州博湖县".encode()
    for begin in ("陇南市文县".encode(), head):
        raw = (begin + "建国路".encode() + b"8" * 3 + "号楼".encode() + "花".encode() * 40)[:size]
        for cell in (raw, raw[: size - size % 3], raw[:-2] + b"88"):
            data = np.frombuffer(cell * 9, np.uint8).copy()
            start = np.arange(9, dtype=np.int32) * len(cell)
            whole = _parser().find(data, start, start + np.int32(len(cell)))
            assert list(zip(*(x.tolist() for x in whole[1:5]), strict=True)) == reference.find(cell) * 9


def test_a_column_of_other_text_between_addresses() -> None:
    """Where too few cells begin like addresses, that is not looked for until thousands of cells later."""
    rng = random.Random(3)
    address = [f"广东省深圳市南山区科技路{n}号".encode() for n in range(40)]
    note = [f"备注{rng.randrange(10**9)}{rng.choice(WORDS)}请联系".encode() for _ in range(400)]
    cells = (
        address + rng.choices(note, k=9500) + rng.choices(address, k=700) + rng.choices(note, k=600) + address
    )
    known = {cell: reference.find(cell) for cell in {*cells}}
    assert kernel(cells) == [known[cell] for cell in cells]


@pytest.mark.parametrize("seed", range(20))
def test_groups_of_names(seed: int) -> None:
    """A group tells whose name it is: those whose full name it is first."""
    rng = random.Random(seed)
    full = ["".join(rng.choices("东西北京市县区", k=rng.randint(2, 4))) for _ in range(rng.randint(0, 40))]
    aliases = [
        "|".join(rng.choices(["东", "北京", "北京市", "西县", "东西"], k=rng.randint(0, 3))) for _ in full
    ]
    names, groups, group = name_groups(full, aliases)
    expected: dict[str, list[tuple[int, bool]]] = {}
    for index, (name, others) in enumerate(zip(full, aliases, strict=True)):
        expected.setdefault(name, []).append((index, True))
        for other in others.split("|") if others else ():
            expected.setdefault(other, []).append((index, len(other) > 2 and other[-1] in "省市县区旗盟州"))
    assert names == list(expected)
    for name, first in zip(names, groups.tolist(), strict=True):
        of_name = group[first - 1 :].tolist()
        held = [(value >> 1, bool(value & 1)) for value in of_name[: of_name.index(-1)]]
        assert held == sorted(expected[name], key=lambda each: not each[1])
    assert len(group) == sum(map(len, expected.values())) + len(names)
