/* test_locate.c: gpt2/locate.h, with a home of its own and every place a model may be in. */
#include "model/locate.h"

#include "scratch.h"
#include "unit.h"

#include <sys/time.h>
#include <unistd.h>

static struct scratch scratch;
static struct pg_error err;
static char start[4096]; /* the folder that the tests were started in */

/* Every test starts in an empty folder, which is HOME too, with no other variable set. */
static int setup(void **state) {
    (void)state;
    static const char *const variables[] = {"PATCHGPT_MODELS", "XDG_CACHE_HOME", "HF_HUB_CACHE",
                                            "HUGGINGFACE_HUB_CACHE", "HF_HOME"};
    for (int i = 0; i < 5; i++) unsetenv(variables[i]);
    scratch_open(&scratch);
    setenv("HOME", scratch.path, 1);
    return getcwd(start, sizeof start) ? chdir(scratch.path) : -1;
}

static int teardown(void **state) {
    (void)state;
    scratch_close(&scratch);
    return chdir(start);
}

static void touch(const char *name) {
    scratch_text(&scratch, name, "");
}

static void assert_error(const char *part) {
    if (!strstr(err.text, part)) fail_msg("\"%s\" is not in the error \"%s\"", part, err.text);
}

static void assert_no_error(const char *part) {
    if (strstr(err.text, part)) fail_msg("\"%s\" is in the error \"%s\"", part, err.text);
}

/* The model's checkpoint is path (relative to HOME, or as it stands). */
static void assert_found(const char *name, const char *path) {
    struct model_files files;
    if (!locate_model(name, &files, &err)) fail_msg("%s", err.text);
    if (strcmp(files.checkpoint, path) != 0)
        assert_string_equal(files.checkpoint, scratch_path(&scratch, path));
    model_files_free(&files);
}

static void assert_not_found(const char *name, const char *part) {
    struct model_files files;
    err.text[0] = '\0';
    if (locate_model(name, &files, &err)) fail_msg("found %s", files.checkpoint);
    assert_error(part);
    assert_null(files.checkpoint);
    assert_null(files.config);
}

/* ---- paths ---- */

static void a_folder_gives_its_files(void **state) {
    (void)state;
    struct model_files files;
    touch("m/model.safetensors");
    touch("m/model.safetensors.index.json");
    touch("m/config.json");
    touch("m/vocab.json");
    touch("m/merges.txt");
    touch("m/tokenizer.json");
    assert_true(locate_model("m", &files, &err));
    assert_string_equal(files.checkpoint, "./m/model.safetensors");
    assert_string_equal(files.config, "./m/config.json");
    assert_string_equal(files.vocab, "./m/vocab.json");
    assert_string_equal(files.merges, "./m/merges.txt");
    assert_string_equal(files.tokenizer, "./m/tokenizer.json");
    assert_null(files.tokenizer_config);
    model_files_free(&files);
    assert_null(files.checkpoint);
    touch("m/added_tokens.json");
    touch("m/special_tokens_map.json");
    touch("m/tokenizer_config.json");
    assert_true(locate_model("m", &files, &err));
    assert_string_equal(files.added_tokens, "./m/added_tokens.json");
    assert_string_equal(files.special_tokens, "./m/special_tokens_map.json");
    assert_string_equal(files.tokenizer_config, "./m/tokenizer_config.json");
    model_files_free(&files);
    assert_found(scratch_path(&scratch, "m"), "m/model.safetensors");
    assert_found("./m/", "./m/model.safetensors");
    assert_int_equal(chdir("m"), 0);
    assert_found(".", "./model.safetensors");
}

