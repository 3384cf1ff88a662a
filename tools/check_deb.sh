#!/bin/bash
# Builds the Debian packages into build/deb, and tries them on a clean system: a minimal Debian is made in a temporary
# folder, the packages are installed there with apt, a user works with kin, a program is compiled against libkin, and
# the packages are removed again. Needs root, debootstrap, and a mirror of Debian to fetch from.
#
#   tools/check_deb.sh [RELEASE [MIRROR]]     default: bookworm, from where apt fetches here
set -euo pipefail
release=${1:-bookworm}
mirror=${2:-$(apt-get indextargets --format '$(REPO_URI)' "Codename: $release" 'Created-By: Packages' | head -n 1)}
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "$(id -u)" -ne 0 ] || ! command -v debootstrap >/dev/null; then
    echo "check_deb: needs root and debootstrap (apt-get install debootstrap)" >&2
    exit 1
fi
if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

mkdir -p build/deb
rm -f build/deb/*.deb
cmake --preset deb >build/deb/configure.log
cmake --build --preset deb
(cd build/deb && cpack)

root=$(mktemp -d)
chmod 755 "$root"
clean_up()
{
    if mountpoint -q "$root/proc"; then
        umount "$root/proc"
    fi
    rm -rf --one-file-system "$root"
}
trap clean_up EXIT
debootstrap --variant=minbase "$release" "$root" "$mirror" >build/deb/debootstrap.log
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc" 2>/dev/null || echo "check_deb: no right to mount /proc; going on without" >&2
mkdir "$root/packages"
cp build/deb/*.deb "$root/packages"
# The README's first C program.
sed -n '/^\/\* find_kin.c/,/^```/{/^```/d;p}' README.md >"$root/packages/find_kin.c"

cat >"$root/packages/try.sh" <<'END'
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
install() { apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends "$@" >/tmp/apt.log 2>&1 || { tail -n 30 /tmp/apt.log; exit 1; }; }
apt-get -qq update
before=$(dpkg-query -W -f '${Package}\n' | wc -l)

echo "== kin alone"
install /packages/kin_*.deb
echo "installed with $(($(dpkg-query -W -f '${Package}\n' | wc -l) - before)) packages"
if ldd /usr/bin/kin | grep 'not found'; then exit 1; fi
useradd --create-home tester
su - tester -s /bin/bash -c '
    set -euo pipefail
    kin --version
    kin demo photos --pictures 60
    kin index photos --annotations photos/instances.json
    cd photos
    kin audit 20 --seed 1
    kin job export 1 -o /tmp/job.csv
    kin find images/000001.jpg -n 3
    kin verdict images/000001.jpg critical
    kin slices
    kin report --html /tmp/report.html
    kin status
'
test -s /tmp/report.html
test -s /usr/share/man/man1/kin-find.1.gz || echo "(this system leaves man pages out of packages)"
su - tester -s /bin/bash -c 'source /usr/share/bash-completion/completions/kin; COMP_WORDS=(kin job ex); COMP_CWORD=2; _kin; [ "${COMPREPLY[*]}" = export ]'

echo "== libkin"
install /packages/libkin*.deb gcc libc6-dev pkgconf
cc -std=c17 -Wall -Werror /packages/find_kin.c -o /usr/local/bin/find_kin $(pkg-config --cflags --libs kin)
su - tester -s /bin/bash -c 'find_kin photos images/000001.jpg' | tee /tmp/hits
[ "$(wc -l </tmp/hits)" -eq 10 ]

echo "== removed"
apt-get -qq -o Dpkg::Use-Pty=0 purge --yes kin libkin-dev 'libkin0*' >/dev/null
if find /usr -path '*kin*' \( -name 'kin' -o -name 'libkin*' -o -name 'kin-*' \) | grep .; then exit 1; fi
END
chroot "$root" /bin/bash /packages/try.sh
echo "check_deb: $(cd build/deb && ls -1 ./*.deb | tr '\n' ' ')work on a clean $release"
