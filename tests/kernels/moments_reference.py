"""Moments as regular expressions over folded text have them: what scanner/kernels/moments.pyx must agree with."""

import re
import unicodedata
from datetime import datetime, timedelta

ORIGIN = datetime(1899, 12, 31)
DAY = 86_400_000
UNSET = {25568 * DAY, 25568 * DAY + 8 * 3600_000}


def number(reading: datetime) -> int:
    return (reading - ORIGIN) // timedelta(milliseconds=1)


# The grammar, on folded text. Elements in a row, in any order, with spaces, commas and parentheses between.
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
MONTH = f"({'|'.join(MONTHS)})[a-z]*"
FRACTION = r"(?:[.,:](\d+))?"
CHINESE_DATE = re.compile(r"(\d{4}|\d\d) *年 *(\d\d?)(?!\d) *月 *(\d\d?)(?!\d) *[日号號]?")
YEAR_FIRST = re.compile(r"(\d{4})([-./:_])(\d\d?)\2(\d\d?)(?!\d)")
ORACLE_DATE = re.compile(r"(\d\d?)-(\d\d?)月 *-(\d{4}|\d\d)(?!\d)")
YEAR_LAST = re.compile(r"(\d\d?)([-./])(\d\d?)\2(\d{4}|\d\d?)(?!\d)")
DAY_MONTH = re.compile(rf"(\d\d?)[ /-]?{MONTH}(?:[ ,./-]*(\d{{4}}|\d\d)(?![\d:]))?")
MONTH_DAY = re.compile(rf"{MONTH}[ .]*(\d\d?)(?!\d)")
PACKED_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(?!\d)(?:\.0+(?!\d))?")
PACKED_MINUTE = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?!\d)(?:\.0+(?!\d))?")
PACKED_BOTH = re.compile(rf"(\d{{4}})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?!\d){FRACTION}")
CHINESE_CLOCK = re.compile(
    rf"(\d\d?) *[时時点點] *(?:(半)|整|(\d\d?)(?!\d) *(?:分 *(?:(\d\d?)(?!\d){FRACTION} *秒?)?)?)?"
)
CLOCK = re.compile(rf"(\d\d?):(\d\d?)(?!\d)(?::(\d\d?)(?!\d){FRACTION}|(?!:))")
DATED_CLOCK = re.compile(rf"(\d\d?)([-.])(\d\d?)\2(\d\d?)(?!\d){FRACTION}")
PACKED_CLOCK = re.compile(rf"(?:(\d\d)(\d\d)(\d\d)(?!\d){FRACTION}|(\d\d)(\d\d)(?!\d))")
YEAR = re.compile(r"(\d{4})(?!\d)")
OFFSET = re.compile(r"(?:utc|gmt)?([+-])(?:(\d\d)(\d\d)|(\d\d?)(?::(\d\d))?)(?![\d:])")
UNIVERSAL = re.compile(r"(?:z|utc|gmt)(?![a-z+-])")
CHINA = re.compile(r"cst(?![a-z])")
WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*|(?:[周週]|星期|礼拜)(?s:.)")
HALVES = {
    "am": "am", "pm": "pm", "上午": "am", "早上": "am", "早晨": "am", "清晨": "am", "凌晨": "am",
    "中午": "noon",
    "下午": "pm", "傍晚": "pm", "晚上": "night",
}  # fmt: skip
LATER = (
    {("noon", hour) for hour in range(3)}
    | {("pm", hour) for hour in range(12)}
    | {("night", hour) for hour in range(5, 13)}
)
HALF = re.compile(rf"(?:{'|'.join(HALVES)})(?![a-z])|(?:{'|'.join(list(HALVES)[2:])})")
JOINT = re.compile(r"t(?![a-z])|[-_](?=\d)")
ZONE_NAME = re.compile(r"\[[^\]]*\]$")
GAP = re.compile(r"[ ,()]")