static void openai_names_and_a_tokenizer_will_do(void **state) {
    (void)state;
    struct model_files files;
    touch("m/model.safetensors.index.json");
    touch("m/encoder.json");
    assert_true(locate_model("./m", &files, &err));
    assert_string_equal(files.checkpoint, "./m/model.safetensors.index.json");
    assert_string_equal(files.vocab, "./m/encoder.json");
    assert_null(files.merges);
    assert_null(files.config);
    assert_null(files.tokenizer);
    model_files_free(&files);
    touch("m/tokenizer.json");
    assert_true(locate_model("./m", &files, &err));
    assert_string_equal(files.tokenizer, "./m/tokenizer.json");
    model_files_free(&files);
    touch("m/vocab.bpe");
    assert_true(locate_model("./m", &files, &err));
    assert_string_equal(files.merges, "./m/vocab.bpe");
    model_files_free(&files);
}

static void a_file_has_the_others_beside_it(void **state) {
    (void)state;
    struct model_files files;
    touch("m/other.safetensors");
    touch("m/model.safetensors");
    touch("m/config.json");
    assert_true(locate_model("m/other.safetensors", &files, &err));
    assert_string_equal(files.checkpoint, "m/other.safetensors");
    assert_string_equal(files.config, "m/config.json");
    model_files_free(&files);
    touch("here.index.json");
    touch("config.json");
    assert_true(locate_model("here.index.json", &files, &err));
    assert_string_equal(files.checkpoint, "here.index.json");
    assert_string_equal(files.config, "config.json");
    model_files_free(&files);
}

static void bad_paths_are_named(void **state) {
    (void)state;
    touch("empty/readme");
    touch("torch/model.pt");
    touch("old/pytorch_model.bin");
    assert_not_found("", "name is empty");
    assert_not_found("./empty", "./empty has no model.safetensors");
    assert_not_found("./none", "cannot open ./none: No such file or directory");
    assert_not_found("/none/at/all", "cannot open /none/at/all");
    assert_not_found("~/model", "cannot open ~/model");
    assert_not_found("none.safetensors", "cannot open none.safetensors: No such file");
    assert_not_found("./empty/readme", "./empty/readme is no model, expected a folder");
    assert_not_found("empty/readme", "empty/readme is no model, expected a folder");
    assert_not_found(
        "./torch",
        "./torch/model.pt is a PyTorch checkpoint; convert it with scripts/convert_checkpoint.py");
    assert_not_found("torch/model.pt", "torch/model.pt is a PyTorch checkpoint");
    assert_not_found("old/pytorch_model.bin", "old/pytorch_model.bin is a PyTorch checkpoint");
    assert_not_found("./old", "./old/pytorch_model.bin is a PyTorch checkpoint");
}

static void link_to(const char *target, const char *name) {
    touch(name);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(symlink(target, name), 0);
}

static void a_link_that_leads_nowhere_is_called_one(void **state) {
    (void)state;
    link_to("../blobs/gone", "a/model.safetensors");
    assert_not_found("./a", "./a/model.safetensors is a link to ../blobs/gone, which is not there");
    assert_not_found("a/model.safetensors", "is a link to ../blobs/gone");
    touch("b/model.safetensors");
    link_to("/none/config", "b/config.json");
    assert_not_found("./b", "b/config.json is a link to /none/config, which is not there");
    touch(".cache/huggingface/hub/models--x--y/refs/main");
    link_to("../../blobs/1", ".cache/huggingface/hub/models--x--y/snapshots/1/model.safetensors");
    assert_not_found("x/y", "snapshots/1/model.safetensors is a link to ../../blobs/1, which");
}

static void a_tilde_is_the_home_folder(void **state) {
    (void)state;
    touch("own/m/model.safetensors");
    touch("hub/models--x--y/snapshots/1/model.safetensors");
    assert_found("~/own/m", "own/m/model.safetensors");
    setenv("PATCHGPT_MODELS", "~/none:~/own", 1);
    assert_found("m", "own/m/model.safetensors");
    static const char *const variables[][2] = {
        {"HF_HOME", "~"}, {"HUGGINGFACE_HUB_CACHE", "~/hub"}, {"HF_HUB_CACHE", "~/hub"}};
    for (int i = 0; i < 3; i++) {
        setenv(variables[i][0], variables[i][1], 1);
        assert_found("x/y", "hub/models--x--y/snapshots/1/model.safetensors");
        setenv(variables[i][0], "/none", 1); /* the next one comes before it */
    }
    assert_not_found("x/y", "looked in ");
}

