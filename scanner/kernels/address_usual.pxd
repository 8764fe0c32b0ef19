"""The usual parts of an address, taken the short way: divisions in front, then names with endings, digits with units.

Nothing here finds what the grammar of address_parse would not find with the same characters: whatever is not as usual
is left to it.
"""

from libc.string cimport memcpy

from scanner.kernels.address_text cimport *

cdef struct State:
    Span span
    int at             # the next character to look at
    int pending        # where text begins that no part has claimed: the name in front of the next ending
    int label          # where the content of the run begins, behind 地址： and blanks
    int organisation   # an organisation's name follows the last part
    int cell


cdef inline int is_street_name(const Tables* t, const Run* run, int end) noexcept nogil:
    """Whether a short division name that ends here runs into an ending: 南京路, 北京东路."""
    cdef int stop = 0, kind = word_at(run, end, &stop) & 0xFF
    if kind and kind < DISTRICT:
        return 1
    return end + 1 < run.stop and all_flags_at(t, run, end) & HAS_WORD and word_at(run, end + 1, &stop) & 0xFF == ROAD


# The kinds of parts that add to an open span without further questions: endings, units.
cdef enum:
    ENDINGS = (1 << TOWN | 1 << VILLAGE | 1 << HAMLET | 1 << GROUP | 1 << ROAD | 1 << LANE | 1 << ESTATE | 1 << ZONE)
    UNITS = 1 << GROUP | 1 << NUMBER | 1 << BUILDING | 1 << UNIT | 1 << FLOOR | 1 << ROOM


# The divisions that a run begins with, full names, each inside the one before.
cdef struct Prefix:
    int count
    int end
    int size                     # how many the last name may mean
    int divisions[CANDIDATES]


cdef inline int _go_inside(const Tables* t, const Name* name, Prefix* p) noexcept nogil:
    """Adds a name if it is full and means one division inside the last ones; the first may mean several."""
    cdef int k, division, found = -1
    if not name.full:
        return 0
    if name.division >= 0:
        if p.count and not lies_in(name.above, p.divisions, p.size):
            return 0
        found = name.division
    else:
        k = name.group
        while t.group[k] >= 0:
            division = t.group[k] >> 1
            if not p.count:
                if p.size == CANDIDATES:
                    return 0
                p.divisions[p.size] = division
                p.size += 1
            elif lies_in(t.divisions[division].above, p.divisions, p.size):
                if found >= 0 or not t.group[k] & 1:
                    return 0
                found = division
            k += 1
        if p.count and found < 0:
            return 0
    if found >= 0:
        p.divisions[0] = found
        p.size = 1
    p.count += 1
    return 1


cdef inline int _may_go_on(const Tables* t, const Name* name, const int* divisions, int count) noexcept nogil:
    """Whether a short name behind these divisions may be one inside them, or the same again."""
    cdef int k = name.group, division
    while t.group[k] >= 0:
        division = t.group[k] >> 1
        if division == divisions[0] or lies_in(t.divisions[division].above, divisions, count):
            return 1
        k += 1
    return 0


cdef inline int _is_word(const Run* run, int at, int length) noexcept nogil:
    """Whether the name of this length at ``at`` gives way to a longer word."""
    return run.length[at] > length and run.value[at] & 0xFF != DISTRICT


cdef inline void _find_prefix(const Tables* t, const Run* run, int at, Prefix* found) noexcept nogil:
    """The divisions at ``at`` as long as they are beyond doubt."""
    cdef const Name* name
    cdef int end = 0
    cdef u64 names = bits_from(run.names, at)
    found.count = found.size = 0
    while names & 1:
        if flags_at(run, at) & IS_NUMERAL and (
            flags_at(run, at + 1) & IS_NUMERAL or word_at(run, at + 1, &end) >> 8
        ):
            break   # 三门峡: a number with its unit
        name = t.look.names + run.name[at]
        if not flags_at(run, at) & IS_HAN or _is_word(run, at, name.length) or not _go_inside(t, name, found):
            break
        at += name.length
        names >>= name.length
    found.end = at


