#!/bin/bash
# readme.sh - what README.md shows is what happens.
#
# The ```console blocks are one session, run from top to bottom in one shell, in
# a folder that holds testdata/.  A line that begins with "$ " is a command; the
# lines up to the next one are what it prints, on either stream.  Only what
# differs from run to run is left out of the comparison: how fast things went.
#
# With --write the blocks are rewritten with what came out: read the difference.

set -u
ROOT=${ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
SCRUB=$(realpath "${SCRUB:-${PROGRAM:-$ROOT/scrub}}")
README=$ROOT/README.md
here=$ROOT/tests/cli

work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/home" "$work/cwd" "$work/out"
ln -s "$SCRUB" "$work/bin/scrub"
cp -R "$ROOT/testdata" "$work/cwd/testdata"

PATH=$work/bin:$PATH
export PATH HOME=$work/home LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1
unset SCRUB_CONF XDG_CONFIG_HOME

# NUMBER.cmd and NUMBER.want for each command, NUMBER.line where it stands.
awk -v out="$work/out/" '
/^```console$/ { inside = 1; next }
/^```$/ { inside = 0; file = ""; next }
inside && /^\$ / {
	n++
	id = sprintf("%03d", n)
	file = out id ".want"
	printf "" >file
	print substr($0, 3) >(out id ".cmd")
	print NR >(out id ".line")
	next
}
inside && file != "" { print >file }
' "$README"

normalise() {
	sed -E -f "$here/readme.sed" "$1"
}

failed=0
cd "$work/cwd" || exit 2
umask 022
for cmd in "$work"/out/*.cmd; do
	[ -e "$cmd" ] || break
	id=${cmd%.cmd}
	name="line $(cat "$id.line"): $(head -c 60 "$cmd" | tr -d '\n#')"
	eval "$(cat "$cmd")" >"$id.got" 2>&1 </dev/null
	if diff -u --label README.md --label 'came out' \
	    <(normalise "$id.want") <(normalise "$id.got") >"$id.diff"; then
		echo "ok - $name"
	else
		echo "not ok - $name"
		sed 's/^/  /' "$id.diff"
		failed=1
	fi
done

if [ "${1-}" = --write ]; then
	awk -v out="$work/out/" '
	/^```console$/ { inside = 1; print; next }
	/^```$/ { inside = 0; skip = 0 }
	inside && /^\$ / {
		n++
		print
		file = out sprintf("%03d", n) ".got"
		while ((getline line <file) > 0)
			print line
		skip = 1
		next
	}
	!skip { print }
	' "$README" >"$work/README.md" && cat "$work/README.md" >"$README"
fi

set -- "$work"/out/*.cmd
if [ ! -e "$1" ]; then
	echo "not ok - there are console blocks in README.md"
	failed=1
fi
exit $failed
