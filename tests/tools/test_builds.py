"""The scripts of tools/: their reading and folding rules, on small made-up sources; nothing is downloaded."""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

import build_area_codes  # noqa: E402
import build_bins  # noqa: E402
import build_names  # noqa: E402
import build_regions as regions  # noqa: E402
import build_traditional  # noqa: E402
import check_mobile_prefixes  # noqa: E402
import public_packages  # noqa: E402
from source_modules import load_literal  # noqa: E402
from table_file import write_table  # noqa: E402

from scanner import knowledge  # noqa: E402


def test_write_table_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = [("1", 'a "quoted", cell'), ("2", "")]
    assert write_table(path, {"origin": "x: y", "date": "2020-01-02"}, ("code", "name"), rows) == 2
    assert b"\r" not in path.read_bytes()
    table = knowledge.read_table(path)
    assert table.header == {"origin": "x: y", "date": "2020-01-02"}
    assert list(zip(*table.columns.values(), strict=True)) == rows


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ({"a": "b\nc"}, ("1", "2")),
        ({"a:b": "c"}, ("1", "2")),
        ({}, ("1",)),
        ({}, ("1", "2\n3")),
        ({}, ("1", "2\r")),
    ],
)
def test_write_table_refuses_what_would_not_be_read_back(
    tmp_path: Path, header: dict[str, str], row: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match="fit"):
        write_table(tmp_path / "t.csv", header, ("code", "name"), [row])
    assert not (tmp_path / "t.csv").exists()


def test_load_literal_reads_and_does_not_run(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "raise SystemExit\nfrom collections import OrderedDict\n"
        "plain = {1: 'a'}\npairs = OrderedDict((('x', 1),))\n"
        "def data():\n    return [1, 2]\ncomputed = open('x')\n"
    )
    assert load_literal(path, "plain") == {1: "a"}
    assert load_literal(path, "pairs") == {"x": 1}
    assert load_literal(path, "data") == [1, 2]
    with pytest.raises(ValueError, match="malformed"):
        load_literal(path, "computed")
    with pytest.raises(KeyError):
        load_literal(path, "absent")


def ends(lives: regions.Lives) -> dict[str, int | None]:
    return {code: regions.last_year(code, life) for code, life in lives.items()}


def test_a_code_ends_in_the_year_of_the_first_edition_without_it() -> None:
    lives: regions.Lives = {}
    old = {"110101": "甲", "110102": "乙", "110103": "丙"}
    regions.editions(
        lives,
        {
            199812: old,
            199912: {"110101": "甲", "110102": "乙"},
            200106: {"110101": "甲", "110103": "丁"},
            201904: {"110101": "甲"},
        },
    )
    regions.listing(lives, {"110101": "甲区"}, 202609)
    assert ends(lives) == {"110101": None, "110102": 2001, "110103": 2019}
    assert lives["110103"].seen == {1998, 2001}


@pytest.mark.parametrize(
    ("listed", "closed", "dated", "expected"),
    [
        ({2026}, {2010}, True, None),  # the newest list decides
        ({2019}, set(), True, 2020),  # gone from the next complete list
        ({2020}, set(), True, 2023),
        ({2023}, {2021}, True, 2026),  # still listed after its recorded end: the later view wins
        ({2020}, {2021}, True, 2021),
        ({2020}, {2020}, True, 2020),
        (set(), {1999, 2001}, True, 2001),
        ({2020}, set(), False, None),  # only in an undated list that knows no end
    ],
)
def test_the_later_source_wins(listed: set[int], closed: set[int], dated: bool, expected: int | None) -> None:
    life = regions.Life({198012: "甲县"}, {1980}, listed, closed, dated)
    assert regions.last_year("110121", life) == expected


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("130101", "市辖区", None),
        ("110200", "县", None),
        ("429000", "省直辖县级行政区划", None),
        ("130171", "某开发区", None),
        ("130121", "某县", 1990),
        ("130181", "某市", 1990),
    ],
)
def test_placeholders_and_zones_stay_open(code: str, name: str, expected: int | None) -> None:
    assert regions.last_year(code, regions.Life({198012: name}, {1980}, set(), {1990}, True)) == expected


