PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKED := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-package altdetails
PINNED := -c requirements/constraints.txt
SPREAD := -n auto --dist loadfile --no-loadscope-reorder

export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo demo-scrape test test-quick check docs pictures bench samples schema clean

help:           ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile

demo: $(VENV)/demo      ## install into .venv, parse samples/, show one record
	$(BIN)/altdetails parse samples -o demo.jsonl --failures demo-failures.jsonl
	$(BIN)/altdetails show samples/article-2023.html
	@echo "demo.jsonl holds $$(wc -l < demo.jsonl) records; demo-failures.jsonl lists the files without a record."

demo-scrape: $(VENV)/demo  ## fetch samples/dois.txt from a replica on this machine into demo-run/
	rm -rf demo-run
	$(BIN)/python tests/support/demo.py

test: $(VENV)/test $(VENV)/pywb $(VENV)/dbt  ## install what the tests need into .venv and run them all
	$(BIN)/pytest $(SPREAD)

test-quick: $(VENV)/test ## the tests that are not marked slow
	$(BIN)/pytest $(SPREAD) -m "not slow"

check: $(VENV)/check docs ## ruff, mypy --strict, pyright, import-linter, and the site of docs/
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

docs: $(VENV)/docs      ## build the site of docs/ into site/; a broken link is an error
	$(BIN)/zensical build --strict

pictures: $(VENV)/test  ## write docs/pictures/ again
	$(BIN)/python samples/pictures.py

bench: $(VENV)/bench $(VENV)/test  ## the figures of docs/benchmarks.md, measured on this machine
	$(BIN)/python benchmarks/bench.py
	$(BIN)/python benchmarks/scraping.py
	$(BIN)/python benchmarks/warehouse.py
	$(BIN)/python benchmarks/archives.py
	$(BIN)/python benchmarks/answers.py

samples: $(VENV)/samples  ## write samples/ again (text by w3m, lynx and a browser, if they are installed)
	$(BIN)/python samples/make.py

schema: $(VENV)/test    ## write docs/schemas/ again
	$(BIN)/altdetails schema > docs/schemas/record.schema.json
	$(BIN)/altdetails schema --format arrow > docs/schemas/record.arrow.txt
	$(BIN)/altdetails schema --format duckdb > docs/schemas/record.duckdb.sql
	$(BIN)/altdetails schema --format postgresql > docs/schemas/record.postgresql.sql
	$(BIN)/altdetails schema --format bigquery > docs/schemas/record.bigquery.json
	$(BIN)/altdetails schema mentions > docs/schemas/mention.schema.json
	$(BIN)/altdetails schema mentions --format arrow > docs/schemas/mention.arrow.txt
	$(BIN)/altdetails schema mentions --format duckdb > docs/schemas/mention.duckdb.sql
	$(BIN)/altdetails schema mentions --format postgresql > docs/schemas/mention.postgresql.sql
	$(BIN)/altdetails schema mentions --format bigquery > docs/schemas/mention.bigquery.json
	$(BIN)/altdetails schema summary > docs/schemas/summary.schema.json

lock: $(VENV)/lock      ## write requirements/ again: the newest versions that pyproject.toml allows
	rm -f requirements/*.txt
	echo '.[all,ray]' | $(LOCKED) - --group check --group docs --group bench --group samples -o requirements/constraints.txt
	printf '.[%s]\nhatchling\n' "$$(sed -n 's/^ARG EXTRAS=//p' Dockerfile)" \
		| $(LOCKED) - --constraint requirements/constraints.txt --generate-hashes -o requirements/image.txt

clean:
	rm -rf $(VENV) build dist site demo.jsonl demo-failures.jsonl demo-run

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(BIN)/uv: | $(BIN)/python
	$(BIN)/pip install --quiet uv

$(VENV)/demo: $(BIN)/python pyproject.toml
	$(BIN)/pip install --quiet --no-compile $(PINNED) -e .
	@touch $@

$(VENV)/pywb: $(VENV)/pywb/bin/wayback ;

$(VENV)/pywb/bin/wayback: | $(BIN)/uv  # a web archive for tests, with its own versions of libraries; it is run, never imported
	$(PYTHON) -m venv --without-pip $(VENV)/pywb
	$(BIN)/uv pip install --quiet --python $(VENV)/pywb/bin/python pywb==2.10.0 setuptools || rm -rf $(VENV)/pywb

$(VENV)/dbt: $(VENV)/dbt/bin/dbt ;

$(VENV)/dbt/bin/dbt: | $(BIN)/uv  # runs the models of dbt/ in tests, with its own versions of libraries; it is never imported
	$(PYTHON) -m venv --without-pip $(VENV)/dbt
	$(BIN)/uv pip install --quiet --python $(VENV)/dbt/bin/python dbt-core==1.11.16 dbt-duckdb==1.11.1 || rm -rf $(VENV)/dbt

$(VENV)/%: $(BIN)/uv pyproject.toml
	$(BIN)/uv pip install --quiet $(PINNED) --python $(BIN)/python --editable . --group $*
	@touch $@