cdef inline void take_prefix(const Tables* t, const Run* run, State* st) noexcept nogil:
    """Takes the divisions a run begins with.

    Does what ``_take_division`` would do, which looks at what is left.
    """
    cdef Span* s = &st.span
    cdef Prefix found
    _find_prefix(t, run, st.label, &found)
    if not found.count:
        return
    s.open = 1
    s.start = st.label
    s.end = st.at = st.pending = found.end
    s.size = s.region = found.count
    s.last = REGION
    s.before = 1 << REGION if found.count > 1 else 0
    s.full = 1
    memcpy(s.divisions, found.divisions, sizeof(s.divisions))
    s.division_count = found.size


cdef inline int may_stride(const Run* run, const State* st) noexcept nogil:
    """Whether nothing but a part was met since the last one, and there is room for as many as may follow."""
    return (st.pending == st.span.end and st.at - st.pending <= NAME_LIMIT and st.pending < run.stop
            and not (st.span.parted | st.organisation | st.span.keep)
            and st.span.size + ((<int>run.stop - st.pending) >> 1) < PARTS)


cdef inline int _may_end(const Run* run, int end) noexcept nogil:
    """Whether ``_ends_name`` has to look at a stop word that ends here."""
    cdef int kind = run.value[end - 1] & 0xFF
    return run.length[end - 1] == 1 and kind != NONE and kind <= ROAD


cdef inline void stride(const Tables* t, const Run* run, State* st) noexcept nogil:
    """Takes the parts of an open span as long as they are of the usual make: a name with its ending, digits with
    their unit. Nothing but a part may have been met since the last one.

    Does what the other functions would do with the same characters, and leaves to them whatever is not as usual.
    """
    cdef Span* s = &st.span
    cdef int base = st.pending, left = <int>run.stop - base, most = 40 if left > SURE else 64
    cdef int pending = 0, size = s.size, last = s.last
    cdef int at, q, end = 0, value, kind
    cdef const Name* name
    cdef u32 before = s.before
    cdef u64 act = bits_from(run.act, base), names = bits_from(run.names, base)
    cdef u64 numeric = bits_from(run.numeric, base), proper = bits_from(run.proper, base)
    cdef u64 inside = ~<u64>0 >> (64 - (left if left < SURE else SURE))
    at = st.at - base
    act = (act & inside) >> at << at
    while act:
        q = first_bit(act)
        if q - pending > NAME_LIMIT or q > most:
            break
        kind = flags_at(run, base + q)
        if kind == IS_DIGIT:
            at = q + first_bit(~(numeric >> q) | <u64>1 << 63)
            if at > most + 8:
                break
            kind = run.value[base + at] >> 8
            end = at + run.length[base + at]
            if not UNITS >> kind & 1:
                # A bare number at the end: a house number (路88) or a room (大厦1704).
                if (base + at != run.stop or q - pending > 1 or at - q > BARE_LIMIT or last == REGION or last == LANE
                        or flags_at(run, base + at - 1) != IS_DIGIT):
                    break
                kind = NUMBER if last == ROAD else ROOM
                end = at
            elif kind == NUMBER and (run.ch[base + end] == 0x4E4B or run.ch[base + q - 1] == 0x7B2C
                                   or run.ch[base + q - 1] == 0x6708):   # 之, 第, 月
                break
            elif kind == BUILDING and at - q > 2:
                break
        elif kind == IS_HAN:
            value = run.value[base + q]
            end = q + run.length[base + q]
            if names >> q & 1:
                name = t.look.names + run.name[base + q]
                # A short name behind a part is a word like any other, or that of a street.
                if name.full or _is_word(run, base + q, name.length):
                    break
                if is_street_name(t, run, base + q + name.length):
                    act = act >> q + name.length << q + name.length
                    continue
                if q == pending and last == REGION and _may_go_on(t, name, s.divisions, s.division_count):
                    break
            kind = value & 0xFF
            if kind == NONE:
                act &= act - 1
                continue
            if kind == BEFORE or (kind == STOP and (q == pending or not _may_end(run, base + end))):
                act = act >> end << end
                continue
            if not ENDINGS >> kind & 1 or (kind == GROUP and last == REGION):
                break
            if q == pending:   # 中关村大街, 石家湾村: the longer name counts
                if last == REGION or (last >= NUMBER and last != ESTATE and last != ZONE):
                    break
                if last != ESTATE or kind != ZONE:
                    last = kind
                pending = end
                act = act >> end << end
                continue
            if not proper >> pending << pending << (64 - q):
                break
        else:
            break
        before |= <u32>1 << last
        last = kind
        size += 1
        pending = end
        act = act >> end << end
    # Behind what begins nothing it does not matter whether it is looked at again.
    if pending:
        st.at = st.pending = s.end = base + pending
        s.size = size
        s.last = last
        s.before = before
        s.local = 1


