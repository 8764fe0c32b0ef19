"""First bytes that tell what a file is; whether it is read is another matter (``opening``)."""

from __future__ import annotations

import re

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
    (0, b"ORC", "orc", "an ORC file"),
    (0, b"Obj\x01", "avro", "an Avro file"),
    (0, b"ARROW1\x00\x00", "arrow", "an Arrow file"),
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
WORDS = {BINARY: "binary data", "mail": "mail"} | {kind: words for _, _, kind, words in reversed(SIGNATURES)}


def signed(head: bytes) -> str | None:
    """The kind that the first bytes tell, if any does."""
    for offset, signature, kind, _ in SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return kind
    found = MAIL.match(head)
    if found and len(set(map(bytes.lower, MAIL_HEADERS.findall(found[0])))) >= FEWEST_HEADERS:
        return "mail"
    return None
