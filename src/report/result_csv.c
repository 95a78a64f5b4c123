/* result_csv.c: see result_csv.h; and pg_write_csv and pg_check_csv. */
#include "report/result_csv.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/plain_text.h"
#include "base/text_stream.h"
#include "report/graph_cells.h"
#include "report/intervention.h"
#include "report/tokens.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const csv_names[CSV_COLUMNS] = {
    "site",     "layer",      "head",        "position",      "neuron", "source_position",
    "clean_id", "corrupt_id", "clean_token", "corrupt_token", "sender", "receiver",
    "value",    "recovered",  "score"};

struct csv_columns csv_columns(bool neurons, bool sources) {
    struct csv_columns c;
    for (int i = 0; i < CSV_COLUMNS; i++)
        c.kept[i] = i < CSV_SENDER || i == CSV_VALUE || i == CSV_RECOVERED;
    c.kept[CSV_NEURON] = neurons;
    c.kept[CSV_SOURCE] = sources;
    return c;
}

struct csv_columns csv_graph_columns(bool scores) {
    struct csv_columns c;
    for (int i = 0; i < CSV_COLUMNS; i++) c.kept[i] = i >= CSV_SENDER;
    c.kept[CSV_SCORE] = scores;
    return c;
}

static struct csv_columns columns_of(const struct pg_result *r) {
    bool neurons = false, sources = false;
    if (is_graph(r)) return csv_graph_columns(r->sites[0] == PG_EDGES);
    for (size_t i = 0; i < r->n_sites; i++) {
        neurons |= pg_site_has_neurons(r->sites[i]);
        sources |= pg_site_has_sources(r->sites[i]);
    }
    return csv_columns(neurons, sources);
}

/* Whether a text begins as the tables of patchgpt 0.1.0 do, which have no ids, and U+FFFD for bytes
 * that are not UTF-8. */
static bool csv_is_old(const char *csv) {
    static const char beginning[] = "site,layer,head,position,clean_token,";
    return strncmp(csv, beginning, sizeof beginning - 1) == 0;
}

/* The fields of one record. It must not be copied: fields point to its own numbers. */
struct csv_record {
    const char *fields[CSV_COLUMNS];
    char numbers[CSV_COLUMNS][NUMBER_SIZE]; /* the text of the fields that are numbers */
    struct words joint;                     /* the sites of a joint patch */
    char sender[NODE_NAME_SIZE], receiver[NODE_NAME_SIZE];
};

/* Texts that records share: of the tokens at each position, and of the readers of paths. */
struct shared_texts {
    char *const *clean, *const *corrupt;
    const char *receivers;
};

static void fill_graph_record(const struct pg_result *result, const struct pg_cell *at,
                              const char *receivers, struct csv_record *out) {
    sender_name(&at->sender, out->sender);
    receiver_name(&at->receiver, out->receiver);
    out->fields[CSV_SENDER] = out->sender;
    out->fields[CSV_RECEIVER] = at->site == PG_EDGES ? out->receiver : receivers;
    number_format(edge_score(result, at), out->numbers[CSV_SCORE]);
}

static void fill_record(const struct pg_result *result, size_t cell,
                        const struct shared_texts *texts, struct csv_record *out) {
    const struct pg_cell *at = &result->cells[cell];
    *out = (struct csv_record){0};
    for (int i = 0; i < CSV_COLUMNS; i++) out->fields[i] = out->numbers[i];
    out->joint = joint_sites(intervention_of(result).joint);
    out->fields[CSV_SITE] = result->joint ? out->joint.text : pg_site_name(at->site);
    csv_write_index(at->layer, out->numbers[CSV_LAYER]);
    csv_write_index(at->head, out->numbers[CSV_HEAD]);
    csv_write_index(at->position, out->numbers[CSV_POSITION]);
    csv_write_index(at->neuron, out->numbers[CSV_NEURON]);
    csv_write_index(at->source, out->numbers[CSV_SOURCE]);
    if (at->position >= 0) {
        csv_write_index(result->clean_ids[at->position], out->numbers[CSV_CLEAN_ID]);
        out->fields[CSV_CLEAN] = texts->clean[at->position];
    }
    if (at->position >= 0 && result->corrupt_ids) {
        csv_write_index(result->corrupt_ids[at->position], out->numbers[CSV_CORRUPT_ID]);
        out->fields[CSV_CORRUPT] = texts->corrupt[at->position];
    }
    number_format(at->value, out->numbers[CSV_VALUE]);
    float recovered = pg_recovered(at->value, result->clean_metric, result->corrupt_metric);
    if (!isnan(recovered)) number_format(recovered, out->numbers[CSV_RECOVERED]);
    if (is_graph(result)) fill_graph_record(result, at, texts->receivers, out);
}

char *csv_text(const struct pg_result *result, char *const *clean, char *const *corrupt,
               size_t *size, struct pg_error *err) {
    struct text_stream s;
    char *receivers = receiver_list(result, err);
    if (!receivers || !text_open(&s, err)) {
        free(receivers);
        return NULL;
    }
    struct csv_record record;
    const struct shared_texts texts = {clean, corrupt, receivers};
    const struct csv_columns columns = columns_of(result);
    csv_write_kept(s.out, csv_names, columns.kept, CSV_COLUMNS);
    for (size_t i = 0; i < result->n_cells; i++) {
        fill_record(result, i, &texts, &record);
        csv_write_kept(s.out, record.fields, columns.kept, CSV_COLUMNS);
    }
    free(receivers);
    return text_close(&s, size, "the CSV", err);
}

/* The texts of the tokens; corrupt is NULL without a corrupted text. */
struct token_columns {
    char **clean, **corrupt;
};

