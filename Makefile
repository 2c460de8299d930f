# What people type. `make demo` and `make test` need nothing but Debian 12 with make; both install what is missing and say what.

PYTHON ?= python3
export PYTHON
export UV_PYTHON_DOWNLOADS = never
UV = .tools/bin/uv
RUN = $(UV) run --frozen

.PHONY: help demo test bench lint gallery words clean

help:  ## say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: .tools/run  ## the kiosk with simulated hardware: in a window where there is a screen, else played through the stories into out/demo
	@if [ -n "$${DISPLAY:-}" ]; then \
		$(RUN) kiosk run --demo; \
	else \
		config/linux/packages.sh test && rm -rf out/demo && \
		xvfb-run --auto-servernum --server-args="-screen 0 1080x1920x24 -nolisten tcp" \
			$(RUN) kiosk play config/stories --screen --out out/demo; \
	fi

test: .tools/test  ## every check and every test, those against real parts too
	@$(RUN) ruff check --quiet
	@$(RUN) ruff format --check --quiet
	@$(RUN) mypy --no-error-summary
	@$(RUN) lint-imports --no-cache >out/imports.txt || { cat out/imports.txt; exit 1; }
	@$(RUN) pytest --cov --cov-report=term:skip-covered $(ARGS)

bench: .tools/test  ## the figures, as ratios against floors measured in the same run, into out/bench.json
	@config/linux/packages.sh bench
	@$(RUN) python -m tests.bench $(ARGS)

lint: .tools/run  ## mend what can be mended by itself, and say what cannot
	@$(RUN) ruff check --fix
	@$(RUN) ruff format
	@$(RUN) mypy
	@$(RUN) lint-imports

gallery: .tools/test  ## take the pictures of every page anew; look at each of them before committing
	@KIOSK_UPDATE_GALLERY=1 $(RUN) pytest -q tests/ui/test_gallery.py

words: .tools/run  ## bring every language's kiosk.po and kiosk.mo up to date with the texts in the code
	@$(RUN) pybabel --quiet extract -k say -k many:1,2 --no-location -o out/kiosk.pot kiosk/domain kiosk/ui kiosk/locale
	@$(RUN) pybabel --quiet update -D kiosk -i out/kiosk.pot -d kiosk/locale -w 1000 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(RUN) pybabel --quiet compile --statistics -D kiosk -d kiosk/locale

clean:  ## forget what was made here
	rm -rf .venv .tools out dist

# -- tools: uv in a folder of its own, the packages that Debian has to give

.tools/bin/uv:
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"

.tools/run: config/linux/packages.sh uv.lock pyproject.toml
	@config/linux/packages.sh run
	@$(MAKE) --no-print-directory .tools/bin/uv
	@UV_PYTHON="$$(command -v $(PYTHON))" $(UV) sync --frozen --quiet
	@mkdir -p out && touch $@

.tools/test: .tools/run
	@config/linux/packages.sh test
	@touch $@
