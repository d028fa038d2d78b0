#!/bin/bash
# oracle.sh - the verdicts of scrub are those that SQL computes from the rules.
#
# gen.awk makes up a campaign and lists in which every rule has something to
# say, and knows the number behind each spelling; judge.sql is the policy
# again, written from the design.  The clean file must be the same byte for
# byte, and every rejected row must give the same reason and the same others.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

rows=100000
[ "$slow" = no ] || rows=20000
seed=$((1 + ${SOAK:-0}))

# screen NAME [OPTION]...: run over the campaign, into NAME.clean, NAME.rejected
screen() {
	local name=$1
	shift
	run 0 "$scrub" run campaign.csv -o "$name.clean" \
	    --rejects "$name.rejected" --json "${lists[@]}" "${policy[@]}" "$@"
}

report_is() { # NAME EOL
	LC_ALL=C awk -v eol="$2" -v header="$header" \
	    -f "$oracle/report.awk" "$1.report" "$1.rejected"
}

clean_is() { # NAME
	clean_of "$1" >"$1.want"
	same "$1.want" "$1.clean"
}

# Every reason is there, or the data no longer tests what it says.
every_reason() { # NAME REASON...
	local name=$1 reason
	shift
	for reason in "$@"; do
		grep -q "^$reason|" "$name.count" || {
			echo "no row with headline $reason"
			cat "$name.count"
			return 1
		}
	done
}

# The counts of the summary are SQL's, and so is its count of blank lines.
summary_is() { # NAME
	local reason count
	while IFS='|' read -r reason count; do
		tr -d '\n' <"$1.json" |
		    grep -Eq "\"$reason\": *${count}[,}]" || {
			echo "the summary does not say $reason: $count"
			cat "$1.json"
			return 1
		}
	done <"$1.count"
	tr -d '\n' <"$1.json" |
	    grep -Eq "\"rows\": *$rows,.*\"blank_lines\": *$(cat blank.txt)," || {
		echo "rows are not $rows, or blank lines not $(cat blank.txt)"
		cat "$1.json"
		return 1
	}
}

generate "$rows" "$seed" || exit 2

expect full "$full_sql" || exit 2
ok "the data has every reason" every_reason full kept never_call malformed \
    empty invalid damaged ambiguous wrong_type wrong_region dnc listed \
    consent_missing consent_expired consent_withdrawn over_cap duplicate
ok "a run with all lists" screen full "${full[@]}"
mv out full.json
ok "its clean file is the one SQL selects" clean_is full
ok "each rejected row has the reasons SQL gives" report_is full LF
ok "its summary has the counts of SQL" summary_is full

expect narrow "$narrow_sql" || exit 2
ok "the data has rows that are not allowed" every_reason narrow kept \
    not_allowed consent_withdrawn
ok "an allow-only run on another channel" screen narrow "${narrow[@]}"
mv out narrow.json
ok "allow-only: its clean file is the one SQL selects" clean_is narrow
ok "allow-only: each rejected row has the reasons SQL gives" \
    report_is narrow LF
ok "allow-only: its summary has the counts of SQL" summary_is narrow

# The same with CRLF, inside quotes too.
sed 's/$/\r/' campaign.csv >crlf.csv && mv crlf.csv campaign.csv
ok "a run with CRLF" screen crlf "${full[@]}"
cp full.report crlf.report
clean_of full | sed 's/$/\r/' >crlf.want
ok "CRLF: the clean file is the one SQL selects" same crlf.want crlf.clean
ok "CRLF: each rejected row has the reasons SQL gives" report_is crlf CRLF

finish
