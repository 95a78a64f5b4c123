/* reading_csv.c: see reading_csv.h. */
#include "report/reading_csv.h"

#include "base/csv.h"
#include "base/text_stream.h"
#include "circuit/direct.h"
#include "circuit/lens.h"
#include "report/tokens.h"

#include <stdlib.h>

/* ---- lens ---- */

enum {
    PLACE,
    POSITION,
    TOKEN_ID,
    TOKEN,
    VALUE,
    RANK,
    TOP_ID,
    TOP_TOKEN,
    TOP_PROBABILITY,
    N_LENS_COLUMNS
};

static const char *const lens_names[N_LENS_COLUMNS] = {"place",  "position",  "token_id",
                                                       "token",  "value",     "rank",
                                                       "top_id", "top_token", "top_probability"};
static const enum column_kind lens_kinds[N_LENS_COLUMNS] = {
    [PLACE] = COLUMN_KEY,      [POSITION] = COLUMN_KEY,      [TOKEN_ID] = COLUMN_KEY,
    [TOKEN] = COLUMN_KEY,      [VALUE] = COLUMN_NUMBER,      [RANK] = COLUMN_DERIVED,
    [TOP_ID] = COLUMN_DERIVED, [TOP_TOKEN] = COLUMN_DERIVED, [TOP_PROBABILITY] = COLUMN_NUMBER};
const struct csv_columns lens_columns = {lens_names, lens_kinds, N_LENS_COLUMNS};

/* Writes the row of a place and position. */
static bool write_reading(FILE *out, const struct pg_model *model, const struct pg_lens *lens,
                          size_t place, size_t position, const char *token, struct pg_error *err) {
    const struct pg_reading *reading = &lens->readings[place * lens->n_tokens + position];
    char name[PLACE_SIZE], numbers[N_LENS_COLUMNS][NUMBER_SIZE] = {0};
    char **top = token_texts(model, &reading->top, 1, escape_invalid, err);
    if (!top) return false;
    place_name(place, name);
    csv_write_index((int)position, numbers[POSITION]);
    csv_write_index(lens->ids[position], numbers[TOKEN_ID]);
    if (reading->rank) number_format(reading->value, numbers[VALUE]);
    if (reading->rank) csv_write_index(reading->rank, numbers[RANK]);
    csv_write_index(reading->top, numbers[TOP_ID]);
    number_format(reading->probability, numbers[TOP_PROBABILITY]);
    const char *fields[N_LENS_COLUMNS];
    for (int i = 0; i < N_LENS_COLUMNS; i++) fields[i] = numbers[i];
    fields[PLACE] = name;
    fields[TOKEN] = token;
    fields[TOP_TOKEN] = *top;
    csv_write(out, fields, N_LENS_COLUMNS);
    free_strings(top);
    return true;
}

char *lens_csv(const struct pg_model *model, const struct pg_lens *lens, size_t *size,
               struct pg_error *err) {
    struct text_stream s;
    char **tokens = token_texts(model, lens->ids, lens->n_tokens, escape_invalid, err);
    if (!tokens || !text_open(&s, err)) {
        free_strings(tokens);
        return NULL;
    }
    bool done = true;
    csv_write(s.out, lens_names, N_LENS_COLUMNS);
    for (size_t i = 0; done && i < lens->n_places * lens->n_tokens; i++)
        done = write_reading(s.out, model, lens, i / lens->n_tokens, i % lens->n_tokens,
                             tokens[i % lens->n_tokens], err);
    char *text = text_close(&s, size, "the CSV", done ? err : NULL);
    free_strings(tokens);
    if (done) return text;
    free(text);
    return NULL;
}

/* ---- direct ---- */

static const char *const direct_names[] = {"component", "value"}, *const source_names[] = {
                                                                      "component",
                                                                      "source_position", "token",
                                                                      "value"};
static const enum column_kind direct_kinds[] = {COLUMN_KEY, COLUMN_NUMBER},
                              source_kinds[] = {COLUMN_KEY, COLUMN_KEY, COLUMN_KEY, COLUMN_NUMBER};

const struct csv_columns *direct_columns(bool by_source) {
    static const struct csv_columns whole = {direct_names, direct_kinds, 2},
                                    split = {source_names, source_kinds, 4};
    return by_source ? &split : &whole;
}

char *direct_csv(const struct pg_model *model, const struct pg_direct *direct, size_t *size,
                 struct pg_error *err) {
    const struct csv_columns *columns = direct_columns(direct->by_source);
    struct text_stream s;
    char **tokens = token_texts(model, direct->ids, direct->n_tokens, escape_invalid, err);
    if (!tokens || !text_open(&s, err)) {
        free_strings(tokens);
        return NULL;
    }
    csv_write(s.out, columns->names, columns->count);
    for (size_t i = 0; i < direct->n_parts; i++) {
        const struct pg_part *part = &direct->parts[i];
        char name[PART_NAME_SIZE], source[NUMBER_SIZE], value[NUMBER_SIZE];
        part_name(part, name);
        csv_write_index(part->source, source);
        number_format(part->value, value);
        const char *of_source[] = {name, source, part->source < 0 ? "" : tokens[part->source],
                                   value},
                   *of_whole[] = {name, value};
        csv_write(s.out, direct->by_source ? of_source : of_whole, columns->count);
    }
    free_strings(tokens);
    return text_close(&s, size, "the CSV", err);
}
