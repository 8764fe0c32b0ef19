"""A Chinese table, and the ways in which such a table gets polluted; each file with the identifiers planted in it.

The kinds are those that the paper "Pollock: A Data Loading Benchmark" (VLDB 2023) names for CSV files: delimiters,
quotes, escapes and line ends of the whole file, lines before and behind the table, its headers, and single rows with a
separator, a quote, an escape or a line end too many, too few or of another sort. Only their names are taken from it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "big5", "utf-16-le")
ROWS = 60
HEADER = ("姓名", "身份证号", "手机号", "住址", "备注")
DELIMITERS = (
    ",", "\t", ";", "|", "----", "---", "|||", "||", "^", "\x01", "\x1f", "，", "、", "；", "~", "::", "#", " ", ":",
    "\u3000",
)  # fmt: skip
QUOTES = ('"', "'", "“”", "‘’", "`")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
TRADITIONAL = str.maketrans(
    "张赵吴陈杨刘黄韩冯国华丽伟静强军东门区号栋单备电话证码机见订货问访称题户开",
    "張趙吳陳楊劉黃韓馮國華麗偉靜強軍東門區號棟單備電話證碼機見訂貨問訪稱題戶開",
)


@dataclass(frozen=True)
class Style:
    """How a table is written."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""  # the quote doubled where there is none
    end: str = "\r\n"
    always: bool = False  # quotes around all cells


@dataclass(frozen=True)
class Polluted:
    """One file. ``planted``: label, value and the row that holds it; ``family``: what was done to it."""

    name: str
    family: str
    encoding: str
    content: bytes
    planted: frozenset[tuple[str, str, int]]
    style: Style


def identity(rng: random.Random, number: int) -> str:
    """A resident identity number that passes its checks."""
    body = f"{rng.choice(('110101', '310104', '440106', '510107'))}{rng.randrange(1960, 2005)}"
    body += f"{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}{number % 1000:03}"
    return (
        body
        + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]
    )


def table(seed: int = 1, rows: int = ROWS) -> list[list[str]]:
    """Rows of synthetic people; some cells hold what a delimiter or a quote might be."""
    rng = random.Random(seed)
    notes = (
        "",
        "已回访",
        "电话,微信均可",
        '客户称"稍后"',
        "见订单 20-3",
        "货到付款;开票",
        "有问题|待查",
        "O'Neil 代收",
    )
    return [
        [
            rng.choice("张赵李王吴陈杨刘黄韩冯") + rng.choice(("国华", "丽", "伟", "静", "小强", "军", "芳")),
            identity(rng, number),
            f"{rng.choice(('138', '139', '186', '159'))}{rng.randrange(10**8):08}",
            f"东门区建国路{rng.randrange(1, 999)}号{rng.randrange(1, 20)}栋{rng.randrange(100, 999)}",
            rng.choice(notes),
        ]
        for number in range(rows)
    ]


def cell(text: str, style: Style) -> str:
    """A cell, in quotes where it needs them."""
    if not style.quote:
        return text
    opening, closing = style.quote[0], style.quote[-1]
    if not style.always and not any(mark in text for mark in (style.delimiter, opening, closing, "\r", "\n")):
        return text
    return opening + text.replace(closing, (style.escape or closing) + closing) + closing


def line(cells: list[str] | tuple[str, ...], style: Style) -> str:
    """A row with its line end."""
    return style.delimiter.join(cell(text, style) for text in cells) + style.end


def fitting(rows: list[list[str]], style: Style) -> list[list[str]]:
    """Rows whose cells need no quotes where the style has none."""
    if style.quote:
        return rows
    return [[text.replace(style.delimiter, "/") for text in row] for row in rows]


def planted(rows: list[list[str]], first: int = 0) -> set[tuple[str, str, int]]:
    """What a scan must find: label, value, row."""
    found: set[tuple[str, str, int]] = set()
    for number, row in enumerate(rows, first):
        found |= {("resident_id", row[1], number), ("mobile_phone", row[2], number)}
    return found


