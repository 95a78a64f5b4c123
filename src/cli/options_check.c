/* options_check.c: see options_check.h. */
#include "cli/options_check.h"

#include "cli/check_files.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/outputs.h"
#include "spec/one_text.h"

#include <math.h>
#include <string.h>

/* ---- the files and the report of an experiment ---- */

/* Whether a picture is made where the options say how it looks. */
static bool check_pictures(const struct options *o, struct pg_error *err) {
    static const struct {
        enum option_id id;
        const char *name;
    } looks[] = {{OPTION_SHOW, "show"},
                 {OPTION_COLORMAP, "colormap"},
                 {OPTION_VMIN, "vmin"},
                 {OPTION_VMAX, "vmax"},
                 {OPTION_CENTER, "center"}};
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        if (o->given[looks[i].id] && !options_write_png(o) && !o->terminal)
            return fail(err, "--%s is for the picture, which is not made: add --png FILE%s",
                        looks[i].name, o->command == COMMAND_EXPERIMENT ? " or --terminal" : "");
    return true;
}

static bool check_colours(const struct options *o, struct pg_error *err) {
    if (o->low >= o->high) return fail(err, "--vmin %g is not below --vmax %g", o->low, o->high);
    if (o->low >= o->center)
        return fail(err, "--vmin %g is not below --center %g", o->low, o->center);
    if (o->center >= o->high)
        return fail(err, "--center %g is not below --vmax %g", o->center, o->high);
    if (!isnan(o->low) && !isnan(o->high) && !isnan(o->center))
        return fail(err, "--vmin, --vmax and --center are one too many: the center is halfway "
                         "between the first two");
    return true;
}

/* The option with which no report is printed, or NULL. */
static const char *option_without_report(const struct options *o) {
    if (o->quiet) return "--quiet";
    if (o->json) return "--json";
    if (is_stdout(o->csv)) return "--csv -";
    if (is_stdout(o->npz)) return "--npz -";
    if (is_stdout(o->graph)) return "--graph -";
    if (is_stdout(o->dot)) return "--dot -";
    return is_stdout(o->png) ? "--png -" : NULL;
}

/* Whether there is a report where options say how it looks. */
static bool check_report(const struct options *o, struct pg_error *err) {
    const char *without = option_without_report(o);
    if (o->quiet && (o->json || o->markdown))
        return fail(err, "--quiet and --%s contradict each other", o->json ? "json" : "markdown");
    if (o->markdown && o->terminal)
        return fail(err, "--markdown and --terminal contradict each other");
    if (o->markdown && without)
        return fail(err, "--markdown is for the report, and %s prints none", without);
    if (o->terminal && without)
        return fail(err, "--terminal draws below the report, and %s prints none", without);
    if (o->given[OPTION_TOP] && without && !o->json)
        return fail(err, "--top is for the report, and %s prints none", without);
    return true;
}

/* Whether there are edges, where options ask for what only edges have. */
static bool check_edges(const struct options *o, struct pg_error *err) {
    if (o->spec.sites.items[0] == PG_EDGES) return true;
    if (o->graph || o->dot)
        return fail(err, "--%s is for --site edges", o->graph ? "graph" : "dot");
    return o->show != PG_SHOW_SCORE || fail(err, "--show score is for --site edges");
}

/* Whether the picture that is asked for can show anything. */
static bool check_shown(const struct options *o, struct pg_error *err) {
    if (o->spec.joint && (o->png || o->terminal))
        return fail(err, "--joint gives one value, which is not a picture: leave out --%s",
                    o->png ? "png" : "terminal");
    if (spec_is_ablation(&o->spec) && o->given[OPTION_SHOW] && o->show == PG_SHOW_RECOVERED)
        return fail(err,
                    "--show recovered is for two runs, and --with %s has one; show value, "
                    "change or gap",
                    ablation_names[o->spec.with]);
    return true;
}

static bool check_output(const struct options *o, struct pg_error *err) {
    return check_stdout(o, err) && check_report(o, err) && check_file_names(o, err) &&
           check_pictures(o, err) && check_edges(o, err) && check_shown(o, err) &&
           check_colours(o, err);
}

static bool check_tolerance(const struct options *o, const char *name, struct pg_error *err) {
    if (o->check || !o->given[OPTION_TOLERANCE]) return true;
    return fail(err, "--tolerance is for --check %s, which is missing", name);
}

