/* test_file.c: base/file.h, with every way a disk, a pipe or a name can fail that a test can
 * bring about. */
#include "base/file.h"
#include "base/path.h"

#include "scratch.h"
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct scratch scratch;
static struct pg_error err;

static int setup(void **state) {
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    umask(022);
    err.text[0] = '\0';
    scratch_open(&scratch);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    scratch_close(&scratch);
    return 0;
}

static void assert_error(const char *part) {
    if (!strstr(err.text, part)) fail_msg("\"%s\" is not in the error \"%s\"", part, err.text);
}

static void assert_holds(const char *path, const char *text) {
    size_t size;
    char *found = file_read(path, 1 << 20, &size, &err);
    assert_non_null(found);
    assert_string_equal(found, text);
    assert_int_equal(size, strlen(text));
    free(found);
}

static int count_entries(const char *folder) {
    int n = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    while (readdir(dir)) n++;
    closedir(dir);
    return n - 2;
}

/* ---- reading ---- */

static void map_gives_the_bytes(void **state) {
    (void)state;
    struct file_map map;
    assert_true(file_map(scratch_write(&scratch, "a", "x\0y", 3), &map, &err));
    assert_int_equal(map.size, 3);
    assert_memory_equal(map.data, "x\0y", 3);
    file_unmap(&map);
    assert_null(map.data);
    file_unmap(&map);
}

static void map_of_an_empty_file_is_null(void **state) {
    (void)state;
    struct file_map map;
    assert_true(file_map(scratch_text(&scratch, "a", ""), &map, &err));
    assert_null(map.data);
    assert_int_equal(map.size, 0);
    file_unmap(&map);
}

static void map_refuses_what_is_no_file(void **state) {
    (void)state;
    struct file_map map;
    const char *fifo = scratch_path(&scratch, "fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_false(file_map(fifo, &map, &err)); /* and does not wait for a writer */
    assert_error("/fifo: not a regular file");
    assert_false(file_map(scratch.path, &map, &err));
    assert_error("it is a folder");
    assert_false(file_map(scratch_path(&scratch, "none"), &map, &err));
    assert_error("/none: No such file or directory");
}

static void read_respects_the_limit(void **state) {
    (void)state;
    size_t size;
    const char *path = scratch_text(&scratch, "a", "12345");
    char *text = file_read(path, 5, &size, &err);
    assert_non_null(text);
    assert_string_equal(text, "12345");
    free(text);
    assert_null(file_read(path, 4, &size, &err));
    assert_error("/a has more than the 4 bytes");
    assert_null(file_read("/dev/zero", 1000000, &size, &err));
    assert_error("more than the 1000000 bytes");
    text = file_read(scratch_text(&scratch, "b", ""), 0, &size, &err);
    assert_non_null(text);
    assert_int_equal(size, 0);
    free(text);
}

static void read_grows_with_the_file(void **state) {
    (void)state;
    const size_t n = 300000;
    char *data = malloc(n);
    for (size_t i = 0; i < n; i++) data[i] = (char)(i % 251);
    size_t size;
    char *text = file_read(scratch_write(&scratch, "a", data, n), n, &size, &err);
    assert_non_null(text);
    assert_int_equal(size, n);
    assert_memory_equal(text, data, n);
    assert_int_equal(text[n], 0);
    free(text);
    free(data);
}

static void read_names_the_trouble(void **state) {
    (void)state;
    size_t size;
    assert_null(file_read(scratch_path(&scratch, "none"), 9, &size, &err));
    assert_error("/none: No such file or directory");
    assert_null(file_read(scratch.path, 9, &size, &err));
    assert_error("Is a directory");
}

static void minus_is_standard_input(void **state) {
    (void)state;
    int ends[2], saved = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "piped", 5), 5);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    size_t size;
    char *text = file_read("-", 100, &size, &err);
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(ends[0]);
    assert_non_null(text);
    assert_string_equal(text, "piped");
    free(text);
}

/* ---- writing ---- */

static void replace_makes_a_file_with_the_usual_mode(void **state) {
    (void)state;
    struct stat st;
    const char *path = scratch_path(&scratch, "new");
    umask(027);
    assert_true(file_replace(path, "text", 4, &err));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_holds(path, "text");
    assert_true(file_replace(path, NULL, 0, &err));
    assert_holds(path, "");
    assert_int_equal(count_entries(scratch.path), 1);
}

static void replace_works_in_the_current_folder(void **state) {
    (void)state;
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(scratch.path), 0);
    bool done = file_replace("name", "x", 1, &err);
    assert_int_equal(chdir(here), 0);
    assert_true(done);
    assert_holds(scratch_path(&scratch, "name"), "x");
}

static void replace_takes_the_longest_name(void **state) {
    (void)state;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_true(file_replace(scratch_path(&scratch, name), "x", 1, &err));
    assert_holds(scratch_path(&scratch, name), "x");
}

