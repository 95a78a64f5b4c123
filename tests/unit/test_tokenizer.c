/* test_tokenizer.c: text/tokenizer.h with GPT-2's own vocabulary: known ids, and that any bytes
 * survive. Its parts: test_split.c, test_bpe.c. Its files and their errors:
 * test_tokenizer_files.c. */
#include "tokenizer/tokenizer.h"

#include "tokenizer_fixture.h"
#include "unit.h"

#include <cjson/cJSON.h>

static int set_up(void **state) {
    struct pg_error err;
    struct text merges = read_fixture(FIXTURES "/gpt2-tokenizer/merges.txt.gz");
    struct text vocab = make_vocab(merges.bytes);
    *state = tokenizer_from_vocab(vocab.bytes, vocab.size, "vocab.json", merges.bytes, merges.size,
                                  "merges.txt", &err);
    free(vocab.bytes);
    free(merges.bytes);
    return *state ? 0 : -1;
}

static int tear_down(void **state) {
    tokenizer_free(*state);
    return 0;
}

static struct pg_tokens encode(const struct tokenizer *tokenizer, const char *text, size_t length) {
    struct pg_error err;
    struct pg_tokens tokens;
    assert_true(tokenizer_encode(tokenizer, text, length, true, &tokens, &err));
    return tokens;
}

/* Asserts that the tokens' bytes together are the text. */
static void check_decodes(const struct tokenizer *tokenizer, struct pg_tokens tokens,
                          const char *text, size_t length) {
    size_t at = 0, size;
    for (size_t i = 0; i < tokens.count; i++, at += size) {
        const char *bytes = tokenizer_bytes(tokenizer, tokens.ids[i], &size);
        assert_non_null(bytes);
        assert_true(size > 0 && at + size <= length);
        assert_memory_equal(bytes, text + at, size);
    }
    assert_int_equal(at, length);
}

static void check_round_trip(const struct tokenizer *tokenizer, const char *text, size_t length) {
    struct pg_tokens tokens = encode(tokenizer, text, length);
    check_decodes(tokenizer, tokens, text, length);
    pg_tokens_free(&tokens);
}

