#!/bin/bash
# keys.sh - a home and its key: made, shown, replaced, protected, copied,
# restored; and refused, when anything about it is not as it should be.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2
unset SCRUB_HOME XDG_DATA_HOME
export HOME=$work/user
umask 022

# Without a terminal, wherever the tests are run: nobody can be asked.
key() {
	setsid -w "$scrub" key "$@" </dev/null
}

# gives STATUS COMMAND...: the exit status is this one.
gives() {
	local want=$1 got=0
	shift
	"$@" || got=$?
	[ $got -eq "$want" ] || {
		echo "exit status $got, not $want: $*"
		return 1
	}
}

# says TEXT COMMAND...: it is on standard error.
says() {
	local text=$1
	shift
	"$@" 2>said >/dev/null
	grep -qF -e "$text" said || {
		echo "does not say '$text' but:"
		cat said
		return 1
	}
}

current() { # HOME [OPTION...]
	local home=$1
	shift
	key show --home "$home" "$@" | sed -n 's/^current\t//p'
}

phrase() { # FILE TEXT
	(umask 077 && printf '%s\n' "$2" >"$1")
}

phrase right 'correct horse'
phrase other 'battery staple'
phrase empty ''

# ---- init ----

init_prints() {
	"$scrub" init --home h >made 2>said || return 1
	printf '%s\n' h h/scrub.key h/register.db h/scrub.conf >want
	same want made && grep -q 'scrub key backup' said
}
ok "init makes a home and says what" init_prints

