/* section_machine.c: what the machine can do at most, measured before and after everything else:
 * the difference is the noise. All shares refer to the larger figure. */
#include "bench.h"
#include "measure.h"

#include <math.h>

static void add_machine_row(cJSON *rows, const struct bench *bench, const char *when, int threads) {
    cJSON *row = add_row(rows);
    cJSON_AddStringToObject(row, "when", when);
    put(row, "threads", threads);
    put(row, "flop_per_s", measure_multiplying(threads));
    put(row, "bytes_per_s", measure_reading(threads, bench->cold, bench->n_cold));
}

void measure_machine(struct bench *bench, const char *when, cJSON *rows) {
    add_machine_row(rows, bench, when, bench->threads);
    if (bench->threads > 1) add_machine_row(rows, bench, when, 1);
}

static void raise_limits(struct limits *limits, const cJSON *row) {
    limits->flop_per_s = fmax(limits->flop_per_s, get(row, "flop_per_s"));
    limits->bytes_per_s = fmax(limits->bytes_per_s, get(row, "bytes_per_s"));
}

void find_limits(struct bench *bench, const cJSON *rows) {
    const cJSON *row;
    cJSON_ArrayForEach(row, rows) {
        if (get(row, "threads") == bench->threads) raise_limits(&bench->all, row);
        if (get(row, "threads") == 1) raise_limits(&bench->one, row);
    }
}

const struct section machine_section = {
    .name = "machine",
    .title = "what the machine can do at most",
    .note =
        "Multiply-adds in registers, all threads at once (best of 20 runs); reading memory far\n"
        "beyond the caches (best of 6 passes). Shares below refer to the larger of before and "
        "after.",
    .columns = {{"measured", "", "when", 12, TEXT, 0},
                {"threads", "", "threads", 9, 0, 1},
                {"peak", "GFLOP/s", "flop_per_s", 12, 1, 1e-9},
                {"reading", "GB/s", "bytes_per_s", 12, 1, 1e-9}},
};
