#!/bin/bash
# `make test`: the release build with every test, then ASan and UBSan over the unit and contract
# tests. Both runs are made even if the first one fails; the last line counts both.
set -euo pipefail
cd "$(dirname "$0")/../.."
jobs=${JOBS:-$(nproc)}

step() { printf '\n== %s\n' "$*"; }

configure() {
    cmake --preset "$1" >build/configure.log ||
        { cat build/configure.log; exit 1; }
}

# Only what runs under the sanitizers is built with them: the folders of these two kinds.
sanitized_targets() {
    local list
    for list in tests/unit/*/CMakeLists.txt tests/contract/CMakeLists.txt; do
        [[ -e $list ]] && printf '%s/all\n' "$(dirname "$list")"
    done
}

run() {  # run NAME CTEST_ARGUMENT...
    local name=$1
    shift
    ctest --test-dir "build/$name" -j "$jobs" --output-on-failure --no-tests=error --timeout 300 \
        --output-junit "$PWD/build/$name-tests.xml" --progress "$@" || failed=1
}

failed=0
rm -f build/release-tests.xml build/asan-tests.xml

step "Building (release)"
configure release
cmake --build --preset release -j "$jobs"
step "Running every test (release)"
run release

step "Building unit and contract tests (ASan, UBSan)"
configure asan
mapfile -t targets < <(sanitized_targets)
cmake --build --preset asan -j "$jobs" --target "${targets[@]}"
step "Running unit and contract tests (ASan, UBSan)"
run asan -L 'unit|contract'

step "Both runs"
python3 tests/tools/count_tests.py build/release-tests.xml build/asan-tests.xml
exit "$failed"
