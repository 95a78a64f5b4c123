/* test_tokenizer_files.c: what text/tokenizer.h reads and what it refuses: vocab.json with
 * merges.txt, and tokenizer.json, on a small vocabulary that each test changes in one place. */
#include "tokenizer/tokenizer.h"

#include "tokenizer_fixture.h"
#include "unit.h"

/* In memory of exactly their size, so that a read beyond the end is seen. */
static struct tokenizer *load(struct text vocab, struct text merges, struct pg_error *err) {
    char *v = malloc(vocab.size), *m = malloc(merges.size);
    if (vocab.size) memcpy(v, vocab.bytes, vocab.size);
    if (merges.size) memcpy(m, merges.bytes, merges.size);
    struct tokenizer *tokenizer =
        tokenizer_from_vocab(v, vocab.size, "vocab.json", m, merges.size, "merges.txt", err);
    free(v);
    free(m);
    return tokenizer;
}

static struct text text_of(const char *bytes) {
    return (struct text){(char *)bytes, strlen(bytes)};
}

static void check_error(const struct tokenizer *tokenizer, const struct pg_error *err,
                        const char *expected) {
    if (tokenizer) fail_msg("loaded, expected the error \"%s\"", expected);
    if (!strstr(err->text, expected))
        fail_msg("the error is \"%s\", expected \"%s\"", err->text, expected);
}

static void check_bad_vocab(const char *vocab, const char *expected) {
    struct pg_error err;
    check_error(load(text_of(vocab), text_of(SMALL_MERGES), &err), &err, expected);
}

static void check_bad_merges(struct text merges, const char *expected) {
    struct pg_error err;
    struct text vocab = make_vocab(SMALL_MERGES);
    check_error(load(vocab, merges, &err), &err, expected);
    free(vocab.bytes);
}

