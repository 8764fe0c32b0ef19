"""Whether a zip archive is an Office document, by the names of its parts."""

from __future__ import annotations

from itertools import islice

from scanner.model import ReadableFile
from scanner.sources.archives import zip_directory as directory

MARKS = (b"word/document.xml", b"ppt/presentation.xml")
OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument."
LOOKED_AT = 1 << 12  # parts


def is_document(file: ReadableFile) -> bool:
    """Is a zip archive a text document or a presentation?"""
    if OPEN_DOCUMENT in file.pread(128, 0):
        return True
    where = directory.find(file)
    if where is None:
        return False
    return any(record.raw in MARKS for record in islice(directory.records(file, where), LOOKED_AT))
