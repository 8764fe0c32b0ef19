"""Which source reads a file: decided by its content, never by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import entry_points

from scanner.errors import PluginError, SourceError
from scanner.model import Batch, Issue, Member, ReadableFile, ReadOptions, Source
from scanner.sources.delimited import ContentRoles, DelimitedSource
from scanner.sources.dialect import Values
from scanner.sources.probe import kind
from scanner.sources.signatures import WORDS


class Sources:
    """The built-in sources and those of plugins (entry points ``leaktally.sources``).

    A plugin's source also has ``accepts(file) -> bool``, which looks at the first bytes; plugins are asked first.
    """

    def __init__(
        self,
        is_header_word: Callable[[str], bool],
        values: Values,
        content_roles: ContentRoles | None = None,
    ) -> None:
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
                yield from source.batches(file, options)
                return
        found = kind(file)
        make: Callable[[], Source] | None = getattr(self, f"_{found}", None)
        if make is None:
            raise SourceError(f"looks like {WORDS[found]}, which is not read")
        yield from make().batches(file, options)

    # One method a format, named as ``probe.kind`` names it. What takes long to load is loaded when it is needed.

    def _delimited(self) -> Source:
        return self._text

    def _parquet(self) -> Source:
        from scanner.sources.parquet import ParquetSource

        return ParquetSource(self._content_roles)

    def _orc(self) -> Source:
        return self._in_child("scanner.sources.orc_reader")

    def _arrow(self) -> Source:
        return self._in_child("scanner.sources.arrow_reader")

    def _avro(self) -> Source:
        return self._in_child("scanner.sources.avro_reader")

    def _sqlite(self) -> Source:
        return self._in_child("scanner.sources.sqlite_reader")

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