static void check_ids(const struct tokenizer *tokenizer, const char *text, size_t count,
                      const int *ids) {
    struct pg_error err;
    struct pg_tokens tokens;
    assert_true(tokenizer_encode(tokenizer, text, strlen(text), true, &tokens, &err));
    assert_int_equal(tokens.count, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(tokens.ids[i], ids[i]);
    pg_tokens_free(&tokens);
}

/* The ids of "hello world!!" with SMALL_MERGES: hello, " world", "!!". */
static void check_is_small(const struct tokenizer *tokenizer) {
    const int ids[] = {259, 264, 265};
    check_ids(tokenizer, "hello world!!", 3, ids);
    check_ids(tokenizer, "<|", 2, (const int[]){27, 91});
    assert_int_equal(tokenizer_vocab_size(tokenizer), 270);
    assert_int_equal(tokenizer_bos(tokenizer), 269);
}

/* ---- vocab.json ---- */

static void test_small_vocabulary(void **state) {
    (void)state;
    struct pg_error err;
    struct text vocab = make_vocab(SMALL_MERGES);
    struct tokenizer *tokenizer = load(vocab, text_of(SMALL_MERGES), &err);
    assert_non_null(tokenizer);
    check_is_small(tokenizer);
    size_t length;
    assert_memory_equal(tokenizer_bytes(tokenizer, 264, &length), " world", 6);
    assert_int_equal(length, 6);
    assert_memory_equal(tokenizer_bytes(tokenizer, 268, &length), "\xe2\x82\xac", 3);
    tokenizer_free(tokenizer);
    tokenizer_free(NULL);
    free(vocab.bytes);
}

static void test_vocab_that_is_no_object(void **state) {
    (void)state;
    check_bad_vocab("", "vocab.json");
    check_bad_vocab("garbage", "vocab.json");
    check_bad_vocab("{\"a\": 1", "vocab.json");
    check_bad_vocab("[1, 2]", "vocab.json");
    check_bad_vocab("{} {}", "vocab.json");
    check_bad_vocab("{}", "merges.txt: line 2 needs the token \"h\", which is not in");
    char deep[5000];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    check_bad_vocab(deep, "vocab.json");
    for (size_t i = 0; i + 5 < sizeof deep; i += 5) memcpy(deep + i, "{\"a\":", 5);
    check_bad_vocab(deep, "vocab.json");
}

static void test_bad_entries(void **state) {
    (void)state;
    const struct {
        const char *from, *to, *error;
    } cases[] = {
        {"\"!\": 0", "\"!\": -1",
         "vocab.json: the id of \"!\" is -1, expected an integer from 0 to"},
        {"\"!\": 0", "\"!\": 0.5", "the id of \"!\" is 0.5, expected"},
        {"\"!\": 0", "\"!\": \"0\"", "the id of \"!\" is \"0\", expected"},
        {"\"!\": 0", "\"!\": null", "the id of \"!\" is null, expected"},
        {"\"!\": 0", "\"!\": [0]", "the id of \"!\" is an array, expected"},
        {"\"!\": 0", "\"!\": 16777216", "is 16777216, expected an integer from 0 to 16777215"},
        {"\"!\": 0", "\"!\": 16000000",
         "vocab.json: the id 16000000 is far beyond the 270 tokens that there are"},
        {"\"!\": 0", "\"!\": 1e300", "the id of \"!\" is 1"},
        {"\"!\": 0", "\"!\": 0, \"!\": 0", "the token \"!\" is there twice, with the ids 0 and 0"},
        {"\"!\": 0", "\"!\": 0, \"!\": 300",
         "the token \"!\" is there twice, with the ids 0 and 300"},
        {"\"!\": 0", "\"!\": 1", "\"!\" and \"\"\" have the same id 1, expected unique ids"},
        {"\"!\": 0", "\"!\": 0, \"\": 300", "the token with the id 300 is empty"},
        {"\"!\": 0, ", "", "merges.txt: line 11 needs the token \"!\", which is not in"},
        {", \"Ġ\": 220", "", "merges.txt: line 6 needs the token \"Ġ\", which is not in"},
        {"\"hello\"", "\"hallo\"", "merges.txt: line 5 needs the token \"hello\", which is not in"},
    };
    struct text vocab = make_vocab(SMALL_MERGES);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text bad = replaced(vocab.bytes, cases[i].from, cases[i].to);
        check_bad_vocab(bad.bytes, cases[i].error);
        free(bad.bytes);
    }
    free(vocab.bytes);
}

static void test_gaps_and_literal_tokens(void **state) {
    (void)state;
    struct pg_error err;
    struct text small = make_vocab(SMALL_MERGES);
    struct text vocab = replaced(small.bytes, "{", "{\"全\": 1000, \"\xff\": 1001, ");
    struct tokenizer *tokenizer = load(vocab, text_of(SMALL_MERGES), &err);
    assert_non_null(tokenizer);
    size_t length;
    assert_int_equal(tokenizer_vocab_size(tokenizer), 1002);
    assert_null(tokenizer_bytes(tokenizer, 500, &length));
    assert_memory_equal(tokenizer_bytes(tokenizer, 1000, &length), "全", 3);
    assert_int_equal(length, 3);
    assert_memory_equal(tokenizer_bytes(tokenizer, 1001, &length), "\xff", 1);
    assert_int_equal(length, 1);
    check_ids(tokenizer, "全", 3, (const int[]){161, 227, 101}); /* e5 85 a8 */
    tokenizer_free(tokenizer);
    free(vocab.bytes);
    free(small.bytes);
}

static void test_no_end_of_text(void **state) {
    (void)state;
    struct pg_error err;
    struct text small = make_vocab(SMALL_MERGES);
    struct text vocab = replaced(small.bytes, ", \"<|endoftext|>\": 269", "");
    struct tokenizer *tokenizer = load(vocab, text_of(SMALL_MERGES), &err);
    assert_non_null(tokenizer);
    assert_int_equal(tokenizer_bos(tokenizer), -1);
    assert_int_equal(tokenizer_vocab_size(tokenizer), 269);
    tokenizer_free(tokenizer);
    free(vocab.bytes);
    free(small.bytes);
}

