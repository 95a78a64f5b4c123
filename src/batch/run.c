/* run.c: see run.h. */
#include "batch/run.h"

#include "base/memory.h"
#include "batch/all_lines.h"
#include "batch/means.h"
#include "batch/output.h"
#include "batch/resume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_WAITING = 64 };

/* An experiment that was read waits until there are many, which run together. */
struct batch {
    const struct batch_options *o;
    struct jobs jobs;
    size_t next; /* the job to read next */
    struct pg_model *model;
    struct work_context context;
    struct folder folder;
    struct earlier earlier;
    struct summary summary; /* a row for each job, filled when it is read */
    struct batch_counts counts;
    struct mean_report report; /* of the whole batch, once it is done */
    /* The n_waiting jobs that wait, and what becomes of them. */
    size_t waiting[MAX_WAITING], n_waiting;
    struct task tasks[MAX_WAITING];
    void *results[MAX_WAITING];
    struct pg_error errors[MAX_WAITING];
    struct saving savings[MAX_WAITING];
};

const struct pg_model *batch_model(const struct batch *b) {
    return b->model;
}

struct batch_counts batch_counts(const struct batch *b) {
    return b->counts;
}

const struct mean_report *batch_report(const struct batch *b) {
    return &b->report;
}

/* ---- the end of one experiment ---- */

static void tell_moved(struct batch *b, double part) {
    if (b->o->moved) b->o->moved(b->o->context, &b->counts, part);
}

/* Adds the row of an experiment that failed. False and err if the row cannot be written. */
static bool add_failed(struct batch *b, size_t job, const char *why, struct pg_error *err) {
    struct summary_row *row = &b->summary.rows[job];
    row->error = copy_string(why, err);
    if (!row->error) return false;
    b->counts.failed++;
    if (b->o->failed) b->o->failed(b->o->context, row->line, row->error);
    return folder_append(&b->folder, row, err);
}

static bool add_done(struct batch *b, size_t job, const void *result, uint32_t csv_crc,
                     struct pg_error *err) {
    struct summary_row *row = &b->summary.rows[job];
    row->csv_crc = csv_crc;
    works[row->kind].summarize(result, row);
    if (!folder_append(&b->folder, row, err)) return false;
    b->counts.done++;
    b->counts.of_kind[row->kind]++;
    return true;
}

/* Takes over the results of an earlier run, if its files are still this line's. */
static bool keep(struct batch *b, struct summary_row *row) {
    const bool png = b->o->pictures && works[row->kind].has_picture(row);
    const struct summary_row *old = earlier_find(&b->earlier, row->id, row->fingerprint, png);
    if (!old) return false;
    row->csv_crc = old->csv_crc;
    row->clean_metric = old->clean_metric;
    row->corrupt_metric = old->corrupt_metric;
    row->largest = old->largest;
    row->part = old->part;
    b->counts.kept++;
    b->counts.of_kind[row->kind]++;
    return true;
}

/* ---- reading ---- */

/* Reads a line's task and its row, except for the fields that are results. */
static bool read_job(struct batch *b, const struct job *job, struct task *task,
                     struct summary_row *row, struct pg_error *err) {
    struct batch_line line;
    *task = (struct task){0};
    if (job->error) return fail(err, "%s", job->error);
    bool done = batch_line_read(&b->o->rules, job->text, job->size, &line, err);
    if (done) {
        task->kind = row->kind = line.kind;
        done = works[line.kind].read(&b->context, &line, task, row, err);
    }
    batch_line_free(&line);
    return done;
}

/* Begins the row of a job, which gives its id to it. */
static bool begin_row(struct job *job, struct summary_row *row, struct pg_error *err) {
    row->line = job->line;
    row->id = job->id ? job->id : batch_line_default_id(job->line, err);
    job->id = NULL;
    return row->id;
}

/* Reads the next job. It waits then, or has ended: kept or failed. False and err only if its row
 * cannot be made or written. */
static bool take_job(struct batch *b, struct pg_error *err) {
    const size_t number = b->next++;
    struct job *job = &b->jobs.items[number];
    struct summary_row *row = &b->summary.rows[number];
    struct task *task = &b->tasks[b->n_waiting];
    struct pg_error why;
    const bool may_have_files = job->id || !job->default_taken;
    if (!begin_row(job, row, err)) return false;
    const bool usable = read_job(b, job, task, row, &why);
    job_free(job);
    if (usable && !keep(b, row)) {
        b->waiting[b->n_waiting++] = number;
        earlier_remove(&b->earlier, row->id);
        return true;
    }
    task_free(task);
    b->counts.untimed++;
    if (!usable && may_have_files) earlier_remove(&b->earlier, row->id);
    const bool done = usable || add_failed(b, number, why.text, err);
    tell_moved(b, 0);
    return done;
}

