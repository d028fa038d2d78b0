#!/bin/bash
# man.sh - manual pages are read without a complaint.

set -u
cd "$(dirname "$0")/../.." || exit 2
shopt -s nullglob
status=0
for page in man/*.[1-9]; do
	# man needs no data base for a file; -l reads it as it is.
	said=$(LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z \
	    "$page" 2>&1 >/dev/null)
	if [ -n "$said" ]; then
		printf '%s\n' "$said"
		status=1
	fi
	# It refers only to pages there are.
	while IFS= read -r ref; do
		case $ref in
		scrub*) [ -e "man/$ref" ] || {
			echo "$page: refers to $ref, which is not there"
			status=1
		} ;;
		esac
	done < <(sed -nE 's/^\.(Xr|BR) +(scrub[a-z.-]*) +\(?([0-9])\)?.*/\2.\3/p' \
	    "$page" | sort -u)
	if command -v mandoc >/dev/null 2>&1; then
		mandoc -T lint -W warning "$page" || status=1
	fi
done
exit $status
