# library.bats: libpatchgpt as other programs use it: installed into a folder, found by pkg-config, CMake and
# ctypes, and linked by programs that have functions of the names that it uses inside. Needs the build folder
# of PATCHGPT, configured with BUILD_SHARED_LIBS.
# shellcheck shell=bash

load ../cli/helper

setup_file() {
    build=$(dirname "$PATCHGPT")
    export prefix=$BATS_FILE_TMPDIR/prefix archive=$BATS_FILE_TMPDIR/archive
    cmake --install "$build" --prefix "$prefix" >/dev/null
    cp -r "$prefix" "$archive" # the same without the shared library
    find "$archive" -name 'libpatchgpt.so*' -delete
}

setup() {
    make_scratch
    sources=$PROJECT/tests/library
}
teardown() { remove_scratch; }

# use FOLDER [--static]: sets flags to those of an installation.
use() {
    local folder=$1
    shift
    PKG_CONFIG_PATH=$(dirname "$(find "$folder" -name patchgpt.pc)")
    export PKG_CONFIG_PATH
    read -ra flags <<<"$(pkg-config --define-prefix --cflags --libs "$@" patchgpt)"
}

libraries() { dirname "$(find "$prefix" -name libpatchgpt.so)"; }

# build_program COMPILER LANGUAGE SOURCE: makes ./program with the flags.
build_program() {
    expect 0 "$1" -Wall -Wextra -Werror -x "$2" "$3" -x none -o program "${flags[@]}" -lm
}

assert_example_runs() {
    expect 0 "$@"
    assert_contains "$output" "resid_post, layer"
    [ -s example.csv ] || complain "there is no example.csv"
}

@test "the example links the shared library by pkg-config, and runs" {
    use "$prefix"
    build_program cc c "$sources/example.c"
    readelf -d program | grep -q 'NEEDED.*libpatchgpt\.so\.0' || complain "it does not need libpatchgpt.so.0"
    assert_example_runs env LD_LIBRARY_PATH="$(libraries)" ./program
}

@test "the example links the archive by pkg-config --static, and prints what the command prints" {
    use "$archive" --static
    build_program cc c "$sources/example.c"
    assert_example_runs ./program
    expect 0 "$PATCHGPT" --model demo --clean "Michelle Jones was a top-notch student. Michelle" \
        --corrupt "Michelle Smith was a top-notch student. Michelle" --tokens " Smith" " Jones" --csv command.csv
    cmp example.csv command.csv
}

@test "a program in C or C++ with functions named fail and allocate links both libraries" {
    for compiler in "cc c" "c++ c++"; do
        read -r command language <<<"$compiler"
        use "$prefix"
        build_program "$command" "$language" "$sources/names.c"
        expect 0 env LD_LIBRARY_PATH="$(libraries)" ./program
        use "$archive" --static
        build_program "$command" "$language" "$sources/names.c"
        expect 0 ./program
    done
}

@test "both libraries show names that begin with pg_, and no others" {
    nm -D --defined-only "$(libraries)/libpatchgpt.so" | awk '{print $3}' | sort >shared
    nm -g --defined-only "$(find "$archive" -name libpatchgpt.a)" | awk 'NF == 3 {print $3}' | sort >static
    [ -s shared ] && ! grep -v '^pg_' shared
    cmp shared static
    grep -ohE '\bpg_[a-z_]+\(' "$PROJECT"/include/*.h | tr -d '(' | sort -u >declared
    [ -z "$(comm -13 declared shared)" ] || complain "not in patchgpt.h: $(comm -13 declared shared)"
}

@test "Python finds the shared library by ctypes" {
    expect 0 python3 "$sources/example.py" "$(libraries)/libpatchgpt.so.0"
    assert_contains "$output" "1  ' Jones'"
}

@test "find_package(patchgpt) works from an install prefix, with either library" {
    for target in patchgpt static; do
        cat >CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.20)
project(user LANGUAGES C)
find_package(patchgpt 0.1 REQUIRED)
add_executable(program "$sources/example.c")
target_link_libraries(program PRIVATE patchgpt::$target m)
END
        rm -rf out
        expect 0 cmake -S . -B out -DCMAKE_PREFIX_PATH="$prefix"
        expect 0 cmake --build out
        assert_example_runs out/program
    done
}

@test "as a subdirectory of another project it gives patchgpt::patchgpt and builds no tests" {
    cat >CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.20)
project(user LANGUAGES C)
add_subdirectory("$PROJECT" patchgpt EXCLUDE_FROM_ALL)
add_executable(program "$sources/example.c")
target_link_libraries(program PRIVATE patchgpt::patchgpt m)
END
    expect 0 cmake -S . -B out -DCMAKE_BUILD_TYPE=Release
    [ ! -e out/patchgpt/tests ] || complain "tests are configured"
}
