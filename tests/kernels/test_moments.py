"""Moments of time cells: a table of what is written how, a grammar of regular expressions, and random fields."""

import random
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from moments_reference import ORIGIN, number, reference

from scanner.kernels.moments import combined, moments
from scanner.model import Cells

HOME = timezone(timedelta(hours=8))


def read(values, clock=False):
    cells = Cells.of(list(values))
    return moments(cells.data, cells.start, cells.end, clock).tolist()


NOON = datetime(2023, 1, 5, 5, 39, 41)
WRITTEN = {
    NOON: [
        "2023-01-05 05:39:41", "2023/1/5 5:39:41", "20230105053941", "2023年1月5日5时39分41秒",
        "2023-01-05T05:39:41",
        "2023-01-05T05:39:41+08:00", "2023-01-04T21:39:41Z", "2023-01-04 13:39:41 -0800", "20230104T213941Z",
        "1672868381", "1672868381000", "1672868381.0", "1672868381000000000", "44931.2358912037",
        "44931.235891",
        "２０２３－０１－０５　０５：３９：４１", "2023.01.05 05:39:41", "2023年01月05日 上午5:39:41",
        "2023-01-05-05.39.41",
        "Thu Jan 05 05:39:41 CST 2023", "Thu Jan 05 05:39:41 +0800 2023", "Wed, 04 Jan 2023 21:39:41 GMT",
        "05-JAN-23 05.39.41.000000 AM", "05-1月 -23 05.39.41.000000 上午", "1/5/2023 5:39:41",
        "5.1.2023 05:39:41",
        "2023/01/05 星期四 05:39:41", "2023-01-05T05:39:41+08:00[Asia/Shanghai]", "5:39:41 2023-01-05",
        "20230105 053941",
        "Jan 5, 2023 5:39:41 AM", "05 Jan 05:39:41 2023",
        "2023-01-05 05:39:41 UTC+8", "'2023-01-05 05:39:41", "2023:01:05 05:39:41", "23-01-05 05:39:41",
        "2023-01-05 05-39-41",
        "2023-01-05_05-39-41", " 2023-01-05\t05:39:41 ", "2023年1月5日（周四）凌晨5点39分41秒",
        "202301050539410", "5 January 2023 05:39:41",
    ],
    datetime(2023, 1, 5, 5, 39): ["2023/1/5 5:39", "202301050539", "2023-01-05T05:39",
    "2023年1月5日 5点39分", "2023年1月5日5时39"],
    datetime(2023, 1, 5, 17, 30): ["2023年1月5日 下午5点半", "2023-01-05 5:30 PM",
    "2023-01-05 下午 17:30", "2023/1/5 傍晚5:30"],
    datetime(2023, 1, 5, 5): ["2023010505", "2023年1月5日5时", "2023年1月5日 5点整"],
    datetime(2023, 1, 5): ["2023-01-05", "20230105", "20230105.0", "2023年1月5日", "44931",
    "2023-01-05 上午12:00", "2023-01-04 24:00", "2023-01-04 晚上12点"],
    datetime(2023, 1, 5, 5, 39, 41, 123000): [
        "2023-01-05 05:39:41.123", "2023-01-05 05:39:41,123", "2023-01-05T05:39:41.123456789",
        "1672868381.123", "1672868381123",
        "1672868381123456", "20230105053941123", "20230105053941.123", "2023-01-05 05:39:41:123",
        "2023年1月5日5时39分41.123秒",
    ],
    datetime(2023, 3, 15, 6): ["45000.25"],
    datetime(2024, 2, 29, 12): ["2024-02-29 12:00", "2024-02-29 中午12点", "2/29/2024 12:00 PM",
    "29/2/2024 12:00"],
    ORIGIN + timedelta(hours=5, minutes=39, seconds=41): ["05:39:41", "5时39分41秒", "上午5:39:41",
    "1900-01-01 05:39:41", "0.235891"],
}  # fmt: skip
NO_TIME = [
    "", " ", "2023", "202301", "abc", "0000-00-00 00:00:00", "1970-01-01 08:00:00", "1970-01-01", "0",
    "1", "2023-02-29",
    "2023-13-01", "2023-01-05 25:00", "2023-01-05 05:60", "2023-01-05 24:01", "13800138000",
    "2023-01-05 至 2023-01-06",
    "2023-01-05 05:39:41 05:40:00", "113.2644", "-1672868381", "2.02301E+13", "1月5日", "null",
    "2023-01-05 05:39:41+15:00",
    "2023/1-5", "上午", "2023-01-05 上午", "99999999999999", "20230105053941053941", "053941",
    "1900-01-01", "2023-01-05 13:00 上午",
    "5 Jan", "Jan 5 05:39", "Z",
]  # fmt: skip


@pytest.mark.parametrize(("reading", "texts"), WRITTEN.items())
def test_written_in_any_way_it_is_the_same_moment(reading, texts):
    assert dict(zip(texts, read(texts), strict=True)) == dict.fromkeys(texts, number(reading))
    assert [reference(text) for text in texts] == [number(reading)] * len(texts)


@pytest.mark.parametrize("text", NO_TIME)
def test_what_is_no_time(text):
    assert read([text]) == [reference(text)] == [-1]


