#!/bin/bash
# index_recent.sh - a run that takes the register's facts from the index, and
# what has changed since from the register, gives the bytes and the reasons
# that the register alone gives: after random changes of every kind, for
# planned times before and after the index was made, with the campaign read
# once and twice; and no edit of the register by other means hides a change.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

rows=6000 rounds=8 changes=24
[ "$slow" = no ] || rows=1500 rounds=3
zone=Europe/Berlin
seed=$((7 + ${SOAK:-0}))
RANDOM=$seed
export SCRUB_HOME=$work/home
unset SCRUB_CONF

now=$(date +%s)
sed "s/now = 1774791000/now = $((now - 5))/
    s/midnight = 1774738800/midnight = $(TZ=$zone date -d 00:00 +%s)/" \
    "$oracle/gen.awk" >gen.awk
awk -v rows="$rows" -v seed="$seed" -f gen.awk || exit 2
{
	printf '%s\n' "$header"
	tr '\001' '\n' <records.txt
} >campaign.csv

moment() { date -u -d "@$((now + $1))" +%FT%TZ; }

policy=(--region CN --types mobile --types fixed --regions CN --person customer
	--cap 3/24h --cap '5/7d answered' --cap 2/60d --tz "$zone"
	--topic insurance --campaign spring)

# ---- the two homes ----

import() { # WHAT FILE [OPTION]...
	local what=$1 file=$2
	shift 2
	run 0 "$scrub" "$what" import --region CN --tz "$zone" --max-bad 5 \
	    --by tester --quiet "$@" "$file"
}

# One with the index; and what it comes to without: the feeds as files.
plain=(--listed national=national.csv --dnc dnc2.csv --max-bad 5)
without_index() {
	rm -rf plain && cp -r home plain && rm -r plain/index &&
	    : >plain/scrub.conf
}

# A tie between two lists may be told either way.
told() { # REPORT
	tr -d '"' <"$1" |
	    sed -E 's/list (dnc2?|internal|national)/list X/
		s/, by (person|prefix)//'
}

# way NAME: which way the last run took to the register.
way() {
	case $(tr -d ' \n' <out) in
	*'"name":"internal","kind":"dnc",'*'"looked_up":true'*) echo looked ;;
	*'"looked_up":false,"in_index":true'*) echo index ;;
	*) echo loaded ;;
	esac
}

both() { # WAY CAMPAIGN AS-OF [OPTION]...: ANY for whatever way it takes
	local want=$1 campaign=$2 at=$3
	shift 3
	without_index || return
	run 0 "$scrub" run "$campaign" -o i.clean --rejects i.rejected --json \
	    --quiet "${policy[@]}" --as-of "$at" "$@" || return
	[ "$want" = ANY ] || [ "$(way)" = "$want" ] || {
		echo "it was $(way)"
		return 1
	}
	run 0 "$scrub" run "$campaign" -o 2.clean --rejects 2.rejected --passes 2 \
	    --quiet "${policy[@]}" --as-of "$at" "$@" || return
	same i.clean 2.clean && same i.rejected 2.rejected || return
	run 0 "$scrub" run "$campaign" -o r.clean --rejects r.rejected --home plain \
	    --quiet "${policy[@]}" "${plain[@]}" --as-of "$at" "$@" || return
	[ -s r.clean ] && same r.clean i.clean || return
	told r.rejected >want
	told i.rejected >got
	same want got
}

kept_numbers() { # FILE [OPTION]...: those that a run keeps
	local to=$1
	shift
	rm -f all.csv no.csv
	run 0 "$scrub" run campaign.csv -o all.csv --rejects no.csv --add e164 \
	    --quiet "$@" || return
	grep -oE '\+86[0-9]{10,11}.?$' all.csv | grep -oE '\+[0-9]+' |
	    sort -u >"$to" && [ -s "$to" ]
}

# ---- random changes ----

