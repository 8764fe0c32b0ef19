"""Archives made by hand, also such as no program would make; and what is read of an archive."""

from __future__ import annotations

import hashlib
import hmac
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from memory_file import MemoryFile

from scanner.errors import SourceError
from scanner.model import Batch, Issue, Limits, Member, ReadableFile, ReadOptions
from scanner.sources.opening import Sources

TEXT = "姓名,手机\n张三,13800138000\n李四,13900139001\n".encode()
OTHER = b"name,phone\nx,13700137000\n"


@dataclass
class Part:
    """What was read of a container (``name`` None) or a member."""

    name: str | None
    content: bytes = b""
    failure: str | None = None
    issues: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    format: str | None = None
    size: int | None = None
    sha256: str | None = None

    @property
    def sound(self) -> bool:
        return self.failure is None and not self.issues


class _Recorder:
    """Takes what would be read as text."""

    name = "delimited"

    def __init__(self) -> None:
        self.content: list[bytes] = []

    def batches(self, file: ReadableFile, options: ReadOptions) -> Iterator[Any]:
        self.content = [b""]
        while piece := file.read(50_000):
            self.content.append(piece)
            yield Issue("piece", partial=False)
        if len(self.content) == 1:
            raise SourceError("is empty")


def read(data: bytes, passwords: Sequence[str] = (), path: str | None = None, **limits: int) -> list[Part]:
    """All parts of a file in the order in which they first come; a container that fails is a part that failed."""
    sources = Sources(lambda word: False, lambda texts: [False] * len(texts))
    recorder = _Recorder()
    sources._text = recorder  # type: ignore[assignment]
    file = MemoryFile(data)
    file.path = path or "archive"
    parts: dict[int, Part] = {}
    kept: list[Member] = []
    own = Part(None)
    now = own
    try:
        for item in sources.batches(file, ReadOptions(passwords=tuple(passwords), limits=Limits(**limits))):
            if isinstance(item, Member):
                if item.name is None:
                    now, own.format = own, item.format
                else:
                    kept.append(item)
                    now = parts.setdefault(id(item), Part(item.name))
            elif isinstance(item, Issue) and item.what == "piece":
                now.content = b"".join(recorder.content)
            elif isinstance(item, Issue):
                (now.issues if item.partial else now.remarks).append(item.what)
            else:
                assert isinstance(item, Batch)
    except SourceError as error:
        own.failure = str(error)
    for member in kept:
        part = parts[id(member)]
        part.failure, part.format = member.failure, member.format
        part.size, part.sha256 = member.size, member.sha256
    return [own, *parts.values()]


def texts(data: bytes, *passwords: str, **limits: int) -> dict[str | None, bytes]:
    """The content of sound members that are no containers; AssertionError where anything is wrong."""
    found = read(data, passwords, **limits)
    assert all(part.sound for part in found), found
    for part in found[1:]:
        if part.format is None:
            assert part.sha256 == hashlib.sha256(part.content).hexdigest()
            assert part.size == len(part.content)
    return {part.name: part.content for part in found[1:] if part.format is None}


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return stream.getvalue()


def deflated(content: bytes) -> bytes:
    maker = zlib.compressobj(9, zlib.DEFLATED, -15)
    return maker.compress(content) + maker.flush()


@dataclass
class Zip:
    """An entry in every detail; ``local``: what its own header says otherwise than the directory."""

    name: bytes
    content: bytes
    flags: int = 0
    method: int = 8
    packed: bytes | None = None
    extra: bytes = b""
    crc: int | None = None
    size: int | None = None
    time: int = 0
    attributes: int = 0
    made_by: int = 20
    described: bool = False
    listed: bool = True
    offset: int | None = None  # as the directory tells it

    @property
    def data(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflated(self.content) if self.method == 8 else self.content


def zip_of(*entries: Zip, comment: bytes = b"", count: int | None = None, wide: bool = False) -> bytes:
    """A zip archive of such entries."""
    out, listed = b"", []
    for each in entries:
        crc = zlib.crc32(each.content) if each.crc is None else each.crc
        size = len(each.content) if each.size is None else each.size
        flags = each.flags | (8 if each.described else 0)
        told = (0, 0, 0) if each.described else (crc, len(each.data), size)
        extra = each.extra
        if wide and not each.described:
            extra, told = (
                struct.pack("<2H2Q", 1, 16, size, len(each.data)) + extra,
                (crc, 0xFFFFFFFF, 0xFFFFFFFF),
            )
        offset = len(out) if each.offset is None else each.offset
        lengths = len(each.name), len(extra)
        out += struct.pack("<4s5H3I2H", b"PK\3\4", 20, flags, each.method, each.time, 0, *told, *lengths)
        out += each.name + extra + each.data
        if each.described:
            out += struct.pack("<4s3I", b"PK\7\x08", crc, len(each.data), size)
        if each.listed:
            more = each.extra
            numbers: tuple[int, ...] = (crc, len(each.data), size)
            if wide:
                more = struct.pack("<2H3Q", 1, 24, size, len(each.data), offset) + more
                numbers, offset = (crc, 0xFFFFFFFF, 0xFFFFFFFF), 0xFFFFFFFF
            versions = each.made_by, 20, flags, each.method, each.time, 0
            rest = len(each.name), len(more), 0, 0, 0, each.attributes, offset
            listed.append(
                struct.pack("<4s6H3I5H2I", b"PK\1\2", *versions, *numbers, *rest) + each.name + more
            )
    directory, start = b"".join(listed), len(out)
    number = len(listed) if count is None else count
    out += directory
    if wide:
        out += struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, number, number, len(directory), start)
        out += struct.pack("<4sIQI", b"PK\6\7", 0, start + len(directory), 1)
        tail = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    else:
        tail = (number & 0xFFFF, number & 0xFFFF, len(directory), start)
    return out + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, *tail, len(comment)) + comment


