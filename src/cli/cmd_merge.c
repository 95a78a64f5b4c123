/* cmd_merge.c: the command merge: makes one folder of the shards of a batch. */
#include "base/error.h"
#include "base/utf8.h"
#include "batch/folder.h"
#include "batch/merge.h"
#include "cli/batch_words.h"
#include "cli/commands.h"
#include "cli/outputs.h"

#include <stdio.h>
#include <stdlib.h>

static void warn_if_missing(const struct merged *merged) {
    char others[48] = "";
    if (!merged->n_missing) return;
    if (merged->n_missing > 1)
        snprintf(others, sizeof others, " and %zu more", merged->n_missing - 1);
    fprintf(stderr,
            "patchgpt: warning: no folder has line %zu%s: if that is not a blank line, a shard is "
            "missing\n",
            merged->first_missing, others);
}

enum exit_code command_merge(const struct options *o, struct pg_error *err) {
    const struct mean_options means = options_means(o);
    struct merged merged;
    if (!folder_has_no_links(o->output, err)) return EXIT_MISUSED;
    if (!merge_folders(o->folders, o->n_folders, o->output, &means, &merged, err))
        return EXIT_FAILED;
    const size_t n = merged.n_done + merged.n_failed;
    warn_if_missing(&merged);
    if (!o->quiet) {
        printf("%zu of %zu %s are done", merged.n_done, n, work_noun(merged.of_kind));
        if (merged.n_failed) printf("; %zu failed", merged.n_failed);
        printf("\nmerged into ");
        write_printable(stdout, o->output);
        printf(": summary.csv");
        print_mean_tables(merged.of_kind, o->batch_npz);
        printf("%s, and their tables\n",
               merged.report.n_pictures ? ", the pictures of the means" : "");
        fputs(merged.report.joint, stdout);
    }
    free(merged.report.joint);
    if (!merged.n_failed) return EXIT_DONE;
    fail(err, "%zu of %zu %s failed; %s/summary.csv says why", merged.n_failed, n,
         work_noun(merged.of_kind), o->output);
    return EXIT_SOME_FAILED;
}
