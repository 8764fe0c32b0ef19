"""leaktally: counts Chinese personal information in data dumps, exactly, by legal category.

import scanner
report = scanner.scan("dump.csv")          # or a DataFrame, or anything with __arrow_c_stream__
report.to_dict(), report.to_pandas(), report.to_html()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.report import Report, scan

__version__ = "0.1.0"
__all__ = ["Report", "__version__", "scan"]


def __getattr__(name: str) -> object:
    """Loads the library behind ``scan`` and ``Report`` when first asked for, so that the command starts fast."""
    if name in {"Report", "scan"}:
        from scanner import report

        return getattr(report, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
