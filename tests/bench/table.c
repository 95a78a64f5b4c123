/* table.c: rows of numbers, printed. See bench.h. */
#include "bench.h"

#include "base/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

cJSON *add_row(cJSON *rows) {
    cJSON *row = cJSON_CreateObject();
    cJSON_AddItemToArray(rows, row);
    return row;
}

double get(const cJSON *row, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(row, key);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

void put(cJSON *row, const char *key, double value) {
    if (!isfinite(value))
        cJSON_AddNullToObject(row, key);
    else
        cJSON_AddNumberToObject(row, key, value);
}

static void print_headings(const struct section *section) {
    for (const struct column *c = section->columns; c->heading; c++)
        printf("%*s", c->decimals == TEXT ? -c->width : c->width, c->heading);
    putchar('\n');
    for (const struct column *c = section->columns; c->heading; c++)
        printf("%*s", c->decimals == TEXT ? -c->width : c->width, c->unit);
    putchar('\n');
}

static void print_cell(const struct column *c, const cJSON *row) {
    const double value = get(row, c->key);
    if (c->decimals == TEXT)
        printf("%-*s", c->width,
               cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, c->key)));
    else if (isnan(value))
        printf("%*s", c->width, "-");
    else
        printf("%*.*f", c->width, c->decimals, value * c->scale);
}

void print_table(const struct section *section, const cJSON *rows) {
    const cJSON *row;
    printf("\n%s: %s\n", section->name, section->title);
    if (section->note) printf("%s\n", section->note);
    putchar('\n');
    print_headings(section);
    cJSON_ArrayForEach(row, rows) {
        for (const struct column *c = section->columns; c->heading; c++) print_cell(c, row);
        putchar('\n');
    }
}

void require(bool ok, const struct pg_error *err) {
    if (ok) return;
    fprintf(stderr, "patchgpt_bench: %s\n", err->text);
    exit(1);
}

void *need(size_t count, size_t size) {
    struct pg_error err;
    void *memory = allocate(count, size, &err);
    require(memory, &err);
    return memory;
}