/* ---- running ---- */

static void show_part(void *context, double part) {
    tell_moved(context, part);
}

/* Moves what waits of the first one's kind of work to the front, in its order, so that it can run
 * together. Returns how many these are. */
static size_t gather_kind(struct batch *b) {
    size_t n = 1;
    for (size_t i = 1; i < b->n_waiting; i++) {
        if (b->tasks[i].kind != b->tasks[0].kind) continue;
        const struct task task = b->tasks[i];
        const size_t job = b->waiting[i];
        memmove(b->tasks + n + 1, b->tasks + n, (i - n) * sizeof *b->tasks);
        memmove(b->waiting + n + 1, b->waiting + n, (i - n) * sizeof *b->waiting);
        b->tasks[n] = task;
        b->waiting[n++] = job;
    }
    return n;
}

/* Runs as many of the waiting experiments as the model takes at once, all of one kind, and returns
 * their number. */
static size_t run_first(struct batch *b) {
    const size_t n = gather_kind(b);
    b->tasks[0].request.progress = show_part;
    b->tasks[0].request.progress_context = b;
    return works[b->tasks[0].kind].run(b->model, b->tasks, n, b->results, b->errors);
}

/* Writes the files of the first n that wait, where they have a result. */
static void save(struct batch *b, size_t n) {
    const struct save_options options = {.model = b->model,
                                         .folder = b->o->output,
                                         .looks = b->o->pictures ? b->o->looks : NULL,
                                         .reference = b->o->reference,
                                         .tolerance = b->o->tolerance};
    size_t n_results = 0;
    for (size_t i = 0; i < n; i++)
        if (b->results[i])
            b->savings[n_results++] =
                (struct saving){.row = &b->summary.rows[b->waiting[i]], .result = b->results[i]};
    save_results(&options, b->savings, n_results);
}

/* Adds the rows of the first n that wait. After a file that cannot be written the others still
 * count. */
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
        if (s->outcome == SAVE_UNWRITABLE) {
            *err = s->err;
            written = false;
        } else if (s->outcome == SAVED) {
            if (!add_done(b, job, s->result, s->csv_crc, err)) return false;
        } else {
            b->counts.different += s->outcome == SAVED_DIFFERENT;
            if (!add_failed(b, job, s->err.text, err)) return false;
        }
    }
    return written;
}

static void drop_waiting(struct batch *b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        works[b->tasks[i].kind].free_result(b->results[i]);
        task_free(&b->tasks[i]);
    }
    b->n_waiting -= n;
    memmove(b->tasks, b->tasks + n, b->n_waiting * sizeof *b->tasks);
    memmove(b->waiting, b->waiting + n, b->n_waiting * sizeof *b->waiting);
}

static bool run_some(struct batch *b, struct pg_error *err) {
    const size_t n = run_first(b);
    save(b, n);
    const bool done = add_rows(b, n, err);
    drop_waiting(b, n);
    tell_moved(b, 0);
    return done;
}

static bool run_all(struct batch *b, struct pg_error *err) {
    while (b->n_waiting || b->next < b->jobs.n) {
        while (b->n_waiting < MAX_WAITING && b->next < b->jobs.n)
            if (!take_job(b, err)) return false;
        if (b->n_waiting && !run_some(b, err)) return false;
    }
    return true;
}

/* ---- the folder ---- */

/* Whether the reference is a folder other than the output. */
static bool check_reference(const struct batch_options *o, struct pg_error *err) {
    struct stat reference, output;
    if (!o->reference) return true;
    if (stat(o->reference, &reference) != 0)
        return fail(err, "cannot open the folder %s: %s", o->reference, strerror(errno));
    if (!S_ISDIR(reference.st_mode)) return fail(err, "--check %s is not a folder", o->reference);
    if (stat(o->output, &output) != 0 || output.st_dev != reference.st_dev ||
        output.st_ino != reference.st_ino)
        return true;
    return fail(err, "--check and --output are the same folder, %s, whose tables would be replaced",
                o->reference);
}

