#!/bin/bash
# own_files.sh - no output is ever written over a file of the home, by whatever
# name; and `backup` overwrites nothing.

# shellcheck disable=SC1091,SC2154 # lib.sh is read at run time
set -u
. "$(dirname "$0")/oracle/lib.sh"
cd "$work" || exit 2
export SCRUB_HOME=$work/home

echo secret >phrase
printf 'phone\n+8613812345678\n' >leads.csv
printf 'phone\nnone\n' >bad.csv
run 0 "$scrub" init --quiet || exit 2
run 0 "$scrub" dnc add --by amy +8613812345679 || exit 2
ln -s home/scrub.key link
ln -s home/register.db-shm nowhere
ln home/scrub.key twin
ln -s home folder
files=(scrub.key register.db register.db-wal register.db-shm
	register.db-journal scrub.conf lock)

state() {
	# the lock names who held it last; SQLite's own files come and go
	(cd home && stat -c '%n %i' lock && sha256sum scrub.* register.db)
}

# refused FILE COMMAND...: with 2 and a sentence, and nothing has changed.
refused() {
	local file=$1
	shift
	state >before
	run 2 "$@" || return
	state | diff before - || return
	grep -q "^scrub: $file: is a file of the home" err && return
	cat err
	return 1
}

# everywhere FILE: by every option that names an output.
everywhere() {
	local f=$1
	refused "$f" "$scrub" backup "$f" &&
	    refused "$f" "$scrub" key backup --passphrase-file phrase "$f" &&
	    refused "$f" "$scrub" dnc export -o "$f" &&
	    refused "$f" "$scrub" audit export -o "$f" &&
	    refused "$f" "$scrub" dnc import leads.csv --report "$f" &&
	    refused "$f" "$scrub" dnc import bad.csv --rejects "$f" &&
	    refused "$f" "$scrub" run leads.csv -o "$f" &&
	    refused "$f" "$scrub" run leads.csv --rejects "$f" &&
	    refused "$f" "$scrub" run leads.csv --no-register --no-lists \
		-o "$f" &&
	    refused "$f" "$scrub" run leads.csv --list-rejects "$f"
}

for f in "${files[@]}"; do
	ok "$f" everywhere "home/$f"
done
ok "by a link" everywhere link
ok "by a link to what is not there yet" everywhere nowhere
ok "by another name of the same file" everywhere twin
ok "by a link to the folder" everywhere folder/scrub.key
ok "by a way round" everywhere ./home/../home/lock
mkdir there
ln -s ../home/scrub.key there/leads.clean.csv
ok "by --out-dir" refused there/leads.clean.csv \
    "$scrub" run leads.csv --out-dir there
mkdir home/index
echo sealed >home/index/00000009.idx
ok "a file of the index" refused home/index/00000009.idx "$scrub" dnc export \
    -o home/index/00000009.idx
rm -r home/index
ok "nobody was recorded" run 0 "$scrub" audit list
ok "but the first" test "$(wc -l <out)" -eq 1

# ---- nor over what lists are made of ----

mkdir drop
printf 'phone\n+8613812345670\n' >feed.csv
echo +8613812345670 >base.txt
printf 'action,phone\nadd,+8613812345671\n' >drop/changes-1.csv
touch -d '-1 hour' drop/changes-1.csv
ln -s feed.csv to-feed
printf '%s\n' '[list "a"]' 'feed = ../feed.csv' '[list "b"]' \
    'feed = ../drop' 'layout = changes' 'base = ../base.txt' \
    'base-layout = lines' >home/scrub.conf
unset SCRUB_CONF
ok "lists" run 0 "$scrub" refresh --quiet
fed() { # FILE LIST
	sha256sum feed.csv base.txt drop/* >before
	for how in "-o $1" "--rejects $1" "-o other --rejects $1" \
	    "--list-rejects $1" "--no-register --no-lists -o $1"; do
		# shellcheck disable=SC2086 # options
		run 2 "$scrub" run leads.csv $how || return 1
		grep -q "^scrub: $1 would be written over a feed of list $2, " \
		    err || {
			cat err
			return 1
		}
	done
	sha256sum --quiet -c before && [ "$(ls drop)" = changes-1.csv ]
}
ok "a feed" fed feed.csv a
ok "by a link" fed to-feed a
ok "a base" fed base.txt b
ok "a file of a drop folder" fed drop/changes-1.csv b
ok "a new one there" fed drop/new.csv b
ok "by --out-dir" run 2 "$scrub" run leads.csv --out-dir drop
rm -r home/index
export SCRUB_CONF=/dev/null

ok "a backup" run 0 "$scrub" backup --quiet copy
sha256sum copy >sum
ok "is not written over" run 2 "$scrub" backup --quiet copy
ok "it says so" grep -q '^scrub: copy: is there already' err
ok "and stays" sha256sum --quiet -c sum
finish