def aes_entry(
    name: bytes, content: bytes, password: bytes, strength: int = 3, version: int = 2, method: int = 8
) -> Zip:
    """An entry that is encrypted as WinZip wrote it down."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    plain = deflated(content) if method == 8 else content
    size = {1: 16, 2: 24, 3: 32}[strength]
    salt = bytes(range(size // 2))
    keys = hashlib.pbkdf2_hmac("sha1", password, salt, 1000, 2 * size + 2)
    cipher = Cipher(algorithms.AES(keys[:size]), modes.ECB()).encryptor()
    stream = b"".join(
        cipher.update(number.to_bytes(16, "little")) for number in range(1, -(-len(plain) // 16) + 1)
    )
    hidden = bytes(one ^ other for one, other in zip(plain, stream, strict=False))
    code = hmac.new(keys[size : 2 * size], hidden, "sha1").digest()[:10]
    extra = struct.pack("<2HH2sBH", 0x9901, 7, version, b"AE", strength, method)
    crc = 0 if version == 2 else None
    return Zip(name, content, 1, 99, salt + keys[2 * size :] + hidden + code, extra, crc)


def traditional_entry(name: bytes, content: bytes, password: bytes, method: int = 8) -> Zip:
    """An entry that is encrypted by the old cipher; a second implementation of it."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def move(byte: int) -> None:
        keys[0] = zlib.crc32(bytes([byte]), keys[0] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = zlib.crc32(bytes([keys[1] >> 24]), keys[2] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    for byte in password:
        move(byte)
    plain = bytes(11) + bytes([zlib.crc32(content) >> 24]) + (deflated(content) if method == 8 else content)
    hidden = bytearray()
    for byte in plain:
        mask = (keys[2] | 2) & 0xFFFF
        hidden.append(byte ^ ((mask * (mask ^ 1)) >> 8 & 255))
        move(byte)
    return Zip(name, content, 1, method, bytes(hidden))


def tarred(*entries: tuple[str, bytes], form: int = tarfile.GNU_FORMAT, encoding: str = "utf-8") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form, encoding=encoding) as archive:
        for name, content in entries:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return stream.getvalue()


def tar_header(
    name: bytes, size: int | bytes, kind: bytes = b"0", mark: bytes = b"ustar\x0000", more: bytes = b""
) -> bytes:
    """A header block; ``size``: the number, or its twelve bytes; ``more``: from byte 265 on."""
    length = b"%011o\0" % size if isinstance(size, int) else size
    block = name.ljust(100, b"\0") + b"0000644\0" * 3 + length + b"00000000000\0" + b" " * 8 + kind
    block = (block.ljust(257, b"\0") + mark).ljust(265, b"\0") + more
    block = block.ljust(512, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


def cabinet(*entries: tuple[bytes, bytes]) -> bytes:
    """A cabinet of stored files."""
    data = b"".join(content for _, content in entries)
    files, at = b"", 0
    for name, content in entries:
        files += struct.pack("<IIHHHH", len(content), at, 0, 0, 0, 0x20) + name + b"\0"
        at += len(content)
    blocks = b"".join(
        struct.pack("<IHH", 0, len(data[i : i + 32768]), len(data[i : i + 32768])) + data[i : i + 32768]
        for i in range(0, len(data), 32768)
    )
    start = 36 + 8
    head = struct.pack(
        "<4sIIIIIBBHHHHH",
        b"MSCF",
        0,
        start + len(files) + len(blocks),
        0,
        start,
        0,
        3,
        1,
        1,
        len(entries),
        0,
        0,
        0,
    )
    folder = struct.pack("<IHH", start + len(files), -(-len(data) // 32768), 0)
    return head + folder + files + blocks


def rar4(*entries: tuple[bytes, bytes]) -> bytes:
    """A RAR archive, version 4, of stored files."""

    def block(content: bytes) -> bytes:
        return struct.pack("<H", zlib.crc32(content) & 0xFFFF) + content

    out = b"Rar!\x1a\x07\x00" + block(struct.pack("<BHHHI", 0x73, 0, 13, 0, 0))
    for name, content in entries:
        size = len(content)
        fields = (
            struct.pack("<IIBIIBBHI", size, size, 3, zlib.crc32(content), 0, 20, 0x30, len(name), 0o100644)
            + name
        )
        out += block(struct.pack("<BHH", 0x74, 0x8000, 7 + len(fields)) + fields) + content
    return out + block(struct.pack("<BHH", 0x7B, 0x4000, 7))


def rar5(*entries: tuple[bytes, bytes]) -> bytes:
    """A RAR archive, version 5, of stored files."""

    def number(value: int) -> bytes:
        out = b""
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])

    def block(fields: bytes) -> bytes:
        content = number(len(fields)) + fields
        return struct.pack("<I", zlib.crc32(content)) + content

    out = b"Rar!\x1a\x07\x01\x00" + block(number(1) + number(0) + number(0))
    for name, content in entries:
        fields = number(2) + number(2) + number(len(content))  # a file, with data behind the header
        fields += number(4) + number(len(content)) + number(0o100644) + struct.pack("<I", zlib.crc32(content))
        fields += number(0) + number(1) + number(len(name)) + name
        out += block(fields) + content
    return out + block(number(5) + number(0) + number(0))
