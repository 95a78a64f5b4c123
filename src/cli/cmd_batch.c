/* cmd_batch.c: the command batch: passes its options to the engine (batch/run.h), and prints
 * failures, progress and the report. */
#include "base/utf8.h"
#include "batch/folder.h"
#include "batch/run.h"
#include "cli/batch_words.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/progress.h"
#include "report/result_text.h"

#include <stdio.h>
#include <unistd.h>

enum { MAX_SENTENCES = 10 }; /* about lines that failed */

struct printer {
    size_t n_failed;
    struct count_progress progress;
};

static void print_failure(void *context, size_t line, const char *why) {
    struct printer *p = context;
    if (++p->n_failed > MAX_SENTENCES) return;
    count_clear(&p->progress);
    fprintf(stderr, "patchgpt: line %zu: %s\n", line, why);
}

static void print_progress(void *context, const struct batch_counts *c, double part) {
    struct printer *p = context;
    count_show(&p->progress, c->done + c->kept + c->failed, c->untimed, part);
}

static struct batch_options engine_options(const struct options *o, struct printer *p) {
    return (struct batch_options){
        .model = o->model,
        .file = o->text,
        .output = o->output,
        .rules = {.defaults = &o->spec,
                  .ignore = o->ignore,
                  .kind = o->what,
                  .neurons = o->by_neuron,
                  .by_source = o->by_source},
        .shard = o->shard,
        .resume = o->resume,
        .pictures = o->batch_png,
        .looks = {options_picture(o), options_mean_picture(o), options_direct_picture(o),
                  options_site_picture(o, PG_EDGES), options_site_picture(o, PG_PATHS)},
        .means = options_means(o),
        .reference = o->check,
        .tolerance = o->tolerance,
        .failed = print_failure,
        .moved = print_progress,
        .context = p};
}

static void report(const struct options *o, const struct batch *b) {
    const struct batch_counts c = batch_counts(b);
    const size_t n_done = c.done + c.kept;
    if (o->quiet) return;
    write_model_line(stdout, batch_model(b));
    printf("%zu of %zu %s are done", n_done, c.total, work_noun(c.of_kind));
    if (c.kept) printf(", %zu of them since an earlier run", c.kept);
    if (c.failed) printf("; %zu failed", c.failed);
    printf("\nwritten to ");
    write_printable(stdout, o->output);
    printf(": summary.csv");
    print_mean_tables(c.of_kind, o->batch_npz);
    if (batch_report(b)->n_pictures) printf(", the pictures of the means");
    if (n_done) printf(", and a table%s of each", o->batch_png ? " and a picture" : "");
    putchar('\n');
    fputs(batch_report(b)->joint, stdout);
    if (!o->check || c.failed) return;
    printf("check: all values equal those in ");
    write_printable(stdout, o->check);
    if (o->tolerance > 0) printf(" within %g", o->tolerance);
    putchar('\n');
}

/* The sentence for a batch that ended early, which says that its work is not lost. */
static enum exit_code fail_midway(const struct options *o, const struct batch *b,
                                  struct pg_error *err) {
    const struct pg_error why = *err;
    const struct batch_counts c = batch_counts(b);
    fail(err, "%.1800s; %zu of %zu %s are done%s", why.text, c.done + c.kept, c.total,
         work_noun(c.of_kind), o->check ? "" : ", and --resume goes on from there");
    return EXIT_FAILED;
}

static enum exit_code verdict(const struct options *o, const struct batch *b,
                              struct pg_error *err) {
    const struct batch_counts c = batch_counts(b);
    const char *noun = work_noun(c.of_kind);
    if (c.failed > MAX_SENTENCES)
        fprintf(stderr, "patchgpt: and %zu more\n", c.failed - MAX_SENTENCES);
    if (c.different) {
        fail(err, "%zu of %zu %s differ from those in %s", c.different, c.total, noun, o->check);
        return EXIT_DIFFERENT;
    }
    if (!c.failed) return EXIT_DONE;
    fail(err, "%zu of %zu %s failed; %s/summary.csv says why", c.failed, c.total, noun, o->output);
    return EXIT_SOME_FAILED;
}

enum exit_code command_batch(const struct options *o, struct pg_error *err) {
    struct printer printer = {0};
    const struct batch_options options = engine_options(o, &printer);
    if (!folder_spares(o->output, o->text, err) || !folder_has_no_links(o->output, err))
        return EXIT_MISUSED;
    if (o->threads) pg_set_threads(o->threads);
    struct batch *b = batch_open(&options, err);
    if (!b) return EXIT_FAILED;
    if (!o->quiet && isatty(STDERR_FILENO)) count_begin(&printer.progress, batch_counts(b).total);
    const bool done = batch_run(b, err);
    count_clear(&printer.progress);
    enum exit_code code = EXIT_FAILED;
    if (done) {
        report(o, b);
        code = verdict(o, b, err);
    } else {
        fail_midway(o, b, err);
    }
    batch_close(b);
    return code;
}
