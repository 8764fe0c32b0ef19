"""Checks of bank cards (银行卡号) among the runs that digits.runs() found; the loop is in cards.h."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

import numpy as np

from scanner.kernels.number_checks import hundreds
from scanner.kernels.number_grammar cimport K_CARD

cdef extern from "solid.h" nogil:
    enum:
        CHECKED
        LUHN_HOLDS

cdef extern from "cards.h" nogil:
    enum:
        EIGHT
        IS_FORMAT
        IS_CHECKSUM
        IS_BIN
        IS_PLACEHOLDER
        RUN_CARD
        CARD_SUMS
        CARD_LUHN
        ON_A_PAGE
        STILL_LONGER
        SCHEMES
        PAGE

    ctypedef struct Bins:
        const uint16_t* hundred
        const uint32_t* leading
        const uint8_t* pages
        const uint64_t* longest
        int64_t longest_count

    ctypedef struct Cards:
        int32_t* which
        uint32_t* checks
        uint64_t* key
        int32_t* scheme
        int64_t count
        int64_t schemes

    void tabulate()
    int luhn(uint64_t value)
    int64_t count_flagged(const uint16_t* flags, int64_t count, uint32_t flag)
    void check_cards(
        const uint64_t* value, const uint8_t* length, const uint16_t* flags, int64_t count, const Bins* bins,
        Cards* out, int path,
    )

# A mark in the tables; ``Issuers`` says what for.
LONGER_MARK = STILL_LONGER
SCHEME_SHIFT, PAGE_SHIFT, PAGE_SIZE = SCHEMES, PAGE, ON_A_PAGE
# What cards.h says of runs must be what the kernel that finds them says.
RUN_FLAGS = {"CARD": (RUN_CARD, K_CARD), "CHECKED": (CARD_SUMS, CHECKED), "LUHN": (CARD_LUHN, LUHN_HOLDS)}

tabulate()


cdef class Issuers:
    """Tables of BINs; ValueError where they do not fit each other.

    ``leading`` uint32[1000000]: for each six leading digits bit n for cards of 13 + n digits, bit n + SCHEME_SHIFT
    where such cards lie in the range of another scheme, and from PAGE_SHIFT on the page that tells more. ``pages`` uint8[p, PAGE_SIZE]: by three digits more, bits as before,
    LONGER_MARK where still longer BINs begin so; page 0 is empty. ``longest`` uint64: these, sorted, each as
    (card length * 100 + BIN length) * 10**12 + BIN.
    """

    cdef const uint16_t[::1] hundred
    cdef const uint32_t[::1] leading
    cdef const uint8_t[::1] pages
    cdef const uint64_t[::1] longest
    cdef Bins bins

    def __init__(self, leading, pages, longest):
        if len(leading) != 1000000 or pages.ndim != 2 or pages.shape[1] != ON_A_PAGE:
            raise ValueError("leading needs 1000000 items and each page 1000")
        if not len(pages) or int(np.max(leading)) >> PAGE >= len(pages) or pages[0].any():
            raise ValueError("there must be as many pages as are named, the first of them empty")
        self.hundred, self.leading = hundreds(np.ascontiguousarray(leading, np.uint32))
        self.pages, self.longest = pages.ravel(), longest
        self.bins.hundred, self.bins.leading, self.bins.pages = &self.hundred[0], &self.leading[0], &self.pages[0]
        self.bins.longest_count = self.longest.shape[0]
        self.bins.longest = &self.longest[0] if self.longest.shape[0] else NULL


def bank_cards(
    const uint64_t[::1] value, const uint8_t[::1] length, const uint16_t[::1] flags, Issuers issuers not None,
    int path=0,
):
    """13 to 19 digits; CHECKSUM is Luhn, BIN a known prefix with that length.

    Returns which int32[n], checks uint32[n], key uint64[n] and scheme int32[m]: places of those of no known issuer
    that lie in another scheme's range. ``path`` 1: without vector instructions, for tests. ValueError where lengths differ.
    """
    cdef Py_ssize_t count = value.shape[0], most = 0
    cdef Cards out
    if length.shape[0] != count or flags.shape[0] != count:
        raise ValueError("the arrays of runs differ in length")
    if count:
        most = count_flagged(&flags[0], count, K_CARD)
    which_array, scheme_array = np.empty(most + EIGHT, np.int32), np.empty(most + EIGHT, np.int32)
    checks_array, key_array = np.empty(most + EIGHT, np.uint32), np.empty(most + EIGHT, np.uint64)
    cdef int32_t[::1] which = which_array, scheme = scheme_array
    cdef uint32_t[::1] checks = checks_array
    cdef uint64_t[::1] key = key_array
    out.which, out.scheme, out.checks, out.key = &which[0], &scheme[0], &checks[0], &key[0]
    out.count = out.schemes = 0
    if count:
        with nogil:
            check_cards(&value[0], &length[0], &flags[0], count, &issuers.bins, &out, path)
    return which_array[:out.count], checks_array[:out.count], key_array[:out.count], scheme_array[:out.schemes]


def scheme_cards(const int32_t[::1] which, const uint32_t[::1] checks, const int32_t[::1] scheme):
    """Of what ``bank_cards`` returned those of another scheme: their runs (int32) and checks (uint32).

    Checks: FORMAT, BIN, CHECKSUM, and PLACEHOLDER where ``checks`` has been given it.
    """
    cdef Py_ssize_t i, count = scheme.shape[0], known = which.shape[0]
    cdef bint sound = checks.shape[0] == known
    found_array, bits_array = np.empty(count, np.int32), np.empty(count, np.uint32)
    cdef int32_t[::1] found = found_array
    cdef uint32_t[::1] bits = bits_array
    with nogil:
        for i in range(count):
            if not sound or scheme[i] < 0 or scheme[i] >= known:
                sound = False
                break
            found[i] = which[scheme[i]]
            bits[i] = (checks[scheme[i]] & (IS_FORMAT | IS_CHECKSUM | IS_PLACEHOLDER)) | IS_BIN
    if not sound:
        raise ValueError("a card of a scheme is none of the cards")
    return found_array, bits_array


def luhns(const uint64_t[::1] value):
    """bool[n]: for each number whether its digits satisfy ISO/IEC 7812-1 Annex B."""
    cdef Py_ssize_t i
    passed_array = np.empty(value.shape[0], np.bool_)
    cdef uint8_t[::1] passed = passed_array.view(np.uint8)
    with nogil:
        for i in range(value.shape[0]):
            passed[i] = luhn(value[i])
    return passed_array
