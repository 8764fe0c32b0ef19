"""Random dumps: columns in any order under headers in several languages or none, damaged, repeated, masked, mixed.

A dump depends on its seed alone.
"""

from __future__ import annotations

import json
import sqlite3
import zipfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

from reference import people
from reference.kinds import KINDS
from reference.reading import Given

# What stands in one file.
TOGETHER = (
    ("phone", "longitude", "latitude", "moment"),
    ("name", "phone", "coordinate", "moment"),
    ("plate", "checkpoint", "moment"),
    ("id", "longitude", "latitude", "moment", "hotel", "checkin"),
    ("imei", "longitude", "latitude"),
    ("caller", "callee", "trade", "duration"),
    ("name", "id", "hotel", "room", "checkin"),
    ("name", "card", "password"),
    ("card", "amount", "balance", "trade"),
    ("account", "password"),
    ("email", "password"),
    ("company", "code", "name", "phone", "address"),
    ("code", "income", "name"),
    ("order", "goods", "amount", "name", "phone", "address"),
    ("phone", "verification", "sms"),
    ("name", "id", "diagnosis"),
    ("name", "plate", "vin", "phone"),
    ("name", "id", "credit", "marital", "school"),
    ("name", "id", "phone", "name", "phone"),
    ("id", "permit", "foreigner", "passport"),
    ("gansu", "card"),
    ("spoiled_id", "name"),
    ("phone", "longitude", "latitude", "day", "clock"),
    ("phone", "cell", "moment"),
    ("masked_name", "masked_phone", "masked_id"),
    ("securities", "password", "phone"),
    ("name", "account_number", "balance"),
    ("card", "expiry", "name"),
    ("payment", "password", "phone"),
    ("name", "estate", "room", "phone"),
    ("name", "offence", "birth"),
    ("digit_code", "company", "phone"),
)
NOTHING_HEADS = ("c1", "字段3", "", "col_2", "数据")
NOTHING = ("", "", "", "NULL", "-", "无", "暂无", "\\N", "N/A", " ", "--")
DUMMIES = (
    "13800138000",
    "13000000000",
    "12345678901",
    "110101199001011234",
    "111111111111111111",
    "6200000000000005",
)
# What no column is for, and what has stopped a reader or a rule somewhere.
JUNK = (
    *("9" * 40, "99999999999999999999-1-1", "1e400", "NaN", "-inf", "=1+1", "0x1F", "2024-13-45 99:99:99"),
    *(
        "0000-00-00",
        "😀",
        "𠮷野家",
        "\u200b\u200b",
        "\ufeff张三",
        "“引号”",
        "a@b@c.cn",
        "@@@",
        "%s%n",
        "<b>x</b>",
    ),
    *("\\N\\N", "'", "x''y", "＃", "．．．", "ａｂｃ＠ｅｘａｍｐｌｅ．ｃｏｍ", "１３９１２３４５６７８"),
    *(
        "（１１０１０１１９９００３０７４５１４）",
        "北京市",
        "路路路路路路",
        "1" * 300,
        "x" * 5000,
        "12:34:56",
        "::1",
    ),
    *(
        "10.0.0.1.5",
        "1.2.3.4",
        "+86",
        "0086-",
        "86 86 86",
        "460001234567890",
        "京A12345挂",
        "WJ京1234X",
        "第第第",
    ),
    *(
        "欧阳",
        "·",
        "李·",
        "180°E",
        "-181",
        "104.1.2",
        "104,30",
        "N30 E104",
        "null;null",
        "true",
        "\u3000",
        "a\tb",
    ),
    *("NULL ", "无无", "??", "…"),
)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def hidden(text: str) -> str:
    if len(text) < 6:
        return text[:1] + "*" * max(1, len(text) - 1)
    return text[:3] + "*" * (len(text) - 7 if len(text) > 8 else 2) + text[-4:]


def spoiled(random: Random, text: str) -> str:
    """Another digit somewhere, or one that is missing; of phones none, as what is left may be restored to another."""
    places = [at for at, c in enumerate(text) if at and c.isdigit()]
    if not places:
        return text
    at = random.choice(places)
    other = str((int(text[at]) + random.randint(1, 9)) % 10)
    return text[:at] + (other if len(text) < 14 else random.choice(("", other))) + text[at + 1 :]


