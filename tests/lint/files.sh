#!/bin/bash
# files.sh - where files are, what they are called and how large they get.

set -u
cd "$(dirname "$0")/../.." || exit 2
status=0

bad() {
	echo "$*"
	status=1
}

SOURCE_LINES_MAX=1000 # a module that needs more is two
TEST_LINES_MAX=2000   # mostly tables
FILE_BYTES_MAX=1500000

# What belongs to the project: known to git or about to be.
project_files() {
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard
	else
		find . -path ./build -prune -o -path ./.git -prune -o \
		    -type f ! -path ./scrub -printf '%P\n'
	fi | LC_ALL=C sort -u | while IFS= read -r f; do
		[ ! -e "$f" ] || printf '%s\n' "$f"
	done
}

files=$(project_files)

# --- The top level ---

while IFS= read -r name; do
	case $name in
	cmd | src | tests | testdata | man | Makefile) ;;
	README*.md | LICENSE | NOTICE | CHANGELOG.md | .*) ;;
	*) bad "$name: does not belong at the top level" ;;
	esac
done < <(printf '%s\n' "$files" | cut -d/ -f1 | sort -u)

# --- Names: one file of a name, so that a name finds it ---

while IFS= read -r name; do
	bad "several files are called $name:" \
	    "$(printf '%s\n' "$files" | grep -E "(^|/)$name\$" | tr '\n' ' ')"
done < <(printf '%s\n' "$files" | grep -E '^(src|cmd|tests)/.*\.[ch]$' |
    sed 's|.*/||' | sort | uniq -d)

while IFS= read -r name; do
	bad "$name: names are lower case with underscores"
done < <(printf '%s\n' "$files" | grep -E '^(src|cmd)/.*\.[ch]$' |
    grep -vE '/[a-z][a-z0-9_]*\.[ch]$')

# --- Sizes ---

generated() {
	head -n 5 "$1" | grep -qi 'generated'
}

while IFS= read -r f; do
	[ -f "$f" ] || continue
	bytes=$(stat -c %s "$f")
	[ "$bytes" -le $FILE_BYTES_MAX ] ||
	    bad "$f: $bytes bytes, more than $FILE_BYTES_MAX"
	case $f in
	src/*.[ch] | cmd/*.[ch] | tests/*.[ch])
		max=$SOURCE_LINES_MAX
		[ "${f#tests/}" = "$f" ] || max=$TEST_LINES_MAX
		lines=$(wc -l <"$f")
		[ "$lines" -le "$max" ] || generated "$f" ||
		    bad "$f: $lines lines, more than $max"
		;;
	esac
done <<<"$files"

# --- Headers: a comment that is the manual, then the guard ---

while IFS= read -r f; do
	[ -n "$f" ] || continue
	name=$(basename "$f")
	first=$(head -n 2 "$f" | tr '\n' ' ')
	case $first in
	"/* "*"* $name - "*) ;;
	*) bad "$f: does not begin with a comment \"$name - what it is for\"" ;;
	esac
	guard=SCRUB_$(printf '%s' "${f#src/}" | tr 'a-z/.' 'A-Z__')
	if ! grep -qx "#ifndef $guard" "$f" || ! grep -qx "#define $guard" "$f"
	then
		bad "$f: its include guard is not $guard"
	fi
	last=$(grep -v '^$' "$f" | tail -n 1)
	[ "${last%% *}" = '#endif' ] || bad "$f: does not end with #endif"
done < <(printf '%s\n' "$files" | grep -E '^(src|cmd)/.*\.h$')

# --- Text: no carriage returns, trailing blanks or missing line ends ---

mapfile -t texts < <(printf '%s\n' "$files" |
    grep -E '\.(c|h|sh|md|[15])$|^Makefile$|^\.ci/|^tests/(run|cli/run)$')
if hits=$(grep -HIn '[ 	]$' "${texts[@]}"); then
	bad "blanks at the end of a line:"$'\n'"$hits"
fi
if hits=$(grep -lI $'\r' "${texts[@]}"); then
	bad "carriage returns:" "$hits"
fi
for f in "${texts[@]}"; do
	[ ! -s "$f" ] || [ -z "$(tail -c 1 "$f")" ] ||
	    bad "$f: no newline at its end"
done

exit $status
