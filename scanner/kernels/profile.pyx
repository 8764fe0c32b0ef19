"""What every cell of a column is made of, in one pass, so that detectors look only where they can find something."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t

import numpy as np

cdef extern from "profile.h" nogil:
    uint16_t classes_of(uint8_t byte)
    bint cells_lie_inside(const int32_t* start, const int32_t* end, int64_t count, int64_t size)
    enum:
        CHARACTERS

    ctypedef struct Tables "Questions":
        const uint16_t* needs
        const uint16_t* all_pairs
        const uint8_t* characters
        uint16_t fitting[65]
        uint8_t pairs[128]
        uint8_t lines[2]
        uint8_t ascii[128]
        uint8_t lead[64]
        uint8_t second[64]
        uint8_t third[64]
        uint32_t begins[1024]
        uint8_t blank[128]
        uint8_t firsts[2][256]
        uint8_t seconds[2][256]

    ctypedef struct Profiles:
        uint16_t* kinds
        int32_t* like
        int32_t* numeric
        int32_t* models
        int64_t numbers
        int64_t modelled
        uint16_t all
        const Tables* questions
        int32_t* open
        int32_t* odd
        int32_t* unsure
        int64_t opens
        int64_t odds
        int64_t unsures

    int profiles(
        const uint8_t* data, int64_t size, const int32_t* start, const int32_t* end, int64_t count, int path,
        Profiles* out,
    )

# The classes of bytes that profile.h tells apart, as far as they are asked for by name.
DIGIT = 0x0001
LETTER = 0x001E
COLON = 0x0040
JOINT = 0x0080
HAN = 0x2000
MARK = 0x4000
HIGH = 0x8000


def byte_classes():
    """uint16[256]: the classes of each byte value, one bit a class, at least one each."""
    classes = np.empty(256, np.uint16)
    cdef uint16_t[::1] view = classes
    cdef int byte
    for byte in range(256):
        view[byte] = classes_of(<uint8_t>byte)
    return classes


cdef class Questions:
    """What other kernels ask of cells, so that ``profile`` can rule most of them out while their bytes are at hand.

    Of gates (``kernels.gate``): ``tables`` uint8[8, 16], ``pairs`` uint16[65536], ``lines`` uint8[2], ``fitting``
    uint16[65], ``needs`` uint16[65536]; of damaged numbers: ``tokens`` uint8[320] and ``held`` uint8[restore.CODES]
    (``kernels.restore.token_tables``); of what is written for
    nothing: ``begins`` uint32[1024], ``blank`` uint8[128] (``kernels.spans.Blanks``). ValueError for other sizes.
    """

    cdef Tables tables
    cdef object kept

    def __init__(
        self, const uint8_t[:, ::1] tables not None, const uint16_t[::1] pairs not None, const uint8_t[::1] lines not None,
        const uint16_t[::1] fitting not None, const uint16_t[::1] needs not None, const uint8_t[::1] tokens not None,
        const uint8_t[::1] held not None,
        const uint32_t[::1] begins not None, const uint8_t[::1] blank not None,
    ):
        cdef int i, byte, other
        if (tables.shape[0], tables.shape[1], lines.shape[0], fitting.shape[0]) != (8, 16, 2, 65):
            raise ValueError("the tables of gates have another size")
        if needs.shape[0] != 65536 or pairs.shape[0] != 65536:
            raise ValueError("the tables of gates have another size")
        if tokens.shape[0] != 320 or held.shape[0] != CHARACTERS or begins.shape[0] != 1024 or blank.shape[0] != 128:
            raise ValueError("the tables of tokens, words or signs have another size")
        self.kept = needs, pairs, held
        self.tables.needs = &needs[0]
        self.tables.all_pairs = &pairs[0]
        self.tables.characters = &held[0]
        for i in range(65):
            self.tables.fitting[i] = fitting[i]
        for i in range(128):
            self.tables.pairs[i] = tables[i // 16, i % 16]
            self.tables.ascii[i] = tokens[i]
            self.tables.blank[i] = blank[i]
        for i in range(2):
            self.tables.lines[i] = lines[i]
            for byte in range(256):
                self.tables.firsts[i][byte] = self.tables.seconds[i][byte] = 0
                for other in range(256):
                    self.tables.firsts[i][byte] |= pairs[byte | other << 8] >> 8 * i & 0xFF
                    self.tables.seconds[i][byte] |= pairs[other | byte << 8] >> 8 * i & 0xFF
        for i in range(64):
            self.tables.lead[i] = tokens[128 + i]
            self.tables.second[i] = tokens[192 + i]
            self.tables.third[i] = tokens[256 + i]
        for i in range(1024):
            self.tables.begins[i] = begins[i]


def profile(
    const unsigned char[::1] data not None, const int32_t[::1] start not None, const int32_t[::1] end not None,
    int path=0, Questions questions=None,
):
    """Which classes of bytes each cell ``data[start[i]:end[i]]`` holds, and which cells need to be looked at.

    Returns kinds uint16[n] (0 for an empty cell); numeric int32[m] (ascending: a superset of the cells with runs); the
    union of the kinds; like int32[n]: an earlier cell that differs in its ASCII digits only, or the cell itself; models
    int32[k], ascending: the non-empty cells that are like themselves. Then, where ``questions`` are asked and the
    processor has the widest vectors, else three None: int32 arrays, ascending, of the models that may open a gate, of those
    that may be damaged numbers, and of the cells of which it is not sure that they hold something. ``path`` 1: without
    vector instructions, and every cell is a model; for tests. ValueError if shapes do not fit or a cell lies outside the
    data; MemoryError.
    """
    cdef Py_ssize_t count = start.shape[0]
    cdef bint sound = True
    cdef int state = 0
    cdef Profiles out
    if end.shape[0] != count:
        raise ValueError("start and end differ in length")
    kinds = np.empty(count, np.uint16)
    like = np.empty(count, np.int32)
    # More than can be found: sixteen are written at a time.
    numeric = np.empty(count + 16, np.int32)
    models = np.empty(count + 16, np.int32)
    cdef uint16_t[::1] kinds_view = kinds
    cdef int32_t[::1] like_view = like, numeric_view = numeric, models_view = models, open_view, odd_view, unsure_view
    out.questions = NULL
    out.opens = out.odds = out.unsures = 0
    if questions is not None:
        lists = [np.empty(count + 16, np.int32) for _ in range(3)]
        open_view, odd_view, unsure_view = lists
        out.questions = &questions.tables
        out.open, out.odd, out.unsure = &open_view[0], &odd_view[0], &unsure_view[0]
    out.numeric = &numeric_view[0]
    out.models = &models_view[0]
    out.numbers = out.modelled = 0
    out.all = 0
    with nogil:
        if count:
            sound = cells_lie_inside(&start[0], &end[0], count, data.shape[0])
        if sound and count and data.shape[0]:
            out.kinds = &kinds_view[0]
            out.like = &like_view[0]
            state = profiles(&data[0], data.shape[0], &start[0], &end[0], count, path, &out)
    if not sound:
        raise ValueError("a cell lies outside the data")
    if state < 0:
        raise MemoryError
    if not data.shape[0]:
        kinds[:] = 0
        like[:] = np.arange(count, dtype=np.int32)
    answers = (None, None, None)
    if state and questions is not None:
        # Mostly few: the room for many is given back.
        answers = lists[0][:out.opens].copy(), lists[1][:out.odds].copy(), lists[2][:out.unsures].copy()
    return kinds, numeric[:out.numbers], int(out.all), like, models[:out.modelled], *answers


def models_of(const int32_t[::1] like not None, const int32_t[::1] chosen not None):
    """The cells that the ``chosen`` ones (int32) are like, each once, ascending (int32); ``like`` as ``profile`` tells it.

    ValueError where one lies outside.
    """
    cdef Py_ssize_t i, count = like.shape[0], found = 0
    cdef int32_t model, last = -1
    cdef bint sound = True
    seen_array, models = np.zeros(count, np.uint8), np.empty(min(count, chosen.shape[0]), np.int32)
    cdef uint8_t[::1] seen = seen_array
    cdef int32_t[::1] out = models
    with nogil:
        for i in range(chosen.shape[0]):
            sound = 0 <= chosen[i] < count and 0 <= like[chosen[i]] < count
            if not sound:
                break
            model = like[chosen[i]]
            if model != last and not seen[model]:
                seen[model] = 1
                out[found] = model
                found += 1
            last = model
    if not sound:
        raise ValueError("a cell lies outside")
    models = models[:found]
    models.sort()
    return models


def written_like(
    const int32_t[::1] like not None, const int32_t[::1] models not None, const int32_t[::1] among=None,
):
    """The cells that are like one of ``models`` (int32, in any order), of all or ``among`` some, in their order (int32).

    ValueError where one lies outside.
    """
    cdef Py_ssize_t i, count = like.shape[0], size = count if among is None else among.shape[0], found = 0
    cdef int32_t cell
    cdef bint sound = True
    wanted_array, cells = np.zeros(count, np.uint8), np.empty(size + 1, np.int32)
    cdef uint8_t[::1] wanted = wanted_array
    cdef int32_t[::1] out = cells
    with nogil:
        for i in range(models.shape[0]):
            sound = sound and 0 <= models[i] < count
            if sound:
                wanted[models[i]] = 1
        for i in range(size):
            cell = <int32_t>i if among is None else among[i]
            sound = sound and 0 <= cell < count and 0 <= like[cell] < count
            if not sound:
                break
            out[found] = cell  # written over where it is none
            found += wanted[like[cell]]
    if not sound:
        raise ValueError("a cell lies outside")
    return cells[:found].copy() if 2 * found < size else cells[:found]
