"""What the strings of SQL dumps stand for, slow and obvious."""

from __future__ import annotations

import re

ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b"}


def mysql(raw: bytes, quote: bytes) -> bytes:
    def meant(found: re.Match[bytes]) -> bytes:
        c = found[0][1:]
        if found[0] == quote * 2:
            return quote
        if c in (b"%", b"_"):
            return found[0]
        return ESCAPES.get(c) or {b"0": b"\0", b"Z": b"\x1a"}.get(c, c)

    return re.sub(rb"\\.|" + quote * 2, meant, raw, flags=re.DOTALL)


def postgres(raw: bytes, quote: bytes) -> bytes:
    raw = (
        re.sub(
            rb"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})",
            lambda found: chr(
                0x10000 + ((int(found[1], 16) - 0xD800) << 10) + int(found[2], 16) - 0xDC00
            ).encode(),
            raw,
        )
        if b"\\\\" not in raw
        else raw
    )

    def meant(found: re.Match[bytes]) -> bytes:
        if found[0] == quote * 2:
            return quote
        return escape(found[0][1:])

    escapes = rb"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)|" + quote * 2
    return re.sub(escapes, meant, raw, flags=re.DOTALL)


def escape(code: bytes) -> bytes:
    if code[:1] in b"uU" and len(code) > 1:
        return character(int(code[1:], 16))
    if code[:1] == b"x" and len(code) > 1:
        return bytes([int(code[1:], 16)])
    if code[:1] in b"01234567" and code:
        return bytes([int(code, 8) & 255])
    return ESCAPES.get(code) or {b"f": b"\f"}.get(code, code)


def copied(raw: bytes) -> bytes:
    def meant(found: re.Match[bytes]) -> bytes:
        return b"\v" if found[0] == b"\\v" else escape(found[0][1:])

    return re.sub(rb"\\(?:x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", meant, raw, flags=re.DOTALL)


def points(raw: bytes) -> bytes:
    return re.sub(
        rb"\\(?:\\|([0-9a-fA-F]{4})|\+([0-9a-fA-F]{6}))",
        lambda found: b"\\" if found[0] == b"\\\\" else character(int(found[1] or found[2], 16)),
        raw,
    )


def character(code: int) -> bytes:
    return "\ufffd".encode() if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code).encode()


def hexadecimal(raw: bytes) -> bytes:
    try:
        text = bytes.fromhex(raw.decode()) if raw.isalnum() or not raw else raw
        text.decode()
    except ValueError:
        return raw
    return raw if any(byte < 32 and byte not in b"\t\n\r" for byte in text) else text
