#!/bin/bash
# Sets up, builds and runs every test: all of them with warnings as errors; all but the slow simulations under
# AddressSanitizer and UndefinedBehaviorSanitizer; those with threads under ThreadSanitizer.
set -euo pipefail
setup_options=(--browser --checks)
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# A sanitizer of an older compiler cannot place its shadow where the kernel spreads addresses over more bits than it
# knows, so addresses stay put where that may be asked for.
fixed_addresses=()
if setarch "$(uname -m)" --addr-no-randomize true 2>/dev/null; then
    fixed_addresses=(setarch "$(uname -m)" --addr-no-randomize)
fi

summaries=()
failed=no

# part PRESET TARGET [CTEST OPTION...]: a part that fails does not keep the next from running.
part()
{
    local preset=$1 target=$2 began=$SECONDS built=0 log=build/$1/ctest.log
    shift 2
    echo "== $preset"
    if ! build_preset "$preset" "$target"; then
        summaries+=("$preset: the build failed")
        failed=yes
        return
    fi
    built=$((SECONDS - began))
    if ! "${fixed_addresses[@]}" ctest --test-dir "build/$preset" --output-on-failure --no-tests=error \
        -j "$(nproc)" "$@" 2>&1 | tee "$log"; then
        failed=yes
    fi
    summaries+=("$preset: $(grep 'tests passed' "$log" || echo 'ctest failed')" \
        "    built in $built s, tested in $((SECONDS - began - built)) s")
}

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
: "${TSAN_OPTIONS:="halt_on_error=1:history_size=7:suppressions='$PWD/tools/tsan.supp'"}"
export TSAN_OPTIONS

part dev all
part asan all --label-exclude slow
part tsan threaded_tests --label-regex threads

echo "== in all"
grep -hs '^skipped: ' build/{dev,asan,tsan}/Testing/Temporary/LastTest.log | sort -u || true
printf '%s\n' "${summaries[@]}"
[ "$failed" = no ]