static bool check_stdin(const struct options *o, struct pg_error *err) {
    const struct spec *s = &o->spec;
    const bool clean = is_stdin(s->clean), corrupt = is_stdin(s->corrupt);
    if (clean && corrupt)
        return fail(err, "--clean - and --corrupt - cannot both be read from standard input");
    return !clean || !is_stdin(s->over) ||
           fail(err, "--clean - and --over - cannot both be read from standard input");
}

/* Whether there are texts for a mean; in a batch its lines may be. */
static bool check_over(const struct options *o, struct pg_error *err) {
    if (!spec_needs_mean(&o->spec) || o->spec.over) return true;
    return fail(err,
                "--over is missing: --with %s needs a file of texts, one a line, to take the "
                "mean over",
                ablation_names[o->spec.with]);
}

/* Whether there is noise where options say how much. */
static bool check_noise(const struct options *o, struct pg_error *err) {
    static const enum spec_field fields[] = {SPEC_SIGMA, SPEC_SAMPLES, SPEC_SEED};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (o->given[fields[i]] && !spec_has_noise(&o->spec))
            return fail(err, "%s is for noise, which %s or %s adds", spec_rows[fields[i]].option,
                        spec_rows[SPEC_NOISE].option, spec_rows[SPEC_NOISE_TEXT].option);
    return true;
}

/* Whether a part of what was asked for can be kept. */
static bool check_partial(const struct options *o, struct pg_error *err) {
    const struct site_list *sites = &o->spec.sites;
    if (!o->partial) return true;
    if (o->check) return fail(err, "--partial does not go with --check, whose table has all edges");
    return sites->items[0] == PG_EDGES || fail(err, "--partial is for --site edges");
}

/* Whether --split has paths to split, and is asked for nothing but their table. */
static bool check_split(const struct options *o, struct pg_error *err) {
    static const struct {
        int id;
        const char *name;
    } others[] = {{OPTION_PNG, "png"},           {OPTION_NPZ, "npz"},
                  {OPTION_TERMINAL, "terminal"}, {OPTION_SHOW, "show"},
                  {OPTION_VMIN, "vmin"},         {OPTION_VMAX, "vmax"},
                  {OPTION_COLORMAP, "colormap"}, {OPTION_CENTER, "center"}};
    if (!o->split) return true;
    if (o->spec.sites.items[0] != PG_PATHS) return fail(err, "--split is for --site paths");
    if (o->given[SPEC_MLPS])
        return fail(err, "--split has MLPs run and MLPs frozen, so --mlps does not go with it");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (o->given[others[i].id])
            return fail(err, "--split gives a table, without picture and arrays: leave out --%s",
                        others[i].name);
    return true;
}

static bool check_experiment(const struct options *o, struct pg_error *err) {
    return spec_check(&o->spec, err) && check_split(o, err) && check_noise(o, err) &&
           check_over(o, err) && check_stdin(o, err) && check_tolerance(o, "FILE", err) &&
           check_partial(o, err) && check_output(o, err);
}

/* ---- many experiments ---- */

/* Whether there are intervals where options say how they are made. */
static bool check_bootstrap(const struct options *o, struct pg_error *err) {
    if (o->bootstrap || (!o->given[OPTION_BOOTSTRAP_SEED] && !o->grey)) return true;
    return fail(err, "--%s is for intervals, and --bootstrap 0 makes none",
                o->grey ? "grey-uncertain" : "bootstrap-seed");
}

static bool check_folder(const struct options *o, const char *command, struct pg_error *err) {
    if (o->npz)
        return fail(err, "--npz of %s takes no value: its arrays are mean.npz in the folder",
                    command);
    if (!o->output) return fail(err, "--output is missing: %s needs a folder to write to", command);
    if (is_stdout(o->output))
        return fail(err, "--output of %s is a folder, which standard output is not", command);
    return check_bootstrap(o, err) && check_colours(o, err);
}

/* Whether --ignore is a list of names. */
static bool check_ignore(const struct options *o, struct pg_error *err) {
    const char *p = o->ignore;
    if (!p) return true;
    const size_t length = strlen(p);
    if (length && *p != ',' && p[length - 1] != ',' && !strstr(p, ",,") && !strchr(p, ' '))
        return true;
    return fail(err, "--ignore takes names of fields, such as source,split, but found \"%s\"", p);
}

