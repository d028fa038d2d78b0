#!/bin/bash
# index_runs.sh - lists give the same verdicts sealed in an index as read from
# their files; and an index that cannot be relied on ends a run, which then
# puts nothing in place.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

rows=20000
[ "$slow" = no ] || rows=2000
generate "$rows" $((23 + ${SOAK:-0})) || exit 2

conf=home/scrub.conf
feed() { # NAME FILE KIND
	printf '\n[list "%s"]\nfeed = ../%s\nlayout = csv\nkind = %s\n' \
	    "$1" "$2" "$3"
	printf 'region = CN\nmax-age = never\nmax-bad = 5\n'
}

"$scrub" init --quiet --home home || exit 2
{
	printf 'tz = Europe/Berlin\n'
	feed dnc dnc.csv dnc
	feed dnc2 dnc2.csv dnc
	feed national national.csv listed
	feed partner partner.csv listed
	feed consents consent.csv consent
	feed cdr calls.csv calls
	feed vip allow.csv allow
} >>"$conf"

# The index is made now, so the run is planned for a moment later.
policy+=(--as-of "$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)" --cap 4/total)

screen() { # NAME [OPTION]...
	local name=$1
	shift
	run 0 "$scrub" run campaign.csv -o "$name.clean" \
	    --rejects "$name.rejected" --quiet "${policy[@]}" "$@"
}

# The rows and reasons of a report; which of two lists is named may differ.
reasons() {
	awk -F, '/^[0-9]+,[0-9]+,[a-z_]+,/ { print $1, $3 }' "$1.rejected"
}

same_verdicts() { # NAME: of NAME.file and NAME.index
	[ -s "$1.file.clean" ] || return 1
	same "$1.file.clean" "$1.index.clean" || return 1
	reasons "$1.file" >file.reasons
	reasons "$1.index" >index.reasons
	[ -s file.reasons ] && same file.reasons index.reasons
}

ok "the index is made" run 0 "$scrub" refresh --home home --conf "$conf"
ok "and is whole" run 0 "$scrub" index verify --home home
ok "full: from files" screen full.file "${lists[@]}" "${full[@]}"
ok "full: from the index" screen full.index --home home "${full[@]}"
ok "full: the same" same_verdicts full
ok "narrow: from files" screen narrow.file "${lists[@]}" "${narrow[@]}"
ok "narrow: from the index" screen narrow.index --home home "${narrow[@]}"
ok "narrow: the same" same_verdicts narrow
head -n 400 campaign.csv >few.csv
few() {
	run 0 "$scrub" run few.csv -o few.clean --rejects few.rejected \
	    --quiet "${policy[@]}" "${full[@]}" --home home || return 1
	head -c "$(wc -c <few.clean)" full.file.clean >few.want &&
	    same few.want few.clean
}
ok "few rows open few pages, and give the same" few

# ---- an index that cannot be relied on ----

# refused STATUS [OPTION]...: the run ends so, and leaves what was there.
refused() {
	local status=$1
	shift
	echo old >old.clean
	run "$status" "$scrub" run campaign.csv -o old.clean \
	    --rejects old.rejected --quiet "${policy[@]}" --home home "$@" ||
	    return 1
	[ "$(cat old.clean)" = old ] && [ ! -e old.rejected ]
}

sed -i 's/max-age = never/max-age = 31d/' "$conf"
ok "a max-age of scrub.conf holds at once" refused 10 \
    --as-of 2099-01-01 --conf "$conf"
ok "a max-age is set" run 0 "$scrub" refresh --home home --conf "$conf" --force
ok "at a planned time that is later it is stale" refused 10 \
    --as-of 2099-01-01 --conf "$conf"
sed -i 's/max-age = 31d/max-age = never/' "$conf"
ok "and is not any more" run 0 "$scrub" refresh --home home --conf "$conf" \
    --force
feed more dnc.csv dnc >>"$conf"
ok "a list that was never refreshed is missing" refused 10 --conf "$conf"
now=$(readlink -f home/index/current)
cp "$now" kept.idx
for at in 0 100 5000 $(($(stat -c %s "$now") - 5000)); do
	cp kept.idx "$now"
	printf '\125\252\125\252' |
	    dd of="$now" bs=1 seek="$at" conv=notrunc 2>/dev/null
	ok "altered at byte $at" refused 12
done
cp kept.idx "$now"
truncate -s -1 "$now"
ok "cut by a byte" refused 12
cp "$(dirname "$now")"/*1.idx "$now"
ok "an older generation under the name of this one" refused 12
"$scrub" init --quiet --home other && "$scrub" refresh --quiet --home other \
    --conf "$conf" 2>/dev/null
cp "$(readlink -f other/index/current)" "$now"
ok "from another home" refused 12
rm "$now"
ok "gone" refused 12
rm -r home/index
ok "never made" refused 10 --conf "$conf"

finish
