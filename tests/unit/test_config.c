/* test_config.c: gpt2/config.h, on what Hugging Face's config.json files contain and what they
 * must not. */
#include "model/config.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct pg_error err;

static bool parse(const char *text, struct config *config) {
    err.text[0] = '\0';
    return config_parse(text, strlen(text), "config.json", config, &err);
}

#define SHAPE "\"n_layer\":12,\"n_head\":12,\"n_embd\":768,\"vocab_size\":50257"

static void gpt2_parses(void **state) {
    (void)state;
    struct config c;
    assert_true(
        parse("{\"activation_function\":\"gelu_new\",\"architectures\":[\"GPT2LMHeadModel\"],"
              "\"attn_pdrop\":0.1,\"bos_token_id\":50256,\"layer_norm_epsilon\":1e-05,"
              "\"model_type\":\"gpt2\",\"n_ctx\":1024,\"n_embd\":768,\"n_head\":12,"
              "\"n_inner\":null,\"n_layer\":12,\"n_positions\":1024,"
              "\"reorder_and_upcast_attn\":true,\"vocab_size\":50257}",
              &c));
    assert_int_equal(c.n_layer, 12);
    assert_int_equal(c.n_head, 12);
    assert_int_equal(c.n_embd, 768);
    assert_int_equal(c.n_inner, 3072);
    assert_int_equal(c.n_positions, 1024);
    assert_int_equal(c.n_vocab, 50257);
    assert_true(c.layer_norm_epsilon == 1e-5f);
    assert_int_equal(c.activation, ACTIVATION_GELU_TANH);
    assert_string_equal(c.activation_name, "gelu_new");
    assert_true(c.scale_attn_weights);
    assert_false(c.scale_attn_by_inverse_layer_idx);
}

static void absent_and_null_fields_take_the_defaults(void **state) {
    (void)state;
    static const char *const texts[] = {
        "{" SHAPE "}",
        "{" SHAPE ",\"model_type\":null,\"n_inner\":null,\"n_positions\":null,\"n_ctx\":null,"
        "\"layer_norm_epsilon\":null,\"activation_function\":null,\"scale_attn_weights\":null,"
        "\"scale_attn_by_inverse_layer_idx\":null,\"add_cross_attention\":null}",
    };
    for (int i = 0; i < 2; i++) {
        struct config c;
        assert_true(parse(texts[i], &c));
        assert_int_equal(c.n_inner, 3072);
        assert_int_equal(c.n_positions, 1024);
        assert_true(c.layer_norm_epsilon == 1e-5f);
        assert_int_equal(c.activation, ACTIVATION_GELU_TANH);
        assert_string_equal(c.activation_name, "gelu_new");
        assert_true(c.scale_attn_weights);
        assert_false(c.scale_attn_by_inverse_layer_idx);
    }
}

static void other_values_are_taken(void **state) {
    (void)state;
    struct config c;
    assert_true(parse("{" SHAPE ",\"n_inner\":100,\"n_positions\":64,\"n_ctx\":32,"
                      "\"layer_norm_epsilon\":1e-6,\"scale_attn_weights\":false,"
                      "\"scale_attn_by_inverse_layer_idx\":true,\"add_cross_attention\":false}",
                      &c));
    assert_int_equal(c.n_inner, 100);
    assert_int_equal(c.n_positions, 64);
    assert_true(c.layer_norm_epsilon == 1e-6f);
    assert_false(c.scale_attn_weights);
    assert_true(c.scale_attn_by_inverse_layer_idx);
    assert_true(parse("{" SHAPE ",\"n_ctx\":32}", &c));
    assert_int_equal(c.n_positions, 32);
}

static void activations_are_known(void **state) {
    (void)state;
    static const struct {
        const char *name;
        enum activation activation;
    } known[] = {
        {"gelu_new", ACTIVATION_GELU_TANH},  {"gelu_pytorch_tanh", ACTIVATION_GELU_TANH},
        {"gelu_fast", ACTIVATION_GELU_TANH}, {"gelu", ACTIVATION_GELU_ERF},
        {"relu", ACTIVATION_RELU},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char text[256];
        struct config c;
        snprintf(text, sizeof text, "{" SHAPE ",\"activation_function\":\"%s\"}", known[i].name);
        assert_true(parse(text, &c));
        assert_int_equal(c.activation, known[i].activation);
        assert_string_equal(c.activation_name, known[i].name);
    }
}

