"""Hashes of files and the list that coreutils reads."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import SourceError
from scanner.evidence.checksums import exists, hash_file, line, listed, render

NAMES = [
    "plain",
    "two words",
    "数据.csv",
    "a\nb",
    "a\\b",
    "\\n",
    "a\rb",
    "-",
    "-n",
    " lead",
    "*",
    "#x",
    "a\\\nb\r",
    "\udcff",
]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_coreutils_reads_every_name(tmp_path: Path) -> None:
    for place, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(str(place).encode())
    sums = render([(name, hash_file(tmp_path / name).sha256) for name in NAMES])
    (tmp_path / "SUMS").write_bytes(sums)
    ran = subprocess.run(["sha256sum", "-c", "SUMS"], cwd=tmp_path, capture_output=True, check=False)
    assert ran.returncode == 0, ran
    assert ran.stdout.count(b": OK\n") == len(NAMES)
    (tmp_path / "a\nb").write_bytes(b"other")
    ran = subprocess.run(["sha256sum", "-c", "SUMS"], cwd=tmp_path, capture_output=True, check=False)
    assert (ran.returncode, ran.stdout.count(b": FAILED\n")) == (1, 1)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
@pytest.mark.parametrize("name", ["plain", "two words", "a\nb", "a\\b", "数", "\udcff"])
def test_a_line_is_as_coreutils_writes_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    ran = subprocess.run(["sha256sum", "--", name], cwd=tmp_path, capture_output=True, check=True)
    assert line(hashlib.sha256(b"x").hexdigest(), name) == ran.stdout


@given(st.sets(st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1), min_size=1))
def test_what_a_list_says_is_found_in_it(names: set[str]) -> None:
    digests = {name: hashlib.sha256(name.encode()).hexdigest() for name in names}
    content = render(digests.items())
    assert content.count(b"\n") == len(names)
    assert {name: listed(content, name) for name in names} == digests
    assert listed(content, "/not in it") is None


def test_the_order_is_that_of_the_names_and_a_file_stands_once() -> None:
    pairs = [("b", "1" * 64), ("a", "2" * 64), ("b", "1" * 64)]
    assert [row[-1:] for row in render(pairs).splitlines()] == [b"a", b"b"]


def test_only_regular_files_are_hashed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")
    assert hash_file(tmp_path / "file") == (3, hashlib.sha256(b"abc").hexdigest())
    for name, why in {
        "link": "symbolic link",
        "pipe": "named pipe",
        "": "folder",
        "no": "no such file",
        "\0": "possible",
    }.items():
        with pytest.raises(SourceError, match=why):
            hash_file(tmp_path / name)


def test_a_link_that_leads_nowhere_is_there(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    assert exists(tmp_path / "link")
    assert not exists(tmp_path / "nothing")
    assert not exists(tmp_path / "link" / "below")
    assert not exists("\0")
