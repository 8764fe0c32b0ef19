"""The traditional cipher of zip archives (APPNOTE 6.1): three keys that every byte moves on."""

from libc.stdint cimport uint8_t, uint32_t

cdef uint32_t[256] CRC  # of one byte, polynomial 0xEDB88320


cdef void fill_table() noexcept:
    cdef uint32_t value
    cdef int byte, bit
    for byte in range(256):
        value = byte
        for bit in range(8):
            value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
        CRC[byte] = value


fill_table()


cdef inline void move(uint32_t* keys, uint8_t byte) noexcept nogil:
    keys[0] = (keys[0] >> 8) ^ CRC[(keys[0] ^ byte) & 255]
    keys[1] = (keys[1] + (keys[0] & 255)) * <uint32_t>134775813 + 1
    keys[2] = (keys[2] >> 8) ^ CRC[(keys[2] ^ (keys[1] >> 24)) & 255]


cdef class ZipCipher:
    """Deciphers the bytes of one entry in order."""

    cdef uint32_t[3] keys

    def __init__(self, bytes password):
        cdef const uint8_t[::1] raw = password
        cdef Py_ssize_t i
        self.keys[0], self.keys[1], self.keys[2] = 0x12345678, 0x23456789, 0x34567890
        for i in range(raw.shape[0]):
            move(self.keys, raw[i])

    def decrypt(self, bytes data):
        """The next bytes in plain."""
        plain = bytearray(len(data))
        if not data:
            return b""
        cdef const uint8_t[::1] taken = data
        cdef uint8_t[::1] given = plain
        cdef Py_ssize_t i
        cdef uint32_t mask
        with nogil:
            for i in range(taken.shape[0]):
                mask = (self.keys[2] | 2) & 0xFFFF
                given[i] = taken[i] ^ <uint8_t>((mask * (mask ^ 1)) >> 8)
                move(self.keys, given[i])
        return bytes(plain)