static uint32_t add_text(uint32_t crc, const char *text) {
    return checksum(crc, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* Which part of which batch this is. The checksum is part of the folder's format. */
static struct shard_label shard_of(const struct batch *b) {
    const struct batch_options *o = b->o;
    const struct spec *s = o->rules.defaults;
    const int numbers[] = {(int)b->context.model_fingerprint, (int)s->metric, s->noising,
                           s->prepend_bos, s->read_position};
    uint32_t crc = checksum(b->jobs.checksum, numbers, sizeof numbers);
    crc = checksum(crc, s->sites.items, s->sites.count * sizeof *s->sites.items);
    crc = add_text(add_text(add_text(crc, s->layers.text), s->heads.text), s->positions.text);
    crc = add_text(crc, o->rules.ignore);
    if (o->rules.kind != WORK_EXPERIMENT) crc = add_text(crc, works[o->rules.kind].name);
    if (o->rules.neurons) crc = add_text(crc, "by neuron");
    if (o->rules.by_source) crc = add_text(crc, "by source");
    if (s->neurons.text) crc = add_text(add_text(crc, "neurons"), s->neurons.text);
    if (s->from) crc = add_text(add_text(crc, "from"), s->from);
    if (s->to) crc = add_text(add_text(crc, "to"), s->to);
    if (s->frozen_mlps) crc = add_text(crc, "mlps frozen");
    if (s->window != 1) crc = checksum(crc, &s->window, sizeof s->window);
    if (s->joint) crc = add_text(crc, "joint");
    if (s->sigma.given) {
        const double numbers_of_noise[] = {s->sigma.value, s->sigma.of_deviation, s->samples,
                                           s->seed};
        crc = checksum(crc, numbers_of_noise, sizeof numbers_of_noise);
    }
    if (spec_is_ablation(s)) crc = add_text(crc, ablation_names[s->with]);
    if (b->context.means) {
        const uint32_t texts = means_checksum(b->context.means);
        crc = checksum(crc, &texts, sizeof texts);
    }
    return o->shard.count ? (struct shard_label){o->shard.index, o->shard.count, crc}
                          : (struct shard_label){1, 1, crc};
}

/* Reads what an earlier run has left, or makes sure that the folder has nothing to lose. */
static bool take_over(struct batch *b, struct pg_error *err) {
    static const char advice[] = "go on with batch --resume, or choose another folder";
    const struct batch_options *o = b->o;
    if (o->resume) return earlier_read(o->output, &b->earlier, err);
    return folder_has_no_batch(o->output, advice, err) && folder_is_clear(o->output, err);
}

/* folder_begin marks the folder as unfinished before shard_claim says that it is this batch's:
 * after a crash in between, merge would otherwise accept the old results as the new ones. */
static bool open_folder(struct batch *b, struct pg_error *err) {
    const struct shard_label shard = shard_of(b);
    return folder_open(b->o->output, &b->folder, err) && take_over(b, err) &&
           shard_fits(&b->folder, &shard, err) && folder_begin(&b->folder, err) &&
           shard_claim(&b->folder, &shard, err);
}

/* ---- the whole batch ---- */

/* Once the model is open: what all lines have in common. */
static bool open_context(struct batch *b, struct pg_error *err) {
    const struct batch_options *o = b->o;
    const struct spec *s = o->rules.defaults;
    struct work_context *c = &b->context;
    *c = (struct work_context){
        .model = b->model, .model_fingerprint = pg_model_fingerprint(b->model), .defaults = s};
    if (spec_needs_mean(s) && !(c->means = means_open(&o->rules, b->model, o->file, err)))
        return false;
    return !s->sigma.given || !s->sigma.of_deviation ||
           all_lines_deviation(&o->rules, b->model, o->file, &c->deviation, err);
}

static bool open_all(struct batch *b, struct pg_error *err) {
    const struct batch_options *o = b->o;
    if (!check_reference(o, err) || !jobs_read(o->file, &o->rules, o->shard, &b->jobs, err) ||
        (o->resume && !earlier_check(o->output, err)) || !(b->model = pg_model_open(o->model, err)))
        return false;
    if (!open_context(b, err)) return false;
    if (!open_folder(b, err)) return false;
    b->summary.rows = allocate(b->jobs.n, sizeof *b->summary.rows, err);
    b->summary.n = b->summary.rows ? b->jobs.n : 0;
    b->counts.total = b->jobs.n;
    return b->summary.rows;
}

struct batch *batch_open(const struct batch_options *options, struct pg_error *err) {
    struct batch *b = allocate(1, sizeof *b, err);
    if (!b) return NULL;
    b->o = options;
    b->folder = (struct folder){NULL, -1, -1};
    if (open_all(b, err)) return b;
    batch_close(b);
    return NULL;
}

bool batch_run(struct batch *b, struct pg_error *err) {
    const struct shard_label shard = shard_of(b);
    return run_all(b, err) &&
           finish_folder(b->o->output, &b->summary, &shard, &b->o->means, &b->report, err) &&
           folder_finish(&b->folder, err);
}

void batch_close(struct batch *b) {
    if (!b) return;
    for (size_t i = 0; i < b->n_waiting; i++) task_free(&b->tasks[i]);
    free(b->report.joint);
    summary_free(&b->summary);
    earlier_free(&b->earlier);
    means_close(b->context.means);
    folder_close(&b->folder);
    pg_model_close(b->model);
    jobs_free(&b->jobs);
    free(b);
}
