"""One batch for each kernel that reads text: damaged files, given in pieces of any size. Each returns how many inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from fuzz_material import Chance
from numpy.typing import NDArray

from scanner.kernels import escapes, json_cells, json_layout, mixed, sql_rows, tokenize, transcode, zip_cipher
from scanner.kernels.json_values import ENDED, ESCAPED_BIT, WANTS_ROOM, WANTS_TEXT, Reader
from scanner.sources import labelled
from scanner.sources.escapes import pairs_of_gbk, plain
from scanner.sources.labelled import Labels
from scanner.sources.mixed import weights

BATCH = 400
Octets = NDArray[np.uint8]
JSON = [
    b'{"a":1,"b":"x"}\n', b'{"a":', b'[', b']', b'}', b'{', b',', b':', b'"', b'"\\u4f60\\"', b'null', b'-1.5e3', b' ',
    b'\n', b'{"rows":[', b'{"a":[{"b":"13800138000"},', b"'", b"NaN", b"// x\n", b'{"\\ud83d\\ude00":[1,[2,[3]]]}', b'""',
]  # fmt: skip
SQL = [
    b"INSERT INTO t VALUES (1,'a'),", b"(2,'b''c\\'d')", b";\n", b",", b"(", b")", b"'", b"\\", b"NULL", b"-- x\n", b"/*", b"*/",
    b"copy c from stdin;\n", b"1\t2\n", b"\\.\n", b"insert into u values ", b"E'\\x41'", b"U&'\\4f60'", b"X'41'", b"$$", b"$a$",
    b"q'[", b"]'", b"`", b"CREATE TABLE t (a int);\n", b"GO\n", b"_utf8'x'", b"0x41", b"#", b"N'",
]  # fmt: skip
CSV = [
    b",",
    b'"',
    b'""',
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b"----",
    b"a,b\n",
    b'"a,b",c\n',
    b"'",
    b"\\",
    "，".encode(),
    b"x",
]


LABELLED = [
    "姓名：王小明\n".encode(), "姓　名: 李\n".encode(), b"phone: 138\n", b"name=x ", "【姓名】王".encode(), b"\n", b"----\n", b":", b" ",
    b"*** 1. row ***\n", b"- ", b"1. ", "，".encode(), "：".encode(), "　".encode(), b"'", b"[", b"=>", b"\r\n", b"x", b"\xe5", b"\xe3\x80",
]  # fmt: skip
ENCODED = [
    *("张三，李四".encode(name) for name in ("utf-8", "gb18030", "utf-16-le", "utf-16-be")), "張三，電話".encode("big5"), b"\n", b"\r\n",
    "寮犱笁".encode(), "å¼ ä¸‰".encode(), "😀𠮷".encode(), "𠮷".encode("gb18030"), b"13812345678,", b"\xe5\xbc", b"\x81\x30", b"\xd8\x00",
]  # fmt: skip


def pieces(chance: Chance, text: bytes) -> Iterator[tuple[int, int]]:
    """Where buffers begin and end that grow behind what was consumed; the caller sends how much was."""
    at, stop, size = 0, 0, len(text)
    step = chance.random.choice((1, 2, 7, 64, 1000, size + 1))
    if size // step > 200:
        step = size // 200 + 1
    while True:
        stop = min(size, max(stop, at) + step)
        at += yield at, stop
        if stop == size:
            return


def read_as_blocks(chance: Chance, text: bytes, split: Callable[[Octets, bool], tokenize.Tokens]) -> None:
    """Has a text split as blocks are read: what was not consumed comes again with more behind it."""
    rng, base = chance.random, 0
    while True:
        stop = rng.choice((len(text), len(text), min(len(text), base + rng.randrange(1, 500))))
        buffer = np.frombuffer(bytearray(text[base:stop]), np.uint8)
        found = split(buffer, stop == len(text))
        assert 0 <= found.consumed <= len(buffer)
        assert ((found.start >= 0) & (found.start <= found.end) & (found.end <= len(buffer))).all()
        assert ((found.loose_start <= found.loose_end) & (found.loose_end <= found.consumed)).all()
        assert len(tokenize.lone_returns(buffer, found.loose_start, found.loose_end)) == len(
            found.loose_start
        )
        base += found.consumed
        if found.overlong:
            base += rng.randrange(1, 500)
        elif stop == len(text):
            assert found.consumed == len(buffer)
            break
        if base >= len(text):
            break


def undoubled(buffer: Octets, found: tokenize.Tokens, quote: int, escape: int) -> None:
    """Has doubled quotes made single in memory that just suffices, a byte behind the text: there an empty cell may lie."""
    start, end = found.start.copy(), found.end.copy()
    chosen = np.zeros(start.T.shape, bool)
    chosen.flat[found.doubled] = True
    at = len(buffer) + 1
    room = np.concatenate([buffer, np.zeros(1 + (end - start)[chosen.T].sum(), np.uint8)])
    other, other_end = room.copy(), end.copy()
    tokenize.undouble(other, at, found.doubled, quote, escape, start.copy(), other_end, path=1)
    tokenize.undouble(room, at, found.doubled, quote, escape, start, end)
    assert (other_end == end).all()
    assert (other[: end.max()] == room[: end.max()]).all()
    assert (room[: len(buffer)] == buffer).all()
    assert ((start >= at) == chosen.T).all()
    assert ((start <= end) & (end <= len(room))).all()
    assert (end - start <= found.end - found.start).all()
    assert (end - start < found.end - found.start).any(axis=0)[found.doubled // len(start)].all()


def fuzz_tokenize(chance: Chance) -> int:
    rng = chance.random
    for text in chance.texts(BATCH, CSV):
        delimiter = rng.choice((b",", b"\t", b"----", b"", "，".encode(), b"||", b"12345678"))
        quote, path = rng.choice((-1, 34, 39)), rng.randrange(4)
        width = rng.choice((1, 2, 2, 3, 40)) if delimiter else 1
        carriage, escape = rng.random() < 0.3, rng.choice((-1, -1, 92))
        bounds = {}
        if rng.random() < 0.3:
            bounds = {
                "longest": rng.choice((1, 30, 1000)),
                "longest_quoted": rng.choice((1, 9)),
                "most_lines": 2,
            }

        def split(buffer: Octets, final: bool) -> tokenize.Tokens:
            buffer.flags.writeable = False
            found = tokenize.tokenize(
                buffer, delimiter, quote, width, final=final, carriage=carriage, escape=escape, path=path, **bounds,  # noqa: B023
            )  # fmt: skip
            if len(found.doubled):
                undoubled(buffer, found, quote, escape)  # noqa: B023
            return found

        read_as_blocks(chance, text, split)
    return BATCH


def fuzz_labels(chance: Chance) -> int:
    rng = chance.random
    for text in chance.texts(BATCH, LABELLED):
        forms = rng.sample(
            [b"name", b"phone", "姓名".encode(), "姓　名".encode(), b"x", b"\xe5"], rng.randrange(1, 5)
        )
        columns = [each for each in forms for _ in range(rng.randrange(1, 4))]
        chosen = Labels(
            (*([b""] if rng.random() < 0.5 else []), *columns), rng.random() < 0.5, rng.random() < 0.5
        )
        longest = rng.choice((5, 100, 1 << 20))

        def split(buffer: Octets, final: bool) -> tokenize.Tokens:
            found = labelled.split(buffer, chosen, final, longest)  # noqa: B023
            assert (found.end <= found.consumed).all()
            return found

        read_as_blocks(chance, text, split)
    return BATCH


def fuzz_json_values(chance: Chance) -> int:
    """And ``json_paths``, ``json_cells.unescape``: all of a text is in records or damaged pieces, whatever it is."""
    rng = chance.random
    for text in chance.texts(BATCH, JSON):
        options = {
            "most": rng.choice((1, 3, *[1000] * 6)),
            "longest": rng.choice((16, 200, 1 << 20)),
            "mapped": rng.choice((0, 1, 3, 4, 8, 2**64 - 1)),
            "unfolded": rng.choice((0, 0, 2, 4, 2**64 - 1)),
        }
        if rng.random() < 0.2:
            options |= {"most_values": rng.choice((8, 50)), "piece": rng.choice((16, 100))}
        among = rng.random() < 0.3
        reader = Reader(among or rng.random() < 0.5, among=among, **options)
        whole = np.frombuffer(bytearray(text), np.uint8)
        at = stop = 0
        room = rng.choice((4, 60, 500, 500))
        step = max(rng.choice((1, 9, *[5000] * 5)), len(text) // 6)
        for _ in range(100_000):
            arrays = [np.full(room, -7, np.int32) for _ in range(4)]
            table = np.full((max(2, room // 2), 4), -7, np.int32)
            state, consumed, count, rows = reader.read(whole[at:stop], stop == len(text), *arrays, table)
            node, record, start, end = (array[:count] for array in arrays)
            plain = end & ~ESCAPED_BIT if ESCAPED_BIT > 0 else end & 0x7FFFFFFF
            assert ((start >= 0) & (start <= plain) & (plain <= stop - at)).all()
            assert ((record >= 0) & (record < rows)).all()
            assert 0 <= consumed <= stop - at
            json_cells.unescape(whole[at:stop].copy(), start, end)
            for each in node[:3].tolist():
                reader.paths.step(each)
            at += consumed
            if state == ENDED:
                assert at == len(text)
                break
            if state == WANTS_ROOM and not consumed and not rows:
                room *= 2
            elif state == WANTS_TEXT:
                assert stop < len(text)
                stop = min(stop + step, len(text))
        else:
            raise AssertionError("it never ends")
    return BATCH


def fuzz_json_cells(chance: Chance) -> int:
    """Values of records put into columns, as the tables of JSON do it; and values that lie anywhere."""
    rng, draw = chance.random, chance.numbers
    text = np.frombuffer(
        bytearray(chance.bytes(3000, [b"\\", b"\\u", b"\\ud83d\\ude00", b"\\n", b"\\\\", b"00e9", b'"'])),
        np.uint8,
    )
    values = rng.choice((0, 1, 20, 900))
    cut = np.sort(draw.integers(0, len(text) + 1, 2 * values)).astype(np.int32)
    start, end = cut[::2].copy(), cut[1::2].copy()
    json_cells.unescape(text.copy(), start, end | np.int32(ESCAPED_BIT) if ESCAPED_BIT < 1 << 31 else end)
    records, paths = rng.randrange(1, 30), rng.randrange(1, 12)
    node = draw.integers(0, paths, values).astype(np.int32)
    record = np.sort(draw.integers(0, records, values)).astype(np.int32)
    row = draw.integers(-1, records, records).astype(np.int32)
    row = np.where(row < 0, -1, np.cumsum(row >= 0) - 1).astype(np.int32)
    rows = int((row >= 0).sum())
    column = np.full(paths, -1, np.int32)
    dense = rng.randrange(0, paths + 1)
    column[:dense] = range(dense)
    new, counts = json_cells.count(node, record, row, column, dense)
    assert (column[new] == dense + np.arange(len(new))).all()
    counts[:dense] = 0
    at = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    lists = [np.zeros(int(at[-1]), np.int32) for _ in range(3)]
    cell_start, cell_end = (np.zeros((dense, rows), np.int32) for _ in range(2))
    json_cells.fill(node, record, start, end, row, column, cell_start, cell_end, at[:-1].copy(), *lists)
    return max(values, 1)


def fuzz_sql_rows(chance: Chance) -> int:
    rng = chance.random
    for text in chance.texts(BATCH, SQL):
        if rng.random() < 0.5:
            text = rng.choice(SQL[:1]) + text
        bounds = (rng.choice((1, 20, 300)), rng.choice((1, 10))) if rng.random() < 0.2 else ()
        reader = sql_rows.Reader(rng.random() < 0.5, *bounds)
        base = stop = 0
        step = max(rng.choice((1, 30, *[5000] * 5)), len(text) // 8)
        while True:
            stop = min(stop + step, len(text))
            buffer = np.frombuffer(bytearray(text[base:stop]), np.uint8)
            reader.open(buffer, stop == len(text))
            while reader.walk() == sql_rows.ASKS:
                shape = reader.shape_of(rng.choice((-1, -1, 1, 2, 3)), rng.random() < 0.5)
                length = min(rng.randrange(1, 30), len(buffer) - reader.at)
                kind = rng.randrange(4)
                if kind == 0 or length < 1:
                    reader.text()
                elif kind == 1:
                    reader.lines(shape, length)
                else:
                    reader.tuples(shape, length)
                if rng.random() < 0.05:
                    reader.forget()
            taken = reader.take()
            for part in taken.rows:
                assert ((part.start >= 0) & (part.start <= part.end) & (part.end <= len(buffer))).all()
            for start, end in ((taken.loose_start, taken.loose_end), (taken.text_start, taken.text_end)):
                assert ((start >= 0) & (start <= end) & (end <= len(buffer))).all()
            base += reader.at
            if stop == len(text):
                assert base == len(text)
                break
    return BATCH


def fuzz_transcode(chance: Chance) -> int:
    rng = chance.random
    for text in chance.texts(BATCH, ENCODED):
        encoding = rng.choice(transcode.ENCODINGS)
        room = np.empty(rng.choice((16, 100, *[3 * len(text) + 16] * 3)), np.uint8)
        at = 0
        for _ in range(30):
            source = np.frombuffer(text[at : at + rng.choice((5, *[900] * 6, len(text) + 1))], np.uint8)
            done = transcode.transcode(source, room, encoding, final=at + len(source) == len(text))
            assert 0 <= done.consumed <= len(source)
            assert 0 <= done.written <= len(room)
            room[: done.written].tobytes().decode("utf-8", "strict")
            if rng.random() < 0.3:
                where = np.sort(chance.numbers.integers(0, done.written + 2, 9))
                transcode.offsets(source[: done.consumed], where, encoding)
            at += done.consumed
            if at == len(text):
                break
        raw = np.frombuffer(text, np.uint8)
        counts = {transcode.count_invalid(raw, path=path) for path in (0, 1)}
        assert len(counts) == 1
        transcode.count_controls(raw)
    return BATCH


def fuzz_mixed(chance: Chance) -> int:
    rng = chance.random
    for text in chance.texts(BATCH, ENCODED):
        main = rng.choice(mixed.READINGS_OF_LINES[:3])
        lines = mixed.Lines(
            main, [each for each in mixed.READINGS_OF_LINES[:3] if rng.random() < 0.6], weights
        )
        at, last = 0, -1
        room = np.empty(3 * len(text) + 6 * mixed.UNIT + 64, np.uint8)
        while at < len(text):
            source = np.frombuffer(text[at : rng.choice((len(text), at + 900))], np.uint8)
            final = at + len(source) == len(text)
            stop, _ = lines.sound(source, final=final)
            assert 0 <= stop <= len(source)
            done = lines.recode(source, room, final=final, last=last)
            assert 0 <= done.written <= len(room)
            where = np.sort(chance.numbers.integers(0, done.written + 1, 20))
            found = lines.retrace(source, done.pieces, where)
            assert ((found >= 0) & (found <= len(source))).all()
            if not done.consumed:
                source = np.frombuffer(text[at:], np.uint8)
                done = lines.recode(source, room, final=True, last=last)
                assert done.consumed == len(source)
            at, last = at + done.consumed, done.last
    return BATCH


def fuzz_json_layout(chance: Chance) -> int:
    """JSON in lines, also of what is none: no byte but line ends and blanks is added."""
    for text in chance.texts(BATCH, JSON):
        lines = json_layout.laid_out(text, chance.random.choice((0, 1, 7)))
        assert lines.translate(None, b" \n") == text.translate(None, b" \n")
    return BATCH


def fuzz_escapes(chance: Chance) -> int:
    rng = chance.random
    for text in chance.texts(
        BATCH,
        [
            b"\\u5f20",
            b"%E5%BC%A0",
            b"\\ud83d\\ude00",
            b"%",
            b"%40",
            b"%25",
            b"\\\\u",
            b"%F0%9F%98%80",
            b"%D5%C5",
            b"%E9F",
        ],
    ):
        data = np.frombuffer(bytearray(text), np.uint8)
        start = np.array(sorted(rng.randrange(len(data) + 1) for _ in range(5)), np.int32)
        end = np.array([rng.randrange(at, len(data) + 1) for at in start.tolist()], np.int32)
        encoding = rng.choice(("utf-8", "gbk"))
        pairs = pairs_of_gbk() if encoding == "gbk" else None
        which = escapes.escaped(data, start, end, pairs)
        memory = np.concatenate([data, np.zeros(int((end - start)[which].sum()), np.uint8)])
        wanted = [plain(text[a:b], encoding) for a, b in zip(start.tolist(), end.tolist(), strict=True)]
        escapes.write(memory, len(data), which, start, end, pairs)
        assert [memory[a:b].tobytes() for a, b in zip(start, end, strict=True)] == wanted
    return BATCH


def fuzz_zip_cipher(chance: Chance) -> int:
    for text in chance.texts(BATCH, []):
        cipher = zip_cipher.ZipCipher(text[:40])
        cipher.decrypt(text)
        cipher.decrypt(b"")
    return BATCH


TARGETS = {
    name.removeprefix("fuzz_"): target
    for name, target in list(globals().items())
    if name.startswith("fuzz_") and callable(target)
}
