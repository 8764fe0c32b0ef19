"""Where a line ends that is too long for a row, and where it is cut."""

from __future__ import annotations

from scanner.model import Bytes


def line_end(buffer: Bytes, carriage: bool, final: bool, longest: int) -> tuple[int, int]:
    """``(stop, after)`` of a line of at most ``longest`` bytes: where its text ends and the next line starts.

    ``(-1, -1)``: it is longer, or more bytes are needed to tell.
    """
    text = buffer[: longest + 1].tobytes()
    found = [at for at in (text.find(b"\n"), text.find(b"\r") if carriage else -1) if at >= 0]
    if not found:
        return (len(text), len(text)) if final and len(buffer) <= longest else (-1, -1)
    stop = min(found)
    after = stop + 1
    if text[stop] == 13:
        if after == len(buffer) and not final:
            return -1, -1
        after += int(after < len(buffer) and buffer[after] == 10)
    elif stop and text[stop - 1] == 13:
        stop -= 1
    return stop, after


def cut(buffer: Bytes, longest: int) -> int:
    """Where to cut a line: behind a byte that no value runs across, else between two characters."""
    least = longest - min(256, longest // 2)
    for at in range(longest, least, -1):
        if buffer[at - 1] <= 0x2F:
            return at
    for at in range(longest, max(longest - 4, 0), -1):
        if buffer[at] & 0xC0 != 0x80:
            return at
    return longest
