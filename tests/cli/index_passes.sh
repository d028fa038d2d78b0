#!/bin/bash
# index_passes.sh - with its lists in the index, too, a campaign that is read
# twice gives the bytes that it gives when read once, and the same summary; an
# index that was altered anywhere ends the run, and so does a campaign that
# changes; and the index is never in memory as a whole.
#
# The same after random changes of the register: index_recent.sh.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

rows=20000
[ "$slow" = no ] || rows=2000
generate "$rows" $((29 + ${SOAK:-0})) || exit 2

feed() { # NAME FILE KIND
	printf '\n[list "%s"]\nfeed = ../%s\nlayout = csv\nkind = %s\n' \
	    "$1" "$2" "$3"
	printf 'region = CN\nmax-age = never\nmax-bad = 5\n'
}
home() { # HOME [NAME FILE KIND]...
	local home=$1
	shift
	"$scrub" init --quiet --home "$home" || return
	printf 'tz = Europe/Berlin\n' >>"$home/scrub.conf"
	for (( ; $# > 0; )); do
		feed "$1" "$2" "$3"
		shift 3
	done >>"$home/scrub.conf"
	run 0 "$scrub" refresh --home "$home" --conf "$home/scrub.conf"
}

# Planned for after the index was made, and for before.
soon=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)
policy+=(--cap 4/total)

# screen NAME HOME [OPTION]...: on a copy, since runs are recorded
screen() {
	local name=$1
	rm -rf at && cp -a "$2" at || return 1
	shift 2
	run 0 "$scrub" run campaign.csv -o "$name.clean" \
	    --rejects "$name.rejected" --json --home at "$@" || return 1
	# all it says but for times and names of outputs
	tr "," "\n" <out |
	    grep -Ev "as_of|clean|rejects|seconds|per_second" >"$name.json"
}

# alike HOME [OPTION]...
alike() {
	screen once "$@" --passes 1 && screen twice "$@" --passes 2 &&
	    [ "$(wc -l <once.clean)" -gt 1 ] &&
	    [ "$(wc -l <once.rejected)" -gt 100 ] &&
	    same once.clean twice.clean &&
	    same once.rejected twice.rejected && same once.json twice.json
}

ok "feeds of every kind" home feeds dnc dnc.csv dnc dnc2 dnc2.csv dnc \
    national national.csv listed partner partner.csv listed \
    consents consent.csv consent cdr calls.csv calls vip allow.csv allow
ok "all rules" alike feeds "${policy[@]}" "${full[@]}"
ok "planned for later than the index" alike feeds "${policy[@]}" "${full[@]}" \
    --as-of "$soon"
ok "for when all consents have ended" alike feeds "${policy[@]}" "${full[@]}" \
    --no-require-consent --as-of 2099-01-01
ok "one thread" alike feeds "${policy[@]}" "${full[@]}" --threads 1
ok "eight threads, small blocks" alike feeds "${policy[@]}" "${full[@]}" \
    --threads 8 --block 4096
ok "only what is allowed" alike feeds "${policy[@]}" "${narrow[@]}"
ok "duplicates and all" alike feeds "${policy[@]}" "${full[@]}" --no-dedupe
ok "no caps" alike feeds --region CN --person customer "${full[@]}"
ok "nobody has a customer id" alike feeds --region CN --cap 3/7d \
    --as-of 2026-03-29T15:30 "${full[@]}"
ok "lists that are files beside it" alike feeds "${policy[@]}" "${full[@]}" \
    --listed other=national.csv --consent consent.csv --max-bad 5
ok "most numbers unreadable" alike feeds "${policy[@]}" "${full[@]}" \
    --region US --max-reject 100 --no-require-consent

# Numbers take consent back in consent.csv; without it nobody does.
cut -d , -f 1,3,4 consent.csv >given.csv
ok "nothing that is taken back" home given consents given.csv consent \
    cdr calls.csv calls dnc dnc2.csv dnc
ok "gives the same" alike given "${policy[@]}" "${full[@]}"
ok "but by the run's own lists" alike given "${policy[@]}" "${full[@]}" \
    --consent consent.csv --max-bad 5
ok "or by the register" run 0 "$scrub" consent import --home given --quiet \
    --region CN --max-bad 5 --by tester --yes consent.csv
ok "which changes it" alike given "${policy[@]}" "${full[@]}" --as-of "$soon"
ok "what the register says is compiled" run 0 "$scrub" refresh --home given \
    --conf given/scrub.conf
ok "and said by the index" alike given "${policy[@]}" "${full[@]}" \
    --as-of "$soon"

# ---- an index that cannot be relied on ----

ended() { # STATUS [OPTION]...: the run ends so, and leaves what was there
	local status=$1
	shift
	echo old >old.clean
	run "$status" "$scrub" run campaign.csv -o old.clean \
	    --rejects old.rejected --quiet --home given "${policy[@]}" \
	    --passes 2 "$@" && [ "$(cat old.clean)" = old ] &&
	    [ ! -e old.rejected ]
}
now=$(readlink -f given/index/current)
cp "$now" kept.idx
pages=$(($(stat -c %s "$now") / 4096))
[ "$pages" -lt 60 ] || pages=60
each_page() {
	local page
	for ((page = 0; page < pages; page++)); do
		cp kept.idx "$now"
		printf '\125\252\125\252' | dd of="$now" bs=1 conv=notrunc \
		    seek=$((page * 4096 + page * 67 % 4093)) 2>/dev/null
		ended 12 || return
	done
}
swapped() {
	cp kept.idx "$now"
	dd if=kept.idx of="$now" bs=4096 skip=3 seek=4 count=1 conv=notrunc \
	    2>/dev/null
	ended 12
}
cut_short() {
	cp kept.idx "$now"
	truncate -s -4096 "$now"
	ended 12
}
ok "any of $pages pages altered" each_page
ok "a page in the place of another" swapped
ok "a page less" cut_short
cp kept.idx "$now"

# ---- a campaign that changes between the two ----

# Which list the run opens when it has read the numbers, and holds it up; it
# says nothing of anybody, so that nothing but the index is asked.
changed() { # STATUS PASSES
	local status=0 pid
	rm -f list changed.clean changed.rejected
	cp campaign.csv changing.csv
	mkfifo list || return 1
	"$scrub" run changing.csv -o changed.clean --rejects changed.rejected \
	    --dnc list --empty-ok --home given "${policy[@]}" --passes "$2" \
	    --quiet >out 2>err &
	pid=$!
	{
		awk -v header="$header" 'BEGIN {
			print header
			for (i = 0; i < 2000; i++)
				printf "%d,,130%08d,,,\n", i, i * 7
		}' >changing.csv
		echo number
	} >list
	wait "$pid" || status=$?
	cat err
	[ "$status" -eq "$1" ] || return
	[ "$1" = 0 ] || {
		[ ! -e changed.clean ] && [ ! -e changed.rejected ] &&
		    grep -q 'changing.csv.*changed' err &&
		    grep -q 'hint:' err
	}
}
ok "a campaign that changes between the two ends the run" changed 4 2
ok "and is none of anybody's business when it is read once" changed 0 1

# ---- memory ----

if [ "$slow" = yes ] || [ ! -r /proc/self/status ]; then
	skip "memory" "it cannot be measured here"
	finish
fi
seq -f '139%08.0f' 0 9 59999999 >dnc-long.csv
{
	echo phone,note
	seq -f '139%08.0f,as many words as there are in most rows of a list' \
	    0 600 59999999
} >many.csv
peak() { # NAME [OPTION]...: its anonymous memory, in kB
	local name=$1 pid
	shift
	"$scrub" run many.csv -o "$name.clean" --rejects "$name.rejected" \
	    --region CN --home long --no-require-consent --quiet "$@" 2>err &
	pid=$!
	watch $pid
	wait $pid
}
memory() {
	local index once twice
	home long dnc dnc-long.csv dnc || return
	index=$(($(stat -Lc %s long/index/current) / 1024))
	once=$(peak once --passes 1) && twice=$(peak twice) || return
	echo "index $index kB, once $once kB, twice $twice kB"
	same once.clean twice.clean && same once.rejected twice.rejected &&
	    [ "$once" -gt "$index" ] && [ "$twice" -lt $((index / 2)) ]
}
ok "of a long index little is in memory" memory

finish