def fold(text: str) -> str:
    out = []
    for character in text:
        if character in "\u200b\u200c\u200d\u2060\ufeff":
            continue
        if "！" <= character <= "～":
            character = unicodedata.normalize("NFKC", character)
        if character in "\t\n\v\f\r\xa0\u3000\"'′″‘’‚‛“”":
            character = " "
        if character in "\u2010\u2011\u2212":
            character = "-"
        out.append(character.lower() if character.isascii() else character)
    return "".join(out)


def date_of(year, month, day):
    try:
        return datetime(year, month, day)
    except (ValueError, OverflowError):
        return None


def full_year(text: str) -> int:
    return int(text) if len(text) > 2 else int(text) + (2000 if int(text) < 70 else 1900)


def year_last(first, sign, middle, last):
    """A date with the year behind; two digits may be a year in front."""
    orders = []
    if len(first) == 2 and len(last) <= 2:
        orders.append((full_year(first), int(middle), int(last)))
    if len(last) == 1:
        return date_of(*orders[0]) if orders else None
    if sign != ".":
        orders.append((full_year(last), int(first), int(middle)))
    orders.append((full_year(last), int(middle), int(first)))
    orders.append((full_year(last), int(first), int(middle)))
    return next((date for order in orders if (date := date_of(*order))), None)


def milliseconds(fraction):
    return int((fraction or "").ljust(3, "0")[:3])


def finish(date, clock, half, offset):
    """The moment of a date, a clock (hour, minute, second, millisecond), a half, minutes of offset; None for each."""
    if clock is None:
        if half or date is None or abs(date - ORIGIN) <= timedelta(days=1):
            return -1
        clock = (0, 0, 0, 0)
    hour, minute, second, millis = clock
    if half == "am":
        if hour > 12:
            return -1
        hour %= 12
    elif (half, hour) in LATER:
        hour += 12
    if minute > 59 or second > 60 or hour > 24:
        return -1
    if hour == 24 and (minute, second, millis) != (0, 0, 0) and half != "night":
        return -1
    time = ((hour * 60 + minute) * 60 + second) * 1000 + millis
    if date is None or abs(date - ORIGIN) <= timedelta(days=1):
        return time % DAY
    if not 1901 <= date.year <= 2199:
        return -1
    found = number(date) + time + (0 if offset is None else (480 - offset) * 60_000)
    return -1 if found in UNSET else found