def test_clock_columns():
    values = ["053941", "53941", "0539", "05:39:41", "2460", "246060", "0.25", "2023-01-05 05:39:41", "12"]
    clocks = [20_381_000, 20_381_000, 20_340_000, 20_381_000, -1, -1, 21_600_000, number(NOON), -1]
    assert read(values, clock=True) == [reference(value, True) for value in values] == clocks


def test_dates_and_times_of_two_columns():
    dates = read(
        [
            "2023-01-05",
            "20230105",
            "2023/1/5 0:00",
            "2023-01-05",
            "",
            "2023-01-05",
            "x",
            "2023-01-05",
            "05:00",
        ]
    )
    times = read(
        ["05:39:41", "053941", "0.235891", "", "05:39:41", "1970-01-01 05:39:41", "2023-01-05 05:39:41",
        "1900-01-01 05:39:41", "05:39"],
        clock=True,
    )  # fmt: skip
    whole = number(NOON)
    day = number(datetime(2023, 1, 5))
    assert combined(np.array(dates), np.array(times)).tolist() == [
        whole,
        whole,
        whole,
        day,
        -1,
        whole,
        whole,
        whole,
        -1,
    ]


def test_shapes_that_do_not_fit():
    cells = Cells.of(["2023-01-05"])
    with pytest.raises(ValueError, match="do not fit"):
        moments(cells.data, cells.start, cells.end + 1)
    with pytest.raises(ValueError, match="do not fit"):
        moments(cells.data, cells.start, np.zeros(0, np.int32))
    with pytest.raises(ValueError, match="differ in number"):
        combined(np.zeros(1, np.int64), np.zeros(2, np.int64))
    assert read([]) == []


FORMATS = [
    "{0:%Y-%m-%d %H:%M:%S}", "{0:%Y/%m/%d %H:%M:%S}", "{0.year}/{0.month}/{0.day} {0.hour}:{0:%M:%S}",
    "{0:%Y%m%d%H%M%S}",
    "{0.year}年{0.month}月{0.day}日{0.hour}时{0.minute}分{0.second}秒", "{0:%Y-%m-%dT%H:%M:%S+08:00}",
    "{1:%Y-%m-%dT%H:%M:%SZ}",
    "{0:%a %b %d %H:%M:%S CST %Y}", "{0:%a %b %d %H:%M:%S +0800 %Y}", "{0:%Y年%m月%d日 %p%I:%M:%S}",
    "{0:%m/%d/%Y %I:%M:%S %p}",
    "{0:%d %B %Y %H:%M:%S}", "{2}", "{2}000", "{2}.0", "{3:.10f}", "{0:%d.%m.%Y %H:%M:%S}",
    "{0:%H:%M:%S %Y.%m.%d}",
]  # fmt: skip


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.datetimes(datetime(2001, 9, 10), datetime(2032, 12, 31)), st.sampled_from(FORMATS)),
        max_size=20,
    ),
    st.booleans(),
)
def test_every_format_orders_as_time_does(cases, wide):
    texts, expected = [], []
    for reading, form in cases:
        reading = reading.replace(microsecond=0)
        universal = reading.replace(tzinfo=HOME).astimezone(UTC)
        serial = (reading - datetime(1899, 12, 30)) / timedelta(days=1)
        text = form.format(reading, universal, int(universal.timestamp()), serial)
        wider = {ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789:/-"}
        texts.append(text.translate(wider) if wide else text)
        expected.append(number(reading))
    assert read(texts) == expected
    assert [reference(text) for text in texts] == expected


PIECES = [
    *"0123456789", "2023", "20230105", "053941", "05", "39", "41", "12", "1", "31", "-", "/", ".", ":",
    "_", " ", ",", "年", "月",
    "日", "时", "点", "分", "秒", "半", "整", "上午", "下午", "晚上", "中午", "周四", "星期", "T", "Z",
    "am", "PM", "Jan", "may", "mon", "cst",
    "utc", "GMT", "+", "+08:00", "-0800", "[x]", "[", "]", "(", ")", "°", "，", "０", "２", "\u200b",
    "\xa0", "'", "x", "甲", "1672868381",
    "44931", "1/5/2023", "2023-01-05", "05:39:41", "00:00", "1970-01-01", "1900-01-01", ".0", "号",
    "早上", "24",
]  # fmt: skip


@settings(deadline=None, max_examples=400)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=7).map("".join), max_size=20), st.booleans())
@example(["1-0100.0", "1.1.1", "01 01 2023"], False)
def test_any_text_as_the_grammar_has_it(texts, clock):
    assert read(texts, clock) == [reference(text, clock) for text in texts]


@pytest.mark.parametrize("seed", range(4))
def test_many_random_texts(seed):
    draw = random.Random(seed)
    texts = ["".join(draw.choices(PIECES, k=draw.randrange(8))) for _ in range(5000)]
    texts += [
        "".join(draw.choices(PIECES[:20] + ["-", "/", ":", " ", "."] * 4, k=draw.randrange(1, 16)))
        for _ in range(5000)
    ]
    found = read(texts)
    assert [(t, m) for t, m in zip(texts, found, strict=True) if m != reference(t)] == []
    assert sum(m >= 0 for m in found) > 50


@settings(deadline=None)
@given(st.lists(st.binary(max_size=12), max_size=20))
def test_bytes_that_are_no_text_do_no_harm(values):
    together = read(values)
    assert together == [read([value])[0] for value in values]
    assert all(-1 <= moment < number(datetime(2201, 1, 1)) for moment in together)
