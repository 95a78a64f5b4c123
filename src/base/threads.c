/* threads.c: how many threads the calls use. Declared in patchgpt.h. */
#include "patchgpt.h"

#include <omp.h>

void pg_set_threads(int threads) {
    omp_set_num_threads(threads > 0 ? threads : omp_get_num_procs());
}

int pg_threads(void) {
    return omp_get_max_threads();
}
