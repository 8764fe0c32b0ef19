"""All detectors of a run: the modules of this package, the pattern packs, and what plugins bring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path

from scanner.detectors.packs import built_in, check_patterns, read_pack
from scanner.detectors.pattern import pattern_detectors
from scanner.errors import PatternError, PluginError
from scanner.model import Detector

GROUP = "leaktally.detectors"
_TYPES: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "label": (str,),
    "standard": (str,),
    "required": (int,),
    "basis": (int,),
    "chance": (float, int),
    "rank": (int,),
    "whole": (float, int),
    "roles": (frozenset,),
    "header_only": (bool,),
}


def detectors(as_of: date, packs: Sequence[Path] = ()) -> tuple[Detector, ...]:
    """The detectors of a run, by rank, then name.

    ``as_of``: the day on which dates count as past. ``packs``: files of the user's own patterns; each must
    pass its own examples. Raises PatternError for a pack and PluginError for a plugin that does not fit, and
    for a name that is taken.
    """
    patterns = list(built_in())
    for path in packs:
        own = read_pack(path)
        failures = check_patterns(own)
        if failures:
            raise PatternError(failures[0])
        taken = {pattern.name: pattern.file for pattern in patterns}
        for pattern in own:
            if pattern.name in taken:
                raise PatternError(
                    f"{path}: field 'name' gives {pattern.name}, as {taken[pattern.name]} does."
                )
        patterns += own
    found: dict[str, Detector] = {}
    for detector in (*_modules(as_of), *pattern_detectors(patterns), *_plugins()):
        if detector.name in found:
            raise PluginError(f"There are two detectors of the name {detector.name}.")
        found[detector.name] = detector
    return tuple(sorted(found.values(), key=lambda detector: (detector.rank, detector.name)))


def _modules(as_of: date) -> Iterator[Detector]:
    """The detectors that are written as code."""
    from scanner.detectors.address import AddressDetector
    from scanner.detectors.bank_card import BankCard, NamedSchemeCard, SchemeCard
    from scanner.detectors.landline import Landline
    from scanner.detectors.mobile import Mobile
    from scanner.detectors.person_name import PersonName
    from scanner.detectors.resident_id import (
        ForeignResidentId,
        HmtPermit,
        NamedResidentId15,
        ResidentId,
        ResidentId15,
    )
    from scanner.detectors.uscc import Uscc

    for dated in (ResidentId, HmtPermit, ForeignResidentId, ResidentId15, NamedResidentId15):
        yield dated(as_of)
    for plain in (Mobile, Landline, BankCard, SchemeCard, NamedSchemeCard, Uscc, AddressDetector, PersonName):
        yield plain()


def _plugins() -> Iterator[Detector]:
    """Detectors of installed packages: each entry point is one, or makes one when called."""
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        try:
            loaded = point.load()
            made = loaded() if isinstance(loaded, type) or not hasattr(loaded, "find") else loaded
        except (
            Exception
        ) as error:  # A plugin may fail in any way, and must not take the program down with a trace.
            raise PluginError(
                f"The plugin {point.name} ({point.value}) cannot be loaded: {error}."
            ) from error
        yield checked(made, f"The plugin {point.name} ({point.value})")


def checked(made: object, where: str) -> Detector:
    """``made`` as a Detector; PluginError, a sentence beginning with ``where``, for one that does not fit."""
    for field, types in _TYPES.items():
        if not hasattr(made, field):
            raise PluginError(f"{where} is no detector: it has no attribute '{field}'.")
        value = getattr(made, field)
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise PluginError(
                f"{where} is no detector: '{field}' is {value!r}, not of type {types[0].__name__}."
            )
    if not callable(getattr(made, "find", None)) or not isinstance(made, Detector):
        raise PluginError(f"{where} is no detector: it has no method 'find'.")
    for field in ("name", "label"):
        if not getattr(made, field):
            raise PluginError(f"{where} is no detector: '{field}' is empty.")
    for field in ("chance", "whole"):
        if not 0 <= getattr(made, field) <= 1:
            raise PluginError(
                f"{where} is no detector: '{field}' is {getattr(made, field)}, not from 0 to 1."
            )
    return made
