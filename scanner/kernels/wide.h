/* Vectors of 64 bytes, where the processor has them: chosen at run time, so that one build serves all. */
#ifndef LEAKTALLY_WIDE_H
#define LEAKTALLY_WIDE_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAS_WIDE 1
#define VECTOR __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,bmi,bmi2,popcnt")))
#endif

/* Bytes that are read in order are fetched so far ahead: processors look ahead themselves, but no further than a page. */
#define STREAM_AHEAD 2048
static inline void fetch_stream(const uint8_t *at) {
#ifdef HAS_WIDE
    __builtin_prefetch((const void *)((uintptr_t)at + STREAM_AHEAD)); /* what lies behind the end is not touched */
#else
    (void)at;
#endif
}

/* Whether the wide path may be taken; ``path`` 1 asks for the plain one (tests). */
static inline int is_wide(int path) {
#ifdef HAS_WIDE
    return path == 0 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("bmi2");
#else
    (void)path;
    return 0;
#endif
}

#endif
