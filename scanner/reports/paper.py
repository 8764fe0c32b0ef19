"""A sheet of A4 for office programs: headings, paragraphs and tables of a DOCX file; the same text, the same bytes.

Nothing here knows what a report says. Tables are built as XML in one piece, since row by row they take quadratic time.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

from scanner.reports.escape import visible

#: Faces as Chinese bodies set them: text in 仿宋, headings in 黑体, figures and Latin text in Times New Roman.
LATIN, TEXT, HEADING, TITLE, TABLE = "Times New Roman", "仿宋", "黑体", "宋体", "宋体"
EPOCH = (1980, 1, 1, 0, 0, 0)  # of every part of the file: a zip archive knows no earlier time
LONGEST = 2000  # characters of one piece of text
SHADE = "EDEFF2"  # ground of the heads of tables
TEXT_WIDTH = 9240  # twentieths of a point between the margins of A4
#: The cells of a row: text, or several lines of it.
Row: TypeAlias = "Sequence[str | Sequence[str]]"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def shown(value: object) -> str:
    """Text as an office file may hold it: what hides, commands or is no XML becomes visible; overlong text is cut."""
    text = str(value)
    return visible(text if len(text) <= LONGEST else text[:LONGEST] + "…")


class Paper:
    """One document in the making. ``lang``: zh or en; ``header``: what every page bears at its top."""

    def __init__(self, lang: str, header: str, page_of: str) -> None:
        import docx  # loads lxml, which only this format needs
        from docx.shared import Cm, Pt

        self._file = docx.Document()
        self._lang = lang
        section = self._file.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin, section.right_margin = Cm(2.5), Cm(2.2)
        section.top_margin, section.bottom_margin = Cm(2.5), Cm(2.2)
        for name, face, points, bold in (
            ("Normal", TEXT, 11, False),
            ("Title", TITLE, 20, True),
            ("Heading 1", HEADING, 14, False),
            ("Heading 2", HEADING, 12, False),
            ("Header", TEXT, 9, False),
            ("Footer", TEXT, 9, False),
        ):
            self._face(name, face, Pt(points), bold)
        self._languages()
        self._spacing(Pt)
        self._margins(section, header, page_of)

    def _languages(self) -> None:
        """Hanzi are Chinese in either language: else programs without the named faces show Japanese or other forms."""
        from docx.oxml.ns import qn

        for told in self._file.styles.element.iter(qn("w:lang")):
            told.set(qn("w:eastAsia"), "zh-CN")

    def _face(self, name: str, face: str, size: Any, bold: bool) -> None:
        from docx.oxml.ns import qn
        from docx.shared import RGBColor

        style: Any = self._file.styles[name]
        style.font.name, style.font.size, style.font.bold = LATIN, size, bold
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{kind}"), None)
        fonts.set(qn("w:eastAsia"), face)

    def _spacing(self, pt: Any) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml.ns import qn

        styles: Any = self._file.styles
        styles["Normal"].paragraph_format.space_after = pt(4)
        styles["Normal"].paragraph_format.line_spacing = 1.25
        for name, before in (("Heading 1", 14), ("Heading 2", 10)):
            styles[name].paragraph_format.space_before = pt(before)
            styles[name].paragraph_format.space_after = pt(4)
        title = styles["Title"]
        title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        title.paragraph_format.space_after = pt(6)
        properties = title.element.get_or_add_pPr()
        for border in properties.findall(qn("w:pBdr")):  # the line below the title of the stock template
            properties.remove(border)

    def _margins(self, section: Any, header: str, page_of: str) -> None:
        """``page_of``: the footer, in which {page} and {pages} are counted by the program that shows it."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        top, foot = section.header.paragraphs[0], section.footer.paragraphs[0]
        top.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        top.add_run(shown(header))
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        before, _, rest = page_of.partition("{page}")
        between, _, after = rest.partition("{pages}")
        foot.add_run(before)
        _field(foot, "PAGE")
        foot.add_run(between)
        _field(foot, "NUMPAGES")
        foot.add_run(after)

    def title(self, text: str) -> None:
        """The title of the whole."""
        self._file.add_paragraph(shown(text), style="Title")

    def heading(self, text: str, level: int = 1) -> None:
        """A heading, kept on one page with what follows."""
        self._file.add_paragraph(shown(text), style=f"Heading {level}")

    def lead(self, text: str) -> None:
        """A line in bold that is kept on one page with what follows."""
        self._paragraph(text, True, False).paragraph_format.keep_with_next = True

    def text(self, text: str, bold: bool = False, centred: bool = False, small: bool = False) -> None:
        """A paragraph."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        paragraph = self._paragraph(text, bold, small)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def _paragraph(self, text: str, bold: bool, small: bool) -> Any:
        from docx.shared import Pt

        paragraph = self._file.add_paragraph()
        run = paragraph.add_run(shown(text))
        run.bold = bold or None
        if small:
            run.font.size = Pt(9)
        return paragraph

    def items(self, texts: Iterable[str], numbered: bool = False) -> None:
        """A list; each item is a paragraph with its mark, set in."""
        from docx.shared import Cm

        for place, text in enumerate(texts, 1):
            mark = f"{place}." if numbered else "·"
            paragraph = self._file.add_paragraph(f"{mark}\t{shown(text)}")
            layout = paragraph.paragraph_format
            layout.left_indent, layout.first_line_indent = Cm(0.75), Cm(-0.75)
            layout.tab_stops.add_tab_stop(Cm(0.75))

    def facts(self, pairs: Iterable[tuple[str, str | Sequence[str]]], label: int = 26) -> None:
        """Names and values in two columns without a head; ``label``: percent of the width for the names."""
        self._add([], list(pairs), [label, 100 - label], [False, False], shaded=True)

    def table(
        self,
        heads: Sequence[str],
        rows: Sequence[Row],
        widths: Sequence[int],
        right: Sequence[bool],
        strong: frozenset[int] = frozenset(),
    ) -> None:
        """A table whose head is repeated on every page; ``widths``: shares of the page; ``right``: columns of figures.

        ``strong``: rows set in bold.
        """
        self._add(heads, rows, widths, right, strong=strong)

    def _add(
        self,
        heads: Sequence[str],
        rows: Sequence[Row],
        widths: Sequence[int],
        right: Sequence[bool],
        shaded: bool = False,
        strong: frozenset[int] = frozenset(),
    ) -> None:
        from docx.oxml import parse_xml

        scale = TEXT_WIDTH / sum(widths)
        sizes = [round(width * scale) for width in widths]
        parts = [f"<w:tbl {_W}>", _BORDERS.format(width=sum(sizes)), "<w:tblGrid>"]
        parts += [f'<w:gridCol w:w="{size}"/>' for size in sizes]
        parts.append("</w:tblGrid>")
        if heads:
            parts.append(_row(heads, sizes, right, head=True))
        for place, row in enumerate(rows):
            parts.append(_row(row, sizes, right, bold=place in strong, shaded=shaded))
        parts.append("</w:tbl>")
        body: Any = self._file.element.body
        body.insert(len(body) - 1, parse_xml("".join(parts)))  # before the properties of the section
        gap = self._file.add_paragraph()
        from docx.shared import Pt

        gap.paragraph_format.space_after = Pt(0)
        gap.paragraph_format.line_spacing = Pt(6)

    def bytes(self, title: str, created: datetime | None) -> bytes:
        """The file. ``created``: what its properties say; no clock is read."""
        properties = self._file.core_properties
        moment = (created or datetime(*EPOCH)).replace(tzinfo=UTC, microsecond=0)
        properties.title, properties.author, properties.last_modified_by = shown(title)[:255], "", ""
        properties.comments, properties.revision = "", 1
        properties.created = properties.modified = moment
        properties.language = "zh-CN" if self._lang == "zh" else "en-GB"
        raw = io.BytesIO()
        self._file.save(raw)
        return _timeless(raw)


def _timeless(raw: io.BytesIO) -> bytes:
    """The same archive without the time at which it was packed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = zipfile.ZipInfo(name, EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.external_attr = 0o600 << 16
            target.writestr(part, source.read(name))
    return packed.getvalue()


_BORDERS = (
    '<w:tblPr><w:tblW w:w="{width}" w:type="dxa"/><w:tblBorders>'
    + "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="8A8F98"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    + '</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="70" w:type="dxa"/>'
    '<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
)


def _row(
    cells: Row,
    sizes: Sequence[int],
    right: Sequence[bool],
    head: bool = False,
    bold: bool = False,
    shaded: bool = False,
) -> str:
    parts = ["<w:tr><w:trPr><w:cantSplit/>", "<w:tblHeader/>" if head else "", "</w:trPr>"]
    for place, (cell, size) in enumerate(zip(cells, sizes, strict=True)):
        dark = head or (shaded and place == 0)
        ground = f'<w:shd w:val="clear" w:color="auto" w:fill="{SHADE}"/>' if dark else ""
        parts.append(f'<w:tc><w:tcPr><w:tcW w:w="{size}" w:type="dxa"/>{ground}</w:tcPr>')
        side = "right" if right[place] else "left"
        for line in [cell] if isinstance(cell, str) else cell:
            parts.append(_cell(shown(line), side, head or bold))
        parts.append("</w:tc>")
    parts.append("</w:tr>")
    return "".join(parts)


def _cell(line: str, side: str, bold: bool) -> str:
    face = f'<w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{TABLE}"/>'
    weight = "<w:b/>" if bold else ""
    text = escape(line)
    return (
        '<w:p><w:pPr><w:spacing w:before="30" w:after="30" w:line="240" w:lineRule="auto"/>'
        f'<w:jc w:val="{side}"/></w:pPr>'
        f'<w:r><w:rPr>{face}{weight}<w:sz w:val="18"/></w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def _field(paragraph: Any, name: str) -> None:
    """A number that the program that shows the page puts in."""
    from docx.oxml import parse_xml

    for kind in ("begin", "separate", "end"):
        if kind == "separate":
            paragraph.add_run()._r.append(parse_xml(f"<w:instrText {_W}>{name}</w:instrText>"))
        paragraph.add_run()._r.append(parse_xml(f'<w:fldChar {_W} w:fldCharType="{kind}"/>'))
        if kind == "separate":
            paragraph.add_run("1")
