#!/bin/bash
# import.sh - files into the register: ten thousand lines of which it is known
# what each must become; twice the same; half of it; and out again.

set -u
ROOT=${ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
SCRUB=$(realpath "${SCRUB:-${PROGRAM:-$ROOT/scrub}}")

export LC_ALL=C.UTF-8 TZ=UTC SCRUB_CONF=/dev/null
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
failed=0

ok() { # NAME STATUS
	if [ "$2" -eq 0 ]; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		failed=1
	fi
}

same() { # NAME A B: two files that must be equal, and not empty
	if [ -s "$2" ] && diff -u "$2" "$3" >difference; then
		ok "$1" 0
	else
		ok "$1" 1
		head -n 20 difference | sed 's/^/  /'
	fi
}

# A home of this name is the one from now on.
home() {
	export SCRUB_HOME=$work/$1
	[ -d "$SCRUB_HOME" ] || "$SCRUB" init -q || exit 2
}

# counts FILE: "new known changed unusable", from a summary.
counts() {
	awk '$1 ~ /^(new|known|changed|unusable)$/ { n[$1] = $2 }
	END { print n["new"], n["known"], n["changed"], n["unusable"] }' "$1"
}

export_all() { # TO
	for kind in dnc consent allow; do
		"$SCRUB" $kind export -q | { read -r head; echo "$head"; sort; }
	done >"$1"
}

# ---- the mix ----
#
# Numbers 13800000000 + i.  First 4,000 of them; then 10,000 lines: these
# again (known), 1,000 of them with a later end (changed), new ones, and every
# hundredth line one that cannot be used.

awk 'BEGIN {
	print "手机号,原因,到期日期"
	for (i = 0; i < 4000; i++)
		printf "138%08d,request,%s\n", i, i % 4 ? "" : "2031-01-01"
}' >first.csv
awk 'BEGIN {
	print "手机号,原因,到期日期"
	for (i = 0; i < 10000; i++) {
		if (i % 100 == 99)
			print "not a number,request,"
		else if (i < 4000 && i % 4 == 0)
			printf "138%08d,request,2032-01-01\n", i
		else
			printf "138%08d,request,\n", i
	}
}' >second.csv
# What every line must become, worked out from the two rules above.
awk 'BEGIN {
	print "row,line,outcome,problem"
	for (i = 0; i < 10000; i++) {
		what = i % 100 == 99 ? "unusable" : i >= 4000 ? "new" : \
		    i % 4 == 0 ? "changed" : "known"
		printf "%d,%d,%s,%s\n", i + 1, i + 2, what, \
		    what == "unusable" ? "invalid" : ""
		n[what]++
	}
	print n["new"], n["known"], n["changed"], n["unusable"] >"mix.counts"
}' >mix.report
awk 'NR == 1 { print "row,line,problem," $0; next }
$0 ~ /^not/ { print NR - 1 "," NR ",invalid," $0 }' second.csv >mix.rejects

home a
"$SCRUB" dnc import -r CN first.csv 2>said
echo '4000 0 0 0' >want
counts said >got
same 'first import: all new' want got

"$SCRUB" dnc import -r CN --report report.csv second.csv 2>said
ok 'a mix of lines: status' $?
counts said >got
same 'a mix of lines: counts' mix.counts got
same 'a mix of lines: the report has each' mix.report report.csv
same 'a mix of lines: the rest, as it was' mix.rejects second.unusable.csv
[ "$(stat -c %a second.unusable.csv)" = 600 ]
ok 'what cannot be used is nobody else'\''s to read' $?

"$SCRUB" dnc import -r CN second.csv 2>said
echo '0 9900 0 100' >want
counts said >got
same 'the same again: all known' want got

# All ten thousand begin with these digits.
grep -aq 1380000 second.csv && ! grep -raq 1380000 "$SCRUB_HOME"
ok 'none of the numbers stands anywhere in the home' $?

# ---- nothing lost: mended rows can be fed back ----

sed 's/not a number,/13900000000,/' second.unusable.csv >mended.csv
"$SCRUB" dnc import -r CN mended.csv 2>said
echo '1 99 0 0' >want
counts said >got
same 'mended lines are imported as they are' want got

# ---- too many, and the register is as before ----

