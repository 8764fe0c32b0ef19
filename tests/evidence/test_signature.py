"""Keys and signatures, held against the stock minisign program."""

from __future__ import annotations

import base64
import random
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from scanner.errors import OutputError, ScannerError
from scanner.evidence import signature
from scanner.evidence.signature import Fault, Signed, Signer

needs_minisign = pytest.mark.skipif(shutil.which("minisign") is None, reason="minisign is not installed")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "own.key"
    signature.new_key(path, None)
    return path


def minisign(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["minisign", *map(str, arguments)], input=stdin, capture_output=True, check=False)


def public(key: Path) -> str:
    return f"{key}.pub"


def test_what_is_signed_is_verified(key: Path) -> None:
    signer = Signer(key)
    made = signer.sign(b"content", "manifest.json", 1_700_000_000)
    found = signature.verify(b"content", made, signature.public_key(public(key)))
    assert isinstance(found, Signed)
    assert found.comment == "timestamp:1700000000\tfile:manifest.json\thashed"
    assert found == signature.verify(b"content", made, signature.public_key(signer.public_key))
    assert base64.b64decode(made.splitlines()[1])[:2] == b"ED"


def test_modes_and_that_nothing_is_overwritten(tmp_path: Path) -> None:
    key = tmp_path / "k"
    assert signature.new_key(key, None) == tmp_path / "k.pub"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    for taken in ("k", "k.pub"):
        with pytest.raises(OutputError, match="exists already"):
            signature.new_key(key, None)
        (tmp_path / taken).unlink()
    key.write_bytes(before)


@pytest.mark.parametrize("part", ["data", "signature"])
def test_every_changed_byte_is_found(key: Path, part: str) -> None:
    data, public_key = b"content of a manifest", signature.public_key(public(key))
    made = Signer(key).sign(data, "m", 1)
    drawn = random.Random(5)
    for place in range(len(made if part == "signature" else data)):
        changed = bytearray(made if part == "signature" else data)
        changed[place] ^= 1 << drawn.randrange(8)
        given = (data, bytes(changed)) if part == "signature" else (bytes(changed), made)
        assert isinstance(signature.verify(*given, public_key), Fault)


@pytest.mark.parametrize(
    "spelling", [bytes.strip, lambda made: made.replace(b"\n", b"\r\n"), lambda made: made + b"\n"]
)
def test_other_spellings_of_a_signature_are_refused(key: Path, spelling: object) -> None:
    made = Signer(key).sign(b"x", "m", 1)
    found = signature.verify(b"x", spelling(made), signature.public_key(public(key)))  # type: ignore[operator]
    assert isinstance(found, Fault)
    assert found.code == "form"


def test_another_key_is_told_by_its_number(key: Path, tmp_path: Path) -> None:
    signature.new_key(tmp_path / "other", None)
    made = Signer(tmp_path / "other").sign(b"x", "m", 1)
    found = signature.verify(b"x", made, signature.public_key(public(key)))
    other = signature.public_key(str(tmp_path / "other.pub"))
    assert found == Fault("key", signature.key_id(other))


@pytest.mark.parametrize("content", [b"", b"\xff\n\xff\n", b"untrusted comment: x\nAAAA\n", b"\0" * 400])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k").write_bytes(content)
    for call in (Signer, signature.is_protected, lambda path: signature.public_key(str(path))):
        with pytest.raises(ScannerError, match=r"k' is no (secret|public) key") as caught:
            call(tmp_path / "k")
        assert caught.value.exit_code == 2
    for call in (Signer, lambda path: signature.public_key(str(path))):
        with pytest.raises(ScannerError):
            call(tmp_path)
    with pytest.raises(ScannerError, match="cannot be read"):
        Signer(tmp_path / "missing")
    with pytest.raises(ScannerError, match="neither a key file nor its text"):
        signature.public_key("RWQ")


