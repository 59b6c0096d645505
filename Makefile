# The two commands to know are `make demo` and `make test`. Each does everything on a fresh machine:
# it installs what is missing (tests/tools/bootstrap.sh says what), builds, and runs.
# Everything that is made goes into build/.

MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

JOBS ?= $(shell nproc)
PYTHON := build/venv/bin/python
GATEWAY := build/release/gateway/statefun-gateway
BOOTSTRAP := tests/tools/bootstrap.sh

# One cache serves every clone: paths inside a clone do not count.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := true
ifeq ($(wildcard $(HOME)/.),)
export CCACHE_DIR := $(CURDIR)/build/.ccache
endif

# $(call configure,PRESET): quiet, unless it fails.
configure = cmake --preset $(1) > build/configure.log || { cat build/configure.log; exit 1; }

.PHONY: help demo test soak build bench profile format lint

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: ## Start the session tracker, log in three times, kill -9, start again, log in.
	@$(BOOTSTRAP) build python
	@$(MAKE) build
	@$(PYTHON) examples/session-tracker/demo.py --gateway $(GATEWAY)

test: ## Build and run every test: unit, contract, style, integration, crash; sanitizers too.
	@$(BOOTSTRAP) build test python
	@$(BOOTSTRAP) sdks || echo "The tests of SDKs whose language is missing will fail and say so."
	@JOBS=$(JOBS) tests/tools/run_tests.sh

soak: ## What takes long: SIM_SECONDS of the simulator, kills by the hundred, kept connections; seeds, too.
	@$(BOOTSTRAP) build test python sdks
	@tests/conformance/programs/build.sh
	@$(MAKE) build
	@cmake --build --preset release -j $(JOBS) --target simulation unit_functions
	@SIM_SECONDS=$${SIM_SECONDS:-600} SIM_SEED=$${SIM_SEED:-1000000} build/release/tests/simulation/simulation
	@HOSTILE_ROUNDS=3600 build/release/tests/unit/functions/unit_functions "R21*"
	@cd tests/conformance && KEEP_ALIVE_S=60 PYTHONPATH=../integration \
	    GATEWAY_UNDER_TEST=$(CURDIR)/$(GATEWAY) $(CURDIR)/$(PYTHON) -m unittest -v test_keep_alive
	@cd tests/integration && CRASH_KILLS=$${CRASH_KILLS:-400} GATEWAY_UNDER_TEST=$(CURDIR)/$(GATEWAY) \
	    $(CURDIR)/$(PYTHON) -m unittest -v test_crash
	@cd tests/integration && TIMER_RACES=$${TIMER_RACES:-10000} \
	    GATEWAY_UNDER_TEST=$(CURDIR)/$(GATEWAY) $(CURDIR)/$(PYTHON) -m unittest -v test_timers
	@cd tests/conformance && SMOKE_COMMANDS=$${SMOKE_COMMANDS:-100000} SMOKE_KILLS=$${SMOKE_KILLS:-400} \
	    GATEWAY_UNDER_TEST=$(CURDIR)/$(GATEWAY) PYTHONPATH=../integration:$(CURDIR)/build/sdks/python \
	    $(CURDIR)/$(PYTHON) -B -m unittest -v test_smoke
	@tests/kafka/build.sh
	@cd tests/kafka && KAFKA_KILLS=$${KAFKA_KILLS:-200} BROKER_PAUSES=$${BROKER_PAUSES:-20} \
	    SHOP_SECONDS=$${SHOP_SECONDS:-120} GATEWAY_UNDER_TEST=$(CURDIR)/$(GATEWAY) \
	    $(CURDIR)/$(PYTHON) -B -m unittest -v test_jobs test_shop test_transactions
	@cmake --build --preset release -j $(JOBS) --target tests/bench/all
	@FLAT_S=$${FLAT_S:-600} python3 -B tests/bench/run.py --strict --only cold

build: ## Build build/release/gateway/statefun-gateway.
	@$(BOOTSTRAP) build test
	@$(call configure,release)
	@cmake --build --preset release -j $(JOBS) --target gateway/statefun-gateway \
	    examples/session-tracker-cpp
	@echo "Built $(GATEWAY)"

bench: ## What the gateway costs (tests/bench/README.md); ONLY=name,... for some, QUICK=1 to try.
	@$(BOOTSTRAP) build test python
	@$(BOOTSTRAP) sdks && tests/kafka/build.sh || echo "The rows of Kafka are left out."
	@$(call configure,release)
	@cmake --build --preset release -j $(JOBS) --target gateway/statefun-gateway tests/bench/all
	@$(PYTHON) -B tests/bench/run.py

profile: ## Where the gateway's CPU goes, by stage of a message's way (needs perf: linux-perf).
	@$(BOOTSTRAP) build test python
	@$(call configure,release)
	@cmake --build --preset release -j $(JOBS) --target gateway/statefun-gateway load_generator \
	    reference_function core_turn
	@$(PYTHON) tests/bench/profile.py --symbols 3
	@$(PYTHON) tests/bench/budget.py

format: ## Format every C++ file.
	@$(BOOTSTRAP) lint
	@git ls-files -co --exclude-standard '*.h' '*.cc' | xargs clang-format-19 -i
	@echo "Formatted."

lint: ## Check format, style rules and clang-tidy.
	@$(BOOTSTRAP) build test python lint
	@git ls-files -co --exclude-standard '*.h' '*.cc' | xargs clang-format-19 --dry-run --Werror
	@python3 tests/tools/style.py
	@$(call configure,debug)
	@cmake --build --preset debug -j $(JOBS) --target sfg_proto
	@run-clang-tidy-19 -quiet -p build/debug -j $(JOBS) \
	    "$(CURDIR)/(protocol|storage|gateway|sdk-cpp|examples|tests)/.*\.cc"
