/* spec.h: what a user asks for: one experiment, as a command line or a JSON line describes it. One
 * table says which fields it has, what they are called and what they hold, so that a new field is a
 * row there. Knows no model: spec/resolve.h makes a request of it. */
#ifndef SPEC_SPEC_H
#define SPEC_SPEC_H

#include "spec/selection.h"
#include "spec/values.h"

enum spec_field {
    SPEC_CLEAN,
    SPEC_CORRUPT,
    SPEC_TOKENS,
    SPEC_CLEAN_IDS,
    SPEC_CORRUPT_IDS,
    SPEC_TOKEN_IDS,
    SPEC_ANSWERS,
    SPEC_WRONG_ANSWERS,
    SPEC_ANSWER_IDS,
    SPEC_WRONG_ANSWER_IDS,
    SPEC_PREPEND_BOS,
    SPEC_SITE,
    SPEC_METRIC,
    SPEC_NOISING,
    SPEC_NOISE,
    SPEC_NOISE_TEXT,
    SPEC_SIGMA,
    SPEC_SAMPLES,
    SPEC_SEED,
    SPEC_WITH,
    SPEC_OVER,
    SPEC_LAYERS,
    SPEC_HEADS,
    SPEC_POSITIONS,
    SPEC_NEURONS,
    SPEC_FROM,
    SPEC_TO,
    SPEC_MLPS,
    SPEC_WINDOW,
    SPEC_JOINT,
    SPEC_READ_POSITION,
    N_SPEC_FIELDS
};

/* What a field holds, and so the type of its member of struct spec. */
enum spec_kind {
    KIND_TEXT,       /* const char * */
    KIND_FLAG,       /* bool */
    KIND_POSITION,   /* a whole number, negative from the end: int */
    KIND_COUNT,      /* a whole number, at least 1: int */
    KIND_SAMPLES,    /* a whole number from 1 to MAX_SAMPLES: int */
    KIND_IDS,        /* token ids: struct pg_tokens */
    KIND_TEXTS,      /* texts of one token each: struct answer_texts */
    KIND_TEXT_PAIRS, /* one or two texts of one token each: struct text_pair_list */
    KIND_ID_PAIRS,   /* one or two token ids: struct id_pair_list */
    KIND_SELECTION,  /* numbers and ranges: struct selection */
    KIND_HEADS,      /* those, or single heads, layer.head: struct selection */
    KIND_POSITIONS,  /* numbers and ranges, or diff: struct selection */
    KIND_SITES,      /* names of sites: struct site_list */
    KIND_METRIC,     /* enum pg_metric */
    KIND_WITH,       /* enum ablation */
    KIND_SENDERS,    /* components (nodes.h): const char * */
    KIND_RECEIVERS,  /* readers: const char * */
    KIND_FROZEN,     /* run or frozen: bool */
    KIND_NUMBER,     /* a whole number from 0: int */
    KIND_SIGMA,      /* a number, or one of standard deviations, 3s: struct sigma */
};

/* Who gives a field in a batch. */
enum spec_scope {
    OF_LINE,  /* each line its own */
    OF_BOTH,  /* the command line for all lines, or a line for itself */
    OF_BATCH, /* the command line for all lines, whose means are of one kind then */
};

/* A row of the table. */
struct spec_row {
    const char *option; /* what a command line calls it, "--read-position" */
    const char *key;    /* what a JSON line calls it, "read_position" */
    enum spec_kind kind;
    size_t offset; /* of its member of struct spec */
    enum spec_scope scope;
};
extern const struct spec_row spec_rows[N_SPEC_FIELDS];

/* What an ablation puts in the place of the clean text's activations. */
enum ablation {
    NO_ABLATION, /* another text's activations are patched in */
    WITH_ZERO,
    WITH_MEAN,     /* over texts, at each position */
    WITH_MEAN_ALL, /* over texts and positions */
    N_ABLATIONS
};
extern const char *const ablation_names[N_ABLATIONS]; /* NULL for NO_ABLATION */

/* Where a description comes from, which decides what sentences call its fields. */
enum spec_form { SPEC_COMMAND_LINE, SPEC_JSON_LINE };

struct text_pair_list {
    struct token_texts {
        const char *a, *b; /* b: NULL for one token */
    } * items;
    size_t count;
};

