"""What the kernels of digests share: the C they are made of, and texts that are gathered for it."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport realloc

cdef enum:
    WITH_AES = 4  # the fastest path

# Bytes gathered for one digest.
cdef struct Text:
    uint8_t* bytes
    int64_t size
    int64_t room

cdef extern from "digest.h" nogil:
    enum:
        SIDE_BY_SIDE
        SLACK
        AHEAD
    ctypedef struct Folding:
        pass
    ctypedef struct Sip:
        uint64_t v0
        uint64_t v1
        uint64_t v2
        uint64_t v3
    void folding(Folding* folding, const uint8_t* drop)
    int fastest(int limit)
    void sip_take(Sip* s, uint64_t m)
    void sip_round(Sip* s)
    int64_t fold_text(const uint8_t* data, int64_t size, int64_t at, int64_t end, uint8_t* out,
                      const Folding* folding, int path)
    int64_t normal_text(const uint8_t* data, int64_t size, int64_t at, int64_t stop, uint8_t* out,
                        const Folding* writing, int path)
    void foldings(Folding* writing, Folding* alike)
    int64_t close_text(uint8_t* text, int64_t size)
    void sip_many(const uint8_t** text, int64_t* words, int count, uint64_t k0, uint64_t k1, uint64_t* out, int path)
    void fetch(const uint8_t* at)

cdef extern from "digest_aes.h" nogil:
    ctypedef struct AesKeys:
        pass
    bint aes_here()
    void aes_keys(AesKeys* keys, uint64_t k0, uint64_t k1)
    void aes_spans(const uint8_t* data, int64_t room, const int32_t* cell_start, const int32_t* cell,
                   const int32_t* start, const int32_t* end, int64_t n, const Folding* folding, const AesKeys* keys,
                   uint8_t* scratch, uint64_t* out)


cdef inline int fastest_path(int path) noexcept nogil:
    """The fastest path that this machine has, at most ``path``."""
    return WITH_AES if path >= WITH_AES and aes_here() else fastest(path)


cdef inline bint reserve(Text* text, int64_t size) noexcept nogil:
    """Makes room for ``size`` bytes in all; False where there is no memory."""
    cdef uint8_t* bytes
    if size + SLACK <= text.room:
        return True
    bytes = <uint8_t*>realloc(text.bytes, 2 * size + SLACK)
    if bytes == NULL:
        return False
    text.bytes = bytes
    text.room = 2 * size + SLACK
    return True


cdef inline uint8_t* reserved(Text* text, int64_t size) noexcept nogil:
    """Room for ``size`` bytes more at the next whole word, NULL where there is no memory; the texts may move."""
    text.size = (text.size + 7) & ~<int64_t>7
    if not reserve(text, text.size + size):
        return NULL
    return text.bytes + text.size


cdef inline void digest_texts(Text* text, const int64_t* begin, int64_t* words, int count, uint64_t k0, uint64_t k1,
                              uint64_t* out, int path) noexcept nogil:
    """Digests of up to sixteen closed texts that begin at ``begin`` in ``text``."""
    cdef const uint8_t* texts[SIDE_BY_SIDE]
    cdef int j
    for j in range(count):
        texts[j] = text.bytes + begin[j]
    sip_many(texts, words, count, k0, k1, out, path)
