#!/bin/bash
# blocks.sh - how much is read at a time changes nothing: not for a campaign,
# not for a list, whatever ends their lines and however they are encoded; nor
# does the number of threads.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

rows=5000
[ "$slow" = no ] || rows=1000
generate "$rows" $((7 + ${SOAK:-0})) || exit 2

# screen NAME CAMPAIGN [OPTION]...
screen() {
	local name=$1 campaign=$2
	shift 2
	run 0 "$scrub" run "$campaign" -o "$name.clean" \
	    --rejects "$name.rejected" --quiet "${lists[@]}" "${policy[@]}" \
	    "${full[@]}" "$@"
}

same_results() { # CAMPAIGN [OPTION]...
	screen got "$@" || return 1
	same want.clean got.clean && same want.rejected got.rejected
}

# all_blocks WHAT CAMPAIGN: with the usual block, then with each of the others.
all_blocks() {
	ok "$1, the usual block" screen want "$2"
	ok "$1, rows kept and rejected" test -s want.clean -a -s want.rejected
	for block in 1 7 4096 1M; do
		ok "$1, blocks of $block" same_results "$2" \
		    --block $block
	done
}

# The same text with other line ends, in quotes too; a lone CR for each LF.
crlf() {
	sed 's/\r$//; s/$/\r/' "$1" >"$1.new" && mv "$1.new" "$1"
}
cr() {
	sed 's/\r$//' "$1" | tr '\n' '\r' >"$1.new" && mv "$1.new" "$1"
}
utf16() { # FILE ENCODING BOM
	sed '1s/^\xef\xbb\xbf//' "$1" >"$1.text"
	{
		printf '%b' "$3"
		iconv -f UTF-8 -t "$2" "$1.text"
	} >"$1.new" && mv "$1.new" "$1"
}
every_file() {
	local f
	for f in campaign.csv dnc.csv dnc2.csv national.csv partner.csv \
	    consent.csv calls.csv allow.csv; do
		"$1" "$f" "${@:2}" || return 1
	done
}

# The rows and reasons of a report, whatever ends its lines.
reasons() {
	tr '\r' '\n' <"$1" | awk -F, '/^[0-9]+,[0-9]+,[a-z_]+,/ {
		print $1, $3 }'
}
reasons_are() {
	reasons want.rejected >reasons.got
	[ -s reasons.got ] && same reasons.lf reasons.got
}

all_blocks LF campaign.csv
reasons want.rejected >reasons.lf
cp want.clean lf.clean
for threads in 1 2 3 8; do
	ok "$threads threads" same_results campaign.csv --threads $threads
	ok "$threads threads, blocks of 100" same_results campaign.csv \
	    --threads $threads --block 100
done

every_file crlf
all_blocks CRLF campaign.csv
ok "CRLF: the verdicts of LF" reasons_are
tr -d '\r' <want.clean >text
ok "CRLF: the rows of LF" same lf.clean text

every_file cr
all_blocks CR campaign.csv
ok "CR: the verdicts of LF" reasons_are
tr '\r' '\n' <want.clean >text
ok "CR: the rows of LF" same lf.clean text

generate "$rows" $((7 + ${SOAK:-0})) || exit 2
every_file utf16 UTF-16LE '\xff\xfe'
all_blocks UTF-16LE campaign.csv
ok "UTF-16LE: the verdicts of UTF-8" reasons_are
{
	printf '\xef\xbb\xbf'
	cat lf.clean
} >text
ok "UTF-16LE: the rows come out as UTF-8 with a mark" same text want.clean

generate "$rows" $((7 + ${SOAK:-0})) || exit 2
every_file utf16 UTF-16BE '\xfe\xff'
all_blocks UTF-16BE campaign.csv
ok "UTF-16BE: the verdicts of UTF-8" reasons_are

# A pipe hands over what it has, in pieces of its own.
generate "$rows" $((7 + ${SOAK:-0})) || exit 2
piecemeal() {
	local status=0
	awk '{ print; if (NR % 500 == 0) { fflush(); system("sleep 0.01") } }' \
	    campaign.csv | "$scrub" run - -o got.clean --rejects got.rejected \
	    --quiet "${lists[@]}" "${policy[@]}" "${full[@]}" || status=1
	[ "$status" -eq 0 ] && same lf.clean got.clean
}
ok "a pipe gives the rows of a file" piecemeal

finish
