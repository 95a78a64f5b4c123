/* jobs.c: see jobs.h. */
#include "batch/jobs.h"

#include "base/memory.h"
#include "batch/line_reader.h"
#include "batch/resume.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

static bool in_shard(struct shard shard, size_t job) {
    return !shard.count || job % (size_t)shard.count == (size_t)shard.index - 1;
}

/* Adds a zeroed job. */
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

/* A line without a usable id gets the default one. */
static bool read_id(const struct line_rules *rules, struct job *job, const struct line *line,
                    struct pg_error *err) {
    struct pg_error why;
    if (line->text)
        job->id = batch_line_id(rules, line->text, line->size, line->number, &why);
    else
        fail(&why, "the line has %zu bytes, expected at most %d", line->size, MAX_LINE);
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

/* Reads all lines; those of other shards without their text. */
static bool read_jobs(struct line_reader *reader, const struct line_rules *rules,
                      struct shard shard, struct jobs *out, struct pg_error *err) {
    size_t room = 0;
    for (struct line line; lines_next(reader, &line, err);) {
        if (!line.number) return true;
        const bool wanted = in_shard(shard, out->n);
        struct job *job = add_job(out, &room, err);
        if (!job) return false;
        job->line = line.number;
        if (line.text) out->checksum = checksum(out->checksum, line.text, line.size + 1);
        if (!read_id(rules, job, &line, err)) return false;
        if (wanted && line.text && !job->error && !copy_text(job, &line, err)) return false;
    }
    return false;
}

/* ---- ids ---- */

static int by_id(const void *a, const void *b) {
    const struct job *x = *(struct job *const *)a, *y = *(struct job *const *)b;
    return strcasecmp(x->id, y->id);
}

static int by_id_and_line(const void *a, const void *b) {
    const struct job *x = *(struct job *const *)a, *y = *(struct job *const *)b;
    const int order = by_id(a, b);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* Says why a line may not have its id. */
static bool refuse_id(struct job *job, const struct job *first, struct pg_error *err) {
    struct pg_error why;
    if (!strcmp(job->id, first->id))
        fail(&why, "the id %s is that of line %zu already", job->id, first->line);
    else
        fail(&why,
             "the id %s is that of line %zu, %s, but for case, which some file systems do not tell "
             "apart",
             job->id, first->line, first->id);
    return set_error(job, &why, err);
}

/* Finds out whether one of the n jobs has the id that this one would have by default. */
static bool find_default(struct job *job, struct job *const *sorted, size_t n,
                         struct pg_error *err) {
    struct job same = {.id = batch_line_default_id(job->line, err)}, *wanted = &same;
    if (!same.id) return false;
    job->default_taken = bsearch(&wanted, sorted, n, sizeof *sorted, by_id);
    free(same.id);
    return true;
}

/* Of the sorted jobs with one id the first keeps it, the others lose theirs. The jobs of the shard
 * that keep their ids move to the front; *kept is their number. */
static bool drop_ids(struct shard shard, const struct jobs *jobs, struct job **sorted, size_t *kept,
                     struct pg_error *err) {
    const struct job *first = NULL;
    for (size_t i = 0; i < jobs->n; i++) {
        struct job *job = sorted[i];
        if (!first || strcasecmp(job->id, first->id) != 0) {
            first = job;
            if (in_shard(shard, (size_t)(job - jobs->items))) sorted[(*kept)++] = job;
            continue;
        }
        if (!refuse_id(job, first, err)) return false;
        free(job->id);
        job->id = NULL;
    }
    return true;
}

static bool check_ids(struct shard shard, struct jobs *jobs, struct pg_error *err) {
    struct job **sorted = allocate(jobs->n, sizeof *sorted, err);
    size_t kept = 0;
    if (!sorted) return false;
    for (size_t i = 0; i < jobs->n; i++) sorted[i] = &jobs->items[i];
    qsort(sorted, jobs->n, sizeof *sorted, by_id_and_line);
    bool done = drop_ids(shard, jobs, sorted, &kept, err);
    for (size_t i = 0; done && i < jobs->n; i++)
        if (!jobs->items[i].id) done = find_default(&jobs->items[i], sorted, kept, err);
    free(sorted);
    return done;
}

static void keep_shard(struct shard shard, struct jobs *jobs) {
    size_t n = 0;
    for (size_t i = 0; i < jobs->n; i++) {
        if (in_shard(shard, i))
            jobs->items[n++] = jobs->items[i];
        else
            job_free(&jobs->items[i]);
    }
    jobs->n = n;
}

bool jobs_read(const char *path, const struct line_rules *rules, struct shard shard,
               struct jobs *out, struct pg_error *err) {
    struct line_reader reader;
    *out = (struct jobs){0};
    bool done = lines_open(path, &reader, err) && read_jobs(&reader, rules, shard, out, err);
    if (done && !out->n) done = fail(err, "%s has no experiments: it is empty", reader.name);
    lines_close(&reader);
    done = done && check_ids(shard, out, err);
    if (done) keep_shard(shard, out);
    return done;
}
