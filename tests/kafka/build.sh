#!/bin/bash
# Puts the libraries of a Kafka broker into build/kafka, once. A JDK and Maven are installed by
# tests/tools/bootstrap.sh sdks.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly kInto=$PWD/build/kafka

mkdir -p "$kInto"
exec {lock}>"$kInto/lock"
flock "$lock"
cmp -s tests/kafka/pom.xml "$kInto/pom.xml" && exit 0
rm -rf "$kInto/libs"
get() {
    mvn -q -B -f tests/kafka/pom.xml dependency:copy-dependencies -DincludeScope=runtime \
        -DoutputDirectory="$kInto/libs" >"$kInto/log" 2>&1
}
# A registry may not answer once; twice is a reason to stop.
get || get || {
    tail -n 20 "$kInto/log" >&2
    echo "kafka: error: could not get the broker's packages; this failed twice" >&2
    exit 1
}
cp tests/kafka/pom.xml "$kInto/pom.xml"