def grouped(random: Random, text: str) -> str:
    """Written as people write numbers."""
    if not text.isascii() or not text.isdigit():
        return text
    sign = random.choice(" -")
    if len(text) == 11:
        return random.choice(
            (f"{text[:3]}{sign}{text[3:7]}{sign}{text[7:]}", f"+86 {text}", f"86{text}", text.translate(WIDE))
        )
    if len(text) >= 16:
        return sign.join(text[at : at + 4] for at in range(0, len(text), 4))
    return text.translate(WIDE)


def changed(random: Random, text: str, rate: float) -> str:
    """Mostly as it is; else missing, damaged, masked, a placeholder, in other writing."""
    if random.random() >= rate:
        return text
    return random.choice(
        (
            lambda: random.choice(NOTHING),
            lambda: random.choice(JUNK),
            lambda: spoiled(random, text),
            lambda: hidden(text),
            lambda: random.choice(DUMMIES),
            lambda: grouped(random, text),
            lambda: f" {text}\t" if random.random() < 0.5 else f"{text} ",
            lambda: f'="{text}"' if text.isdigit() else text,
            lambda: f"{text}、{people.phone(random)}",
            lambda: f"{text}/{people.name(random)}",
        )
    )()


@dataclass
class Sheet:
    """What a file holds: headers (None: no header line), rows of cells."""

    heads: list[str] | None
    rows: list[list[str]]
    kinds: list[str]


def sheet(random: Random, crowd: list[dict[str, str]], header: bool) -> Sheet:
    """Rows about people of a crowd, some of them again."""
    kinds = random.sample(sorted(KINDS), random.randint(2, 8))
    if random.random() < 0.5:
        kinds = [*random.choice(TOGETHER), *kinds[: random.randint(0, 3)]]
    elif random.random() < 0.7:
        kinds = list(dict.fromkeys([*random.sample(("name", "phone", "id", "card", "address"), 2), *kinds]))
    if random.random() < 0.2:
        kinds += random.choices(("name", "phone", "id"), k=2)  # a second person in each row
    random.shuffle(kinds)
    rates = [random.choice((0, 0, 0.03, 0.1, 0.5)) for _ in kinds]
    rows = []
    for _ in range(random.randint(1, 80)):
        person, other = random.choice(crowd), random.choice(crowd)
        cells = []
        for place, (kind, rate) in enumerate(zip(kinds, rates, strict=True)):
            who = other if kind in kinds[:place] else person
            own = KINDS[kind].own and random.random() < 0.95
            text = who.setdefault(kind, KINDS[kind].make(random)) if own else KINDS[kind].make(random)
            cells.append(changed(random, text, rate))
        rows.append(cells)
        if random.random() < 0.08:
            again = list(random.choice(rows))
            at = random.randrange(len(again))
            again[at] = random.choice((again[at], f" {again[at]}", f"{again[at]}.", again[at].upper()))
            rows.append(again)
    heads = [random.choice(NOTHING_HEADS if random.random() < 0.1 else KINDS[kind].heads) for kind in kinds]
    return Sheet(heads if header else None, rows, kinds)


@dataclass
class Dump:
    """Files with so many ``rows``, and how they are to be read."""

    paths: list[Path]
    given: Given
    rows: int


def quoted(text: str, delimiter: str, always: bool) -> str:
    inside = delimiter in text or '"' in text or "\n" in text
    return '"' + text.replace('"', '""') + '"' if always or inside else text


def write(random: Random, made: Sheet, path: Path, given: Given) -> None:
    """A file of delimited text, some of its lines damaged."""
    delimiter = given.delimiter or ","
    quotes = delimiter in (",", ";", "\t", "|")
    always, end = random.random() < 0.2, random.choice(("\n", "\r\n"))
    damage = random.choice((0, 0, 0, 0.05))
    lines = []
    for cells in [made.heads, *made.rows] if made.heads else made.rows:
        assert cells is not None
        plain = [cell if quotes else cell.replace(delimiter, " ").replace("\n", " ") for cell in cells]
        line = delimiter.join(quoted(cell, delimiter, always) if quotes else cell for cell in plain)
        if cells is not made.heads and random.random() < damage:
            line = random.choice(
                (
                    line + delimiter + "x",
                    line + 2 * delimiter,
                    delimiter.join(plain[:-1]),
                    '"' + line if quotes else line + delimiter + "y",
                    "",
                    " ",
                )
            )
        lines.append(line)
    encoding = given.encoding or random.choice(("utf-8", "utf-8-sig"))
    path.write_bytes("".join(line + end for line in lines).encode(encoding))


