"""Numbers that are damaged or disguised: those that one unambiguous repair makes whole, and those that lost digits.

A restored number is looked at by the detectors of numbers as any other, but it is a fact under a name of its own,
``mobile_phone^letters``: whether it counts is decided by the whole column (``columns.decision``), and the low reading
never counts it. One that lost digits (``resident_id^scientific``) is counted apart and is no fact at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scanner import knowledge
from scanner.ascending import ascending
from scanner.columns.names import RESTORED, SCIENTIFIC, TRUNCATED, ZEROS
from scanner.columns.tally import ColumnTally
from scanner.detectors.profile import profile_of
from scanner.detectors.resident_id import region_years
from scanner.errors import PatternError
from scanner.kernels import digits, restore
from scanner.kernels.spans import overlapping
from scanner.model import Cells, Check, Detector, Matches
from scanner.scanning.candidates import rows_of
from scanner.store.keys import GB_11643, Keys, Secret, match_keys

FILE = "damage.toml"
LANDLINES = frozenset(
    {"phone", "caller", "callee"}
)  # roles of columns whose numbers may have lost the first 0
KEPT = 15  # digits that a spreadsheet keeps
REGION = 6  # digits of a region code
NUMBERS = digits.MOBILE | digits.LANDLINE | digits.ID18 | digits.ID15 | digits.CARD


class Characters(NamedTuple):
    """``table`` uint8[restore.CODES] and its ``gate`` (``restore.gate_tables``).

    A number with letters has at least so many ``digits``, and at most so many ``letters``.
    """

    table: NDArray[np.uint8]
    gate: NDArray[np.uint8]
    digits: int
    letters: int


@cache
def characters() -> Characters:
    """What characters stand for; PatternError where patterns/damage.toml is not well formed."""
    content = knowledge.toml(FILE)
    try:
        table, letters = _table(content), content["letters"]
        return Characters(table, restore.gate_tables(table), int(letters["digits"]), int(letters["most"]))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise PatternError(f"{FILE}: is not well formed ({type(error).__name__}: {error}).") from error


def _table(content: dict[str, Any]) -> NDArray[np.uint8]:
    table = np.zeros(restore.CODES, np.uint8)
    table[ord("\r")] = table[ord("\n")] = restore.BREAK
    for first in (0x41, 0x61, 0xFF21, 0xFF41):
        table[first : first + 26] = restore.BOUND
    for first in (0x30, 0xFF10):
        table[first : first + 10] = np.arange(10) + restore.PLAIN
    table[[ord(each) for each in "Xx×ＸｘΧχХх"]] = restore.X_END
    table[[ord(each) for each in ",，"]] = [restore.COMMA, restore.COMMA + 1]
    forms = content["forms"]
    for key, first, count in (("tens", 0, 10), ("nines", 1, 9)):
        for text in forms[key]:
            at = int(text, 16)
            table[at : at + count] = np.arange(first, first + count) + restore.FORM
    for text, digit in forms["single"]:
        table[int(text, 16)] = restore.FORM + digit
    for text in content["numerals"]["places"]:
        table[ord(text)] = restore.BOUND
    for digit, writings in enumerate(content["numerals"]["writings"]):
        table[[ord(each) for each in writings]] = restore.NUMERAL + digit
    for digit, name in enumerate(("zero", "one")):
        table[[ord(each) for each in content["letters"][name]]] = restore.LETTER + digit
    for name, bit in (("known", 0), ("odd", restore.ODD)):
        table[[int(each, 16) for each in content["invisible"][name]]] = restore.INVISIBLE + bit
    joints = content["joints"]
    for name, which in (("spaces", restore.SPACE), ("hyphens", restore.HYPHEN)):
        table[[ord(each) for each in joints[name]]] = restore.JOINT + which
        table[[ord(each) for each in joints[f"odd_{name}"]]] = restore.JOINT + which + restore.ODD
    for signs, which in ((".．", restore.POINT), ("/／", restore.SLASH), ("_＿", restore.LOW_LINE)):
        table[[ord(each) for each in signs]] = restore.JOINT + which
    table[[ord(each) for each in "·•・"]] = restore.JOINT + restore.MIDDLE_DOT
    table[[ord(each) for each in content["wrappers"]["characters"]]] = restore.WRAPPER
    table.setflags(write=False)
    return table


@cache
def token_tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What a survey asks of cells that may hold such characters (``restore.token_tables``)."""
    return restore.token_tables(characters().table)


