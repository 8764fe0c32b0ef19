"""Whether a file is a workbook, by the names of its parts or its first characters."""

from __future__ import annotations

import re
from itertools import islice

from scanner.model import ReadableFile

LOOKED_AT = 1 << 12  # parts
HEAD = 1 << 20  # bytes of an archive without a directory
SHEETS = re.compile(rb"xl[/\\](workbook\.|worksheets[/\\])", re.IGNORECASE)
OWN_HEADER = re.compile(
    rb"PK\x03\x04.{26}xl[/\\](?:workbook\.|worksheets[/\\]|sharedStrings)", re.DOTALL | re.IGNORECASE
)
OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
EXCEL_XML = "urn:schemas-microsoft-com:office:spreadsheet"
FLAT = re.compile(
    r"<office:document\s[^>]*office:mimetype=.application/vnd\.oasis\.opendocument\.spreadsheet"
)


def zip_is_workbook(file: ReadableFile) -> bool:
    """Is a zip archive one of sheets? Also where its end is missing."""
    if OPEN_DOCUMENT in file.pread(128, 0):
        return True
    from scanner.sources.archives import zip_directory as directory  # what a scan of text never needs

    where = directory.find(file)
    if where is None:
        return OWN_HEADER.search(file.pread(HEAD, 0)) is not None
    return any(
        SHEETS.match(record.raw.lstrip(b"/\\"))
        for record in islice(directory.records(file, where), LOOKED_AT)
    )


def xml_is_workbook(head: str) -> bool:
    """Is a text that begins so one of sheets in XML?"""
    if not head.lstrip("\ufeff \t\r\n\xef\xbb\xbf").startswith("<"):
        return False
    return (EXCEL_XML in head and re.search(r"<(\w+:)?Workbook[\s>]", head) is not None) or FLAT.search(
        head
    ) is not None
