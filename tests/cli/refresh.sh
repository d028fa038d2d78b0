#!/bin/bash
# refresh.sh - feeds into the index: every layout, every guard, generations.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2
unset SCRUB_HOME SCRUB_CONF XDG_DATA_HOME
export HOME=$work/user
umask 022

# home SECTION-LINES: a new home with one list, "national".
home() {
	rm -rf h feeds
	mkdir feeds
	"$scrub" init --quiet --home h 2>/dev/null || return 1
	printf '%s\n' '[list "national"]' "$@" >>h/scrub.conf
}

# conf SECTION-LINES: other settings of that list.
conf() {
	printf '%s\n' '[list "national"]' "$@" >h/scrub.conf
}

# One that hangs ends with 124.
refresh() {
	timeout 60 "$scrub" refresh --home h "$@"
}

in_force() {
	readlink h/index/current
}

# gives STATUS COMMAND...: the exit status is this one.
gives() {
	local want=$1 got=0
	shift
	"$@" >out 2>said || got=$?
	[ $got -eq "$want" ] || {
		echo "exit status $got, not $want: $*"
		cat out said
		return 1
	}
}

# entries N: the last refresh printed so many of the list.
entries() {
	grep -q "^national	[a-z]*	$1 entries" out || {
		echo "not $1 entries:"
		cat out
		return 1
	}
}

# refusals GUARD: how many of it refresh.log and the audit log have by now.
refusals() {
	grep -c "refused: list national: $1: " h/refresh.log 2>/dev/null
	"$scrub" audit list --home h |
	    grep -c "refresh.refused.*\"list\":\"national\".*\"guard\":\"$1\""
}

# fires GUARD TEXT [OPTION...]: the guard refuses the refresh, with this figure,
# a hint that mends it, and the generation stays.
fires() {
	local guard=$1 text=$2 before logged
	shift 2
	before=$(in_force)
	logged=$(refusals "$guard")
	gives 10 refresh "$@" || return 1
	if ! grep "list national: $guard: " said | grep -qF "$text" ||
	    ! grep -A 1 "list national: $guard: " said |
	    grep -q '^scrub: hint: .*scrub refresh --list national'
	then
		cat said
		return 1
	fi
	[ "$(in_force)" = "$before" ] || {
		echo "$(in_force) is in force, not $before"
		return 1
	}
	[ "$(refusals "$guard")" != "$logged" ] || {
		echo "not on record"
		return 1
	}
}

# alone GUARD...: the last refresh told of these, in this order, and no others.
alone() {
	printf '%s\n' "$@" >want
	sed -n 's/^scrub: list [a-z]*: \([a-z]*\): .*/\1/p' said >told
	diff -u want told
}

# lines FROM N: registry lines of Toronto.
lines() {
	awk -v from="$1" -v n="$2" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "416,%d\n", from + i
	}'
}

# ---- layouts ----

layout_lines() {
	home 'feed = ../feeds/a' 'layout = lines' 'region = CA' || return 1
	printf '%s\n' 4162234567 '+1 416 223 4568' >feeds/a
	gives 0 refresh && entries 2
}
ok "layout lines: one number a line" layout_lines

layout_csv() {
	home 'feed = ../feeds/a' 'layout = csv' 'region = CA' \
	    'map.number = who' || return 1
	printf '%s\n' 'id,who' '1,4162234567' '2,4162234568' >feeds/a
	gives 0 refresh && entries 2
}
ok "layout csv: columns by map" layout_csv

layout_scope() {
	home 'feed = ../feeds/a' 'layout = csv' 'region = CN' 'kind = dnc' ||
	    return 1
	printf '%s\n' 'number,campaign' '13812345678,spring' '13912345678,' \
	    '13712345678,autumn' >feeds/a
	gives 0 refresh && entries 3 || return 1
	printf '%s\n' phone 13812345678 13912345678 13712345678 >list.csv
	gives 0 "$scrub" list.csv --home h --region CN --campaign spring \
	    -o - --quiet &&
	    [ "$(cat out)" = "$(printf '%s\n' phone 13712345678)" ]
}
ok "layout csv: a campaign without a topic" layout_scope

layout_registry() {
	home 'feed = ../feeds/a' 'layout = registry' || return 1
	lines 2234567 3 >feeds/a
	gives 0 refresh && entries 3
}
ok "layout registry: AAA,NNNNNNN" layout_registry

