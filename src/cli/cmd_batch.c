/* cmd_batch.c: the command batch: many experiments from a file, each one's files, and what sums them up. */
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "batch/earlier.h"
#include "batch/finish.h"
#include "batch/folder.h"
#include "batch/identity.h"
#include "batch/save.h"
#include "batch/shard.h"
#include "cli/batch_jobs.h"
#include "cli/batch_line.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "patch/experiment.h"
#include "report/result_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_WAITING = 64, MOST_SENTENCES = 10 };

/* What a batch works with. Experiments that are read wait until there are many, which run together. */
struct batch {
    const struct options *o;
    struct jobs jobs;
    size_t next; /* the job to read next */
    struct pg_model *model;
    uint32_t model_fingerprint;
    struct folder folder;
    struct earlier earlier;
    struct summary summary;                  /* a row for each job, filled when it is read */
    size_t waiting[MOST_WAITING], n_waiting; /* jobs */
    struct pg_request requests[MOST_WAITING];
    struct pg_result *results[MOST_WAITING];
    struct pg_error errors[MOST_WAITING];
    struct saving savings[MOST_WAITING];
    size_t n_done, n_kept, n_failed, n_different;
    struct count_progress progress;
};

static void batch_free(struct batch *b) {
    if (!b) return;
    for (size_t i = 0; i < b->n_waiting; i++) free_experiment(&b->requests[i]);
    summary_free(&b->summary);
    earlier_free(&b->earlier);
    folder_close(&b->folder);
    pg_model_close(b->model);
    jobs_free(&b->jobs);
    free(b);
}

/* ---- one experiment is over ---- */

static void tell(struct batch *b, const struct summary_row *row) {
    if (b->n_failed > MOST_SENTENCES) return;
    count_clear(&b->progress);
    fprintf(stderr, "patchgpt: line %zu: %s\n", row->line, row->error);
}

/* Adds the row of an experiment that cannot be done. False only if that row cannot be written. */
static bool add_failed(struct batch *b, size_t job, const char *why, struct pg_error *err) {
    struct summary_row *row = &b->summary.rows[job];
    row->error = copy_string(why, err);
    if (!row->error) return false;
    b->n_failed++;
    tell(b, row);
    return folder_append(&b->folder, row, err);
}

static bool add_done(struct batch *b, size_t job, const struct pg_result *result, uint32_t csv_crc,
                     struct pg_error *err) {
    struct summary_row *row = &b->summary.rows[job];
    row->csv_crc = csv_crc;
    row->clean_metric = result->clean_metric;
    row->corrupt_metric = result->corrupt_metric;
    row->largest = largest_effect(result);
    if (!folder_append(&b->folder, row, err)) return false;
    b->n_done++;
    return true;
}

/* Takes over the row of an earlier run, if its files are still this line's. */
static bool keep(struct batch *b, struct summary_row *row) {
    const struct summary_row *old =
        earlier_find(&b->earlier, row->id, row->fingerprint, b->o->batch_png);
    if (!old) return false;
    row->csv_crc = old->csv_crc;
    row->clean_metric = old->clean_metric;
    row->corrupt_metric = old->corrupt_metric;
    row->largest = old->largest;
    b->n_kept++;
    return true;
}

/* ---- reading ---- */

/* The line's request and its row, but for what comes of running it. */
static bool read_job(const struct batch *b, const struct job *job, struct pg_request *request,
                     struct summary_row *row, struct pg_error *err) {
    struct batch_line line;
    *request = (struct pg_request){0};
    if (job->error) return fail(err, "%s", job->error);
    bool done = batch_line_read(b->o, job->text, job->size, &line, err) &&
                batch_line_request(b->model, &line, request, row, err);
    batch_line_free(&line);
    if (!done) return false;
    row->fingerprint = fingerprint(b->model_fingerprint, request, row->labels, row->n_labels);
    row->measure = measure_of(request);
    row->noising = request->noising;
    row->n_tokens = (int)request->clean.count;
    return true;
}

/* Begins the row of a job, which gives it its id. */
static bool begin_row(struct job *job, struct summary_row *row, struct pg_error *err) {
    row->line = job->line;
    row->id = job->id ? job->id : batch_line_default_id(job->line, err);
    job->id = NULL;
    return row->id;
}

