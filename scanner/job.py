"""The job: inputs in, report out."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import scanner
from scanner import categories, headers, knowledge, local
from scanner import policy as policies
from scanner.columns import Decision
from scanner.detectors.registry import detectors as all_detectors
from scanner.document import InputRecord, build
from scanner.errors import SourceError
from scanner.model import Batch, Cells, Issue, ReadOptions, Table
from scanner.records import Job
from scanner.sources.delimited import check_options
from scanner.sources.file import STDIN, InputFile, walk
from scanner.sources.opening import Sources
from scanner.summary import summarise
from scanner.tally import TableKey, Tally

if TYPE_CHECKING:
    from scanner.annex import Annex


@dataclass(frozen=True, slots=True)
class Options:
    """What a user can choose; all of it but ``jobs`` and ``memory`` is printed in the report.

    ``as_of``: the day on which birth dates must lie in the past (None: today, UTC); ``memory``: bytes.
    """

    as_of: date | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    patterns: tuple[Path, ...] = ()
    policy: str = "cn-criminal-2017"
    insider: bool = False
    lawful_business: bool = False
    recipients: int = 1
    illegal_income: int | None = None
    reveal: bool = False
    jobs: int = 0
    memory: int = 512 << 20

    def threads(self) -> int:
        """How many threads: ``jobs``, or one for each core this process may use."""
        if hasattr(os, "sched_getaffinity"):
            return self.jobs or len(os.sched_getaffinity(0))
        return self.jobs or os.cpu_count() or 1

    def day(self) -> date:
        """``as_of``, or today."""
        return self.as_of or datetime.now(UTC).date()

    def case_facts(self) -> policies.CaseFacts:
        """The facts that a file cannot tell."""
        return policies.CaseFacts(self.insider, self.lawful_business, self.recipients, self.illegal_income)


@dataclass(slots=True)
class Input:
    """One thing to scan: its entry in the report, and how its batches are made."""

    record: InputRecord
    stream: Callable[[], Iterator[Batch | Issue]]
    finish: Callable[[], None]
    settle: Callable[[], None] = lambda: None  # hashes what was read; see local.Reading


class Result(NamedTuple):
    """The document, and the decisions that the annex needs: by (input, table, column), then by detector."""

    document: dict[str, Any]
    decisions: dict[tuple[int, str | None, int], Mapping[str, Decision]]


def run(
    inputs: Sequence[Input],
    options: Options,
    annex: Annex | None = None,
    progress: Callable[[Batch], None] | None = None,
) -> Result:
    """Scans the inputs. PatternError, PolicyError and PluginError before anything is read."""
    started, clock = datetime.now(UTC), time.monotonic()
    options = replace(options, as_of=options.day())  # midnight may pass before the report is made
    policy = policies.load(options.policy)
    detectors = _detectors(options.day(), options.patterns)
    roles = _RoleLookup()
    job = Job(
        detectors,
        roles,
        categories.fact_roles(),
        tuple(knowledge.toml("subjects.toml")["labels"]),
        (secrets.randbits(64), secrets.randbits(64)),
        options.reveal,
    )
    readings = [
        local.Reading(index, item.stream, item.finish, item.settle) for index, item in enumerate(inputs)
    ]
    sink = annex.collect if annex is not None else None
    tally = local.run(iter(readings), job, options.threads(), options.memory, sink, progress)
    _settle(inputs, readings, tally)
    by_table: dict[TableKey, tuple[str | None, ...]] = {
        key: roles(table.table) for key, table in tally.tables.items()
    }
    summary = summarise(tally, detectors, by_table, categories.elements)
    verdict = policies.evaluate(summary.profile_distinct, policy, options.case_facts())
    records = [item.record for item in inputs]
    document = build(
        {"name": "leaktally", "version": scanner.__version__, "knowledge_sha256": knowledge.sha256()},
        _options_shown(options),
        records,
        tally,
        summary,
        detectors,
        by_table,
        policy,
        verdict,
    )
    document["run"] = {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - clock, 3),
        "host": socket.gethostname(),
        "jobs": options.threads(),
        "command": sys.argv,
    }
    return Result(document, summary.decisions)


_detectors = lru_cache(maxsize=4)(all_detectors)


class _RoleLookup:
    """The sure header role of each column of a table; each table is looked up once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str | None, ...], tuple[str | None, ...]] = {}

    def __call__(self, table: Table) -> tuple[str | None, ...]:
        names = table.columns
        if names not in self._known:
            found = [headers.role(name) if name else None for name in names]
            self._known[names] = tuple(
                role.name if role and role.strength == "sure" else None for role in found
            )
        return self._known[names]


