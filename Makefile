# Every target sets up what it needs by itself, once: stamp files in .local/ make the second run free.
# PYTHON names the interpreter (3.11 to 3.13); ARGS reaches the command: make test ARGS="tests/unit -k issue".

PYTHON ?= python3
UV_VERSION := 0.13.8
UV := .local/uv/bin/uv
VENV := .venv
BIN := $(VENV)/bin
STAMPS := .local/stamps
TEMPLATES := template.yaml $(sort $(wildcard functions/*/template.yaml))
CHECKS := check-lint check-format check-types check-layers check-stacks check-site $(TEMPLATES:%=validate-%) check-rules check-deployment
# The whole suite runs in several processes, a file at a time and in the order of the folders: each process starts one
# platform for all files of tests/api that it takes. WORKERS=0 runs everything in one process.
WORKERS ?= 2
PARALLEL = --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder
# How many checks run at the same time; the output of each is printed whole, when it has ended.
JOBS ?= 2
INSTALL = $(UV) pip install --quiet --python $(BIN)/python

# Bytecode makes imports three times as fast: it is written when packages are installed, and for our own files.
unexport PYTHONDONTWRITEBYTECODE
# Our library is imported from the source tree, as a function finds it in its layer.
export PYTHONPATH := layers/core:.
# make inside `sam build` need not tell where it is.
MAKEFLAGS += --no-print-directory
# SAM CLI sends nothing home, and the layer's build finds uv here.
export SAM_CLI_TELEMETRY := 0
export BATUA_UV := $(abspath $(UV))

.DEFAULT_GOAL := help
.PHONY: help run backup restore reset test coverage test-web check $(CHECKS) mutate simulate interleave bench cost hot-merchant one-machine peers load build invoke deploy new-endpoint docs site format requirements clean
.PHONY: rehearse bootstrap restore-tables signing-keys doctor

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

run: $(STAMPS)/run ## Start the platform on this machine
	@exec $(BIN)/python -m local $(ARGS)

backup: $(STAMPS)/run ## Copy the store of make run, also while it is in use (FILE=monday.sqlite)
	@$(BIN)/python -m local.backup backup "$(FILE)"

restore: $(STAMPS)/run ## Put a copy in the place of the store (FILE=monday.sqlite)
	@$(BIN)/python -m local.backup restore "$(FILE)"

reset: $(STAMPS)/run ## Remove the store, so that the next start begins with the seed
	@$(BIN)/python -m local.backup reset

test: $(STAMPS)/test $(STAMPS)/peers $(STAMPS)/load $(STAMPS)/engines $(STAMPS)/vendors $(STAMPS)/web $(STAMPS)/pages ## Run the tests, in parallel (WORKERS=2), or some of them (ARGS="tests/unit -k issue")
	$(if $(ARGS),,@rm -rf .local/grants)
	$(if $(ARGS),,GRANTS_USED=$(abspath .local/grants)) $(BIN)/python -m pytest $(if $(ARGS),$(ARGS),$(PARALLEL))
	$(if $(ARGS),,$(BIN)/python -m tests.unused_grants .local/grants)

coverage: $(STAMPS)/test $(STAMPS)/peers $(STAMPS)/load $(STAMPS)/engines $(STAMPS)/vendors $(STAMPS)/web $(STAMPS)/pages ## Run the tests and print the branch coverage of each package (.local/coverage has it by line)
	$(BIN)/python -m pytest $(if $(ARGS),$(ARGS),$(PARALLEL)) --cov --cov-report= || failed=$$?; \
		$(BIN)/python -m tests.coverage_table && exit $${failed:-0}

test-web: $(STAMPS)/test $(STAMPS)/check $(STAMPS)/diagrams $(STAMPS)/web $(STAMPS)/pages ## Run every test of the pages in a real browser (ARGS="-k counter")
	WEB=all $(BIN)/python -m pytest tests/web $(ARGS)

check: $(STAMPS)/check ## Lint, types, templates and house rules; all of them, whichever fails
	@$(MAKE) --keep-going --jobs=$(JOBS) --output-sync=target $(CHECKS)
check-lint: $(STAMPS)/check
	$(BIN)/ruff check .
check-format: $(STAMPS)/check
	$(BIN)/ruff format --check .
check-types: $(STAMPS)/check
	$(BIN)/mypy
check-layers: $(STAMPS)/check
	$(BIN)/lint-imports --no-cache
check-stacks: $(STAMPS)/check
	$(BIN)/cfn-lint
check-site: $(STAMPS)/check # every link of the documentation leads somewhere
	$(BIN)/python -m local.site
$(TEMPLATES:%=validate-%): validate-%:
	AWS_DEFAULT_REGION=ap-south-1 $(BIN)/sam validate --lint --template $*
check-deployment: $(STAMPS)/check # what CloudFormation gets
	$(BIN)/python -m local.rehearsal --no-change-set
check-rules: $(STAMPS)/check
	$(BIN)/python -m pytest --noconftest tests/templates

mutate: $(STAMPS)/test ## Which small faults in the ledger do the unit tests miss? (MODULE="ledger/lots")
	@exec nice $(BIN)/python -m tests.mutation $(ARGS) $(MODULE)

simulate: $(STAMPS)/test ## Run many handlers at once, with injected faults (SEEDS=10000, SEED=123 again, BUGS=1 to plant some)
	@$(BIN)/python -m tests.faults $(if $(SEEDS),--seeds $(SEEDS)) $(if $(SEED),--seed $(SEED)) $(if $(BUGS),--bugs) $(ARGS)

interleave: $(STAMPS)/test ## Try every order of two operations' calls of the store, with a fault at any call (ARGS="redeem hold")
	@$(BIN)/python -m tests.faults.exhaustive $(ARGS)

bench: $(STAMPS)/test ## Measure, and print the figures as a table
	$(BIN)/python -m benchmarks $(ARGS)

cost: $(STAMPS)/test ## Count what a million of each use costs, and print it in USD
	$(BIN)/python -m benchmarks.cost $(ARGS)
	@$(BIN)/python -m benchmarks.idle

hot-merchant: $(STAMPS)/test ## How many postings a second does one merchant take? (a model of DynamoDB's conflicts)
	$(BIN)/python -m benchmarks.hot_merchant $(ARGS)

one-machine: $(STAMPS)/test ## Measure this machine's platform after a burst, as it grows, on a large store (ARGS="burst --write")
	$(BIN)/python -m benchmarks.one_machine $(ARGS)

peers: $(STAMPS)/peers $(STAMPS)/engines ## Measure others at the same work, side by side
	$(BIN)/python -m benchmarks.peers $(ARGS)

load: $(STAMPS)/load ## Ask a deployment for much, within bounds (URL=https://... KEY=<test key> ARGS="--rate 50 --seconds 60")
	@LOAD_KEY="$(KEY)" $(BIN)/python -m benchmarks.load --url "$(URL)" $(ARGS)

build: $(STAMPS)/run ## Build every function and layer for Lambda (.aws-sam/build)
	$(BIN)/sam build $(ARGS)

invoke: $(STAMPS)/run ## Invoke one function with its sample event (F=IssueCoins)
	@test -n "$(F)" || { echo "say which: make invoke F=IssueCoins" >&2; exit 2; }
	@exec $(BIN)/python -m local.invoke $(F) $(ARGS)

deploy: $(STAMPS)/run ## Build and deploy to AWS; asks once for what is missing (ARGS="--config-env prod")
	$(BIN)/sam build $(BUILD_ARGS)
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m local.deploy $(ARGS)

rehearse: $(STAMPS)/check ## Try of a deployment what can be tried without an account (ARGS=--quick for the quick half)
	@$(BIN)/python -m local.rehearsal $(ARGS)

bootstrap: $(STAMPS)/run ## Begin a deployed stack: operator, first super admin, bank account (STACK=batua-dev EMAIL=you@example.com)
	@test -n "$(STACK)" -a -n "$(EMAIL)" || { echo "say which: make bootstrap STACK=batua-dev EMAIL=you@example.com" >&2; exit 2; }
	@$(BIN)/python -m local.bootstrap --stack "$(STACK)" --email "$(EMAIL)" $(ARGS)

signing-keys: $(STAMPS)/run ## Show the keys that sign tokens; rotate them, or revoke one that got out (STACK=batua-prod ARGS="--revoke sig_...")
	@test -n "$(STACK)" || { echo "say which: make signing-keys STACK=batua-prod" >&2; exit 2; }
	@$(BIN)/python -m local.signing_keys --stack "$(STACK)" $(ARGS)

restore-tables: $(STAMPS)/run ## Restore both tables to a moment, as verified copies (STACK=batua-prod MOMENT=2026-11-21T09:29:00Z ARGS=--rehearsal)
	@test -n "$(STACK)" -a -n "$(MOMENT)" || { echo "say which: make restore-tables STACK=batua-prod MOMENT=2026-11-21T09:29:00Z" >&2; exit 2; }
	@$(BIN)/python -m local.restoring --stack "$(STACK)" --moment "$(MOMENT)" $(ARGS)

doctor: $(STAMPS)/run ## Use a deployment as a merchant would, say what is wrong (URL=https://... KEY=<test key> EMAIL=... PASSWORD=...)
	@test -n "$(URL)" || { echo "say which: make doctor URL=https://..." >&2; exit 2; }
	@DOCTOR_KEY="$(KEY)" DOCTOR_PASSWORD="$(PASSWORD)" $(BIN)/python -m local.doctor --url "$(URL)" --email "$(EMAIL)" $(ARGS)

new-endpoint: $(STAMPS)/run ## Write the files of a new endpoint (D=rewards F=redeem_reward ROUTE="POST /api/v1/rewards/{id}/redeem")
	@$(BIN)/python -m local.new_endpoint "$(D)" "$(F)" "$(ROUTE)" $(ARGS)

docs: $(STAMPS)/test ## Write anew what is made from the code: the OpenAPI document and tables of the documentation
	$(BIN)/python -m batua.openapi $(ARGS)
	$(BIN)/python -m local.page_paths
	$(BIN)/python -m tests.web.preloads
	$(BIN)/python -m tests.situations
	$(BIN)/python -m tests.tampering

site: $(STAMPS)/check $(STAMPS)/diagrams ## Build the documentation as a site (.local/site; make run shows it at /guide/)
	$(BIN)/python -m local.site

# What cannot be fixed does not keep the rest from being formatted: `make check-lint` tells of it.
format: $(STAMPS)/check ## Format the code and fix what can be fixed
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format .

COMPILE = $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make requirements"
requirements: $(UV) ## Pin the requirements anew from requirements/*.in (ARGS=--upgrade)
	$(COMPILE) --python-version 3.11 $(ARGS) requirements/run.in -o requirements/run.txt
	$(COMPILE) --python-version 3.11 $(ARGS) requirements/test.in -o requirements/test.txt
	$(COMPILE) --python-version 3.11 $(ARGS) requirements/check.in -o requirements/check.txt
	$(COMPILE) --python-version 3.11 $(ARGS) requirements/peers.in -o requirements/peers.txt
	$(COMPILE) --python-version 3.11 $(ARGS) requirements/load.in -o requirements/load.txt
	$(COMPILE) --python-version 3.11 $(ARGS) requirements/web.in -o requirements/web.txt
	$(COMPILE) --python-version 3.13 $(ARGS) -c requirements/run.txt requirements/layer.in -o layers/dependencies/requirements.txt
	$(COMPILE) --python-version 3.13 $(ARGS) -c requirements/run.txt --no-deps requirements/docs.in -o functions/platform/requirements.txt
	$(COMPILE) --python-version 3.13 $(ARGS) -c requirements/run.txt requirements/invoices.in -o functions/gateway/requirements.txt
	$(COMPILE) --python-version 3.13 $(ARGS) -c requirements/run.txt requirements/invoices.in -o functions/billing/requirements.txt
	$(COMPILE) --python-version 3.13 $(ARGS) -c requirements/run.txt requirements/pincodes.in -o functions/verification/requirements.txt
	$(COMPILE) --python-version 3.13 $(ARGS) -c requirements/run.txt requirements/holidays.in -o functions/support/requirements.txt
	$(COMPILE) --python-version 3.13 $(ARGS) -c requirements/run.txt requirements/mail.in -o functions/support/mail.txt
	$(COMPILE) --python-version 3.13 $(ARGS) -c requirements/run.txt requirements/passes.in -o functions/me/requirements.txt

clean: ## Remove everything that the targets made
	rm -rf $(VENV) .local .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/engines/node_modules tests/vendors/node_modules tests/web/node_modules local/site/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Set-up -----------------------------------------------------------------------------------------------------------

# Said before anything is installed, so that a later run with the right one needs no `make clean`.
define RIGHT_PYTHON
import sys
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit("Batua needs Python 3.11, 3.12 or 3.13; $(PYTHON) is %d.%d. Name another: make run PYTHON=python3.12" % sys.version_info[:2])
try:
    import venv, ensurepip
except ImportError:
    sys.exit("$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv")
endef
export RIGHT_PYTHON

$(UV):
	@$(PYTHON) -c "" 2>/dev/null || { echo "$(PYTHON) was not found, or does not run. Batua needs Python 3.11, 3.12 or 3.13: make run PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c "$$RIGHT_PYTHON"
	@echo "Installing uv $(UV_VERSION) ..."
	@$(PYTHON) -m venv .local/uv
	@.local/uv/bin/python -m pip install --retries 1 --disable-pip-version-check uv==$(UV_VERSION) >.local/uv.log 2>&1 \
		|| { echo "uv could not be installed: the package index was not reached, or lacks it. .local/uv.log says more." >&2; exit 2; }

$(BIN)/python: | $(UV)
	@$(UV) venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV)

# To run needs a tenth of what is installed: its first start compiles that by itself, 8 s sooner than all would be.
$(STAMPS)/%: requirements/%.txt | $(BIN)/python
	@echo "Installing requirements/$*.txt ..."
	@$(INSTALL) $(if $(filter run,$*),,--compile-bytecode) --requirement $< || { echo "Not installed: $<. Without a network nothing can be; once it is back, run make again." >&2; exit 2; }
	@mkdir -p $(STAMPS) && touch $(STAMPS)/run $@ # each of them holds all of run.txt

# The second DynamoDB engine comes from the npm registry. Without npm its tests are skipped, and say so.
$(STAMPS)/engines: tests/engines/package-lock.json
	@mkdir -p $(STAMPS)
	@if ! command -v npm >/dev/null; then \
		echo "NOTE: npm was not found: the tests of the second DynamoDB engine (tests/engines) will be skipped." >&2; \
	elif npm ci --prefix tests/engines --no-audit --no-fund --loglevel=error; then \
		touch $@; \
	else \
		echo "NOTE: npm ci failed: the tests of the second DynamoDB engine (tests/engines) will be skipped." >&2; \
	fi

# What the pages' vendored files are compared with, and the checker of accessibility. Without them tests are skipped, and say so.
$(STAMPS)/pages: tests/web/package-lock.json
	@mkdir -p $(STAMPS)
	@if command -v npm >/dev/null && npm ci --prefix tests/web --no-audit --no-fund --loglevel=error; then \
		touch $@; \
	else \
		echo "NOTE: npm is missing or npm ci failed: pages are not checked with axe, nor vendored files with npm." >&2; \
	fi

# Draws the diagrams of the documentation. Without it they are shown as text.
$(STAMPS)/diagrams: local/site/package-lock.json
	@mkdir -p $(STAMPS)
	@if command -v npm >/dev/null && npm ci --prefix local/site --no-audit --no-fund --loglevel=error; then \
		touch $@; \
	else \
		echo "NOTE: npm is missing or npm ci failed: the site shows its diagrams as text." >&2; \
	fi

# Shopify's own library, which signs webhooks as Shopify does. Without it one test is skipped, and says so.
$(STAMPS)/vendors: tests/vendors/package-lock.json
	@mkdir -p $(STAMPS)
	@if command -v npm >/dev/null && npm ci --prefix tests/vendors --no-audit --no-fund --loglevel=error; then \
		touch $@; \
	else \
		echo "NOTE: npm is missing or npm ci failed: the test with Shopify's own library will be skipped." >&2; \
	fi