Text = tuple[str, str, str, set[tuple[str, str, int]], Style]  # family, name, text, planted, style


def whole(style: Style, family: str, name: str, **pieces: str) -> Text:
    """The table in a style, with text before and behind it."""
    rows = fitting(table(), style)
    before, behind = pieces.get("before", ""), pieces.get("behind", "")
    text = before + line(HEADER, style) + "".join(line(row, style) for row in rows) + behind
    return family, name, text, planted(rows, before.count(style.end)), style


def styles() -> Iterator[Text]:
    """The whole file in another style."""
    plain = Style()
    for number, delimiter in enumerate(DELIMITERS):
        for quote in ('"', ""):
            yield whole(
                replace(plain, delimiter=delimiter, quote=quote), "delimiter", f"{number}_{bool(quote)}"
            )
    for number, quote in enumerate(QUOTES):
        for always in (False, True):
            yield whole(replace(plain, quote=quote, always=always), "quote", f"{number}_{always}")
    for number, escape in enumerate(("\\", "/", "^")):
        for always in (False, True):
            yield whole(replace(plain, escape=escape, always=always), "escape", f"{number}_{always}")
    for name, end in (("lf", "\n"), ("crlf", "\r\n"), ("cr", "\r")):
        for delimiter in (",", "\t", "----"):
            yield whole(
                replace(plain, end=end, delimiter=delimiter), "line end", f"{name}_{ord(delimiter[0])}"
            )


def surroundings() -> Iterator[Text]:
    """Lines around the table, its header, and its size."""
    style = Style()
    for count in range(1, 8):
        title = "".join(f"客户名单第{n}页 仅供内部使用{style.end}" for n in range(count))
        padded = "".join(f"客户名单第{n}页{',' * 4}{style.end}" for n in range(count))
        blank = style.end * count
        yield whole(style, "lines before", f"text_{count}", before=title)
        yield whole(style, "lines before", f"padded_{count}", before=padded)
        yield whole(style, "lines behind", f"text_{count}", behind=title)
        yield whole(style, "lines behind", f"padded_{count}", behind=padded)
        yield whole(style, "blank lines", f"behind_{count}", behind=blank)
        family, name, text, found, _ = whole(style, "blank lines", f"before_{count}")
        yield family, name, blank + text, found, style
    rows = table()
    body = "".join(line(row, style) for row in rows)
    head = line(HEADER, style)
    yield "header", "none", body, planted(rows), style
    yield "header", "twice", head + head + body, planted(rows, 1), style
    yield (
        "header",
        "two lines",
        head + line(("(汉字)", "(18位)", "(11位)", "", ""), style) + body,
        planted(rows, 1),
        style,
    )
    yield (
        "header",
        "groups above",
        line(("客户", "", "", "其他", ""), style) + head + body,
        planted(rows, 1),
        style,
    )
    yield (
        "header",
        "duplicate names",
        line(("姓名", "号码", "号码", "住址", "住址"), style) + body,
        planted(rows),
        style,
    )
    yield "header", "empty names", line(("", "", "", "", ""), style) + body, set(), style
    yield "header", "again inside", head + body + head + body, planted(rows) | planted(rows, ROWS + 1), style
    yield "size", "no line end", head + body.removesuffix(style.end), planted(rows), style
    for count in (1, 2, 3):
        yield (
            "size",
            f"{count} rows",
            head + "".join(line(row, style) for row in rows[:count]),
            planted(rows[:count]),
            style,
        )
        yield (
            "size",
            f"{count} rows without header",
            "".join(line(r, style) for r in rows[:count]),
            planted(rows[:count]),
            style,
        )