/* ---- merges.txt ---- */

static void test_forms_of_merges(void **state) {
    (void)state;
    const struct {
        const char *from, *to;
    } cases[] = {
        {"#version: 0.2\n", ""},                /* no version */
        {"#version: 0.2\n", "#version: 9\r\n"}, /* CRLF */
        {"he ll\nhell o\n", "he ll\r\nhell o\r\n"},
        {"he ll\n", "\nhe ll\n\r\n"}, /* blank lines */
        {"âĤ ¬\n", "âĤ ¬"},           /* no newline at the end */
    };
    struct pg_error err;
    struct text vocab = make_vocab(SMALL_MERGES);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text merges = replaced(SMALL_MERGES, cases[i].from, cases[i].to);
        struct tokenizer *tokenizer = load(vocab, merges, &err);
        if (!tokenizer) fail_msg("case %zu: %s", i, err.text);
        check_is_small(tokenizer);
        tokenizer_free(tokenizer);
        free(merges.bytes);
    }
    free(vocab.bytes);
}

static void test_a_version_alone_means_bytes(void **state) {
    (void)state;
    struct pg_error err;
    struct text vocab = make_vocab(SMALL_MERGES);
    struct tokenizer *tokenizer = load(vocab, text_of("#version: 0.2\n"), &err);
    assert_non_null(tokenizer);
    check_ids(tokenizer, "he!!", 4, (const int[]){71, 68, 0, 0});
    tokenizer_free(tokenizer);
    free(vocab.bytes);
}

static void test_bad_merges(void **state) {
    (void)state;
    check_bad_merges(text_of(""), "merges.txt is empty, expected merges");
    check_bad_merges(text_of("\n\r\n\n"), "merges.txt is empty, expected merges");
    check_bad_merges(text_of("he\n"), "merges.txt: line 1 is \"he\", expected two tokens with one");
    check_bad_merges(text_of("#version\n\nh e\n\nl l l\n"), "line 5 is \"l l l\", expected two");
    check_bad_merges(text_of(" he\n"), "line 1 is \" he\", expected two tokens");
    check_bad_merges(text_of("h \n"), "line 1 is \"h \", expected two tokens");
    check_bad_merges(text_of("h  e\n"), "line 1 is \"h  e\", expected two tokens");
    check_bad_merges(text_of(" "), "line 1 is \" \", expected two tokens");
    check_bad_merges(text_of("h e\n#version: 0.2\n"), "line 2 needs the token \"#version:\"");
    check_bad_merges(text_of("xy e\n"), "merges.txt: line 1 needs the token \"xy\", which is not");
    check_bad_merges(text_of("h e\nh xy"), "line 2 needs the token \"xy\", which is not in");
    check_bad_merges(text_of("x y\n"), "line 1 needs the token \"xy\", which is not in");
    check_bad_merges(text_of("h e\nl l\nh e\n"), "line 3 merges \"h\" and \"e\" a second time");
    check_bad_merges((struct text){(char *)"h\0 e\n", 5}, "line 1 needs the token \"h\"");
    check_bad_merges(text_of("\xef\xbb\xbfh e\n"), "line 1 needs the token");
    check_bad_merges(text_of("\xff\xfe\x80"), "line 1 is \"???\", expected two tokens");
}

/* ---- tokenizer.json ---- */

static struct tokenizer *load_json(struct text json, struct pg_error *err) {
    char *exact = malloc(json.size);
    if (json.size) memcpy(exact, json.bytes, json.size);
    struct tokenizer *tokenizer = tokenizer_from_json(exact, json.size, "tokenizer.json", err);
    free(exact);
    return tokenizer;
}

/* tokenizer.json of SMALL_MERGES, with one place changed. */
static struct text small_json(bool pairs, const char *from, const char *to) {
    struct text vocab = make_vocab(SMALL_MERGES);
    struct text json = make_tokenizer_json(vocab.bytes, SMALL_MERGES, pairs);
    struct text changed = replaced(json.bytes, from, to);
    free(vocab.bytes);
    free(json.bytes);
    return changed;
}

