#!/bin/bash
# closed.sh - started with standard input, output or error closed, scrub gives
# their descriptors to no file of its own.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2
export SCRUB_HOME=$work/home

run 0 "$scrub" init --quiet || exit 2
printf 'phone\n+8613812345678\n' >leads.csv

# says STATUS PATTERN COMMAND: what the shell's command ends with, and says.
says() {
	local status=0
	bash -c "$3" scrub "$scrub" >out 2>err || status=$?
	[ "$status" -eq "$1" ] && { [ -z "$2" ] || grep -q -- "$2" err; } &&
	    return 0
	echo "status $status, not $1"
	cat err
	return 1
}

clean() {
	! grep -rqaE '138\*+|1381234' home/lock
}

lost='^scrub: .*: cannot write'
ok "a change" says 1 "$lost" '"$1" dnc add --by amy --reveal \
    +8613812345678 >&-'
ok "leaves no number in the lock" clean
ok "an export" says 1 "$lost" '"$1" dnc export --by amy >&-'
ok "leaves none either" clean
ok "a clean list" says 1 "$lost" '"$1" run leads.csv --no-lists -q -o - >&-'
ok "a version" says 1 "$lost" '"$1" --version >&-'
ok "where nothing is printed" says 0 '' '"$1" run leads.csv --no-lists -q >&-'
ok "the file is there" test -s leads.clean.csv
ok "numbers to be read" says 1 '^scrub: .*: cannot read' '"$1" dnc add --by amy - <&-'
ok "a list to be read" says 1 '^scrub: .*: cannot read' '"$1" run --no-lists - <&-'
ok "nothing to be read" says 0 '' '"$1" dnc add --by amy +8613812345679 <&-'
ok "messages" says 2 '' '"$1" run 2>&-'
ok "all three" says 0 '' '"$1" dnc import --by amy -q leads.csv <&- 2>&-'
ok "and no number is in the lock" clean
finish
