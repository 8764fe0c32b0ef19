"""The job: inputs in, report out. Its inputs are made by ``inputs``, whose names it passes on."""

from __future__ import annotations

import gc
import os
import platform
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import scanner
from scanner import categories, knowledge
from scanner import policy as policies
from scanner.case_sheet import CaseSheet
from scanner.columns.decision import Decision
from scanner.content.roles import Roles
from scanner.document import canonical
from scanner.document.build import build
from scanner.document.environment import command, environment
from scanner.model import Batch, ReadOptions, Table
from scanner.persons.slots import Linking
from scanner.run import local, processes
from scanner.run.entries import Entries as Entries
from scanner.run.entries import entries_of
from scanner.run.inputs import Input as Input
from scanner.run.inputs import Readings, detectors_of, sure_role
from scanner.run.inputs import file_inputs as file_inputs
from scanner.run.inputs import table_input as table_input
from scanner.run.rehash import rehash
from scanner.scanning.records import Found, Job
from scanner.sources.hashing import ALGORITHMS
from scanner.store import freed, private_files
from scanner.store.keys import Secret, numbers_of
from scanner.summary import upper_tiers
from scanner.summary.decided import RolesOfTables
from scanner.summary.summarise import Summary, summarise
from scanner.tallies.tally import KINDS, TableKey, Tally

DEFAULT_POLICY = "cn-criminal-2017"
OF_A_THREAD = 32 << 20  # bytes: about what the rows take up that a thread looks at

if TYPE_CHECKING:
    from scanner.annex import Annex
    from scanner.journal.journal import Journal