@needs_minisign
def test_the_minisign_program_verifies_and_reads_our_keys(key: Path, tmp_path: Path) -> None:
    data = tmp_path / "manifest.json"
    data.write_bytes(b"content")
    (tmp_path / "manifest.json.minisig").write_bytes(Signer(key).sign(b"content", "manifest.json", 7))
    ran = minisign("-V", "-H", "-p", public(key), "-m", data)
    assert ran.returncode == 0, ran
    assert b"timestamp:7\tfile:manifest.json" in ran.stdout
    # It makes the same public key from the secret one, with the same number (written without zeros in front).
    assert minisign("-R", "-f", "-W", "-s", key, "-p", tmp_path / "again.pub").returncode == 0
    (their_words, theirs), (our_words, ours) = (
        path.read_bytes().splitlines() for path in (tmp_path / "again.pub", Path(public(key)))
    )
    assert theirs == ours
    assert int(their_words.split()[-1], 16) == int(our_words.split()[-1], 16)
    data.write_bytes(b"other")
    assert minisign("-V", "-p", public(key), "-m", data).returncode != 0


@needs_minisign
def test_keys_of_the_minisign_program_without_passphrase_sign(tmp_path: Path) -> None:
    key, data = tmp_path / "k", tmp_path / "data"
    assert minisign("-G", "-W", "-s", key, "-p", f"{key}.pub").returncode == 0
    data.write_bytes(b"x")
    assert not signature.is_protected(key)
    Path(f"{data}.minisig").write_bytes(Signer(key).sign(b"x", "data", 1))
    assert minisign("-V", "-p", public(key), "-m", data).returncode == 0
    assert minisign("-S", "-W", "-s", key, "-m", data).returncode == 0
    theirs = Path(f"{data}.minisig").read_bytes()
    found = signature.verify(b"x", theirs, signature.public_key(public(key)))
    assert isinstance(found, Signed)
    assert "file:data" in found.comment
    assert (
        minisign("-S", "-W", "-l", "-s", key, "-m", data).returncode == 0
    )  # the older kind, not hashed first
    assert isinstance(
        signature.verify(b"x", Path(f"{data}.minisig").read_bytes(), signature.public_key(public(key))),
        Signed,
    )


@needs_minisign
def test_keys_of_the_minisign_program_with_passphrase_sign(tmp_path: Path) -> None:
    key, data = tmp_path / "k", tmp_path / "data"
    phrase = "口令 with words"
    made = minisign("-G", "-s", key, "-p", f"{key}.pub", stdin=f"{phrase}\n{phrase}\n".encode())
    assert made.returncode == 0, made
    assert signature.is_protected(key)
    with pytest.raises(ScannerError, match="passphrase does not open"):
        Signer(key, "wrong")
    data.write_bytes(b"x")
    Path(f"{data}.minisig").write_bytes(Signer(key, phrase).sign(b"x", "data", 1))
    assert minisign("-V", "-p", public(key), "-m", data).returncode == 0


@needs_minisign
def test_our_protected_key_opens_in_the_minisign_program(tmp_path: Path) -> None:
    key, data = tmp_path / "k", tmp_path / "data"
    signature.new_key(key, "口令")
    data.write_bytes(b"x")
    ran = minisign("-S", "-s", key, "-m", data, stdin="口令\n".encode())
    assert ran.returncode == 0, ran
    assert isinstance(
        signature.verify(b"x", Path(f"{data}.minisig").read_bytes(), signature.public_key(public(key))),
        Signed,
    )
    assert b"encrypted" in key.read_bytes().splitlines()[0]
    assert minisign("-S", "-s", key, "-m", data, stdin=b"wrong\n").returncode != 0


def test_less_memory_still_makes_a_protected_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from minisign import SecretKey

    asked = []
    real = SecretKey.encrypt

    def encrypt(self: SecretKey, password: str, *, opslimit: int, memlimit: int) -> None:
        asked.append(memlimit)
        if memlimit > 1 << 25:
            raise MemoryError
        real(self, password, opslimit=opslimit, memlimit=memlimit)

    monkeypatch.setattr(SecretKey, "encrypt", encrypt)
    signature.new_key(tmp_path / "k", "phrase")
    assert asked[-1] == 1 << 25
    assert Signer(tmp_path / "k", "phrase").sign(b"x", "m", 1)
