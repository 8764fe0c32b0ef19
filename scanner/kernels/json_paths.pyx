"""The tree of paths that values of JSON text lie under: each path is a number, the same however the text is cut."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcmp


cdef class Paths:
    """All paths met so far, each a node below another.

    Node 0 is the text itself; node 1 stands for all paths beyond ``most``. ``many``: a record may have several values there.
    """

    def __init__(self, int most):
        if not 0 < most <= 1 << 20:
            raise ValueError("no such number of paths")
        cdef int64_t size = 4
        while size < 4 * (most + 2):
            size *= 2
        self.most = most
        self.mask = size - 1
        self.slots = np.full(size, -1, np.int32)
        self.parent = np.full(most + 2, -1, np.int32)
        self.kind = np.zeros(most + 2, np.int32)
        self.key_start = np.zeros(most + 2, np.int32)
        self.key_end = np.zeros(most + 2, np.int32)
        self.place = np.zeros(most + 2, np.int32)
        self.many = np.zeros(most + 2, np.uint8)
        self.keys = np.zeros((most + 2) * LONGEST_KEY, np.uint8)
        self.used = 0
        self.count = 2
        self.parent[1] = 0
        self.kind[0] = ROOT
        self.kind[1] = OTHER
        self.many[1] = 1

    cdef bint is_named(self, int node, int parent, const unsigned char* key, int length) noexcept nogil:
        # Is a node the one of a key below another?
        cdef int start = self.key_start[node]
        return (
            self.parent[node] == parent
            and self.key_end[node] - start == length
            and self.kind[node] == NAMED
            and (length == 0 or memcmp(&self.keys[start], key, length) == 0)
        )

    cdef int child(self, int parent, int kind, const unsigned char* key, int length, int place) noexcept nogil:
        # The node of a step below another, made on first use; node 1 where there are too many. ``length``: at most LONGEST_KEY.
        cdef uint64_t hash = <uint64_t>parent * 0x9E3779B97F4A7C15u + <uint64_t>(kind * 31 + length + place * 1021)
        cdef int i, node
        cdef int64_t slot
        if parent == 1:
            return 1
        for i in range(length):
            hash = (hash ^ key[i]) * 0x100000001B3u
        slot = <int64_t>((hash ^ (hash >> 29)) & <uint64_t>self.mask)
        while True:
            node = self.slots[slot]
            if node < 0:
                break
            if kind == NAMED:
                if self.is_named(node, parent, key, length):
                    return node
            elif self.parent[node] == parent and self.kind[node] == kind and self.place[node] == place:
                return node
            slot = (slot + 1) & self.mask
        if self.count >= self.most + 2:
            return 1
        node = self.count
        self.count += 1
        self.slots[slot] = node
        self.parent[node] = parent
        self.kind[node] = kind
        self.place[node] = place
        self.many[node] = self.many[parent] or kind == ELEMENT or kind == ANY
        self.key_start[node] = self.used
        for i in range(length):
            self.keys[self.used + i] = key[i]
        self.used += length
        self.key_end[node] = self.used
        return node

    def step(self, int node):
        """``(parent, kind, key, place, many)`` of a node; ``kind`` is one of KINDS. IndexError where there is none."""
        if not 0 <= node < self.count:
            raise IndexError("no such path")
        key = np.asarray(self.keys[self.key_start[node] : self.key_end[node]]).tobytes()
        return self.parent[node], KINDS[self.kind[node]], key, self.place[node], bool(self.many[node])


KINDS = ("root", "named", "place", "element", "any", "key", "other")
