#!/usr/bin/env bash
# Makes .venv at the root from requirements.lock, or leaves it alone when it is up to date.
set -eu
cd "$(dirname "$0")/.."
stamp=.venv/.made-from
wanted=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0

bash installer/system-packages.sh
python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Chekaya needs Python 3.11 or newer (set PYTHON=…)."; exit 1; }
[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "Installing the locked packages into .venv"
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
echo "$wanted" > "$stamp"
