"""First bytes that tell what a file is; whether it is read is another matter (``opening``)."""

from __future__ import annotations

PROBED = 1 << 15  # bytes of the head that are looked at
#: Where, which bytes, the kind, and what people call it.
SIGNATURES = (
    (0, b"PAR1", "parquet", "a Parquet file"),
    (0, b"PK\x03\x04", "zip", "a zip archive or an Office document"),
    (0, b"PK\x05\x06", "zip", "an empty zip archive"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "workbook", "an old Office document"),
    (0, b"\x1f\x8b", "gzip", "a gzip archive"),
    (0, b"BZh", "bzip2", "a bzip2 archive"),
    (0, b"\xfd7zXZ\x00", "xz", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "zstandard", "a zstandard archive"),
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
)
BINARY = "binary"
WORDS = {BINARY: "binary data"} | {kind: words for _, _, kind, words in reversed(SIGNATURES)}


def signed(head: bytes) -> str | None:
    """The kind that the first bytes tell, if any does."""
    for offset, signature, kind, _ in SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return kind
    return None