static void test_forms_of_tokenizer_json(void **state) {
    (void)state;
    const char *end_of_text = ", \"<|endoftext|>\": 269";
    const struct {
        const char *from, *to;
    } cases[] = {
        {"", ""},
        {"\"type\": \"BPE\", ", ""},
        {"\"type\": \"BPE\", ", "\"type\": \"BPE\", \"ignore_merges\": false, \"dropout\": null, "},
        {"\"continuing_subword_prefix\": \"\", ", "\"end_of_word_suffix\": null, "},
        {"\"normalizer\": null, ", ""},
        {"\"added_tokens\": [], ", ""},
        {"\"added_tokens\": []", "\"added_tokens\": null"},
        {"\"added_tokens\": []",
         "\"added_tokens\": [{\"id\": 269, \"content\": \"<|endoftext|>\", \"special\": true}]"},
        {"\"add_prefix_space\": false", "\"use_regex\": true, \"trim_offsets\": true"},
        {"{\"type\": \"ByteLevel\", \"add_prefix_space\": false}",
         "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"ByteLevel\"}]}"},
    };
    struct pg_error err;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        struct text json = small_json(i % 2, cases[i / 2].from, cases[i / 2].to);
        struct tokenizer *tokenizer = load_json(json, &err);
        if (!tokenizer) fail_msg("case %zu: %s", i / 2, err.text);
        check_is_small(tokenizer);
        tokenizer_free(tokenizer);
        free(json.bytes);
    }
    /* <|endoftext|> among the added tokens only */
    struct text json = small_json(false, end_of_text, "");
    struct text added =
        replaced(json.bytes, "\"added_tokens\": []",
                 "\"added_tokens\": [{\"id\": 269, \"content\": \"<|endoftext|>\"}]");
    struct tokenizer *tokenizer = load_json(added, &err);
    assert_non_null(tokenizer);
    check_is_small(tokenizer);
    tokenizer_free(tokenizer);
    free(added.bytes);
    free(json.bytes);
}

