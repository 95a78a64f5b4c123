/* section_machine.c: what the machine can do at most, measured before and after everything else:
 * the difference is the noise. */
#include "bench.h"
#include "measure.h"

#include <math.h>

static void add_machine_row(cJSON *rows, const struct bench *bench, const char *when, int threads) {
    cJSON *row = add_row(rows);
    cJSON_AddStringToObject(row, "when", when);
    put(row, "threads", threads);
    put(row, "flop_per_s", measure_multiplying(threads));
    put(row, "bytes_per_s", measure_reading(threads, bench->cold, bench->n_cold));
    put(row, "round_trip_seconds", threads > 1 ? measure_round_trip() : NAN);
}

void measure_machine(struct bench *bench, const char *when, cJSON *rows) {
    add_machine_row(rows, bench, when, bench->threads);
    if (bench->threads > 1) add_machine_row(rows, bench, when, 1);
}

double find_reading(const struct bench *bench, const cJSON *rows) {
    const cJSON *row;
    double most = 0;
    cJSON_ArrayForEach(row, rows) {
        if (get(row, "threads") == bench->threads) most = fmax(most, get(row, "bytes_per_s"));
    }
    return most;
}

const struct section machine_section = {
    .name = "machine",
    .title = "what the machine can do at most",
    .note =
        "Multiply-adds in registers, all threads at once (best of 20 runs); reading memory far\n"
        "beyond the caches (best of 6 passes); a line from one core to another and back (best of "
        "20).\n"
        "Shares of the peak below refer to what it was meanwhile.",
    .columns = {{"measured", "", "when", 12, TEXT, 0},
                {"threads", "", "threads", 9, 0, 1},
                {"peak", "GFLOP/s", "flop_per_s", 12, 1, 1e-9},
                {"reading", "GB/s", "bytes_per_s", 12, 1, 1e-9},
                {"round trip", "ns", "round_trip_seconds", 12, 0, 1e9}},
};
