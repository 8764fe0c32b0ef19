"""What a whole column says: from its statistics the decision for each detector.

Chance is a hypothesis that is tested: among candidates that have a detector's ``basis`` checks, random digits
would pass the rest at the rate ``chance``. The column is taken for identifiers only if that explains its pass
rate better than chance does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from scanner.columns.chance import beyond_chance, likelier_than_chance
from scanner.columns.names import COVERED, FORMAL, HEADED, LOST, PROBABLE, RESTORED, TRUNCATED, ZEROS, base
from scanner.columns.tally import VARIETY, ColumnTally, LabelTally
from scanner.model import Check, Detector

ENOUGH = 20  # values; fewer say nothing about variety
NEAR_PERFECT = 0.9


class Decision(NamedTuple):
    """Whether a detector's valid matches in a column are accepted, why (``code``), and the figures in a sentence."""

    accepted: bool
    code: str
    reason: str


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"


def _too_few(part: int, cells: int, which: str, least: float) -> Decision:
    """The refusal where no header agrees, and less than the ``least`` share of some cells are values."""
    return Decision(
        False,
        "too_few",
        f"only {_percent(part, cells)} of the {cells} {which} are such values, {100 * least:.0f} % are needed "
        f"without a header that names them",
    )


def _first_decision(
    column: ColumnTally,
    tally: LabelTally,
    detector: Detector,
    role: str | None,
    kind: str,
    subject: str | None = None,
) -> Decision:
    agrees = role in detector.roles
    header = "; the header agrees" if agrees else ""
    telling = detector.basis & ~Check.FORMAT and 2 * tally.basis >= tally.candidates
    if kind == "float" and telling and 2 * tally.candidates >= column.nonempty:
        share = _percent(tally.basis, tally.candidates)
        return Decision(
            False,
            "float",
            f"damaged identifiers: {tally.candidates} numbers of this shape in a floating-point column, which keeps "
            f"only 15 to 17 digits ({share} still have a plausible beginning)",
        )
    if not tally.valid:
        return Decision(False, "none_valid", f"none of {tally.candidates} candidates passes its checks")
    if detector.header_only and not agrees:
        return Decision(False, "header_only", "this shape is accepted only under a header that names it")
    other = (
        subject is not None and subject not in detector.roles and not getattr(detector, "other_headers", True)
    )
    other = other or subject in getattr(detector, "none_under", ())
    if other or (tally.valid < ENOUGH and subject in getattr(detector, "words_under", ())):
        return Decision(False, "other_header", "the header names another thing, and this shape proves little")
    if role in getattr(detector, "few_under", ()) and 2 * tally.whole > column.nonempty:
        share = _percent(tally.whole, column.nonempty)
        return Decision(
            False,
            "too_many",
            f"{share} of the {column.nonempty} filled cells are such values; under a header that does not name this "
            f"kind most cannot be",
        )
    figures = (
        f"{tally.valid} of {tally.candidates} candidates pass ({_percent(tally.valid, tally.candidates)})"
    )
    if detector.chance and tally.basis:
        rate = _percent(tally.valid, tally.basis)
        chance = f"{100 * detector.chance:.1f} %"
        figures += f"; of {tally.basis} with a plausible shape {rate} pass, where chance gives {chance}"
        # As few have the basis as of random digits: these numbers are others, and some of them pass.
        strays = not agrees and tally.basis <= getattr(detector, "strays", 0.0) * tally.candidates
        likelier = likelier_than_chance(tally.valid, tally.basis, detector.chance)
        if not likelier or (strays and not beyond_chance(tally.valid, tally.basis, detector.chance)):
            return Decision(False, "chance", f"no better than chance: {figures}")
    if not agrees and tally.valid >= ENOUGH and tally.dated >= NEAR_PERFECT * tally.valid:
        share = _percent(tally.dated, tally.valid)
        return Decision(
            False, "dated", f"{share} of {tally.valid} begin with a date, as numbers of orders do"
        )
    if detector.whole and not agrees and tally.whole < detector.whole * column.nonempty:
        return _too_few(tally.whole, column.nonempty, "filled cells", detector.whole)
    pure = getattr(detector, "pure", 0.0)
    if not agrees and tally.valid < pure * tally.candidates:
        return _too_few(tally.valid, tally.candidates, "cells of this shape", pure)
    least = min(VARIETY + 1, getattr(detector, "variety", 0.0) * tally.valid)
    if not agrees and tally.valid >= ENOUGH and len(tally.variety) < least:
        return Decision(
            False, "repetitive", f"only {len(tally.variety)} different values among {tally.valid}"
        )
    return Decision(True, "accepted", figures + header)


