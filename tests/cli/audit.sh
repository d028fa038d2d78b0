#!/bin/bash
# audit.sh - the log of who did what: listed, filtered, taken out, verified;
# an edit with another tool is found and located.  And the doctor, backup and
# restore.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2
export SCRUB_HOME=$work/home

lines() { # COUNT
	[ "$(wc -l <out)" -eq "$1" ] || {
		echo "not $1 lines:"
		cat out
		return 1
	}
}

says() { # PATTERN
	grep -Eq -- "$1" out || {
		echo "nothing of: $1"
		cat out
		return 1
	}
}

hides() { # TEXT
	! grep -q -- "$1" out
}

# tamper SQL: as anybody could who may write to the file; in a copy of the home.
tamper() {
	rm -rf bad && cp -a home bad || return
	sqlite3 -bail bad/register.db "$1"
}

run 0 "$scrub" init || exit 2
for i in 1 2 3 4 5; do
	run 0 "$scrub" dnc add --reason request --by "amy$i" \
	    "+861381234567$i" || exit 2
done

ok "the log is listed" run 0 "$scrub" audit list
ok "a line for each change" lines 5
ok "with author and action" says $'^1\t20.*\tamy1\tdnc.add\tabout a subject'
ok "without a number" hides 1381234567
ok "by author" run 0 "$scrub" audit list --author amy3
ok "one" lines 1
ok "by action" run 0 "$scrub" audit list --action dnc
ok "all" lines 5
ok "by another" run 0 "$scrub" audit list --action run
ok "none" lines 0
ok "from a time on" run 0 "$scrub" audit list --since 2100-01-01
ok "none" lines 0
ok "about a number" run 0 "$scrub" audit list +8613812345672
ok "one" lines 1
ok "by who did it" says amy2
cp home/scrub.conf conf.before
echo 'region = CN' >>home/scrub.conf
ok "the region of scrub.conf is read" run 0 "$scrub" audit list 13812345672
ok "one" lines 1
mv conf.before home/scrub.conf
ok "of the last day" run 0 "$scrub" audit list --since 1d
ok "all" lines 5
ok "about a number of standard input" sh -c \
    'echo +8613812345672 | "$0" audit list - >out' "$scrub"
ok "one" lines 1
ok "as JSON" run 0 "$scrub" audit list --json
ok "a document a line" says '^\{"seq": *5,'

ok "it verifies" run 0 "$scrub" audit verify
ok "and says how many" says '^5 records'
ok "it is exported" run 0 "$scrub" audit export --by carl -o log.csv
ok "with a header" grep -q '^seq,at,author,action,about,detail$' log.csv
ok "and who took it out" grep -q '^6,[^,]*,carl,audit.export,' log.csv
ok "that is seven lines" test "$(wc -l <log.csv)" -eq 7
ok "as JSON" run 0 "$scrub" audit export --format json
ok "on standard output" says '"seq": *7'

# ---- what somebody did to it ----

# bad NAME SQL SEQ: found, and where.
bad() {
	ok "$1" tamper "$2"
	ok "$1: is found" run 3 "$scrub" audit verify --home bad
	ok "$1: where it is" says "^record $3: "
	ok "$1: the doctor sees it, too" run 3 "$scrub" doctor --home bad
}
bad "an author is changed" "update audit set author = 'eve' where seq = 3" 3
bad "a time is changed" "update audit set at = at + 1 where seq = 2" 2
bad "a record is taken out" 'delete from audit where seq = 4' 4
bad "two records change places" \
    'update audit set seq = -1 where seq = 2;
     update audit set seq = 2 where seq = 3;
     update audit set seq = 3 where seq = -1' 2
bad "the last is cut off" 'delete from audit where seq = 7' 7
# The head row knows how many there are: for anything else such a register does
# not open at all.
ok "the last is cut off: no run uses it" run 12 "$scrub" audit list --home bad

# ---- the doctor ----

ok "a home in good health" run 0 "$scrub" doctor
ok "all is told" sh -c 'for what in home disk lock leftovers key register \
    consents reviews clock backup; do
	grep -Eq "^(ok|warn) +$what " out || { echo "no $what"; exit 1; }
done'
ok "there was no backup" says '^warn +backup'
chmod 755 home
ok "a home that others may read" run 3 "$scrub" doctor
ok "is bad" says '^bad +home'
chmod 700 home
cp home/scrub.key key.kept
alter home/scrub.key 60
ok "a damaged key" run 3 "$scrub" doctor
ok "is bad" says '^bad +key'
cp key.kept home/scrub.key
ok "something left behind" touch home/register.db.AbCdEf
ok "is told" sh -c '"$0" doctor | grep -q "^warn *leftovers"' "$scrub"
rm home/register.db.AbCdEf
ok "a consent that ends soon" run 0 "$scrub" consent grant --yes --by amy \
    --expires 7d +8613812345671
ok "is told" sh -c '"$0" doctor | grep -q "^warn *consents *1 "' "$scrub"

# ---- backup and restore ----

ok "a backup" run 0 "$scrub" backup --by carl b.sealed
ok "with a hint on the key" grep -q 'key backup' err
ok "no number stands in it" sh -c '! grep -aq 1381234567 b.sealed'
ok "the doctor knows of it" sh -c '"$0" doctor | grep -q "^ok *backup"' \
    "$scrub"
ok "it does not replace a register" run 2 "$scrub" restore b.sealed
mkdir -m 700 second && cp -p key.kept second/scrub.key
ok "it is restored elsewhere" run 0 "$scrub" restore b.sealed --home second
ok "with what was in it" run 3 "$scrub" check --home second +8613812345671
ok "and the log" run 0 "$scrub" audit verify --home second
ok "which says so" sh -c '"$0" audit list --home second | tail -n 1 |
    grep -q restore' "$scrub"
ok "a home with another key" run 0 "$scrub" init --home third
rm third/register.db*
ok "does not open it" run 12 "$scrub" restore b.sealed --home third
ok "and has no register then" test ! -e third/register.db
alter b.sealed 9000
mkdir -m 700 fourth && cp -p key.kept fourth/scrub.key
ok "an altered backup is refused" run 12 "$scrub" restore b.sealed \
    --home fourth
ok "and nothing is made of it" test ! -e fourth/register.db

finish
