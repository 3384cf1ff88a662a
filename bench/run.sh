#!/bin/bash
# bench/run.sh [--python PYTHON] [--large] [--only NAME,...] DATA: writes bench/results anew from the present build
# (build/release), or those of the names (runtime,pipeline). DATA holds
# coco256/, clothing/, flowers-noisy/ and photos/. Some minutes, wrk and chromium (apt); on a machine that has nothing
# else to do. The comparisons with other programs need a Python that has numpy, pillow, onnx, onnxruntime and
# opencv-python-headless, and faiss-cpu, hnswlib, usearch and sqlite-vec; they are left out without --python. --large
# measures the index at ten million items, too, and compares it there with FAISS's compact codes, which takes as long as
# all the rest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=
large=
if [ "${1:-}" = --python ] && [ $# -ge 2 ]; then
    python=$2
    shift 2
fi
if [ "${1:-}" = --large ]; then
    large=1
    shift
fi
only=
if [ "${1:-}" = --only ] && [ $# -ge 2 ]; then
    only=$2
    shift 2
fi
[ $# -eq 1 ] && [ -d "$1/coco256" ] || {
    echo "usage: bench/run.sh [--python PYTHON] [--large] [--only NAME,...] DATA    a folder of coco256, clothing, flowers-noisy and photos" >&2
    exit 2
}
data=$(realpath "$1")
bin=$PWD/build/release
net=
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

is_wanted()
{
    [[ -z $only || ,$only, == *,$1,* ]]
}

# result NAME COMMAND...: its output under a line that tells the machine and the commit.
result()
{
    local name=$1
    shift
    is_wanted "$name" || return 0
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

# Precision at 10 by class, of each model and precision.
quality()
{
    cd "$data" # the tables name the sets as they are given
    for options in "--model classic" "--model efficientnet-lite0 --precision float" \
        "--model efficientnet-lite0 --precision int8"; do
        [ -d "$work/models" ] || [ "$options" = "--model classic" ] || continue
        echo "$options"
        # shellcheck disable=SC2086
        "$bin/bench/bench_quality" $options clothing coco256
        # shellcheck disable=SC2086
        "$bin/bench/bench_quality" $options --label-column clean flowers-noisy/labels.csv | tail -n 1
        echo
    done
}

# The demo set is drawn anew: its truth comes with it.
kinship()
{
    "$bin/src/cli/kin" demo "$work/demo" --quiet >&2
    cd "$data"
    "$bin/bench/bench_kinship" columns flowers-noisy/labels.csv noisy clean plant clothing 0.5
    cd "$work"
    "$bin/bench/bench_kinship" truth demo/instances.json demo/truth.csv truth
    cd "$data"
    "$bin/bench/bench_kinship" plant clothing 1 scale 1000000 128
}

# A comparison writes its own first line.
compare()
{
    local name=$1 script=$2
    shift 2
    is_wanted "$name" || return 0
    "$python" -B "bench/$script" "$@" --build "$bin" >"$work/$name.txt"
    mv "$work/$name.txt" "bench/results/$name.txt"
    echo "bench/results/$name.txt"
}

# The neural model calibrated for 8 bits, as a copy: the photos are not the project's to ship ranges of.
if [ -e models/efficientnet-lite0/model.onnx ]; then
    mkdir "$work/models"
    cp -r models/efficientnet-lite0 "$work/models"
    "$bin/src/cli/kin" calibrate "$work/models/efficientnet-lite0" "$data/photos" --quiet >/dev/null
    export KIN_MODELS=$work/models
    net=$work/models/efficientnet-lite0
fi

result descriptor "$bin/bench/bench_descriptor" --seconds 20 "$data/coco256/images"
result index index_shares
result quality quality
result kinship kinship
result search "$bin/bench/bench_search" --folder "$work"
[ -z "$large" ] || result search_large "$bin/bench/bench_search" --sizes 10000000 --graph 0 --folder "$work"
result commands python3 -B bench/large_commands.py "$bin"
result cage python3 -B bench/caged_decoding.py ${net:+--model "$net"} "$bin/src/cli/kin" "$data"
result serve bench/serve_load.sh "$bin/src/cli/kin"
result review python3 -B bench/review_rate.py "$bin/src/cli/kin"
result days bench/many_days.py "$bin/src/cli/kin" "$bin/bench/replay_log"
[ ! -x "$bin/src/cli/kin-mpi" ] || result spread bench/spread_scaling.py --build "$bin" "$data/photos"
result coverage "$bin/bench/coverage"
[ -n "$net" ] || exit 0
peers=$python
python=${python:-python3}
compare kernels kernel_steps.py "$net/model.onnx"
[ -n "$peers" ] || exit 0
compare models compare_models.py "$net/model.onnx"
compare runtime compare_runtime.py --model "$net" "$data/photos"
compare pipeline compare_pipeline.py --model "$net" "$data/photos" "$data/coco256"
compare compare_search compare_search.py
[ -z "$large" ] || compare compare_codes compare_search.py --sizes 10000000 --limit 1200 \
    --programs 'faiss IVF, SQ8;faiss IVF, PQ32;faiss IVF, PQ32x4fs, refine SQ8'