def changed(row: list[str], style: Style, column: int, change: str) -> str:
    """A row with something too many, too few or different at a column."""
    cells = [cell(text, style) for text in row]
    if change == "separator more":
        cells[column] += style.delimiter
    elif change == "separator less":
        cells[column : column + 2] = ["".join(cells[column : column + 2])]
    elif change == "quote more before":
        cells[column] = style.quote + cells[column]
    elif change == "quote more behind":
        cells[column] += style.quote
    elif change == "quote more inside":
        cells[column] = cells[column][:2] + style.quote + cells[column][2:]
    elif change == "space around":
        cells[column] = f" {cells[column]}\t"
    elif change == "blank before quotes":
        cells[column] = f' "{row[column]}"' if '"' not in row[column] else cells[column]
    elif change == "line end inside":
        cells[column] = (
            f'"{row[column]}{style.end}"'.replace('""', '"') if '"' not in row[column] else cells[column]
        )
    elif change == "nul inside":
        cells[4] += "\0\0"
    return style.delimiter.join(cells) + style.end


CHANGES = (
    "separator more", "separator less", "quote more before", "quote more behind", "quote more inside", "space around",
    "blank before quotes", "line end inside", "nul inside",
)  # fmt: skip


def single_rows() -> Iterator[Text]:
    """One row that is not like the others."""
    style = Style()
    rows = table()
    head = line(HEADER, style)
    lines = [line(row, style) for row in rows]
    for change in CHANGES:
        for number in range(ROWS):
            column = number % (4 if change == "separator less" else 5)
            row = rows[number]
            found = planted(rows)
            if change == "separator less" and column in (1, 2):
                found -= planted([row], number)  # the number has run into its neighbour
            if change == "quote more inside" and column in (1, 2):
                found -= {each for each in planted([row], number) if each[1] == row[column]}
            made = changed(row, style, column, change)
            text = head + "".join([*lines[:number], made, *lines[number + 1 :]])
            yield change, f"{number}_{column}", text, found, style
    for number in range(0, ROWS, 6):
        for name, other in (
            ("space", " "),
            ("semicolon", ";"),
            ("tab", "\t"),
            ("dashes", "----"),
            ("pipe", "|"),
        ):
            made = line(
                fitting([rows[number]], replace(style, quote="", delimiter=other))[0],
                replace(style, delimiter=other),
            )
            text = head + "".join([*lines[:number], made, *lines[number + 1 :]])
            yield "other separator", f"{number}_{name}", text, planted(rows), style
        for name, end in (("lf", "\n"), ("cr", "\r")):
            made = line(rows[number], replace(style, end=end))
            text = head + "".join([*lines[:number], made, *lines[number + 1 :]])
            yield "other line end", f"{number}_{name}", text, planted(rows), style
        for name, quote in (("apostrophe", "'"), ("curved", "“”")):
            made = line(rows[number], replace(style, quote=quote, always=True))
            text = head + "".join([*lines[:number], made, *lines[number + 1 :]])
            yield "other quote", f"{number}_{name}", text, planted(rows), style
        made = line(rows[number], replace(style, escape="\\", always=True))
        text = head + "".join([*lines[:number], made, *lines[number + 1 :]])
        yield "other escape", f"{number}", text, planted(rows), style


SOURCES: tuple[Callable[[], Iterator[Text]], ...] = (styles, surroundings, single_rows)


def files(encodings: tuple[str, ...] = ENCODINGS) -> Iterator[Polluted]:
    """All files, the same ones in the same order every time."""
    for source in SOURCES:
        for family, name, text, found, style in source():
            for encoding in encodings:
                written = text.translate(TRADITIONAL) if encoding == "big5" else text
                label = f"{family}_{name}_{encoding}.csv".replace(" ", "_")
                yield Polluted(label, family, encoding, encoded(written, encoding), frozenset(found), style)


def encoded(text: str, encoding: str) -> bytes:
    """Text in an encoding; a question mark for what Big5 lacks."""
    return text.encode(encoding, "replace")
