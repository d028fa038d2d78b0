#!/bin/bash
# shared_data.sh - files from public suites and registries are screened or
# refused as the notes beside them say.
#
# They stand beside the project, in ../shared/data or $SHARED_DATA, and are no
# part of it: without them this is skipped.  expected.json there holds counts
# that another program made.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

data=${SHARED_DATA:-$root/../shared/data}
if [ ! -e "$data/expected.json" ]; then
	echo "there is no ../shared/data here"
	exit 77
fi
data=$(realpath "$data")

# screen STATUS FILE [OPTION]...: into clean and rejected, JSON in out.
screen() {
	local status=$1 file=$2
	shift 2
	rm -f clean rejected
	run "$status" "$scrub" run "$data/$file" -o clean --rejects rejected \
	    --json "$@" || return 1
	[ "$status" -eq 0 ] && return 0
	[ ! -e clean ] && [ ! -e rejected ] && return 0
	echo "it was refused and left files"
	return 1
}

# is NAME COUNT: the summary's first figure of that name; absent is 0.
is() {
	local got
	got=$(grep -o "\"$1\": *[0-9]*" out | head -n 1 | grep -o '[0-9]*$')
	[ "${got:-0}" = "$2" ] && return 0
	echo "$1 is ${got:-0}, not $2"
	cat out
	return 1
}

# ---- lists with expected counts ----

