#!/bin/bash
# lines.sh grep|join LISTS OUT - the do-not-call part alone, on files of one
# +number a line: those of numbers.txt that are not in dnc.txt.
set -eu
how=$1 lists=$2 out=$3
export LC_ALL=C

case $how in
grep) grep -vFxf "$lists/dnc.txt" "$lists/numbers.txt" >"$out/clean.txt" ;;
join) # another order than the campaign's
	join -v 1 <(sort "$lists/numbers.txt") <(sort "$lists/dnc.txt") \
	    >"$out/clean.txt" ;;
esac
