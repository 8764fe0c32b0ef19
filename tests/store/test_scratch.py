"""Private files of arrays."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.store import private_files, scratch
from scanner.store.scratch import Scratch
from scanner.store.spool import PARTITIONS, Spool, Tape, write_parts


def test_what_is_written_is_read_wherever_one_asks(tmp_path):
    file = Scratch(str(tmp_path))
    for word in (b"first", b"", memoryview(np.arange(3, dtype=np.uint8))):
        file.write(word)
    assert (file.size, file.read(0, 8), file.read(3, 3)) == (8, b"first\0\1\2", b"st\0")
    with pytest.raises(OSError, match="cut off"):
        file.read(5, 4)


def test_bytes_that_the_system_takes_in_parts_are_whole(tmp_path, monkeypatch):
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda to, data, at: write(to, data[:3], at))
    file = Scratch(str(tmp_path))
    file.write(b"eleven byte")
    assert file.read(1, 10) == b"leven byte"


def test_places_of_several_files_are_read_one_behind_the_other(tmp_path):
    first, second = Scratch(str(tmp_path)), Scratch(str(tmp_path))
    first.write(np.arange(9, dtype=np.uint64))
    second.write(b"12345678")
    out = np.zeros((2, 2), np.uint64)
    places = [(first, 40, 8), (second, 0, 8), (first, 3, 0), (first, 8, 16)]
    assert scratch.read_together(places, out) is out
    assert out.ravel().tolist() == [5, int.from_bytes(b"12345678", "little"), 1, 2]
    with pytest.raises(ValueError, match="another size"):
        scratch.read_together(places[1:], out)
    with pytest.raises(OSError, match="cut off"):
        scratch.read_together([(first, 41, 32)], out)
    assert scratch.read_together([], np.zeros(0, np.uint64)).tolist() == []


def test_a_file_is_closed_once_nobody_holds_it(tmp_path, monkeypatch):
    opened, made = [], private_files.unnamed
    monkeypatch.setattr(private_files, "unnamed", lambda folder: opened.append(made(folder)) or opened[-1])
    tape, spool = Tape(1, str(tmp_path)), Spool(56, 1, str(tmp_path))
    tape.add(np.arange(9))
    spool.add(np.arange(9, dtype=np.uint64).reshape(3, 3))
    scratch.settle()
    assert [file.closed for file in opened] == [False, False]
    del tape
    scratch.settle()
    assert [file.closed for file in opened] == [True, False]
    spool.dispose()
    scratch.settle()
    assert all(file.closed for file in opened)


#: Holds files until the interpreter empties the modules: an own reference keeps the module alive so long.
HELD_TO_THE_END = """
import ctypes, scanner.store.scratch as module
ctypes.pythonapi.Py_IncRef(ctypes.py_object(module))
module.zzz = [module.Scratch()]
module._held = module.Scratch()
"""


def test_a_file_that_lives_as_long_as_the_interpreter_is_closed_without_a_word():
    ran = subprocess.run(
        [sys.executable, "-X", "dev", "-c", HELD_TO_THE_END], check=True, capture_output=True, text=True
    )
    assert (ran.stdout, ran.stderr) == ("", "")


@given(
    st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=40), max_size=4), st.sampled_from([1, 2, 4, 256])
)
def test_partitions_are_shared_among_those_who_write_them(runs, shares):
    parts, by_partition = [], [[] for _ in range(PARTITIONS)]
    for run in runs:
        rows = np.array(sorted(run), np.uint64).reshape(-1, 1)
        which = (rows[:, 0] >> np.uint64(56)).astype(np.int64)
        parts.append((rows, np.searchsorted(which, np.arange(PARTITIONS + 1)).astype(np.int64)))
        for partition, row in zip(which, rows[:, 0].tolist(), strict=True):
            by_partition[partition].append(row)
    written = [bytearray() for _ in range(shares)]
    offsets = write_parts([each.extend for each in written], parts, 1)
    assert np.diff(offsets).tolist() == [len(rows) for rows in by_partition]
    size = PARTITIONS // shares
    for share, raw in enumerate(written):
        expected = [row for rows in by_partition[share * size : (share + 1) * size] for row in rows]
        assert np.frombuffer(bytes(raw), np.uint64).tolist() == expected