# One line a list: file, column, region, records, blank, valid, distinct,
# duplicates, invalid, first number.
expected() {
	awk '
	/^ *"[^"]*\.(csv|txt)": *\{/ { split($0, p, "\""); file = p[2]; want = 0 }
	/^ *"[a-z_0-9]*": / {
		split($0, p, "\"")
		v = $0
		sub(/^[^:]*: */, "", v)
		gsub(/[",]/, "", v)
		value[p[2]] = v
	}
	want { gsub(/[ ",]/, ""); value["first"] = $0; want = 0 }
	/"first_e164"/ { want = 1 }
	/^ *\},? *$/ && file != "" {
		print file, value["phone_column"], value["region"],
		    value["data_records"], value["blank"], value["valid"],
		    value["distinct_valid"], value["duplicates"],
		    value["invalid_nonblank"], value["first"]
		file = ""
	}' "$data/expected.json"
}

list_counts() { # the fields of expected
	screen 0 "$1" --no-lists --region "$3" || return 1
	is rows "$4" && is empty "$5" && is kept "$7" && is duplicate "$8" &&
	    is rejected $(($5 + $8 + $9)) || return 1
	grep -q "\"columns\": *\"$2\"" out || {
		echo "the phone column is not $2"
		cat out
		return 1
	}
	screen 0 "$1" --no-lists --region "$3" --no-dedupe || return 1
	is kept "$6"
}
# Kept rows are rows of the file, in its order, byte for byte.
list_bytes() {
	diff -a "$data/$1" clean >lines
	! grep -aq '^>' lines || {
		echo "the clean file has lines of its own"
		grep -a '^>' lines | head -n 3
		return 1
	}
}
list_first() {
	screen 0 "$1" --no-lists --region "$3" --no-dedupe \
	    --add-columns e164 || return 1
	tr -d '\r' <clean | grep -a -m 1 -o '[,;]+[0-9]*$' | grep -q \
	    "^[,;]${10}\$" || {
		echo "the first number is not ${10}"
		sed -n 2p clean
		return 1
	}
}
n=0
while read -r file rest; do
	# shellcheck disable=SC2086 # words on purpose
	set -- "$file" $rest
	ok "$file: counts" list_counts "$@"
	ok "$file: bytes of kept rows" list_bytes "$@"
	ok "$file: first number" list_first "$@"
	n=$((n + 1))
done < <(expected)
ok "expected.json names five lists" test "$n" -eq 5

# ---- CSV torture: refused for want of a phone column, read with --column ----

no_phone_column() { # FILE [OPTION]...
	screen 4 "$@" --no-lists || return 1
	grep -q 'no phone column' err && grep -q 'hint: .*--column' err && return 0
	cat err
	return 1
}
# Every record is there, in one file or the other.
by_column() { # FILE COLUMN RECORDS MALFORMED [OPTION]...
	local file=$1 column=$2 records=$3 malformed=$4
	shift 4
	screen 0 "$file" --no-lists --column "$column" --max-reject 100 \
	    "$@" || return 1
	is rows "$records" && is malformed "$malformed" || return 1
	is kept 0 && is rejected "$records"
}
# file, records without the header, malformed ones, the last column
while read -r name records malformed columns; do
	file=csv/$name.csv
	[ -e "$data/$file" ] || continue
	ok "$file: has no phone column" no_phone_column "$file" --region US
	for column in $(seq "$columns"); do
		ok "$file: by column $column" by_column "$file" "$column" \
		    "$records" "$malformed"
	done
done <<-END
	comma_in_quotes 1 0 5
	escaped_quotes 2 0 2
	json 1 0 2
	newlines_crlf 3 0 3
	quotes_and_newlines 2 0 2
	utf8 2 0 3
	mac_newlines 2 0 3
	no_final_newline 3 0 2
	european 5 3 5
	pipe_quoted 2 0 3
	blank_rows 3 0 3
	blank_headers 2 0 3
	timestamps 4 0 2
END
ok "csv/pipe_quoted.csv: no header" by_column csv/pipe_quoted.csv 1 3 0 \
    --no-header

# What a cell holds stands in the report: the parse of csv-spectrum.
report_has() { # FILE COLUMN TEXT
	by_column "$1" "$2" "$3" 0 --region US || return 1
	tr '\r\n' '~~' <rejected >line
	grep -qF -- "$4" line && return 0
	cat rejected
	return 1
}
ok "escaped_quotes.csv: the cell" report_has csv/escaped_quotes.csv b 2 \
    '~1,2,invalid,"ha ""ha"" ha",,,1,"ha ""ha"" ha"'
ok "comma_in_quotes.csv: the cell" report_has csv/comma_in_quotes.csv address \
    1 ',invalid,120 any st.,'
ok "comma_in_quotes.csv: a cell with a comma" report_has \
    csv/comma_in_quotes.csv city 1 ',invalid,"Anytown, WW",'
ok "quotes_and_newlines.csv: the cell" report_has \
    csv/quotes_and_newlines.csv b 2 ',invalid,"ha ~""ha"" ~ha",'
ok "newlines_crlf.csv: the cell" report_has csv/newlines_crlf.csv a 3 \
    '~2,3,invalid,"Once upon ~a time",'
ok "newlines_crlf.csv: the row after it" report_has csv/newlines_crlf.csv a 3 \
    '~3,5,'
ok "mac_newlines.csv: the cell" report_has csv/mac_newlines.csv a 2 \
    '~2,3,invalid,"Once upon~a time",'

# ---- encodings ----

# The same table in three encodings: the same report, with a mark.
for f in bom_utf8 bom_utf16le bom_utf16be; do
	ok "encoding/$f.csv: has no phone column" no_phone_column \
	    encoding/$f.csv --region US
	ok "encoding/$f.csv: by column" by_column encoding/$f.csv column2 2 0
	cp rejected $f.rejected
	cp clean $f.clean
done
printf '\xef\xbb\xbf"column1","column2","column3"\n' >mark
head -n 1 "$data/encoding/bom_utf8.csv" | tr -d '\r' >first
ok "encoding/bom_utf8.csv: its first line" same mark first
for f in bom_utf8 bom_utf16le bom_utf16be; do
	tr -d '\r' <$f.clean >clean.text
	ok "encoding/$f.csv: a clean file begins with the mark" same mark \
	    clean.text
	ok "encoding/$f.csv: the report of UTF-8" same bom_utf8.rejected \
	    $f.rejected
done

ok "encoding/gbk_hospitals.csv: has no phone column" no_phone_column \
    encoding/gbk_hospitals.csv --region CN
# Bytes pass: what stands behind the six columns of the report is the file.
gbk_bytes() {
	by_column encoding/gbk_hospitals.csv 1 120 0 --region CN || return 1
	LC_ALL=C sed -E '1s/^row,line,reason,number,detail,also,//
	    1!s/^([^,"]*,){4}("[^"]*"|[^,"]*),[^,"]*,//' rejected >bytes
	same "$data/encoding/gbk_hospitals.csv" bytes
}
ok "encoding/gbk_hospitals.csv: its bytes pass through" gbk_bytes
ok "encoding/gbk_hospitals.csv: a column by its Chinese name" by_column \
    encoding/gbk_hospitals.csv 邮政编码 120 0 --region CN

# ---- lists of facts ----

# lists_reject STATUS REASONS CAMPAIGN-OPTION...: the reasons of each row of
# campaign.csv, "kept" where it is not in the report.
verdicts() {
	local want=$1
	shift
	rm -f clean rejected
	run 0 "$scrub" run campaign.csv -o clean --rejects rejected --json \
	    --max-reject 100 "$@" || return 1
	[ "$(sed 1d rejected | cut -d, -f1,3 | tr '\n' ' ')" = "$want" ] &&
	    return 0
	cat rejected
	return 1
}

printf '%s\n' phone 888-674-9072 '+1 (833) 588-3781' 212-555-0143 >campaign.csv
ok "dnc/ftc_reported_calls.csv: blocks its numbers" verdicts '1,dnc 2,dnc ' \
    --dnc "$data/dnc/ftc_reported_calls.csv" --region US

# The published example uses exchange 123, which no number has: its layout is
# understood, its numbers are not of the plan.
printf '%s\n' phone '(416) 223-4567' 416-223-4570 >campaign.csv
not_of_the_plan() {
	run 10 "$scrub" run campaign.csv -o refused --dnc \
	    "$data/dnc/dncl_flat.txt" --region CA || return 1
	grep -q 'dncl_flat.txt: 3 of 3 lines' err && [ ! -e refused ] && return 0
	cat err
	return 1
}
ok "dnc/dncl_flat.txt: numbers that cannot be are refused" not_of_the_plan
ok "dnc/dncl_flat.txt: or let pass" verdicts '' \
    --dnc "$data/dnc/dncl_flat.txt" --region CA --max-bad 100
sed 's/,123/,223/' "$data/dnc/dncl_flat.txt" >flat.txt
ok "the layout of dnc/dncl_flat.txt blocks its numbers" verdicts '1,dnc ' \
    --dnc flat.txt --region CA

# Call records: most numbers were made up and are of no plan.
printf '%s\n' phone 802-252-0510 212-555-0143 >campaign.csv
cdr=(--calls "$data/calls/freeswitch_cdr.csv" --cap 1/24h --region US
	--tz UTC --as-of 2015-04-09T18:00:00Z)
cdr_refused() {
	run 10 "$scrub" run campaign.csv -o refused "${cdr[@]}" || return 1
	grep -q 'of 50 lines cannot be used' err && [ ! -e refused ] && return 0
	cat err
	return 1
}
ok "calls/freeswitch_cdr.csv: too many numbers of no plan" cdr_refused
ok "calls/freeswitch_cdr.csv: counts calls" verdicts '1,over_cap ' \
    "${cdr[@]}" --max-bad 100
cdr_dates() {
	verdicts '1,over_cap ' "${cdr[@]}" --max-bad 100 &&
	    is unreadable_dates 0 && is lines 50
}
ok "calls/freeswitch_cdr.csv: its dates, to the nanosecond, are read" cdr_dates
ok "calls/freeswitch_cdr.csv: a day later nothing counts" verdicts '' \
    "${cdr[@]}" --max-bad 100 --as-of 2015-04-10T18:00:00Z
ok "calls/freeswitch_cdr.csv: by another column" verdicts '' \
    "${cdr[@]}" --max-bad 100 --map calls.number=caller_id_number \
    --map calls.called_at=end_stamp

finish
