"""Sheets under a passphrase: age files (https://age-encryption.org/v1), which the stock ``age -d`` opens, too."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from scanner.errors import ScannerError

MAGIC = b"age-encryption.org/v1\n"
ARMORED = b"-----BEGIN AGE ENCRYPTED FILE-----"
WORK = 18  # scrypt with N = 2^18: a second or so, 256 MB
CHUNK = 1 << 16


def is_sealed(data: bytes) -> bool:
    """Is this an age file?"""
    return data.startswith((MAGIC, ARMORED))


def seal(data: bytes, passphrase: str) -> bytes:
    """``data`` as an age file under a passphrase, with the work factor of the stock program.

    Written here because pyrage takes the work factor from how fast the machine is at that moment, and a slower or
    busier one then refuses to open the file.
    """
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    file_key, salt, nonce = (secrets.token_bytes(16) for _ in range(3))
    key = hashlib.scrypt(
        passphrase.encode(),
        salt=b"age-encryption.org/v1/scrypt" + salt,
        n=1 << WORK,
        r=8,
        p=1,
        maxmem=1 << 29,
        dklen=32,
    )
    wrapped = ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None)
    header = MAGIC + b"-> scrypt %s %d\n%s\n---" % (_base64(salt), WORK, _base64(wrapped))
    mac = hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    sealed = [header, b" ", _base64(mac), b"\n", nonce]
    last = max(0, len(data) - 1) // CHUNK
    for place in range(last + 1):
        piece = data[place * CHUNK : (place + 1) * CHUNK]
        sealed.append(cipher.encrypt(place.to_bytes(11, "big") + bytes([place == last]), piece, None))
    return b"".join(sealed)


def _derived(key: bytes, salt: bytes, what: bytes) -> bytes:
    """HKDF-SHA-256, 32 bytes."""
    extracted = hmac.digest(salt or bytes(32), key, "sha256")
    return hmac.digest(extracted, what + b"\x01", "sha256")


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def unseal(data: bytes, passphrase: str, path: str) -> bytes:
    """What an age file of that ``path`` holds; ScannerError for a wrong passphrase or a damaged file."""
    import pyrage

    try:
        opened: bytes = pyrage.passphrase.decrypt(data, passphrase)
    except pyrage.DecryptError as error:
        if "Excessive work" in str(error):
            raise ScannerError(
                f"{path} was sealed with more work than this machine may do now: open it by 'age -d' first."
            ) from None
        raise ScannerError(
            f"{path} cannot be opened: the passphrase is wrong, the file is damaged or was not sealed by one."
        ) from None
    return opened


def passphrase_in(path: str) -> str:
    """The first line of a file; ScannerError where it cannot be read or is empty."""
    try:
        with Path(path).open(encoding="utf-8") as file:
            line = file.readline(4096).rstrip("\r\n")
    except OSError as error:
        raise ScannerError(
            f"The passphrase file {path} cannot be read: {(error.strerror or 'failed').lower()}."
        ) from None
    except UnicodeDecodeError:
        raise ScannerError(f"The passphrase file {path} is not text in UTF-8.") from None
    if not line:
        raise ScannerError(f"The first line of the passphrase file {path} is empty.")
    return line
