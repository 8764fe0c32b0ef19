"""The grammar: how words, numbers and division names become the parts of an address."""

from scanner.kernels.address_score cimport Found, close_span
from scanner.kernels.address_text cimport *
from scanner.kernels.address_usual cimport State, is_street_name, may_stride, stride, take_prefix

cdef inline void _finish(const Tables* t, const Run* run, State* st, int tail, Found* f) noexcept nogil:
    if st.span.open:
        close_span(t, run, &st.span, st.cell, st.label, tail, st.organisation, f)
    st.organisation = 0


cdef inline void _take(State* st, int kind, int start, int end) noexcept nogil:
    """Adds a part and goes on behind it."""
    add_part(&st.span, kind, start, end)
    st.at = end
    st.pending = end


cdef inline int _unit(const Tables* t, const Run* run, int start, int end, int* stop) noexcept nogil:
    """The kind that the word behind a number gives it, and where that word ends; NONE without one."""
    cdef int value = word_at(run, end, stop)
    cdef int c
    if not value and end + 1 < run.stop and run.ch[end] == 0x20:
        value = word_at(run, end + 1, stop)
        if value >> 8 == 0:
            value = 0
    if value >> 8:
        return value >> 8
    c = run.ch[end - 1]
    if 2 <= end - start <= FLOOR_LIMIT and (c == 0x46 or c == 0x66) and flags_at(run, end - 2) & IS_DIGIT:
        stop[0] = end   # 7F, B1F; not the last of many hexadecimal digits
        return FLOOR
    return NONE


cdef inline int _fits(const Tables* t, const Run* run, const State* st, int kind, int start, int end) noexcept nogil:
    """Whether a number with the unit of this kind can be part of an address here."""
    cdef const Span* s = &st.span
    if kind == NUMBER:
        if start > run.begin and (run.ch[start - 1] == 0x7B2C or run.ch[start - 1] == 0x6708):
            return 0   # 第3号, 5月6号
        return s.open
    if kind == BUILDING and end - start > 2 and end < run.stop and run.ch[end] == 0x5EA7:
        return 0   # 公园120座 are counted, not numbered
    if kind == LANE and not flags_at(run, start) & IS_NUMERAL and not (s.open and s.local):
        return 0   # 2路公交车
    if kind == ZONE or kind == TOWN or kind == VILLAGE or kind == LANE:
        return s.open
    return 1


cdef inline int _take_number(const Tables* t, const Run* run, State* st) noexcept nogil:
    """Handles the number at ``st.at``; 0 if it is a numeral that may belong to a word (一路, 三里屯)."""
    cdef Span* s = &st.span
    cdef int i = st.at, j, k, end = 0, kind, start
    cdef int numeral = flags_at(run, i) & IS_NUMERAL
    if numeral:
        j = i + 1
        while j < run.stop and j - i < NUMERAL_LIMIT and flags_at(run, j) & IS_NUMERAL:
            j += 1
    else:
        j = number_end(run, i)
    kind = _unit(t, run, i, j, &end)
    if kind:
        if not _fits(t, run, st, kind, i, j):
            st.at = i + 1 if numeral else end
            return 1
        start = i
        if not s.open:
            if i - st.pending <= NAME_LIMIT:
                start = st.pending
        elif (kind == LANE or kind == ZONE) and i - st.pending <= 4:
            start = st.pending
        if kind == NUMBER and end < run.stop and run.ch[end] == 0x4E4B:   # 十二号之三
            k = end + 1
            while k < run.stop and flags_at(run, k) & (IS_DIGIT | IS_NUMERAL):
                k += 1
            if k > end + 1:
                end = k
        _take(st, kind, start, end)
        return 1
    if numeral:
        return 0
    # A bare number right behind a part: a room (大厦1704) or a house number (路88); 3栋1704谢谢, but not 路88对新人.
    if s.open and s.local and i - s.end <= 1 and j - i <= BARE_LIMIT and (
        j == run.stop
        or not flags_at(run, j) & (IS_HAN | IS_NUMERAL)
        or ((s.last == BUILDING or s.last == UNIT) and word_at(run, j, &end) & 0xFF == BREAK)
    ):
        k = s.last
        if k == ROAD:
            if flags_at(run, i) & IS_DIGIT:
                add_part(s, NUMBER, i, j)
        elif k != LANE and (flags_at(run, i) & IS_DIGIT or flags_at(run, j - 1) & IS_DIGIT):
            add_part(s, ROOM, i, j)
        st.pending = j
    st.at = j
    return 1


