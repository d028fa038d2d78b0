#!/bin/bash
# register.sh - five million entries and a million consents into a register.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$BUILD/tests/bench/bench_register" "$folder" "${DNC:-5000000}" \
    "${CONSENTS:-1000000}"