/* ---- names ---- */

static void a_named_folder_without_a_checkpoint_is_passed_over(void **state) {
    (void)state;
    touch("gpt2/model.c");
    assert_not_found("gpt2", "looked in ./gpt2, ");
    touch(".cache/patchgpt/gpt2/model.safetensors");
    assert_found("gpt2", ".cache/patchgpt/gpt2/model.safetensors");
    touch("gpt2/model.safetensors");
    assert_found("gpt2", "./gpt2/model.safetensors");
}

static void a_folder_with_a_slash_is_a_path(void **state) {
    (void)state;
    touch("models/gpt2/readme");
    assert_not_found("models/gpt2", "models/gpt2 has no model.safetensors");
    touch("models/gpt2/model.safetensors");
    assert_found("models/gpt2", "models/gpt2/model.safetensors");
}

static void patchgpt_models_is_a_list_and_comes_first(void **state) {
    (void)state;
    char list[256];
    snprintf(list, sizeof list, ":%s/x:%s/y:", scratch.path, scratch.path);
    setenv("PATCHGPT_MODELS", list, 1);
    touch(".cache/patchgpt/gpt2/model.safetensors");
    assert_found("gpt2", ".cache/patchgpt/gpt2/model.safetensors");
    touch("y/gpt2/model.safetensors");
    touch("y/me/mine/model.safetensors");
    assert_found("gpt2", "y/gpt2/model.safetensors");
    assert_found("me/mine", "y/me/mine/model.safetensors");
    touch("x/gpt2/model.safetensors.index.json");
    assert_found("gpt2", "x/gpt2/model.safetensors.index.json");
}

static void the_cache_is_where_xdg_says(void **state) {
    (void)state;
    touch(".cache/patchgpt/gpt2-xl/model.safetensors");
    touch("xdg/patchgpt/gpt2-xl/model.safetensors");
    assert_found("gpt2-xl", ".cache/patchgpt/gpt2-xl/model.safetensors");
    setenv("XDG_CACHE_HOME", "", 1);
    assert_found("gpt2-xl", ".cache/patchgpt/gpt2-xl/model.safetensors");
    setenv("XDG_CACHE_HOME", scratch_path(&scratch, "xdg"), 1);
    assert_found("gpt2-xl", "xdg/patchgpt/gpt2-xl/model.safetensors");
}

static void the_hub_is_where_its_variables_say(void **state) {
    (void)state;
    static const struct {
        const char *variable, *value, *hub;
    } places[] = {
        {"HOME", "", ".cache/huggingface/hub"},
        {"XDG_CACHE_HOME", "xdg", "xdg/huggingface/hub"},
        {"HF_HOME", "hf", "hf/hub"},
        {"HF_HUB_CACHE", "hub", "hub"},
    };
    for (int i = 0; i < 4; i++) { /* each one outranks those before it */
        char path[256];
        snprintf(path, sizeof path, "%s/models--a--b.c/snapshots/123abc/model.safetensors",
                 places[i].hub);
        setenv(places[i].variable,
               *places[i].value ? scratch_path(&scratch, places[i].value) : scratch.path, 1);
        assert_not_found("a/b.c", "fetch it with scripts/fetch_model.sh a/b.c");
        assert_error(places[i].hub);
        touch(path);
        assert_found("a/b.c", path);
    }
}

