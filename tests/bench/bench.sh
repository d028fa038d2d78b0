#!/bin/bash
# bench.sh - measure scrub, and others at the same work.  `make bench` runs it.
#
#   SIZE=S|M|L    the workload (S): rows, DNC, consents, calls
#                 S 100 k, 100 k, 80 k, 200 k;  M 1 M, 5 M, 1 M, 2 M;
#                 L 10 M, 20 M, 9 M, 20 M
#   PARTS="..."   peers, lines, threads, index; quoted, growth, parts.  All of
#                 them for S, for M and L the first four: the others do not
#                 depend on it
#   PEERS="..."   duckdb sqlite mawk miller, grep join.  For L duckdb and join;
#                 the others take very long, or all memory
#   ROUNDS=N      runs of each (5; 3 for M and L)
#   SEED=N        another workload of the same kind (1)
#   RESULTS=1     write tests/bench/RESULTS.md, what other sizes gave staying
#   ENTRIES=N     numbers in the large index: 1 million for S, else 10 million
#   BENCH_HUGE=1  100 million of them, and growth up to 100 million rows (needs
#                 30 GB of disk)
#   BENCH_DIR     where all files are (build/bench)
#
# Every program is run in turn, A B C A B C, so that what else the machine does
# falls on all.  Who has used BUDGET seconds (60) sits out the later rounds, and
# a run is killed after LIMIT seconds (1800).  Input comes from the page cache.
# The kept rows of each are compared with scrub's, and scrub's with what the
# generator knows: a difference fails the benchmark.

set -eu
cd "$(dirname "$0")/../.."
shopt -s nullglob

size=${SIZE:-S}
: "${BUILD:=build/release}" "${PROGRAM:=scrub}" "${CC:=cc}" "${SEED:=1}"
: "${BUDGET:=60}" "${LIMIT:=1800}" "${BENCH_DIR:=build/bench}"
DUCKDB_PACKAGE=@duckdb/node-api@1.5.6-r.1
RESULTS_FILE=tests/bench/RESULTS.md

case $size in
S) : "${ROUNDS:=5}" "${PARTS:=peers lines threads index quoted growth parts}" ;;
M) : "${ROUNDS:=3}" "${PARTS:=peers lines threads index}" ;;
L)
	: "${ROUNDS:=3}" "${PARTS:=peers lines threads index}"
	: "${PEERS:=duckdb join}"
	;;
*)
	echo "bench.sh: SIZE is S, M or L, not $size" >&2
	exit 2
	;;
esac
: "${PEERS:=duckdb sqlite mawk miller grep join}"

program=$(realpath "$PROGRAM")
build=$(realpath "$BUILD")
tools=$build/tests/bench
genlists=$build/cmd/genlists/genlists
peers=$(realpath tests/bench/peers)
mkdir -p "$BENCH_DIR"
dir=$(realpath "$BENCH_DIR")
data=$dir/$size-$SEED
modules=$dir/node/node_modules
tmp=$(mktemp -d "$dir/run.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$tmp/out" "$tmp/want"
export LC_ALL=C.UTF-8 SCRUB_CONF=/dev/null

# What makes the benchmark fail in the end.
failed() { # WHAT
	echo "$*" | tee -a "$tmp/failures" >&2
}

# Sections are printed, and kept for RESULTS.md.
section() { # FILE
	tee "$tmp/$1.md"
}

# --- The workload ---

# A folder of generated files is complete when truth.txt is there, and out of
# date when the generator is newer.
generate() { # FOLDER OPTION...
	local folder=$1
	shift
	[ "$folder/truth.txt" -nt "$genlists" ] || {
		rm -rf "$folder"
		"$genlists" --seed "$SEED" "$@" "$folder"
	}
}

truth() { # NAME [FOLDER]
	awk -v name="$1" '$1 == name { print $2 }' "${2-$data}/truth.txt"
}

mib() { # FILE...
	cat "$@" | wc -c | awk '{ printf "%.0f", $1 / 1048576 }'
}

# shellcheck source=tests/bench/running.sh
. tests/bench/running.sh
# shellcheck source=tests/bench/index.sh
. tests/bench/index.sh

# Is what a job made right, or what scrub made?
check() { # JOB
	case $1 in
	duckdb* | sqlite | mawk | miller | sealed | recorded) same_rows "$1" ;;
	grep | join) same_lines "$1" ;;
	lines) right_lines ;;
	build) right_build ;;
	few) right_few ;;
	esac
}

# --- The whole job ---

inputs=("$data/campaign.csv" "$data/dnc.csv" "$data/consent.csv"
	"$data/calls.csv")

# When the runs are planned for, and the longest window of their caps.
moment=2026-03-01T00:00:00Z longest=7d
policy=(--quiet --column phone --region CN --tz UTC
	--as-of "$moment" --cap 2/24h --cap "3/$longest")

