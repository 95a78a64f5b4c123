/* merge.c: see merge.h. */
#include "batch/merge.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "batch/cells.h"
#include "batch/finish.h"
#include "batch/folder.h"
#include "batch/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* A row and the folder that its files are in. */
struct entry {
    const struct summary_row *row;
    const char *folder;
};

struct merge {
    struct summary *summaries; /* one for each folder */
    size_t n_folders;
    struct entry *entries; /* of all of them */
    size_t n;
    struct shard_label whole; /* what they are together; count is 0 if that is not known */
};

static void merge_free(struct merge *m) {
    for (size_t i = 0; m->summaries && i < m->n_folders; i++) summary_free(&m->summaries[i]);
    free(m->summaries);
    free(m->entries);
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

/* What is there and cannot be looked at is not absent. */
static bool is_absent(const char *path) {
    struct stat status;
    return stat(path, &status) != 0 && errno == ENOENT;
}

/* Whether the folder of a batch has a file, or has it not, as it should. */
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

static bool read_folders(struct merge *m, const char *const *folders, struct pg_error *err) {
    m->summaries = allocate(m->n_folders, sizeof *m->summaries, err);
    if (!m->summaries) return false;
    for (size_t i = 0; i < m->n_folders; i++) {
        if (!read_folder(folders[i], &m->summaries[i], err)) return false;
        m->n += m->summaries[i].n;
    }
    m->entries = allocate(m->n, sizeof *m->entries, err);
    if (!m->entries) return false;
    struct entry *entry = m->entries;
    for (size_t i = 0; i < m->n_folders; i++)
        for (size_t j = 0; j < m->summaries[i].n; j++)
            *entry++ = (struct entry){&m->summaries[i].rows[j], folders[i]};
    return true;
}

/* ---- putting in order ---- */

static int compare_lines(const void *a, const void *b) {
    const size_t x = ((const struct entry *)a)->row->line, y = ((const struct entry *)b)->row->line;
    return (x > y) - (x < y);
}

static int compare_ids(const void *a, const void *b) {
    return strcasecmp(((const struct entry *)a)->row->id, ((const struct entry *)b)->row->id);
}

/* Sorts by line, and finds out that no line is there twice. */
static bool order_lines(struct merge *m, struct pg_error *err) {
    qsort(m->entries, m->n, sizeof *m->entries, compare_lines);
    for (size_t i = 1; i < m->n; i++)
        if (!compare_lines(&m->entries[i - 1], &m->entries[i]))
            return fail(err, "line %zu is in two folders, %s and %s", m->entries[i].row->line,
                        m->entries[i - 1].folder, m->entries[i].folder);
    return true;
}

static bool fail_same_id(const struct entry *a, const struct entry *b, struct pg_error *err) {
    if (!strcmp(a->row->id, b->row->id))
        return fail(err, "the id \"%s\" is that of line %zu in %s and of line %zu in %s",
                    a->row->id, a->row->line, a->folder, b->row->line, b->folder);
    return fail(
        err,
        "the id \"%s\" of line %zu in %s and \"%s\" of line %zu in %s differ in case alone, "
        "which some file systems do not tell apart",
        a->row->id, a->row->line, a->folder, b->row->id, b->row->line, b->folder);
}

/* No two that are done may have one id, in whatever case. That of one that failed may be what it failed
 * for. */
static bool check_ids(const struct merge *m, struct pg_error *err) {
    size_t n = 0, i;
    struct entry *done = allocate(m->n, sizeof *done, err);
    if (!done) return false;
    for (i = 0; i < m->n; i++)
        if (!m->entries[i].row->error) done[n++] = m->entries[i];
    qsort(done, n, sizeof *done, compare_ids);
    for (i = 1; i < n && compare_ids(&done[i - 1], &done[i]) != 0;) i++;
    if (i < n) fail_same_id(&done[i - 1], &done[i], err);
    free(done);
    return i >= n;
}

/* ---- writing ---- */

/* The bytes of an experiment's file, checked where the row knows more of them than the name. */
static char *read_file(const struct entry *entry, const char *path, bool csv, size_t *size,
                       struct pg_error *err) {
    return csv && !entry->row->error ? csv_read_file(path, entry->row->csv_crc, size, err)
                                     : file_read(path, CSV_MAX_SIZE, size, err);
}

/* Copies one of an experiment's files; what is done needs its CSV, the others may not be there. */
static bool copy_file(const struct entry *entry, const char *ending, const char *output,
                      struct pg_error *err) {
    size_t size;
    char *data = NULL;
    const bool csv = !strcmp(ending, ".csv");
    char *from = folder_file(entry->folder, entry->row->id, ending, err);
    char *to = folder_file(output, entry->row->id, ending, err);
    bool done = from && to;
    if (done && (!is_absent(from) || (csv && !entry->row->error)))
        done =
            (data = read_file(entry, from, csv, &size, err)) && file_replace(to, data, size, err);
    free(from);
    free(to);
    free(data);
    return done;
}

/* Copies the files of experiments that failed, or of those that are done. */
static bool copy_some(const struct merge *m, bool failed, const char *output,
                      struct pg_error *err) {
    for (size_t i = 0; i < m->n; i++) {
        const struct entry *entry = &m->entries[i];
        if ((entry->row->error != NULL) != failed || !id_is_valid(entry->row->id)) continue;
        if (!copy_file(entry, ".csv", output, err) || !copy_file(entry, ".png", output, err))
            return false;
    }
    return true;
}

/* One that failed may have files all the same, if its values differ from those of --check. They
 * come first, since its id may be that of one that is done. */
static bool copy_files(const struct merge *m, const char *output, struct pg_error *err) {
    return copy_some(m, true, output, err) && copy_some(m, false, output, err);
}

/* Writes the files that are about all experiments. */
static bool finish(const struct merge *m, const char *output, const struct pg_picture *look,
                   struct pg_error *err) {
    struct summary whole = {allocate(m->n, sizeof *whole.rows, err), m->n};
    if (!whole.rows) return false;
    for (size_t i = 0; i < m->n; i++)
        whole.rows[i] = *m->entries[i].row; /* which stays the owner */
    bool done = finish_folder(output, &whole, &m->whole, look, err);
    free(whole.rows);
    return done;
}

/* Whether nothing is in the folder that would be lost. Of a merge that was interrupted, of this very
 * batch, tables may be there. */
static bool is_free(const struct merge *m, const struct folder *output, struct pg_error *err) {
    return folder_has_no_batch(output->path, "choose another folder", err) &&
           ((m->whole.count && shard_is(output, &m->whole)) || folder_is_clear(output->path, err));
}

static bool write_folder(const struct merge *m, const char *output, const struct pg_picture *look,
                         struct pg_error *err) {
    struct folder folder;
    bool done = folder_open(output, &folder, err) && is_free(m, &folder, err) &&
                (!m->whole.count ||
                 (shard_fits(&folder, &m->whole, err) && shard_claim(&folder, &m->whole, err))) &&
                copy_files(m, output, err) && finish(m, output, look, err);
    folder_close(&folder);
    return done;
}

/* ---- all of it ---- */

static struct merged count(const struct merge *m) {
    struct merged c = {0};
    size_t expected = 1;
    for (size_t i = 0; i < m->n; expected = m->entries[i++].row->line + 1) {
        const size_t gap = m->entries[i].row->line - expected;
        if (gap && !c.n_missing) c.first_missing = expected;
        if (!m->whole.count) c.n_missing += gap;
        c.n_failed += m->entries[i].row->error != NULL;
    }
    c.n_done = m->n - c.n_failed;
    return c;
}

bool merge_folders(const char *const *folders, size_t n, const char *output,
                   const struct pg_picture *look, struct merged *out, struct pg_error *err) {
    struct merge m = {.n_folders = n};
    bool done = !is_among(output, folders, n, err) && read_folders(&m, folders, err) &&
                shards_check(folders, n, &m.whole, err) && order_lines(&m, err) &&
                check_ids(&m, err) && write_folder(&m, output, look, err);
    if (done) *out = count(&m);
    merge_free(&m);
    return done;
}
