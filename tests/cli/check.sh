#!/bin/bash
# check.sh - runs and checks on a register: what was committed before they
# began holds, reservations share a cap, a check that stays open sees changes
# at once, and what is shown is put on record first.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2
export SCRUB_HOME=$work/home

printf 'phone,name\n+8613812345678,a\n+8613912345678,b\n+8613712345678,c\n' \
    >leads.csv

# said TEXT...: what the last command printed is these lines.
said() {
	printf '%s\n' "$@" | diff - out
}

add() { # NUMBER
	run 0 "$scrub" dnc add --reason request --by amy "$1"
}

kept() { # FILE COUNT
	[ "$(($(wc -l <"$1") - 1))" -eq "$2" ] || {
		echo "$1 does not keep $2 rows"
		cat "$1"
		return 1
	}
}

recorded() { # ACTION COUNT
	run 0 "$scrub" audit list --action "$1" || return
	[ "$(wc -l <out)" -eq "$2" ] || {
		echo "not $2 records of $1"
		cat out
		return 1
	}
}

# ---- where the register is ----

ok "a home that was named and is missing ends a run" run 2 "$scrub" run \
    leads.csv
ok "and leaves no clean file" test ! -e leads.clean.csv
ok "a home" run 0 "$scrub" init
ok "a register with nothing in it is a source of facts" run 0 "$scrub" run \
    leads.csv
ok "all are kept" kept leads.clean.csv 3
ok "the run is recorded" recorded run 1
ok "a dry run is not" run 0 "$scrub" run --dry-run leads.csv
ok "it is not" recorded run 1
ok "--no-register needs a list again" run 10 "$scrub" run --no-register \
    leads.csv
ok "--no-lists leaves the register out" run 0 "$scrub" run --no-lists leads.csv
ok "and is no run of the register" recorded run 1
ok "--reserve needs a register" run 2 "$scrub" run --no-register --reserve \
    --no-lists leads.csv
ok "the register is not written over" run 2 "$scrub" run leads.csv \
    -o home/register.db

# ---- an opt-out holds in the next run ----

ok "an opt-out" add +8613812345678
ok "a run started next" run 0 "$scrub" run leads.csv
ok "does not keep it" kept leads.clean.csv 2
ok "--no-register with a list" run 0 "$scrub" run --no-register --empty-ok \
    --dnc /dev/null leads.csv
ok "knows nothing of it" kept leads.clean.csv 3

# ---- reservations ----

noon=2026-03-02T12:00:00Z
cap=(--cap 2/day --tz UTC --as-of "$noon" --campaign)
ok "the first campaign reserves" run 0 "$scrub" run leads.csv --reserve \
    "${cap[@]}" spring -o 1.csv
ok "it keeps two" kept 1.csv 2
ok "the second too" run 0 "$scrub" run leads.csv --reserve "${cap[@]}" \
    summer -o 2.csv --json
ok "it keeps two" kept 2.csv 2
summer=$(grep -o '"run": *[0-9]*' out | grep -o '[0-9]*')
ok "the third finds the cap reached" run 0 "$scrub" run leads.csv --reserve \
    "${cap[@]}" autumn -o 3.csv
ok "it keeps none" kept 3.csv 0
ok "an earlier time that day is no way round it" run 0 "$scrub" run leads.csv \
    --cap 2/day --tz UTC --as-of 2026-03-02T08:00:00Z -o 4.csv
ok "it keeps none either" kept 4.csv 0
ok "the day before has calls left" run 0 "$scrub" run leads.csv \
    --cap 2/day --tz UTC --as-of 2026-03-01T08:00:00Z -o 5.csv
ok "it keeps two" kept 5.csv 2
ok "unused ones are given back" run 0 "$scrub" calls release --yes \
    --by amy "$summer"
ok "then there is one left" run 0 "$scrub" run leads.csv "${cap[@]}" winter \
    -o 6.csv
ok "for both" kept 6.csv 2

# Who holds the lock keeps a reserving run out, before it has read anything.
(
	exec 9>>home/lock
	flock 9
	: >held
	sleep 5
) &
holder=$!
while [ ! -e held ]; do sleep 0.05; done
ok "a reserving run does not wait for another writer" run 11 "$scrub" run \
    leads.csv --reserve -o 7.csv
ok "and puts nothing in place" test ! -e 7.csv
kill "$holder"
wait "$holder" 2>/dev/null

# ---- check ----

ok "a check says no" run 3 "$scrub" check +8613812345678 +8613912345678
ok "with masked numbers, and why" said \
    $'138****5678\tdnc\tlist internal, reason request' $'139****5678\tok\t'
ok "--reveal shows them" run 3 "$scrub" check --reveal +8613812345678
ok "it does" said $'+8613812345678\tdnc\tlist internal, reason request'
ok "what is no number gets a line too" run 3 "$scrub" check --region CN abc
ok "it says so" said $'abc\tinvalid\t'
ok "all may be called" run 0 "$scrub" check +8613912345678