job_scrub() {
	command=("$program" run "$data/campaign.csv" "${policy[@]}"
		--dnc "$data/dnc.csv" --consent "$data/consent.csv"
		--calls "$data/calls.csv" -o "$tmp/out/clean.csv"
		--rejects "$tmp/out/rejected.csv")
}

job_cat() {
	command=(cat "${inputs[@]}")
}

job_duckdb() { # [FROM]: see there
	command=(node "$peers/duckdb.mjs" "$modules" "$data" "$tmp/out")
	[ "$1" = duckdb ] || command+=("$1")
}

job_sqlite() {
	command=("$peers/sqlite.sh" "$data" "$tmp/out")
}

job_mawk() {
	command=(env LC_ALL=C mawk -v "out=$tmp/out" -f "$peers/mawk.awk"
		"${inputs[@]:1}" "${inputs[0]}")
}

job_miller() {
	command=(env "OUT=$tmp/out" mlr -S --csv put -q -f "$peers/miller.mlr"
		"${inputs[@]:1}" "${inputs[0]}")
}

same_rows() { # NAME
	local said
	if said=$("$tools/bench_ids" "$tmp/want/clean.csv" \
	    "$tmp/out/clean.csv" 2>&1); then
		echo "$1 keeps the same rows" >&2
	else
		failed "$1 KEEPS OTHER ROWS than scrub: $said"
	fi
}

# What others are compared with: a run of scrub that is not counted.
scrub_first() {
	local command kept

	job_scrub
	rm -rf "$tmp/out" "$tmp/want"
	mkdir "$tmp/out"
	"${command[@]}"
	mv "$tmp/out" "$tmp/want"
	kept=$("$tools/bench_ids" "$tmp/want/clean.csv")
	[ "$kept" = "$(truth kept)" ] ||
	    failed "scrub KEEPS $kept ROWS where $(truth kept) are right"
}

chosen() { # NAME COMMAND: is it wanted, and on this machine?
	case " $PEERS " in
	*" $1 "*) ;;
	*) return 1 ;;
	esac
	command -v "$2" >/dev/null || {
		echo "$1 is skipped: there is no $2 here" >&2
		return 1
	}
}

fetch_duckdb() {
	[ -d "$modules/@duckdb" ] || {
		command -v npm >/dev/null && mkdir -p "$dir/node" &&
		    npm install --silent --no-audit --no-fund \
			--prefix "$dir/node" "$DUCKDB_PACKAGE" >/dev/null 2>&1
	} || {
		echo 'duckdb is skipped: npm could not bring it' >&2
		return 1
	}
}

bench_peers() {
	local names=(scrub cat) labels=(scrub=scrub)

	if chosen duckdb node && fetch_duckdb; then
		names+=(duckdb) labels+=(duckdb=DuckDB)
	fi
	if chosen sqlite sqlite3; then
		names+=(sqlite) labels+=(sqlite='sqlite3')
	fi
	if chosen mawk mawk; then
		names+=(mawk) labels+=(mawk='mawk')
	fi
	if chosen miller mlr; then
		names+=(miller) labels+=(miller='Miller')
	fi
	cat "${inputs[@]}" >/dev/null
	scrub_first
	in_turn "$ROUNDS" "${names[@]}"
	{
		echo
		echo "The whole job: $(truth rows) rows of which $(truth kept)" \
		    "are kept; $(mib "${inputs[@]}") MiB of input."
		echo
		table "${labels[@]}" cat='cat of all input'
		echo
		awk '{ wall[$1] = $3 } END {
			printf "scrub takes %.1f times what cat takes.\n",
			    wall["scrub"] / wall["cat"]
		}' "$tmp/figures"
	} | section peers
}

# --- The do-not-call part alone ---

job_lines() {
	command=("$program" run "$data/numbers.txt" --quiet --no-header
		--region CN --tz UTC --as-of "$moment" --no-dedupe
		--dnc "$data/dnc.txt" -o "$tmp/out/clean.txt"
		--rejects "$tmp/out/rejected.txt")
}

job_grep() {
	command=("$peers/lines.sh" grep "$data" "$tmp/out")
}

job_join() {
	command=("$peers/lines.sh" join "$data" "$tmp/out")
}

same_lines() { # NAME
	if LC_ALL=C sort "$tmp/out/clean.txt" | cmp -s - "$tmp/want.txt"; then
		echo "$1 keeps the same lines" >&2
	else
		failed "$1 KEEPS OTHER LINES than scrub"
	fi
}

