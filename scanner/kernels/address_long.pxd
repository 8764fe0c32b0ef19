"""Cells that are not decoded with others: long ones, and such that are not UTF-8."""

from scanner.kernels.address_parse cimport parse
from scanner.kernels.address_score cimport Found
from scanner.kernels.address_text cimport *


cdef inline void _parse_run(const Tables* t, Run* run, Shapes* known, int cell, Found* f) noexcept nogil:
    run.ch[run.size] = 0   # as behind every cell
    run.size += 1
    look_up(&t.signs, &t.look, run)
    run.begin = 0
    run.stop = run.size - 1
    if any_bit(run.hint, 0, <int>run.stop):
        parse(t, run, cell, known, NULL, f)


cdef inline int _rest_blank(const u8* data, int at, int stop) noexcept nogil:
    while at < stop:
        if data[at] > 0x20:
            return 0
        at += 1
    return 1


cdef inline void parse_long(const Tables* t, Run* run, Shapes* known, const u8* data, int stop, int cell,
                            Found* f) noexcept nogil:
    """Splits the ``stop`` bytes of a cell into runs, character by character, and parses those that hold an ending or a
    unit."""
    cdef int at = 0, step, ch = 0, first = 1, hard
    run.size = 0
    while at < stop:
        step = code_at(data + at, stop - at, &ch)
        hard = step == 0
        if hard:
            step = 1
            ch = 0xFFFD
        else:
            hard = t.low[t.signs.sign_of[ch] & 0x7F] >> 8 & IS_HARD
        if hard or run.size == RUN:
            if run.size:
                run.near[run.size] = <u16>(at - run.base)
                run.cell_start = first
                run.cell_end = hard and _rest_blank(data, at, stop)
                _parse_run(t, run, known, cell, f)
                first = 0
            run.size = 0
            if hard:
                if ch != 0x0A and ch != 0x0D:
                    first = 0
                at += step
                continue
        if run.size == 0:
            run.base = at
        run.ch[run.size] = <u16>ch
        run.near[run.size] = <u16>(at - run.base)
        run.size += 1
        at += step
    if run.size:
        run.near[run.size] = <u16>(stop - run.base)
        run.cell_start = first
        run.cell_end = 1
        _parse_run(t, run, known, cell, f)
