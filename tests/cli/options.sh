#!/bin/bash
# options.sh - the table of options is told alike everywhere: --help, the manual
# page and the completions list the same options in the same order, and nothing
# else; so are reasons and exit statuses.

set -u
ROOT=${ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
SCRUB=$(realpath "${SCRUB:-${PROGRAM:-$ROOT/scrub}}")
MAN=$ROOT/man

export LC_ALL=C.UTF-8
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
failed=0

# same NAME A B: two files that must be equal, and not empty.
same() {
	if [ -s "$2" ] && diff -u --label "$2" --label "$3" "$2" "$3" \
	    >difference; then
		echo "ok - $1"
		return
	fi
	echo "not ok - $1"
	[ -s "$2" ] || echo "  $2 is empty"
	sed 's/^/  /' difference
	failed=1
}

# The options of --help, one a line, as "GROUP: -x --name ARG".
help_options() { # COMMAND [VERB]
	"$SCRUB" "$@" --help | awk '
	/^[A-Z].*$/ { group = $0 }
	/^  (-[a-z],|   ) --/ {
		line = substr($0, 3)
		sub(/^ +/, "", line)
		sub(/^-[a-z],/, substr(line, 1, 2), line)
		# the value ends where the explanation begins
		if (match(line, /  +/))
			line = substr(line, 1, RSTART - 1)
		n = split(line, word, " ")
		# after a full column the explanation has one blank only
		most = word[1] ~ /^--/ ? 2 : 3
		out = word[1]
		for (i = 2; i <= n && i <= most; i++)
			out = out " " word[i]
		print group ": " out
	}'
}

# The same of a manual page: .Ss is the group, .It Fl the option.
man_options() {
	awk '
	/^\.Sh / { options = $2 == "OPTIONS" }
	!options { next }
	/^\.Ss / { group = substr($0, 5) }
	/^\.It Fl / {
		line = substr($0, 5)
		gsub(/ , /, " ", line)
		gsub(/Fl /, "-", line)
		gsub(/Ar /, "", line)
		print group ": " line
	}' "$MAN/$1"
}

names() {
	sed -E 's/.*(--[a-z0-9-]+).*/\1/' "$1"
}

# shells COMMAND [VERB]: the completions know the options that --help has.
shells() {
	local name=$* only
	local file=${name// /.} where=$name
	help_options "$@" >"$file.help"
	names "$file.help" >"$file.names"

	"$SCRUB" help "$@" >help.1
	"$SCRUB" "$@" --help >help.2
	same "$name: help $name and --help" help.1 help.2

	[ "$name" = "$1" ] || where="'$name'"
	"$SCRUB" completion bash |
	    grep -E "^[[:space:]]*$where\\) COMPREPLY=.*--help" |
	    grep -oE -e '--[a-z0-9][a-z0-9-]*' | grep -vx -e -- >"$file.bash"
	same "$name: --help and the completion for bash" \
	    "$file.names" "$file.bash"

	"$SCRUB" completion zsh |
	    awk -v begin="$where) _arguments" '
		index($0, "\t" begin) == 1 { on = 1 }
		on { print }
		on && /;;$/ { on = 0 }' |
	    sed -nE "s/^[[:space:]]*'\\*?(--[a-z0-9-]+)=?\\[.*/\\1/p" \
	    >"$file.zsh"
	same "$name: --help and the completion for zsh" \
	    "$file.names" "$file.zsh"

	only="'__fish_seen_subcommand_from $1'"
	[ "$name" != run ] || only="'not __fish_seen_subcommand_from "
	[ "$name" = "$1" ] ||
	    only="_from $1; and __fish_seen_subcommand_from $2'"
	"$SCRUB" completion fish | grep -F -e "$only" |
	    sed -nE 's/.* -l ([a-z0-9-]+) .*/--\1/p' >"$file.fish"
	same "$name: --help and the completion for fish" \
	    "$file.names" "$file.fish"
}

# The names that --help lists under a heading.
listed() { # HEADING
	awk -v heading="$1" '
	$0 == heading { on = 1; next }
	!NF { on = 0 }
	on { print $1 }'
}

"$SCRUB" help | listed commands >commands
"$SCRUB" completion bash | sed -nE 's/^\t([a-z]+)\) cmd=\1 ;;$/\1/p' \
    >commands.bash
same 'commands: help and the completion for bash' commands commands.bash
while read -r command; do
	"$SCRUB" "$command" --help >help.1 2>/dev/null </dev/null
	listed verbs <help.1 >verbs
	if [ -s verbs ]; then
		# A page for all its verbs: it has what any of them has.
		: >$command.all
		while read -r verb; do
			shells "$command" "$verb"
			sed 's/^[^:]*: //' "$command.$verb.help" >>$command.all
		done <verbs
		sort -u $command.all >$command.help
		man_options "scrub-$command.1" | sed 's/^[^:]*: //' |
		    sort -u >$command.man
		# Each of them is explained.
		sed -nE 's/^\.Ss Cm ([a-z-]+).*/\1/p' \
		    "$MAN/scrub-$command.1" >verbs.man
		same "$command: verbs of --help and scrub-$command(1)" \
		    verbs verbs.man
	elif grep -q '^  .*--help' help.1; then
		shells "$command"
		man_options "scrub-$command.1" >$command.man
	else
		continue # no options
	fi
	same "$command: --help and scrub-$command(1)" \
	    $command.help $command.man
done <commands

# Letters stand for one option each.
sed -nE 's/.*: (-[a-z]) --.*/\1/p' run.help | sort >letters
sort -u letters >letters.once
same 'run: no letter stands for two options' letters letters.once

# Every option of a run but two is a key of scrub.conf.
: >campaign.csv
while read -r option; do
	key=${option#--}
	# No option takes this value without a word about it or none at all:
	# what matters is whether the key is known.
	printf '%s = \n' "$key" >scrub.conf
	"$SCRUB" run --conf scrub.conf campaign.csv >/dev/null 2>said
	if grep -q -e 'there is no key' -e 'belongs on the command line' said
	then
		echo "$option"
	fi
done <run.names >not-keys
printf '%s\n' --home --passphrase-file --passphrase-fd --no-register --by \
    --conf --help >not-keys.want
same 'scrub.conf: all options but those about the home and --help are keys' \
    not-keys.want not-keys

# Exit statuses: what `scrub help` says is how the others begin.
"$SCRUB" help | awk '
/^exit status/ { on = 1; next }
on && /^ +[0-9]+ / {
	n = $1
	sub(/^ +[0-9]+ +/, "")
	print n " " $0
}' >status.help
awk '
/^## Exit status/ { on = 1; next }
/^## / { on = 0 }
on && /^\| [0-9]+ / {
	gsub(/`/, "")
	split($0, cell, / *\| */)
	print cell[2] " " cell[3]
}' "$ROOT/README.md" >status.readme
awk '
/^\.Sh / { on = $0 == ".Sh EXIT STATUS"; next }
/^\.El/ { on = 0 }
!on || /^\.Bl/ { next }
/^\.It [0-9]+$/ { out[++n] = $2; next }
{
	sub(/^\.Fl -/, "--")
	sub(/ \)$/, ")")
	out[n] = out[n] " " $0
}
END { for (i = 1; i <= n; i++) print out[i] }' "$MAN/scrub.1" >status.man
same 'exit statuses: README.md and scrub(1)' status.readme status.man
sed 's/ (.*//' status.readme >status.short
same 'exit statuses: scrub help and README.md' status.help status.short

# The statuses the program has, from its own header.
sed -nE 's/^[[:space:]]*EXIT_[A-Z]+ = ([0-9]+),.*/\1/p' "$ROOT/cmd/cmd.h" \
    >status.code
sed 's/ .*//' status.help >status.numbers
same 'exit statuses: scrub help and cmd.h' status.code status.numbers

# Reasons, in order of precedence: verdict.c, README.md, scrub-run(1).
# (In the source a reason is [VERDICT_X] = { "x", "about x" }, perhaps on two
# lines.)
awk '
/^\} reasons\[/ { on = 1; next }
/^\};/ { on = 0 }
on { text = text $0 }
END {
	while (match(text, /\{ "[a-z_]+",[ \t]*"[^"]*"/)) {
		one = substr(text, RSTART + 3, RLENGTH - 4)
		text = substr(text, RSTART + RLENGTH)
		sub(/",[ \t]*"/, "|", one)
		if (one !~ /^kept\|/)
			print one
	}
}' "$ROOT/src/rules/verdict.c" >reasons.code
awk '
/^## Reasons/ { on = 1; next }
/^## / { on = 0 }
on && /^\| `/ {
	split($0, cell, / *\| */)
	gsub(/`/, "", cell[2])
	print cell[2] "|" cell[3]
}' "$ROOT/README.md" >reasons.readme
awk '
/^\.Sh / { on = $0 == ".Sh REASONS"; next }
/^\.El/ { on = 0 }
on && /^\.It Li / { name = $3; next }
on && name { print name "|" $0; name = "" }' "$MAN/scrub-run.1" >reasons.man
same 'reasons: the program and README.md' reasons.code reasons.readme
same 'reasons: the program and scrub-run(1)' reasons.code reasons.man

exit $failed
