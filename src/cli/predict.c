/* predict.c: the command predict, the most probable next tokens. */
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/print.h"
#include "report/json_report.h"
#include "report/prediction_table.h"

#include <stdio.h>
#include <stdlib.h>

static bool predict(const struct pg_model *model, const struct options *o,
                    const struct pg_tokens *tokens, struct pg_error *err) {
    size_t n;
    if (!read_top(model, o, &n, err)) return false;
    struct pg_prediction *top = allocate(n, sizeof *top, err);
    bool done = top && pg_predict(model, tokens->ids, tokens->count, n, top, err);
    if (done && o->json)
        done = print_json(json_prediction(model, tokens, "top", top, n, err));
    else if (done)
        write_top_table(stdout, model, top, n, TABLE_ALIGNED);
    free(top);
    return done;
}

enum exit_code command_predict(const struct options *o, struct pg_error *err) {
    struct pg_tokens tokens = {0};
    struct pg_model *model = open_model(o, err);
    bool done = model && read_prediction(model, o, &tokens, err) && predict(model, o, &tokens, err);
    pg_tokens_free(&tokens);
    pg_model_close(model);
    return done ? EXIT_DONE : EXIT_FAILED;
}
