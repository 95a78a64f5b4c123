/* option_table.c: see option_table.h. The options that describe an experiment have their rows in
 * spec/spec.c. */
#include "cli/option_table.h"

#define MEMBER(name) offsetof(struct options, name)

static const struct option_row own_rows[N_OPTIONS] = {
    [OPTION_MODEL] = {"--model", 'm', FILE_NAME, MEMBER(model), SINGLE | BATCH},
    [OPTION_IDS] = {"--ids", 0, IDS, MEMBER(ids), ONE_TEXT | TOKENIZE},
    [OPTION_OUTPUT] = {"--output", 'o', FILE_NAME, MEMBER(output), EXPERIMENT | FOLDER},
    [OPTION_CSV] = {"--csv", 0, FILE_NAME, MEMBER(csv), EXPERIMENT | READING | CIRCUIT},
    [OPTION_PNG] = {"--png", 0, OUTPUT, MEMBER(png), EXPERIMENT | READING | CIRCUIT | BATCH},
    [OPTION_NPZ] = {"--npz", 0, OUTPUT, MEMBER(npz), EXPERIMENT | ONE_TEXT | FOLDER},
    [OPTION_GRAPH] = {"--graph", 0, FILE_NAME, MEMBER(graph), EXPERIMENT},
    [OPTION_DOT] = {"--dot", 0, FILE_NAME, MEMBER(dot), EXPERIMENT},
    [OPTION_COLORMAP] = {"--colormap", 0, COLORMAP, MEMBER(colormap),
                         EXPERIMENT | READING | FOLDER},
    [OPTION_SHOW] = {"--show", 0, SHOW, MEMBER(show), EXPERIMENT | BATCH},
    [OPTION_VMIN] = {"--vmin", 0, REAL, MEMBER(low), EXPERIMENT | READING | FOLDER},
    [OPTION_VMAX] = {"--vmax", 0, REAL, MEMBER(high), EXPERIMENT | READING | FOLDER},
    [OPTION_CENTER] = {"--center", 0, REAL, MEMBER(center), EXPERIMENT | READING | FOLDER},
    [OPTION_TERMINAL] = {"--terminal", 0, FLAG, MEMBER(terminal), EXPERIMENT},
    [OPTION_PARTIAL] = {"--partial", 0, FLAG, MEMBER(partial), EXPERIMENT},
    [OPTION_SPLIT] = {"--split", 0, FLAG, MEMBER(split), EXPERIMENT},
    [OPTION_WHAT] = {"--what", 0, WORK, MEMBER(what), BATCH},
    [OPTION_IGNORE] = {"--ignore", 0, TEXT, MEMBER(ignore), BATCH},
    [OPTION_RESUME] = {"--resume", 0, FLAG, MEMBER(resume), BATCH},
    [OPTION_SHARD] = {"--shard", 0, SHARD, MEMBER(shard), BATCH},
    [OPTION_BOOTSTRAP] = {"--bootstrap", 0, REPLICATES, MEMBER(bootstrap), FOLDER},
    [OPTION_BOOTSTRAP_SEED] = {"--bootstrap-seed", 0, SEED, MEMBER(bootstrap_seed), FOLDER},
    [OPTION_GREY] = {"--grey-uncertain", 0, FLAG, MEMBER(grey), FOLDER},
    [OPTION_LOGITS] = {"--logits", 0, FILE_NAME, MEMBER(logits), PREDICT},
    [OPTION_ALL_POSITIONS] = {"--all-positions", 0, FLAG, MEMBER(all_positions), PREDICT},
    [OPTION_CHECK] = {"--check", 0, FILE_NAME, MEMBER(check),
                      EXPERIMENT | ONE_TEXT | CIRCUIT | BATCH},
    [OPTION_TOLERANCE] = {"--tolerance", 0, DISTANCE, MEMBER(tolerance),
                          EXPERIMENT | ONE_TEXT | CIRCUIT | BATCH},
    [OPTION_TOP] = {"--top", 0, NUMBER, MEMBER(top), EXPERIMENT | PREDICT | DIRECT},
    [OPTION_BY_SOURCE] = {"--by-source", 0, FLAG, MEMBER(by_source), DIRECT | BATCH},
    [OPTION_TOP_EDGES] = {"--top-edges", 0, SIZES, MEMBER(top_edges), CIRCUIT},
    [OPTION_THRESHOLD] = {"--threshold", 0, REAL, MEMBER(threshold), CIRCUIT},
    [OPTION_SIGNED] = {"--signed", 0, FLAG, MEMBER(by_sign), CIRCUIT},
    [OPTION_SEARCH] = {"--search", 0, FLAG, MEMBER(search), CIRCUIT},
    [OPTION_MAX_LOSS] = {"--max-loss", 0, DISTANCE, MEMBER(max_loss), CIRCUIT},
    [OPTION_STATE] = {"--state", 0, FILE_NAME, MEMBER(state), CIRCUIT},
    [OPTION_COMPLEMENT] = {"--complement", 0, FLAG, MEMBER(complement), CIRCUIT},
    [OPTION_THREADS] = {"--threads", 0, THREADS, MEMBER(threads),
                        EXPERIMENT | ONE_TEXT | CIRCUIT | INFO | BATCH},
    [OPTION_JSON] = {"--json", 0, FLAG, MEMBER(json), SINGLE},
    [OPTION_MARKDOWN] = {"--markdown", 0, FLAG, MEMBER(markdown),
                         EXPERIMENT | ONE_TEXT | CIRCUIT | TOKENIZE},
    [OPTION_QUIET] = {"--quiet", 0, FLAG, MEMBER(quiet), EXPERIMENT | ONE_TEXT | CIRCUIT | FOLDER},
    [OPTION_HELP] = {"--help", 'h', FLAG, MEMBER(help), SINGLE | FOLDER},
    [OPTION_VERSION] = {"--version", 'V', FLAG, MEMBER(version), SINGLE | FOLDER},
};

/* The option that a field of a spec is. */
static struct option_row spec_option(enum spec_field field) {
    struct option_row row = {spec_rows[field].option, 0, OF_SPEC, 0, EXPERIMENT};
    if (spec_rows[field].kind == KIND_FLAG) row.kind = FLAG;
    if (spec_rows[field].scope != OF_LINE) row.commands |= BATCH;
    if (field == SPEC_TOKENS || field == SPEC_TOKEN_IDS) row.commands |= ONE_TEXT;
    if (field >= SPEC_ANSWERS && field <= SPEC_WRONG_ANSWER_IDS) row.commands |= READING;
    if (field == SPEC_PREPEND_BOS) row.commands |= ONE_TEXT | TOKENIZE;
    if (field == SPEC_METRIC || field == SPEC_READ_POSITION) row.commands |= READING;
    if (field == SPEC_NEURONS) row.commands |= DIRECT;
    if (field <= SPEC_PREPEND_BOS || field == SPEC_METRIC || field == SPEC_HEADS ||
        field == SPEC_WITH || field == SPEC_OVER || field == SPEC_READ_POSITION)
        row.commands |= CIRCUIT;
    return row;
}

struct option_row row_of(int id) {
    return id < N_SPEC_FIELDS ? spec_option((enum spec_field)id) : own_rows[id];
}
