# lib.sh - what the tests on generated data share; to be sourced.
# shellcheck shell=bash
#
# Sets $scrub (the program: $SCRUB, else the one that was built), $slow (yes
# for a build under sanitizers, which is ten times slower) and $work, a folder
# that is deleted at the end.  Results are TAP lines; finish ends with them.

oracle=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$oracle/../../.." && pwd)
scrub=$(realpath "${SCRUB:-${PROGRAM:-$root/scrub}}")
[ -x "$scrub" ] || {
	echo "there is no program $scrub" >&2
	exit 2
}
slow=no
[ -z "${SANITIZE-}${SCRUB_SLOW-}" ] || slow=yes
case $scrub in
*sanit* | *address* | *undefined* | */san/*) slow=yes ;;
esac
export LC_ALL=C.UTF-8 SCRUB_CONF=/dev/null
export TZ=UTC

# TMPDIR may be a name through a link; messages and checks use one name.
work=$(realpath "$(mktemp -d)") || exit 2
failed=0

cleanup() {
	cd /
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# alter FILE AT: make its byte AT (from 0) another one.
alter() {
	local byte=X

	[ "$(dd if="$1" bs=1 skip="$2" count=1 2>/dev/null | tr '\0' 0)" != X ] ||
		byte=Y
	printf %s "$byte" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# What went wrong, under the line that says so.
why() {
	head -n 40 | sed 's/^/    /'
}

# ok NAME COMMAND...: run a check; what it prints explains a failure.
ok() {
	local name=$1
	shift
	if "$@" >"$work/check.log" 2>&1; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		why <"$work/check.log"
		failed=1
	fi
}

skip() { # NAME WHY
	echo "ok - $1 # SKIP $2"
}

finish() {
	exit "$failed"
}

# same A B: the same bytes?
same() {
	cmp "$1" "$2" && return 0
	diff -a "$1" "$2" | cat -A | cut -c 1-200 | head -n 12
	return 1
}

# run STATUS COMMAND...: it ends with this exit status, else say what it said.
# Its output is in out and err.
run() {
	local want=$1 status=0
	shift
	"$@" >out 2>err </dev/null || status=$?
	[ "$status" -eq "$want" ] && return 0
	echo "status $status, not $want: $*"
	cat err
	return 1
}

# watch PID: prints the most anonymous memory it had, in kB, when it ends.
watch() {
	perl -e '
		my $most = 0;
		while (open my $f, "<", "/proc/$ARGV[0]/status") {
			my %v;
			while (<$f>) {
				$v{$1} = $2 if /^(\w+):\s+(\d+) kB/;
			}
			last unless $v{VmHWM};
			my $anon = $v{VmHWM} - $v{RssFile};
			$most = $anon if $anon > $most;
			select undef, undef, undef, 0.002;
		}
		print "$most\n";' "$1"
}

# ---- data with known verdicts ----

# generate ROWS SEED: a campaign and its lists, into the current folder.
generate() {
	awk -v rows="$1" -v seed="$2" -f "$oracle/gen.awk" || return 1
	{
		printf '%s\n' "$header"
		tr '\001' '\n' <records.txt
	} >campaign.csv
}
header=no,name,phone,customer,city,note

# The lists and the policy of the runs below.
lists=(--dnc dnc.csv --dnc dnc2.csv --listed national=national.csv
	--listed partner=partner.csv --consent consent.csv --calls calls.csv
	--allow allow.csv --max-bad 5)
policy=(--region CN --types mobile,fixed --regions CN --person customer
	--cap 3/24h,5/7d,2/day --tz Europe/Berlin --as-of 2026-03-29T15:30)
full=(--topic insurance --campaign spring)
# Nothing said of topic or campaign, another channel, consent not required.
narrow=(--allow-only --channel sms --no-require-consent)

# expect NAME RUN-AS-SQL: NAME.kept and NAME.report by the rules, in SQL.
expect() {
	[ -e db ] || sqlite3 -bail db <"$oracle/load.sql" >/dev/null || return 1
	sqlite3 -bail -cmd 'pragma temp_store = memory' \
	    -cmd 'pragma cache_size = -200000' db \
	    "create temp table run as select $2" \
	    ".read '$oracle/judge.sql'" \
	    '.mode list' \
	    ".output $1.kept" \
	    'select record from campaign
		where row not in (select row from verdict) order by row' \
	    ".output $1.report" \
	    "select row || ',' || line || ',' || headline || ',' || shown ||
		',' || char(9) || ',' || case when instr(also, ',') then
		'\"' || also || '\"' else also end || ',' || record
		from campaign join verdict using (row) order by row" \
	    ".output $1.count" \
	    "select coalesce(headline, 'kept'), count(*) from campaign
		left join verdict using (row) group by 1 order by 1" \
	    '.output'
}

full_sql="'insurance' as topic, 'spring' as campaign, 'voice' as channel,
    1 as consent, 0 as allow_only"
narrow_sql="null as topic, null as campaign, 'sms' as channel,
    0 as consent, 1 as allow_only"

# The clean file that NAME.kept stands for.
clean_of() { # NAME
	printf '%s\n' "$header"
	tr '\001' '\n' <"$1.kept"
}
