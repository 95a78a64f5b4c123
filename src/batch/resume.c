/* resume.c: see resume.h. */
#include "batch/resume.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "batch/folder.h"
#include "patch/graph.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* ---- checksums ---- */

/* Numbers are added as four bytes, lowest first, and a list after its number of items. */
static uint32_t add_number(uint32_t crc, uint32_t number) {
    const uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                              (uint8_t)(number >> 24)};
    return (uint32_t)crc32(crc, bytes, sizeof bytes);
}

static uint32_t add_list(uint32_t crc, const int *items, size_t count) {
    crc = add_number(crc, (uint32_t)count);
    for (size_t i = 0; i < count; i++) crc = add_number(crc, (uint32_t)items[i]);
    return crc;
}

static uint32_t add_text(uint32_t crc, const char *text) {
    const size_t length = strlen(text);
    crc = add_number(crc, (uint32_t)length);
    return (uint32_t)crc32_z(crc, (const uint8_t *)text, length);
}

/* The components and readers that a request chooses, and what its paths do not go through. */
static uint32_t add_nodes(uint32_t crc, const struct pg_request *r) {
    char name[NODE_NAME_SIZE];
    if (r->n_senders) crc = add_number(add_text(crc, "from"), (uint32_t)r->n_senders);
    for (size_t i = 0; i < r->n_senders; i++) {
        sender_name(&r->senders[i], name);
        crc = add_text(crc, name);
    }
    if (r->n_receivers) crc = add_number(add_text(crc, "to"), (uint32_t)r->n_receivers);
    for (size_t i = 0; i < r->n_receivers; i++) {
        receiver_name(&r->receivers[i], name);
        crc = add_text(crc, name);
    }
    return r->frozen & PG_FROZEN_MLPS ? add_text(crc, "mlps frozen") : crc;
}

/* What not every experiment has is added where it is given alone, so that the others keep their
 * fingerprints. */
static uint32_t add_rest(uint32_t crc, const struct pg_request *r) {
    if (r->neurons.count)
        crc = add_list(add_text(crc, "neurons"), r->neurons.items, r->neurons.count);
    if (r->window != 1) crc = add_number(add_text(crc, "window"), (uint32_t)r->window);
    if (r->joint) crc = add_text(crc, "joint");
    if (r->noise) {
        const struct pg_noise *n = r->noise;
        crc = add_list(add_text(crc, "noise"), n->positions, n->n_positions);
        crc = add_number(add_number(crc, (uint32_t)n->samples), n->seed);
        crc = (uint32_t)crc32_z(crc, (const uint8_t *)&n->sigma, sizeof n->sigma);
    }
    if (r->answers.count)
        crc = add_list(add_text(crc, "answers"), r->answers.ids, r->answers.count);
    if (r->wrong_answers.count)
        crc =
            add_list(add_text(crc, "wrong_answers"), r->wrong_answers.ids, r->wrong_answers.count);
    if (r->with == PG_WITH_ZERO) crc = add_text(crc, "zero");
    if (r->with == PG_WITH_MEAN) crc = add_text(crc, "mean");
    if (r->n_single_heads) crc = add_text(crc, "heads");
    for (size_t i = 0; i < r->n_single_heads; i++) {
        crc = add_number(crc, (uint32_t)r->single_heads[i].layer);
        crc = add_number(crc, (uint32_t)r->single_heads[i].head);
    }
    return add_nodes(crc, r);
}

uint32_t fingerprint(uint32_t model, const struct pg_request *r,
                     const struct position_label *labels, size_t n_labels) {
    uint32_t crc = add_number(0, model);
    crc = add_list(crc, r->clean.ids, r->clean.count);
    crc = add_list(crc, r->corrupt.ids, r->corrupt.count);
    crc = add_number(crc, (uint32_t)r->n_pairs);
    for (size_t i = 0; i < r->n_pairs; i++) {
        crc = add_number(crc, (uint32_t)r->pairs[i].a);
        crc = add_number(crc, (uint32_t)r->pairs[i].b);
    }
    crc = add_number(crc, (uint32_t)r->n_sites);
    for (size_t i = 0; i < r->n_sites; i++) crc = add_text(crc, pg_site_name(r->sites[i]));
    crc = add_text(crc, pg_metric_name(r->metric));
    crc = add_number(crc, r->noising);
    crc = add_list(crc, r->layers.items, r->layers.count);
    crc = add_list(crc, r->heads.items, r->heads.count);
    crc = add_list(crc, r->positions.items, r->positions.count);
    crc = add_number(crc, (uint32_t)r->read_position);
    crc = add_number(crc, (uint32_t)n_labels);
    for (size_t i = 0; i < n_labels; i++) {
        crc = add_text(crc, labels[i].name);
        crc = add_number(crc, (uint32_t)labels[i].position);
    }
    return add_rest(crc, r);
}

uint32_t checksum(uint32_t earlier, const void *bytes, size_t size) {
    return (uint32_t)crc32_z(earlier, bytes, size);
}

bool file_checksum(const char *path, uint32_t *out, struct pg_error *err) {
    struct file_map map;
    if (!file_map(path, &map, err)) return false;
    *out = checksum(0, map.data, map.size);
    file_unmap(&map);
    return true;
}

/* ---- what an earlier run has left ---- */

static bool read_if_there(const char *folder, const char *name, bool cut_off_allowed,
                          struct summary *out, struct pg_error *err) {
    char *path = path_join(folder, name, err);
    if (!path) return false;
    bool done = access(path, F_OK) != 0 || summary_read(path, cut_off_allowed, out, err);
    free(path);
    return done;
}

/* Moves the rows of experiments that are done. */
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

/* The index of the first row that is not before this id, at most n. */
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

/* Whether the files of a row exist, the table with the bytes that the row says. */
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

/* Best effort: a file that cannot be removed does no harm. */
void earlier_remove(const struct earlier *e, const char *id) {
    static const char *const endings[] = {".csv", ".png"};
    if (!e->folder) return; /* not --resume */
    for (int i = 0; i < 2; i++) {
        struct pg_error ignored;
        char *path = folder_file(e->folder, id, endings[i], &ignored);
        if (path) unlink(path);
        free(path);
    }
}
