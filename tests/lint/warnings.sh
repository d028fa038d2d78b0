#!/bin/sh
# warnings.sh - everything builds without a warning, in a folder of its own.

cd "$(dirname "$0")/../.." || exit 2
exec "${MAKE:-make}" -s -j"$(nproc)" DEPS=no SANITIZE= COVERAGE= WERROR=1 tests
