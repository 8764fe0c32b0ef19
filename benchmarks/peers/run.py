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
    """Regular expressions for the shapes, python-stdnum for the checks: IDs, cards, phones, e-mail addresses."""
    from stdnum import luhn
    from stdnum.cn import ric, uscc

    number = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{16,19})(?![0-9A-Za-z])")
    code = re.compile(r"(?<![0-9A-Za-z])[0-9A-Z]{18}(?![0-9A-Za-z])")
    phone = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])")
    email = re.compile(r"[0-9A-Za-z._%+-]+@[0-9A-Za-z.-]+\.[A-Za-z]{2,}")

    def is_id(text: str) -> bool:
        try:
            return len(text) == 18 and bool(ric.is_valid(text))
        except KeyError:  # some versions know a region's code without its county
            return False

    def find(text: str) -> dict[str, int]:
        numbers = number.findall(text)
        ids = sum(is_id(each) for each in numbers)
        cards = sum(each.isdigit() and luhn.is_valid(each) for each in numbers)
        codes = sum(uscc.is_valid(each) for each in code.findall(text))
        return {
            "id": ids,
            "card": cards,
            "uscc": codes,
            "phone": len(phone.findall(text)),
            "email": len(email.findall(text)),
        }

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
