#!/bin/bash
# check_index.sh - a check that stays open answers by the generation of the
# index that is in force when it is asked, and stops answering when a list has
# become too old.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2
unset SCRUB_HOME SCRUB_CONF XDG_DATA_HOME
export HOME=$work/user

# feed NUMBER...: the feed of list "national" has these, of Toronto.
feed() {
	printf '416,%s\n' "$@" >feed
}

begin() { # [OPTION]...
	coproc check { exec "$scrub" check --home h --region CA "$@" - 2>said; }
	pid=$check_PID
	# moved, so that closing them closes its input
	exec {to}>&"${check[1]}"- {from}<&"${check[0]}"-
}

# answers CODE NUMBER: the open check says so.
answers() {
	local code=$1 line=
	printf '416%s\n' "$2" >&"$to"
	if ! IFS= read -r -t 20 line <&"$from" ||
	    [ "$(cut -f 2 <<<"$line")" != "$code" ]
	then
		echo "not $code: $line"
		cat said
		return 1
	fi
}

# ends STATUS [TEXT]: the open check does, without another answer.
ends() {
	local status=0 line=
	exec {to}>&- # what was asked before is still there to be read
	if IFS= read -r -t 20 line <&"$from"; then
		echo "an answer: $line"
	fi
	exec {from}<&-
	wait "$pid" || status=$?
	if [ -n "$line" ] || [ "$status" -ne "$1" ] ||
	    [[ $(<said) != *"${2-}"* ]]
	then
		echo "status $status, not $1"
		cat said
		return 1
	fi
}

ask() { # NUMBER
	printf '416%s\n' "$1" >&"$to"
}

refresh() {
	run 0 "$scrub" refresh --home h --quiet "$@"
}

"$scrub" init --quiet --home h 2>/dev/null || exit 2
begin
ok "without an index there is nothing on a list" answers ok 2234567

printf '%s\n' '[list "national"]' 'feed = ../feed' 'layout = registry' \
    'max-shrink = 100' '[refresh]' 'keep-generations = 2' >h/scrub.conf
feed 2234567 2234568
ok "the first generation is made meanwhile" refresh
ok "and holds at once" answers listed 2234567
feed 2234567 2234569
ok "the next one" refresh
ok "holds: what was added" answers listed 2234569
ok "what came off" answers ok 2234568
ok "and what stayed" answers listed 2234567
ok "going back to the one before" run 0 "$scrub" index rollback --home h
ok "holds, too" answers listed 2234568
ok "in both directions" answers ok 2234569

many() {
	local n
	for n in $(seq 20); do
		feed 2234567 "$((2235000 + n))"
		refresh --keep-generations 1 && answers listed \
		    "$((2235000 + n))" && answers ok "$((2234999 + n))" ||
		    return 1
	done
}
ok "twenty generations, each from the line after it" many
printf '%s\n' '[list "more"]' 'feed = ../extra' 'layout = registry' \
    >>h/scrub.conf
printf '416,2239999\n' >extra
ok "a list more" refresh
ok "blocks" answers listed 2239999
sed -i '/more/,$d' h/scrub.conf
ok "a list less" refresh
ok "does not" answers ok 2239999
ok "the end of its questions" ends 3

# ---- a file that was given beside the index stays as it was read ----

printf 'number\n4162230001\n' >mine.csv
begin --dnc mine.csv
ok "a file beside the index" answers dnc 2230001
feed 2230002
ok "another generation" refresh
ok "the file still blocks" answers dnc 2230001
ok "and so does the new list" answers listed 2230002
ok "the end" ends 3

# ---- lists grow old ----

sed -i 's/^max-shrink.*/&\nmax-age = 30d/' h/scrub.conf
# old: the feed has some seconds left; until_stale waits for their end.
old() {
	feed 2234567
	end=$(($(date +%s) + 8))
	touch -d "@$((end - 30 * 86400))" feed
	refresh --accept older
}
# The clock that scrub reads may be a tick behind that of date.
until_stale() {
	while [ "$(date +%s)" -le $((end + 1)) ]; do
		sleep 0.2
	done
}
ok "a feed with some seconds left" old
begin
ok "is good for an answer" answers listed 2234567
until_stale
ask 2234567
ok "and then for none" ends 10 'list national: stale: '
ok "nor does a check begin" run 10 "$scrub" check --home h --region CA \
    4162234567

ok "a feed with some seconds left" old
begin
ok "is good for an answer" answers listed 2234567
feed 2234567 2234568
ok "when a new one comes in time" refresh
until_stale
ok "there is one later, too" answers listed 2234568
ok "the end" ends 3

ok "a feed with some seconds left" old
begin --as-of "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
until_stale
ok "as of a moment before, it is not too old" answers listed 2234567
ok "the end" ends 3

# ---- an index that cannot be relied on ----

feed 2234567
ok "a sound index" refresh
begin
ok "gives an answer" answers listed 2234567
feed 2234568
ok "the next one" refresh
now=$(readlink -f h/index/current)
cp "$now" kept
alter "$now" 100
ask 2234567
ok "is altered: no answer" ends 12 "its head was altered"
cp kept "$now"
begin
ok "mended" answers listed 2234568
ln -sfn 99999999.idx h/index/current
ask 2234568
ok "the link leads nowhere: no answer" ends 12 'leads to no generation'
rm h/index/current
ok "without any" run 10 "$scrub" check --home h --region CA 4162234567

finish