pick() { # FILE: a line of it
	sed -n "$(((RANDOM * 32768 + RANDOM) % $(wc -l <"$1") + 1))p" "$1"
}
number() { pick numbers; }
person() {
	if [ -s links ] && [ $((RANDOM % 2)) = 0 ]; then
		pick links | cut -d ' ' -f 1
	else
		echo "C$((RANDOM % 60))"
	fi
}
whom() {
	if [ $((RANDOM % 4)) = 0 ]; then
		echo "--person $(person)"
	else
		number
	fi
}
when() { moment $(((RANDOM % 40 - 20) * 43200)); }
later() { moment $(((RANDOM % 20 + 1) * 43200)); }
# One that finds nothing to change is fine (3), one that is no command is not.
entry() {
	"$scrub" "$@" --yes --by tester >/dev/null 2>log
	[ $? != 2 ] || cat log >>unmade
}
prefixes=(+8613 +861381 +86755 +8610)

# Whom it is about, or what: a change that is refused or changes nothing is
# one too.
# shellcheck disable=SC2046 # some are two words
change() {
	case $((RANDOM % 22)) in
	0 | 1) entry dnc add --reason request $(whom) ;;
	2) entry dnc add --reason legal --effective "$(later)" $(whom) ;;
	3) entry dnc add --reason policy --expires "$(later)" $(whom) ;;
	4) entry dnc add --reason other --topic insurance $(whom) ;;
	5) entry dnc add --reason policy "${prefixes[RANDOM % 4]}$((RANDOM % 10))*" ;;
	6 | 7) entry dnc remove --reason mistake $(whom) ;;
	8) entry dnc remove --reason mistake "${prefixes[RANDOM % 4]}$((RANDOM % 10))*" ;;
	9) entry consent grant --at "$(when)" --topic insurance $(whom) ;;
	10) entry consent grant --effective "$(later)" $(whom) ;;
	11 | 12) entry consent withdraw $(whom) ;;
	13) entry allow add --effective "$(later)" $(whom) ;;
	14) entry allow remove --reason mistake $(whom) ;;
	15)
		echo "$(person) $(number)" >>links
		entry person link $(tail -n 1 links)
		;;
	16) [ ! -s links ] || entry person unlink $(pick links) ;;
	17)
		{
			echo called_at,number,outcome
			for _ in 1 2 3 4; do
				echo "$(when),$(number),answered"
				echo "$(moment -$RANDOM),$(number),busy"
			done
		} >some.csv
		import calls some.csv
		;;
	18)
		{
			echo phone,reason
			for _ in 1 2 3 4 5; do echo "$(number),request"; done
		} >some.csv
		import dnc some.csv
		;;
	19) reserve "$(moment $((RANDOM % 3 * 7200)))" ;;
	20) [ ! -s runs ] || entry calls release "$(tail -n 1 runs)" ;;
	21)
		printf 'called_at,number\n%s,%s\n' "$(moment -9)" "$(number)" \
		    >some.csv
		import calls some.csv --keep "$((RANDOM % 9 + 2))d"
		;;
	esac
}

# Book calls for some of the campaign.
reserve() { # AS-OF
	{
		printf '%s\n' "$header"
		awk -v n=$((RANDOM % 50)) 'NR % 50 == n' records.txt |
		    grep -v "$(printf '\001')"
	} >part.csv
	rm -f part.clean part.rejected
	"$scrub" run part.csv -o part.clean --rejects part.rejected --reserve \
	    --by tester --json --quiet "${policy[@]}" --as-of "$1" >part.json \
	    2>log || cat log >>unmade
	grep -oE '"run": *[0-9]+' part.json | grep -oE '[0-9]+' >>runs
}

# ---- first of all ----

: >runs
: >links
: >unmade
ok "a home" run 0 "$scrub" init --quiet
ok "numbers of the campaign" kept_numbers numbers --no-register --no-lists \
    --region CN
ok "lists are imported" import dnc dnc.csv
ok "consents" import consent consent.csv --yes
ok "calls" import calls calls.csv
ok "an allow list" import allow allow.csv --yes
for ((i = 0; i < changes; i++)); do change; done
reserve "$(moment 86400)"
cat >home/scrub.conf <<-CONF
	tz = Europe/Berlin
	[list "national"]
	feed = ../national.csv
	layout = csv
	kind = listed
	region = CN
	max-age = never
	max-bad = 5
	[list "dnc2"]
	feed = ../dnc2.csv
	layout = csv
	kind = dnc
	region = CN
	max-age = never
	max-bad = 5
