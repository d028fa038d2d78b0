#!/bin/bash
# harness.sh - a test that should fail does: tests/run and tests/cli/run on a
# small tree of their own, with a stand-in for the program.

set -u
mkdir -p tree/bin tree/tests/cli tree/build
cp "$ROOT/tests/run" tree/tests/
cp "$ROOT/tests/cli/run" "$ROOT/tests/cli/normalise.sed" tree/tests/cli/
printf '#!/bin/sh\necho "scrub $*"\n' >tree/bin/scrub
chmod +x tree/bin/scrub
cd tree || exit 2

run() {
	BUILD=build PROGRAM=bin/scrub tests/run "$@" 2>&1
}

case_of() { # NAME CMD
	mkdir -p "tests/cli/area/$1"
	printf '%s\n' "$2" >"tests/cli/area/$1/cmd"
}

script_of() { # NAME LINES
	printf '#!/bin/sh\n%s\n' "$2" >"tests/cli/$1.sh"
	chmod +x "tests/cli/$1.sh"
}

case_of good 'scrub 1; echo 812,000 rows/s >&2; cat in >out'
echo 'scrub 1' >tests/cli/area/good/stdout
echo 'RATE rows/s' >tests/cli/area/good/stderr
echo text >tests/cli/area/good/in
mkdir tests/cli/area/good/want
echo text >tests/cli/area/good/want/out
case_of says_more 'scrub 1'
case_of says_less 'true'
echo x >tests/cli/area/says_less/stdout
case_of status 'exit 3'
case_of complains 'echo oh >&2'
case_of leaves 'echo >left'
case_of lacks 'true'
mkdir tests/cli/area/lacks/want
echo >tests/cli/area/lacks/want/out
case_of alters 'echo >>in'
echo >tests/cli/area/alters/in
case_of removes 'rm in'
echo >tests/cli/area/removes/in
script_of pass 'exit 0'
script_of fail 'exit 1'
script_of skip 'echo "not today"; exit 77'
script_of tap 'echo "ok 1 - one"; echo "not ok 2 - two"; echo "ok - three # SKIP no"'
script_of tap_dies 'echo "ok 1 - one"; exit 1'
# shellcheck disable=SC2016 # for the script itself
script_of leak 'f=${ASAN_OPTIONS#*log_path=}; echo leak >"${f%%:*}.1"'

run | sed 's/ ([0-9.]* s)$//' | grep -E '^[A-Z]{4} |passed' | LC_ALL=C sort >got
diff -u - got <<'EOF' || exit 1
4 passed, 12 failed, 2 skipped
FAIL cli/area/alters
FAIL cli/area/complains
FAIL cli/area/lacks
FAIL cli/area/leaves
FAIL cli/area/removes
FAIL cli/area/says_less
FAIL cli/area/says_more
FAIL cli/area/status
FAIL cli/fail
FAIL cli/leak (no sanitizer report)
FAIL cli/tap/two
FAIL cli/tap_dies
PASS cli/area/good
PASS cli/pass
PASS cli/tap/one
PASS cli/tap_dies/one
SKIP cli/skip: not today
SKIP cli/tap/three: no
EOF

# What is recorded is what is then expected.
rm -r tests/cli/*.sh tests/cli/area/removes
run --update golden >log || cat log
run golden >log || {
	cat log
	exit 1
}
grep -qx '8 passed, 0 failed, 0 skipped' log || exit 1

# A run of nothing is no success.
if run --only 'no/such/test'; then
	exit 1
fi
echo 1 >tests/cli/area/good/stdout
! run --only 'cli/*/good'