def plain(text: str, clock: bool):
    """The moment of a cell that is one number, or None where it is to be read as text."""
    found = re.fullmatch(r" *(\d+)(?:\.(\d+))? *", text)
    if not found or len(found[1]) > 19 or len(found[1]) in (8, 12, 14):
        return None
    digits, decimals = found[1], found[2]
    whole, size = not decimals or (not decimals.strip("0") and len(decimals) <= 19), len(digits)
    if clock and whole and size in (4, 5, 6):
        padded = digits.zfill(6) if size > 4 else digits + "00"
        return finish(None, (int(padded[:2]), int(padded[2:4]), int(padded[4:]), 0), None, None)
    if (size == 5 and 18264 <= int(digits) <= 73415) or (digits == "0" and decimals):
        part = (decimals or "")[:12]
        seconds = (int(part or 0) * 86400 * 2 + 10 ** len(part)) // (2 * 10 ** len(part))
        if digits == "0":
            return seconds * 1000 if seconds < 86400 else -1
        return (int(digits) - 1) * DAY + seconds * 1000
    if whole and size in (10, 15, 16, 17, 18, 19) and digits.startswith("20"):
        date = date_of(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
        padded = digits.ljust(14, "0")
        if date:
            clock = (int(padded[8:10]), int(padded[10:12]), int(padded[12:14]), milliseconds(digits[14:]))
            if finish(date, clock, None, None) != -1:
                return finish(date, clock, None, None)
    if size == 10:
        since = int(digits) * 1000 + milliseconds(decimals)
    elif whole and size in (13, 16, 19):
        since = int(digits[:13])
    else:
        return -1
    found = number(datetime(1970, 1, 1, 8)) + since
    edge = found - since % 1000 if size == 10 else found
    return -1 if found in UNSET or edge >= number(datetime(2200, 1, 1)) else found


def reference(value: str, timing: bool = False) -> int:
    """The slow, obvious reading of one cell."""
    text = fold(value)
    found = plain(text, timing)
    if found is not None:
        return found
    date = clock = half = offset = None
    named = None  # (month, day) of a date whose year may come later
    dated = packed = False
    at = 0

    def match(pattern, allowed=True):
        nonlocal at
        found = pattern.match(text, at) if allowed else None
        if found:
            at = found.end()
        return found

    while at < len(text):
        if match(GAP):
            continue
        digit = text[at].isdigit() and text[at].isascii()
        if digit:
            if g := match(CHINESE_DATE, not dated):
                date = date_of(full_year(g[1]), int(g[2]), int(g[3]))
            elif g := match(YEAR_FIRST, not dated):
                date = date_of(int(g[1]), int(g[3]), int(g[4]))
            elif g := match(ORACLE_DATE, not dated):
                date = date_of(full_year(g[3]), int(g[2]), int(g[1]))
            elif g := match(DAY_MONTH, not dated):
                named, dated = (MONTHS.index(g[2]) + 1, int(g[1])), True
                if g[3]:
                    date, named = date_of(full_year(g[3]), *named), None
                    if date is None:
                        return -1
                continue
            elif g := match(YEAR_LAST, not dated):
                date = year_last(g[1], g[2], g[3], g[4])
            elif g := match(PACKED_DATE, not dated):
                date, packed = date_of(int(g[1]), int(g[2]), int(g[3])), True
            elif g := match(PACKED_MINUTE, not dated and clock is None):
                date, packed = date_of(int(g[1]), int(g[2]), int(g[3])), True
                clock = (int(g[4]), int(g[5]), 0, 0)
            elif g := match(PACKED_BOTH, not dated and clock is None):
                date, packed = date_of(int(g[1]), int(g[2]), int(g[3])), True
                clock = (int(g[4]), int(g[5]), int(g[6]), milliseconds(g[7]))
            elif g := match(YEAR, named is not None):
                date, named = date_of(int(g[1]), *named), None
            elif g := match(CHINESE_CLOCK, clock is None):
                clock = (int(g[1]), 30 if g[2] else int(g[3] or 0), int(g[4] or 0), milliseconds(g[5]))
                continue
            elif g := match(CLOCK, clock is None):
                clock = (int(g[1]), int(g[2]), int(g[3] or 0), milliseconds(g[4]))
                continue
            elif g := match(DATED_CLOCK, dated and clock is None):
                clock = (int(g[1]), int(g[3]), int(g[4]), milliseconds(g[5]))
                continue
            elif g := match(PACKED_CLOCK, packed and clock is None):
                clock = (int(g[1] or g[5]), int(g[2] or g[6]), int(g[3] or 0), milliseconds(g[4]))
                continue
            else:
                return -1
            if date is None:
                return -1
            dated = True
        elif match(UNIVERSAL, clock is not None and offset is None):
            offset = 0
        elif g := match(OFFSET, clock is not None and offset is None):
            offset = 60 * int(g[2] or g[4]) + int(g[3] or g[5] or 0)
            if offset > 840 or int(g[3] or g[5] or 0) > 59:
                return -1
            offset = -offset if g[1] == "-" else offset
        elif match(CHINA, clock is not None and offset is None):
            offset = 480
        elif g := match(HALF, half is None):
            half = HALVES[g[0]]
        elif match(WEEKDAY):
            pass
        elif g := match(MONTH_DAY, not dated):
            named, dated = (MONTHS.index(g[1]) + 1, int(g[2])), True
        elif not (match(JOINT, dated and clock is None) or match(ZONE_NAME, clock is not None)):
            return -1
    return -1 if named else finish(date, clock, half, offset)
