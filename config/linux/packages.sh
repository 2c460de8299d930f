#!/bin/sh
# Installs the Debian packages that are missing, and says which. Usage: packages.sh run|test|bench
#   run:   to build pyscard, to open a window and to talk to a PC/SC reader
#   test:  also a virtual screen, a virtual reader, and what moves the mouse in tests
#   bench: also a browser, to compare the start with
set -eu

packages="gcc libc6-dev libpcsclite-dev libpcsclite1 pcscd libgl1 libegl1 libgl1-mesa-dri libmtdev1 libx11-6 libfribidi0"
case "${1:-run}" in
    test | bench) packages="$packages xvfb xdotool xauth x11-utils vsmartcard-vpcd procps" ;;
esac
[ "${1:-run}" = bench ] && packages="$packages chromium"

python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null 2>&1; then
    packages="$packages python3 python3-venv python3-dev"
else
    "$python" -c 'import ensurepip, venv' 2>/dev/null || packages="$packages python3-venv"
    "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' ||
        packages="$packages python3-dev"
fi

missing=
for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "These packages are missing, and there is no sudo to install them with:$missing" >&2
        echo "As root: apt-get install$missing" >&2
        exit 1
    }
    sudo=sudo
fi
echo "Installing:$missing"
$sudo apt-get update -qq
# shellcheck disable=SC2086 - a list of packages
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
