"""A file in memory, as the sources see one."""

from __future__ import annotations


class MemoryFile:
    path = "memory"

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.at = 0

    def read(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        self.at += len(piece)
        return piece

    def pread(self, count: int, offset: int) -> bytes:
        return self.data[offset : offset + count]
