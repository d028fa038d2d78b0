#!/bin/bash
# layers.sh - arrows point one way, and each library has one door.
#
# cmd -> flow -> rules -> store -> text -> base: a file includes its own
# folder and folders further right, by a path from src/.  cmd/ may include
# its own headers and everything in src/; tests may include anything.

set -u
cd "$(dirname "$0")/../.." || exit 2
status=0

bad() {
	echo "$*"
	status=1
}

rank() {
	case $1 in
	base) echo 0 ;;
	text) echo 1 ;;
	store) echo 2 ;;
	rules) echo 3 ;;
	flow) echo 4 ;;
	cmd) echo 5 ;;
	*) echo none ;;
	esac
}

# "FILE:LINE INCLUDED" for every #include "..." of the files on stdin.
quoted_includes() {
	# shellcheck disable=SC2016 # awk has its own $0
	xargs -r awk '/^[ \t]*#[ \t]*include[ \t]*"/ {
		split($0, part, "\"")
		print FILENAME ":" FNR, part[2]
	}'
}

# --- Folders ---

for folder in src/*/; do
	folder=$(basename "$folder")
	[ "$(rank "$folder")" != none ] || bad "src/$folder: not a layer"
done
while IFS= read -r f; do
	bad "$f: sources are in src/LAYER/, no deeper and no higher"
done < <(find src -name '*.[ch]' ! -path 'src/*/*'; find src -mindepth 3)

while read -r where what; do
	file=${where%%:*}
	folder=$(basename "$(dirname "$file")")
	case $file in
	cmd/*) folder=cmd ;;
	esac
	to=${what%%/*}
	if [ "$to" = "$what" ]; then
		bad "$where: \"$what\" is not a path from src/ (\"base/err.h\")"
		continue
	fi
	[ "$to" != cmd ] || to=none
	if [ "$(rank "$to")" = none ] || [ ! -e "src/$what" ]; then
		bad "$where: there is no src/$what"
	elif [ "$(rank "$to")" -gt "$(rank "$folder")" ]; then
		bad "$where: $folder must not know of $to ($what)"
	fi
done < <(find src -name '*.[ch]' | sort | quoted_includes)

while read -r where what; do
	[ -e "src/$what" ] || [ -e "$(dirname "${where%%:*}")/$what" ] ||
	    bad "$where: there is no src/$what"
done < <(find cmd -name '*.[ch]' | sort | quoted_includes)

# --- Doors ---

door() { # HEADER PATTERN-OF-FILES...
	local header=$1 file pattern ok
	shift
	while IFS= read -r file; do
		ok=no
		for pattern; do
			# shellcheck disable=SC2053 # a pattern
			[[ $file == $pattern ]] && ok=yes
		done
		[ $ok = yes ] || bad "$file: only $* may include <$header>"
	done < <(grep -rlE --include='*.[ch]' \
	    "^[ 	]*#[ 	]*include[ 	]*[<\"]${header}[>\"]" src cmd)
}

door csv.h src/text/csv_slow.c
door 'xxh(ash|3)\.h' 'src/base/hash.[ch]'
door sodium.h 'src/base/secret.[ch]' 'src/store/crypt.[ch]'
door sqlite3.h 'src/store/register*.[ch]'
door ini.h src/text/conf.c
door iconv.h src/text/decode.c

exit $status
