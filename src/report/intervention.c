/* intervention.c: see intervention.h. */
#include "report/intervention.h"

#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

static const char *const with_names[PG_N_WITH] = {
    [PG_WITH_TEXT] = "text",
    [PG_WITH_ZERO] = "zero",
    [PG_WITH_MEAN] = "mean",
};

static uint32_t bits_of(const enum pg_site *sites, size_t n) {
    uint32_t bits = 0;
    for (size_t i = 0; i < n; i++) bits |= (uint32_t)1 << sites[i];
    return bits;
}

struct intervention intervention_of(const struct pg_result *r) {
    return (struct intervention){.noising = r->noising,
                                 .with = r->with,
                                 .noise = r->n_samples > 0,
                                 .window = r->window > 1 ? r->window : 0,
                                 .joint = r->joint ? bits_of(r->sites, r->n_sites) : 0};
}

struct intervention intervention_of_request(const struct pg_request *r) {
    return (struct intervention){.noising = r->noising,
                                 .with = r->with,
                                 .noise = r->noise != NULL,
                                 .window = r->window > 1 ? r->window : 0,
                                 .joint = r->joint ? bits_of(r->sites, r->n_sites) : 0};
}

bool intervention_same(const struct intervention *a, const struct intervention *b) {
    return a->noising == b->noising && a->with == b->with && a->noise == b->noise &&
           a->window == b->window && a->joint == b->joint;
}

bool intervention_is_plain(const struct intervention *i) {
    return i->with == PG_WITH_TEXT && !i->noise && !i->window && !i->joint;
}

bool intervention_patches_clean(const struct intervention *i) {
    return i->noising || i->with != PG_WITH_TEXT;
}

/* ---- words ---- */

/* The words of the run that is not clean, and of ablation. */
enum direction_kind { OF_TEXT, OF_NOISE, OF_ZERO, OF_MEAN, N_DIRECTION_KINDS };

static enum direction_kind kind_of(const struct intervention *i) {
    if (i->with != PG_WITH_TEXT) return i->with == PG_WITH_ZERO ? OF_ZERO : OF_MEAN;
    return i->noise ? OF_NOISE : OF_TEXT;
}

const char *direction_text(const struct intervention *i) {
    static const char *const texts[N_DIRECTION_KINDS][2] = {
        {"clean into corrupted", "corrupted into clean"},
        {"clean into noise", "noise into clean"},
        {"zero ablation", "zero ablation"},
        {"mean ablation", "mean ablation"},
    };
    return texts[kind_of(i)][i->noising];
}

const char *direction_arrow(const struct intervention *i) {
    static const char *const texts[N_DIRECTION_KINDS][2] = {
        {"clean \u2192 corrupted", "corrupted \u2192 clean"},
        {"clean \u2192 noise", "noise \u2192 clean"},
        {"zero ablation", "zero ablation"},
        {"mean ablation", "mean ablation"},
    };
    return texts[kind_of(i)][i->noising];
}

const char *with_name(enum pg_with with) {
    return with_names[with];
}

bool with_parse(const char *name, enum pg_with *out) {
    const int found = find_name(name, with_names, PG_N_WITH);
    if (found >= 0) *out = (enum pg_with)found;
    return found >= 0;
}

struct words joint_sites(uint32_t sites) {
    struct words w = {0};
    for (int site = 0; site < PG_N_SITES; site++) {
        if (!(sites >> site & 1)) continue;
        if (*w.text) strcat(w.text, "+");
        strcat(w.text, pg_site_name((enum pg_site)site));
    }
    return w;
}

bool joint_sites_parse(const char *text, uint32_t *out) {
    struct words w;
    *out = 0;
    if (strlen(text) >= sizeof w.text) return false;
    strcpy(w.text, text);
    char *rest = w.text;
    for (char *name; (name = strsep(&rest, "+"));) {
        enum pg_site site;
        if (!pg_site_parse(name, &site)) return false;
        *out |= (uint32_t)1 << site;
    }
    return !strcmp(joint_sites(*out).text, text);
}

struct words noise_positions(const struct pg_result *r) {
    struct words w = {0};
    size_t used = 0;
    for (size_t i = 0; i < r->n_noise_positions && used < sizeof w.text - 16; i++)
        used += (size_t)snprintf(w.text + used, sizeof w.text - used, "%s%d", i ? "," : "",
                                 r->noise_positions[i]);
    return w;
}

struct words intervention_title(const struct intervention *i, const char *site) {
    struct words w;
    char window[48] = "";
    const char *direction = direction_arrow(i);
    if (i->window) snprintf(window, sizeof window, ", windows of %d layers", i->window);
    if (i->with != PG_WITH_TEXT)
        snprintf(w.text, sizeof w.text, "%s%s%s%s", direction, *site ? " of " : "", site, window);
    else if (*site)
        snprintf(w.text, sizeof w.text, "patching %s%s, %s", site, window, direction);
    else
        snprintf(w.text, sizeof w.text, "patching %s%s", direction, window);
    return w;
}