@cache
def lost_labels() -> dict[int, str]:
    """The label of a number that a spreadsheet shows by its first digits, by how many it had."""
    labels = knowledge.toml(FILE)["scientific"]["labels"]
    return {int(digits): label for digits, label in labels.items()}


class Part(NamedTuple):
    """Numbers of one ``kind`` (``restore.KINDS``) in plain text, and the way back.

    ``cells``: their texts; ``cell`` int32: the cell that each is from; ``low``, ``high`` int32, for each byte of the
    texts: where in that cell its character lies; ``odd`` int32: how many bytes before it stand for something else than
    plain digits; ``digits`` uint8: how many a number had of which some are lost.
    """

    kind: str
    cells: Cells
    cell: NDArray[np.int32]
    low: NDArray[np.int32]
    high: NDArray[np.int32]
    odd: NDArray[np.int32]
    digits: NDArray[np.uint8]

    def original(self, found: Matches) -> Matches:
        """The same matches as they lie in the cells that they are from, ``restored`` among their checks."""
        first = self.cells.start[found.cell]
        low, high = self.low[first + found.start], self.high[first + found.end - 1]
        checks = found.checks | np.uint32(Check.RESTORED)
        return Matches(self.cell[found.cell], low, high, checks, found.key)

    def changed(self, found: Matches) -> NDArray[np.bool_]:
        """bool[n]: which matches hold something that was no plain digit."""
        first = self.cells.start[found.cell]
        different: NDArray[np.bool_] = self.odd[first + found.end] > self.odd[first + found.start]
        return different


def parts(cells: Cells, role: str | None) -> tuple[Part, ...]:
    """What a column's cells hold of damaged numbers, one part for each kind; mostly none. Kept for dictionaries."""
    known: Any = cells.memo.get("found")  # of a dictionary, over all batches
    if known is not None and RESTORED in known:
        return known[RESTORED]  # type: ignore[no-any-return]
    found = tuple(_parts(cells, role in LANDLINES))
    if known is not None:
        known[RESTORED] = found
    return found


def _parts(cells: Cells, landlines: bool) -> Iterator[Part]:
    profile, (table, gate, least, most) = profile_of(cells), characters()
    data, start, end = cells.data, cells.start, cells.end
    models = profile.models if profile.odd is None else profile.odd
    if len(models):
        models = restore.suspects(
            data, start, end, models, profile.kinds, table, gate, landlines, least, most
        )
    if not len(models):
        return
    chosen = profile.written_like(models)
    cell, begin, stop, kind, lengths, text, low, high, odd = restore.restore(
        data, start, end, chosen, table, landlines, least, most
    )
    before = np.zeros(len(odd) + 1, np.int32)
    np.cumsum(odd, out=before[1:])
    for number in ascending(kind).tolist():
        which = kind == number
        plain = Cells(text, begin[which], stop[which])
        yield Part(restore.KINDS[number], plain, cell[which], low, high, before, lengths[which])


class Restored(NamedTuple):
    """Restored numbers of one detector that pass its checks: facts under ``name``, with the keys of ``match_keys``."""

    name: str
    detector: Detector
    matches: Matches
    keys: Keys


class Lost(NamedTuple):
    """Numbers that lost digits, as ``name`` tells: resident_id^scientific."""

    name: str
    detector: Detector
    matches: Matches


