# The two commands: `make run` and `make test`. Both create the environment first, from the lock file alone.
.DEFAULT_GOAL := help
.PHONY: help run test check eval bench cluster-test readers dataflow-check deploy-check lock clean

# The first of these that is Python 3.11 or newer; `make run PYTHON=/path/to/python` names another.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
BIN := .venv/bin
ENGINES := $(or $(NEWSBEAM_ENGINES),$(CURDIR)/.engines)
READY := .venv/ready
COMPILE := uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	--upgrade --quiet

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: $(READY) ## three days of the sample newsroom, then the events found in it
	@$(BIN)/python examples/first_light.py

test: check ## every check and every test, a file at a time on each core
	@$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

check: $(READY) ## format, style, types, layers
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

eval: $(READY) ## score the product on the pages, corpus and gold events under ../shared
	@$(BIN)/python bench/evaluate.py

bench: $(READY) ## speed and memory beside a bare pool of processes, as ratios (10 minutes)
	@$(BIN)/python bench/throughput.py

cluster-test: $(READY) ## the graph on real engines, installed, started, checked, stopped (Java 17, Maven, Go; SHORT=1: 4 minutes)
	@NEWSBEAM_ENGINES=$(ENGINES) $(BIN)/python tests/cluster/install.py $(if $(SHORT),flink flink-job-server prism)
	@$(if $(SHORT),,NEWSBEAM_ENGINES=$(ENGINES) $(BIN)/python tests/cluster/minio.py)
	@NEWSBEAM_ENGINES=$(ENGINES) $(BIN)/pytest tests/cluster -m "cluster$(if $(SHORT), and not long)"

readers: $(READY) ## Spark and ClickHouse's engine too (640 MB; Spark needs Java 17), then what every reader sees
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --require-hashes \
		--requirement requirements-readers.lock
	@$(BIN)/pytest tests/pipeline/test_readers.py tests/pipeline/test_layout.py tests/pipeline/test_ddl.py

dataflow-check: .venv-dataflow/ready ## the graph of a run and of a stream before Dataflow's own translation; no account is needed (600 MB)
	@.venv-dataflow/bin/pytest tests/pipeline/test_portability.py -k dataflow

deploy-check: .venv-deploy/ready ## each file of deploy/ before the checker of its system, Airflow among them (300 MB; needs Maven)
	@.venv-deploy/bin/pytest --confcutdir tests/deploy --rootdir tests/deploy tests/deploy/test_tools.py

lock: $(READY) ## resolve the dependencies anew into the lock files (needs uv)
	@$(COMPILE) --extra dev pyproject.toml --output-file requirements.lock
	@$(COMPILE) --extra dev --extra dataflow --constraint requirements.lock pyproject.toml \
		--output-file requirements-dataflow.lock
	@$(COMPILE) --group readers --constraint requirements.lock --output-file requirements-readers.lock
	@$(COMPILE) --group bench --constraint requirements.lock --output-file requirements-bench.lock
	@$(COMPILE) --group image --constraint requirements.lock pyproject.toml --output-file deploy/requirements.lock
	@$(COMPILE) --group deploy --output-file deploy/requirements-check.lock

clean: ## remove the environment and the sample's lake
	@rm -rf .venv .venv-dataflow .venv-deploy lake eval-out

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "newsbeam needs Python 3.11 or newer, and found none. On Debian or Ubuntu: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no ensurepip, so no environment can be created. On Debian or Ubuntu: apt install python$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv" >&2; exit 1; }
	@echo "Installing the locked dependencies into .venv (about a minute, once) ..." >&2
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv-dataflow/ready: requirements-dataflow.lock pyproject.toml
	@$(PYTHON) -m venv --clear .venv-dataflow
	@.venv-dataflow/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement $<
	@.venv-dataflow/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv-deploy/ready: deploy/requirements-check.lock
	@$(PYTHON) -m venv --clear .venv-deploy
	@.venv-deploy/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement $<
	@mvn --quiet --batch-mode dependency:copy -DoutputDirectory=$(ENGINES)/flink-operator \
		-Dartifact=org.apache.flink:flink-kubernetes-operator-api:1.10.0
	@touch $@
