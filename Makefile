# `make bench` and `make test` work from a clean clone, in either order, with Python 3.10+ and the package index.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
IMAGE ?= suite
DOCKER_BUILD_OPTIONS ?=
PUBLIC ?= public
BASE ?=
CLUSTER_TESTS ?=
TIER ?=
PYTEST_OPTIONS ?=
# All but peers, outside, ray and cluster, which have locks of their own.
EXTRAS := --extra dev --extra inspect --extra parquet --extra image

unexport PYTHONDONTWRITEBYTECODE  # compiled modules make the second start three times as fast

.PHONY: help browser browser-test docs page picture publish bench test test-all coverage outside cluster-test cluster-figures cluster-packages torture tox lint data timings bench-speed calibrate report docker docker-bench wheel sbom clean lock

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

bench: data  ## Run every task that is not stored yet, and write RESULTS.md
	@test ! -f results/timings.json || $(BIN)/suite record-timings results/timings.json
	$(BIN)/suite bench
	@test -f results/timings.json || { $(MAKE) --no-print-directory timings && $(BIN)/suite report; }

test: data  ## Run the fast tests (in about four minutes on two cores)
	$(PYTEST) -m "not slow" $(PYTEST_OPTIONS)

test-all: data  ## Run every test (more than 10 minutes); with TIER=slow, only those that `make test` leaves out
	$(PYTEST) -m "$(TIER)" $(PYTEST_OPTIONS)

coverage: data  ## Run the fast tests and show which share of each file they execute
	$(MAKE) --no-print-directory test PYTEST_OPTIONS=--cov

outside: data  ## Test with models of timm, and with logs that real trackers write, in an environment of their own (.venv-outside)
	$(BIN)/suite data fashion-mnist
	$(BIN)/python -m venv --without-pip .venv-outside
	$(BIN)/uv pip install --python .venv-outside/bin/python --quiet --require-hashes --only-binary :all: \
	  --no-binary antlr4-python3-runtime -r tests/outside/requirements.txt  # Hydra's parser has no wheel
	.venv-outside/bin/python -m pytest -o addopts=-q -W default tests/outside

cluster-test: data cluster-packages  ## Run the tests on a real Ray cluster of several nodes on this machine
	$(BIN)/python -m pytest tests/cluster $(CLUSTER_TESTS)

cluster-figures: data cluster-packages  ## Measure and simulate clusters, and write docs/cluster.md
	$(BIN)/python -m tests.cluster.figures

cluster-packages: $(INSTALLED)
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --require-hashes --only-binary :all: -r tests/cluster/packages.txt

torture: data  ## Break everything hundreds of times (20 minutes), and write docs/reliability.md
	$(BIN)/python -m tests.torture

tox: $(INSTALLED)  ## Run the fast tests on Python 3.10 to 3.13, and the linters
	$(BIN)/tox run

lint: $(INSTALLED)  ## Check style, types, the direction of imports and for unsafe code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive suite
	@test ! -x $(BIN)/hadolint || $(BIN)/hadolint Dockerfile  # on Linux

data: $(INSTALLED)  ## Download MNIST and check every byte
	$(BIN)/suite data

timings: $(INSTALLED)  ## Time training steps and inference of every arm, and keep the samples
	@mkdir -p results
	$(BIN)/python -m pytest tests/timings --benchmark-only --benchmark-quiet --benchmark-json=results/timings.json
	$(BIN)/suite record-timings results/timings.json

calibrate: $(INSTALLED)  ## Simulate how often the verdicts err, and write docs/calibration.md
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.calibration

bench-speed: $(INSTALLED)  ## Time the trainers beside plain PyTorch, torch.compile and JAX, and write docs/performance.md
	$(BIN)/uv pip install --python $(BIN)/python --quiet --require-hashes --only-binary :all: -r tests/timings/peers.txt
	$(BIN)/python -m tests.timings.speed

publish: $(INSTALLED)  ## Write the page, its history and a summary into public/; BASE=FOLDER adds the change from other records
	.ci/publish results $(PUBLIC) $(BASE)

page: $(INSTALLED)  ## Write report.html from the published records
	$(BIN)/suite report --html --from results

picture: browser  ## Make the README's picture of the page, with Chromium
	$(BIN)/python -m tests.browser.picture

browser-test: browser  ## Test the page in Chromium
	$(BIN)/python -m pytest tests/browser

browser: $(INSTALLED)
	$(BIN)/uv pip install --python $(BIN)/python --quiet --require-hashes --only-binary :all: -r tests/browser/requirements.txt

docs: $(INSTALLED)  ## Build docs/ as a site, in site/
	$(BIN)/uv pip install --python $(BIN)/python --quiet --require-hashes --only-binary :all: -r docs/requirements.txt
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

report: $(INSTALLED)  ## Write RESULTS.md from the stored results
	$(BIN)/suite report

docker:  ## Build the image
	docker build $(DOCKER_BUILD_OPTIONS) --build-arg SUITE_REVISION=$$(git rev-parse --short=12 HEAD) -t $(IMAGE) .

docker-bench: docker  ## Run every task in a container; results go to out/
	mkdir -p out
	docker run --rm -v "$$PWD/out:/out" $(IMAGE)

wheel: $(INSTALLED)  ## Build the wheel into dist/; the same commit gives the same bytes
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m flit_core.wheel --outdir dist .

sbom: $(INSTALLED)  ## Write dist/sbom.cdx.json: the locked packages as CycloneDX
	@mkdir -p dist
	$(BIN)/cyclonedx-py requirements --output-reproducible --output-file dist/sbom.cdx.json requirements.txt

lock:  ## Resolve the newest versions into requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --python-version 3.10 $(EXTRAS) pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --python-version 3.11 --extra peers --constraint requirements.txt pyproject.toml -o tests/timings/peers.txt
	for group in tests/browser docs; do $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-annotate \
	  --no-header --python-version 3.10 --constraint requirements.txt --group pyproject.toml:$$(basename $$group) -o $$group/requirements.txt; done
	grep -oE '^torch(vision)?==[^ ]+' requirements.txt | $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --python-version 3.11 --extra outside --constraint - pyproject.toml -o tests/outside/requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --python-version 3.10 --extra ray --constraint requirements.txt pyproject.toml -o deploy/ray.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --python-version 3.10 --extra ray --extra cluster --constraint requirements.txt --constraint deploy/ray.txt \
	  pyproject.toml -o tests/cluster/packages.txt

clean:  ## Remove the environment and caches; stored results stay
	rm -rf $(VENV) .venv-outside site public .tox .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv itself comes from the lock too: its lines are cut out for pip, which checks their hashes.
$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "make: $(PYTHON) is older than 3.10; name another with PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "make: $(PYTHON) cannot make virtual environments; on Debian: apt install python3-venv"; exit 1; }
	@echo "installing the locked packages into $(VENV) (about 6 GB, mostly torch)"
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.txt > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $(VENV)/uv.txt
	$(BIN)/uv pip install --python $(BIN)/python --require-hashes --only-binary :all: -r requirements.txt
	$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation --editable .
	@touch $@
