#!/bin/bash
# index.sh - ten million facts sealed and opened; a hundred with BENCH_HUGE=1.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
entries=10000000
[ -z "${BENCH_HUGE:-}" ] || entries=100000000
"$BUILD/tests/bench/bench_index" "$folder" "${ENTRIES:-$entries}"
