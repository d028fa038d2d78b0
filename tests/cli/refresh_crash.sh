#!/bin/bash
# refresh_crash.sh - a refresh that is killed at any moment leaves the old
# generation in force or the new one, whole; the next refresh goes on from
# there and leaves nothing behind.
#
# Moments are spread over the whole refresh; only those that met it alive count.
# CRASH_ROUNDS says how many (20).

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2
unset SCRUB_HOME SCRUB_CONF XDG_DATA_HOME
rounds=${CRASH_ROUNDS:-20}
lines=200000
[ "$slow" = no ] || lines=20000

"$scrub" init --quiet --home h 2>/dev/null || exit 2
printf '%s\n' '[list "national"]' 'feed = ../feed' 'layout = registry' \
    '[refresh]' 'keep-generations = 2' >>h/scrub.conf

# A feed of N lines, another with each N.
feed() {
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "416,%d\n", 2000000 + i
	}' >feed.part && mv feed.part feed
}

# The lines of the list in force, if the index is whole.
in_force() {
	"$scrub" index verify --home h >verified || return 1
	"$scrub" index info --home h |
	    sed -n 's/^list	national	[a-z]*	\([0-9]*\) lines.*/\1/p'
}

now_us() {
	echo "${EPOCHREALTIME/[.,]/}"
}

took=0
measure() {
	local start
	feed $lines
	"$scrub" refresh --home h --quiet || return 1
	start=$(now_us)
	"$scrub" refresh --home h --quiet --force || return 1
	took=$(($(now_us) - start))
	[ "$(in_force)" = $lines ]
}
ok "a whole refresh" measure

met=0 olds=0 news=0
crashes() {
	local old=$lines new delay pid status got tries=0
	while [ $met -lt "$rounds" ]; do
		tries=$((tries + 1))
		[ $tries -le $((rounds * 10)) ] || {
			echo "only $met of $tries were met alive"
			return 1
		}
		new=$((lines + tries))
		feed $new
		# every other near the end, where the link is replaced
		delay=$(((RANDOM * 32768 + RANDOM) % took))
		[ $((tries % 2)) -eq 0 ] || delay=$((took * 3 / 4 + delay / 3))
		"$scrub" refresh --home h --quiet &
		pid=$!
		sleep "$((delay / 1000000)).$(printf %06d $((delay % 1000000)))"
		kill -9 $pid 2>/dev/null
		wait $pid 2>/dev/null
		status=$?
		[ $status -ne 137 ] || met=$((met + 1))
		got=$(in_force) || {
			echo "killed after $delay us: the index is not whole"
			return 1
		}
		case $got in
		"$old") olds=$((olds + 1)) ;;
		"$new") news=$((news + 1)) ;;
		*)
			echo "killed after $delay us: $got lines in force," \
			    "neither $old nor $new"
			return 1
			;;
		esac
		old=$got
	done
	"$scrub" refresh --home h --quiet || return 1
	[ "$(in_force)" = "$new" ]
}
RANDOM=$((7 + ${SOAK:-0}))
ok "killed at $rounds moments: the old or the new generation" crashes
echo "# $met met alive; then $olds times the old one, $news times the new"

rests() {
	find h -name '.?*' -print | grep . && return 1
	[ "$(find h/index -name '*.idx' | wc -l)" -le 3 ]
}
ok "nothing is left behind" rests

# A disk that is full: the old generation stays.
full() {
	local before
	before=$(readlink h/index/current)
	feed $((lines * 2))
	(
		ulimit -f 64 # blocks of 1 KiB
		"$scrub" refresh --home h --quiet 2>said
	)
	[ $? -eq 1 ] && [ "$(readlink h/index/current)" = "$before" ] &&
	    in_force >/dev/null && rests
}
ok "no room for the new one: exit 1, the old one stays" full

finish