static void test_bad_tokenizer_json(void **state) {
    (void)state;
    const char *byte_level = "{\"type\": \"ByteLevel\", \"add_prefix_space\": false}";
    const char *no_tokens = "\"added_tokens\": []";
    const struct {
        const char *from, *to, *error;
    } cases[] = {
        {"{\"version\"", "[{\"version\"", "tokenizer.json"},
        {"\"model\"", "\"modle\"", "tokenizer.json: model is nothing, expected an object"},
        {"\"type\": \"BPE\"", "\"type\": \"WordPiece\"",
         "model.type is \"WordPiece\", expected \"BPE\""},
        {"\"type\": \"BPE\"", "\"type\": 1", "model.type is 1, expected \"BPE\""},
        {"\"continuing_subword_prefix\": \"\"", "\"continuing_subword_prefix\": \"##\"",
         "model.continuing_subword_prefix is \"##\", expected none"},
        {"\"continuing_subword_prefix\": \"\"", "\"end_of_word_suffix\": \"</w>\"",
         "model.end_of_word_suffix is \"</w>\", expected none"},
        {"\"continuing_subword_prefix\": \"\"", "\"ignore_merges\": true",
         "model.ignore_merges is true, expected false"},
        {"\"continuing_subword_prefix\": \"\"", "\"ignore_merges\": 1",
         "ignore_merges is 1, expected"},
        {byte_level, "null", "pre_tokenizer is null, expected ByteLevel"},
        {"\"pre_tokenizer\"", "\"other\"", "pre_tokenizer is nothing, expected ByteLevel"},
        {"\"ByteLevel\"", "\"Whitespace\"", "pre_tokenizer is \"Whitespace\", expected ByteLevel"},
        {byte_level, "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Digits\"}]}",
         "pre_tokenizer is \"Digits\", expected ByteLevel"},
        {byte_level,
         "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\"}, {\"type\": "
         "\"ByteLevel\"}]}",
         "pre_tokenizer is a Sequence of 2 steps, expected ByteLevel alone"},
        {byte_level, "{\"type\": \"Sequence\", \"pretokenizers\": []}", "a Sequence of 0 steps"},
        {byte_level, "{\"type\": \"Sequence\"}", "a Sequence of 0 steps"},
        {byte_level, "{\"type\": \"Sequence\", \"pretokenizers\": [7]}", "pre_tokenizer is 7"},
        {"\"add_prefix_space\": false", "\"add_prefix_space\": \"no\"",
         "add_prefix_space is \"no\""},
        {"\"add_prefix_space\": false", "\"use_regex\": false",
         "pre_tokenizer.use_regex is false, expected true"},
        {"\"normalizer\": null", "\"normalizer\": {\"type\": \"NFC\"}",
         "normalizer is \"NFC\", expected none"},
        {"\"normalizer\": null",
         "\"normalizer\": null, \"post_processor\": {\"type\": \"RobertaProcessing\"}",
         "post_processor is \"RobertaProcessing\", expected none, ByteLevel or TemplateProcessing"},
        {"\"normalizer\": null",
         "\"normalizer\": null, \"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": "
         "[{\"Sequence\": {\"id\": \"A\"}}, {\"SpecialToken\": {\"id\": \"<e>\"}}]}",
         "post_processor adds a token after the text, expected none"},
        {"\"normalizer\": null",
         "\"normalizer\": null, \"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": "
         "[{\"SpecialToken\": {\"id\": \"<e>\"}}]}",
         "post_processor.special_tokens has no ids for \"<e>\""},
        {"\"normalizer\": null",
         "\"normalizer\": null, \"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": "
         "[{\"SpecialToken\": {\"id\": \"b\"}}], \"special_tokens\": {\"b\": {\"ids\": [900]}}}",
         "post_processor puts the token 900 before a text, which is not there"},
        {"\"normalizer\": null",
         "\"normalizer\": null, \"padding\": {\"strategy\": {\"Fixed\": 9}}",
         "padding adds tokens to a text"},
        {"\"continuing_subword_prefix\": \"\"", "\"dropout\": 0.1",
         "model.dropout is 0.1, expected none"},
        {"\"normalizer\": null", "\"normalizer\": 3", "normalizer is 3, expected none"},
        {"\"vocab\"", "\"vocabulary\"", "model.vocab is nothing, expected an object"},
        {"\"merges\"", "\"merge\"", "model.merges is nothing, expected an array"},
        {"\"h e\"", "\"he\"", "tokenizer.json: merge 1 is \"he\", expected two tokens"},
        {"\"l l\"", "17", "merge 2 is 17, expected \"left right\" or [\"left\", \"right\"]"},
        {"\"l l\"", "[\"l\"]", "merge 2 is an array, expected"},
        {"\"l l\"", "[\"l\", 1]", "merge 2 is an array, expected"},
        {"\"l l\"", "[\"l\", \"\"]", "merge 2 needs the token \"\", which is not in"},
        {"\"l l\"", "[\"xy\", \"l\"]", "merge 2 needs the token \"xy\", which is not"},
        {"\"l l\"", "\"h e\"", "merge 2 merges \"h\" and \"e\" a second time"},
        {"\"!\": 0", "\"!\": 1", "tokenizer.json: \"!\" and \"\"\" have the same id 1"},
        {no_tokens, "\"added_tokens\": {}", "added_tokens is an object, expected an array"},
        {no_tokens, "\"added_tokens\": [{\"id\": 269}]",
         "added_tokens[0] is an object without a text \"content\""},
        {no_tokens, "\"added_tokens\": [5]", "added_tokens[0] is 5 without a text \"content\""},
        {no_tokens, "\"added_tokens\": [{\"content\": \"<pad>\"}]",
         "the id of \"<pad>\" is nothing"},
        {no_tokens, "\"added_tokens\": [{\"content\": \"<pad>\", \"id\": 5}]",
         "\"&\" and \"<pad>\" have the same id 5"},
        {no_tokens, "\"added_tokens\": [{\"content\": \"hello\", \"id\": 500}]",
         "the token \"hello\" is there twice, with the ids 259 and 500"},
    };
    struct pg_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text json = small_json(false, cases[i].from, cases[i].to);
        check_error(load_json(json, &err), &err, cases[i].error);
        free(json.bytes);
    }
    check_error(load_json(text_of(""), &err), &err, "tokenizer.json");
}

