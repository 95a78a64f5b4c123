/* openblas.c: see openblas.h. */
#include "openblas.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A function's address; C gives no cast from the object pointer that dlsym returns. */
static void find(void *library, const char *name, void *function, size_t size) {
    void *address = library ? dlsym(library, name) : NULL;
    memcpy(function, &address, size);
}

struct openblas openblas_load(int threads) {
    void (*set_threads)(int);
    char *(*config)(void);
    struct openblas blas = {.description = "not installed"};
    /* Its threads would spin for 20 milliseconds after every call, beside what is measured next. */
    setenv("OPENBLAS_THREAD_TIMEOUT", "10", false);
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    find(library, "openblas_set_num_threads", &set_threads, sizeof set_threads);
    find(library, "openblas_get_config", &config, sizeof config);
    find(library, "cblas_sgemm", &blas.sgemm, sizeof blas.sgemm);
    if (set_threads) set_threads(threads);
    if (config) blas.description = config();
    return blas;
}

void openblas_multiply(const struct openblas *blas, int rows, int n_in, int n_out, const float *x,
                       int ldx, const float *w, bool transposed, float *out) {
    enum { ROW_MAJOR = 101, AS_STORED = 111, TRANSPOSED = 112 };
    blas->sgemm(ROW_MAJOR, AS_STORED, transposed ? TRANSPOSED : AS_STORED, rows, n_out, n_in, 1.0f,
                x, ldx, w, transposed ? n_in : n_out, 0.0f, out, n_out);
}
