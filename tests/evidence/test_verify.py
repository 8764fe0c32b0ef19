"""Everything that a manifest names is checked, and the right file is named."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import TODAY, command, rows_file

from scanner.document import canonical
from scanner.errors import ScannerError
from scanner.evidence import signature
from scanner.evidence.output_set import OutputSet
from scanner.evidence.publish import Attestation, add
from scanner.evidence.rescan import rescan
from scanner.evidence.verify import Grade, Verification, verify
from scanner.reports import json_report
from scanner.run import job

SAMPLES = 1000
OUTPUTS = ("report.json", "deep/matches.csv")


@dataclass
class Made:
    """A scan with all that vouches for it."""

    folder: Path
    key: str

    @property
    def manifest(self) -> Path:
        return self.folder / "out" / "manifest.json"

    def named(self, public_key: str | None = None) -> set[str]:
        """The files that are named as different."""
        return differing(verify(self.manifest, public_key))


def differing(found: Verification) -> set[str]:
    return {each.file for each in found.remarks if each.grade is Grade.DIFFERS}


def make(folder: Path, signed: bool = True) -> Made:
    rows = ["姓名,手机号码", *(f"王小明,138001380{n:02}" for n in range(20))]
    inputs = [rows_file(folder / name, rows) for name in ("a.csv", "数据 二.csv")]
    signature.new_key(folder / "key", None)
    options = job.Options(as_of=TODAY, jobs=1)
    document = job.run(job.file_inputs([str(path) for path in inputs], options), options).document
    (folder / "out" / "deep").mkdir(parents=True)
    signer = signature.Signer(folder / "key") if signed else None
    wanted = Attestation(folder / "out" / "manifest.json", True, signer)
    with OutputSet() as outputs:
        outputs.write(folder / "out" / OUTPUTS[0], json_report.render(document))
        outputs.write(folder / "out" / OUTPUTS[1], b"made for this test\r\n" * 20)
        add(outputs, wanted, document, options, [str(path) for path in inputs])
        outputs.commit(wanted.manifest)
    return Made(folder, str(folder / "key.pub"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("signed"))


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("unsigned"), signed=False)


@pytest.fixture
def own(tmp_path: Path) -> Made:
    return make(tmp_path)


def flip(path: Path, drawn: random.Random) -> bytes:
    """Changes one bit or one whole byte of a file; what it was."""
    before = path.read_bytes()
    changed = bytearray(before)
    place = drawn.randrange(len(before))
    changed[place] ^= 1 << drawn.randrange(8) if drawn.random() < 0.5 else drawn.randrange(1, 256)
    path.write_bytes(changed)
    return before


def targets(made: Made) -> dict[Path, str]:
    """Every file that counts, with how it must be named."""
    out = made.folder / "out"
    inputs = {made.folder / name: str(made.folder / name) for name in ("a.csv", "数据 二.csv")}
    names = [*OUTPUTS, "manifest.json", "SHA256SUMS", "manifest.json.minisig"]
    return {**inputs, **{out / name: name for name in names if (out / name).exists()}}


@pytest.mark.parametrize("with_key", [True, False])
def test_every_single_byte_that_is_changed_is_found_in_the_right_file(made: Made, with_key: bool) -> None:
    drawn = random.Random(20170509 + with_key)
    key = made.key if with_key else None
    assert verify(made.manifest, key).exit_code == 0
    wrong = []
    for path, name in targets(made).items():
        for _ in range(SAMPLES // len(targets(made)) // 2 + 1):
            before = flip(path, drawn)
            found = verify(made.manifest, key)
            if differing(found) != {name} or found.exit_code != 1:
                wrong.append((name, differing(found)))
            path.write_bytes(before)
    assert wrong == []
    assert verify(made.manifest, key).exit_code == 0


def test_without_a_signature_every_changed_byte_is_found_too(unsigned: Made) -> None:
    drawn = random.Random(7)
    wrong = []
    for path, name in targets(unsigned).items():
        for _ in range(40):
            before = flip(path, drawn)
            # Between a manifest and its checksums nobody can say which was changed; the remark names both.
            allowed = {name, "manifest.json"} if name == "SHA256SUMS" else {name}
            found = unsigned.named()
            if not found or not found <= allowed:
                wrong.append((name, found))
            path.write_bytes(before)
    assert wrong == []
    assert [each.code for each in verify(unsigned.manifest).remarks] == ["not_signed"]


def test_the_command_names_the_file(own: Made) -> None:
    drawn = random.Random(3)
    ended = command("verify", own.manifest, "--public-key", own.key)
    assert (ended.code, ended.err) == (0, "")
    for path, name in targets(own).items():
        before = flip(path, drawn)
        ended = command("verify", own.manifest.parent, "--public-key", own.key, "--lang", "en")
        assert ended.code == 1
        wrong = [line for line in ended.out.decode().splitlines() if line.startswith("differs: ")]
        assert len(wrong) == 1
        assert wrong[0].startswith(f"differs: {name}: ")
        path.write_bytes(before)


def test_missing_and_added_files(own: Made) -> None:
    out = own.manifest.parent
    (out / "deep" / "matches.csv").unlink()
    (out / "deep" / "new").write_bytes(b"")
    (out / "link").symlink_to(own.folder)
    assert own.named(own.key) == {"deep/matches.csv", "deep/new", "link"}
    shutil.rmtree(out / "deep")
    (out / "link").unlink()
    (own.folder / "a.csv").unlink()
    assert own.named(own.key) == {"deep/matches.csv"}
    found = verify(own.manifest, own.key)
    lost = [each.file for each in found.remarks if each.grade is Grade.UNREAD]
    assert (lost, found.exit_code) == ([str(own.folder / "a.csv")], 1)


def test_a_lost_input_is_not_a_changed_one(own: Made) -> None:
    (own.folder / "a.csv").unlink()
    found = verify(own.manifest, own.key)
    assert [(each.grade, each.code) for each in found.remarks][-1] == (Grade.UNREAD, "input_missing")
    assert found.exit_code == 3
    (own.folder / "a.csv").symlink_to("数据 二.csv")
    assert verify(own.manifest, own.key).exit_code == 3


@pytest.mark.parametrize(
    ("name", "code"), [("SHA256SUMS", "missing"), ("manifest.json.minisig", "signature_missing")]
)
def test_what_vouches_must_be_there(own: Made, name: str, code: str) -> None:
    (own.manifest.parent / name).unlink()
    found = verify(own.manifest, own.key)
    assert [(each.file, each.code) for each in found.remarks if each.grade is Grade.DIFFERS] == [(name, code)]


def test_a_set_that_someone_else_signed_is_not_accepted(own: Made, tmp_path: Path) -> None:
    signature.new_key(tmp_path / "forger", None)
    content = json.loads(own.manifest.read_bytes())
    forger = signature.Signer(tmp_path / "forger")
    forged = canonical.render({**content, "public_key": forger.public_key})
    own.manifest.write_bytes(forged)
    sums = own.manifest.with_name("SHA256SUMS")
    old = sums.read_bytes().splitlines(keepends=True)
    digest = hashlib.sha256(forged).hexdigest()
    sums.write_bytes(
        b"".join(f"{digest}  manifest.json\n".encode() if b"  manifest.json" in x else x for x in old)
    )
    own.manifest.with_name("manifest.json.minisig").write_bytes(forger.sign(forged, "manifest.json", 1))
    assert [each.code for each in verify(own.manifest).remarks] == ["signed_unknown"]  # and the text says so
    assert next(each.code for each in verify(own.manifest, own.key).remarks) == "signature_key"
    assert verify(own.manifest, own.key).exit_code == 1


def test_the_set_can_be_moved_with_its_inputs(own: Made, tmp_path: Path) -> None:
    moved = tmp_path / "else where" / "卷"
    moved.mkdir(parents=True)
    for name in ("out", "a.csv", "数据 二.csv"):
        shutil.move(own.folder / name, moved / name)
    assert verify(moved / "out" / "manifest.json", own.key).exit_code == 0


def test_the_root_says_where_inputs_lie_now(own: Made, tmp_path: Path) -> None:
    image = tmp_path / "image"
    for name in ("a.csv", "数据 二.csv"):
        place = image / str(own.folder / name).lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(own.folder / name, place)
    assert verify(own.manifest, own.key).exit_code == 3
    assert verify(own.manifest, own.key, root=image).exit_code == 0


def test_what_is_no_manifest_is_refused(tmp_path: Path, own: Made) -> None:
    content = json.loads(own.manifest.read_bytes())
    bad: list[bytes] = [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"kind": "leaktally manifest"}']
    bad += [
        canonical.render({**content, "schema_version": 2}),
        canonical.render({**content, "outputs": [{}]}),
    ]
    bad += [
        canonical.render({**content, key: 5})
        for key in ("inputs", "outputs", "public_key", "checksums", "tool")
    ]
    bad += [canonical.render({**content, "checksums": value}) for value in ("", "../x")]
    for number, data in enumerate(bad):
        path = tmp_path / f"{number}.json"
        path.write_bytes(data)
        with pytest.raises(ScannerError, match=rf"{number}.json' is") as caught:
            verify(path)
        assert caught.value.exit_code == 2
    with pytest.raises(ScannerError, match="cannot be read"):
        verify(tmp_path / "nothing")
    with pytest.raises(ScannerError, match="public key"):
        verify(own.manifest, "no key")


def test_a_hostile_manifest_opens_nothing(tmp_path: Path, own: Made) -> None:
    """Names of pipes, devices, folders, and impossible ones."""
    os.mkfifo(tmp_path / "pipe")
    content = json.loads(own.manifest.read_bytes())
    names = ["pipe", "/dev/zero", "..", "\0", "x" * 5000, "\udcff", "a\nb\x1b[31m"]
    content["outputs"] = [{"name": name, "size": 1, "sha256": "0" * 64} for name in names]
    content["public_key"] = None
    (tmp_path / "manifest.json").write_bytes(canonical.render(content))
    found = verify(tmp_path / "manifest.json")
    assert set(names) <= differing(found)
    shown = command("verify", tmp_path, "--lang", "en").out.decode()
    assert "a\\nb\\x1b[31m" in shown
    assert "\x1b" not in shown


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_a_manifest_ends_in_a_sentence(made: Made, data: st.DataObject) -> None:
    """Any entry, at any depth, replaced by anything: a verdict or a ScannerError, and never another error."""
    content = json.loads(made.manifest.read_bytes())
    own = {"role": "policy", "path": "x.toml", "location": "x.toml", "size": 1, "sha256": "0" * 64}
    content |= {"own_files": [own], "public_key": data.draw(st.sampled_from([None, "RWQ"]))}
    place: Any = content
    while True:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        place = inner
    if data.draw(st.booleans()):
        place[key] = data.draw(JSON)
    else:
        del place[key]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "manifest.json"
        path.write_text(json.dumps(content))  # also what canonical JSON has not: NaN and infinity
        if data.draw(st.booleans()):
            shutil.copy(f"{made.manifest}.minisig", f"{path}.minisig")
        for call in (verify, lambda path: rescan(path, lambda *_: {"nothing": "read"})):
            with contextlib.suppress(ScannerError):
                call(path)
