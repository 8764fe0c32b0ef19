"""Sets and groups: keys of several words, spread over partitions and counted there; rows grouped by what they hold.

A key is uint64[w]; its first word must be spread evenly (a digest or a permuted number). Its partition is the top
byte of that word, so that equal keys meet in one of 256 tables.

**Packed** keys have a word less: their last one is told by a code, its position in ``tails`` (uint64[at most 256]),
which takes the place of the byte that the partition tells.
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

cdef extern from "sets.h" nogil:
    enum:
        PARTITIONS
        DIRECT
        TAILS
        TOP_BYTE
    ctypedef struct Source:
        const uint64_t* keys
        const int64_t* offsets
        int64_t base
        uint32_t owner
        uint64_t payload
        const uint64_t* lookup
        uint64_t lookup_mask
        const uint64_t* by_code
        const uint64_t* by_number
        uint64_t members
    ctypedef struct Piece:
        const uint64_t* keys
        const int64_t* offsets
        const uint64_t* tails
        int width
    ctypedef struct Histogram:
        int64_t direct[4096]
        uint64_t* payloads
        int64_t* counts
        uint64_t size
    int64_t table_size(int64_t count)
    void count_spread(const uint64_t* keys, int64_t n, int width, int shift, int64_t* offsets)
    void sum_up(int64_t* offsets, int64_t* at)
    void spread_keys(const uint64_t* keys, int64_t n, int width, int shift, int64_t* at, uint64_t* out)
    int code_tails(const uint64_t* keys, int64_t n, int width, uint64_t* tails, int64_t* count, uint8_t* codes,
                   int64_t* offsets)
    void pack_keys(const uint64_t* keys, const uint8_t* codes, int64_t n, int width, int64_t* at, uint64_t* out)
    int bucket_bits(int64_t n)
    int64_t dedupe(uint64_t* keys, int width, int64_t first, int64_t last, int64_t kept, uint64_t* table)
    int count_keys(const Source* sources, int64_t count, int width, int64_t first, int64_t last, int shift,
                   int owner_bits, int64_t* owned, Histogram* histogram, int64_t* twins)
    void count_pieces(const Piece* pieces, int64_t count, int64_t first, int64_t last, int begin, int bits,
                      int64_t* bounds)
    void place_pieces(const Piece* pieces, int64_t count, int64_t first, int64_t last, int begin, int bits, int64_t* at,
                      uint64_t* out, int width)
    void join_pieces(const Piece* pieces, int64_t count, int64_t* at, uint64_t* out)


def spread(const uint64_t[:, ::1] keys, uint64_t[::1] out):
    """Copies keys (uint64[n, w]) to ``out`` (uint64, at least n * w) by partition, in order inside these.

    Returns offsets int64[257]: partition p is keys ``offsets[p]`` and on of ``out``. ValueError if the shapes do not fit.
    """
    cdef int64_t n = keys.shape[0]
    cdef int width = <int>keys.shape[1]
    cdef int64_t at[PARTITIONS]
    if out.shape[0] < n * width or width < 1:
        raise ValueError("keys and room do not fit")
    offsets_array = np.zeros(PARTITIONS + 1, np.int64)
    cdef int64_t[::1] offsets = offsets_array
    if n:
        with nogil:
            count_spread(&keys[0, 0], n, width, TOP_BYTE, &offsets[0])
            sum_up(&offsets[0], at)
            spread_keys(&keys[0, 0], n, width, TOP_BYTE, at, &out[0])
    return offsets_array


def spread_packed(const uint64_t[:, ::1] keys, uint64_t[::1] out, uint64_t[::1] tails, int64_t known):
    """Copies keys (uint64[n, w], w > 1) to ``out`` (uint64, at least n * (w - 1)) by partition, packed, in order inside.

    ``tails`` uint64[256]: the first ``known`` are codes already; new last words are added. Returns (offsets int64[257],
    how many codes there are then), or None, and nothing is written to ``out``, where they are too many. ValueError if
    the shapes do not fit.
    """
    cdef int64_t n = keys.shape[0]
    cdef int width = <int>keys.shape[1]
    cdef int64_t at[PARTITIONS]
    if width < 2 or out.shape[0] < n * (width - 1) or tails.shape[0] != TAILS or not 0 <= known <= TAILS:
        raise ValueError("keys, codes and room do not fit")
    offsets_array = np.zeros(PARTITIONS + 1, np.int64)
    cdef int64_t[::1] offsets = offsets_array
    cdef uint8_t[::1] codes = np.empty(n + 1, np.uint8)
    cdef bint few
    if n == 0:
        return offsets_array, known
    with nogil:
        few = code_tails(&keys[0, 0], n, width, &tails[0], &known, &codes[0], &offsets[0])
        if few:
            sum_up(&offsets[0], at)
            pack_keys(&keys[0, 0], &codes[0], n, width, at, &out[0])
    return (offsets_array, known) if few else None


def gathered(list parts, int first, int last, bint distinct=True):
    """The keys of partitions ``first`` to ``last - 1`` of all ``parts``, by partition, as uint64[m, w].

    ``parts``: (keys uint64[n, w], offsets int64[257], None) or packed (keys uint64[n, w - 1], offsets, tails) each; the
    keys are those of these partitions, spread. ``distinct``: equal ones but once. ValueError if the shapes do not fit.
    """
    cdef int64_t n = 0, i, b, count = last - first, largest = 0, kept = 0
    cdef int width = 0, bits, begin
    cdef const uint64_t[:, ::1] keys
    cdef const int64_t[::1] offsets
    cdef const uint64_t[::1] tails
    if not 0 <= first < last <= PARTITIONS:
        raise ValueError("no such partitions")
    for keys, offsets, tails in parts:
        i = keys.shape[1] + (tails is not None)
        if width not in (0, i):
            raise ValueError("keys of different widths")
        if offsets.shape[0] != PARTITIONS + 1 or offsets[last] - offsets[first] != keys.shape[0]:
            raise ValueError("keys and their offsets do not fit")
        if tails is not None and tails.shape[0] != TAILS:
            raise ValueError("keys and their codes do not fit")
        width = <int>i
        n += keys.shape[0]
    result = np.empty((n, width), np.uint64)
    if n == 0:
        return result
    bits = bucket_bits(n // count)
    while count << bits > 1 << 10:
        bits -= 1
    begin = TOP_BYTE - bits
    cdef int64_t[::1] bounds = np.zeros((count << bits) + 1, np.int64)
    cdef int64_t[::1] at = np.zeros(count << bits, np.int64)
    cdef uint64_t[:, ::1] out = result
    cdef Piece* pieces = <Piece*>calloc(len(parts), sizeof(Piece))
    if pieces == NULL:
        raise MemoryError
    i = 0
    for keys, offsets, tails in parts:
        if keys.shape[0]:
            pieces[i] = Piece(&keys[0, 0], &offsets[0], NULL, <int>keys.shape[1])
            if tails is not None:
                pieces[i].tails = &tails[0]
            i += 1
    with nogil:  # once for all parts: a lock that is let go of for a moment makes those wake who cannot have it
        count_pieces(pieces, i, first, last, begin, bits, &bounds[0])
        for b in range(count << bits):
            largest = max(largest, bounds[b + 1])
            at[b] = bounds[b]
            bounds[b + 1] += bounds[b]
        place_pieces(pieces, i, first, last, begin, bits, &at[0], &out[0, 0], width)
    free(pieces)
    if not distinct:
        return result
    if largest >= 1 << 30:
        raise ValueError("the first word of the keys is not spread evenly")
    cdef uint64_t[::1] table = np.empty(table_size(largest), np.uint64)
    with nogil:
        for b in range(count << bits):
            if bounds[b + 1] > bounds[b]:
                kept = dedupe(&out[0, 0], width, bounds[b], bounds[b + 1], kept, &table[0])
    return result[:kept]


def join(list parts, bint distinct=True):
    """One array of keys of several: each (uint64[n, w], offsets int64[257]), spread, ``offsets[0]`` its first key.

    Returns (uint64[m, w], int64[257]), spread; ``distinct``: equal keys but once. ValueError if the widths differ.
    """
    cdef int64_t n = sum(len(keys) for keys, _ in parts), p, count = 0
    cdef int width = parts[0][0].shape[1]
    cdef const uint64_t[:, ::1] keys
    cdef const int64_t[::1] bounds
    joined = np.empty((n, width), np.uint64)
    offsets_array = np.zeros(PARTITIONS + 1, np.int64)
    cdef uint64_t[:, ::1] out = joined
    cdef int64_t[::1] offsets = offsets_array
    ends = np.zeros(PARTITIONS, np.int64)
    cdef int64_t[::1] end = ends
    for keys, bounds in parts:
        if keys.shape[1] != width:
            raise ValueError("keys of different widths")
        if bounds.shape[0] != PARTITIONS + 1 or bounds[PARTITIONS] - bounds[0] != keys.shape[0]:
            raise ValueError("keys and their offsets do not fit")
        for p in range(PARTITIONS):
            offsets[p + 1] += bounds[p + 1] - bounds[p]
    if n == 0:
        return joined, offsets_array
    for p in range(PARTITIONS):
        offsets[p + 1] += offsets[p]
        end[p] = offsets[p]
    cdef Piece* pieces = <Piece*>calloc(len(parts), sizeof(Piece))
    if pieces == NULL:
        raise MemoryError
    for keys, bounds in parts:
        if keys.shape[0]:
            pieces[count] = Piece(&keys[0, 0], &bounds[0], NULL, width)
            count += 1
    with nogil:
        join_pieces(pieces, count, &end[0], &out[0, 0])
    free(pieces)
    out = None
    return _deduped(joined, offsets_array) if distinct else (joined, offsets_array)


def _deduped(joined, int64_t[::1] offsets):
    """Leaves out equal keys of each partition, in place."""
    cdef uint64_t[:, ::1] out = joined
    cdef int64_t first, last = 0, kept = 0, p, largest = 0
    cdef int width = <int>out.shape[1]
    for p in range(PARTITIONS):
        largest = max(largest, offsets[p + 1] - offsets[p])
    if largest >= 1 << 30:
        raise ValueError("the first word of the keys is not spread evenly")
    table_array = np.empty(table_size(largest), np.uint64)
    cdef uint64_t[::1] table = table_array
    with nogil:
        for p in range(PARTITIONS):
            first = last
            last = offsets[p + 1]
            offsets[p] = kept
            if last > first:
                kept = dedupe(&out[0, 0], width, first, last, kept, &table[0])
        offsets[PARTITIONS] = kept
    out = None
    joined.resize((kept, width), refcheck=False)  # in place: what is dropped goes back to the system
    return joined, np.asarray(offsets)


def partition_unique(list arrays, int shift=TOP_BYTE, bint distinct=True):
    """Keys of all ``arrays`` (uint64[n, w] each, one w), in 256 partitions by 8 bits of the first word from ``shift`` on.

    ``distinct``: equal keys but once. Returns (uint64[m, w], int64[257]): partition p is rows
    ``offsets[p]:offsets[p + 1]``. ValueError if the widths differ.
    """
    cdef int64_t n = sum(len(keys) for keys in arrays)
    cdef int width = arrays[0].shape[1]
    cdef const uint64_t[:, ::1] keys
    scattered = np.empty((n, width), np.uint64)
    offsets_array = np.zeros(PARTITIONS + 1, np.int64)
    cdef uint64_t[:, ::1] out = scattered
    cdef int64_t[::1] offsets = offsets_array
    cdef int64_t at[PARTITIONS]
    for keys in arrays:
        if keys.shape[1] != width:
            raise ValueError("keys of different widths")
        if keys.shape[0]:
            with nogil:
                count_spread(&keys[0, 0], keys.shape[0], width, shift, &offsets[0])
    sum_up(&offsets[0], at)
    for keys in arrays:
        if keys.shape[0]:
            with nogil:
                spread_keys(&keys[0, 0], keys.shape[0], width, shift, at, &out[0, 0])
    out = None
    return _deduped(scattered, offsets_array) if distinct else (scattered, offsets_array)


def unique(list arrays):
    """uint64[m, w]: the distinct keys of all ``arrays`` (uint64[n, w] each, one w), of which there should be few."""
    cdef int64_t n = sum(len(keys) for keys in arrays), kept = 0
    cdef int width = arrays[0].shape[1]
    together = np.concatenate(arrays)
    if n == 0:
        return together
    table_array = np.empty(table_size(n), np.uint64)
    cdef uint64_t[:, ::1] out = together
    cdef uint64_t[::1] table = table_array
    with nogil:
        kept = dedupe(&out[0, 0], width, 0, n, 0, &table[0])
    return together[:kept]


def lookup(const uint64_t[::1] tags, const uint64_t[::1] payloads):
    """uint64[m, 2]: a table of tags (uint64[n], different, not 0) and their payloads, as ``count_distinct`` takes it."""
    cdef int64_t i, at, size = table_size(4 * tags.shape[0])
    table_array = np.zeros((size, 2), np.uint64)
    cdef uint64_t[:, ::1] table = table_array
    for i in range(tags.shape[0]):
        if tags[i] == 0:
            raise ValueError("a tag is 0")
        at = <int64_t>(tags[i] & <uint64_t>(size - 1))
        while table[at, 0] != 0:
            at = (at + 1) & (size - 1)
        table[at, 0] = tags[i]
        table[at, 1] = payloads[i]
    return table_array


def payload_bits(int owners):
    """How many bits payloads have where there are so many owners."""
    return 62 - owners.bit_length()


def count_distinct(list sources, int width, int owners, int first=0, int last=256):
    """Counts distinct keys of ``width`` words in partitions ``first`` to ``last - 1`` by owner, and by payload.

    ``sources``: (keys uint64[n, w], offsets int64[257], owner, payload) each, sources of one owner behind each other;
    the keys are those of these partitions, spread. ``payload``: the same for all of them; a table of ``lookup`` for
    the tag that each key has as one more word; or, where that word is packed, uint64[256] by its code. It has 62 bits less those that the number of owners needs. Keys of payload 0 are left out.
    Owner -1: each key has a number as one more word, and ``payload`` (uint64[m]) tells by it the owner plus one, above the bits
    of a payload (``payload_bits``), and the payload; 0 and numbers beyond: left out. Returns (int64[owners], dict, int): how many
    different keys each owner has; how many there are of each payload, where equal keys unite theirs (bitwise or); and
    how many agree with another, earlier one in the first word and the upper 12 bits of the second, not in all words.
    """
    cdef int64_t count = len(sources), i = 0, twins = 0
    cdef const uint64_t[:, ::1] keys
    cdef const int64_t[::1] offsets
    cdef const uint64_t[:, ::1] table
    cdef const uint64_t[::1] codes
    cdef Histogram* histogram = NULL
    cdef bint sound = True
    cdef int owner_bits = 0
    cdef int shift = payload_bits(owners)
    owned_array = np.zeros(owners + 1, np.int64)
    cdef int64_t[::1] owned = owned_array
    cdef Source* source = <Source*>calloc(count + 1, sizeof(Source))
    try:
        histogram = <Histogram*>calloc(1, sizeof(Histogram))
        if source == NULL or histogram == NULL:
            raise MemoryError
        if not 0 <= first <= last <= PARTITIONS or width < 1:
            raise ValueError("no such partitions or width")
        for keys, offsets, owner, payload in sources:
            numbered = owner == -1 and not isinstance(payload, int)
            if not -numbered <= owner < owners or (i and owner + 1 < source[i - 1].owner):
                raise ValueError("sources are not in the order of their owners")
            if numbered and len(payload) and int(payload.max()) >> shift > owners:
                raise ValueError("there are fewer owners")
            if offsets.shape[0] != PARTITIONS + 1 or offsets[last] - offsets[first] != keys.shape[0]:
                raise ValueError("keys and their offsets do not fit")
            coded = not numbered and not isinstance(payload, int) and payload.ndim == 1
            if keys.shape[1] != width + (not isinstance(payload, int) and not coded):
                raise ValueError("keys of different widths")
            if coded and len(payload) != TAILS:
                raise ValueError("keys and their codes do not fit")
            most = payload if isinstance(payload, int) else 0 if numbered else int((payload if coded else payload[:, 1]).max())
            if most >> shift:
                raise ValueError(f"a payload has more than {shift} bits")
            if keys.shape[0] == 0 or (numbered and not len(payload)):
                continue
            source[i].keys = &keys[0, 0]
            source[i].offsets = &offsets[0]
            source[i].base = offsets[first]
            source[i].owner = owner + 1
            if numbered:
                codes = payload
                source[i].by_number = &codes[0]
                source[i].members = <uint64_t>codes.shape[0]
                owner_bits = owners.bit_length()
            elif isinstance(payload, int):
                source[i].payload = payload
            elif coded:
                codes = payload
                source[i].by_code = &codes[0]
            else:
                table = payload
                source[i].lookup = &table[0, 0]
                source[i].lookup_mask = <uint64_t>table.shape[0] - 1
            i += 1
        with nogil:
            sound = count_keys(source, i, width, first, last, shift, owner_bits, &owned[0], histogram, &twins)
        if not sound:
            raise MemoryError
        found = {i: histogram.direct[i] for i in range(DIRECT) if histogram.direct[i]}
        for i in range(<int64_t>histogram.size):
            if histogram.counts[i]:
                found[histogram.payloads[i]] = histogram.counts[i]
    finally:
        free(source)
        if histogram != NULL:
            free(histogram.payloads)
            free(histogram.counts)
        free(histogram)
    return owned_array[1:], found, twins


def some_distinct(const uint64_t[:, ::1] keys, int64_t limit):
    """A list of different first words of ``keys`` (uint64[n, w]): all, or ``limit`` where there are more."""
    cdef int64_t n = keys.shape[0], i, slot, mask, found = 0, size = table_size(limit)
    cdef uint64_t word
    table_array = np.zeros(size, dtype=np.uint64)
    used_array = np.zeros(size, dtype=np.uint8)
    cdef uint64_t[::1] table = table_array
    cdef uint8_t[::1] used = used_array
    mask = size - 1
    with nogil:
        for i in range(n):
            word = keys[i, 0]
            slot = <int64_t>(word & <uint64_t>mask)
            while used[slot] and table[slot] != word:
                slot = (slot + 1) & mask
            if not used[slot]:
                used[slot] = 1
                table[slot] = word
                found += 1
                if found >= limit:
                    break
    return table_array[used_array.view(np.bool_)].tolist()


def numbered(const uint64_t[:, ::1] keys, const uint64_t[::1] words):
    """int32[n]: for each key (uint64[n, w]) the position in ``words`` (all different) of its last word, or -1."""
    cdef int64_t n = keys.shape[0], i, slot, mask, size = table_size(words.shape[0])
    cdef int last = <int>keys.shape[1] - 1
    cdef int32_t number = -1
    cdef uint64_t word, previous = 0
    table_array = np.full(size, -1, dtype=np.int32)
    cdef int32_t[::1] table = table_array
    result = np.empty(n, dtype=np.int32)
    cdef int32_t[::1] out = result
    mask = size - 1
    with nogil:
        for i in range(words.shape[0]):
            slot = <int64_t>(words[i] & <uint64_t>mask)
            while table[slot] >= 0:
                slot = (slot + 1) & mask
            table[slot] = <int32_t>i
        for i in range(n):
            word = keys[i, last]
            if i == 0 or word != previous:
                slot = <int64_t>(word & <uint64_t>mask)
                while table[slot] >= 0 and words[table[slot]] != word:
                    slot = (slot + 1) & mask
                number = table[slot]
                previous = word
            out[i] = number
    return result


def group_rows(const uint64_t[:, ::1] words):
    """Groups equal columns of ``words`` (uint64[w, n]).

    Returns (first int64[g], inverse int32[n], counts int64[g]): the first row of each group, each row's group.
    """
    cdef int64_t n = words.shape[1], i, slot, size = 256, mask, groups = 0, g = -1, other
    cdef int w = <int>words.shape[0], c
    cdef uint64_t h
    cdef bint same
    inverse_array = np.empty(n, dtype=np.int32)
    cdef int32_t[::1] inverse = inverse_array
    first_array = np.empty(n, dtype=np.int64)
    cdef int64_t[::1] first = first_array
    counts_array = np.zeros(n, dtype=np.int64)
    cdef int64_t[::1] counts = counts_array
    size = table_size(n)
    mask = size - 1
    table_array = np.full(size, -1, dtype=np.int32)
    cdef int32_t[::1] table = table_array
    with nogil:
        for i in range(n):
            same = i > 0
            for c in range(w):
                same = same and words[c, i] == words[c, i - 1]
            if not same:
                h = 0
                for c in range(w):
                    h = (h ^ words[c, i]) * <uint64_t>0x9E3779B97F4A7C15
                    h ^= h >> 29
                slot = <int64_t>(h & <uint64_t>mask)
                while True:
                    g = table[slot]
                    if g < 0:
                        table[slot] = <int32_t>groups
                        first[groups] = i
                        g = groups
                        groups += 1
                        break
                    other = first[g]
                    same = True
                    for c in range(w):
                        if words[c, other] != words[c, i]:
                            same = False
                            break
                    if same:
                        break
                    slot = (slot + 1) & mask
            inverse[i] = <int32_t>g
            counts[g] += 1
    return first_array[:groups].copy(), inverse_array, counts_array[:groups].copy()
