/* cmd_detokenize.c: the command detokenize: the text of token ids, or of every line of ids on
 * standard input. */
#include "base/error.h"
#include "base/plain_text.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/outputs.h"
#include "report/result_json.h"
#include "report/tokens.h"
#include "spec/text_input.h"
#include "spec/values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether all ids are tokens of the model. */
static bool check_tokens(const struct pg_model *model, const struct pg_tokens *tokens,
                         struct pg_error *err) {
    size_t length;
    for (size_t i = 0; i < tokens->count; i++)
        if (!pg_token_bytes(model, tokens->ids[i], &length))
            return fail(err, "model %s has no token %d; its vocabulary has the ids 0 to %d",
                        pg_model_info(model).name, tokens->ids[i],
                        pg_model_info(model).n_vocab - 1);
    return true;
}

static bool print_text(const struct pg_model *model, const struct options *o,
                       const struct pg_tokens *tokens, struct pg_error *err) {
    if (!check_tokens(model, tokens, err)) return false;
    if (o->json) return print_json(json_text(model, tokens, err));
    write_token_bytes(stdout, model, tokens->ids, tokens->count);
    putchar('\n');
    return true;
}

/* Prints the text of a list of ids; that of an empty list is empty. */
static enum exit_code detokenize(const struct pg_model *model, const struct options *o,
                                 const char *list, struct pg_error *err) {
    struct pg_tokens tokens = {0};
    enum exit_code code = EXIT_DONE;
    if (*list && !parse_ids("detokenize", list, &tokens, err))
        code = is_out_of_memory(err) ? EXIT_FAILED : EXIT_MISUSED;
    else if (!print_text(model, o, &tokens, err))
        code = EXIT_FAILED;
    pg_tokens_free(&tokens);
    return code;
}

/* The list in a line of standard input. NULL and err if the line is UTF-16 or has a zero byte. */
static const char *list_of(char *line, size_t size, struct pg_error *err) {
    const size_t length = text_line_size(line, size);
    if (!text_check(line, size, "standard input", err)) return NULL;
    line[length] = '\0';
    if (strlen(line) == length) return line + text_bom_size(line, length);
    fail(err, "standard input has a zero byte, expected token ids");
    return NULL;
}

static enum exit_code detokenize_lines(const struct pg_model *model, const struct options *o,
                                       struct pg_error *err) {
    char *line = NULL;
    size_t room = 0;
    enum exit_code code = EXIT_DONE;
    ssize_t read;
    while (code == EXIT_DONE && !ferror(stdout) && (read = getline(&line, &room, stdin)) >= 0) {
        const char *list = list_of(line, (size_t)read, err);
        code = list ? detokenize(model, o, list, err) : EXIT_FAILED;
        if (code == EXIT_MISUSED) code = EXIT_FAILED; /* the data is wrong, not the command line */
    }
    free(line);
    if (code != EXIT_DONE || !ferror(stdin)) return code;
    fail(err, "cannot read standard input: %s", strerror(errno));
    return EXIT_FAILED;
}

enum exit_code command_detokenize(const struct options *o, struct pg_error *err) {
    struct pg_model *model = open_model(o, err);
    enum exit_code code = EXIT_FAILED;
    if (model && need_tokenizer(model, NULL, err))
        code = strcmp(o->text, "-") != 0 ? detokenize(model, o, o->text, err)
                                         : detokenize_lines(model, o, err);
    pg_model_close(model);
    return code;
}