/* Reads the next job: it waits then, or is over. False only if its row cannot be made or written. */
static bool take_job(struct batch *b, struct pg_error *err) {
    const size_t number = b->next++;
    struct job *job = &b->jobs.items[number];
    struct summary_row *row = &b->summary.rows[number];
    struct pg_request *request = &b->requests[b->n_waiting];
    struct pg_error why;
    const bool has_files = job->id || !job->default_taken; /* of an earlier run, perhaps */
    if (!begin_row(job, row, err)) return false;
    const bool usable = read_job(b, job, request, row, &why);
    job_free(job);
    if (usable && !keep(b, row)) {
        b->waiting[b->n_waiting++] = number;
        earlier_remove(&b->earlier, row->id);
        return true;
    }
    free_experiment(request);
    count_add(&b->progress, 1, false);
    if (usable) return true;
    if (has_files) earlier_remove(&b->earlier, row->id);
    return add_failed(b, number, why.text, err);
}

/* ---- running ---- */

/* Runs as many of those that wait as the model takes at once. Returns how many. */
static size_t run(struct batch *b) {
    b->requests[0].progress = count_show;
    b->requests[0].progress_context = &b->progress;
    return run_group(b->model, b->requests, b->n_waiting, b->results, b->errors);
}

static void save(struct batch *b, size_t n) {
    const struct pg_picture look = options_picture(b->o);
    const struct save_options options = {.model = b->model,
                                         .folder = b->o->output,
                                         .look = b->o->batch_png ? &look : NULL,
                                         .reference = b->o->check,
                                         .tolerance = b->o->tolerance};
    size_t n_results = 0;
    for (size_t i = 0; i < n; i++)
        if (b->results[i])
            b->savings[n_results++] =
                (struct saving){.id = b->summary.rows[b->waiting[i]].id, .result = b->results[i]};
    save_results(&options, b->savings, n_results);
}

/* Adds the rows of the first n that wait. After a file that cannot be written the others still count. */
static bool add_rows(struct batch *b, size_t n, struct pg_error *err) {
    const struct saving *saving = b->savings;
    bool written = true;
    for (size_t i = 0; i < n; i++) {
        const size_t job = b->waiting[i];
        if (!b->results[i]) {
            if (!add_failed(b, job, b->errors[i].text, err)) return false;
            continue;
        }
        const struct saving *s = saving++;
        if (s->outcome == UNWRITABLE) {
            *err = s->err;
            written = false;
        } else if (s->outcome == SAVED) {
            if (!add_done(b, job, s->result, s->csv_crc, err)) return false;
        } else {
            b->n_different += s->outcome == DIFFERENT;
            if (!add_failed(b, job, s->err.text, err)) return false;
        }
    }
    return written;
}

static void drop_waiting(struct batch *b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        free_experiment(&b->requests[i]);
        pg_result_free(b->results[i]);
    }
    b->n_waiting -= n;
    memmove(b->requests, b->requests + n, b->n_waiting * sizeof *b->requests);
    memmove(b->waiting, b->waiting + n, b->n_waiting * sizeof *b->waiting);
}

static bool run_some(struct batch *b, struct pg_error *err) {
    const size_t n = run(b);
    save(b, n);
    const bool done = add_rows(b, n, err);
    drop_waiting(b, n);
    count_add(&b->progress, n, true);
    return done;
}

static bool run_all(struct batch *b, struct pg_error *err) {
    while (b->n_waiting || b->next < b->jobs.n) {
        while (b->n_waiting < MOST_WAITING && b->next < b->jobs.n)
            if (!take_job(b, err)) return false;
        if (b->n_waiting && !run_some(b, err)) return false;
    }
    return true;
}

/* ---- the whole ---- */

/* What would fail after the work should fail before it. */
static bool check_reference(const struct options *o, struct pg_error *err) {
    struct stat reference, output;
    if (!o->check) return true;
    if (stat(o->check, &reference) != 0)
        return fail(err, "cannot open the folder %s: %s", o->check, strerror(errno));
    if (!S_ISDIR(reference.st_mode)) return fail(err, "--check %s is no folder", o->check);
    if (stat(o->output, &output) != 0 || output.st_dev != reference.st_dev ||
        output.st_ino != reference.st_ino)
        return true;
    return fail(err, "--check and --output are the same folder, %s, whose tables would be replaced",
                o->check);
}