/* Whether what is given for all lines can be done in any. */
static bool check_for_all(const struct options *o, struct pg_error *err) {
    const struct spec *s = &o->spec;
    if (!spec_check_shared(s, err)) return false;
    if (is_stdin(o->text) && is_stdin(s->over))
        return fail(err, "the lines and --over - cannot both be read from standard input");
    if (spec_is_ablation(s) && s->sigma.given)
        return fail(err, "--with %s ablates one text, so --sigma does not go with it",
                    ablation_names[s->with]);
    if (s->joint && (o->batch_png || o->grey))
        return fail(err, "--joint gives one value, which is not a picture: leave out --%s",
                    o->batch_png ? "png" : "grey-uncertain");
    if ((o->given[SPEC_SAMPLES] || o->given[SPEC_SEED]) && !s->sigma.given)
        return fail(err, "--%s is for noise in all lines, which a batch has with --sigma",
                    o->given[SPEC_SAMPLES] ? "samples" : "seed");
    return true;
}

/* Whether all that is given goes with what the lines are for. */
static bool check_what(const struct options *o, struct pg_error *err) {
    const struct work *work = &works[o->what];
    const bool direct = o->what == WORK_DIRECT;
    for (int field = 0; field < N_SPEC_FIELDS; field++)
        if (o->given[field] && !(work->fields >> field & 1))
            return fail(err, "%s does not go with --what %s", spec_rows[field].option, work->name);
    if (o->by_source && !direct) return fail(err, "--by-source is for --what direct");
    if (o->by_neuron && !direct)
        return fail(err, "--neurons takes a value, except with --what direct");
    if (o->spec.neurons.text && direct)
        return fail(err, "--neurons takes no value with --what direct: all neurons are parts");
    if (o->what == WORK_EXPERIMENT) return true;
    if (o->given[OPTION_SHOW])
        return fail(err, "--show does not go with --what %s, whose pictures show values",
                    work->name);
    if (o->batch_npz)
        return fail(err, "--npz of batch is for the means of experiments, and --what %s makes none",
                    work->name);
    return one_text_check_metric(&o->spec, direct ? READER_DIRECT : READER_LENS, err);
}

static bool check_batch(const struct options *o, struct pg_error *err) {
    if (!o->text)
        return fail(err, "batch needs a file with one experiment a line, as JSON, or - for "
                         "standard input");
    if (o->png) return fail(err, "--png of batch takes no value: it names its pictures itself");
    if (o->resume && o->check)
        return fail(err,
                    "--resume and --check contradict each other: files that exist already are not "
                    "compared");
    if (o->given[OPTION_SHOW] && !o->batch_png)
        return fail(err,
                    "--show is for the picture of each experiment, which is not made: add --png");
    if (!check_what(o, err) || !check_for_all(o, err) || !check_shown(o, err)) return false;
    return check_ignore(o, err) && check_tolerance(o, "DIR", err) && check_folder(o, "batch", err);
}

static bool check_merge(const struct options *o, struct pg_error *err) {
    if (!o->n_folders) return fail(err, "merge needs the folders that batch wrote");
    return check_folder(o, "merge", err);
}

/* ---- the other commands ---- */

/* Whether a report is to be written in one form. */
static bool check_form(const struct options *o, struct pg_error *err) {
    if (!o->markdown || !o->json) return true;
    return fail(err, "--markdown and --json contradict each other");
}

/* Whether the tokens that predict is asked about are given once, and with a text. */
static bool check_named(const struct options *o, struct pg_error *err) {
    const char *name = o->spec.tokens.count ? "tokens" : "token-ids";
    if (!o->spec.tokens.count && !o->spec.token_ids.count) return true;
    if (o->spec.tokens.count && o->spec.token_ids.count)
        return fail(err, "--tokens and --token-ids cannot both be given");
    if (o->given[OPTION_TOP])
        return fail(err, "--top shows the most probable tokens and --%s the named ones; give one",
                    name);
    if (o->text || o->given[OPTION_IDS]) return true;
    return fail(err,
                "predict needs a text, or token ids with --ids: TEXT --%s A B, or --%s A B -- TEXT",
                name, name);
}

