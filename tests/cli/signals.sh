#!/bin/bash
# signals.sh - a run that is told to stop, loses its reader or runs out of room
# leaves nothing behind, and ends as other programs do.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2

rows=40000
[ "$slow" = no ] || rows=15000
mkdir data run
(cd data && generate "$rows" 5) || exit 2
cd run || exit 2
for f in ../data/*.csv; do
	ln -s "$f" .
done

# The files of ../run but those of the campaign and its lists.
leftovers() {
	find . ! -type l ! -name . -printf '%P\n' | sort
}
nothing_left() {
	[ -z "$(leftovers)" ] && return 0
	echo "left behind:"
	leftovers
	return 1
}

# stop SIGNAL SECONDS COMMAND...: run it, send it the signal; prints the signal
# it died by, or "exit N".  (A shell ignores SIGINT in what it runs behind.)
stop() {
	perl -e '
		my ($sig, $delay, @command) = @ARGV;
		my $pid = fork() // die;
		if (!$pid) {
			$SIG{$_} = "DEFAULT" for qw(INT TERM HUP PIPE);
			exec @command or exit 127;
		}
		select(undef, undef, undef, $delay);
		kill $sig, $pid;
		waitpid $pid, 0;
		print $? & 127 ? "signal " . ($? & 127) :
		    "exit " . ($? >> 8), "\n";' "$@"
}

screen=("$scrub" run campaign.csv --quiet "${lists[@]}" "${policy[@]}"
	"${full[@]}")

# Stopped while it reads or writes: a run through a pipe that never ends.
stopped() { # SIGNAL NUMBER
	local got
	rm -f fifo
	mkfifo ../fifo
	# Many rows and then silence, so that there is output to remove.
	{
		cat ../data/campaign.csv
		sleep 20
	} >../fifo &
	got=$(stop "$1" 1 "$scrub" run - -o campaign.clean.csv --rejects \
	    campaign.rejected.csv --quiet --no-lists --region CN <../fifo \
	    2>../err)
	kill $! 2>/dev/null
	rm -f ../fifo
	[ "$got" = "signal $2" ] || {
		echo "it ended with $got, not signal $2"
		cat ../err
		return 1
	}
	nothing_left
}
# The same in the midst of a file: at most it is through before the signal.
stopped_early() { # SIGNAL NUMBER DELAY
	local got
	got=$(stop "$1" "$3" "${screen[@]}" 2>../err </dev/null)
	case $got in
	"signal $2") nothing_left ;;
	"exit 0") rm -f campaign.clean.csv campaign.rejected.csv ;;
	*)
		echo "it ended with $got, not signal $2"
		cat ../err
		return 1
		;;
	esac
}

for s in INT:2 TERM:15 HUP:1; do
	ok "SIG${s%:*}: dies by it and leaves nothing" stopped "${s%:*}" "${s#*:}"
	for delay in 0.01 0.03 0.08; do
		ok "SIG${s%:*} after $delay s" stopped_early "${s%:*}" \
		    "${s#*:}" $delay
	done
done

# nohup: a signal that was ignored at the start stays ignored.
ignored() {
	local status=0 pid
	(
		trap '' HUP
		exec "${screen[@]}"
	) >../out 2>../err </dev/null &
	pid=$!
	sleep 0.05
	kill -HUP $pid 2>/dev/null
	wait $pid || status=$?
	if [ $status -ne 0 ] || [ ! -s campaign.clean.csv ]; then
		echo "status $status"
		cat ../err
		return 1
	fi
	rm -f campaign.clean.csv campaign.rejected.csv
	nothing_left
}
ok "SIGHUP is ignored where nohup says so" ignored

# A reader that goes away is no news, and no file is left half done.
reader_gone() {
	local status
	"$scrub" run - --rejects report.csv --quiet "${lists[@]}" \
	    "${policy[@]}" "${full[@]}" <campaign.csv 2>../err |
	    head -n 1 >../out
	status=${PIPESTATUS[0]}
	[ ! -s ../err ] || {
		echo "it complains:"
		cat ../err
		return 1
	}
	[ "$status" -eq 141 ] || {
		echo "status $status, not 141 (SIGPIPE)"
		return 1
	}
	[ "$(cat ../out)" = "$header" ] && nothing_left
}
ok "a reader that goes away: quiet, dies by SIGPIPE" reader_gone

# full_device WHERE ARGUMENTS...: exit 1, "No space left", nothing left.
no_room() { # WHERE COMMAND...
	local where=$1
	shift
	run_quietly 1 "$@" || return 1
	grep -q 'No space left on device' ../err || {
		echo "it does not say why:"
		cat ../err
		return 1
	}
	grep -q "$where" ../err || {
		echo "it does not say where ($where):"
		cat ../err
		return 1
	}
	nothing_left
}
run_quietly() { # STATUS COMMAND...
	local want=$1 status=0
	shift
	"$@" >../out 2>../err </dev/null || status=$?
	[ $status -eq "$want" ] && return 0
	echo "status $status, not $want"
	cat ../err
	return 1
}
to_full_stdout() {
	local status=0
	"${screen[@]}" -o - --rejects report.csv >/dev/full 2>../err \
	    </dev/null || status=$?
	if [ $status -ne 1 ] ||
	    ! grep -q 'No space left on device' ../err; then
		echo "status $status"
		cat ../err
		return 1
	fi
	nothing_left
}
if [ -c /dev/full ]; then
	ok "a full device as the clean file" no_room /dev/full \
	    "${screen[@]}" -o /dev/full --rejects report.csv
	ok "a full device as the report" no_room /dev/full \
	    "${screen[@]}" -o clean.csv --rejects /dev/full
	ok "a full device behind standard output" to_full_stdout
else
	skip "a full device" "there is no /dev/full"
fi

# A disk that fills up: every size from nothing to nearly enough.
full_disk() { # BYTES
	mount -o remount,size="$1" ../disk || return 1
	no_room disk "${screen[@]}" --out-dir ../disk || return 1
	[ -z "$(ls -A ../disk)" ] || {
		ls -lA ../disk
		return 1
	}
}
mkdir ../disk
if mount -t tmpfs -o size=64k tmpfs ../disk 2>/dev/null; then
	trap 'umount "$work/disk" 2>/dev/null; cleanup' EXIT
	for size in 8k 64k 512k 1m; do
		ok "a disk of $size fills up" full_disk $size
	done
	umount ../disk
else
	skip "a disk that fills up" "mounting one is not permitted here"
fi

# A limit of the user's (ulimit -f) is met the same way, without a signal.
over_limit() {
	run_quietly 1 bash -c 'ulimit -f 64; exec "$@"' - "${screen[@]}" ||
	    return 1
	grep -q 'File too large' ../err || {
		cat ../err
		return 1
	}
	nothing_left
}
ok "a limit on the size of files" over_limit

finish