static uint32_t add_text(uint32_t crc, const char *text) {
    return checksum(crc, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* Which part of which batch this is. */
static struct shard_label shard_of(const struct batch *b) {
    const struct options *o = b->o;
    const int numbers[] = {(int)b->model_fingerprint, o->metric, o->noising, o->prepend_bos,
                           o->read_position};
    uint32_t crc = checksum(b->jobs.checksum, numbers, sizeof numbers);
    crc = checksum(crc, o->sites.items, o->sites.count * sizeof *o->sites.items);
    crc = add_text(add_text(add_text(crc, o->layers.text), o->heads.text), o->positions.text);
    crc = add_text(crc, o->ignore);
    return o->shard.count ? (struct shard_label){o->shard.index, o->shard.count, crc}
                          : (struct shard_label){1, 1, crc};
}

/* Whether nothing is in the folder that would be lost; with --resume what is there is read. */
static bool take_over(struct batch *b, struct pg_error *err) {
    static const char advice[] = "go on with batch --resume, or choose another folder";
    const struct options *o = b->o;
    if (o->resume) return earlier_read(o->output, &b->earlier, err);
    return folder_has_no_batch(o->output, advice, err) && folder_is_clear(o->output, err);
}

/* It is no finished batch any more before it is said to be this one: merge would take the old results
 * for the new ones. */
static bool open_folder(struct batch *b, struct pg_error *err) {
    const struct shard_label shard = shard_of(b);
    return folder_open(b->o->output, &b->folder, err) && take_over(b, err) &&
           shard_fits(&b->folder, &shard, err) && folder_begin(&b->folder, err) &&
           shard_claim(&b->folder, &shard, err);
}

static bool open_batch(struct batch *b, struct pg_error *err) {
    const struct options *o = b->o;
    if (!check_reference(o, err) || !jobs_read(o, &b->jobs, err) ||
        (o->resume && !earlier_check(o->output, err)) || !(b->model = open_model(o, err)))
        return false;
    b->model_fingerprint = pg_model_fingerprint(b->model);
    if (!open_folder(b, err)) return false;
    b->summary.rows = allocate(b->jobs.n, sizeof *b->summary.rows, err);
    if (!b->summary.rows) return false;
    b->summary.n = b->jobs.n;
    if (!o->quiet && isatty(STDERR_FILENO)) count_begin(&b->progress, b->jobs.n);
    return true;
}

static bool finish(struct batch *b, struct pg_error *err) {
    const struct pg_picture look = options_mean_picture(b->o);
    const struct shard_label shard = shard_of(b);
    return finish_folder(b->o->output, &b->summary, &shard, &look, err) &&
           folder_finish(&b->folder, err);
}

/* Says that the work so far is not lost. */
static enum exit_code fail_midway(const struct batch *b, struct pg_error *err) {
    const struct pg_error why = *err;
    fail(err, "%.1800s; %zu of %zu experiments are done%s", why.text, b->n_done + b->n_kept,
         b->jobs.n, b->o->check ? "" : ", and --resume goes on from there");
    return EXIT_FAILED;
}

static void report(const struct batch *b) {
    const struct options *o = b->o;
    const size_t n_done = b->n_done + b->n_kept;
    if (o->quiet) return;
    write_model_line(stdout, b->model);
    printf("%zu of %zu experiments are done", n_done, b->jobs.n);
    if (b->n_kept) printf(", %zu of them since an earlier run", b->n_kept);
    if (b->n_failed) printf("; %zu failed", b->n_failed);
    printf("\nwritten to ");
    write_printable(stdout, o->output);
    printf(": summary.csv, mean.csv");
    if (n_done)
        printf(", the pictures of the means, and a table%s each",
               o->batch_png ? " and a picture of" : " of");
    putchar('\n');
    if (!o->check || b->n_failed) return;
    printf("check: all values equal those in ");
    write_printable(stdout, o->check);
    if (o->tolerance > 0) printf(" within %g", o->tolerance);
    putchar('\n');
}

static enum exit_code verdict(const struct batch *b, struct pg_error *err) {
    if (b->n_failed > MOST_SENTENCES)
        fprintf(stderr, "patchgpt: and %zu more\n", b->n_failed - MOST_SENTENCES);
    if (b->n_different) {
        fail(err, "%zu of %zu experiments differ from those in %s", b->n_different, b->jobs.n,
             b->o->check);
        return EXIT_DIFFERENT;
    }
    if (!b->n_failed) return EXIT_DONE;
    fail(err, "%zu of %zu experiments failed; %s/summary.csv says why", b->n_failed, b->jobs.n,
         b->o->output);
    return EXIT_SOME_FAILED;
}

static enum exit_code run_batch(struct batch *b, struct pg_error *err) {
    if (!open_batch(b, err)) return EXIT_FAILED;
    const bool done = run_all(b, err) && finish(b, err);
    count_clear(&b->progress);
    if (!done) return fail_midway(b, err);
    report(b);
    return verdict(b, err);
}

enum exit_code command_batch(const struct options *o, struct pg_error *err) {
    if (!folder_spares(o->output, o->text, err) || !folder_has_no_links(o->output, err))
        return EXIT_MISUSED;
    struct batch *b = allocate(1, sizeof *b, err);
    if (!b) return EXIT_FAILED;
    b->o = o;
    b->folder = (struct folder){NULL, -1, -1};
    enum exit_code code = run_batch(b, err);
    batch_free(b);
    return code;
}