cdef inline void _place(State* st, const int* picked, int count, int full, int start, int end) noexcept nogil:
    """Adds a division, and remembers which ones the name may mean."""
    cdef int k
    _take(st, REGION, start, end)
    st.span.region += 1
    st.span.full |= full
    for k in range(count):
        st.span.divisions[k] = picked[k]
    st.span.division_count = count


cdef inline int _take_division(const Tables* t, const Run* run, State* st, int value, int value_end,
                        Found* f) noexcept nogil:
    """Handles a division name at ``st.at``, unless a longer word of the lexicon begins there; 0 if not taken."""
    cdef Span* s = &st.span
    cdef int i = st.at, end, k, count = 0, total = 0, full, any_full = 0, level = 9, division
    cdef int inside[CANDIDATES]
    cdef int every[CANDIDATES]
    cdef const Name* name = name_at(t, run, i)
    if not name or (value and value_end > i + name.length and value & 0xFF != DISTRICT):
        return 0
    end = i + name.length
    full = name.full
    if name.division >= 0:
        inside[0] = every[0] = name.division
        total = 1
        any_full = full
        level = name.level
        count = s.open and nested(s, name.above)
    else:
        k = name.group
        while t.group[k] >= 0:
            division = t.group[k] >> 1
            any_full |= t.group[k] & 1
            level = min(level, t.divisions[division].level)
            if total < CANDIDATES:
                every[total] = division
                total += 1
            if s.open and count < CANDIDATES and nested(s, t.divisions[division].above):
                inside[count] = division
                count += 1
                full = t.group[k] & 1
            k += 1
    if not full and is_street_name(t, run, end):
        st.at = end
        return 1
    if count and ((not s.local and (i == s.end or full or s.parted)) or (s.local and full and i == s.end)):
        _place(st, inside, count, full, i, end)
        return 1
    # Not below the division before: the same again, another address, or part of a name.
    if s.open and s.division_count and not s.local and i == s.end:
        for k in range(total):
            if every[k] == s.divisions[0]:   # 上海上海市
                s.full |= any_full
                s.end = end
                s.parts[s.size - 1].end = end
                st.at = end
                st.pending = end
                return 1
    if level == 3 and not (any_full and (end - i > 2 or i == st.label)):
        return 0   # 和平, 郊区: too common a word to begin an address
    if s.open and not s.parted and (s.local or not any_full):
        return 0
    _finish(t, run, st, st.pending if st.pending > s.end else s.end, f)
    _place(st, every, total, any_full, i, end)
    return 1


cdef inline int _ends_name(const Tables* t, const Run* run, const State* st, int end) noexcept nogil:
    """The kind a stop word that ends here is an ending of after all, or NONE.

    交通路1957号, 林东镇三山村: a name stands before, and a number or nothing behind.
    """
    cdef int stop = 0, kind = word_at(run, end - 1, &stop) & 0xFF
    if st.pending == st.at or stop != end or kind == NONE or kind > ROAD:
        return NONE
    if end < run.stop and flags_at(run, end) & IS_DIGIT:
        return kind
    if st.span.open and st.span.local and (end == run.stop or flags_at(run, end) & (IS_SOFT | IS_OPEN)):
        return kind
    return NONE


