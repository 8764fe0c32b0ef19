"""English sentences with counts in them, in the singular where one is told."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: [rows:row|rows]: the first form where the value of that place is 1.
NUMBER = re.compile(r"\[(\w+):([^|\]]*)\|([^\]]*)\]")


def counted(form: str, /, **values: object) -> str:
    """``form`` with its places ({rows}) filled and its forms ([rows:row is|rows are]) chosen by them."""
    return chosen(form, values)


def chosen(form: str, values: Mapping[str, object]) -> str:
    """As ``counted``; a count may be text ("1", "1,001")."""
    fitting = NUMBER.sub(lambda found: found[2] if str(values.get(found[1])) == "1" else found[3], form)
    return fitting.format_map(values)