CONF
ok "the index is made" run 0 "$scrub" refresh
ok "at once it speaks for all of the register" both index campaign.csv \
    "$(moment 3600)"
ok "for a planned time of long ago the register is read" both loaded \
    campaign.csv "$(moment -400000)"

for ((round = 1; round <= rounds; round++)); do
	for ((i = 0; i < changes; i++)); do change; done
	ok "round $round: the same soon" both ANY campaign.csv \
	    "$(moment 3600)"
	ok "round $round: the same in ten days" both ANY campaign.csv \
	    "$(moment 864000)" --threads $((RANDOM % 4 + 1))
	ok "round $round: the same a while ago" both ANY campaign.csv \
	    "$(moment -$((RANDOM * 4)))"
	[ $((round % 3)) = 0 ] && ok "round $round: a new index" run 0 "$scrub" \
	    refresh
done

ok "every change could be made" same unmade /dev/null
ok "reservations among them" [ -s runs ]
# ---- edits with other tools ----

# A number that is kept is blocked, as the last thing that happens; and somebody
# who has no key tries to undo it.
edited() { # SQL: the run refuses, or blocks the number all the same
	rm -rf edited e.clean e.rejected && cp -r home edited || return
	sqlite3 edited/register.db "$1" || return
	"$scrub" run campaign.csv -o e.clean --rejects e.rejected --json \
	    --home edited --quiet "${policy[@]}" --no-require-consent \
	    --as-of "$(moment 3600)" >out 2>err
	case $? in
	12) [ ! -e e.clean ] ;;
	0) grep -q ",dnc,$kept," e.rejected ;;
	*) cat err && false ;;
	esac
}

edits=(
	"DELETE FROM fact WHERE id = LAST"
	"UPDATE fact SET subject = 1 WHERE id = LAST"
	"UPDATE fact SET expires_at = 1 WHERE id = LAST"
	"UPDATE fact SET effective_at = 9999999999 WHERE id = LAST"
	"UPDATE fact SET removed = 1 WHERE id = LAST"
	"UPDATE fact SET superseded_by = 1 WHERE id = LAST"
	"UPDATE fact SET id = LAST + 1 WHERE id = LAST"
	"DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)"
	"UPDATE audit SET action = 'run'"
	"UPDATE audit SET mac = x'00'"
	"DELETE FROM audit"
	"UPDATE head SET facts = facts - 1; DELETE FROM fact WHERE id = LAST"
	"UPDATE subject SET kind = 2 WHERE id = SUBJECT"
	"DELETE FROM subject WHERE id = SUBJECT"
	"DROP INDEX fact_subject; DELETE FROM fact WHERE id = LAST"
	"DELETE FROM call WHERE id > 3"
	"DELETE FROM bucket WHERE id > 0"
)

if command -v sqlite3 >/dev/null; then
	ok "an index knows everything" run 0 "$scrub" refresh
	ok "numbers that are kept" kept_numbers kept "${policy[@]}" \
	    --no-require-consent --as-of "$(moment 3600)"
	kept=$(head -n 1 kept)
	ok "is blocked" run 0 "$scrub" dnc add "$kept" --reason request --by tester
	ok "which holds at once" edited "SELECT 1"
	last=$(sqlite3 home/register.db 'SELECT max(id) FROM fact')
	subject=$(sqlite3 home/register.db \
	    "SELECT subject FROM fact WHERE id = $last")
	for sql in "${edits[@]}"; do
		sql=${sql//LAST/$last}
		ok "${sql//[0-9]/#}" edited "${sql//SUBJECT/$subject}"
	done
else
	skip "edits with other tools" "there is no sqlite3"
fi

ok "a key is rotated" run 0 "$scrub" key rotate --yes --by tester
ok "an index is made under it" run 0 "$scrub" refresh --force
ok "which speaks for all" both index campaign.csv "$(moment 3600)"

finish
