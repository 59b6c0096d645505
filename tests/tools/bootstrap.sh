#!/bin/bash
# Installs what is missing to build and test on Debian 12 (or a system with the same package names).
#
#   bootstrap.sh GROUP...     groups: build, test, python, sdks, clang, lint
#
# Nothing is touched when nothing is missing. Packages come from the distribution; the Python venv
# in build/venv gets the official StateFun SDK, which the examples and the tests use. The other three
# SDKs need Node, Go and Java; what is built with them is tests/conformance/programs/build.sh's.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly kBuild="g++ cmake ninja-build ccache mold pkg-config libssl-dev libprotobuf-dev
    protobuf-compiler libleveldb-dev libsnappy-dev nlohmann-json3-dev libyaml-cpp-dev libspdlog-dev
    libcli11-dev prometheus-cpp-dev libxxhash-dev zlib1g-dev librdkafka-dev"
readonly kTest="catch2 valgrind"
readonly kClang="clang-19 libclang-rt-19-dev"
readonly kLint="git clang-format-19 clang-tidy-19"

say() { echo "bootstrap: $*"; }

fail() {
    echo "bootstrap: error: $*" >&2
    exit 1
}

installed() {
    [[ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null)" == "ii "* ]]
}

# Boost 1.81 or newer. Debian's default, libboost-dev, may be 1.74 and excludes libboost1.81-dev.
boost_installed() {
    local header=/usr/include/boost/version.hpp
    [[ -r $header ]] || return 1
    local version
    version=$(sed -n 's/^#define BOOST_VERSION *\([0-9]*\).*/\1/p' "$header")
    ((version >= 108100)) &&
        compgen -G '/usr/lib/*/cmake/boost_url-*/boost_url-config.cmake' >/dev/null
}

boost_packages() {
    # No pipe into `grep -q`: it stops reading, and what writes then fails the whole pipeline.
    local policy
    policy=$(apt-cache policy libboost1.81-dev)
    if [[ $policy =~ Candidate:\ *[0-9] ]]; then
        echo "libboost1.81-dev libboost-url1.81-dev"
    else
        echo "libboost-dev libboost-url-dev"
    fi
}

# A Python that can make a venv. /usr/bin/python3 first: it is the one the packages belong to.
usable_python() {
    local candidate
    for candidate in /usr/bin/python3 python3; do
        if "$candidate" -c '
import sys, venv, ensurepip
sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

# Whether `$1` is installed, and says a version with a first number of at least `$3` to `$2`.
at_least() {
    local said
    command -v "$1" >/dev/null && said=$("$1" "$2" 2>&1) || return 1
    [[ $said =~ ([0-9]+)\. ]] && ((BASH_REMATCH[1] >= $3))
}

# Languages of the SDKs, from wherever they were installed. Debian 12's versions suffice: Node 18,
# Go 1.19, Java 17, protoc 3.21.
sdk_packages() {
    at_least node --version 16 || echo nodejs
    command -v npm >/dev/null || echo npm
    command -v go >/dev/null || echo golang-go
    at_least javac -version 17 || echo default-jdk-headless
    command -v mvn >/dev/null || echo maven
    command -v protoc >/dev/null || echo protobuf-compiler
}

# Sets `as_root`, the words before a command that needs root.
as_root=()
find_root() {
    [[ "$(id -u)" == 0 ]] && return 0
    command -v sudo >/dev/null ||
        fail "packages are missing, and neither root nor sudo is at hand. As root, run:
    apt-get update && apt-get install -y --no-install-recommends $*"
    as_root=(sudo)
}

# What the groups need and this machine lacks, into `missing` and `need_boost`.
find_missing() {
    local wanted="" group package
    for group in "$@"; do
        case $group in
            build)
                wanted+=" $kBuild"
                boost_installed || need_boost=1
                ;;
            test) wanted+=" $kTest" ;;
            python)
                usable_python >/dev/null || wanted+=" python3 python3-venv"
                command -v curl >/dev/null || wanted+=" curl"
                ;;
            sdks) wanted+=" $(sdk_packages)" ;;
            clang) wanted+=" $kClang" ;;
            lint) wanted+=" $kLint" ;;
            *) fail "unknown group '$group': build, test, python, sdks, clang or lint" ;;
        esac
    done
    for package in $wanted; do
        installed "$package" || missing+=("$package")
    done
}

# Quiet; what apt-get said is shown when it fails.
apt_get() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" \
        >build/apt.log 2>&1 || {
        tail -n 30 build/apt.log >&2
        fail "apt-get $1 failed; all it said is in build/apt.log"
    }
}

install_packages() {
    local missing=() need_boost=0
    find_missing "$@"
    ((${#missing[@]} || need_boost)) || return 0
    if ! command -v apt-get >/dev/null; then
        ((need_boost)) && missing+=("Boost 1.81 or newer with Boost.URL")
        fail "this is not a Debian system; install by hand: ${missing[*]}"
    fi
    find_root "${missing[@]}" $( ((need_boost)) && echo libboost1.81-dev libboost-url1.81-dev)
    say "some packages are missing; reading the package lists"
    apt_get update
    if ((need_boost)); then
        local boost
        read -r -a boost <<<"$(boost_packages)"
        missing+=("${boost[@]}")
        if installed libboost-dev && [[ ${boost[0]} == libboost1.81-dev ]]; then
            say "libboost1.81-dev replaces libboost-dev (too old): they exclude each other"
        fi
    fi
    say "installing ${missing[*]}"
    apt_get install -y --no-install-recommends "${missing[@]}"
}

make_venv() {
    local requirements=build/requirements.txt stamp=build/venv/requirements.txt
    cat examples/requirements.txt tests/requirements.txt >"$requirements"
    if cmp -s "$requirements" "$stamp" &&
        build/venv/bin/python -c 'import statefun, aiohttp, flask, uvicorn' 2>/dev/null; then
        return 0
    fi
    local python
    python=$(usable_python) || fail "no Python 3.9 or newer with venv: install python3-venv"
    say "making build/venv with $(tr '\n' ' ' <"$requirements")"
    rm -rf build/venv
    "$python" -m venv build/venv
    build/venv/bin/pip install --quiet --disable-pip-version-check -r "$requirements" ||
        fail "pip could not install $requirements into build/venv"
    cp "$requirements" "$stamp"
}

mkdir -p build
install_packages "$@"
for group in "$@"; do
    [[ $group == python ]] && make_venv
done
exit 0
