"""PDF documents for tests: text at places and lines that are drawn, written as the standard says (ISO 32000-1)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

SIZE = 10  # points, of the letters
ID = b"0123456789abcdef"
PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")  # 7.6.3.3
TO_UNICODE = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def "
    b"1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfrange <0000> <FFFF> <0000> endbfrange "
    b"endcmap end end"
)


class Page(NamedTuple):
    """``texts``: (left, bottom, text), in points; ``rules``: (left, right, height); ``picture``: whether it has one."""

    texts: Sequence[tuple[float, float, str]] = ()
    rules: Sequence[tuple[float, float, float]] = ()
    picture: bool = False


def table(
    rows: Iterable[Sequence[str]], lefts: Sequence[float], top: float = 780
) -> list[tuple[float, float, str]]:
    """The cells of rows that stand 20 points below each other."""
    return [
        (left, top - 20 * number, text)
        for number, row in enumerate(rows)
        for left, text in zip(lefts, row, strict=True)
        if text
    ]


def document(pages: Sequence[Page], attached: bytes | None = None, password: bytes = b"") -> bytes:
    """The bytes of a document of these pages, with a file attached to it if there is one; encrypted by a password."""
    objects: list[bytes] = [b"", b""]  # catalog and list of pages
    key, told = _encryption(password) if password else (b"", b"")

    def sealed(content: bytes) -> bytes:
        """Of the object that is added next."""
        return (
            _rc4(_md5(key + (len(objects) + 1).to_bytes(3, "little") + bytes(2))[:10], content)
            if key
            else content
        )

    def add(body: bytes, stream: bytes | None = None) -> int:
        if stream is not None:
            stream = sealed(stream)
            body = body[:-2] + b" /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)
        objects.append(body)
        return len(objects)

    unicode = add(b"<< >>", TO_UNICODE)
    about = add(
        b"<< /Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 -200 1000 800] /ItalicAngle 0 /Ascent 800 "
        b"/Descent -200 /CapHeight 700 /StemV 80 >>"
    )
    inner = add(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /DW 1000 /W [32 126 500] /FontDescriptor %d 0 R "
        b"/CIDSystemInfo << /Registry <%s> /Ordering <%s> /Supplement 0 >> >>"
        % (about, sealed(b"Adobe").hex().encode(), sealed(b"Identity").hex().encode())
    )
    font = add(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [%d 0 R] "
        b"/ToUnicode %d 0 R >>" % (inner, unicode)
    )
    picture = add(
        b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray >>",
        b"\x80",
    )
    kids = []
    for page in pages:
        drawn = b"".join(
            b"BT /F %d Tf 1 0 0 1 %g %g Tm <%s> Tj ET\n"
            % (SIZE, left, bottom, text.encode("utf-16-be").hex().encode())
            for left, bottom, text in page.texts
        )
        drawn += b"".join(
            b"%g %g m %g %g l S\n" % (left, height, right, height) for left, right, height in page.rules
        )
        drawn += b"q 100 0 0 100 50 50 cm /I Do Q\n" if page.picture else b""
        content = add(b"<< >>", drawn)
        kids.append(
            add(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
                b"/Resources << /Font << /F %d 0 R >> /XObject << /I %d 0 R >> >> >>"
                % (content, font, picture)
            )
        )
    names = b""
    if attached is not None:
        file = add(b"<< /Type /EmbeddedFile >>", attached)
        spec = add(b"<< /Type /Filespec /F (a.csv) /UF (a.csv) /EF << /F %d 0 R >> >>" % file)
        names = b" /Names << /EmbeddedFiles << /Names [(a.csv) %d 0 R] >> >>" % spec
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R%s >>" % names
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (
        b" ".join(b"%d 0 R" % kid for kid in kids),
        len(kids),
    )
    return _written(objects, told)


def _md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()


def _rc4(key: bytes, content: bytes) -> bytes:
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    made, i, j = bytearray(), 0, 0
    for byte in content:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        made.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(made)


def _encryption(password: bytes) -> tuple[bytes, bytes]:
    """By the oldest way there is (7.6.3, revision 2): the key, and what stands in the trailer."""
    padded, rights = (password + PADDING)[:32], (-4).to_bytes(4, "little", signed=True)
    own = _rc4(_md5(padded)[:5], padded)
    key = _md5(padded + own + rights + ID)[:5]
    told = (own.hex().encode(), _rc4(key, PADDING).hex().encode(), ID.hex().encode())
    return key, b" /Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >> /ID [<%s> <00>]" % told


def _written(objects: Sequence[bytes], told: bytes) -> bytes:
    made, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        told,
        start,
    )
    return bytes(made)
