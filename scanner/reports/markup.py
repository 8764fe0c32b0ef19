"""HTML built from functions: every text is escaped unless it is markup already."""

from __future__ import annotations

import html
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from scanner.reports.escape import pieces


class Markup(str):
    """Text that is HTML already; only this module's functions make it out of other text."""

    __slots__ = ()


class Section(Markup):
    """A section with what a table of contents needs: its ``identity`` in the page and its ``title``."""

    identity: str
    title_text: str


Child: TypeAlias = "str | int | Iterable[Child] | None"
#: A line end in the source of the page, for people who read it.
BREAK = Markup("\n")
VOID = frozenset({"meta", "br", "col"})


def text(value: str | int | None) -> Markup:
    """``value`` as HTML text; hidden and commanding characters become visible, marked escapes."""
    if isinstance(value, Markup):
        return value
    return Markup("") if value is None else _text(str(value))


# Most texts and attributes of a page are the same few, so both are kept.
@lru_cache(maxsize=1 << 14)
def _text(value: str) -> Markup:
    return Markup(
        "".join(
            f'<span class="esc">{html.escape(piece)}</span>' if escaped else html.escape(piece)
            for piece, escaped in pieces(value)
        )
    )


@lru_cache(maxsize=1 << 14)
def attribute(value: str | int) -> str:
    """``value`` for use between double quotes."""
    return html.escape("".join(piece for piece, _ in pieces(str(value))), quote=True)


def join(children: Child) -> Markup:
    """Children one after the other, nested lists flattened."""
    if children is None or isinstance(children, str | int):
        return text(children)
    return Markup("".join(join(child) for child in children))


def tag(name: str, *children: Child, **attributes: str | int | None) -> Markup:
    """An element; ``class_`` stands for class, ``_`` for ``-``; attributes that are None are left out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{attribute(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def section(name: str, title: str, *children: Child, place: int | None = None) -> Section:
    """A section of the report with its heading; ``place`` tells several of one kind apart."""
    identity = name if place is None else f"{name}-{place}"
    made = Section(tag("section", tag("h2", title), *children, id=identity, class_=name))
    made.identity, made.title_text = identity, title
    return made


def contents(title: str, parts: Iterable[Markup]) -> Markup:
    """A table of contents: a link within the page to each ``Section`` among ``parts``, in their order."""
    lines = [
        tag("li", tag("a", one.title_text, href=f"#{one.identity}"))
        for one in parts
        if isinstance(one, Section)
    ]
    return tag("nav", tag("h2", title), tag("ol", lines), class_="contents")


def row(cells: Iterable[Child], classes: Iterable[str | None] = (), cell: str = "td") -> Markup:
    """A table row; ``classes`` gives each cell's class, in order."""
    styles = list(classes)
    parts = [
        tag(cell, child, class_=styles[i] if i < len(styles) else None, scope="col" if cell == "th" else None)
        for i, child in enumerate(cells)
    ]
    return tag("tr", parts)


def table(
    heads: list[str], rows: Iterable[Child], classes: list[str | None], name: str | None = None
) -> Markup:
    """A table whose head is repeated on every printed page; put in a box that scrolls sideways on screen."""
    body = [tag("thead", row(heads, classes, "th")), BREAK, tag("tbody", [[BREAK, one] for one in rows])]
    return tag("div", tag("table", body, class_=name), class_="scroll")


def facts(pairs: Iterable[tuple[Child, Child]]) -> Markup:
    """Names and values."""
    return tag("dl", [[tag("dt", name), tag("dd", value)] for name, value in pairs], class_="facts")
