"""Encrypted entries of zip archives: the traditional cipher of APPNOTE 6.1, and AES after WinZip (AE-1, AE-2)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence

import numpy as np

from scanner.errors import SourceError
from scanner.kernels.zip_cipher import ZipCipher
from scanner.sources.archives.unpacking import Packed
from scanner.sources.archives.zip_directory import DESCRIBED, Record

HEADER = 12  # bytes before traditionally encrypted data
KEY, SALT = {1: 16, 2: 24, 3: 32}, {1: 8, 2: 12, 3: 16}
CHECK, MAC = 2, 10
ROUNDS = 1000
PIECE = 1 << 16


def as_bytes(passwords: Sequence[str]) -> Iterator[bytes]:
    """Each password in the encodings in which programs put it into the cipher."""
    seen = set()
    for password in passwords:
        for encoding in ("utf-8", "gb18030"):
            raw = password.encode(encoding, "replace")
            if raw not in seen:
                seen.add(raw)
                yield raw


def traditional(record: Record, header: bytes, passwords: Sequence[str]) -> Iterator[ZipCipher]:
    """Ciphers that fit the check byte of an entry's first bytes: one in 256 that do not fit otherwise will, too."""
    check = record.time >> 8 if record.flags & DESCRIBED else record.crc >> 24
    for password in as_bytes(passwords):
        cipher = ZipCipher(password)
        if len(header) == HEADER and cipher.decrypt(header)[-1] == check:
            yield cipher


def deciphered(packed: Packed, cipher: ZipCipher) -> Packed:
    """The packed bytes without their encryption; ``packed`` stands behind the header."""
    return Packed(lambda count: cipher.decrypt(packed.read(min(count, PIECE))))


class Aes:
    """Reads one entry that is encrypted by AES in counter mode."""

    def __init__(self, packed: Packed, length: int, strength: int, passwords: Sequence[str]) -> None:
        """``length``: bytes of the entry, with salt and code. SourceError where no password fits."""
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        if strength not in KEY or length < SALT[strength] + CHECK + MAC:
            raise SourceError("is encrypted in a way that is not read")
        salt = packed.read(SALT[strength])
        check = packed.read(CHECK)
        self._packed = packed
        self._left = length - len(salt) - CHECK - MAC
        self._counter = 1
        self._stream = b""
        for password in as_bytes(passwords):
            size = KEY[strength]
            keys = hashlib.pbkdf2_hmac("sha1", password, salt, ROUNDS, 2 * size + CHECK)
            if hmac.compare_digest(keys[2 * size :], check):
                # The counter of this format is little-endian, which no library has: its blocks are made here.
                self._encryptor = Cipher(algorithms.AES(keys[:size]), modes.ECB()).encryptor()
                self._mac = hmac.new(keys[size : 2 * size], digestmod="sha1")
                return
        raise wrong_password(passwords)

    def read(self, count: int) -> bytes:
        """The next bytes; SourceError at the end where the code does not agree."""
        piece = self._packed.read(min(count, self._left, PIECE)) if self._left else b""
        if not piece:
            self._finish()
            return b""
        self._left -= len(piece)
        self._mac.update(piece)
        blocks = -(-(len(piece) - len(self._stream)) // 16)
        if blocks > 0:
            counters = np.zeros((blocks, 2), "<u8")
            counters[:, 0] = np.arange(self._counter, self._counter + blocks, dtype=np.uint64)
            self._counter += blocks
            self._stream += self._encryptor.update(counters.tobytes())
        key, self._stream = self._stream[: len(piece)], self._stream[len(piece) :]
        return (np.frombuffer(piece, np.uint8) ^ np.frombuffer(key, np.uint8)).tobytes()

    def _finish(self) -> None:
        if self._left == 0:
            code = self._packed.read(MAC)
            self._left = -1
            if not hmac.compare_digest(code, self._mac.digest()[:MAC]):
                raise SourceError("its authentication code differs; it was damaged or changed")


def wrong_password(passwords: Sequence[str]) -> SourceError:
    """The sentence for an entry that stays closed."""
    if not passwords:
        return SourceError("is encrypted; give its password with --password")
    return SourceError("is encrypted, and none of the passwords given opens it")
