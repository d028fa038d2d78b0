#!/bin/bash
# Lint every shell script of the project, found by its first line.

cd "$(dirname "$0")/../.." || exit 2
mapfile -t scripts < <(
	grep -rlIE --exclude-dir=.git --exclude-dir=build \
	    '^#!/(usr/bin/env )?(bin/)?(ba)?sh' .ci tests man 2>/dev/null |
	    while IFS= read -r f; do
		head -n 1 "$f" | grep -qE '^#!/(usr/bin/env |bin/)(ba)?sh' &&
		    printf '%s\n' "$f"
	done | LC_ALL=C sort)
# SC2317 takes a function that is called by its name in a variable for dead.
exec shellcheck -S warning -x -P SCRIPTDIR -e SC2317 "${scripts[@]}"
