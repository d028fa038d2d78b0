#!/bin/bash
# index_keep.sh - lists of calls of which an index keeps only the late ones:
# within its reach a run judges as with all of them, and beyond it refuses.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

# Noon in Berlin, on a Monday; the day before had 23 hours there.
moment=2026-03-30T10:00:00Z
zone=Europe/Berlin
rows=3000

moved() { # DISTANCE, as date(1) has it: a moment so far from the other
	date -u -d "$moment $1" +%Y-%m-%dT%H:%M:%SZ
}

# Calls in heaps around where windows begin at the moment, an hour before and
# an hour after it; none in the last two hours.  Some are told by day alone.
awk -v seed=$((41 + ${SOAK:-0})) -v rows=$rows \
    -v now="$(date -u -d "$moment" +%s)" 'BEGIN {
	srand(seed)
	split("86400 604800 2592000 43200 2545200 1209600", edge, " ")
	print "number,called_at,outcome,customer_id" >"calls.csv"
	print "id,phone,customer_id" >"campaign.csv"
	for (i = 0; i < rows; i++) {
		phone = sprintf("+1212555%04d", i % 10000)
		print i "," phone ",c" i >"campaign.csv"
		for (n = int(rand() * 7); n > 0; n--) {
			back = edge[1 + int(rand() * 6)]
			if (rand() < 0.7)
				back += int(rand() * 5) - 2 + \
				    3600 * (int(rand() * 3) - 1)
			else
				back += int((rand() - 0.5) * 90000)
			if (back < 7200)
				back = 7200
			form = rand() < 0.9 ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d"
			who = rand() < 0.8 ? phone : ""
			person = rand() < 0.5 || who == "" ? "c" i : ""
			said = rand() < 0.5 ? "answered" : "busy"
			print who "," strftime(form, now - back, 1) "," said \
			    "," person >"calls.csv"
		}
	}
}'
cp calls.csv all.csv
touch -d "$(moved '-1 hour')" calls.csv all.csv

"$scrub" init --quiet --home home || exit 2
conf=home/scrub.conf
keep() { # KEEP: settings of the list
	printf 'region = US\ntz = %s\n[list "log"]\nkind = calls\n' "$zone"
	printf 'feed = ../calls.csv\nmax-age = never\nmax-bad = 5\nkeep = %s\n' "$1"
} >$conf

refresh() { # OPTION...
	run 0 "$scrub" refresh --home home --conf $conf --as-of "$moment" "$@"
}

screen=(--region US --tz "$zone" --person customer_id)

# Same clean rows and report from the index as from the file.
same_run() { # OPTION...
	rm -f index.* file.*
	run 0 "$scrub" run campaign.csv -o index.csv --rejects index.rejected \
	    --quiet --home home "${screen[@]}" "$@" &&
	    run 0 "$scrub" run campaign.csv -o file.csv --rejects file.rejected \
		--quiet --no-register "${screen[@]}" --calls all.csv "$@" &&
	    same file.csv index.csv && same file.rejected index.rejected &&
	    [ "$(wc -l <index.csv)" -gt 100 ] &&
	    [ "$(wc -l <index.rejected)" -gt 20 ]
}

# A run that looks back further is refused, and puts nothing in place.
refused() { # TEXT OPTION...
	local text=$1
	shift
	rm -f index.csv index.rejected
	run 10 "$scrub" run campaign.csv -o index.csv --rejects index.rejected \
	    --home home "${screen[@]}" "$@" || return 1
	[ ! -e index.csv ] && [ ! -e index.rejected ] &&
	    grep -q '^scrub: the index: list log: keep: ' err &&
	    grep -qF -- "$text" err &&
	    grep -q '^scrub: hint: .*scrub refresh --list log$' err && return
	cat err
	return 1
}

lines() { # of the feed
	awk 'END { print NR - 1 }' all.csv
}

told() { # WHAT: the list's line of the last refresh
	grep -q "^log	$1	$(lines) entries" out && return
	cat out
	return 1
}

keep 7d
dry() {
	refresh --dry-run && told read && grep -q '	[0-9]* older than keep' out
}
ok "a dry run tells how many are too old" dry
first() {
	refresh && told read && mv out first &&
	    grep -q '	[1-9][0-9]* older than keep' first &&
	    grep -q 'older than keep)$' home/refresh.log &&
	    grep -q ', as of 2026-03-30T10:00:00Z; ' home/refresh.log
}
ok "the index is made, as of a moment" first
fewer() {
	run 0 "$scrub" index info --home home || return 1
	grep -q "^list	log	.*	calls since $(moved '-7 days'), [1-9][0-9]* older" out &&
	    grep -q "^created	$moment" out && return
	cat out
	return 1
}
ok "which says since when it has them" fewer

for cap in 2/24h 1/24h 3/7d 1/7d '1/7d answered' 1/day 1/week 1/167h; do
	ok "cap $cap: the same as from the file" same_run --as-of "$moment" \
	    --cap "$cap"
done
ok "several at once" same_run --as-of "$moment" --cap 2/24h --cap 3/7d \
    --cap 1/day
for later in '+1 second' '+1 hour' '+20 hours' '+3 days'; do
	ok "$later: the same" same_run --as-of "$(moved "$later")" \
	    --cap 1/24h --cap 2/7d --cap 1/week
done
ok "an hour before, within reach" same_run --as-of "$(moved '-1 hour')" \
    --cap 2/24h --cap 3/6d --cap 1/day
