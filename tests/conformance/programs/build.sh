#!/bin/bash
# Builds the conformance functions of the languages that are named, into build/sdks.
#
#   build.sh [python|javascript|go|java]...     all four if none is named
#
# SDKs come from each language's own registry, pinned: package-lock.json, go.sum, pom.xml, and the
# requirements of build/venv. What is built is kept as long as nothing that it is made of changes.
# Compilers and runtimes are installed by tests/tools/bootstrap.sh sdks.
set -euo pipefail
cd "$(dirname "$0")/../../.."

readonly kPrograms=$PWD/tests/conformance/programs
readonly kProto=$PWD/tests/conformance/smoke/commands.proto
readonly kSdks=$PWD/build/sdks

say() { echo "conformance: $*"; }

fail() {
    echo "conformance: error: $*" >&2
    exit 1
}

need() {  # need PROGRAM LANGUAGE
    command -v "$1" >/dev/null || fail "'$1' is not installed, so the $2 SDK can't be tested. To" \
        "install it: tests/tools/bootstrap.sh sdks"
}

# A registry may not answer once; twice is a reason to stop.
fetch() {  # fetch LANGUAGE COMMAND...
    local language=$1 log=$kSdks/$1.log
    shift
    "$@" >"$log" 2>&1 || "$@" >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        fail "could not get the $language SDK; this failed twice: $*"
    }
}

protoc_to() {  # protoc_to OPTION...
    need protoc "smoke test on any"
    protoc -I "$(dirname "$kProto")" "$@" "$kProto"
}

build_python() {
    [[ -x build/venv/bin/python ]] ||
        fail "build/venv is missing; to make it: tests/tools/bootstrap.sh python"
    protoc_to --python_out="$1"
}

build_javascript() {
    need node JavaScript
    need npm JavaScript
    cp "$kPrograms"/javascript/package*.json "$1"
    (cd "$1" && fetch javascript npm ci --no-audit --no-fund --ignore-scripts)
}

build_go() {
    need go Go
    cp "$kPrograms"/go/* "$1"
    mkdir "$1/smoke"
    cd "$1"
    export GOFLAGS="-mod=readonly -buildvcs=false" GOTOOLCHAIN=local CGO_ENABLED=0
    fetch go go mod download github.com/apache/flink-statefun/statefun-sdk-go/v3
    fetch go go build -o protoc-gen-go google.golang.org/protobuf/cmd/protoc-gen-go
    protoc_to --plugin=protoc-gen-go --go_out=. --go_opt=module=conformance
    go build -o functions .
    cd - >/dev/null
}

# protoc 3.21.12 makes code for 3.21.12 of the Java library, 25.1 for 3.25.1, 29.3 for 4.29.3.
protobuf_java_version() {
    local version
    version=$(protoc --version | cut -d ' ' -f 2)
    case $version in
        3.*) echo "$version" ;;
        2[2-5].*) echo "3.$version" ;;
        *) echo "4.$version" ;;
    esac
}

build_java() {
    need javac Java
    need mvn Java
    mkdir "$1/generated"
    protoc_to --java_out="$1/generated"
    fetch java mvn -q -B -f "$kPrograms/java/pom.xml" dependency:copy-dependencies \
        -DoutputDirectory="$1/lib" "-Dprotobuf.version=$(protobuf_java_version)"
    find "$kPrograms/java/src" "$1/generated" -name '*.java' >"$1/sources"
    javac -nowarn -Xlint:none --release 17 -d "$1/classes" -cp "$1/lib/*" "@$1/sources"
}

# All that a program is made of, as one line.
state_of() {
    find "$kPrograms/$1" "$kPrograms/build.sh" "$kProto" -type f -print0 | sort -z |
        xargs -0 cat | sha256sum
}

build() {
    local language=$1 state
    [[ -d $kPrograms/$language ]] || fail "'$language' is none of python, javascript, go, java"
    state=$(state_of "$language")
    [[ "$(cat "$kSdks/$language/stamp" 2>/dev/null)" == "$state" ]] && return 0
    say "building the functions on the $language SDK"
    rm -rf "${kSdks:?}/$language"
    mkdir -p "$kSdks/$language"
    "build_$language" "$kSdks/$language"
    echo "$state" >"$kSdks/$language/stamp"
}

(($#)) || set -- python javascript go java
mkdir -p "$kSdks"
for language in "$@"; do
    exec {lock}>"$kSdks/$language.lock"
    flock "$lock"
    build "$language"
    flock -u "$lock"
done
