# Everything lives in .venv; `make setup` is a prerequisite of all the others and does nothing when up to date.
PY := .venv/bin/python
export QT_LOGGING_RULES := *.debug=false

.PHONY: setup run test chaos tour bench check package package-check clean lock

setup:
	@bash installer/environment.sh

run: setup
	@$(PY) installer/demonstration.py

tour: setup
	@$(PY) -m tests.tour

test: setup
	@bash installer/system-packages.sh poppler-utils
	@QT_QPA_PLATFORM=offscreen $(PY) -m pytest

# Programs killed, starved and bitten: one table; ten minutes at most on two cores.
chaos: setup
	@$(PY) -m tests.chaos

check: setup
	@bash installer/system-packages.sh poppler-utils
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@bash installer/coverage.sh

bench: setup
	@for name in startup queue search store delta first_sync stall dashboard routing; do $(PY) -m benchmarks $$name --json; done

# The Debian package of the desk, into dist/; and its proof: installed, started, signed in, removed (needs root).
package: setup
	@$(PY) installer/package.py

package-check: setup
	@bash installer/system-packages.sh xvfb xdotool
	@$(PY) installer/package_check.py

# Rewrites requirements.lock; needs pip-tools (`pip install pip-tools`) in the environment.
lock: setup
	@.venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-trusted-host \
	  --no-emit-find-links --no-emit-options --no-header --extra dev --strip-extras -o requirements.lock pyproject.toml

clean:
	@rm -rf .venv build dist tour var *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
	@find . -name __pycache__ -prune -exec rm -rf {} +