def restored(
    cells: Cells,
    role: str | None,
    detectors: Sequence[Detector],
    known: Sequence[Matches],
    weights: NDArray[np.int64] | None,
    secret: Secret,
    stats: ColumnTally,
    lost: list[Lost],
) -> list[Restored]:
    """Adds restored numbers of a column to its statistics, and returns those that pass their checks.

    ``known``: the valid matches of all detectors, on which nothing is restored; ``weights`` int64[cells]: rows of each
    cell of a dictionary column. Numbers that a spreadsheet shows by their first digits are added to ``lost``.
    """
    found: list[Restored] = []
    for part in parts(cells, role):
        if part.kind == SCIENTIFIC:
            lost += _scientific(part, role, detectors)
            continue
        gone = list(known)
        for detector, plain in candidates(part, detectors):
            for other in gone:
                plain = plain.take(_apart(part.original(plain), other)) if len(plain) else plain
            if not len(plain):
                continue
            name = f"{detector.name}{RESTORED}{part.kind}"
            sound = _count(name, detector, part, plain, weights, stats)
            if len(sound):
                keys = match_keys(part.cells, sound, detector, secret)
                found.append(Restored(name, detector, part.original(sound), keys))
                gone.append(found[-1].matches)
    return found


def candidates(part: Part, detectors: Sequence[Detector]) -> Iterator[tuple[Detector, Matches]]:
    """What the detectors of numbers see in the plain texts of a part, where something was restored."""
    for detector in detectors:
        if getattr(detector, "kinds", 0) & NUMBERS:
            plain = detector.find(part.cells)
            plain = plain.take(part.changed(plain)) if len(plain) else plain
            if len(plain):
                yield detector, plain


def _apart(some: Matches, others: Matches) -> NDArray[np.bool_]:
    """bool[n]: which of some matches lie on none of the others."""
    if not len(others):
        return np.ones(len(some), np.bool_)
    order = np.lexsort((others.start, others.cell))
    others = others.take(order)
    under, _ = overlapping(some.cell, some.start, some.end, others.cell, others.start, others.end)
    free: NDArray[np.bool_] = under == 0
    return free


def _count(
    name: str,
    detector: Detector,
    part: Part,
    plain: Matches,
    weights: NDArray[np.int64] | None,
    stats: ColumnTally,
) -> Matches:
    """Adds candidates to the statistics of ``name``; returns the valid ones. Placeholders are no numbers of anybody."""
    required, basis = np.uint32(int(detector.required)), np.uint32(int(detector.basis))
    valid = (plain.checks & required) == required
    valid &= (plain.checks & np.uint32(Check.PLACEHOLDER)) == 0
    based = (plain.checks & basis) == basis
    whole = (
        valid & (plain.start == 0) & (plain.end == part.cells.end[plain.cell] - part.cells.start[plain.cell])
    )
    label = stats.label(name)
    cell = part.cell[plain.cell]
    label.candidates += rows_of(cell, weights)
    label.valid += rows_of(cell[valid], weights)
    label.basis += rows_of(cell[based], weights) if detector.basis else 0
    label.whole += rows_of(cell[whole], weights)
    stats.label(detector.name).variants[name] += rows_of(cell[valid], weights)
    return plain.take(valid)


def _scientific(part: Part, role: str | None, detectors: Sequence[Detector]) -> Iterator[Lost]:
    """Numbers of which a spreadsheet shows the first digits: of the label that the header names, or of their length."""
    by_name = {detector.name: detector for detector in detectors}
    card = by_name.get("bank_card")
    for length in ascending(part.digits).tolist():
        detector = by_name.get(lost_labels().get(length, ""))
        if card is not None and role in card.roles and length > KEPT:
            detector = card
        if detector is None:
            continue
        which = part.digits == length
        cells = Cells(part.cells.data, part.cells.start[which], part.cells.end[which])
        checks = np.full(len(cells), Check.FORMAT | Check.SCIENTIFIC, np.uint32)
        if detector.label == "resident_id":
            checks[_regions_known(cells)] |= np.uint32(Check.REGION)
        first, last = cells.start, cells.end - 1
        found = Matches(part.cell[which], part.low[first], part.high[last], checks)
        yield Lost(f"{detector.name}{RESTORED}{SCIENTIFIC}", detector, found)


