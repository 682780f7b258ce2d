#!/usr/bin/env bash
# The packages whose every branch must be walked by their own tests: protocol/ and sync/ (and no vague percentage
# elsewhere).
set -eu
cd "$(dirname "$0")/.."
export QT_QPA_PLATFORM=offscreen
.venv/bin/python -m coverage run --branch --source=protocol,sync -m pytest -n0 -p no:cacheprovider \
  tests/test_acts.py tests/test_deadlines.py tests/test_projection.py tests/test_rules*.py tests/test_text.py \
  tests/test_wire.py tests/test_marks.py tests/test_engine*.py tests/test_findings.py tests/test_reconcile.py tests/test_blobs.py tests/test_accesses.py tests/test_pace.py tests/test_backoff.py tests/test_transport*.py \
  tests/test_uploads.py tests/test_enclosures.py tests/test_letters_rules.py \
  tests/test_http_faults.py
.venv/bin/python -m coverage report --show-missing --skip-covered --fail-under=100
