#!/bin/bash
# format.sh [--fix] - the sources are as clang-format (.clang-format) has them.
# Generated files are left as their generator made them.

set -u
cd "$(dirname "$0")/../.." || exit 2

list=$(mktemp)
trap 'rm -f "$list"' EXIT
find src cmd tests -name '*.[ch]' | LC_ALL=C sort | while IFS= read -r f; do
	head -n 5 "$f" | grep -qi generated || printf '%s\n' "$f"
done >"$list"

if [ "${1-}" = --fix ]; then
	xargs -r clang-format -i --style=file <"$list"
	exit
fi

status=0
while IFS= read -r f; do
	change=$(clang-format --style=file "$f" | diff -U0 "$f" - | tail -n +3)
	if [ -n "$change" ]; then
		status=1
		echo "$f: $(grep -c '^@' <<<"$change") places differ (make fmt)"
		head -n 4 <<<"$change"
	fi
done <"$list"
exit $status
