/* names.c: a program that has its own functions of names that libpatchgpt uses inside, in C or C++.
 */
#include <patchgpt.h>

#include <string.h>

int fail(void);
int allocate(void);
int embed(void);
int pool_run(void);

int fail(void) {
    return 1;
}
int allocate(void) {
    return 2;
}
int embed(void) {
    return 3;
}
int pool_run(void) {
    return 4;
}

int main(void) {
    struct pg_model *model = pg_model_open("demo", NULL);
    const int n_layer = model ? pg_model_info(model).n_layer : 0;
    pg_model_close(model);
    const int own = fail() + allocate() + embed() + pool_run();
    return n_layer > 0 && own == 10 && !strcmp(pg_version(), PG_VERSION) ? 0 : 1;
}
