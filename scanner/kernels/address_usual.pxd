"""The usual parts of an address, taken the short way: divisions in front, then names with endings, digits with units.

Nothing here finds what the grammar of address_parse would not find with the same characters: whatever is not as usual
is left to it.
"""

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


cdef inline int _inside(const Tables* t, const Name* name, int above) noexcept nogil:
    """The only division of a full name that lies in ``above`` (-1: anywhere), or -1."""
    cdef int k, division, found = -1
    if name.division >= 0:
        if name.full and (above < 0 or name.above[0] == above or name.above[1] == above):
            return name.division
        return -1
    if above < 0:
        return -1
    k = name.group
    while t.group[k] >= 0:
        division = t.group[k] >> 1
        if t.divisions[division].above[0] == above or t.divisions[division].above[1] == above:
            if found >= 0 or not t.group[k] & 1:
                return -1
            found = division
        k += 1
    return found


cdef inline void take_prefix(const Tables* t, const Run* run, State* st) noexcept nogil:
    """Takes the divisions a run begins with as long as they are beyond doubt: full names, each inside the one before.

    Does what ``_take_division`` would do, which looks at what is left.
    """
    cdef Span* s = &st.span
    cdef const Name* name
    cdef int at = st.label, count = 0, inside = -1, division = 0
    cdef u64 names = bits_from(run.names, at) & ~bits_from(run.words, at)
    while names & 1:
        if flags_at(run, at) & IS_NUMERAL and (
            flags_at(run, at + 1) & IS_NUMERAL or word_at(run, at + 1, &division) >> 8
        ):
            break   # 三门峡: a number with its unit
        name = t.names + run.name[at]
        division = _inside(t, name, inside)
        if division < 0:
            break
        inside = division
        count += 1
        at += name.length
        names >>= name.length
    if not count:
        return
    s.open = 1
    s.start = st.label
    s.end = st.at = st.pending = at
    s.size = s.region = count
    s.last = REGION
    s.before = 1 << REGION if count > 1 else 0
    s.full = 1
    s.divisions[0] = inside
    s.division_count = 1


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
                name = t.names + run.name[base + q]
                # A short name behind a part is a word like any other, or that of a street.
                if name.full or (q == pending and last == REGION) or (
                    value and end > q + name.length and value & 0xFF != DISTRICT
                ):
                    break
                if is_street_name(t, run, base + q + name.length):
                    act = act >> q + name.length << q + name.length
                    continue
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


cdef inline int _is_idle(const Run* run, int at) noexcept nogil:
    """Whether a character is passed over like any of a name."""
    return run.length[at] == 1 and ((run.value[at] & 0xFF) == NONE or (run.value[at] & 0xFF) == BEFORE)


cdef inline int has_shape(const Tables* t, const Run* run, const State* st) noexcept nogil:
    """Whether the text behind the divisions can be known by its shape: it ends its cell, and the names in it, if any,
    are words like others to ``stride``."""
    cdef u64 names
    cdef int left = <int>run.stop - st.at, at
    cdef const Name* name
    if not st.span.open or left <= 0 or left >= SURE or st.label != run.begin or not (run.cell_start and run.cell_end):
        return 0
    names = bits_from(run.names, st.at) << (64 - left) >> (64 - left)
    while names:
        at = st.at + first_bit(names)
        names &= names - 1
        name = t.names + run.name[at]
        if (name.full or at == st.at or (run.length[at] > name.length and run.value[at] & 0xFF != DISTRICT)
                or (not (name.length == 2 and _is_idle(run, at) and _is_idle(run, at + 1))
                    and is_street_name(t, run, at + name.length))):
            return 0
    return 1
