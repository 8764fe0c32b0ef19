"""Buffers of a file: they follow one another, and their memory is used again only when nobody holds it any more."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest

from scanner.model import Bytes
from scanner.sources.blocks import Blocks, is_free, not_cleared
from scanner.sources.probe import Encoding

SIZE = 1 << 12


class Filled:
    """A file in memory that fills buffers; see ``blocks.FillableFile``."""

    path = "x"

    def __init__(self, content: bytes) -> None:
        self.size = len(content)
        self._content = io.BytesIO(content)

    def read(self, count: int) -> bytes:
        return self._content.read(count)

    def pread(self, count: int, offset: int) -> bytes:
        return self._content.getvalue()[offset : offset + count]

    def fill(self, buffer: memoryview) -> int:
        return self._content.readinto(buffer)

    def settle(self) -> None:
        return


def text(count: int) -> bytes:
    return bytes(random.Random(count).choices(range(32, 127), k=count))


@pytest.mark.parametrize("held", [0, 1, 2, 5])
def test_what_somebody_holds_is_never_overwritten(held: int) -> None:
    content = text(40 * SIZE)
    blocks = Blocks(Filled(content), Encoding("utf-8", 0), SIZE)
    kept: list[tuple[int, Bytes]] = []
    at = 0
    while True:
        # Half of each buffer is consumed; what is kept of it is a part of a part.
        half = len(blocks.buffer) // 2
        kept = [*kept, (at, blocks.buffer[: half + 1][1:])][-held - 1 :]
        for offset, part in kept:
            assert part.tobytes() == content[offset + 1 : offset + 1 + len(part)]
        if blocks.final:
            break
        blocks.advance(half)
        at += half
    assert at + len(blocks.buffer) == len(content)


def test_memory_is_used_again() -> None:
    blocks = Blocks(Filled(text(40 * SIZE)), Encoding("utf-8", 0), SIZE)
    places = set()
    while not blocks.final:
        places.add(blocks.buffer.__array_interface__["data"][0])
        blocks.advance(len(blocks.buffer))
    assert len(places) < 8  # of 40


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("count", [1, SIZE // 32, SIZE, 20 * SIZE])
def test_what_is_written_behind_a_buffer_changes_no_text_and_stays(encoding: str, count: int) -> None:
    content = text(40 * SIZE)
    blocks = Blocks(Filled(content), Encoding(encoding, 0), SIZE)
    written: list[tuple[Bytes, int, int]] = []
    at = number = 0
    while True:
        # Two times for each buffer, as where a part of it is dropped before the next is asked for.
        for part in (3, len(blocks.buffer) // 2):
            number += 1
            room, begin = blocks.behind(count)
            assert len(room) == begin + count
            room[begin:] = number % 256
            written = [*written[-5:], (room, begin, number % 256)]
            assert begin >= len(blocks.buffer)
            for kept, start, value in written:
                assert (kept[start:] == value).all()
            assert room[: len(blocks.buffer)].tobytes() == content[at : at + len(blocks.buffer)]
            assert blocks.buffer.tobytes() == content[at : at + len(blocks.buffer)]
            blocks.drop(part)
            at += part
        if blocks.final:
            break
        blocks.advance(0)
    assert at + len(blocks.buffer) == len(content)


@pytest.mark.parametrize("size", [2, 100, 1 << 20])
def test_asking_whether_memory_is_free_neither_moves_nor_changes_it(size: int) -> None:
    room = not_cleared(size)
    room[-1] = 7
    asked_for = room.__alloc__()
    assert is_free(room)
    assert room.__alloc__() == asked_for
    assert len(room) == size
    assert room[-1] == 7
    held = np.frombuffer(room, np.uint8)
    assert not is_free(room)
    del held
    assert is_free(room)


def test_buffers_can_be_written_to() -> None:
    blocks = Blocks(Filled(text(100)), Encoding("utf-8", 0), SIZE)
    blocks.buffer[:3] = np.frombuffer(b"abc", np.uint8)
    assert blocks.buffer[:3].tobytes() == b"abc"