export_all before
printf 'number\n%s\n%s\n' 13700000001 nonsense >bad.csv
"$SCRUB" dnc import -r CN bad.csv >/dev/null 2>said
[ $? -eq 4 ]
ok 'over --max-bad is status 4' $?
[ -s bad.unusable.csv ]
ok 'over --max-bad writes them out' $?
printf 'number\n' >empty.csv
"$SCRUB" dnc import -r CN empty.csv 2>/dev/null
[ $? -eq 4 ]
ok 'an empty file is status 4' $?
"$SCRUB" dnc import -r CN --empty-ok empty.csv 2>/dev/null
ok 'unless --empty-ok' $?
"$SCRUB" dnc import -r CN --dry-run --max-bad 60 bad.csv 2>/dev/null
ok '--dry-run' $?
printf '%s\n' 13700000001 13700000002 nonsense | "$SCRUB" dnc import -r CN --max-bad 60 - \
    2>said
[ $? -eq 4 ] && grep -q -e --rejects said
ok 'standard input: a bad line needs --rejects' $?
export_all after
same 'none of that changed anything' before after

# ---- killed on the way ----

awk 'BEGIN { for (i = 0; i < 300000; i++) printf "136%08d\n", i }' >large.csv
for wait in 0.05 0.2 0.5; do
	"$SCRUB" dnc import -q -r CN large.csv &
	sleep $wait
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	export_all after
	if grep -q '^+86136' after; then
		# It had ended before it was killed, and then all is there.
		[ "$(grep -c '^+86136' after)" -eq 300000 ]
	else
		same "killed after $wait s: nothing has changed" before after
		continue
	fi
	ok "killed after $wait s: all of it" $?
	break
done

# ---- standard input, other encodings ----

home b
printf '%s\n' 13800000001 '+86 138 0000 0002' | "$SCRUB" dnc import -r CN - \
    2>said
echo '2 0 0 0' >want
counts said >got
same 'standard input' want got
printf '电话号码,原因\n13800000003,投诉\n13800000002,要求\n' |
    iconv -f UTF-8 -t GBK >gbk.csv
"$SCRUB" dnc import -r CN gbk.csv 2>said
# 2 is there without a reason: another ground for a block
counts said >got
same 'GBK' want got
"$SCRUB" dnc export | cut -d, -f1,3 | sort >got
printf '%s\n' number,reason +8613800000001, +8613800000002, \
    +8613800000003,complaint +8613800000002,request | sort >want
same 'GBK: reasons are read' want got

# ---- booleans, in every dress ----

home c
cat >consent.csv <<'EOF'
phone,status,granted_at,withdrawn
13800000001,yes,2020-01-01,
13800000002,是,2020-01-01,否
13800000003,1,2020-01-01,0
13800000004,no,2020-01-01,
13800000005,否,2020-01-01,
13800000006,0,2020-01-01,
13800000007,yes,2020-01-01,yes
13800000008,yes,2020-01-01,2020-02-01T00:00:00Z
13800000009,perhaps,2020-01-01,
EOF
"$SCRUB" consent import -r CN consent.csv >/dev/null 2>&1
[ $? -eq 2 ]
ok 'consents are asked about' $?
"$SCRUB" consent import -y -r CN consent.csv 2>said
ok 'consents: status' $?
grep -qE '^  nothing +1 ' said
ok 'a status nobody knows says nothing' $?
"$SCRUB" consent export | cut -d, -f1,3 | sed 1d | sort >got
for i in 1 2 3 7 8; do echo "+861380000000$i,active"; done >want
for i in 4 5 6 7 8; do echo "+861380000000$i,withdrawn"; done >>want
sort -o want want
same 'yes, no, 是, 否, 1, 0' want got
"$SCRUB" consent import -y -r CN consent.csv 2>said
echo '0 8 0 0' >want
counts said >got
same 'withdrawals without a date are known the second time' want got

# Given again and withdrawn again: the old withdrawal does not do.
sleep 1.1
"$SCRUB" consent grant -y -r CN 13800000004 >/dev/null
"$SCRUB" consent import -y -r CN consent.csv 2>said
echo '1 7 0 0' >want
counts said >got
same 'but not when consent was given since' want got

# ---- out and in again ----

home a
"$SCRUB" dnc add -r CN 13555555555 --reason legal --source email --by amy \
    --note 'said, "never"' --topic 'loans; cards' --channel voice \
    --expires 2033-01-01 --review 2030-01-01 --requested 2026-01-01T08:00 \
    --permanent --evidence REF-1 --approved-by bob >/dev/null
"$SCRUB" dnc add --person C-1001 >/dev/null
"$SCRUB" dnc add -y -r CN '0755*' >/dev/null
"$SCRUB" allow add -y -r CN 13555555556 --topic loans --campaign spring \
    >/dev/null
"$SCRUB" consent grant -y -r CN 13555555557 --topic loans --campaign spring \
    --channel sms --at 2020-01-02 --expires 2034-01-01 >/dev/null
"$SCRUB" consent withdraw -r CN 13555555558 --at 2020-01-03T10:00 >/dev/null
export_all out.a
for kind in dnc consent allow; do
	"$SCRUB" $kind export -q -o $kind.export.csv