def decide(
    column: ColumnTally,
    detectors: Sequence[Detector],
    role: str | None,
    kind: str = "text",
    loose: bool = False,
    subject: str | None = None,
) -> Mapping[str, Decision]:
    """The decision for each detector that saw a candidate, by its name. A pure function of the whole column.

    ``role``: by the header, else by the cells; ``subject``: by a sure header alone (``headers.subject``).
    ``loose``: these are damaged lines, no column; what only a column can show is not accepted in them.
    """
    decisions: dict[str, Decision] = {}
    present = [detector for detector in detectors if detector.name in column.labels]
    for detector in present:  # by rank: better ranks are decided before those that they may dominate
        tally = column.labels[detector.name]
        if tailed := column.labels.get(detector.name + RESTORED + ZEROS):
            tally = _with_zeros(tally, tailed, column, detector, decisions)
        decision = _first_decision(column, tally, detector, role, kind, subject)
        if loose and decision.accepted and detector.whole:
            decision = Decision(False, "no_column", "damaged lines are no column, which this shape needs")
        if decision.accepted and tally.contested:
            rival, count = max(tally.contested.items(), key=lambda item: (item[1], item[0]))
            if count >= 0.5 * tally.valid and (known := decisions.get(rival)) and known.accepted:
                decision = Decision(
                    False,
                    "contested",
                    f"{count} of {tally.valid} lie on values of the shape of {rival}, which this column holds",
                )
        decisions[detector.name] = decision
        if tailed and detector.name + RESTORED + ZEROS not in decisions:
            decisions[detector.name + RESTORED + ZEROS] = decision
        if probable := tally.variants[detector.name + PROBABLE]:
            strong = role in detector.roles or 2 * tally.whole >= column.nonempty
            more = f"{probable} more lack only what such a column makes up for"
            decisions[detector.name + PROBABLE] = Decision(decision.accepted and strong, decision.code, more)
    _settle_variants(column, present, decisions)
    for name in sorted(column.labels):
        kind = name.partition(RESTORED)[2]
        if not kind or kind == ZEROS:
            continue
        owner = next(each for each in detectors if each.name == base(name))
        if kind in LOST:
            _settle_lost(name, column, owner, role, decisions)
        else:
            decisions[name] = _restored_decision(name, column, owner, role, kind, loose)
    return _shared(tuple(decisions.items()))


@lru_cache(maxsize=1 << 12)
def _shared(decisions: tuple[tuple[str, Decision], ...]) -> Mapping[str, Decision]:
    """The decisions as one and the same object wherever they are equal, as in very many files of a row each."""
    return MappingProxyType(dict(decisions))


def _with_zeros(
    tally: LabelTally,
    tailed: LabelTally,
    column: ColumnTally,
    detector: Detector,
    decisions: dict[str, Decision],
) -> LabelTally:
    """The tally with its numbers that end in zeros, unless these pass as often as by chance, as truncated ones do."""
    lost = column.labels.get(detector.name + RESTORED + TRUNCATED) or LabelTally()
    if likelier_than_chance(tailed.valid, tailed.valid + lost.candidates, detector.chance):
        both = LabelTally()
        both.merge(tally)
        both.merge(tailed)
        return both
    reason = (
        f"{tailed.valid} of {tailed.valid + lost.candidates} numbers that end in zeros pass, as many as by chance: "
        f"they lost digits in a spreadsheet"
    )
    decisions[detector.name + RESTORED + ZEROS] = Decision(False, "damaged", reason)
    return tally


