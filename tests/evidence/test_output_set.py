"""All outputs or none."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from scanner.errors import OutputError
from scanner.evidence.output_set import OutputSet
from scanner.store import private_files


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_outputs_appear_together(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a").write_bytes(b"old")
    with OutputSet() as outputs:
        outputs.write(tmp_path / "a", b"1")
        outputs.write(tmp_path / "b" / "c", b"2", private=True)
        with outputs.staged(tmp_path / "d") as place:
            place.write_bytes(b"3")
        assert tree(tmp_path)["a"] == b"old"
        assert {stat.S_IMODE(each.parent.stat().st_mode) for each in outputs.places.values()} == {0o700}
        outputs.commit()
    assert tree(tmp_path) == {"a": b"1", "b/c": b"2", "d": b"3"}
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["a", "b", "c", "d"]
    assert stat.S_IMODE((tmp_path / "b" / "c").stat().st_mode) == 0o600


def test_what_is_in_place_stays_told_where_the_private_folder_cannot_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails behind the commit does not make a sentence that nothing was written."""

    def fail(*_args: object) -> None:
        raise OSError(errno.EIO, "failing")

    with OutputSet() as outputs:
        outputs.write(tmp_path / "a", b"1")
        outputs.commit()
        monkeypatch.setattr(os, "fstat", fail)
    monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == b"1"
    private_files.sweep(
        str(tmp_path), ".leaktally-", ".part"
    )  # as the next run does; no lock is held any more
    assert tree(tmp_path) == {"a": b"1"}
    assert len(list(tmp_path.iterdir())) == 1


def test_without_commit_nothing_appears(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def failing() -> None:
        with OutputSet() as outputs:
            outputs.write(tmp_path / "a", b"1")
            outputs.write(tmp_path / "missing" / "b", b"2")
            outputs.commit()

    with pytest.raises(OutputError, match=r"missing/b': the folder does not exist"):
        failing()
    assert tree(tmp_path) == {"a": b"old"}
    assert len(list(tmp_path.iterdir())) == 1


def test_what_must_be_last_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the replacing stops, there is no manifest, or all that it names."""
    names = ["manifest", "a", "b", "c"]
    real = Path.replace
    for stop in range(len(names)):
        for name in names:
            (tmp_path / name).write_bytes(b"old")
        moved = []

        def replace(self: Path, target: Path, stop: int = stop, moved: list[Path] = moved) -> Path:
            if target.parent == tmp_path:
                if len(moved) == stop:
                    raise OSError("the disk is gone")
                moved.append(target)
            return real(self, target)

        def replacing() -> None:
            with OutputSet() as outputs:
                for name in names:
                    outputs.write(tmp_path / name, b"new")
                with monkeypatch.context() as patched:
                    patched.setattr(Path, "replace", replace)
                    outputs.commit(tmp_path / "manifest")

        with pytest.raises(OutputError):
            replacing()
        assert not (tmp_path / "manifest").exists()
        assert len(moved) == stop


def test_what_belonged_to_the_set_before_goes(tmp_path: Path) -> None:
    for name in ("manifest", "manifest.sig", "own"):
        (tmp_path / name).write_bytes(b"old")
    with OutputSet() as outputs:
        outputs.write(tmp_path / "manifest", b"new")
        outputs.forget(tmp_path / "manifest.sig")
        outputs.forget(tmp_path / "manifest.minisig")
        assert (tmp_path / "manifest.sig").exists()
        outputs.commit(tmp_path / "manifest")
    assert tree(tmp_path) == {"manifest": b"new", "own": b"old"}


def test_links_and_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"keep")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "folder").mkdir()
    with OutputSet() as outputs:
        with pytest.raises(OutputError, match=r"link': it is a symbolic link"):
            outputs.write(tmp_path / "link", b"x")
        with pytest.raises(OutputError, match=r"folder': a folder of that name exists"):
            outputs.write(tmp_path / "folder", b"x")
        outputs.write(tmp_path / "late", b"x")
        (tmp_path / "late").symlink_to("real")
        with pytest.raises(OutputError, match=r"late': it is a symbolic link"):
            outputs.commit()
    assert (tmp_path / "real").read_bytes() == b"keep"


def test_a_device_is_written_directly_and_told_by_its_name(tmp_path: Path) -> None:
    with OutputSet() as outputs:
        outputs.write(os.devnull, b"x")
        outputs.commit()
        assert outputs.places == {}
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    if Path("/dev/full").exists():
        with OutputSet() as outputs, pytest.raises(OutputError, match=r"'/dev/full': no space"):
            outputs.write("/dev/full", b"x")


def test_an_error_names_the_place_that_was_asked_for(tmp_path: Path) -> None:
    with (
        OutputSet() as outputs,
        pytest.raises(OutputError) as caught,
        outputs.staged(tmp_path / "x.csv") as place,
    ):
        raise OutputError(f"cannot write '{place}': no space is left on the device")
    assert str(caught.value) == f"cannot write '{tmp_path / 'x.csv'}': no space is left on the device"


def test_what_a_killed_run_left_goes_with_the_next_one_and_a_running_one_keeps_its_own(
    tmp_path: Path,
) -> None:
    left, lock = private_files.locked(str(tmp_path), ".leaktally-", ".part")
    (Path(left) / "report.json").write_bytes(b"half")
    os.close(lock)  # as the system does when a process is killed
    with OutputSet() as running:
        running.write(tmp_path / "a", b"1")
        assert not Path(left).exists()
        with OutputSet() as other:
            other.write(tmp_path / "b", b"2")
            other.commit()
        running.commit()
    assert tree(tmp_path) == {"a": b"1", "b": b"2"}
