/* output.c: see output.h. */
#include "batch/output.h"

#include "base/file.h"
#include "base/pool.h"
#include "base/text_stream.h"
#include "batch/resume.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- files of one experiment ---- */

static const struct work *work_of(const struct saving *s) {
    return &works[s->row->kind];
}

static bool is_drawn(const struct save_options *o, const struct saving *s) {
    return o->looks && work_of(s)->has_picture(s->row);
}

static bool write_file(const struct save_options *o, struct saving *s, const char *ending,
                       const void *data, size_t size) {
    char *path = folder_file(o->folder, s->row->id, ending, &s->err);
    bool done = path && file_replace(path, data, size, &s->err);
    free(path);
    return done;
}

static enum saved save_table(const struct save_options *o, struct saving *s) {
    size_t size;
    char *text = work_of(s)->csv(o->model, s->result, &size, &s->err);
    bool done = text && write_file(o, s, ".csv", text, size);
    if (done) s->csv_crc = checksum(0, text, size);
    free(text);
    return done ? SAVED : SAVE_UNWRITABLE;
}

static enum saved save_picture(const struct save_options *o, struct saving *s, int threads) {
    if (!is_drawn(o, s)) return SAVED;
    size_t size;
    uint8_t *png =
        work_of(s)->png(o->model, s->result, &o->looks[s->row->kind], threads, &size, &s->err);
    if (!png) return SAVE_FAILED;
    bool done = write_file(o, s, ".png", png, size);
    free(png);
    return done ? SAVED : SAVE_UNWRITABLE;
}

static enum saved compare(const struct save_options *o, struct saving *s) {
    if (!o->reference) return SAVED;
    bool differs = false;
    char *path = folder_file(o->reference, s->row->id, ".csv", &s->err);
    const bool done =
        path && work_of(s)->compare(o->model, s->result, path, o->tolerance, &differs, &s->err);
    free(path);
    if (!done) return SAVE_FAILED;
    return differs ? SAVED_DIFFERENT : SAVED;
}

/* Results that are saved in parallel. */
struct save_work {
    const struct save_options *options;
    struct saving *items;
    int threads_each; /* for encoding one picture: 1 where items run in parallel */
};

static void save_result(void *context, int i, int worker) {
    (void)worker;
    const struct save_work *work = context;
    const struct save_options *o = work->options;
    struct saving *s = &work->items[i];
    const bool ready =
        !is_drawn(o, s) || work_of(s)->check_picture(s->result, &o->looks[s->row->kind], &s->err);
    s->outcome = ready ? save_table(o, s) : SAVE_FAILED;
    if (s->outcome == SAVED) s->outcome = save_picture(o, s, work->threads_each);
    if (s->outcome == SAVED) s->outcome = compare(o, s);
}

void save_results(const struct save_options *o, struct saving *items, size_t n) {
    struct save_work work = {o, items, n > 1 ? 1 : pg_threads()};
    pool_run_once(n > 1 ? pg_threads() : 1, (int)n, save_result, &work);
}

/* ---- files of all experiments ---- */

static char *summary_text(const struct summary *summary, size_t *size, struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    bool done = true;
    unsigned form = SUMMARY_PLAIN;
    for (size_t i = 0; i < summary->n; i++) form |= summary_row_form(&summary->rows[i]);
    for (size_t i = 0; done && i <= summary->n; i++) {
        size_t length;
        char *line = i ? summary_row_text(&summary->rows[i - 1], form, &length, err)
                       : summary_header(form, &length, err);
        done = line;
        if (line) fwrite(line, 1, length, s.out);
        free(line);
    }
    struct pg_error ignored;
    char *all = text_close(&s, size, "the summary", done ? err : &ignored);
    if (done) return all;
    free(all);
    return NULL;
}

bool finish_folder(const char *folder, const struct summary *summary,
                   const struct shard_label *whole, const struct mean_options *means,
                   struct mean_report *report, struct pg_error *err) {
    *report = (struct mean_report){0};
    size_t size = 0;
    for (int kind = 0; kind < N_WORK_KINDS; kind++) {
        const struct mean_output output = {folder, summary, whole, means, &means->looks[kind],
                                           report};
        if (!works[kind].write_means(&output, err)) return false;
    }
    char *text = summary_text(summary, &size, err);
    return text && folder_write(folder, SUMMARY_FILE, text, size, err);
}
