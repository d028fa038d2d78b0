#!/bin/bash
# crash.sh - killed at a random moment, a change is there or it is not: import,
# add, rotation of the key, backup.  After each the register and its log are
# whole, and the counts are those before or those after.
#
# CRASH_ROUNDS: how many (20).

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2
export SCRUB_HOME=$work/home

rounds=${CRASH_ROUNDS:-20}
RANDOM=$((42 + ${SOAK:-0}))
rows=3000
[ "$slow" = no ] || rows=600

run 0 "$scrub" init || exit 2
entries=0 # that are known to be in force
added=0   # numbers of `dnc add` so far

# count: entries in force, by exporting them.
count() {
	local n
	"$scrub" dnc export --by tester -o export.csv >log 2>&1 || {
		cat log
		return 1
	}
	n=$(($(wc -l <export.csv) - 1))
	rm -f export.csv
	echo "$n" >counted
}

# How long it takes when nobody ends it, in microseconds.
took() {
	local from=${EPOCHREALTIME/[.,]/}
	"$@" >log 2>&1 </dev/null || {
		cat log
		return 1
	}
	span=$((${EPOCHREALTIME/[.,]/} - from))
}

# killed MICROSECONDS COMMAND...: end it after that; 0 when it was through.
killed() {
	local after=$1 child status=0
	shift
	"$@" >log 2>&1 </dev/null &
	child=$!
	sleep "$(printf '%d.%06d' $((after / 1000000)) $((after % 1000000)))"
	kill -KILL "$child" 2>/dev/null
	wait "$child" 2>/dev/null || status=$?
	return "$status"
}

# Some instant from a little before the start to a little after the end.
instant() {
	echo $(((RANDOM << 15 | RANDOM) % (span + span / 5 + 1000)))
}

make_list() { # ROUND
	awk -v r="$1" -v n="$rows" 'BEGIN {
		print "phone"
		for (i = 0; i < n; i++)
			printf "+86138%08d\n", r * n + i
	}'
}

# whole: nothing is damaged, and a writer finds the way in.
whole() {
	run 0 "$scrub" audit verify || return
	"$scrub" doctor >out 2>err || {
		echo "the doctor:"
		cat out err
		return 1
	}
}

# between BEFORE AFTER: that many are in force, nothing between.
between() {
	count || return
	entries=$(cat counted)
	[ "$entries" -eq "$1" ] || [ "$entries" -eq "$2" ] || {
		echo "$entries entries, neither $1 nor $2"
		return 1
	}
}

import_round() { # ROUND
	local before=$entries
	make_list "$1" >list.csv
	killed "$(instant)" "$scrub" dnc import --by tester list.csv
	whole && between "$before" $((before + rows))
}

add_round() {
	local before=$entries number
	number=$(printf '+86139%08d' $((added += 1)))
	killed "$(instant)" "$scrub" dnc add --reason request --by tester \
	    "$number"
	whole && between "$before" $((before + 1))
}

# What a killed rotation began the next one ends; until then either key holds.
rotate_round() {
	killed "$(instant)" "$scrub" key rotate --yes --by tester
	whole && between "$entries" "$entries" || return
	run 0 "$scrub" key rotate --yes --by tester || return
	whole && between "$entries" "$entries"
}

backup_round() {
	rm -rf copy b.sealed
	killed "$(instant)" "$scrub" backup --by tester b.sealed
	whole && between "$entries" "$entries" || return
	[ -e b.sealed ] || return 0
	mkdir -m 700 copy && cp -p home/scrub.key copy/ || return
	run 0 "$scrub" restore --home copy b.sealed || return
	run 0 "$scrub" audit verify --home copy
}

# Each job once to its end: how long it takes, and something to work on.
declare -A spans
make_list 0 >list.csv
took "$scrub" dnc import --by tester list.csv && spans[import]=$span
took "$scrub" dnc add --reason request --by tester +8613900000000 &&
    spans[add]=$span
took "$scrub" key rotate --yes --by tester && spans[rotate]=$span
took "$scrub" backup --by tester first.sealed && spans[backup]=$span
[ ${#spans[@]} -eq 4 ] || exit 2
count || exit 2
entries=$(cat counted)
[ "$entries" -eq $((rows + 1)) ] || {
	echo "there are $entries entries to begin with"
	exit 2
}

jobs=(import add rotate backup)
for ((round = 1; round <= rounds; round++)); do
	job=${jobs[round % 4]}
	span=${spans[$job]}
	ok "round $round: $job" "${job}_round" "$round"
	[ "$failed" -eq 0 ] || break
done
ok "temporary files are told of, if any" sh -c \
    '"$0" doctor | grep -Eq "^(ok|warn) +leftovers"' "$scrub"

finish
