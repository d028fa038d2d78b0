# index.sh - the part `index`: what the sealed index costs and spares; to be
# sourced by bench.sh.
# shellcheck shell=bash
#
# A feed of ENTRIES distinct numbers is built into an index by `scrub refresh`.
# Against it `scrub check` is asked for single numbers, half of them listed,
# and a campaign of 1,000 rows is run.  Nothing is dropped from the page cache,
# but each is a new process, which opens the index and the register anew.
#
# Then the workload: its lists sealed in an index, the same lists as CSV, and
# DuckDB with the same lists in its own tables and in Parquet, all made
# beforehand.  Of the calls the index keeps those that the caps look at: it is
# refreshed as of the moment the runs are planned for, which is why the files are
# dated so.  DuckDB's tables have all calls, as the CSV has.  A run with a home is recorded in its register, which costs time.
# So CSV is read without a home, and once more with an empty one.
#
# What opening and look-ups cost without a program around them: bench_index.c.

# A home whose lists are KIND.csv of a folder; of calls as many are kept as
# the caps of the workload need.
home_with() { # HOME FOLDER KIND...
	local home=$1 folder=$2 kind
	shift 2
	rm -rf "$home"
	"$program" init --quiet --home "$home"
	for kind; do
		printf '\n[list "%s-feed"]\nfeed = %s\nkind = %s\n' "$kind" \
		    "$folder/$kind.csv" "$kind"
		printf 'layout = csv\nregion = CN\nmax-age = never\n'
		[ "$kind" != calls ] || echo "keep = $longest"
	done >>"$home/scrub.conf"
}

# `scrub COMMAND` on a home.
home_command() { # HOME COMMAND
	command=("$program" "$2" --home "$1" --conf "$1/scrub.conf")
}

# --- Figures and their limits ---

figure_of() { # JOB FIELD: as in figures
	figures | awk -v job="$1" -v field="$2" '$1 == job { print $field }'
}

# One row: LIMIT is <N or >N, NOTE why it is not judged here.
figure() { # WHAT FIGURE UNIT [LIMIT [NOTE]]
	awk -v what="$1" -v figure="$2" -v unit="$3" -v limit="${4-}" \
	    -v note="${5-}" 'BEGIN {
		bound = substr(limit, 2) + 0
		kept = limit ~ /^</ ? figure < bound : figure > bound
		if (limit != "") {
			verdict = note != "" ? note : kept ? "kept" : "missed"
			limit = (limit ~ /^</ ? "under " : "at least ") \
			    bound " " unit
		}
		printf "| %-38s | %9.*f %-5s | %17s | %-15s |\n", what,
		    unit == "MB" ? 1 : 2, figure, unit, limit, verdict
	}'
}

figures_begin() {
	printf '| %-38s | %15s | %17s | %-15s |\n' what figure limit ''
	echo '|---|--:|--:|---|'
}

times() { # NUMBER NUMBER
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.6f\n", a * b }'
}

ratio() { # NUMBER NUMBER
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.6f\n", a / b }'
}

MB_OF_MIB=1.048576

# --- Building, and asking for little ---

job_build() {
	home_with "$big_home" "$big" dnc
	home_command "$big_home" refresh
	command+=(--quiet)
}

right_build() {
	local got

	got=$("$program" index info --home "$big_home" |
	    awk '$1 == "facts" { print $2 }')
	[ "$got" = "$entries" ] ||
	    failed "scrub KNOWS $got FACTS of $entries numbers"
}

job_few() {
	home_command "$big_home" run
	command+=("$big/campaign.csv" "${policy[@]}" -o "$tmp/out/clean.csv"
		--rejects "$tmp/out/rejected.csv")
}

right_few() {
	local kept
	kept=$("$tools/bench_ids" "$tmp/out/clean.csv")
	[ "$kept" = "$(truth kept "$big")" ] || failed "scrub KEEPS $kept" \
	    "ROWS of few where $(truth kept "$big") are right"
}

# A process for each number of asked.txt, whose answer is known.
ask() {
	local command number right answer

	home_command "$big_home" check
	: >"$tmp/samples"
	while read -r number right; do
		"$tools/bench_run" -l "$LIMIT" -o "$tmp/answer" "$tmp/used" \
		    "${command[@]}" "$number" </dev/null 2>"$tmp/err" || :
		answer=$(cut -f 2 "$tmp/answer")
		[ "$answer" = "$right" ] || failed "scrub check ANSWERS" \
		    "'$answer' where '$right' is right: $(tail -n 1 "$tmp/err")"
		echo "ask $(cat "$tmp/used")" >>"$tmp/samples"
	done <"$big/asked.txt"
}