def write_parquet(made: Sheet, path: Path) -> None:
    """The same as a typed file: whole numbers as such, words as dictionaries."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = []
    for place, kind in enumerate(made.kinds):
        texts = [row[place] for row in made.rows]
        if all(text.isascii() and text.isdigit() and text[0] != "0" and len(text) < 19 for text in texts):
            arrays.append(pa.array([int(text) for text in texts], pa.int64()))
        elif kind in ("goods", "hotel", "school", "name", "phone"):
            arrays.append(pa.array([text or None for text in texts], pa.string()).dictionary_encode())
        else:
            arrays.append(pa.array([text or None for text in texts], pa.string()))
    names = made.heads or [f"c{place}" for place in range(len(arrays))]
    pq.write_table(pa.Table.from_arrays(arrays, names=names), path)


def write_json(random: Random, made: Sheet, path: Path) -> None:
    """Lines of records or a list of them; what is empty is missing, null or an empty text."""
    records = []
    for row in made.rows:
        record: dict[str, str | int | None] = {}
        for name, text in zip(made.heads or (), row, strict=True):
            if text or random.random() < 0.5:
                whole = text.isascii() and text.isdigit() and text[0] != "0" and len(text) < 16
                record[name] = int(text) if whole and random.random() < 0.5 else text or None
        records.append(record)
    if random.random() < 0.5:
        path.write_text(json.dumps(records, ensure_ascii=random.random() < 0.5), encoding="utf-8")
    else:
        lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
        path.write_text("".join(lines), encoding="utf-8")


def write_sqlite(made: Sheet, path: Path) -> None:
    """One table; whole numbers are kept as such where every cell of a column is one."""
    names = ", ".join(f'"{name}"' for name in made.heads or ())
    with sqlite3.connect(path) as connection:
        connection.execute(f"create table people ({names})")
        marks = ", ".join("?" * len(made.kinds))
        connection.executemany(f"insert into people values ({marks})", made.rows)
    connection.close()


def packed(random: Random, paths: list[Path], folder: Path) -> list[Path]:
    """The files, or a zip archive of them."""
    if random.random() < 0.9 or any(path.suffix not in (".csv", ".parquet", ".json") for path in paths):
        return paths
    with zipfile.ZipFile(folder / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.name)
            path.unlink()
    return [folder / "all.zip"]


def dump(seed: int, folder: Path) -> Dump:
    """Writes the dump of a seed into an empty folder."""
    random = Random(seed)
    crowd: list[dict[str, str]] = [{} for _ in range(random.randint(1, 40))]
    told = random.random() < 0.5
    header = random.random() < 0.75
    delimiter = random.choice((",", ",", "\t", "|", "----", ";", "||"))
    encoding = random.choice(("utf-8", "utf-8", "gb18030"))
    how = Given(encoding, delimiter, header)
    paths, rows = [], 0
    for place in range(random.choice((1, 1, 1, 2, 3))):
        made = sheet(random, crowd, header)
        rows += len(made.rows)
        form, plain = (
            random.random(),
            made.heads is not None and len(set(made.heads) - {""}) == len(made.heads),
        )
        if form < 0.15:
            paths.append(folder / f"{place}.parquet")
            write_parquet(made, paths[-1])
        elif form < 0.25 and plain and not told:
            paths.append(folder / f"{place}.json")
            write_json(random, made, paths[-1])
        elif form < 0.3 and plain and not told:
            paths.append(folder / f"{place}.sqlite")
            write_sqlite(made, paths[-1])
        else:
            paths.append(folder / f"{place}.csv")
            write(random, made, paths[-1], how)
    return Dump(packed(random, paths, folder), how if told else Given(), rows)
