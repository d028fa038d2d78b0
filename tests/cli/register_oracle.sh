#!/bin/bash
# register_oracle.sh - the same facts in files and in a register give the same
# clean bytes, and reject the same rows for the same reasons; whether the
# register is loaded or looked up in.
#
# The data is oracle.sh's, around the present moment: an import has no other
# "now" for what cannot be read.  So it is generated for a moment just before
# the imports, and screened as of one just after.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

rows=20000
[ "$slow" = no ] || rows=3000
seed=$((2 + ${SOAK:-0}))
zone=Europe/Berlin
home=$work/home
export SCRUB_HOME=$home

# What counts "to the end of today" must not change between import and run.
left=$((86400 - ($(TZ=$zone date +%s) - $(TZ=$zone date -d 00:00 +%s))))
[ "$left" -gt 300 ] || {
	echo "it is nearly midnight in $zone"
	exit 77
}

made=$(($(date +%s) - 5))
as_of=$((made + 120))
midnight=$(TZ=$zone date -d 00:00 +%s)
sed "s/now = 1774791000/now = $made/
    s/midnight = 1774738800/midnight = $midnight/" "$oracle/gen.awk" >gen.awk
cmp -s gen.awk "$oracle/gen.awk" && exit 2
awk -v rows="$rows" -v seed="$seed" -f gen.awk || exit 2
{
	printf '%s\n' "$header"
	tr '\001' '\n' <records.txt
} >campaign.csv

import() { # WHAT FILE [OPTION]...
	local what=$1 file=$2
	shift 2
	run 0 "$scrub" "$what" import --region CN --tz "$zone" --max-bad 5 \
	    --by tester --quiet "$@" "$file"
}

policy=(--region CN --types mobile --types fixed --regions CN --person customer
	--cap 3/24h --cap 5/7d --cap 2/day --tz "$zone" --as-of "$(date -u -d "@$as_of" +%FT%TZ)"
	--listed national=national.csv --listed partner=partner.csv
	--max-bad 5 --quiet)
files=(--no-register --dnc dnc.csv --dnc dnc2.csv --consent consent.csv
	--calls calls.csv --allow allow.csv)

# A moment that was "now" is the import's or the run's; and of two entries that
# end alike the one that is told depends on which list they stand in.
reasons() { # REJECTED
	sed -E 's/"?list (dnc2?|internal)(, [^",]+)*"?/list internal/
	    s/(withdrawn|callable again) 20[0-9T:-]*Z/\1 TIME/' "$1"
}

# both NAME CAMPAIGN [OPTION]...: with files, and with the register.
both() {
	local name=$1 campaign=$2
	shift 2
	run 0 "$scrub" run "$campaign" -o "$name.clean" \
	    --rejects "$name.rejected" "${policy[@]}" "${files[@]}" "$@" || return
	run 0 "$scrub" run "$campaign" -o "$name.r.clean" \
	    --rejects "$name.r.rejected" --json "${policy[@]}" "$@" || return
	mv out "$name.json"
	same "$name.clean" "$name.r.clean" || return
	reasons "$name.rejected" >want
	reasons "$name.r.rejected" >got
	same want got
}

looked_up() { # NAME yes|no
	local want=false
	[ "$2" = no ] || want=true
	grep -q "\"looked_up\": *$want" "$1.json"
}

ok "a home" run 0 "$scrub" init
ok "do-not-call lists are imported" import dnc dnc.csv
ok "another one" import dnc dnc2.csv
ok "consents are imported" import consent consent.csv --yes
ok "calls are imported" import calls calls.csv
ok "an allow list is imported" import allow allow.csv --yes
[ "$(date +%s)" -lt "$as_of" ] || {
	echo "importing took longer than two minutes"
	exit 77
}

full=(--topic insurance --campaign spring)
ok "the register gives the bytes that files give" both full campaign.csv \
    "${full[@]}"
ok "it was loaded" looked_up full no
ok "so it does for an allow-only run on another channel" both narrow \
    campaign.csv --allow-only --channel sms --no-require-consent
ok "so it does on one thread" both one campaign.csv "${full[@]}" --threads 1

{
	printf '%s\n' "$header"
	head -n 300 records.txt | tr '\001' '\n'
} >short.csv
ok "so it does for a short list" both short short.csv "${full[@]}"
ok "which was looked up" looked_up short yes
ok "and for one on another channel" both short2 short.csv --allow-only \
    --channel sms --no-require-consent

ok "with the lists as files beside it nothing changes" run 0 "$scrub" run \
    campaign.csv -o twice.clean --rejects twice.rejected "${policy[@]}" \
    --dnc dnc.csv --consent consent.csv --allow allow.csv "${full[@]}"
ok "not a byte" same full.clean twice.clean

ok "the audit log is whole" run 0 "$scrub" audit verify
ok "and so is the register" run 0 "$scrub" doctor

finish
