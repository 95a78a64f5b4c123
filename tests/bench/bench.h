/* bench.h: what the sections of the benchmark share: a section measures and leaves rows of numbers,
 * which are printed as a table and written as JSON when everything has been measured. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "random_weights.h"

#include <cjson/cJSON.h>

struct bench {
    bool quick;
    int threads;
    cJSON *results;  /* what is written as JSON */
    cJSON *sections; /* its part "sections": an array of rows for each, under its name */

    float *cold; /* random numbers, far more than any cache holds */
    size_t n_cold;
    struct pg_model *gpt2; /* random weights */

    double bytes_per_s; /* of reading memory; known when everything has been measured */
};

/* A column of a table. The number under `key` is printed times scale; decimals TEXT: a string. */
enum { TEXT = -1 };
struct column {
    const char *heading, *unit, *key;
    int width, decimals;
    double scale;
};

enum { MAX_COLUMNS = 13 }; /* and one for the end */

struct section {
    const char *name, *title, *note; /* note: how to read it, may be NULL */
    struct column columns[MAX_COLUMNS];

    /* Measures and appends rows; NULL for the machine, which is measured around the others. */
    void (*run)(struct bench *bench, cJSON *rows);

    /* Adds to a row what depends on reading and on other sections; may be NULL. */
    void (*rate)(const struct bench *bench, cJSON *row);
};

extern const struct section machine_section, matmul_section, layouts_section, rows_section,
    sweep_section, sites_section, edges_section, graphs_section, threads_section, length_section,
    memory_section;

/* Measures the machine's limits on all threads and on one, and appends a row for each. */
void measure_machine(struct bench *bench, const char *when, cJSON *rows);

/* The fastest reading on all threads in these rows: bytes per second. */
double find_reading(const struct bench *bench, const cJSON *rows);

/* Appends an empty row. */
cJSON *add_row(cJSON *rows);

/* A number of a row; NaN if it is not there or was not measured (null). */
double get(const cJSON *row, const char *key);

/* Adds a number to a row; NaN and infinity become null. */
void put(cJSON *row, const char *key, double value);

/* Prints the section's table from its rows. */
void print_table(const struct section *section, const cJSON *rows);

/* Ends the program with the error's sentence unless ok. */
void require(bool ok, const struct pg_error *err);

/* allocate() of memory/, or the end of the program. */
void *need(size_t count, size_t size);

#endif
