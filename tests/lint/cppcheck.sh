#!/bin/sh
# cppcheck.sh - what a reader that follows values finds.

cd "$(dirname "$0")/../.." || exit 2
find src cmd -name '*.c' | grep -q . || exit 0
exec cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
    --language=c --library=gnu --enable=warning,performance,portability \
    --suppress=missingIncludeSystem --suppress=unmatchedSuppression \
    --suppress=normalCheckLevelMaxBranches --suppress=toomanyconfigs \
    -D_GNU_SOURCE -U__AVX2__ -Isrc -j "$(nproc)" src cmd