right_lines() {
	LC_ALL=C sort "$tmp/out/clean.txt" >"$tmp/want.txt"
	[ "$(wc -l <"$tmp/want.txt")" = "$(truth not_on_dnc)" ] ||
	    failed 'scrub KEEPS OTHER LINES than the generator says'
}

bench_lines() {
	local names=(lines) labels=(scrub='scrub')

	if chosen grep grep; then
		names+=(grep) labels+=(grep='grep -vFxf')
	fi
	if chosen join join; then
		names+=(join) labels+=(join='sort, join -v 1')
	fi
	cat "$data/numbers.txt" "$data/dnc.txt" >/dev/null
	in_turn "$ROUNDS" "${names[@]}"
	sed -i 's/^lines /scrub /' "$tmp/samples"
	{
		echo
		echo "The do-not-call part alone, on lines that are E.164" \
		    "already: $(truth persons) numbers, $(truth not_on_dnc) of" \
		    "them kept, by $(wc -l <"$data/dnc.txt")."
		echo
		table "${labels[@]}"
	} | section lines
}

# --- Threads ---

job_threads() { # THREADS
	job_scrub
	command+=(--threads "$1")
}

bench_threads() {
	local n counts=(1 2) names=()

	[ "$(nproc)" -le 2 ] || counts+=("$(nproc)")
	for n in "${counts[@]}"; do
		names+=("threads:$n")
	done
	cat "${inputs[@]}" >/dev/null
	in_turn "$ROUNDS" "${names[@]}"
	{
		echo
		echo "The whole job by threads ($(nproc) processors)."
		echo
		printf '| %7s | %8s | %8s | %11s | %9s | %6s |\n' threads \
		    'wall s' 'CPU s' 'rows/s' 'peak MiB' faster
		echo '|--:|--:|--:|--:|--:|--:|'
		figures | sort -t : -k 2n | awk -v rows="$(truth rows)" '
		{
			sub(/.*:/, "", $1)
			one = one ? one : $3
			printf "| %7d | %8.3f | %8.3f | %11d | %9.1f | %5.2fx |\n",
			    $1, $3, $6, rows / $3, $7, one / $3
		}'
	} | section threads
}

# --- Quotes ---

job_rows() { # KIND
	command=("$program" run "$dir/rows-$1-$SEED/campaign.csv" --quiet
		--column phone --region CN --no-lists --threads 1 -o -
		--rejects "$tmp/out/rejected.csv")
}

bench_quoted() {
	local none=(--rows 1000000 --dnc 0 --consents 0 --calls 0) name

	generate "$dir/rows-plain-$SEED" "${none[@]}" --quoted 0
	generate "$dir/rows-some-$SEED" "${none[@]}"
	generate "$dir/rows-all-$SEED" "${none[@]}" --quote-all 1
	in_turn 5 rows:plain rows:some rows:all
	{
		echo
		echo 'Reading and writing quotes: a million rows, no list, one' \
		    'thread.'
		echo
		printf '| %-22s | %9s | %8s | %8s |\n' campaign 'input MB' \
		    'wall s' 'MB/s'
		echo '|---|--:|--:|--:|'
		for name in plain='no quotes' some='8 % of rows quoted' \
		    all='every cell quoted'; do
			figures | awk -v name="rows:${name%%=*}" \
			    -v label="${name#*=}" -v bytes="$(wc -c \
				<"$dir/rows-${name%%=*}-$SEED/campaign.csv")" '
			$1 == name {
				printf "| %-22s | %9.1f | %8.3f | %8.0f |\n",
				    label, bytes / 1e6, $3, bytes / 1e6 / $3
			}'
		done
	} | section quoted
}

# --- Growth ---

job_growth() {
	command=("$program" run "$folder/campaign.csv" --quiet --column phone
		--region CN --dnc "$dir/growth-dnc-$SEED/dnc.csv"
		--as-of "$moment" -o -
		--rejects "$tmp/out/rejected.csv")
}

growth_line() { # ROWS KIND ROUNDS
	local folder=$dir/growth-$2-$1-$SEED narrow=0

	[ "$2" = full ] || narrow=1
	generate "$folder" --rows "$1" --invalid 0 --duplicate 0 --dnc 0 \
	    --consents 0 --calls 0 --narrow $narrow
	cat "$folder/campaign.csv" >/dev/null
	in_turn "$3" growth
	figures | awk -v rows="$1" -v kind="$2" '{
		printf "| %-6s | %11d | %8.3f | %7.1f | %9.1f | %6.1f |\n",
		    kind, rows, $3, $3 / rows * 1e9, $7, $7 * 1048576 / rows
	}'
	[ "$1" -lt 100000000 ] || rm -r "$folder"
}

