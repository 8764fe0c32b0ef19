from __future__ import annotations

import codecs
import random

import pytest
from memory_file import MemoryFile

from scanner.errors import SourceError
from scanner.model import ReadOptions
from scanner.sources.opening import Sources
from scanner.sources.probe import find_encoding, kind

SIMPLE = (
    "赵钱孙李周吴郑王冯陈张伟芳娜秀英敏静丽强磊军洋勇艳杰涛明超兰霞平刚北京上海广州深圳市朝阳区建国路号单元室"
)
TRADITIONAL = (
    "趙錢孫李周吳鄭王馮陳張偉芳娜秀英敏靜麗強磊軍洋勇豔傑濤明超蘭霞平剛臺北新竹高雄市大安區中正路號樓"
)


def text(letters: str, lines: int, seed: int = 1) -> str:
    rng = random.Random(seed)

    def words(count: int) -> str:
        return "".join(rng.choice(letters) for _ in range(count))

    rows = (f"{n},{words(3)},1{rng.randrange(10**10):010},{words(12)}{n}" for n in range(lines))
    return "\n".join(rows) + "\n"


ENCODED = [
    ("utf-8", SIMPLE, "utf-8"),
    ("gb18030", SIMPLE, "gb18030"),
    ("gb2312", SIMPLE, "gb18030"),
    ("utf-8", TRADITIONAL, "utf-8"),
    ("big5", TRADITIONAL, "big5"),
    ("gb18030", TRADITIONAL + SIMPLE, "gb18030"),
    ("utf-16-le", SIMPLE, "utf-16-le"),
    ("utf-16-be", TRADITIONAL, "utf-16-be"),
]


@pytest.mark.parametrize("lines", [1, 3, 200, 40000])
@pytest.mark.parametrize(("codec", "letters", "expected"), ENCODED)
def test_encodings(codec: str, letters: str, expected: str, lines: int) -> None:
    data = text(letters, lines).encode(codec)
    assert find_encoding(MemoryFile(data)).name == expected


@pytest.mark.parametrize("share", [0.0001, 0.005, 0.02])
@pytest.mark.parametrize(("codec", "letters", "expected"), ENCODED)
def test_damaged_bytes_change_nothing(codec: str, letters: str, expected: str, share: float) -> None:
    rng = random.Random(7)
    data = bytearray(text(letters, 2000).encode(codec))
    for _ in range(int(share * len(data)) + 1):
        data[rng.randrange(len(data))] = rng.randrange(256)
    assert find_encoding(MemoryFile(bytes(data))).name == expected


@pytest.mark.parametrize("ascii_bytes", [70_000, 3_000_000, 11_000_000])
@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5"])
def test_the_first_chinese_comes_late(codec: str, ascii_bytes: int) -> None:
    tail = text(TRADITIONAL if codec == "big5" else SIMPLE, 5).encode(codec)
    data = b"1,abc,13800138000\n" * (ascii_bytes // 18) + tail + b"1,abc,13800138000\n" * 5000
    assert find_encoding(MemoryFile(data)).name == codec


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"\x84\x31\x95\x33", "gb18030"),
    ],
)
def test_byte_order_marks(mark: bytes, name: str) -> None:
    found = find_encoding(MemoryFile(mark + "姓名\n".encode(name)))
    assert (found.name, found.mark) == (name, len(mark))


def test_what_is_declared_wins() -> None:
    data = text(SIMPLE, 50).encode("gb18030")
    assert find_encoding(MemoryFile(data), "Big5").name == "big5"
    assert find_encoding(MemoryFile(data), "GBK").name == "gb18030"
    marked = MemoryFile(codecs.BOM_UTF16_BE + b"\0a")
    assert find_encoding(marked, "utf-16").name == "utf-16-be"
    for label in ("klingon", "latin-1"):
        with pytest.raises(SourceError):
            find_encoding(MemoryFile(data), label)


@pytest.mark.parametrize("rows", [1, 10, 1000])
def test_pairs_of_gb18030_that_are_valid_in_utf8_tell_nothing(rows: int) -> None:
    text = "姓名,手机号,案由\n" + "x,13912345670,诈骗\n" * rows
    file = MemoryFile(text.encode("gb18030"))
    assert find_encoding(file).name == "gb18030"