/* The option that is for predict's printed report, or NULL; a .npz has the predictions too. */
static const char *option_of_report(const struct options *o) {
    if (o->json) return "json";
    if (o->markdown) return "markdown";
    if (o->npz) return NULL;
    if (o->given[OPTION_TOP]) return "top";
    if (o->spec.tokens.count) return "tokens";
    return o->spec.token_ids.count ? "token-ids" : NULL;
}

/* Whether --logits and --npz can be written, and something is left to do when nothing is
 * printed. */
static bool check_prediction_files(const struct options *o, struct pg_error *err) {
    const char *silent = o->quiet               ? "quiet"
                         : is_stdout(o->logits) ? "logits -"
                         : is_stdout(o->npz)    ? "npz -"
                                                : NULL,
               *report = option_of_report(o);
    if (o->logits && !is_stdout(o->logits) && !says_this_format(o->logits, "npy") &&
        !says_this_format(o->logits, "csv"))
        return fail(err, "--logits takes a file that ends in .npy or .csv, or -, but found \"%s\"",
                    o->logits);
    if (o->all_positions && !o->logits && !o->npz && !o->check)
        return fail(
            err, "--all-positions is for --logits, --npz and --check, and none of them is given");
    if (o->quiet && !o->logits && !o->npz && !o->check)
        return fail(err, "--quiet leaves nothing to do: predict prints, or does --logits, --npz or "
                         "--check");
    if (silent && report)
        return fail(err, "--%s is for the printed report, and --%s prints none", report, silent);
    return check_stdout(o, err) && check_file_names(o, err);
}

/* Whether there is one text, or its ids. */
static bool check_text(const struct options *o, struct pg_error *err) {
    const char *command = commands[o->command].name;
    if (o->given[OPTION_IDS] && !o->ids.count)
        return fail(err, "--ids takes token ids, but nothing follows");
    if (o->text && o->ids.count) return fail(err, "%s takes a text or --ids, not both", command);
    if (!o->text && !o->ids.count)
        return fail(err, "%s needs a text, or token ids with --ids", command);
    if (o->spec.prepend_bos && o->ids.count)
        return fail(err, "--prepend-bos goes with a text; put the id of <|endoftext|> in front of "
                         "the ids instead");
    return true;
}

static bool check_predict(const struct options *o, struct pg_error *err) {
    if (!check_form(o, err) || !check_named(o, err) || !check_prediction_files(o, err) ||
        !check_tolerance(o, "FILE", err))
        return false;
    return check_text(o, err);
}

/* ---- lens and direct; some for circuit ---- */

/* Whether something is made, and nothing is asked of what is not. */
static bool check_reading_output(const struct options *o, struct pg_error *err) {
    if (o->quiet && !o->csv && !o->png && !o->npz && !o->check)
        return fail(err, "--quiet leaves nothing to do: add --csv, --png%s or --check",
                    o->command == COMMAND_CIRCUIT ? "" : ", --npz");
    return check_stdout(o, err) && check_report(o, err) && check_file_names(o, err) &&
           check_pictures(o, err) && check_colours(o, err) && check_form(o, err);
}

static bool check_reading(const struct options *o, struct pg_error *err) {
    if (o->spec.neurons.text)
        return fail(err, "--neurons takes no value for direct: all neurons are parts");
    const enum one_text_reader reader = o->command == COMMAND_DIRECT ? READER_DIRECT : READER_LENS;
    return check_text(o, err) && one_text_check(&o->spec, reader, o->given[SPEC_METRIC], err) &&
           check_tolerance(o, "FILE", err) && check_reading_output(o, err);
}

/* ---- circuit ---- */

/* Whether a search is one, and nothing else chooses edges. */
static bool check_search(const struct options *o, struct pg_error *err) {
    const char *other = o->text                      ? "a file"
                        : o->spec.over               ? "--over"
                        : o->spec.heads.text         ? "--heads"
                        : o->given[OPTION_TOP_EDGES] ? "--top-edges"
                        : o->given[OPTION_THRESHOLD] ? "--threshold"
                        : o->by_sign                 ? "--signed"
                                                     : NULL;
    if (other) return fail(err, "--search begins with all edges, so %s does not go with it", other);
    return o->given[OPTION_MAX_LOSS] ||
           fail(err, "--search needs --max-loss: how far the circuit's metric may be from that of "
                     "all edges");
}

