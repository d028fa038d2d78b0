#!/bin/bash
# plan.sh - the committed tables of the numbering plan are what the generator
# makes of its pinned inputs.  Needs node, and npm's registry the first time.

set -u
cd "$(dirname "$0")/../.." || exit 2
command -v node >/dev/null || exit 77
if [ ! -d build/node/node_modules/google-libphonenumber ]; then
	mkdir -p build/node/node_modules
	node cmd/genplan/fetch.mjs build/node/node_modules >/dev/null 2>&1 ||
		exit 77
fi
exec tests/parity/regenerate.sh
