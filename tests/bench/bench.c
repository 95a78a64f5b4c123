/* bench.c: patchgpt_bench measures how fast the engine is, against what the machine can do at
 * most and against OpenBLAS. Each section leaves its numbers; when everything has been measured,
 * they are printed and written. README.md says how to run it. */
#include "bench.h"

#include "base/file.h"
#include "measure.h"
#include "openblas.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of running and printing. */
static const struct section *const sections[] = {
    &machine_section, &matmul_section, &layouts_section, &rows_section,
    &sweep_section,   &sites_section,  &edges_section,   &graphs_section,
    &threads_section, &length_section, &memory_section};
enum { N_SECTIONS = sizeof sections / sizeof *sections };

struct options {
    const char *json; /* where to write the numbers, or NULL */
    int threads;      /* 0: all */
    bool quick;
    bool chosen[N_SECTIONS];
};

/* ---- the command line ---- */

static void print_help(void) {
    printf("usage: patchgpt_bench [--json FILE] [--only SECTION,...] [--threads N] [--quick]\n"
           "  --json FILE   write all numbers as JSON in basic units (\"-\": to standard output, "
           "no tables)\n"
           "  --only ...    measure the machine and these sections:");
    for (int i = 1; i < N_SECTIONS; i++) printf(" %s", sections[i]->name);
    printf("\n  --threads N   use N threads (default: one per core)\n"
           "  --quick       fewer shapes and repetitions, small models only\n");
}

static _Noreturn void refuse(const char *what, const char *found) {
    fprintf(stderr, "patchgpt_bench: %s: %s; see --help\n", what, found);
    exit(2);
}

/* Marks the sections that a list with commas names. */
static void choose_sections(const char *list, bool *chosen) {
    while (*list) {
        const size_t n = strcspn(list, ",");
        int i = 0;
        while (i < N_SECTIONS && (strncmp(sections[i]->name, list, n) != 0 || sections[i]->name[n]))
            i++;
        if (i == N_SECTIONS) refuse("no such section", list);
        chosen[i] = true;
        list += n + (list[n] == ',');
    }
}

static int parse_threads(const char *text) {
    char *end;
    const long threads = strtol(text, &end, 10);
    if (*end || threads < 1 || threads > 1024) refuse("not a number of threads", text);
    return (int)threads;
}

static struct options parse_options(int argc, char **argv) {
    static const struct option long_options[] = {
        {"json", required_argument, NULL, 'j'},    {"only", required_argument, NULL, 'o'},
        {"threads", required_argument, NULL, 't'}, {"quick", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},          {0}};
    struct options o = {0};
    bool only = false;
    int option;
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == 'h') {
            print_help();
            exit(0);
        }
        if (option == '?') exit(2);
        if (option == 'j') o.json = optarg;
        if (option == 'q') o.quick = true;
        if (option == 't') o.threads = parse_threads(optarg);
        if (option == 'o') {
            only = true;
            choose_sections(optarg, o.chosen);
        }
    }
    if (optind < argc) refuse("unexpected argument", argv[optind]);
    for (int i = 0; !only && i < N_SECTIONS; i++) o.chosen[i] = true;
    o.chosen[0] = true;
    return o;
}

/* ---- what everything is measured with ---- */

static void bench_begin(struct bench *bench, const struct options *options) {
    static const struct shape gpt2 = {"gpt2", 12, 768, 12};
    struct pg_error err;
    pg_set_threads(options->threads);
    *bench = (struct bench){.quick = options->quick, .threads = pg_threads()};
    bench->n_cold = (size_t)1 << (options->quick ? 27 : 28); /* 512 MiB, 1 GiB */
    bench->cold = need(bench->n_cold, sizeof *bench->cold);
    fill_random(bench->cold, bench->n_cold, 0, 0.05f, 1);
    bench->gpt2 = random_model(&gpt2, &err);
    require(bench->gpt2, &err);
    bench->results = cJSON_CreateObject();
}