layout_xml() {
	home 'feed = ../feeds/a' 'layout = dncl-xml' || return 1
	cat >feeds/a <<-'END'
	<?xml version="1.0"?>
	<!-- a full list -->
	<list type='full' level='ac' val='416' />
	<ac val='416'><ph val='2234567' /><ph val="2234568"/></ac>
	<ac val='647'>
	<ph val='2234567' />
	</ac>
	END
	gives 0 refresh && entries 3
}
ok "layout dncl-xml: area codes around numbers" layout_xml

layout_changes() {
	home 'feed = ../feeds/changes' 'layout = changes' 'base = ../feeds/a' \
	    'base-layout = registry' 'base-sequence = 4' 'max-shrink = 30' || return 1
	mkdir feeds/changes
	lines 2234567 3 >feeds/a
	printf '%s\n' action,number 'delete,4162234567' 'add,6472234567' \
	    'add,6472234568' >feeds/changes/c-0005.csv
	touch -d '2 hours ago' feeds/changes/*
	gives 0 refresh && entries 4 || return 1
	# the last word counts
	printf '%s\n' action,number 'd,6472234568' 'a,6472234568' \
	    'd,6472234567' >feeds/changes/c-0006.csv
	touch -d '2 hours ago' feeds/changes/*
	gives 0 refresh && entries 3 || return 1
	"$scrub" index info --home h | grep -q 'change list 6' || return 1
	gives 0 refresh && grep -q ^unchanged out
}
no_changes_yet() {
	home 'feed = ../feeds/changes' 'layout = changes' 'base = ../feeds/a' \
	    'base-layout = registry' || return 1
	mkdir feeds/changes
	lines 2234567 3 >feeds/a
	gives 0 refresh && entries 3
}
ok "layout changes: a base may stand alone" no_changes_yet
ok "layout changes: added, deleted, the last word counts" layout_changes

by_column() {
	home 'feed = ../feeds/a' 'layout = changes' 'region = CA' \
	    'map.sequence = no' || return 1
	printf '%s\n' no,action,number 1,add,4162234567 1,add,4162234568 \
	    2,delete,4162234567 >feeds/a
	gives 0 refresh && entries 1 || return 1
	printf '%s\n' 2,add,4162234569 4,add,4162234570 >>feeds/a
	fires gap 'change list 3 is missing'
}
ok "layout changes: numbers in a column" by_column

folder() {
	home 'feed = ../feeds' 'layout = registry' || return 1
	lines 2234567 1 >feeds/dnc-2026-03-01.txt
	lines 2234567 2 >feeds/dnc-2026-03-02.txt
	lines 2234567 3 >feeds/dnc-2026-03-03.txt.part
	lines 2234567 4 >feeds/.dnc-2026-03-04.txt
	touch -d '1 hour ago' feeds/*.txt
	lines 2234567 5 >feeds/dnc-2026-03-05.txt # just now: still growing
	conf 'feed = ../feeds' 'layout = registry' 'max-age = never'
	gives 0 refresh && entries 2
}
ok "of a drop folder the newest complete file counts" folder

# ---- guards, one by one ----

home 'feed = ../feeds/a' 'layout = registry' 'owner = the desk'
lines 2234000 100 >feeds/a
touch -d '1 hour ago' feeds/a
ok "before the first generation: a dry run" gives 0 refresh --dry-run
ok "a first generation" gives 0 refresh
cp -p feeds/a feeds/good

rm feeds/a
ok "guard missing" fires missing 'feeds/a: there is no complete file'
: >feeds/a
ok "guard empty" fires empty '(0 lines)'
lines 2234000 50 >feeds/a
ok "guard shrunk" fires shrunk '50 entries are 50.0 % fewer than before (100)'
lines 2234000 90 >feeds/a
before=$(in_force)
ok "a tenth less is no alarm" gives 0 refresh --dry-run
ok "and a dry run changes nothing" [ "$before" = "$(in_force)" ]
lines 2234000 100 | head -c -1 >feeds/a
ok "guard truncated: no line end" fires truncated 'after line 100'
{
	lines 2234000 98
	printf '%s\n' nonsense,x more,y
} >feeds/a
ok "guard unreadable" fires unreadable '2 of 100 lines'
quarantined() {
	printf '%s\n' 'file,line,reason,record' >want
	[ "$(head -n 1 h/national.unusable.csv)" = "$(cat want)" ] &&
	    [ "$(wc -l <h/national.unusable.csv)" -eq 3 ] &&
	    grep -q ',99,.*,"nonsense,x"$' h/national.unusable.csv &&
	    [ "$(stat -c %a h/national.unusable.csv)" = 600 ]
}
ok "unusable lines stand in quarantine" quarantined
lines 2234000 100 >feeds/a
touch -d '2 days ago' feeds/a
ok "guard older" fires older 'older than what the present generation holds'
ok "older may be accepted" gives 0 refresh --accept older
ok "mended, the quarantine goes" [ ! -e h/national.unusable.csv ]
echo 4162234567 >feeds/a
ok "guard layout" fires layout 'its first line has 1 fields, not 2'
cp feeds/good feeds/a
conf 'feed = ../feeds/a' 'layout = registry' 'min-count = 101'
ok "guard few" fires few '100 entries are fewer than min-count (101)'
conf 'feed = ../feeds/a' 'layout = registry' 'max-age = 1d'
touch -d '26 hours ago' feeds/a
ok "guard stale" fires stale 'over max-age (1.0 days)' --accept older
conf 'feed = ../feeds/a' 'feed = ../feeds/b' 'layout = registry'
lines 2235000 10 >feeds/b
touch -d '3 days ago' feeds/b
ok "guard dates" fires dates 'its feeds are of different dates'
ok "dates may be accepted" gives 0 refresh --accept dates --accept older
: >feeds/b
touch -r feeds/a feeds/b
ok "guard empty: one of several feeds" fires empty 'feeds/b is empty' \
    --accept older

home 'feed = ../feeds/a' 'layout = registry' 'max-age = 12h'
lines 2234000 10 >feeds/a
touch -d '-13 hours -3 minutes' feeds/a
ok "guard stale: hours, where the limit is in hours" fires stale \
    'is 13.1 hours old, over max-age (12.0 hours)'
touch -d '-11 hours -59 minutes' feeds/a
ok "just in time" gives 0 refresh
in_hours() {
	gives 10 "$scrub" check --home h --region US --as-of \
	    "$(date -u -d '+4 minutes' +%Y-%m-%dT%H:%M:%SZ)" 4162234567 &&
	    grep -qF ', 12.1 hours before the planned time, over max-age (12.0 hours)' said
}
ok "and so for runs" in_hours

home 'feed = ../feeds/a' 'layout = registry' 'max-age = never'
lines 2234000 10 >feeds/a
touch -d '+20 hours' feeds/a
ok "a feed from where it is tomorrow already" gives 0 refresh
touch -d '+25 hours' feeds/a
ok "guard future: by its time" fires future 'feeds/a is of '
ok "which nobody may mean" gives 2 refresh --accept future
cp feeds/a feeds/dnc-2199-03-01.txt
conf 'feed = ../feeds/dnc-2199-03-01.txt' 'layout = registry'
ok "guard future: by its name" fires future \
    'feeds/dnc-2199-03-01.txt is of 2199-03-01T00:00:00Z, more than a day after 20'
rm feeds/*
conf 'feed = ../feeds' 'layout = registry'
lines 2234000 10 | tee feeds/a >feeds/b
touch -d '-1 hour' feeds/a
touch -d '+3 days' feeds/b
ok "guard future: not passed over for an older file of its folder" \
    fires future 'feeds/b is of '
as_of() {
	gives 0 refresh --as-of "$(date -u -d '+49 hours' +%Y-%m-%dT%H:%M:%SZ)"
}
ok "what is of the future is said by --as-of" as_of

pipe() {
	home 'feed = ../feeds/a' 'layout = lines' 'region = CA' || return 1
	mkfifo feeds/a
	fires missing 'feeds/a: neither a file nor a folder' || return 1
	conf 'feed = ../feeds/c' 'layout = changes' 'region = CA' \
	    'base = ../feeds/b' 'base-layout = lines'
	echo 4162234567 >feeds/b
	gives 0 refresh || return 1
	mkfifo feeds/c
	fires missing 'feeds/c: neither a file nor a folder'
}
ok "guard missing: a pipe is no feed, and nobody waits for it" pipe

pretend_first() {
	home 'feed = ../feeds/a' 'layout = registry' || return 1
	lines 2234000 10 >feeds/a
	gives 0 refresh --dry-run &&
	    grep -q '^national	read	10 entries	0 before	+10 -0' out
}
ok "a dry run before the first generation" pretend_first

cut_where() { # LAYOUT TEXT CONTENT
	home 'feed = ../feeds/a' "layout = $1" 'region = CA' || return 1
	printf '%b' "$3" >feeds/a
	fires truncated "$2"
}
ok "guard truncated: XML before its first number" cut_where dncl-xml \
    'feeds/a is cut off at line 3: <ac is open' '<list/>\n<ac val="416">\n'
ok "guard truncated: in its first tag" cut_where dncl-xml \
    'feeds/a is cut off at line 1: <' '<ac val='
ok "guard truncated: a quote" cut_where csv \
    'feeds/a is cut off at line 3: a quote opened here is never closed' \
    'number\n4162234567\n"416\n\n'
ok "guard truncated: the first line" cut_where lines \
    'feeds/a is cut off after line 1: its last line has no line end' 416223

refused_json() {
	home 'feed = ../feeds/a' 'layout = registry' 'min-count = 5' || return 1
	lines 2234000 2 >feeds/a
	touch -d '40 days ago' feeds/a
	gives 10 refresh --json && alone stale few || return 1
	grep -q '^{"schema":"scrub.refresh/1","dry_run":false,"changed":false,"before":0,"generation":0,"lists":\[\],"refused":\[{"list":"national","guard":"stale","why":".* over max-age (31.0 days)","hint":".*scrub refresh --list national"},{"list":"national","guard":"few","why":"2 entries .*","hint":".*"}\]}$' out &&
	    [ "$(wc -l <out)" -eq 1 ] || {
		cat out
		return 1
	}
}
ok "--json tells what refuses it" refused_json

# ---- all that is wrong, at once ----

all_at_once() {
	home 'feed = ../feeds/a' 'layout = registry' 'min-count = 20' || return 1
	lines 2234000 100 >feeds/a
	gives 0 refresh || return 1
	printf '%s\n' '[list "gone"]' 'feed = ../feeds/b' 'feed = ../feeds/c' \
	    'layout = registry' '[list "cut"]' 'feed = ../feeds/d' \
	    'feed = ../feeds/e' 'feed = ../feeds/f' 'layout = registry' \
	    '[list "sound"]' 'feed = ../feeds/g' 'layout = registry' \
	    >>h/scrub.conf
	{
		lines 2234000 9
		echo x,y
	} >feeds/a
	touch -d '-40 days -1 hour' feeds/a
	: >feeds/d
	printf '416,2234567\n416' >feeds/e
	echo 4162234567 >feeds/f
	lines 2234000 5 >feeds/g
	gives 10 refresh || return 1
	alone older stale unreadable few shrunk missing missing empty truncated \
	    layout || return 1
	# each file and each list by its name
	grep -q '^scrub: list gone: missing: .*/feeds/b: ' said &&
	    grep -q '^scrub: list gone: missing: .*/feeds/c: ' said &&
	    grep -q '^scrub: list cut: empty: .*/feeds/d is empty' said &&
	    grep -q '^scrub: list cut: truncated: .*/feeds/e .*after line 2:' \
		said &&
	    grep -q '^scrub: list cut: layout: .*/feeds/f: ' said &&
	    [ "$(grep -c '^scrub: hint: .*scrub refresh --list' said)" -eq 10 ] &&
	    [ "$(grep -c 'refused: .*; generation 1 stays$' h/refresh.log)" \
		-eq 10 ] && [ "$(in_force)" = 00000001.idx ] || return 1
	# a dry run finds the same, and records nothing
	mv said before
	gives 10 refresh --dry-run && same before said &&
	    [ "$(grep -c refused h/refresh.log)" -eq 10 ] || return 1
	# and so when all of it is found in reading
	gives 10 refresh --force || return 1
	lines 2234000 100 >feeds/a
	lines 2234000 1 | tee feeds/b feeds/c feeds/d >feeds/e
	gives 10 refresh && alone layout && grep -q '/feeds/f: ' said || return 1
	lines 2234000 1 >feeds/f
	gives 0 refresh && grep -q '^sound	read	5 entries' out
}
ok "all guards of all lists and feeds speak at once" all_at_once