coproc ASK { exec "$scrub" check -; }
ask() { # NUMBER WANT
	local line
	printf '%s\n' "$1" >&"${ASK[1]}"
	read -r -t 10 line <&"${ASK[0]}" || {
		echo "no answer"
		return 1
	}
	[ "$(cut -f 2 <<<"$line")" = "$2" ] || {
		echo "$line"
		return 1
	}
}
ok "a check that stays open says ok" ask +8613712345678 ok
ok "an opt-out in another process" add +8613712345678
ok "and now it says dnc" ask +8613712345678 dnc
ok "the key is rotated in another process" run 0 "$scrub" key rotate --yes
ok "it says so still" ask +8613712345678 dnc
ok "it goes on after what is no number" ask "" empty
ok "it still knows" ask +8613712345678 dnc
asked=$ASK_PID
eval "exec ${ASK[1]}>&-"
status=0
wait "$asked" || status=$?
ok "at the end of its input it ends with 3" test "$status" -eq 3

printf '+8613912345678\tC1\n' >person.txt
ok "a person's block" run 0 "$scrub" dnc add --reason request --by amy \
    --person C1
"$scrub" check - <person.txt >out
ok "a line may name the person" said \
    $'139****5678\tdnc\tlist internal, reason request, by person'

ok "one JSON document a line" run 3 "$scrub" check --json +8613812345678
ok "with its schema" grep -q '"schema": *"scrub.check/1"' out

# ---- why ----

ok "why tells of a number" run 0 "$scrub" why +8613812345678
ok "masked" grep -q '^138\*\*\*\*5678: dnc' out
ok "nowhere in full" sh -c '! grep -q 13812345678 out'
ok "the fact with its author" grep -q 'dnc, request, by amy' out
ok "the runs that offered it" grep -q ', campaign spring' <("$scrub" why \
    +8613912345678)
ok "that is on record" recorded why 2
ok "nothing was revealed so far" recorded reveal 0
ok "--reveal shows it" run 0 "$scrub" why --reveal --by bob +8613812345678
ok "in full" grep -q '^+8613812345678: dnc' out
ok "which is on record" recorded reveal 1
ok "with who it was" grep -q bob out
ok "the block is lifted" run 0 "$scrub" dnc remove --reason mistake --by bob \
    --yes +8613812345678
ok "why knows both" run 0 "$scrub" why +8613812345678
ok "that it was, and who took it away" grep -q 'removed by .*, by bob' out
ok "a person" run 0 "$scrub" why --person C1
ok "has a block" grep -q 'dnc, request, by amy' out
ok "why --json" run 0 "$scrub" why --json +8613812345678
ok "with its schema" grep -q '"schema": *"scrub.why/1"' out
ok "what is no number" run 4 "$scrub" why 12

# ---- a withdrawal takes back all that was given before it was typed ----

# Whether or not these share a second.
in_turn() {
	local verb
	for verb in 'grant --yes' withdraw 'grant --yes' withdraw; do
		# shellcheck disable=SC2086 # a verb and its option
		"$scrub" consent $verb --by amy +8613512345678 || return
	done
}
ok "given, taken back, given, taken back" run 0 in_turn
ok "each is new" said $'135****5678\tnew' $'135****5678\tnew' \
    $'135****5678\tnew' $'135****5678\tnew'
ok "a consent of a clock that was ahead" run 0 "$scrub" consent grant --yes \
    --by amy --at 2099-01-01T00:00:00Z +8613512345678
ok "is taken back" run 0 "$scrub" consent withdraw --by amy +8613512345678
ok "too" said $'135****5678\tnew'
ok "it is not called today" run 3 "$scrub" check --no-require-consent \
    +8613512345678
ok "nor then" run 3 "$scrub" check --as-of 2099-01-02 --no-require-consent \
    +8613512345678
ok "once more" run 0 "$scrub" consent withdraw --by amy +8613512345678
ok "it is known" said $'135****5678\tknown'

# ---- what a check that stays open learns of consent, and of a key ----

export SCRUB_HOME=$work/other
ok "another home" run 0 "$scrub" init
umask 077
echo 'correct horse' >phrase
ok "under a passphrase" run 0 "$scrub" key protect --yes \
    --new-passphrase-file phrase
coproc ASK { exec "$scrub" check - --passphrase-file phrase; }
ok "one who is not known may be called" ask +8613612345678 ok
ok "the first consent of all" run 0 "$scrub" consent grant --yes --by amy \
    --passphrase-file phrase +8613712345678
ok "then one who did not consent may not" ask +8613612345678 consent_missing
ok "the key is rotated" run 0 "$scrub" key rotate --yes --passphrase-file phrase
ok "the passphrase is read again" ask +8613712345678 ok
eval "exec ${ASK[1]}>&-"
wait "$ASK_PID"
coproc ASK { exec "$scrub" check - --passphrase-fd 9 9<phrase 2>said; }
ok "a descriptor" ask +8613712345678 ok
ok "the key is rotated" run 0 "$scrub" key rotate --yes --passphrase-file phrase
asked=$ASK_PID
echo +8613712345678 >&"${ASK[1]}"
status=0
wait "$asked" || status=$?
ok "cannot be read again" test "$status" -eq 12
ok "which it says" grep -q 'its passphrase is not at hand' said

finish
