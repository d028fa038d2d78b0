#!/bin/bash
# passes.sh - a campaign that is read twice gives the same bytes as one that is
# read once; and one that changes in between ends the run.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

rows=30000
[ "$slow" = no ] || rows=3000
generate "$rows" $((23 + ${SOAK:-0})) || exit 2

# screen NAME [OPTION]...
screen() {
	local name=$1
	shift
	run 0 "$scrub" run campaign.csv -o "$name.clean" \
	    --rejects "$name.rejected" --json "${lists[@]}" "$@" || return 1
	# all it says but for times and names of outputs
	tr "," "\n" <out | grep -Ev "clean|rejects|seconds|per_second|peak" >"$name.json"
}

# alike [OPTION]...: whatever is said, once and twice give the same.
alike() {
	screen once --passes 1 "$@" && screen twice --passes 2 "$@" &&
	    test -s once.clean -a -s once.rejected -a -s once.json &&
	    same once.clean twice.clean &&
	    same once.rejected twice.rejected && same once.json twice.json
}

ok "all rules" alike "${policy[@]}" "${full[@]}"
ok "one thread" alike "${policy[@]}" "${full[@]}" --threads 1
ok "eight threads, small blocks" alike "${policy[@]}" "${full[@]}" \
    --threads 8 --block 4096
ok "only what is allowed" alike "${policy[@]}" "${narrow[@]}"
ok "most numbers unreadable" alike "${policy[@]}" --region US --max-bad 100 \
    --max-reject 100
ok "duplicates and all" alike "${policy[@]}" --no-dedupe

# ---- cells with several numbers, and with none ----

awk -v rows="$rows" 'BEGIN {
	srand(7)
	print "a,b,area,local,land"
	for (i = 0; i < rows; i++) {
		n = sprintf("138%08d", int(rand() * 2 * rows))
		m = sprintf("159%08d", int(rand() * 2 * rows))
		a = rand() < .5 ? n "/" m : rand() < .2 ? "none" : "86" n
		b = rand() < .3 ? "" : "\"0086 " m "\""
		land = rand() < .1 ? "US" : rand() < .1 ? "" : "CN"
		printf "%s,%s,0755,2%07d,%s\n", a, b, rand() * 2 * rows, land
	}
}' >wide.csv
awk -v rows="$rows" 'BEGIN {
	srand(8)
	print "number"
	for (i = 0; i < rows; i++)
		print (rand() < .4 ? "138" : rand() < .5 ? "159" : "0755") \
		    sprintf("%08d", rand() * 2 * rows)
	print "1380000*"
}' >wide-dnc.csv

wide() { # NAME [OPTION]...
	local name=$1
	shift
	run 0 "$scrub" run wide.csv -o "$name.clean" \
	    --rejects "$name.rejected" --quiet --dnc wide-dnc.csv \
	    --region CN --max-reject 100 --as-of 2026-03-29 "$@"
}

wide_alike() { # [OPTION]...
	wide once --passes 1 "$@" && wide twice --passes 2 "$@" &&
	    test "$(grep -c ',dnc,' once.rejected)" -gt 100 &&
	    same once.clean twice.clean && same once.rejected twice.rejected
}

ok "several columns" wide_alike --column a --column b --column area+local
ok "several columns, any or all" wide_alike --column a --column b --multi all
ok "a column of regions" wide_alike --column a --region-column land \
    --format e164

# ---- several inputs, and none to read twice ----

several() { # NAME [OPTION]...
	local name=$1
	shift
	mkdir "$name" &&
	    run 0 "$scrub" run wide.csv half.csv --out-dir "$name" --quiet \
		--dnc wide-dnc.csv --column a --region CN --max-reject 100 \
		--as-of 2026-03-29 "$@"
}
head -n $((rows / 2)) wide.csv >half.csv
several_alike() {
	several once --passes 1 && several twice --passes 2 &&
	    diff -r once twice
}
ok "several inputs" several_alike

head -n 1 wide.csv >nobody.csv
nobody() {
	run 0 "$scrub" run nobody.csv -o nobody.clean --rejects - --passes 2 \
	    --dnc wide-dnc.csv --column a --region CN && same nobody.csv nobody.clean
}
ok "no rows at all" nobody

piped() {
	local status=0
	"$scrub" run - --passes 2 --dnc wide-dnc.csv --column a --region CN \
	    <wide.csv >out 2>err || status=$?
	[ "$status" -eq 2 ] && grep -q 'cannot be read twice' err &&
	    grep -q -e '--passes 1' err
}
ok "a pipe cannot be read twice" piped
neither() {
	run 2 "$scrub" run wide.csv --passes 0 --dnc wide-dnc.csv &&
	    grep -q "'0' is none of auto, 1, 2" err
}
ok "anything but auto, 1 and 2 is a mistake" neither
# long enough for two passes, if it were a file
once_anyway() {
	awk 'BEGIN { print "number"
		for (i = 0; i < 400000; i++) printf "139%08d\n", i }' >long.csv
	"$scrub" run - --dnc long.csv --column a --region CN --max-reject 100 \
	    --rejects /dev/null <wide.csv >out 2>err
}
ok "a pipe is read once" once_anyway

# ---- a campaign that changes between the two ----

# The list comes through a pipe, which scrub opens when it has read the
# numbers: what is put into the campaign then it has not seen.
# changed FIRST SECOND [OPTION]...: the run ends with 4, and leaves nothing.
changed() {
	local status=0 pid first=$1 second=$2
	shift 2
	rm -f list changed.clean
	printf '%b' "$first" >changing.csv
	mkfifo list || return 1
	"$scrub" run changing.csv -o changed.clean --rejects changed.rejected \
	    --dnc list --region CN --passes 2 --quiet "$@" >out 2>err &
	pid=$!
	{
		printf '%b' "$second" >changing.csv
		echo number
		seq 13900000000 13900000010
	} >list
	wait "$pid" || status=$?
	cat err
	[ "$status" -eq 4 ] && [ ! -e changed.clean ] &&
	    [ ! -e changed.rejected ] &&
	    grep -q 'changing.csv.*changed' err && grep -q 'hint:' err &&
	    ! grep -q '13[79]0000000' err
}
ok "a campaign that changes between the two ends the run" \
    changed 'phone\n13800000001\n13800000002\n' \
    'phone\n13800000001\n13900000003\n'
ok "one in which a number comes twice then" \
    changed 'phone\n13800000001\n13700000002\n' \
    'phone\n13800000001\n13800000001\n'
ok "one in which it comes twice in a row" \
    changed 'phone,mobile\n13800000001,13700000002\n' \
    'phone,mobile\n13800000001,13800000001\n' \
    --column phone --column mobile
ok "one in which it comes again beside another" \
    changed 'phone\n13800000001\n13700000002/13700000003\n' \
    'phone\n13800000001\n13700000002/13800000001\n'
ok "one in which it comes again by itself" \
    changed 'phone\n13700000002/13700000003\n13800000001\n' \
    'phone\n13700000002/13800000001\n13800000001\n'

finish
