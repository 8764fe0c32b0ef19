"""What a user says of delimited text: whether it makes sense, and what it means."""

from __future__ import annotations

from scanner.errors import ScannerError, SourceError
from scanner.model import ReadOptions
from scanner.sources.probe import named


def check_options(options: ReadOptions) -> None:
    """Raises ScannerError, before anything is read, for an encoding, delimiter or quote that makes no sense."""
    try:
        asked(options)
        if options.encoding is not None:
            named(options.encoding)
    except SourceError as error:
        raise ScannerError(str(error)) from error


def asked(options: ReadOptions) -> tuple[str | None, str | None]:
    """Delimiter and quote as the user gave them, escapes such as ``\\t`` read; raises SourceError."""
    delimiter, quote = options.delimiter, options.quote
    if delimiter and "\\" in delimiter:
        try:
            delimiter = delimiter.encode("latin-1", "backslashreplace").decode("unicode_escape")
        except UnicodeDecodeError:
            raise SourceError(f"The delimiter {options.delimiter!r} is not a valid escape.") from None
    if delimiter and (len(delimiter.encode()) > 8 or any(end in delimiter for end in "\r\n")):
        raise SourceError(f"The delimiter {delimiter!r} is longer than 8 bytes or holds a line end.")
    if quote and (len(quote.encode()) != 1 or quote in "\r\n" or quote in (delimiter or "")):
        raise SourceError(f"The quote {quote!r} must be one ASCII character, no delimiter, no line end.")
    return delimiter, quote