struct id_pair_list {
    struct pg_pair *items; /* b: -1 for one token */
    size_t count;
};

struct answer_texts {
    const char **items;
    size_t count;
};

/* Each is a run of its own: enough for any mean. */
enum { MAX_SAMPLES = 10000 };

/* The standard deviation of noise. */
struct sigma {
    double value;      /* above 0 */
    bool of_deviation; /* in standard deviations of the embeddings of the tokens that get noise */
    bool given;
};

/* Texts belong to the caller (argv, a JSON tree), everything else to the spec. A text, ids and
 * lists that were not given are NULL or empty. */
struct spec {
    enum spec_form form;
    const char *clean, *corrupt; /* "-" on a command line: standard input */
    struct pg_tokens clean_ids, corrupt_ids;
    struct text_pair_list tokens;
    struct id_pair_list token_ids;
    struct answer_texts answers, wrong_answers;
    struct pg_tokens answer_ids, wrong_answer_ids;
    bool prepend_bos, noising, joint;
    struct site_list sites; /* resid_post unless given */
    enum pg_metric metric;
    struct selection noise; /* positions that get noise; or, NULL if not given, the tokens of ... */
    const char *noise_text; /* ... this part of the clean text */
    struct sigma sigma;     /* 3s unless given */
    int samples, seed;      /* 10 and 1 unless given */
    enum ablation with;
    const char *over; /* FILE of texts for a mean; NULL: not given */
    struct selection layers, heads, positions, neurons;
    const char *from, *to; /* components and readers; NULL: not given */
    bool frozen_mlps;
    int window;        /* 1 unless given */
    int read_position; /* negative from the end; -1 unless given */
};

/* A spec in which nothing is given yet. Free with spec_free. */
struct spec spec_default(enum spec_form form);

/* Makes a spec that begins with the fields of `defaults` that are not each experiment's own. False
 * and err when memory is out. Free with spec_free, also after failure. */
bool spec_inherit(const struct spec *defaults, enum spec_form form, struct spec *out,
                  struct pg_error *err);

/* Frees what the spec owns, and leaves nothing given. */
void spec_free(struct spec *spec);

/* What sentences about this spec call a field. */
const char *spec_name(const struct spec *spec, enum spec_field field);

/* Reads a field's value from text; a flag takes no value and is set. Not for lists of texts and
 * pairs, which are added to one by one. The text must outlive the spec. False and err, which names
 * the field, if the text is not such a value. */
bool spec_read(struct spec *spec, enum spec_field field, const char *text, struct pg_error *err);

/* Adds texts of one or two (b not NULL) tokens, or their ids. False and err when memory is out. */
bool spec_add_texts(struct spec *spec, struct token_texts texts, struct pg_error *err);
bool spec_add_ids(struct spec *spec, struct pg_pair ids, struct pg_error *err);

/* Adds a text to a list of them, a field of KIND_TEXTS. False and err when memory is out. */
bool spec_add_text(struct spec *spec, enum spec_field field, const char *text,
                   struct pg_error *err);

/* Whether there are tokens that the metric is of, as pairs or as sets; as sets; any of them as
 * texts. */
bool spec_has_tokens(const struct spec *spec);
bool spec_has_sets(const struct spec *spec);
bool spec_has_token_texts(const struct spec *spec);

/* Whether noise stands in for the corrupted text. */
bool spec_has_noise(const struct spec *spec);

/* Whether the spec patches one text, without a corrupted one. */
bool spec_is_ablation(const struct spec *spec);

/* Whether it needs the mean of activations over texts. */
bool spec_needs_mean(const struct spec *spec);

/* Whether an input is given once, as text or as token ids. False and err otherwise. */
bool spec_check_input(const struct spec *spec, enum spec_field text, bool has_text,
                      enum spec_field ids, bool has_ids, struct pg_error *err);

/* Whether there are tokens, given once, as pairs or as sets, and as many as the metric needs. */
bool spec_check_metric(const struct spec *spec, struct pg_error *err);

/* Whether the fields that a batch gives all of its lines go together, whatever a line adds. False
 * and err otherwise. */
bool spec_check_shared(const struct spec *spec, struct pg_error *err);

/* Whether the spec has everything that an experiment needs, and its parts go together. False and
 * err, which says what to write instead. */
bool spec_check(const struct spec *spec, struct pg_error *err);

#endif