index_big() {
	local small=

	[ "$entries" -ge 100000000 ] || small='for 100,000,000'
	cat "$big/dnc.csv" >/dev/null
	in_turn "$ROUNDS" build
	echo
	echo "The sealed index: $entries numbers of one CSV of" \
	    "$(mib "$big/dnc.csv") MiB, $(mib "$big_home"/index/*.idx) MiB" \
	    "sealed. Medians; memory is the most. Each look-up is a new" \
	    "process, with the index in the page cache."
	echo
	figures_begin
	figure 'scrub refresh, wall' "$(figure_of build 3)" s '<90' "$small"
	figure 'scrub refresh, CPU' "$(figure_of build 6)" s
	figure 'scrub refresh, peak memory' \
	    "$(times "$(figure_of build 7)" $MB_OF_MIB)" MB '<4000' "$small"
	ask
	figure "scrub check NUMBER, $(figure_of ask 2) times" \
	    "$(times "$(figure_of ask 3)" 1000)" ms '<10'
	figure 'scrub check NUMBER, the slowest' \
	    "$(times "$(figure_of ask 5)" 1000)" ms '<10'
	figure 'scrub check NUMBER, CPU' \
	    "$(times "$(figure_of ask 6)" 1000)" ms
	figure 'scrub check NUMBER, peak memory' \
	    "$(times "$(figure_of ask 7)" $MB_OF_MIB)" MB '<40'
	in_turn 10 few
	figure 'campaign of 1,000 rows, 10 times' \
	    "$(times "$(figure_of few 3)" 1000)" ms '<100'
	figure 'campaign of 1,000 rows, the slowest' \
	    "$(times "$(figure_of few 5)" 1000)" ms '<100'
	figure 'campaign of 1,000 rows, CPU' \
	    "$(times "$(figure_of few 6)" 1000)" ms
	figure 'campaign of 1,000 rows, peak memory' \
	    "$(times "$(figure_of few 7)" $MB_OF_MIB)" MB
}

# --- The workload from the index, from CSV, and DuckDB's ---

job_sealed() {
	home_command "$tmp/home" run
	command+=("$data/campaign.csv" "${policy[@]}" -o "$tmp/out/clean.csv"
		--rejects "$tmp/out/rejected.csv")
}

job_recorded() {
	job_scrub
	command+=(--home "$tmp/empty")
}

job_duckdb_tables() {
	job_duckdb "$duckdb_lists/lists.duckdb"
}

job_duckdb_parquet() {
	job_duckdb "$duckdb_lists"
}

# Made again when the lists or the way of making them are newer.
duckdb_lists() {
	local script=$peers/duckdb.mjs

	if [ "$duckdb_lists/lists.duckdb" -nt "$data/truth.txt" ] &&
	    [ "$duckdb_lists/lists.duckdb" -nt "$script" ]; then
		return
	fi
	rm -rf "$duckdb_lists" "$duckdb_lists.part"
	mkdir "$duckdb_lists.part"
	node "$script" "$modules" "$data" "$duckdb_lists.part" --make
	mv "$duckdb_lists.part" "$duckdb_lists"
}

# The faster of DuckDB's two: its name and how long it takes.
fairest_peer() {
	figures | awk '$1 ~ /^duckdb/ { print $1, $3 }' | sort -k 2n | head -n 1
}

index_workload() {
	local names=(sealed scrub recorded) peer peer_wall wall note= command
	local labels=(scrub='scrub, lists in index' files='scrub, lists in CSV'
		recorded='the same, with home')

	if chosen duckdb node && fetch_duckdb; then
		duckdb_lists
		names+=(duckdb_tables duckdb_parquet)
		labels+=(duckdb_tables='DuckDB, own tables'
			duckdb_parquet='DuckDB, Parquet')
	fi
	home_with "$tmp/empty" "$data"
	home_with "$tmp/home" "$data" dnc consent calls
	touch -d "$moment" "${inputs[@]:1}"
	home_command "$tmp/home" refresh
	"${command[@]}" --quiet --as-of "$moment"
	cat "${inputs[@]}" "$tmp"/home/index/*.idx >/dev/null
	scrub_first
	in_turn "$ROUNDS" "${names[@]}"
	sed -i 's/^scrub /files /; s/^sealed /scrub /' "$tmp/samples"
	echo
	echo "The whole job with its lists in the index, against the same" \
	    "lists as CSV, and DuckDB with them in tables of its own and in" \
	    "Parquet: $(truth rows) rows, $(truth kept) of them kept." \
	    "Of the calls the index has those of the last $longest, which is" \
	    "as far as the caps look back, the others have all;" \
	    "it takes $(mib "$tmp"/home/index/*.idx) MiB."
	echo
	table "${labels[@]}"
	echo
	wall=$(figure_of scrub 3)
	[ "$size" = L ] || note='for L'
	figures_begin
	figure 'index to CSV' "$(ratio "$(figure_of files 3)" "$wall")" times \
	    '>2' "$note"
	figure 'index to CSV, both with a home' \
	    "$(ratio "$(figure_of recorded 3)" "$wall")" times
	read -r peer peer_wall < <(fairest_peer) || return 0
	figure "index to DuckDB, ${peer#duckdb_} being faster" \
	    "$(ratio "$peer_wall" "$wall")" times '>25' "$note"
}

bench_index() {
	local entries=${ENTRIES:-10000000} big big_home=$tmp/big
	local duckdb_lists=$dir/duckdb-$size-$SEED

	[ "$size" != S ] || entries=${ENTRIES:-1000000}
	[ -z "${BENCH_HUGE-}" ] || entries=${ENTRIES:-100000000}
	big=$dir/index-$entries-$SEED
	generate "$big" --rows 1000 --dnc "$entries" --repeated 0 \
	    --consents 0 --calls 0 --asked 50
	sync "$big/dnc.csv"
	index_big >"$tmp/index.txt"
	rm -r "$big_home"
	[ "$entries" -lt 100000000 ] || rm -r "$big"
	index_workload >>"$tmp/index.txt"
	section index <"$tmp/index.txt"
}
