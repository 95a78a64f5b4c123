/* isa.c: chooses among the compiled kernels those that this processor runs. See kernels.h. */
#include "tensor/kernels.h"

#include "base/error.h"
#include "base/nearest.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ISA_avx512
extern const struct kernels kernels_avx512;
#endif
#ifdef HAVE_ISA_avx2
extern const struct kernels kernels_avx2;
#endif
#ifdef HAVE_ISA_neon
extern const struct kernels kernels_neon;
#endif
extern const struct kernels kernels_portable;

/* Fastest first. */
static const struct kernels *const compiled[] = {
#ifdef HAVE_ISA_avx512
    &kernels_avx512,
#endif
#ifdef HAVE_ISA_avx2
    &kernels_avx2,
#endif
#ifdef HAVE_ISA_neon
    &kernels_neon,
#endif
    &kernels_portable,
};

static bool runs_here(const struct kernels *kernels) {
#ifdef HAVE_ISA_avx512
    if (kernels == &kernels_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
#endif
#ifdef HAVE_ISA_avx2
    if (kernels == &kernels_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); /* then F16C too */
#endif
    (void)kernels; /* every 64-bit ARM has NEON, and the portable ones run anywhere */
    return true;
}

const struct kernels *kernels_named(const char *name) {
    for (size_t i = 0; i < sizeof compiled / sizeof *compiled; i++)
        if (strcmp(compiled[i]->name, name) == 0)
            return runs_here(compiled[i]) ? compiled[i] : NULL;
    return NULL;
}

/* The value of $PATCHGPT_ISA, or NULL if it is unset or empty. */
static const char *wanted(void) {
    const char *name = getenv("PATCHGPT_ISA");
    return name && *name ? name : NULL;
}

static const struct kernels *chosen;

static void choose(void) {
    chosen = wanted() ? kernels_named(wanted()) : NULL;
    for (size_t i = 0; !chosen; i++)
        if (runs_here(compiled[i])) chosen = compiled[i];
}

const struct kernels *kernels_default(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, choose);
    return chosen;
}

const char *pg_isa(void) {
    return kernels_default()->name;
}

bool pg_check_isa(struct pg_error *err) {
    const char *names[sizeof compiled / sizeof *compiled];
    char list[64];
    size_t n = 0;
    if (!wanted() || kernels_named(wanted())) return true;
    for (size_t i = 0; i < sizeof compiled / sizeof *compiled; i++)
        if (runs_here(compiled[i])) names[n++] = compiled[i]->name;
    list_names(names, n, list, sizeof list);
    return fail(err, "PATCHGPT_ISA is \"%s\", which does not run here, expected %s", wanted(),
                list);
}
