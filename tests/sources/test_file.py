from __future__ import annotations

import hashlib
import io
import os
import random
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scanner.errors import SourceError
from scanner.sources import file
from scanner.sources.file import InputFile, walk


def test_hash_is_of_the_bytes_that_were_read(tmp_path: Path) -> None:
    path, data = tmp_path / "a", os.urandom(3_000_000)
    path.write_bytes(data)
    with InputFile(path) as file:
        assert file.read(10) == data[:10]
        assert file.pread(5, 100) == data[100:105]
        into = bytearray(1000)
        assert file.readinto(into) == 1000
        assert into == data[10:1010]
        assert file.pread(10, len(data) - 3) == data[-3:]
        assert file.finish() == hashlib.sha256(data).hexdigest()
        assert not file.changed
        assert file.size == len(data)


@pytest.mark.parametrize(
    "kind", ["missing", "folder", "fifo", "link", "loop", "socket", "device", "unreadable", "nul"]
)
def test_what_is_no_readable_file_is_refused_in_one_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        (tmp_path / "y").write_text("y")
        path.symlink_to("y")
    elif kind == "loop":
        path.symlink_to("x")
    elif kind == "socket":
        socket.socket(socket.AF_UNIX).bind(str(path))
    elif kind == "unreadable":
        path.write_text("a")
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
    name = {"device": "/dev/zero", "nul": "a\0b"}.get(kind, str(path))
    with pytest.raises(SourceError) as caught:
        InputFile(name)
    text = str(caught.value)  # said of the path, which the report names beside it
    assert text.startswith(("is ", "cannot be read: "))
    assert "\n" not in text
    assert str(tmp_path) not in text


@pytest.mark.parametrize(
    "how", ["append", "truncate", "replace", "remove", "overwrite", "overwrite keeping time"]
)
def test_a_change_is_noticed(tmp_path: Path, how: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 5000)
    with InputFile(path) as file:
        file.read(100)
        if how == "append":
            with path.open("ab") as out:
                out.write(b"y")
        elif how == "truncate":
            os.truncate(path, 50)
        elif how == "replace":
            (tmp_path / "b").write_bytes(b"x" * 5000)
            (tmp_path / "b").replace(path)
        elif how == "remove":
            path.unlink()
        else:
            before = path.stat()
            with path.open("r+b") as out:
                out.write(b"z")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + (how == "overwrite")))
        file.finish()
        assert file.changed


def test_standard_input_is_read_like_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    data = b"a,b\n" * 1000
    with InputFile("-", io.BytesIO(data)) as file:
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
        assert file.size == len(data)
        assert file.pread(3, 4) == b"a,b"
        assert file.finish() == hashlib.sha256(data).hexdigest()
        assert not file.changed


def test_walk_is_sorted_and_reports_what_is_special(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "b" / "deep").mkdir(parents=True)
    outside.write_text("o")
    for name in ("z", "a", "b/2", "b/deep/1"):
        (root / name).write_text("x")
    os.mkfifo(root / "pipe")
    (root / "inside").symlink_to("a")
    (root / "up").symlink_to("..")
    (root / "out").symlink_to(outside)
    (root / "loop").symlink_to("loop")
    found = list(walk([str(root)]))
    read = [os.path.relpath(path, root) for path, error in found if error is None]
    faults = [os.path.relpath(path, root) for path, error in found if error is not None]
    assert read == ["a", "b/2", "b/deep/1", "z"]
    assert faults == ["loop", "out", "pipe", "up"]
    assert all(isinstance(error, SourceError) for _, error in found if error)


def test_walk_of_single_paths(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    found = list(walk([str(tmp_path / "a"), "-", str(tmp_path / "none")]))
    assert [error is None for _, error in found] == [True, True, False]


def test_a_name_with_control_characters_stays_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        InputFile(tmp_path / "a\n\x1b[31mb\u202e")
    assert not set("\n\x1b\u202e") & set(str(caught.value))


def test_bytes_that_are_hashed_later_are_hashed_in_order_from_any_thread(tmp_path: Path) -> None:
    path, data = tmp_path / "a", os.urandom(6_000_000)
    path.write_bytes(data)
    with InputFile(path) as file, ThreadPoolExecutor(4) as threads:
        pieces, waiting = [], []
        while True:
            buffer = bytearray(random.Random(len(pieces)).randrange(1, 400_000))
            count = file.fill(memoryview(buffer))
            pieces.append(bytes(buffer[:count]))
            waiting.append(threads.submit(file.settle, wait=len(pieces) % 3 == 0))
            if count < len(buffer):
                break
        assert b"".join(pieces) == data
        assert file.finish() == hashlib.sha256(data).hexdigest()
        assert not file.changed
        for each in waiting:
            each.result()


def test_what_is_settled_may_change(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 1000)
    with InputFile(path) as file:
        buffer = bytearray(600)
        assert file.fill(memoryview(buffer)) == 600
        file.settle()
        buffer[:] = b"y" * 600
        assert file.read(10) == b"x" * 10
        assert file.position == 610
        assert file.finish() == hashlib.sha256(b"x" * 1000).hexdigest()


def test_only_so_much_waits_for_the_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.sources.file.MOST_UNHASHED", 100)
    path = tmp_path / "a"
    path.write_bytes(bytes(range(200)) * 5)
    with InputFile(path) as file:
        first = bytearray(60)
        file.fill(memoryview(first))
        file.fill(memoryview(bytearray(60)))  # the first had to be hashed for it
        first[:] = bytes(60)
        assert file.finish() == hashlib.sha256(bytes(range(200)) * 5).hexdigest()


def test_pieces_that_are_asked_for_again_are_read_once_until_the_file_is_read_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytes(range(256)) * (file.MOST_SEEN // 128)
    path = tmp_path / "x"
    path.write_bytes(content)
    asked: list[int] = []
    pread = os.pread

    def counted(descriptor: int, count: int, offset: int) -> bytes:
        asked.append(offset)
        return pread(descriptor, count, offset)

    monkeypatch.setattr(os, "pread", counted)
    with InputFile(path) as opened:
        for _ in range(3):
            assert opened.pread(300, 70_000) == content[70_000:70_300]
            assert opened.pread(100, 70_000) == content[70_000:70_100]
        assert len(asked) == 2
        for _ in range(3):  # too large to be kept
            assert opened.pread(len(content), 0) == content
        assert len(asked) == 5
        opened.read(10)
        assert opened.pread(300, 70_000) == content[70_000:70_300]
        assert len(asked) == 6