def test_timeline_ends_in_the_year_after_the_last_list() -> None:
    lives: regions.Lives = {}
    spans = {
        "110103": [{"address": "甲", "start_year": "", "end_year": 2009}],
        "110104": [{"address": "乙", "start_year": 1983, "end_year": 1982}],
        "110105": [{"address": "丙", "start_year": 1990, "end_year": ""}],
    }
    regions.timeline(lives, spans, 2020)
    assert ends(lives) == {"110103": 2010, "110104": 1983, "110105": None}
    assert lives["110105"].seen == {1990}


def test_changes_end_the_old_code_and_begin_the_new() -> None:
    lives: regions.Lives = {}
    code = "110101000000"
    events = [
        {"year": 2021, "old": {"code": code, "name": "甲"}, "new": {"code": "110102000000", "name": "乙"}},
        {
            "year": 2022,
            "old": {"code": "110102000000", "name": "乙"},
            "new": {"code": "110102000000", "name": "丙"},
        },
        {"year": 2023, "old": {"code": "110103000000", "name": "丁"}, "new": {"code": None, "name": None}},
    ]
    regions.changes(lives, events)
    assert (lives["110101"].closed, lives["110102"].closed, lives["110103"].closed) == ({2021}, set(), {2023})
    assert lives["110102"].seen == {2021}


def test_additions_tell_only_of_unknown_codes() -> None:
    lives: regions.Lives = {"110101": regions.Life({200012: "甲"}, {2000}, set(), {2001}, True)}
    regions.additions(lives, {"110101": "旧", "130171": "新区"}, 2021)
    assert ends(lives) == {"110101": 2001, "130171": None}


def test_divisions_nest() -> None:
    tree = {
        "某省": {
            "code": "130000000000",
            "cities": {"某市": {"code": "130100000000", "counties": {"某区": "130102000000"}}},
        },
        "直辖": {
            "code": "110000000000",
            "cities": {"": {"code": None, "counties": {"东区": "110101000000"}}},
        },
    }
    expected = {
        ("130000", "某省"),
        ("130100", "某市"),
        ("130102", "某区"),
        ("110000", "直辖"),
        ("110101", "东区"),
    }
    assert set(regions.divisions(tree)) == expected


def test_bins_of_a_script() -> None:
    text = """list = [{ bankName: "甲行", bankCode: "JH", patterns: [
      { reg: /^(621096|6210)\\d{13}$/g, cardType: "DC" }, { reg: /^(62|)\\d{14}$/g,\n cardType: "CC" },
      { reg: /^(6858000)\\d{13}$/g, cardType: "CC" }] },
      { bankName: "乙行", bankCode: "YH", patterns: [] }]"""
    assert list(build_bins.from_script(text)) == [
        ("JH", "甲行", [(("621096", "19"), "DC"), (("6210", "17"), "DC"), (("62", "16"), "CC")]),
        ("YH", "乙行", []),
    ]
    with pytest.raises(ValueError, match="another form"):
        list(build_bins.from_script(text.replace("\\d{13}", "[0-9]+")))


def test_first_listing_of_a_bin_counts(tmp_path: Path) -> None:
    (tmp_path / "bin.csv").write_text("bin,bank,type,length\n6210,A,DC,19\n6210,B,CC,19\n6210,B,CC,16\n")
    (tmp_path / "name.csv").write_text("bank,name\nA,甲\n")
    cards, names = build_bins.from_folder(tmp_path)
    assert cards == {("6210", "19"): ("A", "DC"), ("6210", "16"): ("B", "CC")}
    assert names == {"A": "甲"}


def test_swapped_surnames_are_taken_out_of_given_names() -> None:
    others = "张刘陈杨赵周吴黄"  # with 王 and 李 the ten commonest: 3 of 10 have swapped the fields
    family = {"王": 600.0, "李": 400.0, "林": 10.0, **dict.fromkeys(others, 20.0)}
    given = {"王": 200.0, "李": 100.0, "林": 50.0, "伟": 70.0, **dict.fromkeys(others, 6.0)}
    expected = {"王": 20.0, "李": 0.0, "林": 47.0, "伟": 70.0, **dict.fromkeys(others, 0.0)}
    assert build_names.unswapped(family, given) == pytest.approx(expected)