def test_text_of_no_chinese_encoding_is_left_as_it_is() -> None:
    data = "é,ü,ñ à la carte, naïve café\n".encode("latin-1") * 50
    found = find_encoding(MemoryFile(data))
    assert (found.name, found.sure) == ("utf-8", False)


@pytest.mark.parametrize("codec", ["utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_utf32(codec: str, mark: str) -> None:
    found = find_encoding(MemoryFile((mark + text(SIMPLE, 30)).encode(codec)))
    assert (found.name, found.mark) == (codec, 4 * len(mark))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"1,~{UEH}~},~{1H;},13800138000~}\n" * 3, "HZ"),
        ("姓名,张三\n".encode("hz") * 3, "HZ"),
        (b"\x1b$)A\x0eUEH}\x0f,13800138000\n", "ISO-2022"),
        ("姓名,住址,手机号码\n张三丰,李四光,王五岳\n".encode("utf-7"), "UTF-7"),
        (b"1,+8613800138000,a\n" * 50, None),
        (b"a~{b,c~}\n" + b"x" * 20 + b"\n" + b"aGVsbG8+d29ybGQrZm9vYmFyCg==\n" * 20, None),
        (b"a,b,13800138000\n" * 5, None),
    ],
)
def test_encodings_of_seven_bits_are_named(data: bytes, name: str | None) -> None:
    found = find_encoding(MemoryFile(data))
    assert (found.name, found.seven) == ("utf-8", name)


@pytest.mark.parametrize(
    ("parts", "main", "lines"),
    [
        (["utf-8"], "utf-8", ("gb18030",)),
        (["gb18030"], "gb18030", ("utf-8",)),
        (["utf-8", "big5"], "utf-8", ("big5",)),
        (["gb18030", "big5"], "gb18030", ("utf-8", "big5")),
        (["big5"], "big5", ("utf-8",)),
    ],
)
def test_what_single_lines_may_be(parts: list[str], main: str, lines: tuple[str, ...]) -> None:
    data = b"".join(text(TRADITIONAL if part == "big5" else SIMPLE, 3000).encode(part) for part in parts)
    found = find_encoding(MemoryFile(data))
    assert found.lines is not None
    assert {found.name, *found.lines} == {main, *lines}
    assert find_encoding(MemoryFile(data), main).lines is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\x7fELF" + bytes(100),
        random.Random(1).randbytes(50_000),
        bytes(5000),
    ],
)
def test_what_is_no_text_is_refused_in_one_sentence(data: bytes) -> None:
    sources = Sources(lambda word: False, lambda texts: [False] * len(texts))
    with pytest.raises(SourceError, match=r"^looks like .*, which is not read$"):
        list(sources.batches(MemoryFile(data), ReadOptions()))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a",
        b"a\x01b\x01c\n" * 100,
        b"a,b\0\0,c\n" * 100,
        text(SIMPLE, 20).encode("gb18030"),
        text(SIMPLE, 20).encode("utf-16-le"),
        b"no newline at all",
        "é,ü\n".encode("latin-1") * 20,
    ],
)
def test_text_is_delimited(data: bytes) -> None:
    assert kind(MemoryFile(data)) == "delimited"


def test_parquet() -> None:
    assert kind(MemoryFile(b"PAR1" + bytes(20))) == "parquet"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", ["\u3000", ",", "\u3000\u3000"])
def test_ideographic_spaces_in_utf16(codec: str, delimiter: str) -> None:
    """U+3000 has its NUL where ASCII characters have theirs in the other byte order."""
    data = text(SIMPLE, 60).replace(",", delimiter).encode(codec)
    assert find_encoding(MemoryFile(data)).name == codec
    assert kind(MemoryFile(data)) == "delimited"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("before", [True, False])
def test_text_that_is_filled_up_with_nuls_is_text(encoding: str, before: bool) -> None:
    raw, padding = text(SIMPLE, 100).encode(encoding), bytes(1 << 20)
    file = MemoryFile(padding + raw if before else raw + padding)
    assert kind(file) == "delimited"
    assert before or find_encoding(file).name == encoding


@pytest.mark.parametrize("raw", [bytes(5000), b"\x07\x01\0\0\x02" * 500])
def test_what_is_filled_up_with_nuls_need_not_be_text(raw: bytes) -> None:
    assert kind(MemoryFile(raw)) == "binary"
