#!/bin/bash
# index_calls.sh - calls out of a feed: those that have not been made yet, and
# those that nobody answered.  And no output goes through a link into the home.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

at() { # WHEN, as date(1) has it
	date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ
}

"$scrub" init --quiet --home home || exit 2
{
	printf 'region = US\ntz = UTC\n'
	printf '[list "log"]\nkind = calls\nfeed = ../calls.csv\n'
	printf 'layout = csv\nmax-age = never\n'
} >home/scrub.conf

# Called once an hour ago; the dialler's clock is hours ahead for the rest.
{
	echo number,called_at,outcome
	echo "2125550169,$(at '-1 hour'),answered"
	for ahead in '+5 hours' '+6 hours' '+70 years' '+109 years'; do
		echo "2125550169,$(at "$ahead"),answered"
	done
	# Answered once, tried twice.
	echo "2125550170,$(at '-3 hours'),answered"
	echo "2125550170,$(at '-2 hours'),busy"
	# Only yet to come.
	echo "2125550171,$(at '+5 hours'),answered"
} >calls.csv
touch -d '-1 minute' calls.csv
printf 'id,phone\n1,2125550169\n2,2125550170\n3,2125550171\n' >campaign.csv
ok "the index is made" run 0 "$scrub" refresh --home home \
    --conf home/scrub.conf

# ROWS: the ids that are kept, from the index and from the file, now and a day on.
kept() { # ROWS OPTION...
	local rows=$1
	shift
	run 0 "$scrub" run campaign.csv -o index.csv --home home \
	    --region US --tz UTC "$@" &&
	    run 0 "$scrub" run campaign.csv -o file.csv --no-register \
		--region US --tz UTC --calls calls.csv "$@" &&
	    same file.csv index.csv &&
	    [ "$(tail -n +2 index.csv | cut -d, -f1 | xargs)" = "$rows" ]
}
ok "calls to come do not hide one that was made" kept '3' --cap 1/24h
ok "nor two of them" kept '1 3' --cap 2/24h
ok "not for a cap of ever" kept '3' --cap 1/total
ok "what nobody answered is told apart" kept '1 2 3' --cap '2/24h answered'
ok "what was answered counts" kept '3' --cap '1/24h answered'
ok "when they have come, they count" kept '' --cap 1/total \
    --as-of "$(at '+7 hours')"

# Through links, too, nothing is written over what the home has.
cp "$(readlink -f home/index/current)" before
link() { # NAME
	ln -sf "$PWD/home/$1" link
	run 2 "$scrub" run campaign.csv -o link --home home --cap 1/24h
}
ok "an output is not the index" link "index/$(readlink home/index/current)"
ok "nor a new file beside it" link index/new
ok "nor the log of refreshes" link refresh.log
ok "nor is that by its name" run 2 "$scrub" run campaign.csv \
    -o home/refresh.log --home home --cap 1/24h
ok "the index is as it was" cmp before "$(readlink -f home/index/current)"

finish
