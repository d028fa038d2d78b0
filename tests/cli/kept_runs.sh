#!/bin/bash
# kept_runs.sh - rows that are kept are written in runs; whatever ends a run, at
# any place, the files are what a row by row account of the rules makes of it.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

rows=20000
[ "$slow" = no ] || rows=3000

# make_files SEED BLANKS END: campaign.csv, dnc.csv, and the files that are wanted.
# Each row is new, mostly, or comes again, is listed, malformed, unreadable or
# empty; some stand on two lines, or behind a blank one.
make_files() {
	awk -v rows="$rows" -v seed="$1" -v blanks="$2" -v end="$3" '
	function put(file, text) { printf "%s", text >file }
	function reject(reason, number, detail) {
		put("want.rejected", row "," line "," reason "," number "," \
		    detail ",," text (row == rows ? "\n" : eol))
	}
	BEGIN {
		srand(seed)
		put("campaign.csv", "id,phone\n")
		put("want.clean", "id,phone\n")
		put("want.rejected",
		    "row,line,reason,number,detail,also,id,phone\n")
		put("dnc.csv", "phone\n")
		line = 2
		for (row = 1; row <= rows; row++) {
			share = rand() * (row % 2000 < 1000 ? 100 : 300)
			number = sprintf("138%08d", row)
			if (share < 12 && row > 1)
				number = sprintf("138%08d",
				    1 + int(rand() * (row - 1)))
			else if (share < 20)
				put("dnc.csv", number "\n")
			if (share < 20 && share >= 12)
				listed[number] = 1
			cell = number
			if (share >= 20 && share < 23)
				cell = share < 21 ? "" : "none"
			id = rand() < 0.02 ? "\"" row "\n,\"" : row
			text = id "," cell
			if (share >= 23 && share < 26)
				text = text ",more"
			eol = row == rows ? end : "\n"
			if (blanks && rand() < 0.02) {
				put("campaign.csv", " \t\n")
				line++
			}
			put("campaign.csv", text eol)
			if (share >= 23 && share < 26)
				reject("malformed", "",
				    "3 fields where the header has 2")
			else if (cell == "")
				reject("empty", "", "")
			else if (cell == "none")
				reject("invalid", "none", "")
			else if (number in listed)
				reject("dnc", "+86" number, "list dnc")
			else if (number in kept)
				reject("duplicate", "+86" number,
				    "of row " kept[number])
			else {
				put("want.clean", text eol)
				kept[number] = row
			}
			line += 1 + (id != row)
		}
	}'
}

# screen [OPTION]...
screen() {
	run 0 "$scrub" run campaign.csv -o got.clean --rejects got.rejected \
	    --quiet --region CN --column phone --dnc dnc.csv "$@" || return 1
	same want.clean got.clean && same want.rejected got.rejected
}

for seed in 1 2 3 4; do
	what="seed $seed"
	rm -f ./*.csv want.* got.*
	end=
	[ "$seed" -gt 2 ] || end='\n'
	make_files "$seed" $((seed % 2)) "$end" || exit 2
	ok "$what, some of each" test -s want.clean -a -s want.rejected
	ok "$what" screen --threads 1
	for block in 1 7 1000 64K; do
		ok "$what, blocks of $block" screen --threads 1 --block $block
		ok "$what, blocks of $block, 3 threads" screen --threads 3 \
		    --block $block
	done
done

# ---- on record ----

# Numbers that come once, that come again, and that are held back.
sed -n '2,$s/.*,138/138/p' want.clean | tr -d '\r' |
	awk 'NR % 37 == 1' | head -n 150 >kept.txt
awk -F , '$4 ~ /^.86138/ && $3 == "dnc" { print substr($4, 4) }' \
    want.rejected | head -n 20 >refused.txt
awk -F , '$3 == "duplicate" { print substr($4, 4) }' want.rejected |
	head -n 20 >>kept.txt

# offered N FILE: N runs have offered each of its numbers.
offered() {
	"$scrub" why --home h --region CN --by tester - <"$2" |
		awk '
	/^138/ { if (n++) print runs; runs = on = 0 }
	/^offered in runs$/ { on = 1; next }
	on && /^ +[0-9]+  20/ { runs++ }
	END { print runs }' >runs.txt
	[ "$(sort -u runs.txt)" = "$1" ] &&
	    [ "$(wc -l <runs.txt)" -eq "$(wc -l <"$2")" ]
}
"$scrub" init --quiet --home h || exit 2
ok "a run that reads once is recorded" screen --home h --passes 1
ok "one that reads twice" screen --home h --passes 2 --threads 1
ok "so is one in small blocks" screen --home h --passes 2 --threads 3 \
    --block 1000
ok "each has offered what it kept" offered 3 kept.txt
ok "and nothing else" offered 0 refused.txt
ok "what is only tried is not" screen --home h --passes 2 --dry-run
ok "but told" offered 3 kept.txt

finish