def _regions_known(cells: Cells) -> NDArray[np.bool_]:
    """bool[n]: which texts begin with six digits that were assigned to a region."""
    long = cells.end - cells.start >= REGION
    code = np.zeros(len(cells), np.int64)
    for place in range(REGION):
        code = 10 * code + np.where(long, cells.data[np.where(long, cells.start + place, 0)] - ord("0"), 0)
    known: NDArray[np.bool_] = long & (region_years()[code] > 0)
    return known


def _loses_digits(detector: Detector, found: Matches) -> tuple[bool, bool]:
    """Whether these are identity numbers or cards, which lose digits where 15 are kept; whether of the former."""
    identity = detector.label in GB_11643
    wanted = digits.ID18 if identity else digits.CARD
    return found.key is not None and bool(getattr(detector, "kinds", 0) & wanted), identity


def tailed(detector: Detector, found: Matches, kind: NDArray[np.uint8], asked: int, bit: int) -> int:
    """Sets ``bit`` in ``kind`` uint8[n] of those that have ``asked`` there and end in zeros, as where 15 digits were
    kept; how many. Placeholders stay as they are, and so do all but identity numbers and cards."""
    loses, identity = _loses_digits(detector, found)
    if not loses or found.key is None:
        return 0
    without = int(Check.PLACEHOLDER)
    return restore.mark_zero_tails(kind, asked, bit, found.key, found.checks, without, identity)


def lost_digits(detector: Detector, failed: Matches) -> NDArray[np.bool_] | None:
    """bool[n]: which of the failed candidates end in zeros, as where 15 digits were kept; None: none of them."""
    loses, identity = _loses_digits(detector, failed)
    if not loses or failed.key is None:
        return None
    zeros, count = restore.zero_tails(failed.key, identity)
    return zeros.view(np.bool_) if count else None


def truncated(detector: Detector, failed: Matches, zeros: NDArray[np.bool_]) -> Lost:
    """Those of the failed candidates that ``lost_digits`` tells of."""
    found = failed.take(zeros)
    checks = found.checks | np.uint32(Check.TRUNCATED)
    matches = Matches(found.cell, found.start, found.end, checks)
    return Lost(f"{detector.name}{RESTORED}{TRUNCATED}", detector, matches)


def set_apart(
    detector: Detector, zeros: Matches, cells: Cells, weights: NDArray[np.int64] | None, stats: ColumnTally
) -> None:
    """The statistics of valid matches that are ``tailed`` go over to a tally of their own.

    They may be truncated ones that pass by chance.
    """
    name = f"{detector.name}{RESTORED}{ZEROS}"
    plain, own = stats.label(detector.name), stats.label(name)
    whole = (zeros.start == 0) & (zeros.end == cells.end[zeros.cell] - cells.start[zeros.cell])
    rows, full = rows_of(zeros.cell, weights), rows_of(zeros.cell[whole], weights)
    for label, sign in ((plain, -1), (own, 1)):
        label.candidates += sign * rows
        label.valid += sign * rows
        label.basis += sign * rows if detector.basis else 0
        label.whole += sign * full


def count_lost(
    name: str, detector: Detector, found: Matches, weights: NDArray[np.int64] | None, stats: ColumnTally
) -> None:
    """Adds numbers that lost digits to the statistics; ``basis``: those with a plausible beginning."""
    stats.label(detector.name)
    label = stats.label(name)
    label.candidates += rows_of(found.cell, weights)
    basis = int(detector.basis) if detector.label not in GB_11643 else int(Check.REGION)
    plausible = (found.checks & np.uint32(basis)) == basis
    if detector.label in GB_11643 or name.endswith(TRUNCATED):
        label.basis += rows_of(found.cell[plausible], weights)