def test_surnames_prefer_the_population_and_refuse_given_names(tmp_path: Path) -> None:
    made = {
        "Faker-40.54.0/faker/providers/person/zh_CN/__init__.py": "last_names = OrderedDict((('王', 7.1),))",
        "mingzi-1.2.3/mingzi/data.json": '{"surname": {"王": 0.5, "萧": 0.01}, "com_surname": ["欧阳"]}',
        "jionlp-1.5.31/jionlp/rule/rule_pattern.py": "SINGLE_CHINESE_FAMILY_NAME = '王白'\n"
        "TWO_CHAR_CHINESE_FAMILY_NAME = '司马|欧阳'",
        "sinonym-0.5.1/sinonym/data/familyname_orcid.csv": "surname,ppm\n王,60000\n肖,4000\n敏,200\n"
        "欧阳,700\n山口,85\n撒,0.1\n",
        "sinonym-0.5.1/sinonym/data/givenname_orcid.csv": "character,pinyin,ppm\n肖,xiao1,2000\n"
        "敏,min3,9000\n",
    }
    for name, content in made.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
    expected = {"王": 7.1, "萧": 1.0, "白": None, "司马": None, "欧阳": 0.07, "肖": 0.4}
    assert build_names.surnames(tmp_path) == pytest.approx(expected)


def test_subscriber_digits_follow_the_pattern() -> None:
    pattern = re.compile(r"10[2-8]\d{7}|43[35]\d{7,8}|314[2-8]\d{6}|9999\d{6}")
    found = {
        code: build_area_codes.subscriber_digits(pattern, code) for code in ("10", "433", "314", "999", "20")
    }
    assert found == {"10": "8", "433": "78", "314": "7", "999": "", "20": ""}


def test_fold_joins_full_tens_only() -> None:
    full = {f"134{n:02d}" for n in range(100)} | {f"1740{n}" for n in range(6)}
    assert check_mobile_prefixes.fold(full) == ["134", *(f"1740{n}" for n in range(6))]


def test_unpacking_is_whole_or_not_at_all(tmp_path: Path) -> None:
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pkg/data.txt", "x")
    public_packages._unpack(wheel, tmp_path / "a-1")
    assert (tmp_path / "a-1" / "pkg" / "data.txt").read_text() == "x"
    (tmp_path / "outside.txt").write_text("x")
    hostile = tmp_path / "b.tgz"
    with tarfile.open(hostile, "w:gz") as archive:
        archive.add(tmp_path / "outside.txt", arcname="../../escaped.txt")
    with pytest.raises(ValueError, match="outside"):
        public_packages._unpack(hostile, tmp_path / "b-1")
    assert not (tmp_path / "b-1").exists()
    (tmp_path / "many").mkdir()
    with pytest.raises(FileNotFoundError, match="holds 0"):
        public_packages._only(tmp_path / "many")


def test_traditional_forms_are_of_one_character_each(tmp_path: Path) -> None:
    source = tmp_path / "TSCharacters.txt"
    source.write_text("張\t张\n乾\t乾 干\n乾隆\t乾隆\n𠁞\t𠀾\n鍾\t钟 锺\n", "utf-8")
    assert list(build_traditional.pairs(source)) == [("張", "张"), ("鍾", "钟")]
    (tmp_path / "surnames.csv").write_text("# a: b\nsurname,rank\n张,1\n欧阳,2\n", "utf-8")
    (tmp_path / "given_characters.csv").write_text("# a: b\ncharacter,weight\n伟,1\n", "utf-8")
    (tmp_path / "word_characters.csv").write_text("# a: b\ncharacter,weight\n压,0\n", "utf-8")
    assert build_traditional.in_names(tmp_path) == set("张欧阳伟压")