def _restored_decision(
    name: str, column: ColumnTally, detector: Detector, role: str | None, kind: str, loose: bool
) -> Decision:
    """Restored numbers are judged together with those of their kind that needed no repair."""
    own, plain = column.labels[name], column.labels[detector.name]
    both = LabelTally()
    both.merge(own)
    both.merge(plain)
    if not own.valid:
        return Decision(False, "none_valid", f"none of {own.candidates} candidates passes its checks")
    if detector.chance and own.basis and not likelier_than_chance(own.valid, own.basis, detector.chance):
        reason = f"no better than chance: {own.valid} of {own.candidates} restored candidates pass"
        return Decision(False, "chance", reason)
    decision = _first_decision(column, both, detector, role, "text")
    if decision.accepted and loose and (detector.whole or kind in FORMAL | HEADED):
        return Decision(False, "no_column", "damaged lines are no column, which this shape needs")
    agrees = role in detector.roles
    if decision.accepted and kind in HEADED and not agrees:
        return Decision(False, "header_only", "this shape is accepted only under a header that names it")
    if decision.accepted and kind in FORMAL and not agrees and (role or 2 * both.whole < column.nonempty):
        share = _percent(both.whole, column.nonempty)
        reason = (
            f"only {share} of the {column.nonempty} filled cells are such values, most must be where no header "
            f"names them"
        )
        return Decision(False, "too_few", reason)
    if not decision.accepted:
        return decision
    header = "; the header agrees" if agrees else ""
    return Decision(True, "restored", f"{own.valid} of {own.candidates} restored candidates pass{header}")


def _settle_lost(
    name: str, column: ColumnTally, detector: Detector, role: str | None, decisions: dict[str, Decision]
) -> None:
    """Numbers that lost digits are told where the header, or others of their column, say what they were."""
    own, plain = column.labels[name], decisions[detector.name]
    most = 2 * own.candidates >= column.nonempty and role is None and 5 * own.basis >= 4 * own.candidates
    if not (role in detector.roles or plain.accepted or most):
        return
    reason = f"damaged identifiers: {own.candidates} numbers of this kind lost digits in a spreadsheet"
    decisions[name] = Decision(False, "damaged", reason)
    if not plain.accepted and 2 * own.candidates >= column.nonempty:
        decisions[detector.name] = decisions[name]


def _settle_variants(
    column: ColumnTally, detectors: Sequence[Detector], decisions: dict[str, Decision]
) -> None:
    """Covered matches count where what covers them does not; values that a wider rule counts, count once."""
    told = {name for name, decision in decisions.items() if name.endswith(PROBABLE) and decision.accepted}
    wider = [each for each in detectors if each.name + PROBABLE in told] if told else []
    for detector in detectors:
        for variant in column.labels[detector.name].variants:
            if COVERED in variant:
                other = decisions[variant.partition(COVERED)[2]]
                accepted = decisions[detector.name].accepted and not other.accepted
                decisions[variant] = Decision(
                    accepted, "covered", f"{other.reason}, so these values are no such"
                )
        for better in wider:
            if better.label == detector.label and better.rank < detector.rank:
                reason = f"these values are counted as probable ones of {better.name}"
                decisions[detector.name] = Decision(False, "covered", reason)


def told_apart(
    column: ColumnTally, name: str, decisions: Mapping[str, Decision]
) -> tuple[dict[str, int], dict[str, int]]:
    """Of a detector's numbers in a column: by kind those restored, as far as accepted, and those that lost digits."""
    restored: dict[str, int] = {}
    lost = Counter[str]()
    for each, tally in sorted(column.labels.items()):
        kind = each.partition(RESTORED)[2]
        if not kind or base(each) != name or (decision := decisions.get(each)) is None:
            continue
        if kind in LOST:
            lost[kind] += tally.candidates
        elif kind == ZEROS:
            if decision.code == "damaged" and name + RESTORED + TRUNCATED in decisions:
                lost[TRUNCATED] += tally.valid
        elif decision.accepted:
            restored[kind] = tally.valid
    return restored, +lost


def damaged(tally: LabelTally, decision: Decision) -> int:
    """How many candidates of a near-perfect identifier column fail their checks: damaged identifiers, made visible."""
    if not decision.accepted or tally.valid < NEAR_PERFECT * tally.candidates:
        return 0
    return tally.candidates - tally.valid
