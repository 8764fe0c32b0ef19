"""The table: for each row what must hold, what is aimed at, and how it follows from the runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from .inputs import phones_distinct
from .measures import PEER_ROWS, Plan, Results


class NotMeasuredError(Exception):
    """A row lacks runs; the text says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. ``unit``: "×" (a ratio), "s", "MB" or "" (yes or no, as 1 or 0).

    ``at_least``: more is better, else less is. ``value(results, plan)`` raises NotMeasuredError. ``profile``: the input
    whose profile shows what takes the time.
    """

    name: str
    must: float | None
    aim: float | None
    value: Callable[[Results, Plan], float]
    unit: str = "×"
    at_least: bool = True
    profile: str = "dump.csv"


@dataclass(frozen=True, slots=True)
class Measured:
    """A row with its figure, or with why there is none."""

    row: Row
    figure: float | None
    reason: str = ""

    def holds(self, bound: float | None) -> bool | None:
        """Does the figure keep the bound? None where one of the two is missing."""
        if bound is None or self.figure is None:
            return None
        return self.figure >= bound if self.row.at_least else self.figure <= bound


def seconds(results: Results, name: str) -> float:
    """The median time of a measure."""
    if not results.runs.get(name):
        raise NotMeasuredError(results.reasons.get(name, "was not run"))
    return median(run.seconds for run in results.runs[name])


def ratio(one: str, other: str, scale: float = 1.0) -> Callable[[Results, Plan], float]:
    """Median time of ``one`` divided by that of ``other``."""
    return lambda results, plan: scale * seconds(results, one) / seconds(results, other)


def spread(results: Results, one: str, other: str) -> tuple[float, float]:
    """The least and the greatest ratio among the rounds, each of runs that stood side by side."""
    pairs = zip(results.runs[one], results.runs[other], strict=False)
    ratios = [a.seconds / b.seconds for a, b in pairs]
    return min(ratios), max(ratios)


def _time(name: str) -> Callable[[Results, Plan], float]:
    return lambda results, plan: seconds(results, name)


def _growth(results: Results, plan: Plan) -> float:
    """Time of the large file divided by that of the small one, as if it had exactly ten times its bytes."""
    small, big = results.sizes.get("dump.csv", 1), results.sizes.get("big.csv", 10)
    return seconds(results, BIG) / seconds(results, "scan dump.csv beside big") * 10 * small / big


def _peak(*names: str) -> Callable[[Results, Plan], float]:
    """The greatest memory of any run of any of these measures, in MB."""

    def value(results: Results, plan: Plan) -> float:
        measured = [name for name in names if results.runs.get(name)]
        if not measured:
            seconds(results, names[0])
        return max(run.peak for name in measured for run in results.runs[name]) / 1e6

    return value


def _exact(results: Results, plan: Plan) -> float:
    seconds(results, "scan phones.csv")
    wanted = [plan.values, phones_distinct(plan.values)]
    return float(all(run.said["labels"]["mobile_phone"] == wanted for run in results.runs["scan phones.csv"]))


def _rows_a_second(results: Results, name: str) -> float:
    """Rows a second of a measure that says how many rows it saw."""
    return (
        float(results.runs[name][0].said["rows"]) / seconds(results, name) if seconds(results, name) else 0.0
    )


def _peer(name: str, by: str) -> Callable[[Results, Plan], float]:
    def value(results: Results, plan: Plan) -> float:
        theirs = f"{name} by {by}"
        seconds(results, theirs)
        return _rows_a_second(results, "scan beside peers") / _rows_a_second(results, theirs)

    return value


SAME = ("scan dump.csv, 1 core", "scan dump.csv, 2 cores", "scan dump.gb18030.csv, 1 core", "scan dump.parquet, 1 core",
        "scan files, 1 core", "scan files, 2 cores")  # fmt: skip
BIG = "scan big.csv, 2 cores"


def _same_counts(results: Results, plan: Plan) -> float:
    """Do all scans of the same rows say the same?"""
    seen = [run.said for name in SAME for run in results.runs.get(name, ())]
    if not seen:
        raise NotMeasuredError("was not run")
    return float(all(said == seen[0] for said in seen))


TABLE = (
    Row("detection alone, one core: plain reading by pyarrow / ours", 0.8, 1.3,
        ratio("read_csv dump.csv", "detect dump.csv")),
    Row("whole scan, one core: plain reading by pyarrow / ours", 0.45, 0.8,
        ratio("read_csv dump.csv", "scan dump.csv, 1 core")),
    Row("the same file in GB18030: UTF-8 / GB18030, whole scan", 0.6, 0.8,
        ratio("scan dump.csv, 1 core", "scan dump.gb18030.csv, 1 core"), profile="dump.gb18030.csv"),
    Row("Parquet (zstd), one core: decoding alone / whole scan", 0.6, 0.9,
        ratio("read_parquet dump.parquet", "scan dump.parquet, 1 core"), profile="dump.parquet"),
    Row("the same: decoding alone / detection alone", None, None,
        ratio("read_parquet dump.parquet", "detect dump.parquet"), profile="dump.parquet"),
    Row("Parquet: plain strings / dictionary columns of 20,000 values", 4, 10,
        ratio("scan plain.parquet, 1 core", "scan dictionary.parquet, 1 core"), profile="dictionary.parquet"),
    Row("one large file: one core / two cores", 1.7, 1.9,
        ratio("scan dump.csv, 1 core", "scan dump.csv, 2 cores")),
    Row("100 files: one core / two cores", 1.8, 1.95, ratio("scan files, 1 core", "scan files, 2 cores"),
        profile="files"),
    Row("dump / file of the same size without personal data", 1, 2,
        ratio("scan dump.csv, 1 core", "scan stock.csv, 1 core"), profile="stock.csv"),
    Row("ten times the file / the file, two cores", 10.5, None, _growth, at_least=False),
    Row("peak memory, the file", 512, 256, _peak("scan dump.csv, 1 core", "scan dump.csv, 2 cores"), "MB", False),
    Row("peak memory, ten times the file", 512, 256, _peak(BIG), "MB", False),
    Row("distinct values with --memory 1G are exact", 1, None, _exact, ""),
    Row("distinct values with --memory 1G, whole scan, two cores", None, 30, _time("scan phones.csv"), "s", False,
        "phones.csv"),
    Row("the same: peak memory", None, None, _peak("scan phones.csv"), "MB", False),
    Row("the same: the store alone, one core", None, None, _time("store"), "s", False),
    Row("leaktally --version", 0.15, 0.08, _time("version"), "s", False, ""),
    Row("scan of a 1 MB CSV, start to end", 0.5, 0.25, _time("scan small.csv"), "s", False, "small.csv"),
    *(
        Row(f"rows a second, one core: ours / {title} cell by cell", must, aim, _peer(name, "cells"))
        for name, title, must, aim in (
            ("presidio", "Presidio's recognizers", 150, 400),
            ("stdnum", "python-stdnum with re", 75, 200),
            ("jionlp", "jionlp", 25, 75),
        )
    ),
    *(Row(f"the same: ours / {name} given whole rows", None, None, _peer(name, "rows")) for name in PEER_ROWS),
    Row("the same counts for every encoding, format, split and number of cores", 1, None, _same_counts, ""),
)  # fmt: skip


def evaluate(results: Results, plan: Plan) -> list[Measured]:
    """Every row of the table with its figure or with why it has none."""
    found = []
    for row in TABLE:
        try:
            found.append(Measured(row, row.value(results, plan)))
        except NotMeasuredError as reason:
            found.append(Measured(row, None, str(reason)))
    return found