static void a_reader_keeps_the_old_file(void **state) {
    (void)state;
    char seen[4] = "";
    const char *path = scratch_text(&scratch, "a", "old");
    int fd = open(path, O_RDONLY);
    assert_true(file_replace(path, "new text", 8, &err));
    assert_int_equal(read(fd, seen, 3), 3);
    close(fd);
    assert_string_equal(seen, "old");
    assert_holds(path, "new text");
    assert_int_equal(count_entries(scratch.path), 1);
}

static void a_link_stays_a_link(void **state) {
    (void)state;
    struct stat st;
    const char *target = scratch_text(&scratch, "folder/target", "old");
    const char *link = scratch_path(&scratch, "link"), *lost = scratch_path(&scratch, "lost");
    assert_int_equal(symlink("folder/target", link), 0);
    assert_true(file_replace(link, "new", 3, &err));
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_holds(target, "new");
    assert_int_equal(symlink("nowhere", lost), 0);
    assert_true(file_replace(lost, "here", 4, &err));
    assert_holds(scratch_path(&scratch, "nowhere"), "here");
    assert_int_equal(lstat(lost, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
}

static void links_to_nothing_are_followed_to_their_end(void **state) {
    (void)state;
    char there[1024];
    snprintf(there, sizeof there, "%s", scratch_path(&scratch, "folder/second"));
    scratch_text(&scratch, "folder/other", "");
    assert_int_equal(symlink(there, scratch_path(&scratch, "first")), 0);
    assert_int_equal(symlink("third", there), 0);
    assert_true(file_replace(scratch_path(&scratch, "first"), "here", 4, &err));
    assert_holds(scratch_path(&scratch, "folder/third"), "here");
    assert_int_equal(symlink("ring", scratch_path(&scratch, "ring")), 0);
    assert_false(file_replace(scratch_path(&scratch, "ring"), "x", 1, &err));
    assert_error("/ring: Too many levels of symbolic links");
    assert_int_equal(symlink("none/file", scratch_path(&scratch, "far")), 0);
    assert_false(file_replace(scratch_path(&scratch, "far"), "x", 1, &err));
    assert_error("/none/file: No such file or directory");
}

static void a_fifo_without_a_writer_is_an_error(void **state) {
    (void)state;
    size_t size;
    const char *fifo = scratch_path(&scratch, "fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_null(file_read(fifo, 100, &size, &err));
    assert_error("/fifo: it is a FIFO that nothing writes to");
}

static void a_fifo_with_a_slow_writer_is_read(void **state) {
    (void)state;
    size_t size;
    const char *fifo = scratch_path(&scratch, "fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    const pid_t child = fork();
    if (child == 0) {
        int fd = open(fifo, O_WRONLY);
        usleep(1300000);
        _exit(write(fd, "slow", 4) != 4);
    }
    char *text = file_read(fifo, 100, &size, &err);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_non_null(text);
    assert_string_equal(text, "slow");
    free(text);
}

static void impossible_places_are_named(void **state) {
    (void)state;
    assert_false(file_replace(scratch.path, "x", 1, &err));
    assert_error("it is a folder");
    assert_error(scratch.path);
    assert_false(file_replace(scratch_path(&scratch, "none/file"), "x", 1, &err));
    assert_error("/none/file: No such file or directory");
    scratch_text(&scratch, "plain", "");
    assert_false(file_replace(scratch_path(&scratch, "plain/file"), "x", 1, &err));
    assert_error("/plain/file: Not a directory");
    assert_false(file_replace("", "x", 1, &err));
    assert_error("cannot write");
    assert_false(file_replace(scratch_path(&scratch, "new/"), "x", 1, &err));
    assert_error("/new/");
    assert_int_equal(count_entries(scratch.path), 1);
}

static void devices_are_written_to(void **state) {
    (void)state;
    struct stat st;
    assert_true(file_replace("/dev/null", "x", 1, &err));
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    if (stat("/dev/full", &st) != 0) skip();
    assert_false(file_replace("/dev/full", "x", 1, &err));
    assert_error("/dev/full: No space left on device");
}

/* A megabyte goes through a FIFO in many short writes. */
static void a_fifo_gets_everything(void **state) {
    (void)state;
    const size_t n = 1 << 20;
    const char *fifo = scratch_path(&scratch, "fifo");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        int fd = open(fifo, O_RDONLY);
        char buffer[5000];
        size_t total = 0;
        for (ssize_t got; (got = read(fd, buffer, sizeof buffer)) > 0;) total += (size_t)got;
        _exit(total == n ? 0 : 1);
    }
    char *data = calloc(n, 1);
    bool done = file_replace(fifo, data, n, &err);
    free(data);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(done);
    assert_int_equal(status, 0);
}

static void a_size_limit_leaves_the_old_file(void **state) {
    (void)state;
    struct rlimit old;
    const char *path = scratch_text(&scratch, "a", "old");
    char *data = calloc(100000, 1);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, old.rlim_max}), 0);
    bool done = file_replace(path, data, 100000, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    free(data);
    assert_false(done);
    assert_error("/a: File too large");
    assert_holds(path, "old");
    assert_int_equal(count_entries(scratch.path), 1);
}

static void a_full_disk_leaves_the_old_file(void **state) {
    (void)state;
    const char *disk = scratch_path(&scratch, "disk");
    assert_int_equal(mkdir(disk, 0777), 0);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=64k") != 0) skip();
    const char *path = scratch_text(&scratch, "disk/a", "old");
    char *data = calloc(1, 1 << 20);
    bool done = file_replace(path, data, 1 << 20, &err);
    free(data);
    int entries = count_entries(disk);
    size_t size;
    struct pg_error ignored;
    char *kept = file_read(path, 10, &size, &ignored);
    umount(disk);
    assert_false(done);
    assert_error("/disk/a: No space left on device");
    assert_int_equal(entries, 1);
    assert_non_null(kept);
    assert_string_equal(kept, "old");
    free(kept);
}

/* ---- standard output ---- */

/* Runs file_replace(path, "data") behind a printf, with standard output going to fd. */
static bool replace_with_stdout(int fd, const char *path) {
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    dup2(fd, STDOUT_FILENO);
    printf("before ");
    bool done = file_replace(path, "data", 4, &err);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    return done;
}

/* What write_parts writes: the text as often as that; it fails at the end if that is asked for. */
struct parts {
    const char *text;
    int times;
    bool fails;
};

static bool write_parts(void *context, FILE *out, struct pg_error *error) {
    const struct parts *p = context;
    for (int i = 0; i < p->times; i++) fputs(p->text, out);
    if (p->fails) strcpy(error->text, "the parts are no good");
    return !p->fails;
}

static void a_function_may_write(void **state) {
    (void)state;
    const char *path = scratch_path(&scratch, "a");
    assert_true(file_write(path, write_parts, &(struct parts){"ab", 3, false}, &err));
    assert_holds(path, "ababab");
    assert_false(file_write(path, write_parts, &(struct parts){"c", 100000, true}, &err));
    assert_string_equal(err.text, "the parts are no good");
    assert_holds(path, "ababab");
    assert_int_equal(count_entries(scratch.path), 1);
    assert_false(file_write("/dev/full", write_parts, &(struct parts){"c", 1, false}, &err));
    assert_error("cannot write /dev/full: No space left on device");
    assert_false(file_write("/dev/full", write_parts, &(struct parts){"c", 100000, false}, &err));
    assert_error("cannot write /dev/full: No space left on device");
}

static void minus_is_standard_output(void **state) {
    (void)state;
    const char *path = scratch_path(&scratch, "out");
    int fd = open(path, O_WRONLY | O_CREAT, 0666);
    bool minus = replace_with_stdout(fd, "-"), device = replace_with_stdout(fd, "/dev/stdout");
    bool itself = replace_with_stdout(fd, path);
    close(fd);
    assert_true(minus && device && itself);
    assert_holds(path, "before databefore databefore data");
}

static void a_closed_pipe_is_an_error(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    bool done = file_replace("-", "data", 4, &err);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(ends[1]);
    assert_false(done);
    assert_error("standard output: Broken pipe");
}

/* ---- names ---- */

static void existence_tells_files_from_folders(void **state) {
    (void)state;
    const char *path = scratch_text(&scratch, "a", "");
    assert_true(file_exists(path));
    assert_false(folder_exists(path));
    assert_true(folder_exists(scratch.path));
    assert_false(file_exists(scratch.path));
    assert_false(file_exists(scratch_path(&scratch, "none")));
    assert_false(folder_exists(scratch_path(&scratch, "none")));
    assert_false(file_exists("/dev/null"));
}

static void joining_puts_one_slash(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"}, {"/", "b", "/b"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = path_join(cases[i][0], cases[i][1], &err);
        assert_string_equal(path, cases[i][2]);
        free(path);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(map_gives_the_bytes),
        TEST(map_of_an_empty_file_is_null),
        TEST(map_refuses_what_is_no_file),
        TEST(read_respects_the_limit),
        TEST(read_grows_with_the_file),
        TEST(read_names_the_trouble),
        TEST(minus_is_standard_input),
        TEST(replace_makes_a_file_with_the_usual_mode),
        TEST(replace_works_in_the_current_folder),
        TEST(replace_takes_the_longest_name),
        TEST(a_reader_keeps_the_old_file),
        TEST(a_link_stays_a_link),
        TEST(links_to_nothing_are_followed_to_their_end),
        TEST(a_fifo_without_a_writer_is_an_error),
        TEST(a_fifo_with_a_slow_writer_is_read),
        TEST(impossible_places_are_named),
        TEST(devices_are_written_to),
        TEST(a_fifo_gets_everything),
        TEST(a_size_limit_leaves_the_old_file),
        TEST(a_full_disk_leaves_the_old_file),
        TEST(a_function_may_write),
        TEST(minus_is_standard_output),
        TEST(a_closed_pipe_is_an_error),
        TEST(existence_tells_files_from_folders),
        TEST(joining_puts_one_slash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
