#!/bin/sh
# number.sh - nanoseconds a number, and Google's JavaScript beside them where
# node and its package are at hand (make parity brings it).
set -eu
cd "$(dirname "$0")/../.."

bench=$(realpath "${BUILD:-build/release}/tests/bench/bench_number")
modules=build/node/node_modules
if command -v node >/dev/null && [ -d "$modules/google-libphonenumber" ]; then
	node tests/bench/bench_oracle.mjs "$modules" "$bench"
else
	"$bench"
fi
