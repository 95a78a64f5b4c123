/* finish.c: see finish.h. */
#include "batch/finish.h"

#include "base/file.h"
#include "batch/folder.h"
#include "batch/mean_map.h"
#include "report/write_png.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool add_experiment(const char *folder, const struct summary_row *row, struct mean *mean,
                           struct pg_error *err) {
    struct cells cells = {0};
    char *path = folder_file(folder, row->id, ".csv", err);
    bool done = path && cells_read(path, row->csv_crc, row->n_tokens, &cells, err) &&
                mean_add(mean, row, &cells, err);
    cells_free(&cells);
    free(path);
    return done;
}

static bool add_experiments(const char *folder, const struct summary *summary, struct mean *mean,
                            struct pg_error *err) {
    for (size_t i = 0; i < summary->n; i++)
        if (!summary->rows[i].error && !add_experiment(folder, &summary->rows[i], mean, err))
            return false;
    return true;
}

/* ---- pictures ---- */

/* The pictures that a folder can have: those of the first kind have short names. */
enum { FIRST_KIND = 2 * PG_N_METRICS, N_NAMES };

/* The kind whose picture has that name, or n_kinds: there is none. */
static size_t kind_of_name(const struct mean *mean, int name) {
    if (name == FIRST_KIND) return 0;
    for (size_t i = 1; i < mean->n_kinds; i++)
        if ((int)mean->kinds[i].metric == name / 2 && mean->kinds[i].noising == name % 2) return i;
    return mean->n_kinds;
}

static void write_name(int name, bool recovered, char out[96]) {
    char kind[48] = "";
    if (name != FIRST_KIND)
        snprintf(kind, sizeof kind, "_%s%s", pg_metric_name((enum pg_metric)(name / 2)),
                 name % 2 ? "_noising" : "");
    snprintf(out, 96, "mean%s%s.png", kind, recovered ? "_recovered" : "");
}

static bool remove_file(const char *path, struct pg_error *err) {
    if (unlink(path) == 0 || errno == ENOENT) return true;
    return fail(err, "cannot remove %s: %s", path, strerror(errno));
}

static bool draw(const struct heatmap *map, const struct font *font, const char *path,
                 struct pg_error *err) {
    size_t size;
    uint8_t *png = heatmap_png(map, font, pg_threads(), &size, err);
    bool done = png && file_replace(path, png, size, err);
    free(png);
    return done;
}

/* Writes a picture, or removes an old one where there is nothing to show. */
static bool write_picture(const char *folder, const struct mean *mean, int name, bool recovered,
                          const struct font *font, const struct pg_picture *look,
                          struct pg_error *err) {
    char file[96];
    struct mean_map map = {0};
    const size_t kind = kind_of_name(mean, name);
    write_name(name, recovered, file);
    char *path = path_join(folder, file, err);
    bool done = path && (kind >= mean->n_kinds ||
                         mean_map_make(mean, kind, recovered, font, look, &map, err));
    if (done)
        done =
            map.made.map.n_panels ? draw(&map.made.map, font, path, err) : remove_file(path, err);
    mean_map_free(&map);
    free(path);
    return done;
}

static bool write_pictures(const char *folder, const struct mean *mean,
                           const struct pg_picture *look, struct pg_error *err) {
    struct font *font = font_open(err);
    bool done = font;
    for (int name = 0; done && name < N_NAMES; name++)
        done = write_picture(folder, mean, name, false, font, look, err) &&
               write_picture(folder, mean, name, true, font, look, err);
    font_close(font);
    return done;
}

/* ---- tables ---- */

/* Writes a table into the folder and frees its text. */
static bool write_table(const char *folder, const char *name, char *text, size_t size,
                        struct pg_error *err) {
    char *path = path_join(folder, name, err);
    bool done = path && file_replace(path, text, size, err);
    free(path);
    free(text);
    return done;
}

static char *summary_text(const struct summary *summary, size_t *size, struct pg_error *err) {
    char *all = NULL;
    FILE *out = open_memstream(&all, size);
    bool done = out || fail(err, "out of memory: the summary cannot be allocated");
    for (size_t i = 0; done && i <= summary->n; i++) {
        size_t length;
        char *line = i ? summary_row_text(&summary->rows[i - 1], &length, err)
                       : summary_header(&length, err);
        done = line && (fwrite(line, 1, length, out) == length ||
                        fail(err, "out of memory: the summary cannot be allocated"));
        free(line);
    }
    if (out && fclose(out) != 0 && done)
        done = fail(err, "out of memory: the summary cannot be allocated");
    if (done) return all;
    free(all);
    return NULL;
}

bool finish_folder(const char *folder, const struct summary *summary, const struct pg_picture *look,
                   struct pg_error *err) {
    size_t size = 0;
    char *text = NULL;
    struct mean mean = {0};
    bool done =
        add_experiments(folder, summary, &mean, err) && (text = mean_text(&mean, &size, err)) &&
        write_table(folder, "mean.csv", text, size, err) &&
        write_pictures(folder, &mean, look, err) && (text = summary_text(summary, &size, err)) &&
        write_table(folder, SUMMARY_FILE, text, size, err);
    mean_free(&mean);
    return done;
}
