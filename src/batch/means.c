/* means.c: see means.h. */
#include "batch/means.h"

#include "base/memory.h"
#include "batch/all_lines.h"
#include "batch/resume.h"
#include "spec/over.h"

#include <stdlib.h>
#include <string.h>

/* A mean, and what it is over and for. */
struct made {
    const char *template; /* "": no line has one, or the texts are a file's */
    size_t n_tokens;      /* 0: of any number */
    uint32_t sites;       /* the sum of 1 << site */
    struct pg_mean *mean;
    uint32_t texts; /* a checksum */
    struct made *next;
};

struct means {
    const struct line_rules *rules;
    const struct pg_model *model;
    struct text_list texts;
    char **templates; /* of the texts; NULL: the texts are a file's */
    struct made *made;
};

/* ---- the texts of the lines ---- */

static const char *template_of(const struct batch_line *line) {
    const char *template = json_field_string(line->json, "template");
    return template ? template : "";
}

/* Takes over the clean text of a line. */
static bool take_clean(void *context, const struct batch_line *line, struct pg_request *request,
                       struct pg_error *err) {
    struct means *means = context;
    const size_t n = means->texts.n;
    char **larger = reallocarray(means->templates, n + 1, sizeof *larger);
    if (!larger) return fail(err, "out of memory: %zu texts cannot be listed", n);
    means->templates = larger;
    larger[n] = copy_string(template_of(line), err);
    if (!larger[n]) return false;
    const struct pg_tokens clean = request->clean;
    request->clean = (struct pg_tokens){0};
    if (text_list_add(&means->texts, clean, err)) return true;
    free(larger[n]);
    return false;
}

static bool read_lines(struct means *means, const char *file, struct pg_error *err) {
    static const char why[] =
        "without --over the mean is over the clean texts of the batch's lines";
    return all_lines_read(means->rules, means->model, file, why, take_clean, means, err);
}

struct means *means_open(const struct line_rules *rules, const struct pg_model *model,
                         const char *file, struct pg_error *err) {
    struct means *means = allocate(1, sizeof *means, err);
    if (!means) return NULL;
    means->rules = rules;
    means->model = model;
    if (rules->defaults->over ? over_read(rules->defaults, model, &means->texts, err)
                              : read_lines(means, file, err))
        return means;
    means_close(means);
    return NULL;
}

void means_close(struct means *means) {
    if (!means) return;
    for (size_t i = 0; means->templates && i < means->texts.n; i++) free(means->templates[i]);
    free(means->templates);
    text_list_free(&means->texts);
    for (struct made *next, *m = means->made; m; m = next) {
        next = m->next;
        pg_mean_free(m->mean);
        free(m);
    }
    free(means);
}

static uint32_t checksum_of(const struct pg_tokens *texts, size_t n) {
    uint32_t crc = checksum(0, &n, sizeof n);
    for (size_t i = 0; i < n; i++) {
        crc = checksum(crc, &texts[i].count, sizeof texts[i].count);
        crc = checksum(crc, texts[i].ids, texts[i].count * sizeof *texts[i].ids);
    }
    return crc;
}

uint32_t means_checksum(const struct means *means) {
    return checksum_of(means->texts.items, means->texts.n);
}

/* ---- means ---- */

static bool is_over(const struct means *means, size_t text, const struct made *m) {
    return (!m->n_tokens || means->texts.items[text].count == m->n_tokens) &&
           (!means->templates || !strcmp(means->templates[text], m->template));
}

static bool make(const struct means *means, const struct pg_request *r, struct made *m,
                 struct pg_error *err) {
    struct pg_tokens *texts = allocate(means->texts.n, sizeof *texts, err);
    size_t n = 0;
    if (!texts) return false;
    for (size_t i = 0; i < means->texts.n; i++)
        if (is_over(means, i, m)) texts[n++] = means->texts.items[i];
    m->texts = checksum_of(texts, n);
    if (n)
        m->mean = pg_mean_make(means->model, texts, n, !m->n_tokens, r->sites, r->n_sites, err);
    else
        fail(err, "no text that the mean is over has %zu tokens, as this one has", m->n_tokens);
    free(texts);
    return m->mean;
}

const struct pg_mean *means_find(struct means *means, const struct batch_line *line,
                                 const struct pg_request *r, uint32_t *texts,
                                 struct pg_error *err) {
    const bool over_positions = means->rules->defaults->with == WITH_MEAN_ALL;
    const char *template = means->templates ? template_of(line) : "";
    uint32_t sites = 0;
    for (size_t i = 0; i < r->n_sites; i++) sites |= 1u << r->sites[i];
    const size_t n_tokens = over_positions ? 0 : r->clean.count;
    for (struct made *m = means->made; m; m = m->next) {
        if (m->n_tokens != n_tokens || m->sites != sites || strcmp(m->template, template) != 0)
            continue;
        *texts = m->texts;
        return m->mean;
    }
    struct made *m = allocate(1, sizeof *m, err);
    if (!m) return NULL;
    *m = (struct made){.template = "", .n_tokens = n_tokens, .sites = sites};
    for (size_t i = 0; means->templates && i < means->texts.n; i++)
        if (!strcmp(means->templates[i], template)) m->template = means->templates[i];
    if (!make(means, r, m, err)) {
        free(m);
        return NULL;
    }
    m->next = means->made;
    means->made = m;
    *texts = m->texts;
    return m->mean;
}
