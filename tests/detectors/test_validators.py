"""Named checks: published numbers, each single-digit error, and python-stdnum where it has the same check."""

import ipaddress
import random

import pytest
from stdnum import luhn as stdnum_luhn
from stdnum.iso7064 import mod_11_2

from scanner.detectors.validators import VALIDATORS

CASES = {
    "luhn": (["79927398713", "6200000000000005", "4532 0151 1283 0366"], ["79927398710", "0000", "7", ""]),
    "imei": (
        ["490154203237518", "35-209900-176148-1", "356938035643809"],
        ["490154203237519", "49015420323751", "000000000000000"],
    ),
    "vin": (
        ["1M8GDM9AXKP042788", "1HGCM82633A004352", "1m8gdm9axkp042788"],
        ["1M8GDM9A1KP042788", "1M8GDM9AXKP04278", "11111111111111111", "1M8GDM9AXKPO42788", "１" * 17],
    ),
    "hkid": (
        ["A123456(3)", "G123456(A)", "AB987654(3)"],
        ["A123456(4)", "123456", "A12345(3)", "ABC123456(3)"],
    ),
    "taiwan_id": (
        ["A123456789", "a123456789", "F131104093"],
        ["A123456788", "A12345678", "1123456789", "Ａ123456789"],
    ),
    "mod11_2": (
        ["11010519491231002X", "440524188001010014", "932682198501010017"],
        ["110105194912310021", "X1", "1"],
    ),
    "ipv4": (
        ["203.0.113.7", "10.0.0.1", "192.168.0.1", "8.8.8.254", "223.5.5.5"],
        [
            "256.1.1.1",
            "1.2.3.4",
            "11.2.0.4",
            "120.0.0.0",
            "224.0.0.251",
            "255.255.255.0",
            "0.1.20.30",
            "01.20.30.40",
            "1.20.30",
            "255.255.255.255",
            "a.b.c.d",
        ],
    ),
    "ipv6": (
        [
            "2001:db8::1",
            "2001:db8::",
            "fe80::1",
            "fd12:3456::7",
            "64:ff9b::cb00:7107",
            "::ffff:203.0.113.7",
            "1:2:3:4:5:6:7:8",
        ],
        ["::", "::1", "::2", "1::2", "2::", "100::", "1000::2", "64::2", "1:2:3:4:5:6:7", "::g", "12:34:56"],
    ),
    "mac": (["00:1A:2B:3C:4D:5E", "001a.2b3c.4d5e"], ["00:00:00:00:00:00", "ff-ff-ff-ff-ff-ff", "00:1A"]),
    "china_point": (
        ["116.3971,39.9165", "39.9165, 116.3971", "POINT(116.39712 39.91652)", "39.91652；116.39712"],
        ["16.3971,39.9165", "116.3971", "180.0001,90.0001"],
    ),
}


def test_every_check_has_cases():
    assert set(CASES) == set(VALIDATORS)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (name, text, expected)
        for name, (good, bad) in CASES.items()
        for texts, expected in ((good, True), (bad, False))
        for text in texts
    ],
)
def test_cases(name, text, expected):
    assert VALIDATORS[name].passes(text) is expected


@pytest.mark.parametrize("name", ["luhn", "imei", "vin", "hkid", "mod11_2"])
def test_every_change_of_one_digit_is_seen(name):
    for text in CASES[name][0]:
        for i, c in enumerate(text):
            if c.isdigit():
                for other in set("0123456789") - {c}:
                    changed = text[:i] + other + text[i + 1 :]
                    assert not VALIDATORS[name].passes(changed), changed


def test_luhn_and_mod_11_2_agree_with_stdnum():
    rng = random.Random(11)
    for _ in range(3000):
        number = "".join(rng.choices("0123456789", k=rng.randint(2, 19)))
        if len(set(number)) > 1:
            assert VALIDATORS["luhn"].passes(number) == stdnum_luhn.is_valid(number)
        last = rng.choice("0123456789X")
        assert VALIDATORS["mod11_2"].passes(number + last) == mod_11_2.is_valid(number + last)


def test_random_values_pass_as_often_as_the_packs_say():
    rng = random.Random(12)
    imei = sum(VALIDATORS["imei"].passes(f"{rng.randrange(10**15):015}") for _ in range(20000)) / 20000
    assert imei == pytest.approx(0.1, abs=0.01)
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    vins = (
        "".join(rng.choices(letters, k=8)) + rng.choice("0123456789X") + "".join(rng.choices(letters, k=8))
        for _ in range(20000)
    )
    assert sum(map(VALIDATORS["vin"].passes, vins)) / 20000 == pytest.approx(1 / 11, abs=0.01)


def test_random_ipv4_addresses_are_almost_never_taken_for_versions():
    rng = random.Random(13)
    some = [ipaddress.IPv4Address(rng.randrange(1 << 24, 224 << 24)) for _ in range(20000)]
    addresses = [str(each) for each in some if not each.is_loopback]
    assert sum(map(VALIDATORS["ipv4"].passes, addresses)) >= 0.999 * len(addresses)