static void test_a_byte_without_a_token_is_for_texts_to_miss(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_tokens tokens;
    struct text small = make_vocab(SMALL_MERGES);
    struct text vocab = replaced(small.bytes, ", \"ł\": 254", "");
    struct tokenizer *tokenizer = load(vocab, text_of(SMALL_MERGES), &err);
    assert_non_null(tokenizer);
    check_ids(tokenizer, "hello world!!", 3, (const int[]){259, 264, 265});
    assert_false(tokenizer_encode(tokenizer, "\u00e0", 2, true, &tokens, &err)); /* 0xC3 0xA0 */
    assert_string_equal(err.text,
                        "the text has the byte 0xA0, for which the vocabulary has no token");
    tokenizer_free(tokenizer);
    free(vocab.bytes);
    free(small.bytes);
}

/* ---- what is declared ---- */

static struct tokenizer *described(const char *file, const char *json, struct pg_error *err) {
    struct text vocab = make_vocab(SMALL_MERGES);
    struct tokenizer *tokenizer = load(vocab, text_of(SMALL_MERGES), err);
    free(vocab.bytes);
    assert_non_null(tokenizer);
    if (tokenizer_describe(tokenizer, json, strlen(json), file, err) &&
        tokenizer_finish(tokenizer, file, err))
        return tokenizer;
    tokenizer_free(tokenizer);
    return NULL;
}

static void test_tokens_are_special_where_a_file_says_so(void **state) {
    (void)state;
    static const struct {
        const char *file, *json, *text;
        int ids[6], n;
    } cases[] = {
        {"m/tokenizer_config.json", "{}", "<|endoftext|>!", {27, 91}, 2},
        {"m/special_tokens_map.json",
         "{\"eos_token\": \"<|endoftext|>\"}",
         "!<|endoftext|>!",
         {0, 269, 0},
         3},
        {"m/special_tokens_map.json",
         "{\"additional_special_tokens\": [{\"content\": \"hello\", \"rstrip\": true}]}",
         "hello  !",
         {259, 0},
         2},
        {"m/added_tokens.json", "{\"<a>\": 300, \"<a>b\": 301}", "<a><a>b!", {300, 301, 0}, 3},
        {"m/tokenizer_config.json",
         "{\"added_tokens_decoder\": {\"300\": {\"content\": \"w!\", \"single_word\": true, "
         "\"lstrip\": true}}}",
         "!  w!!w!o",
         {0, 300, 0, 86, 0, 78},
         6},
        {"m/tokenizer_config.json", "{\"add_prefix_space\": true}", "world", {264}, 1},
        {"m/tokenizer_config.json", "{\"add_bos_token\": true}", "!", {269, 0}, 2},
        {"m/tokenizer_config.json",
         "{\"add_bos_token\": true, \"bos_token\": {\"content\": \"hello\"}}",
         "!",
         {259, 0},
         2},
    };
    struct pg_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tokenizer *tokenizer = described(cases[i].file, cases[i].json, &err);
        if (!tokenizer) fail_msg("case %zu: %s", i, err.text);
        struct pg_tokens tokens;
        assert_true(
            tokenizer_encode(tokenizer, cases[i].text, strlen(cases[i].text), true, &tokens, &err));
        for (int k = 0; k < cases[i].n; k++)
            if (tokens.ids[k] != cases[i].ids[k])
                fail_msg("case %zu: id %d is %d, not %d", i, k, tokens.ids[k], cases[i].ids[k]);
        pg_tokens_free(&tokens);
        tokenizer_free(tokenizer);
    }
}

