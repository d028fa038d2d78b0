#!/bin/bash
# words.sh - calls that are not made here.
#
#   - src/ never prints and never ends the process: that is for cmd/;
#   - functions that cannot be used safely, or that hide an error, nowhere;
#   - the clock and randomness are passed in: only base/ fetches them.
# Comments and strings are blanked out before looking.

set -u
cd "$(dirname "$0")/../.." || exit 2
status=0

# The code of all files, "FILE:LINE: CODE", without comments and strings.
code() {
	# shellcheck disable=SC2016 # awk has its own $0
	find src cmd tests -name '*.[ch]' | LC_ALL=C sort | xargs awk '
	FNR == 1 { inside = 0 }
	{
		line = $0
		out = ""
		while (line != "") {
			if (inside) {
				at = index(line, "*/")
				if (!at) { line = ""; break }
				line = substr(line, at + 2)
				inside = 0
				continue
			}
			if (match(line, /^[^"\x27\/]+/)) {
				out = out substr(line, 1, RLENGTH)
				line = substr(line, RLENGTH + 1)
			} else if (match(line, /^"([^"\\]|\\.)*"/) || \
			    match(line, /^\x27([^\x27\\]|\\.)*\x27/)) {
				out = out "\"\""
				line = substr(line, RLENGTH + 1)
			} else if (substr(line, 1, 2) == "//") {
				line = ""
			} else if (substr(line, 1, 2) == "/*") {
				inside = 1
				line = substr(line, 3)
			} else {
				out = out substr(line, 1, 1)
				line = substr(line, 2)
			}
		}
		print FILENAME ":" FNR ": " out
	}'
}

text=$(code)

look() { # WHERE WHY NAMES
	local hits
	hits=$(grep -E "^($1).*[: ](.*[^A-Za-z0-9_.>])?($3)[ 	]*\(" <<<"$text") ||
	    return 0
	printf '%s\n' "$hits" | sed "s|\$|    <- $2|"
	status=1
}

all='src/|cmd/|tests/'
src='src/'
above_base='src/(text|store|rules|flow)/'

look "$all" 'has no bound' 'gets|strcpy|strcat|sprintf|vsprintf|stpcpy|alloca'
look "$all" 'cannot report an error' 'atoi|atol|atoll|atof'
look "$all" 'ends tokens in place and keeps state' 'strtok'
look "$all" 'guessable name' 'tmpnam|tempnam|mktemp'
look "$src" 'only cmd/ prints' \
    'printf|vprintf|puts|putchar|perror|psignal|fputs|fprintf|vfprintf|putc|fputc'
look "$src" 'only cmd/ ends the process' 'exit|_exit|_Exit|quick_exit|err|errx|verr'
look "$src" 'only cmd/ asks and starts' 'getpass|system|popen|getopt|getopt_long'
look "$above_base" 'the clock is passed in' 'time|gettimeofday|clock_gettime|localtime|mktime'
look "$above_base" 'randomness is passed in' 'rand|random|srand|srandom|getrandom|arc4random'

exit $status