def _settle(inputs: Sequence[Input], readings: Sequence[local.Reading], tally: Tally) -> None:
    """Writes what went wrong into the entries of the inputs, in a fixed order."""
    for item, reading in zip(inputs, readings, strict=True):
        failure = item.record.failure or reading.failure
        has_rows = any(
            table.rows or table.damaged
            for (source, _), table in tally.tables.items()
            if source == reading.index
        )
        if failure and has_rows:  # what was read before it failed is in the report
            tally.issues.append((reading.index, Issue(failure)))
            failure = None
        item.record.failure = failure
    for (index, name), table in tally.tables.items():
        if table.damaged:
            where = f"in {name}, " if name else ""
            share = f"{where}{table.damaged} of {table.rows + table.damaged} rows"
            what = (
                f"{share} is not of the width of the others; "
                "it was scanned as free text, but is not counted as a record"
                if table.damaged == 1
                else f"{share} are not of the width of the others; "
                "they were scanned as free text, but are not counted as records"
            )
            tally.issues.append((index, Issue(what)))
    for index, issue in sorted(tally.issues, key=lambda item: (item[0], item[1].row or 0, item[1].what)):
        inputs[index].record.issues.append(issue)


def _options_shown(options: Options) -> dict[str, Any]:
    return {
        "as_of": options.day().isoformat(),
        "policy": options.policy,
        "insider": options.insider,
        "lawful_business": options.lawful_business,
        "recipients": options.recipients,
        "illegal_income": options.illegal_income,
        "reveal": options.reveal,
        "encoding": options.read.encoding,
        "delimiter": options.read.delimiter,
        "header": options.read.header,
        "quote": options.read.quote,
        "patterns": [path.name for path in options.patterns],
    }


def file_inputs(paths: Sequence[str | Path], options: Options) -> list[Input]:
    """The inputs for files, folders and ``-``; what cannot be opened is an input that failed with a reason."""
    check_options(options.read)
    sources = Sources(headers.is_header_word, _value_test(options))
    inputs: list[Input] = []
    for start in (str(path) for path in paths):
        before = len(inputs)
        for path, error in walk([start]):
            record = InputRecord(path)
            if error is None:
                inputs.append(_file_input(record, sources, options.read))
            else:
                inputs.append(_unread(record, str(error)))
        if len(inputs) == before:
            inputs.append(_unread(InputRecord(start), "is a folder without any file"))
    return inputs


def _unread(record: InputRecord, reason: str) -> Input:
    record.failure = reason
    return Input(record, lambda: iter(()), lambda: None)


def _value_test(options: Options) -> Callable[[Sequence[str]], list[bool]]:
    """Which texts are, as a whole, the value of some detector? Tells headers from data."""
    strict = [
        each
        for each in _detectors(options.day(), options.patterns)
        if not each.header_only and each.label != "person_name"
    ]

    def values(texts: Sequence[str]) -> list[bool]:
        cells = Cells.of([text.strip() for text in texts])
        sizes = cells.end - cells.start
        found = np.zeros(len(texts), np.bool_)
        for each in strict:
            matches = each.find(cells)
            valid = (matches.checks & each.required) == each.required
            whole = (matches.start == 0) & (matches.end == sizes[matches.cell])
            found[matches.cell[valid & whole]] = True
        cells.memo.clear()  # as in records: what it holds refers back to the cells
        return found.tolist()

    return values


def _file_input(record: InputRecord, sources: Sources, read: ReadOptions) -> Input:
    opened: list[InputFile] = []
    with contextlib.suppress(OSError):
        record.size = Path(record.path).stat().st_size if record.path != STDIN else None

    def stream() -> Iterator[Batch | Issue]:
        file = InputFile(record.path)
        opened.append(file)
        record.size = file.size
        yield from sources.batches(file, read)

    def finish() -> None:
        for file in opened:
            with contextlib.suppress(SourceError):
                record.sha256 = file.finish()
            if file.changed:
                record.issues.append(Issue("changed while it was read"))
            file.close()

    def settle() -> None:
        for file in opened:
            file.settle(wait=False)

    return Input(record, stream, finish, settle)


def table_input(data: object, name: str = "(table)") -> Input:
    """An input for a DataFrame, a Series or anything with ``__arrow_c_stream__``; TypeError for anything else."""
    # Loads pyarrow, which a scan of text never needs and which takes long.
    from scanner.frames import reader_of
    from scanner.sources.arrow import batch_of, table_of

    reader = reader_of(data)
    table = table_of(reader.schema, "arrow")

    def stream() -> Iterator[Batch | Issue]:
        row = 0
        for batch in reader:
            yield batch_of(batch, table, row)
            row += batch.num_rows

    return Input(InputRecord(name), stream, lambda: None)
