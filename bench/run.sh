#!/bin/bash
# bench/run.sh DATA: writes bench/results anew from the present build (build/release). DATA holds coco256/, clothing/ and
# flowers-noisy/. Some minutes; on a machine that has nothing else to do.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -eq 1 ] && [ -d "$1/coco256" ] || {
    echo "usage: bench/run.sh DATA    a folder that holds coco256, clothing and flowers-noisy" >&2
    exit 2
}
data=$(realpath "$1")
bin=$PWD/build/release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# result NAME COMMAND...: its output under a line that tells the machine and the commit.
result()
{
    local name=$1
    shift
    {
        echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores; kin $("$bin/src/cli/kin" version | cut -f 2 | paste -s -d, | sed 's/, */, /g')"
        echo
        ("$@")
    } >"bench/results/$name.txt"
    echo "bench/results/$name.txt"
}

# The stages of kin index on photos with boxes: seconds, and shares of the wall time of its workers.
index_shares()
{
    cp -r "$data/coco256" "$work/coco256"
    for run in 1 2 3; do
        rm -rf "$work/coco256/.kin"
        "$bin/src/cli/kin" index "$work/coco256" --json --quiet 2>/dev/null || [ $? -eq 3 ]
    done | python3 bench/index_shares.py
}

quality()
{
    cd "$data" # the tables name the sets as they are given
    "$bin/bench/bench_quality" clothing
    "$bin/bench/bench_quality" coco256
    echo
    echo "by the clean labels:"
    "$bin/bench/bench_quality" --label-column clean flowers-noisy/labels.csv
}

result descriptor "$bin/bench/bench_descriptor" --seconds 20 "$data/coco256/images"
result index index_shares
result quality quality
result search "$bin/bench/bench_search" --dim 252 --type i8
result coverage "$bin/bench/coverage"