bench_growth() {
	generate "$dir/growth-dnc-$SEED" --rows 100000 --consents 0 --calls 0
	{
		echo
		echo 'Growth: all rows distinct, 100,000 do-not-call numbers,' \
		    'output to /dev/null. Full rows have nine columns, narrow' \
		    'ones id and phone.'
		echo
		printf '| %-6s | %11s | %8s | %7s | %9s | %6s |\n' rows count \
		    'wall s' 'ns/row' 'peak MiB' 'B/row'
		echo '|---|--:|--:|--:|--:|--:|'
		for kind in full narrow; do
			growth_line 1000000 $kind 5
			growth_line 10000000 $kind 3
			[ -z "${BENCH_HUGE-}" ] ||
			    growth_line 100000000 $kind 1
		done
	} | section growth
}

# --- Parts ---

bench_parts() {
	{
		echo
		echo 'Parts, on one thread, best of several rounds.'
		echo
		printf '| %-24s | %-38s | %8s | %-14s |\n' part case value unit
		echo '|---|---|--:|---|'
		{
			"$tools/bench_parts"
			"$tools/bench_number" | awk -F '\t' -v OFS='\t' '
			/^(CN|US|mix)/ {
				sub(/ ns/, "", $3)
				print "numplan_parse", $1 " " $2, $3, "ns"
			}'
		} | awk -F '\t' '{
			printf "| %-24s | %-38s | %8s | %-14s |\n", $1, $2, $3,
			    $4
		}'
	} | section parts
}

# --- The results of the day ---

machine() {
	local version

	echo "$(date -u +%Y-%m-%d), $(sed -n 's/^model name[^:]*: //p' \
	    /proc/cpuinfo | head -n 1), $(nproc) processors," \
	    "$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' \
		/proc/meminfo) GiB, $(uname -sr)," \
	    "$(stat -f -c %T "$dir"); load before" \
	    "$(cut -d ' ' -f 1 /proc/loadavg); seed $SEED."
	echo
	echo "- scrub $(git describe --always --dirty 2>/dev/null ||
	    echo 'of no commit'), $($CC --version | head -n 1)"
	if [ -d "$modules/@duckdb" ] && version=$(node "$peers/duckdb.mjs" \
	    "$modules" --version 2>/dev/null); then
		echo "- DuckDB $version ($DUCKDB_PACKAGE), node $(node --version)"
	fi
	! command -v sqlite3 >/dev/null ||
	    echo "- sqlite3 $(sqlite3 --version | cut -d ' ' -f 1)"
	! command -v mawk >/dev/null ||
	    echo "- $(mawk -W version 2>&1 | head -n 1)"
	! command -v mlr >/dev/null || echo "- Miller $(mlr --version)"
	echo "- $(grep --version | head -n 1), $(sort --version | head -n 1)"
}

# What RESULTS.md has under a heading, to be written again.
old_section() { # HEADING
	[ ! -e "$RESULTS_FILE" ] || awk -v heading="## $1" '
	/^## / { inside = $0 == heading }
	inside' "$RESULTS_FILE" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

new_section() { # HEADING PART...
	local heading=$1 part found=
	shift
	for part; do
		[ ! -e "$tmp/$part.md" ] || found=yes
	done
	if [ -z "$found" ]; then
		old_section "$heading"
		return
	fi
	printf '## %s\n\n' "$heading"
	cat "$tmp/machine.md"
	for part; do
		[ ! -e "$tmp/$part.md" ] || cat "$tmp/$part.md"
	done
}

sized_section() { # SIZE HEADING PART...
	local for_size=$1
	shift
	echo
	if [ "$for_size" = "$size" ]; then
		new_section "$@"
	else
		old_section "$1"
	fi
}

write_results() {
	local s

	{
		cat <<-'END'
			# Results

			Written by `make bench RESULTS=1`, each section when that size was last
			run. What is measured and how stands at the top of bench.sh. Wall
			and CPU are medians, the range is that of wall; peak is the largest
			process. The last two columns of a comparison are multiples of
			scrub's. All but `cat` keep the same rows, which was checked.
		END
		for s in S M L; do
			sized_section $s "Size $s" peers lines threads
			sized_section $s "The index, size $s" index
		done
		echo
		new_section 'Quotes, growth and parts' quoted growth parts
	} | cat -s | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$tmp/results"
	cp "$tmp/results" "$RESULTS_FILE"
	echo "written to $RESULTS_FILE" >&2
}

generate "$data" --size "$size" --plain 1
case " $PEERS " in
*' duckdb '*) fetch_duckdb 2>/dev/null || : ;;
esac
machine | section machine
for part in $PARTS; do
	"bench_$part"
done
if [ -e "$tmp/failures" ]; then
	cat "$tmp/failures" >&2
	echo 'bench.sh: FAILED, results are not written' >&2
	exit 1
fi
[ -z "${RESULTS-}" ] || write_results
