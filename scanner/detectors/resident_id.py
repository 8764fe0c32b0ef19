"""Numbers of identity documents after GB 11643-1999: citizens, permit holders, foreign residents, 15 digits.

A region counts as known if the table of all codes ever assigned has it, and as abolished if it ended before
the year of birth. That a code is younger than the person proves nothing: numbers are assigned by the
registered residence (户籍) since about 1984, so the elder carry later codes. Codes of provinces and
prefectures (xx0000, xxxx00) are in the table and count; a county code that no edition lists does not, even
in a known prefecture.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from scanner.detectors.behind_names import behind_names
from scanner.detectors.placeholders import placeholders
from scanner.detectors.runs import Checked, Runs, runs_of
from scanner.kernels import digits, number_checks
from scanner.knowledge import table
from scanner.model import Cells, Check, Matches

# No living person of the registration era was born earlier; the standard itself sets no bound.
EARLIEST_YEAR = 1880
STILL_ASSIGNED = 9999
PERMIT_CODES = [810_000, 820_000, 830_000]  # 香港, 澳门, 台湾
# Words for identity cards and what may stand between them and the number, in UTF-8.
NAMES = re.compile(
    "(?:身份证|身份證|身分證)(?:件)?(?:号码|號碼|号|號)?(?:为|是)?(?:[ :=#]|：){0,3}$".encode()
)
LONGEST_NAME = 36  # bytes
ID_ROLES = frozenset({"id_number", "document_number", "passport_number", "permit_number", "military_number"})


@cache
def region_years() -> NDArray[np.int16]:
    """int16[1000000]: for each region code the last year in force (9999: still), 0 if never assigned."""
    regions = table("regions").columns
    years = np.zeros(1_000_000, np.int16)
    ends = np.array([int(year or STILL_ASSIGNED) for year in regions["last_year"]], np.int16)
    np.maximum.at(years, np.array(regions["code"], np.int64), ends)
    years.flags.writeable = False
    return years


@cache
def region_table() -> number_checks.RegionTable:
    """``region_years``, marked, and ``nationalities`` as the kernel takes them."""
    regions = region_years().astype(np.uint16)
    regions[PERMIT_CODES] |= np.uint16(number_checks.PERMIT_MARK)
    return number_checks.RegionTable(regions, nationalities())


@cache
def nationalities() -> NDArray[np.uint8]:
    """uint8[1000]: 1 for the numeric codes of ISO 3166-1."""
    nations = np.zeros(1000, np.uint8)
    nations[np.array(table("countries").columns["numeric"], np.int64)] = 1
    nations.flags.writeable = False
    return nations


class _Identity18:
    """What the three families of 18-character numbers share; ``as_of``: no one is born after that day."""

    family: ClassVar[int]
    kinds = digits.ID18
    standard = "GB 11643-1999 (ISO 7064 MOD 11-2, GB/T 2260, GB/T 7408)"
    required = int(Check.FORMAT | Check.CHECKSUM | Check.DATE | Check.REGION)
    basis = int(Check.FORMAT | Check.DATE | Check.REGION)
    chance = 1 / 11
    whole = 0.0
    roles = ID_ROLES
    header_only = False

    def __init__(self, as_of: date) -> None:
        self.as_of = as_of.year * 10000 + as_of.month * 100 + as_of.day

    def find(self, cells: Cells) -> Matches:
        """Every number of this family's shape, valid or not; key: 17 digits * 11 + check value."""
        runs = runs_of(cells)
        if not runs.kinds & self.kinds:
            return Matches.none(packed=True)
        runs, families = _families(cells, runs, self.as_of)
        return runs.matches(*families[self.family])