static void the_snapshot_is_what_main_says(void **state) {
    (void)state;
    static const char refs[] = ".cache/huggingface/hub/models--gpt2/refs/main";
    touch(".cache/huggingface/hub/models--gpt2/snapshots/aaa/model.safetensors");
    touch(".cache/huggingface/hub/models--gpt2/snapshots/bbb/model.safetensors");
    scratch_text(&scratch, refs, "aaa");
    assert_found("gpt2", ".cache/huggingface/hub/models--gpt2/snapshots/aaa/model.safetensors");
    scratch_text(&scratch, refs, "bbb\n");
    assert_found("gpt2", ".cache/huggingface/hub/models--gpt2/snapshots/bbb/model.safetensors");
    touch("elsewhere/model.safetensors");
    scratch_text(&scratch, refs, "../../../../../elsewhere");
    struct model_files files;
    assert_true(locate_model("gpt2", &files, &err));
    assert_null(strstr(files.checkpoint, "elsewhere"));
    model_files_free(&files);
}

static void without_main_the_newest_snapshot_counts(void **state) {
    (void)state;
    static const char *const names[] = {"ccc", "aaa", "bbb"};
    for (int i = 0; i < 3; i++) {
        char path[256];
        struct timeval times[2] = {{1000000 + 1000 * (i == 1), 0}, {1000000 + 1000 * (i == 1), 0}};
        snprintf(path, sizeof path,
                 ".cache/huggingface/hub/models--gpt2/snapshots/%s/model.safetensors", names[i]);
        touch(path);
        *strrchr(path, '/') = '\0';
        assert_int_equal(utimes(scratch_path(&scratch, path), times), 0);
    }
    touch(".cache/huggingface/hub/models--gpt2/snapshots/newest/config.json");
    assert_found("gpt2", ".cache/huggingface/hub/models--gpt2/snapshots/aaa/model.safetensors");
    scratch_text(&scratch, ".cache/huggingface/hub/models--gpt2/refs/main", "newest");
    assert_found("gpt2", ".cache/huggingface/hub/models--gpt2/snapshots/aaa/model.safetensors");
}

static void known_names_go_with_and_without_owner(void **state) {
    (void)state;
    touch(".cache/huggingface/hub/models--openai-community--gpt2-medium/snapshots/a/"
          "model.safetensors");
    assert_found("gpt2-medium", ".cache/huggingface/hub/models--openai-community--gpt2-medium/"
                                "snapshots/a/model.safetensors");
    touch(".cache/huggingface/hub/models--distilbert--distilgpt2/snapshots/a/model.safetensors");
    assert_found(
        "distilgpt2",
        ".cache/huggingface/hub/models--distilbert--distilgpt2/snapshots/a/model.safetensors");
    touch(".cache/patchgpt/gpt2-large/model.safetensors");
    assert_found("openai-community/gpt2-large", ".cache/patchgpt/gpt2-large/model.safetensors");
    assert_not_found("someone/gpt2-large", "model someone/gpt2-large is not here");
}

static void a_single_word_may_be_any_model_on_disk(void **state) {
    (void)state;
    touch(".cache/patchgpt/my_model-1.0/model.safetensors");
    assert_found("my_model-1.0", ".cache/patchgpt/my_model-1.0/model.safetensors");
}

/* ---- not found ---- */

static void the_error_says_where_and_how(void **state) {
    (void)state;
    setenv("PATCHGPT_MODELS", "/models", 1);
    assert_not_found("gpt2", "model gpt2 is not here; fetch it with scripts/fetch_model.sh gpt2 "
                             "(looked in /models/gpt2, ");
    assert_error(scratch_path(&scratch, ".cache/patchgpt/gpt2, "));
    assert_error(scratch_path(&scratch, ".cache/huggingface/hub/models--gpt2, "));
    assert_error("/models--openai-community--gpt2)");
    assert_not_found("owner/name", "fetch it with scripts/fetch_model.sh owner/name");
    assert_error("/models--owner--name)");
}

