"""A dump of few, short columns and any number of rows, written in a stream, whose counts are known by construction.

People have a name, an ID and a phone number of their own (both by a permutation, so that no two agree); a row shows the
ID, the phone number or both, and an amount that no other row has, unless it is the copy of an earlier row.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "fixtures"))

from generator import checks  # noqa: E402
from generator.draw import Draw, Index, Words  # noqa: E402
from generator.people import People, birthdays, digits, id_text, joined, padded  # noqa: E402
from generator.tables import load  # noqa: E402

CHUNK = 500_000
COPIES = 0.3  # of rows
PEOPLE = 0.2  # of rows
BOTH, ID, PHONE = 1, 2, 4  # what a row shows of its person
SEQUENCES = 995


class Rows:
    """The rows of a dump of ``count`` rows; ``write`` tells what a scan has to count."""

    def __init__(self, count: int, seed: int = 2017) -> None:
        self.count = count
        self.people = max(1, int(count * PEOPLE))
        self._draw = Draw(seed)
        tables = load()
        self._attributes = People(self._draw, tables)
        self._codes = np.array([county.code for county in tables.counties], np.int64)
        self._prefixes = np.array(sorted(map(int, tables.prefixes)), np.int64)
        self._tail = np.array(10**6, np.int64)

    def _scattered(self, number: Index, limit: int) -> Index:
        """A permutation of the numbers below ``limit``, which is below 2^40."""
        stride = int(limit * 0.618) | 1
        while math.gcd(stride, limit) != 1:
            stride += 2
        low = number * (stride & 0xFFFFF) % limit  # in two steps, as the product would not fit
        return (number * (stride >> 20) % limit * (1 << 20) + low) % limit

    def ids(self, person: Index) -> Words:
        """The first 17 digits of IDs."""
        place = self._scattered(person, len(self._codes) * len(birthdays()) * SEQUENCES)
        place, sequence = np.divmod(place, SEQUENCES)
        county, day = np.divmod(place, len(birthdays()))
        return (self._codes[county] * 10**11 + birthdays()[day] * 1000 + sequence + 1).astype(np.uint64)

    def phones(self, person: Index) -> Index:
        """Mobile numbers, none that looks like a filler."""
        limit = len(self._prefixes) * 10**6
        if 3 * self.people > limit:
            raise ValueError(f"There are only {limit} mobile numbers to draw from.")
        number = self._phone(person, limit)
        odd = _dull(number)
        while odd.any():  # numbers that nobody else has
            person = np.where(odd, person + self.people, person)
            number = np.where(odd, self._phone(person, limit), number)
            odd = _dull(number)
        return number

    def _phone(self, person: Index, limit: int) -> Index:
        place = self._scattered(person, limit)
        return self._prefixes[place // 10**6] * 10**6 + place % 10**6

    def write(self, path: Path) -> dict[str, int]:
        """Writes the dump; returns rows and how many records, persons, IDs and phone numbers are different."""
        seen = np.zeros(self.people, np.uint8)
        records = 0
        with path.open("wb") as file:
            file.write("姓名,身份证号,手机号码,交易金额\n".encode())
            for at in range(0, self.count, CHUNK):
                index = np.arange(at, min(at + CHUNK, self.count))
                source = self._draw.earlier("copy", index, COPIES)
                records += int((source == index).sum())
                person = self._draw.below("person", source, self.people)
                form = np.array([BOTH, BOTH, BOTH, BOTH, BOTH, ID, PHONE], np.uint8)[
                    self._draw.below("form", source, 7)
                ]
                np.bitwise_or.at(seen, person, form)
                _write(file, self._table(source, person, form))
        both, only = seen & BOTH > 0, seen & (ID | PHONE)
        return {
            "rows": self.count,
            "records": records,
            # An ID alone and a phone number alone are two persons where no row shows that they are one's.
            "persons": int((seen > 0).sum() + (~both & (only == ID | PHONE)).sum()),
            "resident_id": int((both | (seen & ID > 0)).sum()),
            "mobile_phone": int((both | (seen & PHONE > 0)).sum()),
        }

    def _table(self, source: Index, person: Index, form: Words) -> pa.Table:
        body = self.ids(person)
        yuan, cents = np.divmod(source, 100)
        return pa.table(
            {
                "name": self._attributes.names(person).text,
                "id": pa.compute.if_else(pa.array(form != PHONE), id_text(body, checks.id_check(body)), ""),
                "phone": pa.compute.if_else(pa.array(form != ID), digits(self.phones(person)), ""),
                "amount": joined(digits(yuan + 1), ".", padded(2).take(pa.array(cents))),
            }
        )


def _dull(numbers: Index) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Numbers of few different digits or in a row, which people type in when they want to give none."""
    tail = numbers % 10**8
    pairs = np.stack([tail // 10**at % 100 for at in (0, 2, 4, 6)])
    steps = np.stack([(tail // 10 ** (at + 1) % 10 - tail // 10**at % 10) % 10 for at in range(7)])
    even = (steps == steps[0]).all(axis=0) | (pairs == pairs[0]).all(axis=0)
    return even | (tail // 10**4 == tail % 10**4) | np.isin(tail, (138000, 271828))


def _write(file: object, table: pa.Table) -> None:
    options = pa.csv.WriteOptions(include_header=False, quoting_style="none")
    pa.csv.write_csv(table, file, options)


def made(path: Path, count: int) -> dict[str, int]:
    """The dump at ``path``, written if it is not there; what is to be counted in it."""
    truth = path.with_suffix(".json")
    if not truth.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        truth.write_text(json.dumps(Rows(count).write(path)))
    found: dict[str, int] = json.loads(truth.read_text())
    return found


if __name__ == "__main__":
    made(Path(sys.argv[1]), int(sys.argv[2]))