def _families(cells: Cells, runs: Runs, as_of: int) -> tuple[Runs, Sequence[Checked]]:
    """The numbers of all families among the runs of their shape, found once; kept in the memo."""
    name = f"identity_numbers {as_of}"
    known = cells.memo.get(name)
    if isinstance(known, tuple):
        return known
    runs = runs.of_kind(digits.ID18)
    found = number_checks.identity_numbers(runs.value, runs.flags, region_table(), EARLIEST_YEAR, as_of)
    for _, checks, key in found:
        if len(key):
            placeholders("resident_id", 18).mark(key, checks)
    cells.memo[name] = runs, found
    return runs, found


class ResidentId(_Identity18):
    """公民身份号码: 6 region, 8 birth, 3 sequence, 1 check character; first digit 1 to 8.

    Faults: FUTURE (born after ``as_of``), ABOLISHED, UNASSIGNED (region), PLACEHOLDER.
    """

    name = label = "resident_id"
    family = number_checks.RESIDENT
    rank = 10


class HmtPermit(_Identity18):
    """港澳台居民居住证号码 (since 2018-09-01): as a citizen's number, under 810000, 820000 or 830000."""

    name = label = "hmt_residence_permit"
    standard = "国办发〔2018〕81号, GB 11643-1999 (ISO 7064 MOD 11-2)"
    family = number_checks.RESIDENCE_PERMIT
    rank = 11


class ForeignResidentId(_Identity18):
    """外国人永久居留身份证号码 (cards from 2023-12-01), first digit 9.

    Then 2 digits for the province, 3 for the nationality, 8 birth, 3 sequence, 1 check character.
    REGION: the province is one of GB/T 2260 and the nationality one of ISO 3166-1.
    """

    name = label = "foreign_resident_id"
    standard = "国家移民管理局, 外国人永久居留身份证 2023 (ISO 7064 MOD 11-2, ISO 3166-1)"
    family = number_checks.FOREIGN
    rank = 11


class ResidentId15:
    """First-generation number: 6 region, 6 birth (19YYMMDD), 3 sequence; void since 2013-01-01.

    It has no check digit. The key is that of the 18 characters it became, so both forms of one person
    count once.
    """

    name = "resident_id_15"
    label = "resident_id"
    standard = "GB 11643-1989"
    required = int(Check.FORMAT | Check.DATE | Check.REGION)
    basis = int(Check.FORMAT)
    kinds = digits.ID15
    rank = 30
    whole = 0.6
    roles = ID_ROLES
    header_only = False

    def __init__(self, as_of: date) -> None:
        self.as_of = as_of.year * 10000 + as_of.month * 100 + as_of.day
        # Of random digits: the share of known codes under 1xxxxx to 8xxxxx, times the days of a century.
        self.chance = float(np.count_nonzero(region_years()[100_000:900_000])) / 800_000 * 36_525 / 1_000_000

    def find(self, cells: Cells) -> Matches:
        """Every 15-digit number that begins with 1 to 8."""
        name = f"identity_numbers_15 {self.as_of}"
        known = cells.memo.get(name)
        if isinstance(known, Matches):
            return known
        runs = runs_of(cells)
        if not runs.kinds & self.kinds:
            return Matches.none(packed=True)
        runs = runs.of_kind(self.kinds)
        which, checks, key = number_checks.identity_numbers_15(
            runs.value, runs.flags, region_table(), EARLIEST_YEAR, self.as_of
        )
        placeholders(self.label, 15).mark(runs.value[which], checks)
        placeholders(self.label, 18).mark(key, checks)
        found = cells.memo[name] = runs.matches(which, checks, key)
        return found


class NamedResidentId15(ResidentId15):
    """A first-generation number behind its name in a text (身份证号：…), where one is enough."""

    name = "resident_id_15_named"
    standard = "GB 11643-1989; behind its name"
    rank = 29
    whole = 0.0

    def find(self, cells: Cells) -> Matches:
        """Those of ``ResidentId15`` that stand right behind a word for identity cards."""
        found = super().find(cells)
        if not len(found) or not (found.start > 0).any():
            return Matches.none(packed=True)
        sound = found.checks & self.required == self.required
        return found.take(behind_names(cells, found, sound, NAMES, LONGEST_NAME))