cdef inline int _take_other(const Tables* t, const Run* run, State* st, int kind, int end, Found* f) noexcept nogil:
    """Handles a word that is no ending; 0 if it is one."""
    cdef Span* s = &st.span
    cdef int stop = 0
    if kind == NONE:
        st.at += 1
    elif kind == BEFORE or kind == STOP:
        st.at = end
    elif kind == BREAK and end - st.at >= 2 and word_at(run, end, &stop) & 0xFF == ROAD:
        st.at = end   # 新建路
    elif kind == BREAK or kind == BESIDE or (kind == LEAD and s.open and (
            run.ch[st.at] == 0x5728 or run.ch[st.at] == 0x4E8E)):   # 在, 于
        _finish(t, run, st, s.end, f)
        st.at = end
        st.pending = end
    elif kind == LEAD:
        st.at = end
        if not s.open:
            st.pending = end
    elif kind == ORGANISATION:
        st.at = end
        st.organisation = s.open
    elif kind == DISTRICT:
        if (s.open and not s.local) or (not s.open and st.at - st.pending <= 4):
            _take(st, REGION, st.pending if st.at - st.pending <= 8 else st.at, end)
        st.at = end
    else:
        return 0
    return 1


cdef inline void _take_ending(const Tables* t, const Run* run, State* st, int kind, int at, int end,
                       Found* f) noexcept nogil:
    """Handles an ending at ``at``; its name is the text since the last part or break."""
    cdef Span* s = &st.span
    cdef int k, last, han = 0, length = at - st.pending
    st.at = end
    if length == 0:
        if s.open and s.end == at:
            last = s.last
            if (last != REGION and last < NUMBER) or last == ESTATE or last == ZONE:
                # 中关村 + 大街: the longer name counts.
                if not (last == ESTATE and kind == ZONE):
                    s.last = s.parts[s.size - 1].kind = kind
                s.parts[s.size - 1].end = end
                s.end = end
                st.pending = end
            elif kind == ESTATE and end - at >= 3 and s.local:
                _take(st, kind, at, end)   # 12号 + 信息大厦: the ending is a name by itself
        return
    if length > 8 and not s.open:
        st.pending = at - 4
    if length > NAME_LIMIT and s.open:
        st.pending = at - NAME_LIMIT
    for k in range(st.pending, at):
        if flags_at(run, k) & IS_HAN and not flags_at(run, k) & IS_NUMERAL:
            han = 1
            break
    if not han and (not s.open or length < 2):
        return
    if (kind == GROUP and not (s.open and s.local)) or (kind == HAMLET and not s.open):
        return
    if (kind == ROAD or kind == TOWN) and s.open and s.parted and s.local and has_part(s, NUMBER):
        _finish(t, run, st, s.end, f)   # 建国路88号，中山路12号
    st.organisation = 0
    _take(st, kind, st.pending, end)


cdef inline void _take_mark(const Tables* t, const Run* run, State* st, int flag, Found* f) noexcept nogil:
    """Handles a separator, colon, parenthesis or other sign at ``st.at``."""
    cdef Span* s = &st.span
    cdef int i = st.at, j, c = run.ch[i]
    if c == 0x3A or c == 0xFF1A:   # a colon ends a label: 地址：
        _finish(t, run, st, s.end, f)
        if i - st.label <= 8:
            st.label = i + 1
            while st.label < run.stop and flags_at(run, st.label) & IS_SOFT:
                st.label += 1
    elif flag & IS_SOFT:
        if c == 0xFF0C or c == 0x2C or c == 0x3001 or c == 0x2F or c == 0x7C:   # ， , 、 / |
            s.parted = 1
    elif flag & IS_OPEN:
        j = skip_paren(t, run, i)
        if s.open and j > i:
            st.at = j
            st.pending = j
            return
    elif c == 0x23 or c == 0xFF03:   # # is a unit: 12#
        st.at = i + 1
        return
    elif not flag & IS_CLOSE and c != 0x2D:
        s.parted = 1
    st.at = i + 1
    st.pending = i + 1