static void check_ids(const struct tokenizer *tokenizer, const char *text, size_t count,
                      const int *ids) {
    struct pg_tokens tokens = encode(tokenizer, text, strlen(text));
    assert_int_equal(tokens.count, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(tokens.ids[i], ids[i]);
    pg_tokens_free(&tokens);
}

/* In place: the zero bytes that the fixture writes as U+E000. Returns the length. */
static size_t restore_zeros(char *text) {
    size_t length = 0;
    for (const char *p = text; *p; length++) {
        bool zero = strncmp(p, "\xee\x80\x80", 3) == 0;
        text[length] = zero ? '\0' : *p;
        p += zero ? 3 : 1;
    }
    return length;
}

static void check_vector(const struct tokenizer *tokenizer, const char *line) {
    cJSON *vector = cJSON_Parse(line);
    assert_non_null(vector);
    char *text = cJSON_GetStringValue(cJSON_GetObjectItem(vector, "text"));
    const cJSON *ids = cJSON_GetObjectItem(vector, "ids"), *id;
    size_t length = restore_zeros(text), i = 0;
    struct pg_tokens tokens = encode(tokenizer, text, length);
    assert_int_equal(tokens.count, cJSON_GetArraySize(ids));
    cJSON_ArrayForEach(id, ids) assert_int_equal(tokens.ids[i++], id->valueint);
    check_decodes(tokenizer, tokens, text, length);
    pg_tokens_free(&tokens);
    cJSON_Delete(vector);
}

static void check_vectors(const struct tokenizer *tokenizer) {
    struct text vectors = read_fixture(FIXTURES "/gpt2-tokenizer/vectors.jsonl");
    int count = 0;
    for (char *rest = vectors.bytes, *line; (line = strsep(&rest, "\n")) && *line; count++)
        check_vector(tokenizer, line);
    assert_int_equal(count, 200);
    free(vectors.bytes);
}

static void test_vectors(void **state) {
    check_vectors(*state);
}

static void test_vectors_with_tokenizer_json(void **state) {
    (void)state;
    struct pg_error err;
    struct text merges = read_fixture(FIXTURES "/gpt2-tokenizer/merges.txt.gz");
    struct text vocab = make_vocab(merges.bytes);
    struct text json = make_tokenizer_json(vocab.bytes, merges.bytes, true);
    struct tokenizer *tokenizer =
        tokenizer_from_json(json.bytes, json.size, "tokenizer.json", &err);
    assert_non_null(tokenizer);
    check_vectors(tokenizer);
    tokenizer_free(tokenizer);
    free(json.bytes);
    free(vocab.bytes);
    free(merges.bytes);
}

static void test_continuations(void **state) {
    const struct {
        const char *text;
        int id;
    } known[] = {{" was", 373},     {" Jones", 5437}, {"'s", 338},      {" had", 550},
                 {" is", 318},      {" and", 290},    {",", 11},        {" said", 531},
                 {" has", 468},     {" also", 635},   {" came", 1625},  {" told", 1297},
                 {" didn", 1422},   {" knew", 2993},  {" went", 1816},  {" would", 561},
                 {" worked", 3111}, {" did", 750},    {" Obama", 2486}, {" wasn", 2492},
                 {" Smith", 4176}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        check_ids(*state, known[i].text, 1, &known[i].id);
}

static void test_sentence(void **state) {
    const int ids[] = {48736, 5437, 373, 257, 1353, 12, 1662, 354, 3710, 13, 16738};
    check_ids(*state, "Michelle Jones was a top-notch student. Michelle", 11, ids);
}

static void test_end_of_text(void **state) {
    const struct tokenizer *tokenizer = *state;
    const int ids[] = {27, 91, 437, 1659, 5239, 91, 29};
    check_ids(tokenizer, "<|endoftext|>", 7, ids);
    assert_int_equal(tokenizer_bos(tokenizer), 50256);
    size_t length;
    assert_memory_equal(tokenizer_bytes(tokenizer, 50256, &length), "<|endoftext|>", 13);
    assert_int_equal(length, 13);
}

static void test_every_id_has_bytes(void **state) {
    const struct tokenizer *tokenizer = *state;
    size_t length;
    assert_int_equal(tokenizer_vocab_size(tokenizer), 50257);
    for (int id = 0; id < 50257; id++) {
        assert_non_null(tokenizer_bytes(tokenizer, id, &length));
        assert_true(length > 0);
    }
    assert_null(tokenizer_bytes(tokenizer, -1, &length));
    assert_null(tokenizer_bytes(tokenizer, 50257, &length));
    assert_null(tokenizer_bytes(tokenizer, INT32_MAX, &length));
    assert_null(tokenizer_bytes(tokenizer, INT32_MIN, &length));
}

static void test_single_bytes(void **state) {
    for (int byte = 0; byte < 256; byte++) {
        char text = (char)byte;
        struct pg_tokens tokens = encode(*state, &text, 1);
        assert_int_equal(tokens.count, 1);
        assert_in_range(tokens.ids[0], 0, 255);
        check_decodes(*state, tokens, &text, 1);
        pg_tokens_free(&tokens);
    }
}

static void test_empty_text(void **state) {
    struct pg_tokens tokens = encode(*state, "", 0);
    assert_int_equal(tokens.count, 0);
    pg_tokens_free(&tokens);
    tokens = encode(*state, NULL, 0);
    assert_int_equal(tokens.count, 0);
    pg_tokens_free(&tokens);
}

static void test_random_bytes_round_trip(void **state) {
    const char often[] = " 'strevdml\n1\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\xa0";
    srand(1);
    for (int round = 0; round < 5000; round++) {
        char text[40];
        size_t length = (size_t)rand() % (sizeof text + 1);
        for (size_t i = 0; i < length; i++)
            text[i] = round % 2 ? (char)rand() : often[(size_t)rand() % (sizeof often - 1)];
        check_round_trip(*state, text, length);
    }
}

/* 100,000 bytes without a space, which an algorithm quadratic in the length would not finish. */
static void test_giant_words(void **state) {
    const size_t length = 100000;
    char *text = malloc(length);
    memset(text, 'a', length);
    struct pg_tokens tokens = encode(*state, text, length);
    assert_int_equal(tokens.count, 25000); /* "aaaa" */
    check_decodes(*state, tokens, text, length);
    pg_tokens_free(&tokens);

    srand(1);
    for (size_t i = 0; i < length; i++) text[i] = (char)('a' + rand() % 26);
    check_round_trip(*state, text, length);
    memset(text, ' ', length);
    check_round_trip(*state, text, length);
    free(text);
}

static void test_too_long(void **state) {
    if (SIZE_MAX <= UINT32_MAX) return;
    struct pg_error err;
    struct pg_tokens tokens;
    assert_false(tokenizer_encode(*state, "", (size_t)UINT32_MAX, true, &tokens, &err));
    assert_non_null(strstr(err.text, "a text of 4294967295 bytes is too long"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_vectors_with_tokenizer_json),
        cmocka_unit_test(test_continuations),
        cmocka_unit_test(test_sentence),
        cmocka_unit_test(test_end_of_text),
        cmocka_unit_test(test_every_id_has_bytes),
        cmocka_unit_test(test_single_bytes),
        cmocka_unit_test(test_empty_text),
        cmocka_unit_test(test_random_bytes_round_trip),
        cmocka_unit_test(test_giant_words),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
