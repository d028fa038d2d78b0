#!/bin/bash
# threads.sh - any number of threads gives the same bytes; with lists that are
# large enough for threads to meet in the table of facts.  `make races` runs it
# under the thread sanitizer, which ends a run that it has something to say of.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

rows=30000
[ "$slow" = no ] || rows=3000
[ "${SANITIZE:-}" != thread ] || rows=30000
generate "$rows" $((11 + ${SOAK:-0})) || exit 2

# screen NAME [OPTION]...
screen() {
	local name=$1
	shift
	run 0 "$scrub" run campaign.csv -o "$name.clean" \
	    --rejects "$name.rejected" --quiet "${lists[@]}" "${policy[@]}" \
	    "${full[@]}" "$@"
}

same_results() { # [OPTION]...
	screen got "$@" || return 1
	same want.clean got.clean && same want.rejected got.rejected
}

ok "one thread" screen want --threads 1
ok "rows kept and rejected" test -s want.clean -a -s want.rejected
for threads in 2 3 8; do
	ok "$threads threads" same_results --threads $threads
	ok "$threads threads, small blocks" same_results --threads $threads \
	    --block 4096
	ok "$threads threads, read twice" same_results --threads $threads \
	    --block 4096 --passes 2
done

# Rows that are long at first promise fewer numbers than there are.
long_first() {
	awk -F, 'NR > 1 && NR < 100 { $0 = $0 sprintf("%900s", "") } { print }' \
	    OFS=, campaign.csv >long.csv
	run 0 "$scrub" run long.csv -o want.clean --rejects want.rejected --quiet \
	    "${lists[@]}" "${policy[@]}" "${full[@]}" --passes 1 --threads 1 &&
	    run 0 "$scrub" run long.csv -o got.clean --rejects got.rejected \
		--quiet "${lists[@]}" "${policy[@]}" "${full[@]}" --passes 2 \
		--threads 4 --block 4096 || return 1
	same want.clean got.clean && same want.rejected got.rejected
}
ok "4 threads name more numbers than were promised" long_first

# Lists in an index: what is asked for goes into slots, and the rest into a table.
sealed() {
	local kind
	"$scrub" init --quiet --home h || return
	for kind in dnc consent calls; do
		printf '[list "%s-feed"]\nfeed = ../%s.csv\nkind = %s\n' \
		    $kind $kind $kind
		printf 'layout = csv\nregion = CN\nmax-age = never\nmax-bad = 5\n'
	done >>h/scrub.conf
	run 0 "$scrub" refresh --home h --conf h/scrub.conf --quiet
}
ok "an index" sealed
lists=(--home h)
ok "read once by one thread" screen want --threads 1 --passes 1
for threads in 1 2 4; do
	ok "$threads threads sieve it" same_results --threads $threads \
	    --passes 2
done
ok "3 threads, and lists beside it" screen want --threads 1 --passes 1 \
    --dnc dnc2.csv --consent consent.csv --max-bad 5
ok "give the same" same_results --threads 3 --passes 2 --block 4096 \
    --dnc dnc2.csv --consent consent.csv --max-bad 5

finish
