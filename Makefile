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
export CCACHE_SLOPPINESS := pch_defines,time_macros
ifeq ($(wildcard $(HOME)/.),)
export CCACHE_DIR := $(CURDIR)/build/.ccache
endif

# $(call configure,PRESET): quiet, unless it fails.
configure = cmake --preset $(1) > build/configure.log || { cat build/configure.log; exit 1; }

.PHONY: help demo test soak tsan build bench compare profile format lint

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

# Each part alone: `make soak-field`, for example; the settings of a part are its variables.
# $(call python_tests,FOLDER,MODULES): of the tests' programs, on the gateway that was built.
python_tests = cd tests/$(1) && GATEWAY_UNDER_TEST=$(CURDIR)/$(GATEWAY) \
    PYTHONPATH=$(CURDIR)/tests/integration:$(CURDIR)/build/sdks/python \
    $(CURDIR)/$(PYTHON) -B -m unittest -v $(2)

SOAK_PARTS := simulation hostile keep-alive crash timers field ids smoke kafka flat
.PHONY: $(SOAK_PARTS:%=soak-%)

soak: ## What takes long: seeds by the hour, kills by the hundred, kept connections, many ids.
	@$(BOOTSTRAP) build test python sdks
	@tests/conformance/programs/build.sh
	@$(MAKE) build
	@cmake --build --preset release -j $(JOBS) --target simulation unit_functions tests/bench/all
	@$(MAKE) $(SOAK_PARTS:%=soak-%)

soak-simulation:
	@SIM_SECONDS=$${SIM_SECONDS:-600} SIM_SEED=$${SIM_SEED:-1000000} build/release/tests/simulation/simulation

soak-hostile:
	@HOSTILE_ROUNDS=$${HOSTILE_ROUNDS:-3600} build/release/tests/unit/functions/unit_functions "R21*"

soak-keep-alive:
	@export KEEP_ALIVE_S=$${KEEP_ALIVE_S:-60}; $(call python_tests,conformance,test_keep_alive)

soak-crash:
	@export CRASH_KILLS=$${CRASH_KILLS:-400}; $(call python_tests,integration,test_crash)

soak-timers:
	@export TIMER_RACES=$${TIMER_RACES:-10000}; $(call python_tests,integration,test_timers)

soak-field:
	@export FIELD_ROLLS=$${FIELD_ROLLS:-100}; $(call python_tests,integration,test_field)

# R66: metrics with a million ids.
soak-ids:
	@export FIELD_IDS=$${FIELD_IDS:-1000000}; $(call python_tests,integration,-k R66 test_field_servers)

soak-smoke:
	@export SMOKE_COMMANDS=$${SMOKE_COMMANDS:-100000} SMOKE_KILLS=$${SMOKE_KILLS:-400}; \
	    $(call python_tests,conformance,test_smoke)

soak-kafka:
	@tests/kafka/build.sh
	@export KAFKA_KILLS=$${KAFKA_KILLS:-200} BROKER_PAUSES=$${BROKER_PAUSES:-20} \
	    SHOP_SECONDS=$${SHOP_SECONDS:-120}; \
	    $(call python_tests,kafka,test_jobs test_shop test_transactions)

soak-flat:
	@FLAT_S=$${FLAT_S:-600} python3 -B tests/bench/run.py --strict --only cold

# What is handed between threads: committer and readers, loops, the host, the ports of Kafka. Not
# what runs librdkafka: its threads are those of C11, which ThreadSanitizer does not see begin; nor
# LevelDB, which it does not see either.
THREADED := commit host io egress

tsan: ## ThreadSanitizer (clang) over what has threads.
	@$(BOOTSTRAP) build test clang
	@$(call configure,tsan)
	@cmake --build --preset tsan -j $(JOBS) --target $(THREADED:%=unit_%) contract_store
	@for one in $(THREADED); do build/tsan/tests/unit/$$one/unit_$$one "~[rdkafka]"; done
	@build/tsan/tests/contract/contract_store "*MemoryBed"

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

compare: ## The same jobs on StateFun 3.3 with Flink, which it downloads (260 MB); ONLY=name,...
	@$(BOOTSTRAP) build test python sdks
	@tests/kafka/build.sh
	@tests/bench/statefun/build.sh
	@$(call configure,release)
	@cmake --build --preset release -j $(JOBS) --target gateway/statefun-gateway tests/bench/all
	@$(PYTHON) -B tests/bench/compare.py $(if $(ONLY),--only $(ONLY))

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
	@$(BOOTSTRAP) build test python lint clang
	@git ls-files -co --exclude-standard '*.h' '*.cc' | xargs clang-format-19 --dry-run --Werror
	@python3 tests/tools/style.py
	@$(call configure,clang)
	@cmake --build --preset clang -j $(JOBS) --target sfg_proto
	@run-clang-tidy-19 -quiet -p build/clang -j $(JOBS) \
	    "$(CURDIR)/(protocol|storage|gateway|sdk-cpp|examples|tests)/.*\.cc"