home 'feed = ../feeds/a' 'layout = dncl-xml'
printf '<ac val="416"><ph val="2234567"/>\n' >feeds/a
ok "guard truncated: XML that is not closed" fires truncated '<ac is open'

home 'feed = ../feeds' 'layout = changes' 'region = CA' 'max-age = never'
printf '%s\n' action,number a,4162234567 >feeds/c-1.csv
printf '%s\n' action,number a,4162234568 >feeds/c-2.csv
touch -d '2 hours ago' feeds/*
ok "change lists 1 and 2" gives 0 refresh
printf '%s\n' action,number a,4162234569 >feeds/c-4.csv
touch -d '2 hours ago' feeds/*
ok "guard gap" fires gap 'change list 3 is missing'
rm feeds/c-4.csv
cp -p feeds/c-2.csv feeds/again-2.csv
ok "guard replay: twice" fires replay 'change list 2 comes twice'
rm feeds/again-2.csv
printf '%s\n' action,number a,4162234570 >feeds/c-2.csv
touch -d '2 hours ago' feeds/*
ok "guard replay: altered" fires replay 'applied already, and is another'
rm feeds/c-2.csv
ok "guard gap: an applied one is gone" fires gap 'change list 2 is missing'

home 'feed = ../feeds/a' 'layout = registry'
lines 2000000 1000000 >feeds/a
grow() {
	while :; do
		echo 416,2234567
		sleep 0.005
	done >>feeds/a
}
grow &
grower=$!
ok "guard growing" fires growing 'changed while it was read'
kill $grower
wait $grower 2>/dev/null

lines 2000000 1000000 >feeds/a
shrink() {
	while :; do
		truncate -s -12 feeds/a
		sleep 0.005
	done
}
shrink &
shrinker=$!
ok "guard growing: cut while it is read" fires growing 'changed while it was read'
kill $shrinker
wait $shrinker 2>/dev/null

# Every guard of the man page is among those above.
guards() {
	sed -n 's/^\.It Ic \([a-z]*\)$/\1/p' "$root/man/scrub-refresh.1" |
	    sort >in-page
	sed -n 's/^.*fires \([a-z]*\) .*$/\1/p' "$root/tests/cli/refresh.sh" |
	    grep -v '^as' | sort -u >tested
	[ -s in-page ] && diff -u in-page tested
}
ok "each guard of the manual page fires here" guards

# ---- generations ----

home 'feed = ../feeds/a' 'layout = registry' 'coverage = 416, +1647'
printf '[refresh]\nkeep-generations = 2\n' >>h/scrub.conf
for n in 10 11 12 13; do
	lines 2234000 $n >feeds/a
	touch -d "$((20 - n)) minutes ago" feeds/a
	gives 0 refresh || break
done
kept() {
	(cd h/index && ls -- *.idx) >have
	printf '%s\n' 00000003.idx 00000004.idx >want
	diff want have
}
ok "so many generations are kept" kept
# One that was killed between putting its generation in force and removing the
# oldest left one too many; then nothing has changed.
one_more() {
	cp h/index/00000003.idx h/index/00000002.idx
	gives 0 refresh --dry-run && [ -e h/index/00000002.idx ] &&
	    gives 0 refresh && kept
}
ok "one too many goes, too, when nothing has changed" one_more
ok "nothing changed: no new one" gives 0 refresh
ok "which it says" grep -q '^unchanged	generation 4$' out
ok "quiet says nothing" gives 0 refresh --quiet
ok "nothing at all" [ ! -s out -a ! -s said ]
ok "rollback" gives 0 "$scrub" index rollback --home h
ok "to the one before" [ "$(in_force)" = 00000003.idx ]
ok "there is none before that" gives 2 "$scrub" index rollback --home h
ok "rollback forward" gives 0 "$scrub" index rollback --home h 4
ok "verify" gives 0 "$scrub" index verify --home h
touch feeds/a
touched() {
	gives 0 refresh && grep -q '^national	unchanged	13 entries' out
}
ok "a touched file with the same bytes is not read again" touched
differs() {
	lines 2234001 13 >feeds/a
	gives 0 refresh --dry-run &&
	    grep -q '^national	read	13 entries	13 before	+1 -1 ' out
}
ok "a dry run counts what comes and goes" differs
ok "what changed is read" gives 0 refresh
with_opt_out() {
	"$scrub" dnc add --home h --region CA --reason request --by test \
	    4162345678 >/dev/null || return 1
	gives 0 refresh && grep -q '^internal	compiled	1 entries' out &&
	    grep -q '^national	unchanged	13 entries' out &&
	    "$scrub" index info --home h | grep -q '^facts	14$'
}
ok "the register is compiled in, the list taken over" with_opt_out
again() {
	gives 0 refresh && grep -q ^unchanged out
}
ok "refresh's own records are no change" again
second_list() {
	cp h/scrub.conf conf.one
	printf '%s\n' '[list "state"]' 'feed = ../feeds/s' \
	    'layout = registry' >>h/scrub.conf
	lines 3234000 5 >feeds/s
	gives 2 refresh --list national || return 1
	gives 0 refresh || return 1
	rm feeds/s
	lines 2234001 14 >feeds/a
	gives 0 refresh --list national && entries 14 &&
	    grep -q '^state	unchanged	5 entries' out || return 1
	gives 10 refresh && grep -q 'list state: missing' said || return 1
	mv conf.one h/scrub.conf
	gives 0 refresh && grep -q '^state	dropped$' out
}
ok "one list of two; a list that goes" second_list
two() {
	flock h/index/lock sleep 2 &
	sleep 0.3
	gives 11 refresh
	local status=$?
	wait
	return $status
}
ok "a second refresh at once: exit 11" two
altered() {
	cp "h/index/$(in_force)" kept
	alter "h/index/$(in_force)" 100
	gives 12 refresh && gives 12 "$scrub" index verify --home h &&
	    gives 12 "$scrub" index info --home h || return 1
	gives 0 refresh --force && gives 0 "$scrub" index verify --home h
}
ok "an altered generation: exit 12; --force reads anew" altered
# version N: the format of the index in force is said to be that.
version() {
	printf "\\$1" | dd of="h/index/$(in_force)" bs=1 seek=8 conv=notrunc \
	    2>/dev/null
}
older() {
	local before

	before=$(in_force)
	version 1
	gives 12 "$scrub" index verify --home h &&
	    grep -q "version 1, and.* reads version 3" said || return 1
	# shrink and age would have nothing to be compared with
	gives 12 refresh && grep -q "refresh --force" said &&
	    gives 12 refresh --dry-run && [ "$(in_force)" = "$before" ] &&
	    gives 0 refresh --force && [ "$(in_force)" != "$before" ] &&
	    gives 0 "$scrub" index verify --home h
}
ok "one of an earlier version: exit 12; --force builds it anew" older
newer() {
	local before

	before=$(in_force)
	version 4
	gives 12 refresh && grep -q 'a newer scrub reads it' said &&
	    [ "$(in_force)" = "$before" ] && gives 0 refresh --force &&
	    gives 0 "$scrub" index verify --home h
}
ok "one of a later version: exit 12" newer
ok "no leftovers" [ -z "$(find h -name '.*' ! -name . -print)" ]
none() {
	home 'feed = ../feeds/a' || return 1
	gives 10 "$scrub" index info --home h &&
	    gives 10 "$scrub" index verify --home h
}
ok "no index yet: exit 10" none

# ---- scrub.conf ----

# wrong TEXT LINE...: the settings are refused, with line and reason.
wrong() {
	local text=$1
	shift
	conf "$@"
	gives 2 refresh || return 1
	grep -qF "$text" said || {
		cat said
		return 1
	}
}
ok "conf: no feed" wrong "line 1: list 'national' has no feed" 'layout = lines'
ok "conf: unknown setting" wrong "line 3: fed: a list has no such setting" \
    'feed = a' 'fed = b'
ok "conf: layout" wrong "line 2: layout: 'xls' is no layout" 'layout = xls'
ok "conf: age" wrong "line 2: max-age: '31' is no age" 'max-age = 31'
ok "conf: region" wrong 'line 2: region: ' 'region = XX'
ok "conf: kind" wrong "line 2: kind: 'black' is no kind of list" 'kind = black'
ok "conf: per cent" wrong 'line 2: max-shrink: ' 'max-shrink = 101'
ok "conf: field" wrong 'line 2: map.phone: there is no field phone' 'map.phone = x'
ok "conf: coverage" wrong "line 4: coverage: '4x6' is no area code" 'feed = a' \
    'layout = registry' 'coverage = 4x6'
ok "conf: base without changes" wrong 'are for layout changes' 'feed = a' \
    'base = b'
ok "conf: calls need dates" wrong 'kind calls needs dates' 'feed = a' \
    'layout = lines' 'kind = calls'
section() { # TEXT SECTION
	printf '%s\n' "$2" >h/scrub.conf
	gives 2 refresh && grep -qF "$1" said
}
ok "conf: a name in quotes" section 'line 1: [list national] names no list' \
    '[list national]'
ok "conf: a name of the register's" section "'internal' is a list of the reg" \
    '[list "internal"]'
ok "conf: twice" section "line 2: list 'a' stands in line 1 already" \
    '[list "a"]
[list "a"]'

finish