ok "a second before" same_run --as-of "$(moved '-1 second')" --cap 1/7d
ok "a second more: refused" refused \
    "cap 3/7d looks back to $(moved '-7 days -1 second'), " --as-of \
    "$(moved '-2 seconds')" --cap 3/7d
ok "what mends it" grep -qF 'hint: keep = 8d, or keep = all in [list "log"]' err
ok "a minute more: refused" refused \
    "and the index has its calls since $(moved '-7 days') (" \
    --as-of "$moment" --cap 2/24h --cap 1/10081m
ok "a month: refused" refused "cap 9/month looks back to 2026-02-28T23:00:00Z" \
    --as-of "$moment" --cap 9/month
ok "for ever: refused" refused 'cap 9/total looks back to the first call' \
    --as-of "$moment" --cap 9/total
ok "what mends that" grep -q 'hint: keep = all in' err
ok "no cap: no matter" run 0 "$scrub" run campaign.csv -o index.csv \
    --quiet --home home "${screen[@]}" --as-of 2026-03-01
ask() { # STATUS COMMAND...
	local status=$1
	shift
	run "$status" "$scrub" "$@" --home home --region US --tz "$zone" \
	    --as-of "$moment" --cap 9/8d &&
	    grep -q 'list log: keep: cap 9/8d looks back' err && [ ! -s out ]
}
ok "check is refused, too" ask 10 check +12125550001
ok "and why" ask 10 why +12125550001

# Days begin when the zone has it: that of the run.
keep 12h
ok "a shorter keep reads again" refresh
ok "log is read" told read
ok "since midnight" same_run --as-of "$moment" --cap 1/day
ok "where midnight was earlier: refused" refused \
    'cap 1/day looks back to 2026-03-29T21:00:00Z' --as-of "$moment" \
    --cap 1/day --tz Europe/Kyiv
keep 11h
ok "since an hour later" refresh
ok "is not enough" refused "cap 1/day looks back to 2026-03-29T22:00:00Z, \
and the index has its calls since 2026-03-29T23:00:00Z (" \
    --as-of "$moment" --cap 1/day
ok "a day may have 25 hours" grep -qF 'hint: keep = 2d, or' err
keep 30d
ok "a longer keep" refresh
ok "reads again, too" told read
ok "a month" same_run --as-of "$moment" --cap 2/month
ok "30 days" same_run --as-of "$moment" --cap 2/30d

# What is taken over, and what is not.
printf '[list "more"]\nfeed = ../more.csv\nmax-age = never\n' >more.conf
echo number >more.csv
echo 4162234567 >>more.csv
touch -d "$moment" more.csv
cat more.conf >>$conf
since() { # DISTANCE
	run 0 "$scrub" index info --home home &&
	    grep -q "^list	log	.*	calls since $(moved "$1")," out
}
taken() {
	refresh --as-of "$(moved '+2 days')" && told unchanged &&
	    grep -q '^log.*older than keep' out && since '-30 days'
}
ok "taken over, it reaches as far back as it did" taken
ok "and the same is found" same_run --as-of "$moment" --cap 2/30d
earlier() {
	refresh --as-of "$(moved '-1 hour')" && told read &&
	    since '-30 days -1 hour'
}
ok "as of an earlier moment it is read again" earlier
ok "and has what that takes" same_run --as-of "$(moved '-1 hour')" --cap 2/30d
sed -i 's/^keep = .*/keep = all/' $conf
alone() {
	run 0 "$scrub" refresh --home home --conf $conf --list more \
	    --as-of "$moment" && since '-30 days -1 hour' || return 1
	refused 'cap 2/total looks back' --as-of "$moment" --cap 2/total
}
ok "another list alone changes nothing" alone
ok "nor goes back behind it" run 2 "$scrub" refresh --home home --conf $conf \
    --list more --as-of "$(moved '-2 hours')"
all() {
	refresh && told read && ! grep -q 'older than keep' out &&
	    same_run --as-of "$moment" --cap 2/total
}
ok "keep = all reads all" all

# A check that stays open is refused once the index lacks what it needs.
stays() {
	local got=0
	keep 7d
	mkfifo ask
	"$scrub" check - --home home --region US --cap 9/8d --as-of "$moment" \
	    <ask >answers 2>err &
	exec 4>ask
	echo +12125559999 >&4
	for _ in $(seq 100); do
		[ -s answers ] && break
		sleep 0.1
	done
	refresh || return 1
	echo +12125559999 >&4 2>/dev/null
	exec 4>&-
	wait $! || got=$?
	[ $got -eq 10 ] && [ "$(wc -l <answers)" -eq 1 ]
}
ok "a check that stays open sees it" stays

# ---- nonsense ----

for wrong in yesterday 1999-12-31 2137-01-01 ''; do
	ok "--as-of '$wrong' is refused" run 2 "$scrub" refresh --home home \
	    --conf $conf --as-of "$wrong"
done
keep 0d
ok "keep = 0d" run 2 "$scrub" refresh --home home --conf $conf
keep never
ok "keep = never" run 2 "$scrub" refresh --home home --conf $conf
ok "says what to write" grep -q 'write 31d, 12h, 4w or all' err
printf '[list "a"]\nfeed = ../more.csv\nkeep = 3d\n' >$conf
ok "keep of another kind" run 2 "$scrub" refresh --home home --conf $conf
ok "says so" grep -q "list 'a': keep is for kind calls" err

finish
