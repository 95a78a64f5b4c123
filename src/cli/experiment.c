/* experiment.c: patchgpt without a command: one experiment, its files and its report. */
#include "base/error.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/outputs.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "report/difference.h"
#include "report/json_report.h"
#include "report/show.h"
#include "report/terminal_map.h"
#include "report/text_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_WIDTH = 100, LEAST_WIDTH = 40 };

/* Everything that an experiment makes on its way. */
struct session {
    struct outputs outputs;
    struct pg_model *model;
    struct pg_request request;
    struct pg_result *result;
    struct outcome outcome;
};

static void session_free(struct session *s) {
    pg_result_free(s->result);
    free_experiment(&s->request);
    pg_model_close(s->model);
    outputs_free(&s->outputs);
}

/* ---- running ---- */

/* What would fail after the work should fail before it. */
static bool check_files(const struct options *o, struct outputs *outputs, struct pg_error *err) {
    if (o->check && access(o->check, R_OK) != 0)
        return fail(err, "cannot open %s: %s", o->check, strerror(errno));
    return outputs_choose(o, outputs, err);
}

static bool make_request(const struct options *o, struct session *s, struct pg_error *err) {
    struct pg_request *r = &s->request;
    *r = pg_request_default();
    return read_top(s->model, o, &r->top, err) && read_experiment(s->model, o, r, err);
}

static struct pg_result *run(const struct options *o, struct session *s, struct pg_error *err) {
    struct progress progress;
    if (o->quiet || !isatty(STDERR_FILENO)) return pg_run(s->model, &s->request, err);
    s->request.progress = progress_show;
    s->request.progress_context = &progress;
    progress_begin(&progress);
    struct pg_result *result = pg_run(s->model, &s->request, err);
    progress_end(&progress);
    return result;
}

static bool check(const struct options *o, struct session *s, struct pg_error *err) {
    if (!o->check) return true;
    s->outcome.checked = o->check;
    s->outcome.tolerance = o->tolerance;
    return pg_check_csv(s->model, s->result, o->check, o->tolerance, &s->outcome.check, err);
}

static bool write_files(const struct options *o, struct session *s, struct pg_error *err) {
    const struct pg_picture picture = options_picture(o);
    s->outcome.csv = s->outputs.csv;
    s->outcome.png = s->outputs.png;
    return (!s->outputs.csv || pg_write_csv(s->model, s->result, s->outputs.csv, err)) &&
           (!s->outputs.png || pg_write_png(s->model, s->result, &picture, s->outputs.png, err));
}

/* ---- telling ---- */

static int terminal_width(void) {
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
        return DEFAULT_WIDTH;
    return size.ws_col > LEAST_WIDTH ? size.ws_col : LEAST_WIDTH;
}

/* The colours that standard output can show, as far as the environment tells. */
static enum terminal_colours terminal_colours(void) {
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM"), *more = getenv("COLORTERM");
    if (!isatty(STDOUT_FILENO) || (none && *none) || !term || !strcmp(term, "dumb"))
        return COLOURS_NONE;
    if (more && (!strcmp(more, "truecolor") || !strcmp(more, "24bit"))) return COLOURS_24_BIT;
    return strstr(term, "256color") ? COLOURS_256 : COLOURS_NONE;
}

static bool report(const struct options *o, const struct session *s, struct pg_error *err) {
    if (o->json) return print_json(json_experiment(s->model, s->result, &s->outcome, err));
    if (o->quiet || is_stdout(o->csv) || is_stdout(o->png)) return true;
    const int width = terminal_width();
    write_experiment(stdout, s->model, s->result, &s->outcome, options_form(o), width);
    if (!o->terminal) return true;
    const struct pg_picture picture = options_picture(o);
    putchar('\n');
    return write_terminal_map(stdout, s->model, s->result, &picture, terminal_colours(), width,
                              err);
}

static void warn_if_identical(const struct pg_result *r) {
    if (memcmp(r->clean_ids, r->corrupt_ids, r->n_tokens * sizeof *r->clean_ids) != 0) return;
    fputs("patchgpt: warning: the clean and the corrupted text are the same, so no patch changes "
          "anything\n",
          stderr);
}

static enum exit_code verdict(const struct session *s, struct pg_error *err) {
    const struct outcome *o = &s->outcome;
    if (!o->checked || !o->check.n_differing) return EXIT_DONE;
    fail_different(s->result, &o->check, o->checked, o->tolerance, err);
    return EXIT_DIFFERENT;
}

/* The comparison comes before the files are written: they may replace the very file. */
enum exit_code command_experiment(const struct options *o, struct pg_error *err) {
    struct session s = {0};
    bool ready = check_files(o, &s.outputs, err) && (s.model = open_model(o, err)) &&
                 make_request(o, &s, err);
    bool done = ready && (s.result = run(o, &s, err)) &&
                show_check(s.result, (enum pg_show)o->show, err) && check(o, &s, err) &&
                write_files(o, &s, err) && report(o, &s, err);
    if (done && !o->quiet) warn_if_identical(s.result);
    enum exit_code code = done ? verdict(&s, err) : EXIT_FAILED;
    session_free(&s);
    return code;
}