/* Free with tokens_free, also after failure. */
static bool tokens_make(const struct pg_model *model, const struct pg_result *r,
                        bytes_to_text *to_text, struct token_columns *out, struct pg_error *err) {
    *out =
        (struct token_columns){token_texts(model, r->clean_ids, r->n_tokens, to_text, err), NULL};
    if (!out->clean || !r->corrupt_ids) return out->clean;
    return (out->corrupt = token_texts(model, r->corrupt_ids, r->n_tokens, to_text, err));
}

static void tokens_free(struct token_columns *tokens) {
    free_strings(tokens->clean);
    free_strings(tokens->corrupt);
}

char *result_csv(const struct pg_model *model, const struct pg_result *result, size_t *size,
                 struct pg_error *err) {
    char *text = NULL;
    struct token_columns tokens;
    if (tokens_make(model, result, escape_invalid, &tokens, err))
        text = csv_text(result, tokens.clean, tokens.corrupt, size, err);
    tokens_free(&tokens);
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

/* ---- comparing ---- */

/* The columns of a table to compare with; one of 0.1.0 has no ids. */
static struct csv_columns columns_to_read(const struct pg_result *result, const char *csv) {
    struct csv_columns columns = columns_of(result);
    if (csv_is_old(csv)) columns.kept[CSV_CLEAN_ID] = columns.kept[CSV_CORRUPT_ID] = false;
    return columns;
}

/* Reads the record of a cell: everything except the numbers must be as expected. */
static bool read_cell(struct csv_reader *reader, const struct csv_columns *columns,
                      const struct csv_record *expected, float *value, struct pg_error *err) {
    size_t line = reader->line;
    const char *fields[CSV_COLUMNS];
    float recovered;
    if (!csv_read_kept(reader, fields, columns->kept, CSV_COLUMNS, err)) return false;
    for (int i = 0; i < CSV_VALUE; i++)
        if (columns->kept[i] && strcmp(fields[i], expected->fields[i]) != 0)
            return fail(err,
                        "%s: line %zu: %s is \"%.200s\", but this experiment has \"%.200s\" there",
                        reader->name, line, csv_names[i], fields[i], expected->fields[i]);
    if (!csv_read_number(reader, line, "value", fields[CSV_VALUE], value, err)) return false;
    return !*fields[CSV_RECOVERED] ||
           csv_read_number(reader, line, "recovered", fields[CSV_RECOVERED], &recovered, err);
}

/* How far apart two values are: 0 for two NaN, infinity for a NaN or an infinity and something
 * else. */
static double distance(float a, float b) {
    if (a == b || (isnan(a) && isnan(b))) return 0;
    double difference = fabs((double)a - (double)b);
    return isnan(difference) ? INFINITY : difference;
}

static bool same_bits(float a, float b) {
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

/* Accumulates one cell. Remembers the first cell with the largest difference; +0 against -0 counts
 * as different, with distance 0. */
static void compare(const struct pg_cell *cell, float expected, double tolerance,
                    struct pg_check *out) {
    double apart = distance(cell->value, expected);
    bool differs = tolerance == 0 ? !same_bits(cell->value, expected) : apart > tolerance;
    if (apart > out->largest || (differs && out->n_differing == 0 && apart >= out->largest)) {
        out->largest = apart;
        out->cell = *cell;
        out->expected = expected;
    }
    out->n_differing += differs;
}

/* Compares all cells with the records that the reader has. */
static bool check_cells(struct csv_reader *reader, const struct csv_columns *columns,
                        const struct pg_result *result, const struct shared_texts *texts,
                        double tolerance, struct pg_check *out, struct pg_error *err) {
    for (size_t i = 0; i < result->n_cells; i++) {
        struct csv_record expected;
        float value;
        if (csv_at_end(reader))
            return fail(err,
                        "%s: line %zu: the file ends after %zu rows, but this experiment has %zu",
                        reader->name, reader->line, i, result->n_cells);
        fill_record(result, i, texts, &expected);
        if (!read_cell(reader, columns, &expected, &value, err)) return false;
        if (i == 0) {
            out->cell = result->cells[0];
            out->expected = value;
        }
        compare(&result->cells[i], value, tolerance, out);
    }
    return csv_at_end(reader) ||
           fail(err, "%s: line %zu: the file goes on after the %zu rows of this experiment",
                reader->name, reader->line, result->n_cells);
}

bool csv_check(const struct pg_result *result, char *const *clean, char *const *corrupt, char *csv,
               size_t size, const char *name, double tolerance, struct pg_check *out,
               struct pg_error *err) {
    struct csv_reader reader;
    const struct csv_columns columns = columns_to_read(result, csv);
    *out = (struct pg_check){0};
    char *receivers = receiver_list(result, err);
    const struct shared_texts texts = {clean, corrupt, receivers};
    const bool done = receivers && csv_open(&reader, name, csv, size, err) &&
                      csv_read_header_kept(&reader, csv_names, columns.kept, CSV_COLUMNS, err) &&
                      check_cells(&reader, &columns, result, &texts, tolerance, out, err);
    free(receivers);
    return done;
}

bool pg_check_csv(const struct pg_model *model, const struct pg_result *result, const char *path,
                  double tolerance, struct pg_check *out, struct pg_error *err) {
    size_t size;
    char *csv = text_read(path, CSV_MAX_SIZE, &size, err);
    bytes_to_text *to_text = csv && csv_is_old(csv) ? replace_invalid : escape_invalid;
    struct token_columns tokens = {0};
    bool ok = csv && tokens_make(model, result, to_text, &tokens, err) &&
              csv_check(result, tokens.clean, tokens.corrupt, csv, size, path, tolerance, out, err);
    tokens_free(&tokens);
    free(csv);
    return ok;
}
