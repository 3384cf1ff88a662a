#!/bin/bash
# Installs what building, testing and running kin needs on Debian 12 and newer, or Ubuntu, and brings
# the default model. Does nothing, and asks the network nothing, where all of it is there already.
# With --browser also the Chromium that the tests of the page drive, where the distribution has it as
# a package; with --checks also the programs that tests hold pages and documentation against.
set -euo pipefail

packages=(
    build-essential cmake ninja-build pkgconf git
    libopenblas-dev libopenblas-pthread-dev libfaiss-dev libsqlite3-dev libxxhash-dev
    libjpeg-dev libspng-dev libwebp-dev libstb-dev libcjson-dev libexpat1-dev libyaml-dev libmicrohttpd-dev
    protobuf-c-compiler libprotobuf-c-dev libonnx-dev
    libopenmpi-dev openmpi-bin libcmocka-dev python3 python3-numpy python3-onnx python3-pip
)

# The default model. Without it kin works too, with another descriptor; get_model.sh says so.
bring_model()
{
    local code=0
    tools/get_model.sh || code=$?
    [ "$code" -eq 3 ] || return "$code"
}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "setup: no apt-get here; going on as if the equals of these were installed: ${packages[*]}" >&2
    bring_model || echo "setup: going on without the default model" >&2
    exit 0
fi

is_there()
{
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ||
        # Ubuntu 24.04 left FAISS out; what was installed by hand does as well.
        { [ "$1" = libfaiss-dev ] && [ -e /usr/local/include/faiss/c_api/Index_c.h ]; }
}

options=" $* "
if [[ $options == *" --checks "* ]]; then
    packages+=(man-db mandoc zsh fish doxygen python3-venv)
fi
if [[ $options == *" --browser "* ]] && ! command -v chromium >/dev/null &&
    [ -n "$(apt-cache policy chromium 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9]\)/\1/p')" ]; then
    packages+=(chromium)
fi

missing=()
for package in "${packages[@]}"; do
    is_there "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    bring_model
    exit
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: no sudo here; as root, run $0, which installs ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
quiet_apt_get()
{
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" \
        >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        echo "setup: apt-get $1 failed, see above" >&2
        exit 1
    fi
}

echo "setup: installing ${missing[*]}"
quiet_apt_get update
if [[ " ${missing[*]} " == *" libfaiss-dev "* ]] && [ -z "$(apt-cache madison libfaiss-dev 2>/dev/null)" ]; then
    echo "setup: this distribution has no libfaiss-dev; install FAISS 1.7.3 or newer with the headers of its C API" \
        "below /usr/local (its own INSTALL.md says how), then run this again" >&2
    exit 1
fi
quiet_apt_get install --yes --no-install-recommends "${missing[@]}"
bring_model