static void bench_end(struct bench *bench) {
    free(bench->cold);
    pg_model_close(bench->gpt2);
    cJSON_Delete(bench->results);
}

/* "model name : AMD EPYC" of /proc/cpuinfo, without what is before the name. */
static void find_processor(char *name, size_t size) {
    snprintf(name, size, "unknown processor");
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof line, f)) {
        const char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !value) continue;
        snprintf(name, size, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
        break;
    }
    if (f) fclose(f);
}

/* Begins the results with what was measured, on what. */
static void describe(struct bench *bench) {
    char processor[128];
    double load = NAN;
    find_processor(processor, sizeof processor);
    if (getloadavg(&load, 1) != 1) load = NAN;
    cJSON_AddStringToObject(bench->results, "version", PG_VERSION);
    cJSON_AddStringToObject(bench->results, "processor", processor);
    cJSON_AddStringToObject(bench->results, "isa", pg_isa());
    put(bench->results, "threads", bench->threads);
    cJSON_AddBoolToObject(bench->results, "quick", bench->quick);
    cJSON_AddStringToObject(bench->results, "openblas", openblas_load(bench->threads).description);
    put(bench->results, "load", load); /* of other programs: this one has just begun */
    bench->sections = cJSON_AddObjectToObject(bench->results, "sections");
}

/* ---- measuring and reporting ---- */

static void measure_all(struct bench *bench, const bool *chosen) {
    cJSON *machine = cJSON_AddArrayToObject(bench->sections, sections[0]->name);
    fprintf(stderr, "measuring %s\n", sections[0]->name);
    measure_machine(bench, "before", machine);
    for (int i = 1; i < N_SECTIONS; i++) {
        if (!chosen[i]) continue;
        fprintf(stderr, "measuring %s\n", sections[i]->name);
        sections[i]->run(bench, cJSON_AddArrayToObject(bench->sections, sections[i]->name));
        pg_set_threads(bench->threads);
    }
    fprintf(stderr, "measuring %s\n", sections[0]->name);
    measure_machine(bench, "after", machine);
    bench->bytes_per_s = find_reading(bench, machine);
}

static void rate_all(struct bench *bench) {
    for (int i = 0; i < N_SECTIONS; i++) {
        cJSON *row, *rows = cJSON_GetObjectItem(bench->sections, sections[i]->name);
        if (!sections[i]->rate) continue;
        cJSON_ArrayForEach(row, rows) sections[i]->rate(bench, row);
    }
}

static void print_all(const struct bench *bench) {
    const cJSON *r = bench->results;
    printf("patchgpt %s on %s, %s, %d thread%s; load before the start %.1f\nOpenBLAS: %s\n",
           PG_VERSION, cJSON_GetStringValue(cJSON_GetObjectItem(r, "processor")), pg_isa(),
           bench->threads, bench->threads == 1 ? "" : "s", get(r, "load"),
           cJSON_GetStringValue(cJSON_GetObjectItem(r, "openblas")));
    for (int i = 0; i < N_SECTIONS; i++) {
        const cJSON *rows = cJSON_GetObjectItem(bench->sections, sections[i]->name);
        if (rows) print_table(sections[i], rows);
    }
}

static void write_json(const struct bench *bench, const char *path) {
    struct pg_error err;
    char *text = cJSON_Print(bench->results);
    require(text || fail(&err, "out of memory writing %s", path), &err);
    require(file_replace(path, text, strlen(text), &err), &err);
    free(text);
}

int main(int argc, char **argv) {
    const struct options options = parse_options(argc, argv);
    struct bench bench;
    bench_begin(&bench, &options);
    describe(&bench);
    measure_all(&bench, options.chosen);
    rate_all(&bench);
    if (!options.json || strcmp(options.json, "-") != 0) print_all(&bench);
    fflush(stdout);
    if (options.json) write_json(&bench, options.json);
    bench_end(&bench);
    return 0;
}
