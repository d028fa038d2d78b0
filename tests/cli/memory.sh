#!/bin/bash
# memory.sh - memory does not grow with the rows, only with what is known.
#
# Allowed: 64 MB, 16 bytes for each distinct number that is kept and 20 for
# each fact loaded, half as much again for the two while a table grows.  Rows
# are wide, so that holding the file, or any part of each row, goes over it.
#
# Measured is the high-water mark of the resident set (VmHWM) less the pages
# that are of files (RssFile: the program and its libraries), read from
# /proc/PID/status again and again while it runs.  The mark never falls, so
# sampling can miss only what happens after the last look, and the tables are
# largest long before that; ru_maxrss would count the pages of files in.
#
# 1 million rows; with SOAK set 10 million.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

if [ "$slow" = yes ]; then
	echo "a sanitizer keeps its own books in memory"
	exit 77
fi
[ -r /proc/self/status ] || {
	echo "there is no /proc here"
	exit 77
}
rows=1000000
[ -z "${SOAK-}" ] || rows=10000000
rows=${MEMORY_ROWS:-$rows}

# Every tenth row is a number again, every 20th has one that was refused.
campaign() {
	awk -v rows="$rows" 'BEGIN {
		split("130 131 132 133 135 136 137 138 139 150 151 152 153" \
		    " 155 156 157 158 159 180 181 182 183 185 186 187 188", p,
		    " ")
		for (k = 0; k < 10; k++)
			wide = wide "some words and "
		print "id,phone,note"
		for (i = 0; i < rows; i++) {
			n = i % 10 == 9 ? i - 9 : i
			printf "%d,%s%08.0f,%s%d\n", i, p[1 + n % 26],
			    n * 48271 % 99999989, i % 50 ? wide : \
			    "\"quoted, " wide "\"", i
		}
	}'
}
lists() {
	awk -v rows="$rows" 'BEGIN {
		split("130 131 132 133 135 136 137 138 139 150 151 152 153" \
		    " 155 156 157 158 159 180 181 182 183 185 186 187 188", p,
		    " ")
		print "number" >"dnc.csv"
		print "number,granted_at,expires_at" >"consent.csv"
		print "number,called_at" >"calls.csv"
		for (i = 0; i < rows; i++) {
			n = sprintf("%s%08.0f", p[1 + i % 26],
			    i * 48271 % 99999989)
			if (i % 20 == 3)
				print n >"dnc.csv"
			if (i % 10 == 1)
				print n ",2025-01-01," >"consent.csv"
			if (i % 20 == 5)
				print n ",2026-02-20T10:00:00Z\n" n \
				    ",2026-02-21" >"calls.csv"
		}
	}'
}

# A figure of the summary; of "facts", the sum over lists.
figure() {
	grep -o "\"$1\": *[0-9]*" json | awk -F: -v all="${2-}" '{
		sum += $2
		if (!all)
			exit
	} END { printf "%.0f\n", sum }'
}

# within NAME INPUT: screen it and compare.  The figures go to figures.
within() {
	local pid peak kept facts allowed status=0
	"$scrub" run "$2" -o clean.csv --rejects rejected.csv --json \
	    --region CN --column phone --dnc dnc.csv --consent consent.csv \
	    --no-require-consent --calls calls.csv --cap 2/30d --tz UTC \
	    --as-of 2026-03-01 >json 2>err &
	pid=$!
	peak=$(watch $pid)
	wait $pid || status=$?
	[ "$status" -eq 0 ] || {
		cat err
		return 1
	}
	kept=$(figure kept)
	facts=$(figure facts all)
	allowed=$(((64 << 10) + (16 * kept + 20 * facts) * 3 / 2 / 1024))
	echo "# $1: $((rows / 1000))k rows, $kept kept, $facts facts:" \
	    "$((peak / 1024)) MB of $((allowed / 1024)) MB allowed," \
	    "$(figure rows_per_second) rows/s" >figures
	[ "$kept" -gt $((rows / 2)) ] || {
		echo "only $kept of $rows rows were kept"
		return 1
	}
	[ "$peak" -gt 0 ] && [ "$peak" -le "$allowed" ] && return 0
	cat figures
	return 1
}

sees_a_hog() {
	local pid peak
	perl -e 'my $x = "x" x 50_000_000; select undef, undef, undef, 0.2' &
	pid=$!
	peak=$(watch $pid)
	wait $pid
	echo "saw $peak kB of 50 MB"
	[ "$peak" -gt 48000 ] && [ "$peak" -lt 150000 ]
}
ok "50 MB are seen to be used" sees_a_hog

lists
campaign >campaign.csv
ok "a file of $((rows / 1000000)) million rows" within file campaign.csv
cat figures
rm campaign.csv clean.csv rejected.csv

from_pipe() {
	mkfifo pipe
	campaign >pipe &
	within pipe pipe
}
ok "a pipe of $((rows / 1000000)) million rows" from_pipe
cat figures

finish
