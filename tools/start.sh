#!/bin/bash
# tools/start.sh [FOLDER]: sets up, builds, and does kin's main job: on FOLDER, or on a data set that kin draws itself.
set -euo pipefail

if [ $# -gt 1 ] || [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    echo "usage: tools/start.sh [FOLDER]    a folder of images, with its annotations or without" >&2
    exit 2
fi
folder=
if [ $# -eq 1 ]; then
    if ! folder=$(realpath -e -- "$1" 2>/dev/null) || [ ! -d "$folder" ]; then
        echo "start: $1 is no folder; give the folder that holds the images" >&2
        exit 2
    fi
fi

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build_preset release
kin=$PWD/build/release/src/cli/kin

# Shows a command of kin and runs it. An exit of 3 is "done in part": some files could not be read, and kin named them.
step()
{
    local code=0 shown='' word
    for word; do
        case $word in
        *[!A-Za-z0-9_./,=:@%+-]*) shown+=" '$word'" ;;
        *) shown+=" $word" ;;
        esac
    done
    printf '\n$ kin%s\n' "$shown"
    "$kin" "$@" || code=$?
    [ "$code" -eq 0 ] || [ "$code" -eq 3 ] || exit "$code"
}

# what_next FOLDER ITEM: how to go on by hand.
what_next()
{
    cat <<NEXT

Go on in the data set's folder:
    cd $(printf %q "$1")
    alias kin=$(printf %q "$kin")

    # a random job: how good are the labels?
    kin audit 300
    # a mistake that you know, its kin to look at in a browser, and the same as a job for re-review
    kin verdict '$2' critical
    kin find '$2' --html found.html
    kin job kin '$2' -n 100
    # where the noise is, and how sure that is
    kin slices --by label
    # all the rest
    kin help
NEXT
}

main_job_on()
{
    step index "$1"
    cd "$1"
    step status
    what_next "$1" 'IMAGE#SHAPE'
}

# review JOB: the job goes out, is answered from the demo's truth, and comes back.
review()
{
    echo
    echo "(job $1 is answered from truth.csv by tools/answer_from_truth.py)"
    "$kin" job export "$1" --format csv | "$answer" truth.csv >"job$1-done.csv"
    step job import "$1" "job$1-done.csv"
}

main_job_on_demo()
{
    local demo=$PWD/build/demo answer=$PWD/tools/answer_from_truth.py mistake
    rm -rf "$demo" # anew each time: so the jobs below are 1, 2 and 3
    step demo "$demo"
    step index "$demo"
    cd "$demo"

    step audit 300 --seed 1
    review 1
    step audit 300 --stratify label --seed 2
    review 2
    step slices --by label,annotator --sla 95

    mistake=$(awk -F, '$2 == "pedestrian" && $3 == "skateboarder" { print $1; exit }' truth.csv)
    step verdict "$mistake" critical --should-be skateboarder
    step find "$mistake" -n 10
    step job kin "$mistake" -n 100
    review 3
    step slices --by label,annotator --sla 95
    step status
    what_next "$demo" "$mistake"
}

if [ -n "$folder" ]; then
    main_job_on "$folder"
else
    main_job_on_demo
fi