done
home d
for kind in dnc consent allow; do
	sure=()
	[ $kind = dnc ] || sure=(-y)
	"$SCRUB" $kind import -q "${sure[@]}" $kind.export.csv
	ok "$kind: an export is imported" $?
done
export_all out.d
same 'two homes with the same entries export the same' out.a out.d

# ---- a run on the register is a run on the files ----
#
# Lists drawn by chance, with everything in them that may be hard to read.

lists_of() { # SEED
	awk -v seed="$1" '
	function any(s, part, n) {
		n = split(s, part, "|")
		return part[1 + int(rand() * n)]
	}
	function number() {
		return sprintf("138%08d", int(rand() * 300))
	}
	function date() {
		if (rand() < 0.05)
			return any("|not a date|31/31/2020")
		return sprintf("20%02d-%02d-%02d%s", any("19|20|21|31"), \
		    1 + int(rand() * 12), 1 + int(rand() * 28), \
		    any("|T10:00:00Z| 23:59"))
	}
	BEGIN {
		srand(seed)
		print "phone,customer id,reason,expires_at,topic,channel," \
		    "campaign" >"d.csv"
		for (i = 0; i < 60; i++)
			print (rand() < 0.9 ? number() : \
			    any("13800002*||junk|13800000001/13800000002")) \
			    "," (rand() < 0.3 ? "C" int(rand() * 100) : "") \
			    "," any("|legal|拒绝|xx") "," date() "," \
			    any("|loans|\"loans; cards\"|all|cards") "," \
			    any("|sms|voice|pigeon") "," \
			    any("|||spring|autumn") >"d.csv"
		print "phone,customer id,status,granted_at,expires_at," \
		    "withdrawn_at,purpose,channel" >"c.csv"
		for (i = 0; i < 600; i++)
			print (rand() < 0.97 ? number() : "junk") "," \
			    (rand() < 0.1 ? "C" int(rand() * 100) : "") "," \
			    any("yes|yes|yes|是|active|no|否|pending") "," \
			    date() "," any("2031-01-01|2031-01-01||" date()) \
			    "," any("||||no|yes|" date()) "," \
			    any("|loans|\"loans; cards\"|all|cards") "," \
			    any("||voice|sms|fish") >"c.csv"
		print "phone,calldate,disposition,uniqueid" >"k.csv"
		for (i = 0; i < 300; i++)
			print (rand() < 0.9 ? number() : "junk") "," date() \
			    "," any("ANSWERED|BUSY") ",u" i >"k.csv"
		print "phone,expires_at,topic,channel" >"a.csv"
		for (i = 0; i < 300; i++)
			print number() "," date() "," any("|loans|all") "," \
			    any("|voice|sms|fish") >"a.csv"
		print "id,phone,cust" >"campaign.csv"
		for (i = 0; i < 300; i++)
			printf "%d,138%08d,C%d\n", i, i, i % 100 \
			    >"campaign.csv"
	}'
}

kept=0
for seed in 1 2 3; do
	home oracle$seed
	lists_of $seed
	"$SCRUB" dnc import -q -r CN --max-bad 100 d.csv &&
	    "$SCRUB" consent import -q -y -r CN --max-bad 100 c.csv &&
	    "$SCRUB" calls import -q -r CN --max-bad 100 k.csv &&
	    "$SCRUB" allow import -q -y -r CN --max-bad 100 a.csv
	ok "lists drawn by $seed: imported" $?
	# Later than the moment of the import, at which what has no date is put.
	now=$(date -u -d '+1 minute' +%Y-%m-%dT%H:%M:%SZ)
	for options in '' '--topic loans' '--topic cards --campaign spring' \
	    '--channel sms' '--person cust --topic loans' '--allow-only'; do
		run=("$SCRUB" run -q -r CN --as-of "$now" --cap 3/2000d
			--require-consent)
		# shellcheck disable=SC2206 # several words
		run+=($options campaign.csv)
		"${run[@]}" --no-register --max-bad 100 --dnc d.csv \
		    --consent c.csv --calls k.csv --allow a.csv \
		    -o files.csv --rejects files.rej &&
		    "${run[@]}" -o register.csv --rejects register.rej &&
		    cmp files.csv register.csv &&
		    cmp <(cut -d, -f1-4 files.rej) \
			<(cut -d, -f1-4 register.rej)
		ok "lists drawn by $seed ($options): files and register agree" $?
		kept=$((kept + $(wc -l <files.csv) - 1))
	done
done
[ $kept -gt 100 ] # else nothing was compared
ok "$kept rows were kept in all of these" $?

exit $failed