static void the_nearest_name_is_suggested(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"gpt2-medum", "gpt2-medium"},
        {"GPT2", "gpt2"},
        {"gpt-2", "gpt2"},
        {"gtp2", "gpt2"},
        {"gpt2_large", "gpt2-large"},
        {"gpt2xl", "gpt2-xl"},
        {"demos", "demo"},
        {"Demo", "demo"},
        {"distillgpt2", "distilgpt2"},
        {"gpt2-meduim", "gpt2-medium"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char part[128];
        snprintf(part, sizeof part, "there is no model %s; did you mean %s? (looked in ",
                 cases[i][0], cases[i][1]);
        assert_not_found(cases[i][0], part);
    }
    assert_not_found("llama", "there is no model llama, expected a folder, a .safetensors file, "
                              "owner/name or one of demo, gpt2,");
    assert_no_error("did you mean");
}

static void odd_names_are_refused(void **state) {
    (void)state;
    static const char *const odd[] = {"a/b/c", "a/",  "a/../b", "a/.b", "-a",    "a/-b",
                                      "a b",   "a:b", "a\nb",   "a\\b", "gpt2/", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        assert_not_found(odd[i], "is no model name, expected");
    char name[5000];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_not_found(name, "aaa");
    name[200] = '\0';
    assert_not_found(name, "there is no model aaa");
}

static void pytorch_weights_are_pointed_out(void **state) {
    (void)state;
    touch(".cache/huggingface/hub/models--gpt2/snapshots/abc/pytorch_model.bin");
    scratch_text(&scratch, ".cache/huggingface/hub/models--gpt2/refs/main", "abc");
    assert_not_found(
        "gpt2",
        "/models--gpt2/snapshots/abc/pytorch_model.bin is a PyTorch checkpoint; convert it");
    touch(".cache/huggingface/hub/models--openai-community--gpt2/snapshots/abc/model.safetensors");
    assert_found(
        "gpt2",
        ".cache/huggingface/hub/models--openai-community--gpt2/snapshots/abc/model.safetensors");
}

static void without_a_home_nothing_breaks(void **state) {
    (void)state;
    unsetenv("HOME");
    assert_not_found("gpt2", "looked in no place: neither HOME nor PATCHGPT_MODELS is set");
    setenv("PATCHGPT_MODELS", scratch.path, 1);
    assert_not_found("gpt2", "fetch it with");
    touch("sub/gpt2/model.safetensors");
    setenv("PATCHGPT_MODELS", scratch_path(&scratch, "sub"), 1);
    assert_found("gpt2", "sub/gpt2/model.safetensors");
}

static void endless_variables_do_no_harm(void **state) {
    (void)state;
    char *endless = malloc(100001);
    memset(endless, 'x', 100000);
    endless[100000] = '\0';
    setenv("PATCHGPT_MODELS", endless, 1);
    setenv("XDG_CACHE_HOME", endless, 1);
    assert_not_found("gpt2", "fetch it with");
    setenv("HF_HUB_CACHE", endless, 1);
    assert_not_found("gpt2", "fetch it with");
    endless[4080] = '\0';
    setenv("PATCHGPT_MODELS", endless, 1);
    assert_not_found("gpt2", "fetch it with");
    free(endless);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_folder_gives_its_files),
        TEST(openai_names_and_a_tokenizer_will_do),
        TEST(a_file_has_the_others_beside_it),
        TEST(bad_paths_are_named),
        TEST(a_link_that_leads_nowhere_is_called_one),
        TEST(a_tilde_is_the_home_folder),
        TEST(a_named_folder_without_a_checkpoint_is_passed_over),
        TEST(a_folder_with_a_slash_is_a_path),
        TEST(patchgpt_models_is_a_list_and_comes_first),
        TEST(the_cache_is_where_xdg_says),
        TEST(the_hub_is_where_its_variables_say),
        TEST(the_snapshot_is_what_main_says),
        TEST(without_main_the_newest_snapshot_counts),
        TEST(known_names_go_with_and_without_owner),
        TEST(a_single_word_may_be_any_model_on_disk),
        TEST(the_error_says_where_and_how),
        TEST(the_nearest_name_is_suggested),
        TEST(odd_names_are_refused),
        TEST(pytorch_weights_are_pointed_out),
        TEST(without_a_home_nothing_breaks),
        TEST(endless_variables_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