/* Whether the edges are chosen once: by a search, from a file or by heads. */
static bool check_choice(const struct options *o, struct pg_error *err) {
    if (o->search) return check_search(o, err);
    if (o->state || o->given[OPTION_MAX_LOSS])
        return fail(err, "--%s is for --search", o->state ? "state" : "max-loss");
    const struct selection *heads = &o->spec.heads;
    const char *of_scores = o->given[OPTION_TOP_EDGES]   ? "--top-edges"
                            : o->given[OPTION_THRESHOLD] ? "--threshold"
                            : o->by_sign                 ? "--signed"
                                                         : NULL;
    if (!o->text && !heads->text)
        return fail(err, "circuit needs a file of edges with scores, heads with --heads, or "
                         "--search");
    if (o->text && heads->text) return fail(err, "circuit takes a file or --heads, not both");
    if (heads->text && !heads->n_heads)
        return fail(err, "--heads of circuit takes heads such as 9.9,10.0, but found \"%s\"",
                    heads->text);
    if (heads->text && of_scores)
        return fail(err, "%s is for the scores of a file, which --heads does not have", of_scores);
    return !o->given[OPTION_TOP_EDGES] || !o->given[OPTION_THRESHOLD] ||
           fail(err, "--top-edges and --threshold cannot both be given");
}

/* Whether there are several circuits for a picture. */
static bool check_curve(const struct options *o, struct pg_error *err) {
    const char *one = o->search                    ? "--search"
                      : o->spec.heads.text         ? "--heads"
                      : o->given[OPTION_THRESHOLD] ? "--threshold"
                      : o->top_edges.count == 1    ? "--top-edges with one number"
                                                   : NULL;
    return !o->png || !one ||
           fail(err, "--png is a curve over several circuits, and %s makes one", one);
}

/* Whether there is one experiment, or a file of them; of a mean --over is its texts. */
static bool check_experiments(const struct options *o, struct pg_error *err) {
    const bool many = options_run_many(o);
    struct spec with_heads = o->spec; /* checked as a site that has them */
    with_heads.sites = (struct site_list){{PG_Z_ALL}, 1};
    for (int field = SPEC_CLEAN; many && field <= SPEC_WRONG_ANSWER_IDS; field++)
        if (o->given[field])
            return fail(err, "--over runs the experiments of a file, so %s does not go with it",
                        spec_rows[field].option);
    if (is_stdin(o->text) && (options_read_stdin(o) || is_stdin(o->spec.over)))
        return fail(err, "the file of edges and %s cannot both be read from standard input",
                    o->spec.over ? "--over" : "a text");
    return many || (spec_check(&with_heads, err) && check_over(o, err) && check_stdin(o, err));
}

static bool check_circuit(const struct options *o, struct pg_error *err) {
    return check_choice(o, err) && check_curve(o, err) && check_experiments(o, err) &&
           check_tolerance(o, "FILE", err) && check_reading_output(o, err);
}

static bool check_tokenize(const struct options *o, struct pg_error *err) {
    if (o->ids.count) return fail(err, "--ids of tokenize takes no value: it prints only the ids");
    if (!o->text) return fail(err, "tokenize needs a text, or - to read lines from standard input");
    if (o->given[OPTION_IDS] && (o->json || o->markdown))
        return fail(err, "--ids and --%s contradict each other", o->json ? "json" : "markdown");
    return check_form(o, err);
}

bool options_check(const struct options *o, struct pg_error *err) {
    switch (o->command) {
    case COMMAND_EXPERIMENT:
        return check_experiment(o, err);
    case COMMAND_PREDICT:
        return check_predict(o, err);
    case COMMAND_LENS:
    case COMMAND_DIRECT:
        return check_reading(o, err);
    case COMMAND_CIRCUIT:
        return check_circuit(o, err);
    case COMMAND_TOKENIZE:
        return check_tokenize(o, err);
    case COMMAND_DETOKENIZE:
        return o->text || fail(err, "detokenize needs token ids, or - to read lines of them from "
                                    "standard input");
    case COMMAND_BATCH:
        return check_batch(o, err);
    case COMMAND_MERGE:
        return check_merge(o, err);
    case COMMAND_INFO:
    case N_COMMANDS:
        break;
    }
    return true;
}
