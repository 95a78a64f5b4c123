/* result_csv.c: see result_csv.h; and pg_write_csv. Reading is csv_check.c's. */
#include "report/result_csv.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/text_stream.h"
#include "report/label.h"
#include "report/token_list.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const csv_names[CSV_COLUMNS] = {
    "site",       "layer",       "head",          "position", "clean_id",
    "corrupt_id", "clean_token", "corrupt_token", "value",    "recovered"};

bool csv_is_old(const char *csv) {
    static const char beginning[] = "site,layer,head,position,clean_token,";
    return strncmp(csv, beginning, sizeof beginning - 1) == 0;
}

void csv_record(const struct pg_result *result, size_t cell, char *const *clean,
                char *const *corrupt, struct csv_record *out) {
    const struct pg_cell *at = &result->cells[cell];
    *out = (struct csv_record){0};
    for (int i = 0; i < CSV_COLUMNS; i++) out->fields[i] = out->numbers[i];
    out->fields[CSV_SITE] = pg_site_name(at->site);
    csv_write_index(at->layer, out->numbers[CSV_LAYER]);
    csv_write_index(at->head, out->numbers[CSV_HEAD]);
    csv_write_index(at->position, out->numbers[CSV_POSITION]);
    if (at->position >= 0) {
        csv_write_index(result->clean_ids[at->position], out->numbers[CSV_CLEAN_ID]);
        csv_write_index(result->corrupt_ids[at->position], out->numbers[CSV_CORRUPT_ID]);
        out->fields[CSV_CLEAN] = clean[at->position];
        out->fields[CSV_CORRUPT] = corrupt[at->position];
    }
    number_format(at->value, out->numbers[CSV_VALUE]);
    float recovered = pg_recovered(at->value, result->clean_metric, result->corrupt_metric);
    if (!isnan(recovered)) number_format(recovered, out->numbers[CSV_RECOVERED]);
}

char *csv_text(const struct pg_result *result, char *const *clean, char *const *corrupt,
               size_t *size, struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    struct csv_record record;
    csv_write(s.out, csv_names, CSV_COLUMNS);
    for (size_t i = 0; i < result->n_cells; i++) {
        csv_record(result, i, clean, corrupt, &record);
        csv_write(s.out, record.fields, CSV_COLUMNS);
    }
    return text_close(&s, size, "the CSV", err);
}

char *result_csv(const struct pg_model *model, const struct pg_result *result, size_t *size,
                 struct pg_error *err) {
    char *text = NULL;
    char **clean = token_list(model, result->clean_ids, result->n_tokens, label_escaped, err);
    char **corrupt = token_list(model, result->corrupt_ids, result->n_tokens, label_escaped, err);
    if (clean && corrupt) text = csv_text(result, clean, corrupt, size, err);
    token_list_free(clean);
    token_list_free(corrupt);
    return text;
}

bool pg_write_csv(const struct pg_model *model, const struct pg_result *result, const char *path,
                  struct pg_error *err) {
    size_t size;
    char *text = result_csv(model, result, &size, err);
    bool ok = text && file_replace(path, text, size, err);
    free(text);
    return ok;
}
