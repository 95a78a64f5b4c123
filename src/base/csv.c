/* csv.c: see csv.h. */
#include "base/csv.h"

#include <string.h>

bool csv_open(struct csv_reader *reader, const char *name, char *text, size_t size,
              struct pg_error *err) {
    *reader = (struct csv_reader){name, text, 1};
    const size_t length = strlen(text);
    if (length == size) return true;
    size_t line = 1;
    for (size_t i = 0; i < length; i++) line += text[i] == '\n';
    return fail(err, "%s is not a CSV file: line %zu has a NUL byte (0x00)", name, line);
}

bool csv_at_end(const struct csv_reader *reader) {
    return *reader->at == '\0';
}

/* Whether a line ends here, or the text. */
static bool at_line_end(const char *at) {
    return *at == '\0' || *at == '\n' || (at[0] == '\r' && at[1] == '\n');
}

/* Reads over a quoted field and moves its text to where the opening quote stands. Returns the end
 * of the text. NULL and err if the closing quote is missing or misplaced. */
static char *read_quoted(struct csv_reader *reader, struct pg_error *err) {
    size_t first_line = reader->line;
    char *end = reader->at++;
    for (; reader->at[0] != '"' || reader->at[1] == '"'; reader->at++) {
        if (*reader->at == '\0') {
            fail(err, "%s: line %zu: a quote is opened but not closed", reader->name, first_line);
            return NULL;
        }
        if (*reader->at == '"') reader->at++;
        if (*reader->at == '\n') reader->line++;
        *end++ = *reader->at;
    }
    reader->at++;
    if (*reader->at == ',' || at_line_end(reader->at)) return end;
    fail(err,
         "%s: line %zu: a closing quote is followed by '%c', expected a comma or the end of the "
         "line",
         reader->name, reader->line, *reader->at);
    return NULL;
}

/* Reads over a field without quotes. Returns its end. NULL and err if there is a quote in it. */
static char *read_plain(struct csv_reader *reader, struct pg_error *err) {
    for (; *reader->at != ',' && !at_line_end(reader->at); reader->at++)
        if (*reader->at == '"') {
            fail(err, "%s: line %zu: a quote in the middle of a field", reader->name, reader->line);
            return NULL;
        }
    return reader->at;
}

/* Reads a field and the separator after it; *last tells whether that ends the record. */
static bool read_field(struct csv_reader *reader, const char **field, bool *last,
                       struct pg_error *err) {
    *field = reader->at;
    char *end = *reader->at == '"' ? read_quoted(reader, err) : read_plain(reader, err);
    if (!end) return false;
    *last = *reader->at != ',';
    if (*reader->at == '\r') reader->at++;
    if (*reader->at == '\n') reader->line++;
    if (*reader->at != '\0') reader->at++;
    *end = '\0'; /* only now: this may have been the separator */
    return true;
}

bool csv_read(struct csv_reader *reader, const char **fields, int n, struct pg_error *err) {
    size_t line = reader->line;
    bool last = false;
    for (int i = 0; i < n; i++) {
        if (last)
            return fail(err, "%s: line %zu has %d fields, expected %d", reader->name, line, i, n);
        if (!read_field(reader, &fields[i], &last, err)) return false;
    }
    if (!last) return fail(err, "%s: line %zu has more than %d fields", reader->name, line, n);
    return true;
}

bool csv_read_header(struct csv_reader *reader, const char *const *names, int n,
                     struct pg_error *err) {
    const char *fields[CSV_MAX_COLUMNS];
    if (!csv_read(reader, fields, n, err)) return false;
    for (int i = 0; i < n; i++)
        if (strcmp(fields[i], names[i]) != 0)
            return fail(err, "%s: line 1: column %d is \"%.200s\", expected \"%s\"", reader->name,
                        i + 1, fields[i], names[i]);
    return true;
}

bool csv_read_kept(struct csv_reader *reader, const char **fields, const bool *kept, int n,
                   struct pg_error *err) {
    const char *found[CSV_MAX_COLUMNS];
    int n_kept = 0, next = 0;
    for (int i = 0; i < n; i++) n_kept += kept[i];
    if (!csv_read(reader, found, n_kept, err)) return false;
    for (int i = 0; i < n; i++) fields[i] = kept[i] ? found[next++] : "";
    return true;
}

bool csv_read_header_kept(struct csv_reader *reader, const char *const *names, const bool *kept,
                          int n, struct pg_error *err) {
    const char *wanted[CSV_MAX_COLUMNS];
    int n_kept = 0;
    for (int i = 0; i < n; i++)
        if (kept[i]) wanted[n_kept++] = names[i];
    return csv_read_header(reader, wanted, n_kept, err);
}

/* Moves over a field that is not read. Returns its end. */
static const char *skip_field(const char *at) {
    for (bool quoted = false; *at && (quoted || (*at != ',' && !at_line_end(at))); at++)
        if (*at == '"') quoted = !quoted;
    return at;
}

int csv_count_fields(const struct csv_reader *reader) {
    int n = 1;
    for (const char *at = skip_field(reader->at); *at == ','; at = skip_field(at + 1)) n++;
    return n;
}

bool csv_has_field(const struct csv_reader *reader, const char *name) {
    const size_t length = strlen(name);
    for (const char *at = reader->at;; at++) {
        const char *end = skip_field(at);
        if ((size_t)(end - at) == length && !strncmp(at, name, length)) return true;
        if (*end != ',') return false;
        at = end;
    }
}

bool csv_read_number(const struct csv_reader *reader, size_t line, const char *name,
                     const char *field, float *out, struct pg_error *err) {
    return number_parse(field, out) ||
           fail(err, "%s: line %zu: %s is \"%.200s\", which is not a float32 number", reader->name,
                line, name, field);
}

/* Writes a field, in quotes when it has a character that means something in CSV. */
static void write_field(FILE *out, const char *field) {
    if (!strpbrk(field, ",\"\r\n")) {
        fputs(field, out);
        return;
    }
    fputc('"', out);
    for (const char *c = field; *c; c++) {
        if (*c == '"') fputc('"', out);
        fputc(*c, out);
    }
    fputc('"', out);
}

void csv_write(FILE *out, const char *const *fields, int n) {
    for (int i = 0; i < n; i++) {
        if (i) fputc(',', out);
        write_field(out, fields[i]);
    }
    fputc('\n', out);
}

void csv_write_kept(FILE *out, const char *const *fields, const bool *kept, int n) {
    const char *written[CSV_MAX_COLUMNS];
    int n_kept = 0;
    for (int i = 0; i < n; i++)
        if (kept[i]) written[n_kept++] = fields[i];
    csv_write(out, written, n_kept);
}

void csv_write_index(int index, char out[NUMBER_SIZE]) {
    *out = '\0';
    if (index >= 0) snprintf(out, NUMBER_SIZE, "%d", index);
}
