/* save.c: see save.h. */
#include "batch/save.h"

#include "base/file.h"
#include "base/pool.h"
#include "batch/folder.h"
#include "batch/identity.h"
#include "report/difference.h"
#include "report/result_csv.h"
#include "report/show.h"
#include "report/write_png.h"

#include <stdlib.h>

static bool write_file(const struct save_options *o, struct saving *s, const char *ending,
                       const void *data, size_t size) {
    char *path = folder_file(o->folder, s->id, ending, &s->err);
    bool done = path && file_replace(path, data, size, &s->err);
    free(path);
    return done;
}

static enum saved save_table(const struct save_options *o, struct saving *s) {
    size_t size;
    char *text = result_csv(o->model, s->result, &size, &s->err);
    bool done = text && write_file(o, s, ".csv", text, size);
    if (done) s->csv_crc = checksum(0, text, size);
    free(text);
    return done ? SAVED : UNWRITABLE;
}

static enum saved save_picture(const struct save_options *o, struct saving *s, int threads) {
    if (!o->look) return SAVED;
    size_t size;
    uint8_t *png = result_png(o->model, s->result, o->look, threads, &size, &s->err);
    if (!png) return UNSAVED;
    bool done = write_file(o, s, ".png", png, size);
    free(png);
    return done ? SAVED : UNWRITABLE;
}

static enum saved compare(const struct save_options *o, struct saving *s) {
    if (!o->reference) return SAVED;
    struct pg_check check;
    char *path = folder_file(o->reference, s->id, ".csv", &s->err);
    enum saved outcome = SAVED;
    if (!path || !pg_check_csv(o->model, s->result, path, o->tolerance, &check, &s->err))
        outcome = UNSAVED;
    else if (check.n_differing) {
        fail_different(s->result, &check, path, o->tolerance, &s->err);
        outcome = DIFFERENT;
    }
    free(path);
    return outcome;
}

struct work {
    const struct save_options *options;
    struct saving *items;
    int threads_each; /* where the threads have an item each, it has no others */
};

static void save_result(void *context, int i, int member) {
    (void)member;
    const struct work *work = context;
    const struct save_options *o = work->options;
    struct saving *s = &work->items[i];
    const bool ready = !o->look || show_check(s->result, o->look->show, &s->err);
    s->outcome = ready ? save_table(o, s) : UNSAVED;
    if (s->outcome == SAVED) s->outcome = save_picture(o, s, work->threads_each);
    if (s->outcome == SAVED) s->outcome = compare(o, s);
}

void save_results(const struct save_options *o, struct saving *items, size_t n) {
    struct work work = {o, items, n > 1 ? 1 : pg_threads()};
    pool_run_once(n > 1 ? pg_threads() : 1, (int)n, save_result, &work);
}
