/* merge.c: see merge.h. */
#include "batch/merge.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "batch/cells.h"
#include "batch/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* A row and the folder of its files. */
struct merged_row {
    const struct summary_row *row;
    const char *folder;
};

struct merging {
    struct summary *summaries; /* one for each folder */
    size_t n_folders;
    struct merged_row *items; /* rows of all folders */
    size_t n;
    struct shard_label whole; /* the folders as one; count is 0 if they do not say */
    struct mean_report report;
};

static void merge_free(struct merging *m) {
    for (size_t i = 0; m->summaries && i < m->n_folders; i++) summary_free(&m->summaries[i]);
    free(m->summaries);
    free(m->items);
}

/* ---- reading ---- */

static bool is_among(const char *output, const char *const *folders, size_t n,
                     struct pg_error *err) {
    struct stat a, b;
    if (stat(output, &a) != 0) return false; /* it will be a new one */
    for (size_t i = 0; i < n; i++)
        if (stat(folders[i], &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino) {
            fail(err, "the output %s is one of the folders to merge; choose another", output);
            return true;
        }
    return false;
}

/* A file that exists but cannot be inspected is not absent. */
static bool is_absent(const char *path) {
    struct stat status;
    return stat(path, &status) != 0 && errno == ENOENT;
}

/* Whether a file of a batch's folder exists, or does not exist, as it should. */
static bool check_file(const char *folder, const char *name, bool there, struct pg_error *err) {
    char *path = path_join(folder, name, err);
    const bool right = path && is_absent(path) != there;
    free(path);
    if (right || !path) return right;
    return fail(err, "%s has %s %s: finish that batch with --resume first", folder,
                there ? "no" : "a", name);
}

static bool read_folder(const char *folder, struct summary *out, struct pg_error *err) {
    if (!folder_exists(folder)) return fail(err, "there is no folder %s to merge", folder);
    if (!check_file(folder, PARTIAL_FILE, false, err) ||
        !check_file(folder, SUMMARY_FILE, true, err))
        return false;
    char *path = path_join(folder, SUMMARY_FILE, err);
    bool done = path && summary_read(path, false, out, err);
    free(path);
    return done;
}

static bool read_folders(struct merging *m, const char *const *folders, struct pg_error *err) {
    m->summaries = allocate(m->n_folders, sizeof *m->summaries, err);
    if (!m->summaries) return false;
    for (size_t i = 0; i < m->n_folders; i++) {
        if (!read_folder(folders[i], &m->summaries[i], err)) return false;
        m->n += m->summaries[i].n;
    }
    m->items = allocate(m->n, sizeof *m->items, err);
    if (!m->items) return false;
    struct merged_row *item = m->items;
    for (size_t i = 0; i < m->n_folders; i++)
        for (size_t j = 0; j < m->summaries[i].n; j++)
            *item++ = (struct merged_row){&m->summaries[i].rows[j], folders[i]};
    return true;
}

/* ---- putting in order ---- */

static int compare_lines(const void *a, const void *b) {
    const size_t x = ((const struct merged_row *)a)->row->line,
                 y = ((const struct merged_row *)b)->row->line;
    return (x > y) - (x < y);
}

static int compare_ids(const void *a, const void *b) {
    return strcasecmp(((const struct merged_row *)a)->row->id,
                      ((const struct merged_row *)b)->row->id);
}

/* Sorts by line. False and err if a line is there twice. */
static bool order_lines(struct merging *m, struct pg_error *err) {
    qsort(m->items, m->n, sizeof *m->items, compare_lines);
    for (size_t i = 1; i < m->n; i++)
        if (!compare_lines(&m->items[i - 1], &m->items[i]))
            return fail(err, "line %zu is in two folders, %s and %s", m->items[i].row->line,
                        m->items[i - 1].folder, m->items[i].folder);
    return true;
}

static bool fail_same_id(const struct merged_row *a, const struct merged_row *b,
                         struct pg_error *err) {
    if (!strcmp(a->row->id, b->row->id))
        return fail(err, "the id \"%s\" is that of line %zu in %s and of line %zu in %s",
                    a->row->id, a->row->line, a->folder, b->row->line, b->folder);
    return fail(
        err,
        "the id \"%s\" of line %zu in %s and \"%s\" of line %zu in %s differ in case alone, "
        "which some file systems do not tell apart",
        a->row->id, a->row->line, a->folder, b->row->id, b->row->line, b->folder);
}

/* Whether the ids of experiments that are done differ in more than case. A failed one may have
 * failed because of its id. */
static bool check_ids(const struct merging *m, struct pg_error *err) {
    size_t n = 0, i;
    struct merged_row *done = allocate(m->n, sizeof *done, err);
    if (!done) return false;
    for (i = 0; i < m->n; i++)
        if (!m->items[i].row->error) done[n++] = m->items[i];
    qsort(done, n, sizeof *done, compare_ids);
    for (i = 1; i < n && compare_ids(&done[i - 1], &done[i]) != 0;) i++;
    if (i < n) fail_same_id(&done[i - 1], &done[i], err);
    free(done);
    return i >= n;
}

/* ---- writing ---- */

/* The bytes of an experiment's file; a CSV is checked against the row of an experiment that is
 * done. */
static char *read_file(const struct merged_row *item, const char *path, bool csv, size_t *size,
                       struct pg_error *err) {
    return csv && !item->row->error ? csv_read_file(path, item->row->csv_crc, size, err)
                                    : file_read(path, CSV_MAX_SIZE, size, err);
}

/* Copies one of an experiment's files. Only the CSV of one that is done must exist. */
static bool copy_file(const struct merged_row *item, const char *ending, const char *output,
                      struct pg_error *err) {
    size_t size;
    char *data = NULL;
    const bool csv = !strcmp(ending, ".csv");
    char *from = folder_file(item->folder, item->row->id, ending, err);
    char *to = folder_file(output, item->row->id, ending, err);
    bool done = from && to;
    if (done && (!is_absent(from) || (csv && !item->row->error)))
        done = (data = read_file(item, from, csv, &size, err)) && file_replace(to, data, size, err);
    free(from);
    free(to);
    free(data);
    return done;
}

/* Copies the files of the experiments that failed, or of those that are done. */
static bool copy_some(const struct merging *m, bool failed, const char *output,
                      struct pg_error *err) {
    for (size_t i = 0; i < m->n; i++) {
        const struct merged_row *item = &m->items[i];
        if ((item->row->error != NULL) != failed || !id_is_valid(item->row->id)) continue;
        if (!copy_file(item, ".csv", output, err) || !copy_file(item, ".png", output, err))
            return false;
    }
    return true;
}

/* An experiment that failed may have files all the same, if its values differ from those of
 * --check. They are copied first, since its id may be that of one that is done. */
static bool copy_files(const struct merging *m, const char *output, struct pg_error *err) {
    return copy_some(m, true, output, err) && copy_some(m, false, output, err);
}

/* Writes the summary and the means. */
static bool finish(struct merging *m, const char *output, const struct mean_options *means,
                   struct pg_error *err) {
    struct summary whole = {allocate(m->n, sizeof *whole.rows, err), m->n};
    if (!whole.rows) return false;
    for (size_t i = 0; i < m->n; i++) whole.rows[i] = *m->items[i].row; /* item keeps owning it */
    bool done = finish_folder(output, &whole, &m->whole, means, &m->report, err);
    free(whole.rows);
    return done;
}

/* Whether the folder has no files that would be lost. It may have tables of an interrupted merge of
 * this very batch. */
static bool is_free(const struct merging *m, const struct folder *output, struct pg_error *err) {
    return folder_has_no_batch(output->path, "choose another folder", err) &&
           ((m->whole.count && shard_is(output, &m->whole)) || folder_is_clear(output->path, err));
}

static bool write_folder(struct merging *m, const char *output, const struct mean_options *means,
                         struct pg_error *err) {
    struct folder folder;
    bool done = folder_open(output, &folder, err) && is_free(m, &folder, err) &&
                (!m->whole.count ||
                 (shard_fits(&folder, &m->whole, err) && shard_claim(&folder, &m->whole, err))) &&
                copy_files(m, output, err) && finish(m, output, means, err);
    folder_close(&folder);
    return done;
}

/* ---- the whole merge ---- */

static struct merged count(const struct merging *m) {
    struct merged c = {.report = m->report};
    size_t expected = 1;
    for (size_t i = 0; i < m->n; expected = m->items[i++].row->line + 1) {
        const size_t gap = m->items[i].row->line - expected;
        if (gap && !c.n_missing) c.first_missing = expected;
        if (!m->whole.count) c.n_missing += gap;
        c.n_failed += m->items[i].row->error != NULL;
        c.of_kind[m->items[i].row->kind] += !m->items[i].row->error;
    }
    c.n_done = m->n - c.n_failed;
    return c;
}

bool merge_folders(const char *const *folders, size_t n, const char *output,
                   const struct mean_options *means, struct merged *out, struct pg_error *err) {
    struct merging m = {.n_folders = n};
    bool done = !is_among(output, folders, n, err) && read_folders(&m, folders, err) &&
                shards_check(folders, n, &m.whole, err) && order_lines(&m, err) &&
                check_ids(&m, err) && write_folder(&m, output, means, err);
    if (done)
        *out = count(&m);
    else
        free(m.report.joint);
    merge_free(&m);
    return done;
}
