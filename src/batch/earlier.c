/* earlier.c: see earlier.h. */
#include "batch/earlier.h"

#include "base/memory.h"
#include "base/path.h"
#include "batch/folder.h"
#include "batch/identity.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- reading ---- */

static bool read_if_there(const char *folder, const char *name, bool cut_off_allowed,
                          struct summary *out, struct pg_error *err) {
    char *path = path_join(folder, name, err);
    if (!path) return false;
    bool done = access(path, F_OK) != 0 || summary_read(path, cut_off_allowed, out, err);
    free(path);
    return done;
}

/* Moves the rows that are done. */
static void move_done(struct summary *from, struct summary *to) {
    for (size_t i = 0; i < from->n; i++) {
        if (from->rows[i].error) continue;
        to->rows[to->n++] = from->rows[i];
        from->rows[i] = (struct summary_row){0};
    }
}

static int by_id(const void *a, const void *b) {
    return strcmp(((const struct summary_row *)a)->id, ((const struct summary_row *)b)->id);
}

bool earlier_read(const char *folder, struct earlier *out, struct pg_error *err) {
    struct summary whole = {0}, partial = {0};
    *out = (struct earlier){.folder = folder};
    bool done = read_if_there(folder, SUMMARY_FILE, false, &whole, err) &&
                read_if_there(folder, PARTIAL_FILE, true, &partial, err) &&
                (out->done.rows = allocate(whole.n + partial.n, sizeof *out->done.rows, err));
    if (done) {
        move_done(&whole, &out->done);
        move_done(&partial, &out->done);
        qsort(out->done.rows, out->done.n, sizeof *out->done.rows, by_id);
    }
    summary_free(&whole);
    summary_free(&partial);
    return done;
}

void earlier_free(struct earlier *e) {
    summary_free(&e->done);
}

bool earlier_check(const char *folder, struct pg_error *err) {
    struct earlier e;
    const bool fine = earlier_read(folder, &e, err);
    earlier_free(&e);
    return fine;
}

/* ---- looking ---- */

/* The number of the first row that is not before this id; n if there is none. */
static size_t first_row(const struct earlier *e, const char *id) {
    size_t low = 0, high = e->done.n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(e->done.rows[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_id(const struct earlier *e, size_t row, const char *id) {
    return row < e->done.n && !strcmp(e->done.rows[row].id, id);
}

/* Whether the files of a row are there. */
static bool is_whole(const struct earlier *e, const struct summary_row *row, bool png) {
    struct pg_error ignored;
    uint32_t crc;
    char *table = folder_file(e->folder, row->id, ".csv", &ignored);
    char *picture = folder_file(e->folder, row->id, ".png", &ignored);
    bool whole = table && picture && file_checksum(table, &crc, &ignored) && crc == row->csv_crc &&
                 (!png || file_exists(picture));
    free(table);
    free(picture);
    return whole;
}

const struct summary_row *earlier_find(const struct earlier *e, const char *id,
                                       uint32_t fingerprint, bool png) {
    for (size_t i = first_row(e, id); has_id(e, i, id); i++) {
        const struct summary_row *row = &e->done.rows[i];
        if (row->fingerprint == fingerprint && is_whole(e, row, png)) return row;
    }
    return NULL;
}

/* Files that cannot be removed, or are not there, are no matter. */
void earlier_remove(const struct earlier *e, const char *id) {
    static const char *const endings[] = {".csv", ".png"};
    if (!e->folder) return; /* it is no --resume */
    for (int i = 0; i < 2; i++) {
        struct pg_error ignored;
        char *path = folder_file(e->folder, id, endings[i], &ignored);
        if (path) unlink(path);
        free(path);
    }
}
