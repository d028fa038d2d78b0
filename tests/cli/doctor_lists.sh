#!/bin/bash
# doctor_lists.sh - the doctor says days ahead when a list goes stale, and what
# is wrong with the index before a run is refused for it.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2
unset SCRUB_HOME SCRUB_CONF XDG_DATA_HOME
export HOME=$work/user

# said STATUS LINE [OPTION...]: the doctor ends so, and a line of it is like
# this.
said() {
	local status=$1 line=$2
	shift 2
	run "$status" "$scrub" doctor --home h "$@" || {
		cat out
		return 1
	}
	grep -Eq "$line" out || {
		echo "no line like: $line"
		cat out
		return 1
	}
}

"$scrub" init --quiet --home h 2>/dev/null || exit 2
ok "no index, and none is wanted" said 0 '^ok +index +there is none, and '
printf '%s\n' '[list "national"]' 'feed = ../feed' 'layout = registry' \
    'max-age = 31d' 'owner = the desk' '[list "old"]' 'feed = ../old' \
    'layout = registry' 'max-age = never' >h/scrub.conf
ok "lists are named, and no index is there" said 3 \
    "^bad +index +.*there is no index; 'scrub refresh' makes it$"
printf '416,2234567\n' | tee feed >old
# An hour more than the two days, which the test may take.
touch -d "@$(($(date +%s) - 29 * 86400 + 3600))" feed
ok "the index is made" run 0 "$scrub" refresh --home h --quiet
ok "it is whole" said 0 '^ok +index +generation 1, of .*as it was written$'
ok "a list that goes stale in two days" said 0 '^warn +list +national goes stale at 20[^ ]*, in 2\.0 days: .* max-age is 31\.0 days; ask the desk for a new one, then: scrub refresh --list national$'
ok "without max-age it never does" said 0 '^ok +list +old is of .* no max-age$'
ok "a day ahead is early enough" said 0 \
    '^ok +list +national goes stale at .* is 31\.0 days$' --ahead 1
ok "no days: an option that is understood" said 0 '^ok +list +national' --ahead 0
ok "days that are none" run 2 "$scrub" doctor --home h --ahead soon

# It is fresh for some seconds more when it is refreshed.
sed -i 's/31d/30d/' h/scrub.conf
end=$(($(date +%s) + 6))
touch -d "@$((end - 30 * 86400))" feed
ok "refreshed at the last moment" run 0 "$scrub" refresh --home h --quiet \
    --accept older
while [ "$(date +%s)" -le "$end" ]; do
	sleep 0.2
done
ok "a list that has gone stale" said 3 '^bad +list +national is stale since .* is of .*, 30\.1 days old, over max-age \(30\.0 days\); ask the desk for a new one, then: scrub refresh --list national$'
touch feed
ok "mended" run 0 "$scrub" refresh --home h --quiet
ok "the doctor is content" said 0 '^ok +list +national'

sed -i 's/30d/36h/' h/scrub.conf
touch -d '-2 hours' feed
ok "the stricter max-age counts: that of scrub.conf" said 0 \
    '^warn +list +national goes stale at .*, in (35\.9|36\.0) hours: .* max-age is 36\.0 hours;'
ok "it is in the index" run 0 "$scrub" refresh --home h --quiet --accept older
sed -i 's/36h/31d/' h/scrub.conf
ok "or that of the index" said 0 \
    '^warn +list +national goes stale at .*, in (33\.9|34\.0) hours: .* max-age is 36\.0 hours;'
sed -i 's/31d/1h/' h/scrub.conf
ok "so that runs are refused" said 3 \
    '^bad +list +national is stale since .*, (2\.1|2\.0) hours old, over max-age \(1\.0 hours\)'
sed -i 's/1h/36h/' h/scrub.conf

printf '%s\n' '[list "more"]' 'feed = ../old' >>h/scrub.conf
ok "a list that was never refreshed" said 3 '^bad +list +more is missing, .*; scrub refresh$'
sed -i '/more/,$d' h/scrub.conf
now=$(readlink -f h/index/current)
cp "$now" kept
alter "$now" $(($(stat -c %s kept) - 9))
ok "an altered page" said 3 \
    "^bad +index +.*'scrub refresh --force' builds the index anew$"
cp kept "$now"
ok "and as it was" said 0 '^ok +index'
rm "$now"
ok "a generation that is gone" said 3 '^bad +index +.*leads to no generation'
echo 'max-age = 3' >>h/scrub.conf
ok "settings that cannot be read" said 3 '^bad +conf +.*max-age'

finish
