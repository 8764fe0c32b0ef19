"""The same report, byte for byte, for any jobs, block and memory size, hash seed, time zone, locale and folder."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fixtures_reference import DEMO
from running import TODAY, TODAY_OPTION, lasting, process

from scanner.model import ReadOptions
from scanner.run import job

VARIATIONS: list[tuple[tuple[str, ...], dict[str, str]]] = [
    (("--jobs", "2"), {"PYTHONHASHSEED": "1"}),
    (("--jobs", "4"), {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Kiritimati"}),
    (("--jobs", "1"), {"TZ": "America/Los_Angeles", "LANG": "zh_CN.GB18030", "LC_ALL": "zh_CN.GB18030"}),
    (("--jobs", "3"), {"LANG": "tr_TR.UTF-8", "LC_ALL": "C", "PYTHONUTF8": "0"}),
    (("--memory", "20K"), {"PYTHONHASHSEED": "77", "COLUMNS": "40", "NO_COLOR": "1"}),
    (("--memory", "3M", "--jobs", "4"), {"PYTHONHASHSEED": "78", "TZ": "Asia/Kathmandu", "LC_ALL": "POSIX"}),
]


def body(folder: Path, arguments: tuple[str, ...], environment: dict[str, str]) -> bytes:
    """The JSON report without its ``run``, in the order in which it was written."""
    ended = process(
        "scan", "demo", "-f", "json", *TODAY_OPTION, *arguments, environment=environment, cwd=folder
    )
    assert ended.code in (0, 3), ended.err
    document = ended.document
    assert document.pop("run")["jobs"] >= 1
    return json.dumps(document, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    folder = tmp_path_factory.mktemp("one")
    shutil.copytree(DEMO, folder / "demo")
    return folder, body(folder, ("--jobs", "1"), {"PYTHONHASHSEED": "0"})


@pytest.mark.parametrize(("arguments", "environment"), VARIATIONS)
def test_the_same_report(
    reference: tuple[Path, bytes], arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    folder, expected = reference
    assert body(folder, arguments, environment) == expected


def test_another_folder_and_another_order_of_its_entries(
    reference: tuple[Path, bytes], tmp_path: Path
) -> None:
    (tmp_path / "demo").mkdir()
    for path in sorted(DEMO.iterdir(), reverse=True):
        shutil.copyfile(path, tmp_path / "demo" / path.name)
    assert body(tmp_path, (), {}) == reference[1]


@pytest.mark.parametrize("seed", range(3))
def test_any_order_in_which_the_system_lists_a_folder(
    reference: tuple[Path, bytes], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """In the same process, over block sizes and numbers of jobs, with the entries of folders shuffled."""
    shuffle, listed, calls = random.Random(seed).shuffle, os.scandir, []

    @contextmanager
    def shuffled(where: Any = ".") -> Iterator[Iterator[os.DirEntry[Any]]]:
        with listed(where) as entries:
            found = list(entries)
        shuffle(found)
        calls.append([entry.name for entry in found])
        yield iter(found)

    monkeypatch.chdir(reference[0])
    monkeypatch.setattr(os, "scandir", shuffled)
    for jobs, block, memory in ((1, 8 << 20, 512 << 20), (2, 4096, 20 << 10), (4, 777, 1 << 20)):
        read = ReadOptions(block_size=block)
        options = job.Options(as_of=TODAY, jobs=jobs, memory=memory, read=read)
        document = job.run(job.file_inputs(["demo"], options), options).document
        assert json.dumps(lasting(document), ensure_ascii=False).encode() == reference[1]
    orders = [names for names in calls if "orders.csv" in names]
    assert len(orders) == 3
    assert any(names != sorted(names) for names in orders)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_the_same_findings(reference: tuple[Path, bytes], tmp_path: Path, suffix: str) -> None:
    written = []
    for jobs in ("1", "4"):
        path = tmp_path / f"{jobs}.{suffix}"
        arguments = ("scan", "demo", "-f", "json", *TODAY_OPTION, "--jobs", jobs, "--findings", str(path))
        process(*arguments, cwd=reference[0], environment={"PYTHONHASHSEED": jobs})
        written.append(path.read_bytes())
    assert written[0] == written[1]
    assert len(written[0]) > 10_000


@pytest.mark.parametrize("form", ["html", "terminal"])
def test_the_same_page(reference: tuple[Path, bytes], form: str) -> None:
    """Reports for people tell their time and duration, which are taken out of the comparison."""
    pages = []
    for jobs in ("1", "4"):
        arguments = ("scan", "demo", "-f", form, *TODAY_OPTION, "--jobs", jobs)
        ended = process(
            *arguments, cwd=reference[0], environment={"PYTHONHASHSEED": jobs, "TZ": "Asia/Tokyo"}
        )
        lines = ended.out.decode("utf-8").splitlines()
        pages.append(lines)
    different = [pair for pair in zip(*pages, strict=True) if pair[0] != pair[1]]
    assert len(different) <= 3, different
