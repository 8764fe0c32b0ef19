"""How often properties are tried: as often as each says, on other input each time.

With ``HYPOTHESIS_PROFILE=ci`` cheap ones are tried 2,000 times, all on the same input each time: a gate says the same
of the same commit on every machine.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest
from hypothesis import settings

EXAMPLES = 2000
#: Files whose properties take no more than some seconds of a processor at so many examples; measured 2026-11-22.
CHEAP = (
    "tests/detectors/test_bank_card.py",
    "tests/detectors/test_masked.py",
    "tests/detectors/test_placeholders.py",
    "tests/detectors/test_resident_id.py",
    "tests/detectors/test_uscc.py",
    "tests/kernels/test_address_latin.py",
    "tests/kernels/test_codes.py",
    "tests/kernels/test_digits.py",
    "tests/kernels/test_folding.py",
    "tests/kernels/test_json_values.py",
    "tests/kernels/test_matcher.py",
    "tests/kernels/test_mixed.py",
    "tests/kernels/test_moments.py",
    "tests/kernels/test_names.py",
    "tests/kernels/test_opened.py",
    "tests/kernels/test_permutation.py",
    "tests/kernels/test_placeholders.py",
    "tests/kernels/test_places.py",
    "tests/kernels/test_profile.py",
    "tests/kernels/test_restore.py",
)

settings.register_profile("as they say", settings.get_profile("default"))
settings.register_profile(
    "ci", settings.get_profile("default"), deadline=None, derandomize=True, database=None
)
CHOSEN = os.environ.get("HYPOTHESIS_PROFILE", "as they say")
settings.load_profile(CHOSEN)


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Raises the number of examples of cheap properties, also where they name one of their own."""
    for item in items if CHOSEN == "ci" else ():
        own = getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None)
        if own is not None and item.nodeid.startswith(CHEAP):
            item.obj._hypothesis_internal_use_settings = settings(  # type: ignore[attr-defined]
                own, max_examples=max(EXAMPLES, own.max_examples), deadline=None
            )
