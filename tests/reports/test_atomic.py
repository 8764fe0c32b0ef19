import errno
import os
import stat
from pathlib import Path

import pytest

from scanner.errors import OutputError
from scanner.reports import atomic


def left_behind(folder):
    return sorted(path.name for path in folder.iterdir())


def test_writes_whole_and_replaces(tmp_path):
    target = tmp_path / "报告.html"
    target.write_bytes(b"old and longer")
    atomic.write(target, b"new")
    assert target.read_bytes() == b"new"
    assert left_behind(tmp_path) == ["报告.html"]


@pytest.mark.parametrize(("private", "mode"), [(True, 0o600), (False, 0o644)])
def test_mode(tmp_path, private, mode):
    old = os.umask(0o022)
    try:
        atomic.write(tmp_path / "x", b"", private)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == mode


def test_a_name_of_the_greatest_length(tmp_path):
    atomic.write(tmp_path / ("n" * 255), b"1")
    assert left_behind(tmp_path) == ["n" * 255]


def test_an_exception_leaves_the_old_file(tmp_path):
    target = tmp_path / "x"
    target.write_bytes(b"old")

    def interrupted():
        with atomic.AtomicFile(target) as file:
            file.file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_bytes() == b"old"
    assert left_behind(tmp_path) == ["x"]


def test_symbolic_links_are_refused(tmp_path):
    (tmp_path / "real").write_bytes(b"keep")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(OutputError, match="symbolic link"):
        atomic.write(tmp_path / "link", b"x")
    assert (tmp_path / "real").read_bytes() == b"keep"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("missing/x", "folder does not exist"),
        ("", "folder of that name"),
        ("file/x", "not a folder"),
        ("n" * 300, "name is too long"),
    ],
)
def test_one_sentence_for_each_trouble(tmp_path, path, why):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match=why) as caught:
        atomic.write(tmp_path / path, b"x")
    assert caught.value.exit_code == 4
    assert "\n" not in str(caught.value)
    assert left_behind(tmp_path) == ["file"]


def test_full_device():
    with pytest.raises(OutputError, match="no space"):
        atomic.write("/dev/full", b"x")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


@pytest.mark.parametrize("call", ["fsync", "open"])
def test_a_failing_call_leaves_nothing(tmp_path, monkeypatch, call):
    def fail(*_args, **_more):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OutputError, match="no space"):
        atomic.write(tmp_path / "x", b"x")
    monkeypatch.undo()
    assert left_behind(tmp_path) == []


def test_hostile_names_in_messages_are_visible(tmp_path):
    with pytest.raises(OutputError) as caught:
        atomic.write(tmp_path / "a\n\x1b[31m\u202e" / "x", b"")
    assert "a\\n\\x1b[31m\\u202e" in str(caught.value)


@pytest.mark.parametrize(
    ("number", "said"), [(errno.EIO, "Input/output error"), (errno.EACCES, "permission is denied")]
)
def test_a_folder_that_cannot_be_looked_at_is_told(tmp_path, monkeypatch, number, said):
    """It is there, but whether it is a folder cannot be asked: one sentence, no fault of the tool itself."""
    assert atomic.make_folder(tmp_path / "new")
    assert not atomic.make_folder(tmp_path / "new")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file"):
        atomic.make_folder(tmp_path / "file")

    def fail(*_args, **_more):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "stat", fail)
    with pytest.raises(OutputError, match=f"cannot write .*: {said}"):
        atomic.make_folder(tmp_path / "new")
