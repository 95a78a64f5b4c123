/* threads.c: how many threads the calls use. Declared in patchgpt.h. */
#include "patchgpt.h"

#include <sched.h>

/* Of the calling thread's calls; 0: one per core. */
static _Thread_local int chosen;

/* The cores that this program may run on. */
static int count_cores(void) {
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
    return CPU_COUNT(&cores);
}

void pg_set_threads(int threads) {
    chosen = threads > 0 ? threads : 0;
}

int pg_threads(void) {
    return chosen ? chosen : count_cores();
}
