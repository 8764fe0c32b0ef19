"""Which source reads a file: decided by its content, never by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from scanner.errors import PluginError, SourceError
from scanner.model import Batch, Issue, Member, ReadableFile, ReadOptions, Source
from scanner.sources.delimited import ContentRoles, DelimitedSource
from scanner.sources.dialect import Values
from scanner.sources.probe import kind
from scanner.sources.signatures import BINARY, WORDS
from scanner.sources.sql_signs import is_sql
from scanner.sources.text_kinds import beginning, text_kind

if TYPE_CHECKING:
    from scanner.sources.sheets import Sheets

#: Kinds whose sources read in order: of a member of an archive (``member_file``) they need no offset beyond its head.
IN_ORDER = frozenset(
    {"delimited", "json", "json_among", "sql", "tar", "gzip", "bzip2", "xz", "lzma", "zstandard", "lz4"}
)


class Sources:
    """The built-in sources and those of plugins (entry points ``leaktally.sources``).

    A plugin's source also has ``accepts(file) -> bool``, which looks at the first bytes; plugins are asked first.
    """

    def __init__(
        self,
        is_header_word: Callable[[str], bool],
        values: Values,
        content_roles: ContentRoles | None = None,
        header_role: Callable[[str], str | None] | None = None,
    ) -> None:
        """``header_role``: what a header names for sure, if anything."""
        self._header_role = header_role
        self._text = DelimitedSource(is_header_word, values, content_roles=content_roles)
        self._is_header_word = is_header_word
        self._values = values
        self._content_roles = content_roles
        self._plugins = [
            _plugin(entry.name, entry.load()) for entry in entry_points(group="leaktally.sources")
        ]

    def batches(self, file: ReadableFile, options: ReadOptions) -> Iterator[Batch | Issue | Member]:
        """The file's batches; SourceError where it is of a kind that nobody reads."""
        for source, accepts in self._plugins:
            if accepts(file):
                whole = getattr(file, "whole", None)
                yield from source.batches(file if whole is None else whole(), options)
                return
        found = kind(file)
        if found == "delimited" and options.delimiter is None:
            found = text_kind(file)
            if found == "few_among":
                found = "json_among" if self._text.is_plain(file, options) else "delimited"
        elif found == BINARY and is_sql(beginning(file)):
            found = "sql"  # with pictures and the like in its columns
        make: Callable[[], Source] | None = getattr(self, f"_{found}", None)
        if make is None:
            raise SourceError(f"looks like {WORDS[found]}, which is not read")
        whole = getattr(file, "whole", None)
        if whole is not None and found not in IN_ORDER:
            file = whole()
        if found == "zip":
            from scanner.sources.archives.document_names import is_document
            from scanner.sources.workbooks.names import zip_is_workbook

            make = self._workbook if zip_is_workbook(file) else self._document if is_document(file) else make
        yield from make().batches(file, options)

    # One method a format, named as ``probe.kind`` names it. What takes long to load is loaded when it is needed.

    def _delimited(self) -> Source:
        return self._text

    def _json(self) -> Source:
        from scanner.sources.json_source import JsonSource

        return JsonSource(self._is_header_word, self._values, self._content_roles)

    def _json_among(self) -> Source:
        from scanner.sources.json_source import JsonSource

        return JsonSource(self._is_header_word, self._values, self._content_roles, among=True)

    def _sql(self) -> Source:
        from scanner.sources.sql_source import SqlSource

        return SqlSource(self._header_role, self._content_roles)

    def _parquet(self) -> Source:
        from scanner.sources.parquet import ParquetSource

        return ParquetSource(self._content_roles)

    def _orc(self) -> Source:
        return self._in_child("scanner.sources.orc_reader")

    def _arrow(self) -> Source:
        return self._in_child("scanner.sources.arrow_reader")

    def _feather(self) -> Source:
        return self._in_child("scanner.sources.feather_reader")

    def _avro(self) -> Source:
        return self._in_child("scanner.sources.avro_reader")

    def _dbf(self) -> Source:
        return self._in_child("scanner.sources.dbf_reader")

    def _binlog(self) -> Source:
        return self._in_child("scanner.sources.binlog_reader")

    def _ldif(self) -> Source:
        return self._in_child("scanner.sources.ldif_reader")

    def _bson(self) -> Source:
        return self._in_child("scanner.sources.bson_reader")

    def _sqlite(self) -> Source:
        return self._in_child("scanner.sources.sqlite_reader")

    def _mail(self) -> Source:
        return self._holding("mail", "scanner.sources.mail_reader", "scanner.sources.mail_attachments")

    def _pdf(self) -> Source:
        return self._holding("pdf", "scanner.sources.pdf_reader", "scanner.sources.pdf_attachments")

    def _rtf(self) -> Source:
        return self._in_child("scanner.sources.rtf_reader")

    def _vcard(self) -> Source:
        return self._in_child("scanner.sources.vcard_reader")

    def _workbook(self) -> Source:
        name = "scanner.sources.workbooks"
        return self._holding("encrypted", f"{name}.reader", f"{name}.decrypting")

    def _html(self) -> Source:
        return self._in_child("scanner.sources.html_reader")

    def _xml(self) -> Source:
        return self._in_child("scanner.sources.xml_reader")

    def _document(self) -> Source:
        from scanner.sources.archives.document_source import DocumentSource

        return DocumentSource(self.batches, self._text, self._sheets)

    def _zip(self) -> Source:
        from scanner.sources.archives.zip_source import ZipSource

        return ZipSource(self.batches)

    def _tar(self) -> Source:
        from scanner.sources.archives.tar_source import TarSource

        return TarSource(self.batches)

    def _compressed(self, kind: str) -> Source:
        from scanner.sources.archives.compressed import CompressedSource

        return CompressedSource(kind, self.batches)

    def _gzip(self) -> Source:
        return self._compressed("gzip")

    def _bzip2(self) -> Source:
        return self._compressed("bzip2")

    def _xz(self) -> Source:
        return self._compressed("xz")

    def _lzma(self) -> Source:
        return self._compressed("lzma")

    def _zstandard(self) -> Source:
        return self._compressed("zstandard")

    def _lz4(self) -> Source:
        return self._compressed("lz4")

    def _foreign(self, kind: str) -> Source:
        from scanner.sources.archives.foreign_source import ForeignSource

        return ForeignSource(kind, self.batches)

    def _seven_zip(self) -> Source:
        return self._foreign("seven_zip")

    def _rar(self) -> Source:
        return self._foreign("rar")

    def _cab(self) -> Source:
        return self._foreign("cab")

    def _iso(self) -> Source:
        return self._foreign("iso")

    def _holding(self, kind: str, *readers: str) -> Source:
        """The source of what two readers tell: of the content of a file, and of the files that it holds."""
        from scanner.sources.archives.holding_source import HoldingSource

        own, further = readers
        return HoldingSource(kind, self.batches, (own, further), self._sheets)

    def _sheets(self, header: bool | None) -> Sheets:
        """What makes tables of rows, told whether a first row is a header."""
        from scanner.sources.sheets import Sheets

        return Sheets(self._is_header_word, self._values, self._content_roles, header)

    def _in_child(self, reader: str) -> Source:
        """The source of a reader (``messages``) in a child process."""
        from scanner.sources.child_source import ChildSource

        return ChildSource(reader, self._is_header_word, self._values, self._content_roles)


def _plugin(name: str, make: Callable[[], Source]) -> tuple[Source, Callable[[ReadableFile], bool]]:
    source = make()
    accepts = getattr(source, "accepts", None)
    if not callable(accepts) or not callable(getattr(source, "batches", None)):
        raise PluginError(f"The source plugin {name!r} lacks accepts(file) or batches(file, options).")
    return source, accepts
