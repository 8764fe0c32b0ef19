"""How many rows a second a peer looks through: ``python benchmarks/peers/run.py NAME CSV ROWS cells|rows``.

Prints a line of JSON. Runs in the peers' own environment and imports nothing of the scanner. The rows are read
before the clock starts.
Each peer looks for the kinds of values that leaktally looks for too, as far as it knows them. ``cells``: each cell
is looked at by itself, so that the finding has a place, as ours has; ``rows``: a whole row as one text, which spares
the peer most of its calls.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

Find = Callable[[str], dict[str, int]]

# The labels of leaktally that a format tells by itself: no names, no addresses, nothing that needs its column.
EDGES = r"(?<![0-9A-Za-z])(?:{})(?![0-9A-Za-z])"
SHAPES = {
    "resident_id": r"[0-9]{17}[0-9Xx]",
    "uscc": r"[0-9A-HJ-NP-RT-UWXY]{18}",
    "bank_card": r"[0-9]{16,19}",
    "imei": r"[0-9]{15}",
    "imsi": r"460[0-9]{12}",
    "mobile_phone": r"(?:\+?86[- ]?)?1[3-9][0-9]{9}",
    "landline_phone": r"0[1-9][0-9]{1,2}-?[2-9][0-9]{6,7}",
    "email": r"[0-9A-Za-z._%+-]+@[0-9A-Za-z.-]+\.[A-Za-z]{2,}",
    "ipv4": r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}",
    "ipv6": r"(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}",
    "mac_address": r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}",
    "vin": r"[A-HJ-NPR-Z0-9]{17}",
    "license_plate": r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][A-Z0-9]{5,6}",
    "passport": r"[EG][0-9]{8}|E[A-HJ-NP-Z][0-9]{7}",
    "hm_permit": r"[HMCW][0-9]{8}(?:[0-9]{2})?",
    "taiwan_permit": r"[TL][0-9]{8}",
    "wechat_id": r"wxid_[0-9a-z]{14}",
    "coordinate": r"[0-9]{1,3}\.[0-9]{4,}[,，] ?[0-9]{1,3}\.[0-9]{4,}",
}


def presidio() -> Find:
    """Presidio's own recognizers for phones (region CN), cards, e-mail, IP and MAC addresses; no language model."""
    from presidio_analyzer.predefined_recognizers import (
        CreditCardRecognizer,
        EmailRecognizer,
        IpRecognizer,
        MacAddressRecognizer,
        PhoneRecognizer,
    )

    recognizers: list[Any] = [PhoneRecognizer(supported_regions=("CN",), supported_language="zh")]
    for kind in (CreditCardRecognizer, EmailRecognizer, IpRecognizer, MacAddressRecognizer):
        recognizers.append(kind(supported_language="zh"))

    def find(text: str) -> dict[str, int]:
        return {
            r.supported_entities[0]: len(r.analyze(text, r.supported_entities, None)) for r in recognizers
        }

    return find


def stdnum() -> Find:
    """A regular expression for each kind of value that has a format, and python-stdnum's check where it has one.

    As its documentation shows: ``is_valid`` on each text that has the shape.
    """
    from stdnum import imei, imsi, luhn, mac
    from stdnum.cn import ric, uscc

    def is_id(text: str) -> bool:
        try:
            return bool(ric.is_valid(text))
        except KeyError:  # some versions know a region's code without its county
            return False

    checks: dict[str, Callable[[str], bool]] = {
        "resident_id": is_id,
        "uscc": uscc.is_valid,
        "bank_card": luhn.is_valid,
        "imei": imei.is_valid,
        "imsi": imsi.is_valid,
        "mac_address": mac.is_valid,
    }
    patterns = {name: re.compile(EDGES.format(shape)) for name, shape in SHAPES.items()}

    def find(text: str) -> dict[str, int]:
        found = {}
        for name, pattern in patterns.items():
            shapes = pattern.findall(text)
            check = checks.get(name)
            found[name] = sum(map(check, shapes)) if check else len(shapes)
        return found

    return find


def jionlp() -> Find:
    """The extractors of jionlp for all that leaktally finds too; its parser of addresses wants to be given one."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        import jionlp as jio

    extractors = {
        "phone": jio.extract_phone_number,
        "id": jio.extract_id_card,
        "email": jio.extract_email,
        "ip": jio.extract_ip_address,
        "qq": jio.extract_qq,
        "wechat": jio.extract_wechat_id,
        "plate": jio.extract_motor_vehicle_licence_plate,
    }

    def find(text: str) -> dict[str, int]:
        return {name: len(extract(text)) for name, extract in extractors.items()}

    return find


PEERS: dict[str, tuple[str, Callable[[], Find]]] = {
    "presidio": ("presidio-analyzer", presidio),
    "stdnum": ("python-stdnum", stdnum),
    "jionlp": ("jionlp", jionlp),
}


# Makes caches fill, expressions compile and tables load before the clock starts.
FIRST = (
    "手机 13800138000，邮箱 someone@example.com",
    "110101199003070004",
    "6222020000000000000",
    "192.0.2.1",
)


def main(name: str, path: str, rows: str, by: str) -> None:
    """Times one peer on the first rows of a CSV with a header."""
    logging.disable()
    package, make = PEERS[name]
    find = make()
    with Path(path).open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines)
        cells = list(islice(lines, int(rows)))
    texts = [text for row in cells for text in row if text] if by == "cells" else list(map("\n".join, cells))
    for text in [*FIRST, *texts[:20]]:
        find(text)
    found: Counter[str] = Counter()
    started = perf_counter()
    for text in texts:
        found.update(find(text))
    seconds = perf_counter() - started
    counts = {kind: count for kind, count in found.items() if count}
    print(json.dumps({"seconds": seconds, "rows": len(cells), "found": counts, "version": version(package)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
