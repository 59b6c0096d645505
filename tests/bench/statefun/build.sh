#!/bin/bash
# Puts StateFun 3.3 on Flink and the job that compare.py runs on it into build/statefun. A JDK and
# Maven are installed by tests/tools/bootstrap.sh sdks.
set -euo pipefail
cd "$(dirname "$0")/../../.."

readonly kHere=tests/bench/statefun
readonly kInto=$PWD/build/statefun

mkdir -p "$kInto"
exec {lock}>"$kInto/lock"
flock "$lock"
rm -rf "$kInto/source"
cp -r "$kHere" "$kInto/source"
get() {
    mvn -q -B -f "$kInto/source/pom.xml" package dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$kInto/libs" >"$kInto/log" 2>&1
}
# A registry may not answer once; twice is a reason to stop.
get || get || {
    tail -n 20 "$kInto/log" >&2
    echo "statefun: error: could not get or build StateFun's packages; this failed twice" >&2
    exit 1
}