static void test_what_is_not_obeyed_is_refused(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"m/tokenizer_config.json", "{\"do_lower_case\": true}",
         "m/tokenizer_config.json: do_lower_case is true, expected false"},
        {"m/tokenizer_config.json", "{\"add_eos_token\": true}", "add_eos_token is true"},
        {"m/tokenizer_config.json", "{\"tokenizer_class\": \"LlamaTokenizer\"}",
         "tokenizer_class is \"LlamaTokenizer\", expected GPT2Tokenizer"},
        {"m/tokenizer_config.json", "{\"add_prefix_space\": 1}", "add_prefix_space is 1"},
        {"m/tokenizer_config.json", "{\"bos_token\": \"<s>\"}",
         "bos_token is \"<s>\", which is not in the vocabulary"},
        {"m/tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": {\"content\": \"y\"}}}",
         "added_tokens_decoder: \"x\" is no id"},
        {"m/special_tokens_map.json", "{\"pad_token\": 7}", "pad_token is 7, expected a token's"},
        {"m/added_tokens.json", "{\"<a>\": 16000000}", "the id 16000000 is far beyond the 270"},
        {"m/added_tokens.json", "{\"<a>\": -1}", "the id of \"<a>\" is -1"},
        {"m/added_tokens.json", "{\"<a>\": 0}", "\"!\" and \"<a>\" have the same id 0"},
        {"m/added_tokens.json", "{\"hello\": 300}", "\"hello\" is there twice, with the ids"},
        {"m/added_tokens.json", "{\"\": 300}", "the added token with the id 300 is empty"},
        {"m/added_tokens.json", "[]", "m/added_tokens.json"},
    };
    struct pg_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tokenizer *tokenizer = described(cases[i][0], cases[i][1], &err);
        check_error(tokenizer, &err, cases[i][2]);
    }
}

static void test_what_tokenizer_json_puts_before_a_text(void **state) {
    (void)state;
    struct pg_error err;
    struct pg_tokens tokens;
    struct text json = small_json(
        false, "\"added_tokens\": []",
        "\"truncation\": {\"max_length\": 3}, \"post_processor\": {\"type\": \"Sequence\", "
        "\"processors\": [{\"type\": \"ByteLevel\"}, {\"type\": \"TemplateProcessing\", "
        "\"single\": "
        "[{\"SpecialToken\": {\"id\": \"b\"}}, {\"Sequence\": {\"id\": \"A\"}}], "
        "\"special_tokens\": {\"b\": {\"ids\": [269]}}}]}");
    struct tokenizer *tokenizer = load_json(json, &err);
    assert_non_null(tokenizer);
    check_ids(tokenizer, "!", 2, (const int[]){269, 0});
    assert_true(tokenizer_encode(tokenizer, "!", 1, false, &tokens, &err));
    assert_int_equal(tokens.count, 1);
    pg_tokens_free(&tokens);
    assert_false(tokenizer_encode(tokenizer, "hello hello!!", 13, true, &tokens, &err));
    assert_non_null(strstr(err.text, "truncation of tokenizer.json would cut it to 3"));
    tokenizer_free(tokenizer);
    free(json.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_vocabulary),
        cmocka_unit_test(test_vocab_that_is_no_object),
        cmocka_unit_test(test_bad_entries),
        cmocka_unit_test(test_gaps_and_literal_tokens),
        cmocka_unit_test(test_no_end_of_text),
        cmocka_unit_test(test_forms_of_merges),
        cmocka_unit_test(test_a_version_alone_means_bytes),
        cmocka_unit_test(test_bad_merges),
        cmocka_unit_test(test_forms_of_tokenizer_json),
        cmocka_unit_test(test_bad_tokenizer_json),
        cmocka_unit_test(test_a_byte_without_a_token_is_for_texts_to_miss),
        cmocka_unit_test(test_tokens_are_special_where_a_file_says_so),
        cmocka_unit_test(test_what_is_not_obeyed_is_refused),
        cmocka_unit_test(test_what_tokenizer_json_puts_before_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