modes() {
	stat -c '%a %n' h h/* | sort >got
	printf '%s\n' '600 h/lock' '600 h/register.db' '600 h/scrub.conf' \
	    '600 h/scrub.key' '700 h' >want
	same want got
}
ok "nobody else can get at it" modes

init_again() {
	cat h/scrub.key h/scrub.conf h/register.db >before
	gives 0 "$scrub" init --home h >made 2>said || return 1
	cat h/scrub.key h/scrub.conf h/register.db >after
	[ ! -s made ] && grep -q 'is a home already' said && cmp before after
}
ok "init of a home changes nothing and says so" init_again

init_completes() {
	mkdir -m 700 half || return 1
	cp -p h/scrub.key half/ || return 1
	"$scrub" init --home half >made 2>said || return 1
	printf '%s\n' half/register.db half/scrub.conf >want
	same want made && [ "$(current half)" = "$(current h)" ]
}
ok "init completes half a home" init_completes

init_no_key() {
	mkdir -m 700 lost && cp -p h/register.db lost/ || return 1
	gives 12 "$scrub" init --home lost || return 1
	[ ! -e lost/scrub.key ]
}
ok "init makes no key beside a register" init_no_key

init_places() {
	env SCRUB_HOME="$work/by_name" "$scrub" init --quiet &&
	    [ -e by_name/scrub.key ] || return 1
	[ "$(id -u)" -ne 0 ] || return 0 # whose home is /var/lib/scrub
	env XDG_DATA_HOME="$work/xdg" "$scrub" init --quiet &&
	    [ -e xdg/scrub/scrub.key ] || return 1
	"$scrub" init --quiet && [ -e user/.local/share/scrub/scrub.key ]
}
ok "the environment says where the home is" init_places

init_quiet() {
	"$scrub" init --quiet --home quiet >made 2>said && [ ! -s made ] &&
	    [ ! -s said ]
}
ok "init --quiet is quiet" init_quiet

# Every setting in the new scrub.conf is one: no comment explains what is not
# there.  (The list it names is not there, but that is another complaint.)
conf_lines() {
	printf 'phone\n+8613800138000\n' >list.csv
	sed -nE 's/^#([a-z-]+ = .*)/\1/p' h/scrub.conf >settings
	[ -s settings ] || return 1
	while IFS= read -r line; do
		printf '%s\n' "$line" >one.conf
		"$scrub" run --conf one.conf --no-lists -n list.csv \
		    >/dev/null 2>said
		if grep -E 'one.conf' said; then
			return 1
		fi
	done <settings
}
ok "what scrub.conf has in comments are settings" conf_lines

# ---- show ----

shows() {
	key show --home h >got || return 1
	grep -qxE $'current\t[0-9a-f]{16}' got && grep -qx $'protected\tno' got &&
	    [ "$(wc -l <got)" -eq 2 ]
}
ok "show prints ids, and not the key" shows
ok "no home: exit 2" gives 2 key show --home nowhere
ok "no home: a hint" says "scrub init" key show --home nowhere
ok "no verb: exit 2" gives 2 key
ok "an unknown verb: exit 2" gives 2 key lend
ok "one operand too many: exit 2" gives 2 key show --home h file

# ---- permissions, altered bytes ----

mode_refused() { # MODE FILE WAS
	chmod "$1" "$2"
	gives 12 key show --home h && says "chmod $3 $2" key show --home h
	local ret=$?
	chmod "$3" "$2"
	return $ret
}
for mode in 640 604 660; do
	ok "a key file of mode $mode is refused" \
	    mode_refused $mode h/scrub.key 600
done
for mode in 750 705; do
	ok "a home of mode $mode is refused" mode_refused $mode h 700
done

# Flip the lowest bit of the last byte of lines of a home's key file.
flipped() { # HOME LINES [OPTION...]
	local home=$1 lines=$2 at=0 line byte
	shift 2
	cp -p "$home/scrub.key" whole
	while IFS= read -r line; do
		# shellcheck disable=SC2053 # a pattern
		if [[ ${line%% *} != $lines ]]; then
			at=$((at + ${#line} + 1))
			continue
		fi
		byte=$(dd if=whole bs=1 skip=$((at + ${#line} - 1)) count=1 \
		    2>/dev/null | od -An -tu1)
		# shellcheck disable=SC2059 # the format is the byte
		printf "$(printf '\\%03o' $((byte ^ 1)))" |
		    dd of="$home/scrub.key" bs=1 conv=notrunc \
			seek=$((at + ${#line} - 1)) 2>/dev/null
		gives 12 key show --home "$home" "$@" || return 1
		cp -p whole "$home/scrub.key"
		at=$((at + ${#line} + 1))
	done <whole
	[ $at -gt 100 ] && gives 0 key show --home "$home" "$@"
}
ok "a flipped bit is noticed" flipped h '*'

# ---- rotate ----

rotates() {
	local was
	was=$(current h)
	gives 2 key rotate --home h || return 1
	[ "$(current h)" = "$was" ] || return 1
	key rotate --home h --dry-run | grep -q '^would ' || return 1
	[ "$(current h)" = "$was" ] || return 1
	key rotate --home h --yes --by amy >got || return 1
	[ "$(current h)" != "$was" ] && [ "$(current h)" = "$(cut -f2 got)" ]
}
ok "rotate makes another key, when it is told to" rotates
ok "and the register opens with it" key rotate --home h --yes

# Whatever step it is killed in: there is a key, the register opens with it, and
# the next rotation ends with one key.
killed() {
	local ms pid met=0
	# the first at once: it may be over sooner than sleep(1) is
	for ms in 0 1 2 3 4 5 6 7 8 9 10 12 14 16 20; do
		"$scrub" key rotate --home h --yes >/dev/null 2>&1 &
		pid=$!
		[ $ms = 0 ] || sleep "0.0$(printf %02d $ms)"
		kill -9 $pid 2>/dev/null
		wait $pid 2>/dev/null
		[ $? -ne 137 ] || met=$((met + 1))
		key show --home h >got || return 1
		key rotate --home h --yes >/dev/null || return 1
		key show --home h >got || return 1
		! grep -q '^next' got || return 1
	done
	echo "$met killed"
	[ $met -gt 0 ]
}
ok "killed at any moment, a rotation is finished by the next" killed

held() {
	flock -o h/lock sleep 60 &
	local pid=$!
	while flock -n h/lock true; do
		sleep 0.01
	done
	gives 11 key rotate --home h --yes && says 'another scrub holds' \
	    key rotate --home h --yes
	local ret=$?
	kill $pid
	wait $pid 2>/dev/null
	return $ret
}
ok "what another scrub holds is left alone" held

# ---- protect ----

# The keys of an unprotected file, as they might show: hexadecimal (either
# case), base64, raw.
raw_keys() {
	sed -n 's/^keys //p' "$1"
}
shows_nothing() { # FILE KEY
	local file=$1 key=$2 raw
	for raw in "${key:0:16}" "${key:16:16}" "${key:48:16}" \
	    "$(unhex "${key:0:48}" | base64)"; do
		! grep -aqiF -e "$raw" "$file" || return 1
	done
	! grep -aqF -e "$(unhex "${key:0:16}" | base64 | cut -c1-8)" "$file"
}
unhex() {
	# shellcheck disable=SC2059 # the format is the bytes
	printf "$(printf '%s' "$1" | sed 's/../\\x&/g')"
}

protects() {
	local key
	key=$(raw_keys h/scrub.key)
	[ ${#key} -eq 64 ] || return 1
	gives 2 key protect --home h --passphrase-file right || return 1
	key protect --home h --passphrase-file right --yes || return 1
	[ "$(stat -c %a h/scrub.key)" = 600 ] && shows_nothing h/scrub.key "$key"
}
id=$(current h)
ok "protect wraps the key, and nothing of it shows" protects
opens() { # ID OPTION...
	local want=$1
	shift
	[ "$(current h "$@")" = "$want" ]
}
ok "a passphrase from a file opens it" opens "$id" --passphrase-file right
ok "a passphrase from a descriptor opens it" \
    opens "$id" --passphrase-fd 5 5<right
ok "a wrong passphrase: exit 12" gives 12 key show --home h \
    --passphrase-file other
ok "an empty passphrase: exit 2" gives 2 key show --home h \
    --passphrase-file empty
ok "no passphrase, and nobody to ask: exit 12" gives 12 key show --home h
ok "a hint says where a passphrase may come from" says "--passphrase-file" \
    key show --home h
ok "a file and a descriptor: exit 2" gives 2 key show --home h \
    --passphrase-file right --passphrase-fd 5 5<right
loose_phrase() {
	(umask 022 && cp right loose && chmod 644 loose)
	gives 12 key show --home h --passphrase-file loose
}
ok "a passphrase file that others can read is refused" loose_phrase
ok "a flipped bit of a protected key is noticed" flipped h 'current' \
    --passphrase-file right

rotates_protected() {
	key rotate --home h --yes --passphrase-file right >/dev/null || return 1
	[ "$(current h --passphrase-file right)" != "$id" ] &&
	    gives 12 key show --home h
}
ok "a protected key is rotated and stays protected" rotates_protected

# Both passphrases from one descriptor, a line each.
changes() {
	printf 'correct horse\nbattery staple\n' | setsid -w "$scrub" key \
	    protect --home h --yes --passphrase-fd 0 --new-passphrase-fd 0 ||
	    return 1
	gives 12 key show --home h --passphrase-file right &&
	    gives 0 key show --home h --passphrase-file other
}
ok "protect takes another passphrase" changes
unprotects() {
	key unprotect --home h --yes --passphrase-file other &&
	    gives 0 key show --home h
}
ok "unprotect takes it away" unprotects

# ---- backup and restore ----

backs_up() {
	key backup --home h --passphrase-file other copy || return 1
	[ "$(stat -c %a copy)" = 600 ] &&
	    shows_nothing copy "$(raw_keys h/scrub.key)" || return 1
	gives 2 key backup --home h --passphrase-file other copy
}
ok "backup writes a sealed copy, and replaces none" backs_up
restores() {
	gives 12 key restore --home new --yes --passphrase-file right copy ||
	    return 1
	key restore --home dry --dry-run --passphrase-file other copy || return 1
	[ ! -e dry ] || return 1
	key restore --home new --yes --passphrase-file other copy || return 1
	[ "$(current new)" = "$(current h)" ] || return 1
	"$scrub" init --quiet --home new && [ -e new/register.db ]
}
ok "restore brings it into a second home, which init completes" restores
restore_lost() {
	rm h/scrub.key
	gives 12 "$scrub" init --home h || return 1
	key restore --home h --yes --passphrase-file other copy &&
	    key rotate --home h --yes
}
ok "a register opens again with its key restored" restore_lost
ok "another key is never replaced: exit 2" gives 2 key restore --home h \
    --yes --passphrase-file other copy
ok "nor without a word" gives 2 key restore --home new2 \
    --passphrase-file other copy
ok "a key file is no backup" gives 12 key restore --home new3 --yes \
    --passphrase-file other h/scrub.key

# ---- a person at a terminal ----

# Keys typed at a terminal of its own: script(1) gives it one.
at_terminal() { # INPUT COMMAND...
	local input=$1
	shift
	printf '%b' "$input" | script -qec "$*" typed >/dev/null
}
if command -v script >/dev/null; then
	asks() {
		at_terminal 'n\n' "$scrub key unprotect --home h"
		[ $? -eq 3 ] && grep -q 'nothing was changed' typed
	}
	ok "who is asked may say no: exit 3" asks
	types() {
		# The terminal forgets what was typed before the question.
		{
			sleep 0.5
			printf 'y\n'
			sleep 0.5
			printf 'open sesame\n'
			sleep 0.5
			printf 'open sesame\n'
			sleep 0.5
		} | script -qec "$scrub key protect --home h" typed \
		    >/dev/null || return 1
		! grep -q 'open sesame' typed && phrase typed.phrase 'open sesame' &&
		    gives 0 key show --home h --passphrase-file typed.phrase
	}
	ok "a passphrase is typed twice, unseen" types
else
	skip "who is asked may say no" "script(1) is not there"
fi

finish
