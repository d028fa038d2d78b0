#!/bin/bash
# install.sh - `make install` puts in place what it says and `make uninstall`
# takes all of it away, touching nothing else.

set -eu

mk() {
	"${MAKE:-make}" -s -C "$ROOT" DEPS=no SANITIZE="$SANITIZE" \
	    ${COVERAGE:+COVERAGE="$COVERAGE"} DESTDIR="$PWD/root dir" \
	    PREFIX=/usr "$@"
}

files() {
	(cd 'root dir' && find . ! -type d -printf '%m %P\n' | LC_ALL=C sort -k 2)
}

mkdir -p 'root dir/usr/bin' 'root dir/usr/share/man/man1'
echo mine >'root dir/usr/bin/scrubber'
echo mine >'root dir/usr/share/man/man1/scrubber.1'
files >before

mk install >log 2>&1 || {
	cat log
	exit 1
}

{
	cat before
	echo 755 usr/bin/scrub
	echo 644 usr/share/bash-completion/completions/scrub
	echo 644 usr/share/fish/vendor_completions.d/scrub.fish
	echo 644 usr/share/zsh/site-functions/_scrub
	for example in "$ROOT"/man/examples/*; do
		echo "644 usr/share/scrub/${example##*/}"
	done
	for page in "$ROOT"/man/*.[1-8]; do
		[ ! -e "$page" ] ||
		    echo "644 usr/share/man/man${page##*.}/${page##*/}"
	done
} | LC_ALL=C sort -k 2 >want
files | diff -u want -

'root dir/usr/bin/scrub' --version >/dev/null
bash -n 'root dir/usr/share/bash-completion/completions/scrub'

mk uninstall >log 2>&1
files | diff -u before -
