# Lückenlos: every task of a developer, and the demo for everybody. `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help demo test faults coverage check format docs picture bench fuzz links clean

VENV := .venv
RUN := $(VENV)/bin
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

$(VENV)/.demo: pyproject.toml constraints.txt .ci/environment
	@sh .ci/environment $(VENV) '.'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt .ci/environment
	@sh .ci/environment $(VENV) '.[dev,postgres]'
	@touch $@ $(VENV)/.demo

help: ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.demo ## start the demo region, sync it, show its coverage and gaps
	@$(RUN)/lueckenlos demo --out demo-out

test: $(VENV)/.dev ## run all tests
	@$(RUN)/pytest -q -n auto --dist=loadfile

faults: $(VENV)/.dev ## run the tests of faults in full and show the figures (takes long)
	@$(RUN)/pytest -q -n auto --dist=load --maxschedchunk=1 -m faults tests; long=$$?; \
	  $(RUN)/pytest -q -n auto --dist=loadfile tests/faults && exit $$long

coverage: $(VENV)/.dev ## run all tests with the gate on branch coverage (takes twice as long)
	@$(RUN)/pytest -q -n auto --dist=loadfile --cov --cov-report=term

check: $(VENV)/.dev ## format, lint, types, tests with the gate on coverage: what must be green before a commit
	@$(RUN)/ruff format --check .
	@$(RUN)/ruff check .
	@$(RUN)/mypy
	@$(MAKE) --no-print-directory coverage

format: $(VENV)/.dev ## format the code and mend what the linter can mend
	@$(RUN)/ruff check --fix-only -q .
	@$(RUN)/ruff format -q .

docs: $(VENV)/.dev ## write docs/befehle.md anew from the commands' help
	@$(RUN)/python -m cli.reference_docs

picture: $(VENV)/.dev ## draw the picture of the page that README shows
	@$(RUN)/python -m tests.browser.picture docs/bilder/seite.png

bench: $(VENV)/.dev ## measure speed and memory against the baselines in benchmarks/
	@cd benchmarks && ../$(RUN)/python run.py

fuzz: $(VENV)/.dev ## fuzz the readers of foreign input, ten minutes each (SECONDS=… for another time)
	@$(RUN)/pip install -q atheris
	@for target in xzufi pages listing region; do \
	  $(RUN)/python -m tests.fuzzing $$target --seconds $(or $(SECONDS),600) || exit 1; done

links: $(VENV)/.dev ## check the labelled test web for thirty nights and show what came of it
	@$(RUN)/python benchmarks/links.py

clean: ## remove everything that was made, the environment included
	@rm -rf $(VENV) demo-out benchmarks/work .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.* dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
