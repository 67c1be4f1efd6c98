#include <stdlib.h>

#include "guardian.h"

#ifdef __GLIBC__
#include <malloc.h>

void mcpstore_keep_memory_small(void) {
    static const char *const said[] = {
        "MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES",
    };
    // Whoever has said how it is to be wins.
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (getenv(said[i])) return;
    // A worker's work is done on one thread: what several arenas cost in fragments, they do not give back in speed.
    mallopt(M_ARENA_MAX, 1);
    // Setting it ends its growth: glibc would otherwise take ever larger buffers from the heap, which they break into pieces.
    mallopt(M_MMAP_THRESHOLD, 64 * 1024);
    mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}
#else
void mcpstore_keep_memory_small(void) {}
#endif
