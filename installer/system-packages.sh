#!/usr/bin/env bash
# Installs the Debian/Ubuntu packages that Qt's windows and Python's venv need, only those that are missing.
# Elsewhere, or without the right to install, it says what is needed and goes on.
set -eu
wanted="python3-venv libegl1 libgl1 libxkbcommon0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1 libfreetype6 libglib2.0-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxcb-render-util0 libxcb-image0"
# With arguments: those packages as well (the tools that only tests use).
wanted="$wanted $*"

command -v dpkg-query >/dev/null 2>&1 || { echo "Not a Debian system: see README, 'What it needs'."; exit 0; }
missing=""
for package in $wanted; do
  # Ubuntu 24.04 renamed some with a t64 ending.
  dpkg-query -W -f='${Status}\n' "$package" "${package}t64" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then as_root=""; elif command -v sudo >/dev/null 2>&1; then as_root="sudo"; else
  echo "Please have these packages installed:$missing"; exit 0
fi
echo "Installing system packages:$missing"
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
