/* circuit_json.c: see circuit_json.h. */
#include "report/circuit_json.h"

#include "report/intervention.h"
#include "report/json_items.h"

#include <math.h>

/* text: NULL for a mean. */
static cJSON *one_run(const struct pg_model *model, const struct pg_tokens *text, float metric) {
    cJSON *o = cJSON_CreateObject();
    return json_whole(
        o, (!text || json_put(o, "tokens", json_token_list(model, text->ids, text->count))) &&
               json_put(o, "metric", json_real(metric)));
}

/* What was run, and what was measured. */
static bool put_experiment(cJSON *o, const struct pg_model *model, const struct pg_request *r,
                           const struct sized_circuits *c) {
    const struct question q = question_of(r);
    if (c->over)
        return json_put(o, "over", json_string(c->over)) &&
               json_put(o, "experiments", json_integer(c->n_experiments)) &&
               json_put(o, "clean", one_run(model, NULL, c->clean_metric)) &&
               json_put(o, "corrupt", one_run(model, NULL, c->corrupt_metric)) &&
               json_put(o, "metric", cJSON_CreateString(c->measure));
    const struct pg_tokens *corrupt = c->with == PG_WITH_TEXT ? &r->corrupt : NULL;
    return json_put(o, "clean", one_run(model, &r->clean, c->clean_metric)) &&
           json_put(o, "corrupt", one_run(model, corrupt, c->corrupt_metric)) &&
           json_put(o, "metric", cJSON_CreateString(pg_metric_name(q.metric))) &&
           json_put_tokens(o, model, &q) &&
           json_put(o, "read_position", cJSON_CreateNumber(r->read_position));
}

static cJSON *circuit_list(const struct sized_circuits *c) {
    cJSON *list = cJSON_CreateArray();
    bool complete = list;
    for (size_t i = 0; complete && i < c->n; i++) {
        cJSON *o = cJSON_CreateObject();
        complete = json_append(
            list,
            json_whole(o, json_put(o, "top", json_integer(c->items[i].top)) &&
                              json_put(o, "edges", json_integer(c->items[i].n_edges)) &&
                              json_put(o, "value", json_real(c->items[i].value)) &&
                              json_put(o, "faithfulness", json_real(c->items[i].faithfulness)) &&
                              (!c->over || json_put(o, "mean_faithfulness",
                                                    json_real(c->items[i].mean_faithfulness)))));
    }
    return json_whole(list, complete);
}

/* Which edges were kept. */
static bool put_choice(cJSON *o, const struct circuit_choice *c) {
    return json_put(o, "scores", c->file ? json_string(c->file) : cJSON_CreateNull()) &&
           json_put(o, "threshold",
                    json_number(c->how == CHOOSE_THRESHOLD ? c->threshold : (double)NAN)) &&
           json_put(o, "signed", cJSON_CreateBool(c->by_sign)) &&
           json_put(o, "complement", cJSON_CreateBool(c->complement));
}

char *json_circuits(const struct pg_model *model, const struct pg_request *r,
                    const struct sized_circuits *c, const struct outcome *outcome,
                    struct pg_error *err) {
    const double none = (double)NAN;
    cJSON *o = json_object_of(model);
    return json_print(o,
                      put_experiment(o, model, r, c) &&
                          json_put(o, "with", cJSON_CreateString(with_name(c->with))) &&
                          put_choice(o, &c->choice) &&
                          json_put(o, "edges", json_integer(c->n_edges)) &&
                          json_put(o, "all_edges", json_real(c->all)) &&
                          json_put(o, "cpr", json_number(c->has_areas ? c->cpr : none)) &&
                          json_put(o, "cmd", json_number(c->has_areas ? c->cmd : none)) &&
                          json_put(o, "seconds", json_real((float)c->seconds)) &&
                          json_put(o, "files", json_file_list(outcome)) &&
                          json_put(o, "circuits", circuit_list(c)) &&
                          (!outcome->checked || json_put(o, "check", json_check(outcome))),
                      err);
}
