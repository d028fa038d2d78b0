#!/bin/bash
# kill.sh - a run that is killed at any moment leaves no clean file, or all of
# it with its report; what stood there before stays until then.
#
# Moments are spread over the whole run, with as many again near its end, where
# files are put in place.  Only those that met a running program count.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

kills=60
least_ms=200
generate 12000 $((3 + ${SOAK:-0})) || exit 2

screen=("$scrub" run campaign.csv --quiet "${lists[@]}" "${policy[@]}"
	"${full[@]}")

now_ms() {
	echo $((${EPOCHREALTIME/[.,]/} / 1000))
}

# Milliseconds of a whole run, the best of three; the campaign grows until it is
# long enough.
calibrate() {
	local start ms
	sed 1d campaign.csv >body
	while :; do
		took=999999
		for _ in 1 2 3; do
			start=$(now_ms)
			"${screen[@]}" -o want.clean --rejects want.rejected ||
			    return 1
			ms=$(($(now_ms) - start))
			[ $ms -ge $took ] || took=$ms
		done
		[ "$took" -lt "$least_ms" ] || break
		cat body body >>campaign.csv
	done
	rm body
}

# What is wrong after a kill, with the file OLD standing there before or none.
look() { # OLD
	local clean=campaign.clean.csv report=campaign.rejected.csv
	if [ ! -e "$clean" ]; then
		[ -z "$1" ] || echo "the old clean file is gone"
	elif cmp -s "$clean" want.clean; then
		cmp -s "$report" want.rejected ||
		    echo "a clean file without its whole report"
	elif [ -z "$1" ] || ! cmp -s "$clean" "$1"; then
		echo "a clean file that is not complete"
	fi
	[ ! -e $report ] || cmp -s "$report" want.rejected ||
	    { [ -n "$1" ] && cmp -s "$report" "$1"; } ||
	    echo "a report that is not complete"
}

# moments SEED: when to kill, in 10,000ths of a run, one a line.
moments() {
	awk -v seed="$1" 'BEGIN {
		for (i = 0; i < 1000; i++) {
			seed = seed * 16807 % 2147483647
			r = seed / 2147483647
			if (i % 2)
				r = 0.8 + r * 0.2
			printf "%d\n", r * 10000
		}
	}'
}

# Kill runs until enough of them were met alive.  How long a run takes changes
# with what else the machine does, so the guess follows what is seen.
kill_runs() { # OLD HOW-MANY SEED
	local moment delay pid status wrong met=0 published=0 tried=0
	local us=$((took * 1000))
	while read -r moment; do
		rm -f campaign.clean.csv campaign.rejected.csv
		if [ -n "$1" ]; then
			cp "$1" campaign.clean.csv
			cp "$1" campaign.rejected.csv
		fi
		printf -v delay '0.%06d' $((us * moment / 10000 % 1000000))
		delay=$((us * moment / 10000 / 1000000))${delay#0}
		"${screen[@]}" 2>/dev/null &
		pid=$!
		sleep "$delay"
		kill -9 $pid 2>/dev/null
		status=0
		wait $pid 2>/dev/null || status=$?
		tried=$((tried + 1))
		wrong=$(look "$1")
		if [ -n "$wrong" ]; then
			echo "killed after $delay s: $wrong"
			return 1
		fi
		if [ $status -eq 137 ]; then
			met=$((met + 1))
			[ "$moment" -lt 9000 ] || us=$((us + us / 50))
		else
			us=$((us - us / 25))
		fi
		! cmp -s campaign.clean.csv want.clean ||
		    published=$((published + 1))
		[ $met -lt "$2" ] || break
		[ $tried -lt $((4 * $2)) ] || break
	done < <(moments "$3")
	echo "$met runs killed of $tried, $published published," \
	    "a run takes $took ms"
	[ $met -ge "$2" ]
}

temporaries() {
	find . -name '.campaign*' | wc -l
}

# A run after all those: it succeeds, and leaves nothing of its own.
run_after() {
	local before
	before=$(temporaries)
	"${screen[@]}" || return 1
	same want.clean campaign.clean.csv &&
	    same want.rejected campaign.rejected.csv || return 1
	[ "$(temporaries)" -eq "$before" ] || {
		echo "it left a temporary behind"
		return 1
	}
}

calibrate || exit 2
ok "a run takes long enough to be killed" test "$took" -ge "$least_ms"
ok "killed at $((kills / 2)) moments, no file there before" \
    kill_runs '' $((kills / 2)) $((11 + ${SOAK:-0}))
echo "# $(cat "$work/check.log")"
echo 'an old file' >old
ok "killed at $((kills / 2)) moments, with files of an earlier run" \
    kill_runs old $((kills / 2)) $((12 + ${SOAK:-0}))
echo "# $(cat "$work/check.log")"
ok "the next run succeeds" run_after

finish
