# running.sh - run programs in turn and tell what they cost; to be sourced.
# shellcheck shell=bash
#
# The caller sets $tools, $LIMIT, $BUDGET and $tmp, a folder with out/ in it,
# which is empty when a job begins.

# A job NAME or NAME:ARGUMENT is a function job_NAME that sets the array
# `command`; check looks at what it made.  Samples are lines "NAME wall cpu peak".
measure() { # JOB
	local command status=0

	"job_${1%%:*}" "${1#*:}"
	rm -rf "$tmp/out"
	mkdir "$tmp/out"
	"$tools/bench_run" -l "$LIMIT" -o /dev/null "$tmp/used" "${command[@]}" \
	    2>"$tmp/err" || status=$?
	if [ $status -ne 0 ]; then
		case $1 in
		duckdb* | sqlite | mawk | miller | grep | join)
			echo "$1 gives up: status $status:" \
			    "$(tail -n 1 "$tmp/err")" >&2
			echo "$1 $status" >>"$tmp/gave_up"
			;;
		*) failed "$1: status $status: $(tail -n 1 "$tmp/err")" ;;
		esac
		return 1
	fi
	echo "$1 $(cat "$tmp/used")" >>"$tmp/samples"
}

spent() { # NAME: seconds so far
	awk -v name="$1" '$1 == name { s += $2 } END { printf "%d", s }' \
	    "$tmp/samples"
}

# Run all jobs in turn.
in_turn() { # ROUNDS JOB...
	local rounds=$1 round name
	local -A gone=()
	shift
	: >"$tmp/samples"
	: >"$tmp/gave_up"
	for ((round = 1; round <= rounds; round++)); do
		for name; do
			[ -z "${gone[$name]-}" ] || continue
			if ! measure "$name"; then
				gone[$name]=failed
				continue
			fi
			[ "$round" != 1 ] || check "$name"
			[ "$(spent "$name")" -lt "$BUDGET" ] ||
			    gone[$name]=budget
		done
	done
}

# "NAME runs wall least most cpu peak" of each job, medians (peak: the most).
figures() {
	sort -s -k 1,1 -k 2,2n "$tmp/samples" | awk '
	function median(a, n) {
		return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
	}
	function flush(   i, j, v) {
		if (!n)
			return
		for (i = 2; i <= n; i++) {
			v = cpu[i]
			for (j = i - 1; j >= 1 && cpu[j] > v; j--)
				cpu[j + 1] = cpu[j]
			cpu[j + 1] = v
		}
		print name, n, median(wall, n), wall[1], wall[n],
		    median(cpu, n), peak
	}
	$1 != name { flush(); n = 0; peak = 0; name = $1 }
	{
		wall[++n] = $2 + 0
		cpu[n] = $3 + 0
		if ($4 > peak)
			peak = $4
	}
	END { flush() }'
}

# The table of a comparison: times and memory, and both as multiples of scrub's.
table() { # NAME=LABEL...
	figures >"$tmp/figures"
	printf '| %-21s | %4s | %8s | %17s | %8s | %9s | %6s | %6s |\n' \
	    program runs 'wall s' range 'CPU s' 'peak MiB' wall peak
	echo '|---|--:|--:|--:|--:|--:|--:|--:|'
	for pair; do
		awk -v name="${pair%%=*}" -v label="${pair#*=}" '
		$1 == "scrub" { wall = $3; peak = $7 }
		$1 == name { split($0, f, " ") }
		END {
			if (f[1] == "") {
				printf "| %-21s | gave up |\n", label
				exit
			}
			printf "| %-21s | %4d | %8.3f | %8.3f-%-8.3f |" \
			    " %8.3f | %9.1f | %5.2fx | %5.2fx |\n", label,
			    f[2], f[3], f[4], f[5], f[6], f[7], f[3] / wall,
			    f[7] / peak
		}' "$tmp/figures"
	done
}