@dataclass(frozen=True, slots=True)
class Options:
    """What a user can choose; all of it but ``jobs``, ``memory`` and ``tmp`` is printed in the report.

    ``as_of``: the day on which birth dates must lie in the past (None: today, UTC); ``memory``: bytes. ``hashes``:
    of the inputs, "sha256" (always made) and "sm3"; ``rehash``: hash them again after the scan; ``tmp``: the folder
    for private temporary files (None: the system's). ``annex_rows``: records that the itemised annex may list.
    """

    as_of: date | None = None
    read: ReadOptions = field(default_factory=ReadOptions)
    patterns: tuple[Path, ...] = ()
    policy: str | tuple[str, ...] = DEFAULT_POLICY
    insider: bool = False
    lawful_business: bool = False
    recipients: int = 1
    illegal_income: int | None = None
    acquired: tuple[str, ...] = ()
    sold: tuple[str, ...] = ()
    reveal: bool = False
    case: CaseSheet | None = None
    jobs: int = 0
    memory: int = 512 << 20
    hashes: tuple[str, ...] = ("sha256",)
    rehash: bool = False
    tmp: str | None = None
    annex_rows: int = 5_000_000

    def threads(self) -> int:
        """How many threads: ``jobs``, or one for each core this process may use, as far as ``memory`` allows."""
        affinity = hasattr(os, "sched_getaffinity")
        cores = len(os.sched_getaffinity(0)) if affinity else os.cpu_count() or 1
        return self.jobs or max(1, min(cores, self.memory // OF_A_THREAD))

    def policy_names(self) -> tuple[str, ...]:
        """Names or files of the policies, one at least."""
        return ((self.policy,) if isinstance(self.policy, str) else tuple(self.policy)) or (DEFAULT_POLICY,)

    def day(self) -> date:
        """``as_of``, or today."""
        return self.as_of or datetime.now(UTC).date()

    def case_facts(self) -> policies.CaseFacts:
        """The facts that a file cannot tell."""
        return policies.CaseFacts(self.insider, self.lawful_business, self.recipients, self.illegal_income)


class Scanned(NamedTuple):
    """What a scan counted, and the sure roles of the columns of each table; inputs are numbered as ``entries`` are."""

    tally: Tally
    summary: Summary
    roles: Mapping[TableKey, tuple[str | None, ...]]
    entries: Entries


class Sampler(Protocol):
    """Draws some of the records that a job counts (scanner/sampling)."""

    def start(self, job: Job, options: Options) -> local.Sink:
        """Is told what is looked for; returns what is to get each batch."""
        ...

    def draw(
        self, document: dict[str, Any], tally: Tally, summary: Summary, policy: policies.TierPolicy
    ) -> None:
        """Is told the result, before the tally is given up."""
        ...


class Result(NamedTuple):
    """The document, and the decisions that the annex needs: by (input, table, column), then by detector.

    ``scanned``, ``job``, ``policy``, ``listed``: what the itemised annex is made of (``items``).
    """

    document: dict[str, Any]
    decisions: Mapping[tuple[int, str | None, int], Mapping[str, Decision]]
    scanned: Scanned
    job: Job
    policy: policies.TierPolicy
    listed: list[upper_tiers.Listed]


def run(
    inputs: Sequence[Input],
    options: Options,
    annex: Annex | None = None,
    progress: Callable[[Batch], None] | None = None,
    sampler: Sampler | None = None,
    journal: Journal | None = None,
    keep_records: bool = True,
) -> Result:
    """Scans the inputs. PatternError, PolicyError and PluginError before anything is read.

    ``journal``: keeps what is counted, and may have some of it from an interrupted run; ``keep_records``: the
    result may be asked for single records (``upper_tiers.records``).
    """
    started, clock = datetime.now(UTC), time.monotonic()
    options = replace(options, as_of=options.day())  # midnight may pass before the report is made
    asked = [policies.load(name) for name in options.policy_names()]
    leading = policies.leading([*asked, policies.load(DEFAULT_POLICY)])
    assert leading is not None  # the default one has tiers
    job = job_of(options, journal.secret if journal else None)
    sinks: list[local.Sink] = [] if annex is None else [annex.collect]
    if sampler is not None:
        sinks.append(sampler.start(job, options))
    sink = _all(sinks) if sinks else None
    tally, summary, roles, entries = scanned(
        inputs,
        options,
        job,
        sink,
        progress,
        journal=journal,
        keep_records=keep_records or sampler is not None,
    )
    if annex is not None:
        annex.renumber(entries.numbers)
    if options.rehash:
        entries = entries._replace(records=rehash(entries.records, options.threads(), options.tmp))
    persons = {held: count for held, count in summary.persons.profiles.items() if held}
    counts = policies.Counts(summary.profile_distinct, persons, summary.unlinked, summary.sets, tracked=True)
    facts = options.case_facts()
    document = build(
        {"name": "leaktally", "version": scanner.__version__, "knowledge_sha256": knowledge.sha256()},
        options_shown(options),
        entries.records,
        tally,
        summary,
        job.detectors,
        roles,
        policies.evaluate(counts, leading, facts),
        policies.evaluate_all(counts, asked, facts),
    )
    listed = upper_tiers.listing(summary.profile_distinct, leading, options.annex_rows)
    document["annex"] = upper_tiers.told(listed, options.annex_rows)
    document["case"] = (options.case or CaseSheet()).to_dict()
    if sampler is not None:
        sampler.draw(document, tally, summary, leading)
    document["run"] = {
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - clock, 3),
        "host": platform.node(),
        "jobs": options.threads(),
        "command": command(),
        "environment": environment(),
        "body_sha256": canonical.body_sha256(document),  # nothing else is put into the document from here on
    }
    found = Scanned(tally, summary, roles, entries)
    return Result(document, summary.decisions, found, job, leading, listed)


def _all(sinks: Sequence[local.Sink]) -> local.Sink:
    """A sink that passes on to all of some."""

    def sink(source: int, number: int, batch: Batch, found: list[Found]) -> None:
        for each in sinks:
            each(source, number, batch, found)

    return sinks[0] if len(sinks) == 1 else sink


def job_of(options: Options, secret: Secret | None = None) -> Job:
    """What is looked for, with a secret of its own unless one is given. PatternError and PluginError."""
    return Job(
        detectors_of(options.day(), options.patterns),
        _RoleLookup(),
        categories.fact_roles(),
        Linking.read(),
        secret or (secrets.randbits(64), secrets.randbits(64)),
        options.reveal,
    )


def scanned(
    inputs: Sequence[Input],
    options: Options,
    job: Job,
    sink: local.Sink | None = None,
    progress: Callable[[Batch], None] | None = None,
    sides: Mapping[int, int] | None = None,
    journal: Journal | None = None,
    keep_records: bool = True,
) -> Scanned:
    """Reads and counts the inputs; what went wrong is then in their entries.

    ``sides`` and ``keep_records``: see ``summarise``.

    OutputError where what does not fit the memory cannot be kept.
    """
    private_files.sweep(options.tmp)
    with private_files.told(options.tmp), local.seldom_collected():
        return _counted(inputs, options, job, sink, progress, sides, journal, keep_records)


def _counted(
    inputs: Sequence[Input],
    options: Options,
    job: Job,
    sink: local.Sink | None,
    progress: Callable[[Batch], None] | None,
    sides: Mapping[int, int] | None,
    journal: Journal | None,
    keep_records: bool,
) -> Scanned:
    readings = Readings(inputs, options.tmp)
    if journal is not None:
        journal.begin(readings, options.memory, options.tmp)
    tally = _tally(inputs, readings, options, job, sink, progress, journal)
    freed.give_back_if_grown(options.memory)
    gc.freeze()  # what was counted stays, too
    if journal is not None:
        journal.check()
    entries = entries_of(readings.outcomes, tally)
    roles = RolesOfTables(tally.tables, job.roles)
    sets = None
    if options.acquired:
        own = [item.sets for item in inputs]  # an input is made each time it is asked for
        sets = {place: own[index] for place, index in enumerate(entries.inputs)}
    of_entry = {place: sides[index] for place, index in enumerate(entries.inputs)} if sides else None
    summary = summarise(
        tally,
        job.detectors,
        roles,
        categories.elements,
        job.linking,
        sets,
        lambda label, keys: numbers_of(label, keys, job.secret),
        of_entry,
        keep_records,
        lambda source: entries.records[source].identity,
    )
    return Scanned(tally, summary, roles, entries)


def _tally(
    inputs: Sequence[Input],
    readings: Readings,
    options: Options,
    job: Job,
    sink: local.Sink | None,
    progress: Callable[[Batch], None] | None,
    journal: Journal | None,
) -> Tally:
    """What all readings hold, by threads of this process or of several."""
    threads, memory, tmp = options.threads(), options.memory, options.tmp
    alone = sink is not None or (journal is not None and journal.resumed)
    count = 1 if alone else processes.worth_while(inputs, threads, memory)
    if count > 1:
        return processes.run(readings, job, count, threads, memory, progress, tmp, journal)
    shares = journal.share if journal else local.Share
    return local.run(readings.left(), job, threads, memory, sink, progress, tmp, shares)


class _RoleLookup:
    """The role of each column of a table: its sure header's, or that of its cells; looked up once for tables alike."""

    def __init__(self) -> None:
        self._known: dict[tuple[Roles, Roles | None], Roles] = {}

    def __call__(self, table: Table) -> Roles:
        key = table.columns, table.content_roles
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= KINDS:  # very many files may each have columns of their own
                self._known.clear()
            shown = table.content_roles or (None,) * len(table.columns)
            known = self._known[key] = tuple(
                (sure_role(name) if name else None) or role
                for name, role in zip(table.columns, shown, strict=True)
            )
        return known


def options_shown(options: Options) -> dict[str, Any]:
    """What was chosen, as the report prints it."""
    return {
        "as_of": options.day().isoformat(),
        "policy": options.policy_names()[0],
        "policies": list(options.policy_names()),
        "insider": options.insider,
        "lawful_business": options.lawful_business,
        "recipients": options.recipients,
        "illegal_income": options.illegal_income,
        "acquired": list(options.acquired),
        "sold": list(options.sold),
        "reveal": options.reveal,
        "encoding": options.read.encoding,
        "delimiter": options.read.delimiter,
        "header": options.read.header,
        "quote": options.read.quote,
        "patterns": [path.name for path in options.patterns],
        "hashes": [name for name in ALGORITHMS if name == "sha256" or name in options.hashes],
        "rehash": options.rehash,
        "annex_rows": options.annex_rows,
        "limits": asdict(options.read.limits),
    }
