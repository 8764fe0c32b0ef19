"""When a kernel gives up the lock of the interpreter: not for what is done before another thread has woken up."""

cdef enum:
    FEW = 2048  # numbers that a plain loop gets through in a microsecond or two
    FEW_TEXTS = 32  # short texts, as long
    FEW_BYTES = 256  # of texts that are matched
