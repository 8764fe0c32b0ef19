"""The digests of cells, summed up row by row (digest_cells.h)."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from scanner.kernels.digest_texts cimport (
    SIDE_BY_SIDE, SLACK, WITH_AES, AesKeys, Folding, Text, aes_keys, close_text, digest_texts, fastest_path, fold_text,
    foldings, normal_text, reserved,
)

cdef enum:
    ALIKE = 3  # keeps digests of letters and digits apart from others

cdef extern from "digest_cells.h" nogil:
    ctypedef struct View:
        const uint8_t* data
        int64_t size
        const int32_t* start
        const int32_t* end
        const int32_t* codes
        int64_t cells
    ctypedef struct Known:
        const int32_t* codes
        const uint64_t* sums
        int64_t cells
    ctypedef struct PlaceKeys:
        uint64_t like[8]
        uint64_t exact[8]
    ctypedef struct Sums:
        uint64_t like[2]
        uint64_t exact[2]
    ctypedef struct Apart:
        int32_t row
        int32_t column
    void place_keys(PlaceKeys* keys, int64_t place, uint64_t k0, uint64_t k1)
    int all_below_wide(const int32_t* codes, int64_t n, int64_t cells)
    int64_t cell_of(const View* view, int64_t row)
    void add_known(const Known* knowns, int count, int64_t row, Sums* sums)
    int64_t aes_rows(const View* views, int width, const Known* knowns, int known, int line, int64_t rows,
                     const int32_t* which, int count, const PlaceKeys* places, const AesKeys* like, const AesKeys* exact,
                     const Folding* loose, Sums* sums, Apart* apart)
    void aes_add(const uint8_t* text, int64_t size, const uint64_t* lanes, const AesKeys* keys, uint64_t* sum)
    void aes_spread(Sums* sums, int count, const AesKeys* like, const AesKeys* exact)

# What the cells of some columns are digested with: those that are looked at, with the keys of their places, and those
# that are known. ``line``: those of each row lie in one buffer. ``rooms``: for texts in their normal form, and for letters
# and digits.
cdef struct Digesting:
    View* views
    PlaceKeys* places
    Known* knowns
    int width
    int known
    bint line
    int64_t rows
    int path
    Folding writing
    Folding loose
    AesKeys like
    AesKeys exact
    Text rooms[2]
    Apart* apart


cdef inline bint opened(Digesting* work, int width, uint64_t k0, uint64_t k1, int path) except False:
    """Makes ready what is all zeros for up to so many columns; MemoryError."""
    work.line = True
    work.path = fastest_path(path)
    foldings(&work.writing, &work.loose)
    aes_keys(&work.like, k0 ^ ALIKE, k1)
    aes_keys(&work.exact, k0, k1)
    work.views = <View*>calloc(width + 1, sizeof(View))
    work.places = <PlaceKeys*>calloc(width + 1, sizeof(PlaceKeys))
    work.knowns = <Known*>calloc(width + 1, sizeof(Known))
    work.apart = <Apart*>calloc(width + 1, SIDE_BY_SIDE * sizeof(Apart))
    if work.views == NULL or work.places == NULL or work.knowns == NULL or work.apart == NULL:
        raise MemoryError
    return True


cdef inline void closed(Digesting* work) noexcept:
    free(work.views)
    free(work.places)
    free(work.knowns)
    free(work.apart)
    free(work.rooms[0].bytes)
    free(work.rooms[1].bytes)


cdef inline void see(Digesting* work, int64_t place, const uint8_t[::1] data, const int32_t[::1] start,
              const int32_t[::1] end, const int32_t* codes, uint64_t k0, uint64_t k1) except *:
    """Adds a column that is looked at; ValueError where its cells are not as many as they say."""
    cdef View* view = &work.views[work.width]
    if start.shape[0] != end.shape[0]:
        raise ValueError("starts and ends do not fit")
    view.size = data.shape[0]
    view.data = <const uint8_t*>b""
    if data.shape[0]:
        view.data = &data[0]
    view.codes = codes
    view.cells = start.shape[0]
    if start.shape[0]:
        view.start = &start[0]
        view.end = &end[0]
    place_keys(&work.places[work.width], place, k0, k1)
    work.line = work.line and codes == NULL and view.data == work.views[0].data
    work.width += 1


cdef inline bint put_texts(Digesting* work, int column, int64_t cell, int64_t* longest, int64_t* begin, int64_t* size) noexcept nogil:
    """Puts a cell in its normal form, and the letters and digits of that, behind what the rooms hold; False without memory."""
    cdef View* view = &work.views[column]
    cdef int64_t at = view.start[cell] if cell >= 0 else 0, stop = view.end[cell] if cell >= 0 else 0
    cdef uint8_t* texts[2]
    cdef int k
    if stop - at > longest[0]:
        longest[0] = stop - at
    for k in range(2):
        texts[k] = reserved(&work.rooms[k], stop - at + SLACK + longest[0])
        if texts[k] == NULL:
            return False
        begin[k] = work.rooms[k].size
    size[0] = normal_text(view.data, view.size, at, stop, texts[0], &work.writing, work.path)
    size[1] = fold_text(texts[0], size[0] + SLACK, 0, size[0], texts[1], &work.loose, work.path)
    return True


cdef inline bint sip_rows(Digesting* work, const int32_t* which, int count, Sums* sums) noexcept nogil:
    """The sums of up to sixteen rows; False without memory."""
    cdef int64_t begin[2][SIDE_BY_SIDE]
    cdef int64_t words[2][SIDE_BY_SIDE]
    cdef uint64_t out[2 * SIDE_BY_SIDE]
    cdef int64_t longest
    cdef int64_t first[2]
    cdef int64_t size[2]
    cdef PlaceKeys* place
    cdef int i, j, k
    memset(sums, 0, count * sizeof(Sums))
    for j in range(work.width):
        work.rooms[0].size = work.rooms[1].size = longest = 0
        for i in range(count):
            if not put_texts(work, j, cell_of(&work.views[j], which[i]), &longest, first, size):
                return False
            for k in range(2):
                begin[k][i] = first[k]
                words[k][i] = close_text(work.rooms[k].bytes + first[k], size[k])
                work.rooms[k].size += 8 * words[k][i]
        place = &work.places[j]
        digest_texts(&work.rooms[0], begin[0], words[0], count, place.exact[0], place.exact[1], out, work.path)
        for i in range(count):
            sums[i].exact[0] ^= out[2 * i]
            sums[i].exact[1] ^= out[2 * i + 1]
        digest_texts(&work.rooms[1], begin[1], words[1], count, place.like[0], place.like[1], out, work.path)
        for i in range(count):
            sums[i].like[0] ^= out[2 * i]
            sums[i].like[1] ^= out[2 * i + 1]
    for i in range(count):
        add_known(work.knowns, work.known, which[i], &sums[i])
    return True


cdef inline bint sum_rows(Digesting* work, const int32_t* which, int count, Sums* sums) noexcept nogil:
    """The sums of up to sixteen rows over their cells; False without memory."""
    cdef int64_t i, left, longest
    cdef int64_t begin[2]
    cdef int64_t size[2]
    cdef int row, column
    if work.path != WITH_AES:
        return sip_rows(work, which, count, sums)
    left = aes_rows(work.views, work.width, work.knowns, work.known, work.line, work.rows, which, count,
                    work.places, &work.like, &work.exact, &work.loose, sums, work.apart)
    for i in range(left):
        row, column = work.apart[i].row, work.apart[i].column
        work.rooms[0].size = work.rooms[1].size = longest = 0
        if not put_texts(work, column, cell_of(&work.views[column], which[row]), &longest, begin, size):
            return False
        aes_add(work.rooms[0].bytes + begin[0], size[0], work.places[column].exact, &work.exact, sums[row].exact)
        aes_add(work.rooms[1].bytes + begin[1], size[1], work.places[column].like, &work.like, sums[row].like)
    return True