cdef inline int _is_reached(const Run* run, int first, int at) noexcept nogil:
    """Whether no word that begins between ``first`` and ``at`` goes beyond ``at``."""
    cdef int i
    for i in range(first, at):
        if i + run.length[i] > at:
            return 0
    return 1


cdef inline int are_idle(const Tables* t, Run* run, u64 names, const Prefix* prefix) noexcept nogil:
    """Whether the names behind the divisions that end at ``at``, a bit each, are words like others to ``stride``.

    Those of streets (南京路) are passed over, so their characters are given the shape of any other.
    """
    cdef int i, k, at = prefix.end
    cdef const Name* name
    while names:
        i = at + first_bit(names)
        name = t.look.names + run.name[i]
        if name.full or _is_word(run, i, name.length):
            return 0
        if is_street_name(t, run, i + name.length):
            if not _is_reached(run, at, i) or (i > at and has_bit(run.numeric, i - 1) and run.value[i] >> 8):
                return 0
            for k in range(i, i + name.length):
                if run.shape[k] & (SHAPE_NONE | SHAPE_DIGIT):
                    return 0
                run.shape[k] = SHAPE_THERE
            # A name that begins inside of it is passed over, too.
            names &= ~<u64>0 << (i - at + name.length)
            continue
        if i == at and _may_go_on(t, name, prefix.divisions, prefix.size):
            return 0
        names &= names - 1
    return 1


# What is known of a cell before it is parsed.
cdef enum:
    EMPTY    # it has no ending and no unit
    PARTED   # it has hard breaks
    SOLID    # one run

cdef struct Look:
    int what
    int count     # of divisions it begins with
    Shape shape   # of what stands behind them, if it may have one


cdef inline void look_at(const Tables* t, Run* run, int begin, int stop, const Shapes* known,
                         Look* look, Prefix* prefix) noexcept nogil:
    """Looks at the cell from ``begin`` to ``stop`` by itself, so that no cell has to wait for another. ``prefix``: the
    divisions it begins with, if they were looked for."""
    cdef int left = stop - begin
    cdef u64 inside
    look.shape.hash = 0
    prefix.count = 0
    if left >= SURE or left <= 0:
        look.what = EMPTY if not any_bit(run.hint, begin, stop) else PARTED if any_bit(run.hard, begin, stop) else SOLID
        return
    inside = ~<u64>0 >> (64 - left)
    look.what = SOLID
    if not bits_from(run.hint, begin) & inside:
        look.what = EMPTY
        return
    if bits_from(run.hard, begin) & inside:
        look.what = PARTED
        return
    if flags_at(run, begin) & IS_SOFT:
        return
    _find_prefix(t, run, begin, prefix)
    look.count = prefix.count
    left = stop - prefix.end
    if not prefix.count or left <= 0 or left > SHAPE_LIMIT:
        return
    if are_idle(t, run, bits_from(run.names, prefix.end) << (64 - left) >> (64 - left), prefix):
        shape_of(&t.signs, known, run, prefix.end, stop, &look.shape)
