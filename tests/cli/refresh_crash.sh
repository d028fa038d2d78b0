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


# The same on a disk that has no room left, where the system lets us have one.
full_disk() {
	unshare --user --map-root-user --mount bash -euc '
		mkdir small
		mount -t tmpfs -o size=4m none small
		cp -a h small/
		sed -i "s|\.\./feed|../../feed|" small/h/scrub.conf
		before=$(readlink small/h/index/current)
		left=$(df --output=avail small | tail -n 1)
		status=0
		"$1" refresh --home small/h --quiet 2>said || status=$?
		[ $status -eq 1 ]
		grep -q "No space left" said
		[ "$(readlink small/h/index/current)" = "$before" ]
		"$1" index verify --home small/h
		[ -z "$(find small/h -name ".?*")" ]
		[ "$(df --output=avail small | tail -n 1)" -ge $((left - 64)) ]
		# room is made, and the next refresh goes on
		mount -o remount,size=64m small
		"$1" refresh --home small/h --quiet
		[ "$(readlink small/h/index/current)" != "$before" ]
		"$1" index verify --home small/h
	' - "$scrub"
}
if unshare --user --map-root-user --mount true 2>/dev/null; then
	printf '416,%s\n' 2000000 2000001 >feed
	"$scrub" refresh --home h --quiet --accept shrunk
	find h/index -name '*.idx' ! -name "$(readlink h/index/current)" -delete
	feed 400000
	ok "a full disk: exit 1, the old one stays; then there is room" full_disk
else
	skip "a full disk" "a file system may not be mounted here"
fi

# ---- at the same time ----

at_once() {
	local round n status done_ locked=0
	feed $((lines + 1000))
	"$scrub" refresh --home h --quiet --accept shrunk || return 1
	for round in $(seq 10); do
		feed $((lines + 1000 + round))
		for n in 1 2 3 4; do
			"$scrub" refresh --home h --quiet 2>said."$n" &
		done
		done_=0
		for n in $(jobs -p); do
			status=0
			wait "$n" || status=$?
			case $status in
			0) done_=$((done_ + 1)) ;;
			11) locked=$((locked + 1)) ;;
			*)
				echo "exit status $status"
				cat said.*
				return 1
				;;
			esac
		done
		[ $done_ -ge 1 ] && [ "$(in_force)" = $((lines + 1000 + round)) ] ||
			return 1
		[ $locked -eq 0 ] || return 0
	done
	echo "never two at once"
	return 1
}
ok "four at once: one does it, others exit with 11" at_once

# Readers while generations come and go: the old one or the new one answers.
readers() {
	local n status
	feed 100
	"$scrub" refresh --home h --quiet --accept shrunk || return 1
	while [ ! -e enough ]; do
		status=0
		"$scrub" check --home h --region CA 4162000000 >answer 2>&1 ||
			status=$?
		[ $status -eq 3 ] && grep -q listed answer || cat answer >>wrong
		echo x >>asked
	done &
	for n in $(seq 40); do
		feed $((100 + n))
		"$scrub" refresh --home h --quiet --keep-generations 1 || break
	done
	touch enough
	wait
	[ "$n" -eq 40 ] && [ "$(wc -l <asked)" -gt 5 ] && [ ! -e wrong ] || {
		cat wrong
		return 1
	}
}
ok "readers across forty swaps" readers

finish