cdef inline int _ends_early(const Tables* t, const Run* run, const Span* s, int at) noexcept nogil:
    """Whether from ``at`` on something that may begin a word or name lies too far behind the open span."""
    cdef int i
    for i in range(max(at, s.end + GAP_LIMIT + 1), run.stop):
        if all_flags_at(t, run, i) & ~IS_ASKED != PLAIN:
            return 1
    return 0


cdef inline void parse(const Tables* t, const Run* run, int cell, Shapes* known, const Shape* shape,
                       Found* f) noexcept nogil:
    """Collects the addresses of one run. ``shape``: that of the text behind its divisions, NULL if it has none; is
    added to ``known`` if it is the shape of an address that fills its cell."""
    cdef State st
    cdef int value, kind, flag, last, end = 0
    st.span.open = 0
    st.span.keep = f.keep_parts
    st.span.local = 0
    st.span.parted = 0
    st.span.size = 0
    st.span.end = 0
    st.span.division_count = 0
    st.at = run.begin
    st.pending = run.begin
    st.label = run.begin
    st.organisation = 0
    st.cell = cell
    while st.label < run.stop and flags_at(run, st.label) & IS_SOFT:
        st.label += 1
    if t.strides and not st.span.keep:
        take_prefix(t, run, &st)
        if shape and may_stride(run, &st):
            stride(t, run, &st)
            if st.span.end == run.stop:
                keep_shape(known, shape, st.span.before | <u32>1 << st.span.last)
    while True:
        if st.span.open and t.strides and may_stride(run, &st):
            stride(t, run, &st)
        last = st.at
        st.at = next_act(run, last)
        if st.at >= run.stop:
            break
        if st.span.open and st.at - st.span.end > GAP_LIMIT:
            _finish(t, run, &st, st.span.end, f)
        flag = flags_at(run, st.at)
        if not flag & (IS_HAN | IS_DIGIT | IS_LETTER | IS_NUMERAL):
            _take_mark(t, run, &st, flag, f)
            continue
        if flag & (IS_DIGIT | IS_LETTER | IS_NUMERAL) and _take_number(t, run, &st):
            continue
        value = word_at(run, st.at, &end)
        if has_bit(run.names, st.at) and _take_division(t, run, &st, value, end, f):
            continue
        if not value:
            st.at += 1
            continue
        kind = value & 0xFF
        if kind == STOP:
            kind = _ends_name(t, run, &st, end)
            if kind:
                _take_ending(t, run, &st, kind, end - 1, end, f)
            else:
                st.at = end
            continue
        if not _take_other(t, run, &st, kind, end, f):
            _take_ending(t, run, &st, kind, st.at, end, f)
    if st.span.open:
        _finish(t, run, &st, st.span.end if _ends_early(t, run, &st.span, last) else run.stop, f)


cdef inline int _only_blank(const Run* run, int at, int stop) noexcept nogil:
    """Blank lines behind a run do not keep it from filling its cell."""
    while at < stop:
        if run.ch[at] > 0x20:
            return 0
        at += 1
    return 1


cdef inline void parse_runs(const Tables* t, Run* run, int cell, Shapes* known, Found* f) noexcept nogil:
    """Parses the runs of a cell with hard breaks, from ``run.begin`` to ``run.stop``."""
    cdef int at, begin = <int>run.begin, stop = <int>run.stop, first = 1
    for at in range(begin, stop + 1):
        if at < stop and not flags_at(run, at) & IS_HARD:
            continue
        if at > run.begin:
            run.stop = at
            run.cell_start = first
            run.cell_end = at == stop or _only_blank(run, at, stop)
            parse(t, run, cell, known, NULL, f)
            first = 0
        if at < stop and run.ch[at] != 0x0A and run.ch[at] != 0x0D:
            first = 0
        run.begin = at + 1
