"""First bytes that tell what a file is; whether it is read is another matter (``opening``)."""

from __future__ import annotations

import re

from scanner.sources.bson_values import is_bson
from scanner.sources.dbf_layout import is_dbf

PROBED = 1 << 15  # bytes of the head that are looked at
#: Where, which bytes, the kind, and what people call it.
SIGNATURES = (
    (0, b"PAR1", "parquet", "a Parquet file"),
    (0, b"PK\x03\x04", "zip", "a zip archive or an Office document"),
    (0, b"PK\x05\x06", "zip", "an empty zip archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook", "an old Office document"),
    (0, b"PK\x07\x08PK\x03\x04", "zip", "the first part of a split zip archive"),
    (0, b"\x1f\x8b", "gzip", "a gzip archive"),
    (0, b"BZh", "bzip2", "a bzip2 archive"),
    (0, b"\xfd7zXZ\x00", "xz", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "zstandard", "a zstandard archive"),
    (0, b"\x04\x22\x4d\x18", "lz4", "an LZ4 archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "seven_zip", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "rar", "a rar archive"),
    (0, b"MSCF\x00\x00\x00\x00", "cab", "a cabinet archive"),
    (257, b"ustar", "tar", "a tar archive"),
    (0x8001, b"CD001", "iso", "an ISO image"),
    (0, b"SQLite format 3\x00", "sqlite", "an SQLite database"),
    (0, b"%PDF-", "pdf", "a PDF document"),
    (0, b"{\\rtf", "rtf", "an RTF document"),
    (0, b"ORC", "orc", "an ORC file"),
    (0, b"Obj\x01", "avro", "an Avro file"),
    (0, b"ARROW1\x00\x00", "arrow", "an Arrow file"),
    # A stream has no mark; so begins the first message of those that Arrow's own library writes.
    (8, b"\x10\x00\x00\x00\x00\x00\x0a\x00\x0c\x00\x06\x00\x05\x00\x08\x00", "arrow", "an Arrow file"),
    (0, b"FEA1\x00\x00\x00\x00", "feather", "a Feather file of version 1"),
    (0, b"\x93NUMPY", "numpy", "an array of NumPy"),
    (0, b"$FL2@(#)", "spss", "an SPSS data file"),
    (0, b"$FL3@(#)", "spss", "an SPSS data file"),
    (0, b"\x89PNG\r\n\x1a\n", "png", "a PNG image"),
    (0, b"\xff\xd8\xff", "jpeg", "a JPEG image"),
    (0, b"\x7fELF", "program", "a program"),
    (0, b"BEGIN:VCARD", "vcard", "a vCard file"),
    (3, b"BEGIN:VCARD", "vcard", "a vCard file"),  # behind a byte order mark
)
#: A message begins with its headers, of which these are always among the first; an mbox with a line of its own.
MAIL = re.compile(rb"(?:From \S+ +\w{3} \w{3} .{8,40}\r?\n)?(?:[A-Za-z][\w-]*: ?[^\n]*\n(?:[ \t][^\n]*\n)*)+")
MAIL_HEADERS = re.compile(
    rb"^(?:Return-Path|Received|From|To|Subject|Date|Message-ID|MIME-Version):", re.I | re.M
)
FEWEST_HEADERS = 3
BINARY = "binary"
WORDS = {
    BINARY: "binary data",
    "mail": "mail",
    "lzma": "an LZMA archive",
    "dbf": "a dBase file",
    "bson": "a dump of MongoDB",
} | {kind: words for _, _, kind, words in reversed(SIGNATURES)}


def signed(head: bytes) -> str | None:
    """The kind that the first bytes tell, if any does."""
    for offset, signature, kind, _ in SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return kind
    found = MAIL.match(head)
    if found and len(set(map(bytes.lower, MAIL_HEADERS.findall(found[0])))) >= FEWEST_HEADERS:
        return "mail"
    if is_dbf(head):
        return "dbf"
    if is_bson(head):
        return "bson"
    if _is_lzma(head):
        return "lzma"
    return "tar" if _is_old_tar(head) else None


def _is_lzma(head: bytes) -> bool:
    """LZMA alone has no signature, but a header of which little is possible."""
    top, size = int.from_bytes(head[1:5], "little"), head[5:13]
    if len(head) < 14 or not 0 < head[0] < 225 or not top or top % 4096 or head[13]:
        return False
    power = top & (top - 1) == 0 or (top // 3) & (top // 3 - 1) == 0
    return power and (size == b"\xff" * 8 or size[5:] == b"\0\0\0")


def _is_old_tar(head: bytes) -> bool:
    """Before POSIX a tar archive had no signature, but its first block tells the sum of its bytes."""
    block, told = head[:512], head[148:156].strip(b" \0")
    if len(block) < 512 or not block[0] or not 0 < len(told) < 8 or told.strip(b"01234567"):
        return False
    return sum(block) - sum(block[148:156]) + 8 * 32 == int(told, 8)
