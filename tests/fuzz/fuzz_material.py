"""Material of the fuzzing: pieces of what the formats and detectors know, and chance that breaks them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

import hostile
import numpy as np
from numpy.typing import NDArray

from scanner import knowledge
from scanner.detectors.packs import built_in
from scanner.model import Cells

NUMBERS = [
    "13800138000",
    "138",
    "0013",
    "8000",
    "+86",
    "0086",
    "010-88888888",
    "0755",
    "110101199001011237",
    "11010119900101123X",
    "622202123456",
    "6222021234567890123",
    "91110000802100433B",
    "4111111111111111",
    "2023-01-05",
    "05:39:41",
    "20230105053941",
    "1672868381",
    "44931.23",
    "2023年1月5日",
    "下午5点半",
    "Thu",
    "星期四",
    "CST",
    "+0800",
    "113.2644,39.9",
    "东经113°15′51″",
    "N39°54'26\"",
    "4.40981E+17",
    "＋８６",
    "１３８",
    "〇一二三",
    "1234567890123456789012345678901234567890",
    "-0",
    ".0",
    "1e-5",
    "0x41",
    "N1110000",
    "A1110000",
]
SYNTAX = [
    "\n",
    "\r\n",
    "\r",
    "\t",
    ",",
    ";",
    "----",
    '"',
    "'",
    '""',
    "''",
    "\\",
    "\\\\",
    "\\n",
    "\\u4f60",
    "\\ud800",
    "\\uD83D\\uDE00",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '{"a":',
    "[[",
    "]]",
    "null",
    "true",
    "-1.5e10",
    "(",
    "),(",
    ");",
    "NULL",
    "INSERT INTO t VALUES (",
    "INSERT INTO `t` (`a`,`b`) VALUES ",
    "COPY t (a,b) FROM stdin;\n",
    "\\.\n",
    "--",
    "/*",
    "*/",
    "#",
    "E'",
    "U&'",
    "N'",
    "x'41'",
    "q'[",
    "$a$",
    "GO\n",
    "=",
    '="',
    "@",
    ".",
    "_",
    "-",
    "/",
    "+",
    "(",
    ")",
    "·",
    "•",
    "…",
    "\u3000",
    "：",
    "，",
    "（",
    "）",
    "。",
    "\x00",
    "\x1f",
    "\x7f",
]
BROKEN = [
    *(bytes([byte]) for byte in (0x80, 0xBF, 0xC0, 0xC2, 0xE2, 0xED, 0xEF, 0xF0, 0xF4, 0xFE, 0xFF)),
    b"\xe2\x80", b"\xef\xbc", b"\xf0\x9f", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xff\xfe", b"\x81\x30\x81\x30",
    "å¼\u00a0ä¸‰".encode(), "寮犱笁".encode(), "ÕÅÈý".encode(), "张三,李四".encode("gb18030"), "張三".encode("big5"),
    "张三".encode("utf-16-le"), "张".encode("utf-32-be"), "😀𠮷".encode(),
]  # fmt: skip


@cache
def pieces() -> list[bytes]:
    """What inputs are put together from."""
    lexicon = [word for words in knowledge.toml("address.toml")["latin"].values() for word in words]
    divisions = knowledge.table("divisions").columns["name"][::40]
    surnames = knowledge.table("surnames").columns["surname"][::8]
    examples = [
        text if isinstance(text, str) else text[0]
        for pattern in built_in()
        for text in (*pattern.examples, *pattern.counterexamples)
    ]
    places = [
        "省",
        "市",
        "区",
        "县",
        "镇",
        "路",
        "街",
        "号",
        "楼",
        "单元",
        "室",
        "村",
        "组",
        "之",
        "第",
        "3号楼",
        "201室",
        "12弄",
        "大厦",
        "小区",
    ]
    texts = [*NUMBERS * 3, *SYNTAX * 4, *examples, *lexicon, *divisions, *surnames, *places]
    return [text.encode() for text in texts] + BROKEN * 8 + hostile.values(long=False)


class Chance:
    """The dice of one batch: the same seed gives the same batch."""

    def __init__(self, name: str, batch: int) -> None:
        self.batch = batch
        self.random = random.Random(f"{name} {batch}")
        self.numbers = np.random.default_rng(self.random.getrandbits(64))

    def bytes(self, most: int, favour: list[bytes] | None = None) -> bytes:
        """Up to about ``most`` bytes of pieces, some of them damaged; ``favour``: pieces of which it has more."""
        rng, target = self.random, self.random.randrange(most + 1)
        made = bytearray()
        some = rng.choices(pieces(), k=8) + (favour or [])  # repeated, so that inputs are alike inside
        while len(made) < target:
            made += b"".join(rng.choices(some if rng.random() < 0.7 else pieces(), k=max(1, target // 8)))
        return self.damaged(bytes(made[: target if rng.random() < 0.5 else None]))

    def texts(self, count: int, favour: list[bytes]) -> Iterator[bytes]:
        """So many texts, mostly of less than 300 bytes: places of one damaged text, which costs a tenth of ``bytes``."""
        rng, draw = self.random, self.numbers
        some = rng.choices(pieces(), k=20) + favour * 2  # repeated, so that inputs are alike inside
        parts = rng.choices(some, k=1500) + rng.choices(pieces(), k=500)
        rng.shuffle(parts)
        pool = np.frombuffer(bytearray(b"".join(parts)), np.uint8)
        where = draw.integers(0, len(pool), len(pool) // rng.choice((20, 60, 300, len(pool))))
        pool[where] ^= (1 << draw.integers(0, 8, len(where))).astype(np.uint8)
        pool[where[::4]] = draw.choice(
            np.array([0, 10, 34, 39, 92, 127, 128, 255], np.uint8), len(where[::4])
        )
        held = pool.tobytes()
        for _ in range(count):
            at, size = rng.randrange(len(held)), rng.randrange(self.length() + 1)
            text = held[at : at + size]
            if rng.random() < 0.3:  # two places together, or one twice
                other = rng.randrange(len(held))
                text += rng.choice((text, held[other : other + size // 2]))
            yield text

    def damaged(self, raw: bytes, most: int = 12) -> bytes:
        """The bytes with some changed, left out, doubled or moved; at times none."""
        rng = self.random
        out = bytearray(raw)
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3, most))):
            if not out:
                return bytes(out)
            at, kind = rng.randrange(len(out)), rng.randrange(8)
            stop = min(len(out), at + rng.choice((1, 2, 3, 8, 40, 500)))
            if kind < 3:
                out[at] ^= 1 << rng.randrange(8)
            elif kind == 3:
                out[at] = rng.choice((0, 0x0A, 0x22, 0x27, 0x5C, 0x7F, 0x80, 0xFF, rng.randrange(256)))
            elif kind == 4:
                del out[at:stop]
            elif kind == 5:
                out[at:at] = out[at:stop]
            elif kind == 6:
                out[at:at] = rng.choice(pieces())
            else:
                other = rng.randrange(len(out))
                out[at:stop] = out[other : other + stop - at]
        return bytes(out)

    def cells(self, most: int = 3000) -> Cells:
        """Cells that lie anywhere in damaged text; at times few of them, in a buffer that ends with the last."""
        rng, draw = self.random, self.numbers
        count = rng.choice((1, 2, 15, 16, 17, 64, most, most, most))
        parts = rng.choices(pieces(), k=count * rng.choice((1, 1, 3)))
        data = np.frombuffer(bytearray(b"".join(parts)), np.uint8)
        if len(data) and rng.random() < 0.8:
            where = draw.integers(0, len(data), len(data) // rng.choice((10, 50, 300)) + 1)
            data[where] ^= (1 << draw.integers(0, 8, len(where))).astype(np.uint8)
        if rng.random() < 0.5:  # as the pieces lie
            ends = np.cumsum([len(part) for part in parts])[:: len(parts) // count][:count]
        else:
            ends = np.sort(draw.integers(0, len(data) + 1, count))
        ends[-1] = len(data)
        starts = np.concatenate([[0], ends[:-1]])
        if rng.random() < 0.1:
            starts[:] = ends - np.minimum(ends - starts, 2)
        return Cells(data, starts.astype(np.int32), ends.astype(np.int32))

    def words(self, count: int, width: int) -> NDArray[np.uint64]:
        """Keys uint64[count, width], of which many are equal, or equal but for a word."""
        draw = self.numbers
        made = draw.integers(0, 1 << 64, (count, width), np.uint64)
        pool = max(1, count // self.random.choice((1, 2, 50)))
        made = made[draw.integers(0, pool, count)] if count else made
        if self.random.random() < 0.3:
            made[:, -1] &= np.uint64(self.random.choice((1, 7, 255)))
        if self.random.random() < 0.2:
            made[:, 0] &= np.uint64(self.random.choice((0, 0xFF << 56, 1)))
        return np.ascontiguousarray(made)

    def length(self) -> int:
        """How many bytes a text may have: mostly few, so that there can be many of them."""
        return 3000 if self.random.random() < 0.04 else self.random.choice((20, 40, 100, 200, 300))

    def size(self) -> int:
        """How many things."""
        return self.random.choice((0, 1, 2, 7, 16, 100, 1000, 4000))
