/* cmd_info.c: the command info: facts about a model. */
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/outputs.h"
#include "report/result_json.h"
#include "report/result_text.h"

enum exit_code command_info(const struct options *o, struct pg_error *err) {
    struct pg_model *model = open_model(o, err);
    bool done = model;
    if (done && o->json)
        done = print_json(json_model(model, err));
    else if (done)
        write_model(stdout, model);
    pg_model_close(model);
    return done ? EXIT_DONE : EXIT_FAILED;
}