static void bad_values_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"", "config.json is not valid JSON"},
        {"[]", "config.json holds an array"},
        {"{\"n_head\":12,\"n_embd\":768,\"vocab_size\":9}", "config.json: n_layer is missing"},
        {"{\"n_layer\":1,\"n_embd\":768,\"vocab_size\":9}", "n_head is missing"},
        {"{\"n_layer\":1,\"n_head\":12,\"vocab_size\":9}", "n_embd is missing"},
        {"{\"n_layer\":1,\"n_head\":12,\"n_embd\":768}", "vocab_size is missing"},
        {"{\"n_layer\":null,\"n_head\":12,\"n_embd\":768,\"vocab_size\":9}", "n_layer is missing"},
        {"{\"n_layer\":0,\"n_head\":12,\"n_embd\":768,\"vocab_size\":9}",
         "n_layer is 0, expected an integer from 1 to 1000"},
        {"{\"n_layer\":1001,\"n_head\":12,\"n_embd\":768,\"vocab_size\":9}", "n_layer is 1001"},
        {"{\"n_layer\":\"12\",\"n_head\":12,\"n_embd\":768,\"vocab_size\":9}", "n_layer is \"12\""},
        {"{\"n_layer\":1,\"n_head\":-1,\"n_embd\":768,\"vocab_size\":9}", "n_head is -1"},
        {"{\"n_layer\":1,\"n_head\":12,\"n_embd\":65537,\"vocab_size\":9}",
         "n_embd is 65537, expected an integer from 1 to 65536"},
        {"{\"n_layer\":1,\"n_head\":7,\"n_embd\":768,\"vocab_size\":9}",
         "n_embd is 768, expected a multiple of n_head, 7"},
        {"{\"n_layer\":1,\"n_head\":12,\"n_embd\":768,\"vocab_size\":16777217}",
         "vocab_size is 16777217"},
        {"{\"n_layer\":1,\"n_head\":12,\"n_embd\":768,\"vocab_size\":1.5}", "vocab_size is 1.5"},
        {"{" SHAPE ",\"n_inner\":0}", "n_inner is 0"},
        {"{" SHAPE ",\"n_positions\":1048577}", "n_positions is 1048577"},
        {"{" SHAPE ",\"n_ctx\":\"x\"}", "n_ctx is \"x\""},
        {"{" SHAPE ",\"layer_norm_epsilon\":0}", "layer_norm_epsilon is 0, expected a number"},
        {"{" SHAPE ",\"layer_norm_epsilon\":1}", "layer_norm_epsilon is 1, expected a number"},
        {"{" SHAPE ",\"layer_norm_epsilon\":-1e-5}", "layer_norm_epsilon is -"},
        {"{" SHAPE ",\"layer_norm_epsilon\":\"1e-5\"}", "layer_norm_epsilon is \"1e-5\""},
        {"{" SHAPE ",\"activation_function\":\"swish\"}",
         "activation_function is \"swish\", expected \"gelu_new\""},
        {"{" SHAPE ",\"activation_function\":\"\"}", "activation_function is \"\""},
        {"{" SHAPE ",\"activation_function\":3}", "activation_function is 3, expected"},
        {"{" SHAPE ",\"scale_attn_weights\":1}", "scale_attn_weights is 1, expected true or false"},
        {"{" SHAPE ",\"scale_attn_by_inverse_layer_idx\":\"no\"}",
         "scale_attn_by_inverse_layer_idx is \"no\", expected true or false"},
        {"{" SHAPE ",\"add_cross_attention\":true}", "add_cross_attention is true, expected false"},
        {"{" SHAPE ",\"add_cross_attention\":1}",
         "add_cross_attention is 1, expected true or false"},
        {"{" SHAPE ",\"model_type\":\"llama\"}", "model_type is \"llama\", expected \"gpt2\""},
        {"{" SHAPE ",\"model_type\":2}", "model_type is 2, expected \"gpt2\""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct config c;
        if (parse(bad[i].text, &c)) fail_msg("accepted: %s", bad[i].text);
        if (!strstr(err.text, bad[i].part))
            fail_msg("\"%s\" is not in the error \"%s\"", bad[i].part, err.text);
        assert_non_null(strstr(err.text, "config.json"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gpt2_parses),
        cmocka_unit_test(absent_and_null_fields_take_the_defaults),
        cmocka_unit_test(other_values_are_taken),
        cmocka_unit_test(activations_are_known),
        cmocka_unit_test(bad_values_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
