/* batch_jobs.c: see batch_jobs.h. */
#include "cli/batch_jobs.h"

#include "base/memory.h"
#include "batch/fingerprint.h"
#include "batch/form.h"
#include "cli/batch_line.h"

#include <stdlib.h>
#include <string.h>

void job_free(struct job *job) {
    free(job->id);
    free(job->text);
    free(job->error);
    *job = (struct job){0};
}

void jobs_free(struct jobs *jobs) {
    for (size_t i = 0; i < jobs->n; i++) job_free(&jobs->items[i]);
    free(jobs->items);
    *jobs = (struct jobs){0};
}

/* ---- reading ---- */

static bool in_shard(const struct options *o, size_t job) {
    return !o->shard.count || job % (size_t)o->shard.count == (size_t)o->shard.index - 1;
}

/* A place for one more job, zeroed. */
static struct job *add_job(struct jobs *jobs, size_t *room, struct pg_error *err) {
    if (jobs->n == *room) {
        *room = *room ? 2 * *room : 64;
        struct job *larger = allocate(*room, sizeof *larger, err);
        if (!larger) return NULL;
        if (jobs->n) memcpy(larger, jobs->items, jobs->n * sizeof *larger);
        free(jobs->items);
        jobs->items = larger;
    }
    return &jobs->items[jobs->n++];
}

static bool set_error(struct job *job, const struct pg_error *why, struct pg_error *err) {
    return job->error || (job->error = copy_string(why->text, err));
}

/* A line without an id that can be used has the one that it would have by default. */
static bool read_id(struct job *job, const struct line *line, struct pg_error *err) {
    struct pg_error why;
    if (line->text)
        job->id = batch_line_id(line->text, line->size, line->number, &why);
    else
        fail(&why, "the line has %zu bytes, expected at most %d", line->size, LONGEST_LINE);
    if (job->id) return true;
    job->id = batch_line_default_id(line->number, err);
    return job->id && set_error(job, &why, err);
}

static bool copy_text(struct job *job, const struct line *line, struct pg_error *err) {
    job->text = allocate(line->size, 1, err);
    if (!job->text) return false;
    memcpy(job->text, line->text, line->size);
    job->size = line->size;
    return true;
}

static bool read_jobs(const struct options *o, struct line_reader *reader, struct jobs *out,
                      struct pg_error *err) {
    size_t room = 0;
    struct form form = {0};
    for (struct line line; lines_next(reader, &line, err);) {
        if (!line.number) return form_end(&form, reader->name, err);
        if (!form_add(&form, &line, reader->name, err)) return false;
        const bool wanted = in_shard(o, out->n);
        struct job *job = add_job(out, &room, err);
        if (!job) return false;
        job->line = line.number;
        if (line.text) out->checksum = checksum(out->checksum, line.text, line.size + 1);
        if (!read_id(job, &line, err)) return false;
        if (wanted && line.text && !job->error && !copy_text(job, &line, err)) return false;
    }
    return false;
}

/* ---- ids ---- */

static int by_id_and_line(const void *a, const void *b) {
    const struct job *x = *(struct job *const *)a, *y = *(struct job *const *)b;
    const int order = strcmp(x->id, y->id);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* Of the jobs with one id the first keeps it. */
static bool check_ids(struct jobs *jobs, struct pg_error *err) {
    struct job **sorted = allocate(jobs->n, sizeof *sorted, err);
    if (!sorted) return false;
    for (size_t i = 0; i < jobs->n; i++) sorted[i] = &jobs->items[i];
    qsort(sorted, jobs->n, sizeof *sorted, by_id_and_line);
    bool done = true;
    for (size_t i = 1, first = 0; done && i < jobs->n; i++) {
        struct pg_error why;
        if (strcmp(sorted[i]->id, sorted[first]->id) != 0) {
            first = i;
            continue;
        }
        fail(&why, "the id %s is that of line %zu already", sorted[i]->id, sorted[first]->line);
        done = set_error(sorted[i], &why, err);
        free(sorted[i]->id);
        sorted[i]->id = NULL;
    }
    free(sorted);
    return done;
}

static void keep_shard(const struct options *o, struct jobs *jobs) {
    size_t n = 0;
    for (size_t i = 0; i < jobs->n; i++) {
        if (in_shard(o, i))
            jobs->items[n++] = jobs->items[i];
        else
            job_free(&jobs->items[i]);
    }
    jobs->n = n;
}

bool jobs_read(const struct options *o, struct jobs *out, struct pg_error *err) {
    struct line_reader reader;
    *out = (struct jobs){0};
    bool done = lines_open(o->text, &reader, err) && read_jobs(o, &reader, out, err);
    if (done && !out->n) done = fail(err, "%s has no experiments: it is empty", reader.name);
    lines_close(&reader);
    done = done && check_ids(out, err);
    if (done) keep_shard(o, out);
    return done;
}
