"""Ed25519 signatures in the format of the minisign program: keys, signing, verifying."""

from __future__ import annotations

import base64
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from scanner.errors import OutputError, ScannerError
from scanner.evidence.output_set import OutputSet
from scanner.reports.escape import visible

if TYPE_CHECKING:
    import minisign

# What the minisign program takes for a key file: 1 GiB and some seconds for each guess at a passphrase.
OPSLIMIT, MEMLIMIT = 33_554_432, 1 << 30
#: No signature covers its first line, so only what these programs write there is accepted.
UNTRUSTED = ("signature from minisign secret key", "signature from leaktally secret key")
MOST_BYTES = 1 << 16
_NOT_ASCII = re.compile(r"[^ -~]")


class Signed(NamedTuple):
    """A signature that holds: the key's number in hex as minisign prints it, and the signed comment."""

    key_id: str
    comment: str


class Fault(NamedTuple):
    """Why a signature does not hold, and the number of the key that it says to be of ("" where it says none).

    ``code``: "form", it is no signature file; "comment", its first line is not as it was written; "key", another key
    made it; "content", the data or the signature was changed.
    """

    code: str
    key_id: str = ""


def new_key(path: Path, passphrase: str | None) -> Path:
    """Writes a new secret key (0600) and, beside it with ".pub" added, its public key; the latter's path.

    ``passphrase``: protects the secret key by scrypt; None leaves it open. OutputError where either exists already.
    """
    from minisign import KeyPair

    public = path.with_name(path.name + ".pub")
    for each in (path, public):
        if os.path.lexists(each):
            raise OutputError(f"cannot write '{visible(str(each))}': a file of that name exists already")
    pair = KeyPair.generate()
    pair.public_key.untrusted_comment = f"minisign public key {key_id(pair.public_key)}"
    if passphrase:
        _encrypt(pair.secret_key, passphrase)
    with OutputSet() as outputs:
        outputs.write(path, bytes(pair.secret_key) + b"\n", private=True)
        outputs.write(public, bytes(pair.public_key) + b"\n")
        outputs.commit()
    return public


def _encrypt(key: minisign.SecretKey, passphrase: str) -> None:
    """As minisign does it, with half the memory at a time where there is not enough."""
    opslimit, memlimit = OPSLIMIT, MEMLIMIT
    while True:
        try:
            key.encrypt(passphrase, opslimit=opslimit, memlimit=memlimit)
        except MemoryError:
            opslimit, memlimit = opslimit // 2, memlimit // 2
            if memlimit < 1 << 24:
                raise OutputError("the key cannot be protected: there is not enough memory") from None
        else:
            return


def is_protected(path: Path) -> bool:
    """Does a secret key ask for a passphrase? ScannerError where it is no secret key."""
    return bool(_secret(path).is_encrypted())


def _secret(path: Path) -> minisign.SecretKey:
    from minisign import Error, SecretKey

    try:
        return SecretKey.from_bytes(_read(path, "secret key"))
    except Error:
        raise ScannerError(f"'{visible(str(path))}' is no secret key of minisign or leaktally") from None


class Signer:
    """A secret key that is ready to sign. ScannerError for a file that is none and for a wrong passphrase."""

    def __init__(self, path: Path, passphrase: str | None = None) -> None:
        from minisign import Error

        self._key = _secret(path)
        try:
            if self._key.is_encrypted():
                self._key.decrypt(passphrase or "")
        except (Error, ValueError):
            raise ScannerError(f"the passphrase does not open '{visible(str(path))}'") from None
        except MemoryError:
            raise ScannerError(
                f"'{visible(str(path))}' cannot be opened: there is not enough memory"
            ) from None

    @property
    def public_key(self) -> str:
        """The public key in minisign's base64."""
        return bytes(self._key.get_public_key().to_base64()).decode()

    def sign(self, data: bytes, name: str, time: int) -> bytes:
        """The signature file for ``data``; the signed comment tells ``time`` (seconds since 1970) and file ``name``."""
        shown = _NOT_ASCII.sub("?", name)
        comment = f"timestamp:{time}\tfile:{shown}\thashed"
        made = self._key.sign(data, untrusted_comment=UNTRUSTED[1], trusted_comment=comment)
        return bytes(made) + b"\n"


def public_key(given: str) -> minisign.PublicKey:
    """A public key from a file or as its base64 text; ScannerError where it is neither."""
    from minisign import Error, PublicKey

    if not os.path.lexists(given):
        return public_key_text(given)
    try:
        return PublicKey.from_bytes(_read(Path(given), "public key"))
    except Error:
        raise ScannerError(f"'{visible(given)}' is no public key of minisign or leaktally") from None


def public_key_text(given: str) -> minisign.PublicKey:
    """A public key from its base64 text; ScannerError where it is none."""
    from minisign import Error, PublicKey

    try:
        return PublicKey.from_base64(given)
    except (Error, ValueError):
        shown = visible(given)
        raise ScannerError(
            f"'{shown}' is no public key of minisign, neither a key file nor its text"
        ) from None


def key_id(key: minisign.PublicKey) -> str:
    """The number of a key as minisign prints it."""
    return _number(key.to_base64())


def _number(line: bytes) -> str:
    """The key number in a line of base64: behind two bytes for the algorithm, least byte first."""
    return base64.b64decode(line)[2:10][::-1].hex().upper()


def verify(data: bytes, signature: bytes, key: minisign.PublicKey) -> Signed | Fault:
    """Checks a signature file: a Fault where it does not hold or was altered in any byte."""
    from minisign import Error, ParseError, Signature

    try:
        found = Signature.from_bytes(signature)
    except (ParseError, ValueError):
        return Fault("form")
    said = _number(signature.splitlines()[1])
    if bytes(found) + b"\n" != signature:  # another spelling of the same, which no signature covers
        return Fault("form", said)
    if found.untrusted_comment not in UNTRUSTED:
        return Fault("comment", said)
    if said != key_id(key):
        return Fault("key", said)
    try:
        key.verify(data, found)
    except (Error, ValueError):
        return Fault("content", said)
    return Signed(said, found.trusted_comment)


def _read(path: Path, what: str) -> bytes:
    """A key file; ScannerError where it cannot be one."""
    shown = visible(str(path))
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise ScannerError(f"'{shown}' is no {what}: it is not a file")
        with path.open("rb") as file:
            return file.read(MOST_BYTES)
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        raise ScannerError(f"the {what} '{shown}' cannot be read: {reason}") from None
