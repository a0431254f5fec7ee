# The words of this project: a person and the CI run the same ones. They need
# Go and nothing else; `make race` also wants a C compiler, because Go's race
# detector does. What takes more than a few lines lives in Go tests.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build run test race compat lint fuzz fuzz-diff bench microbench pgo docs crash powercut soak hostile ci

# gnet's faster poller and its garbage-collector-friendly connection table.
TAGS ?= poll_opt,gc_opt

# What the compiler inlines follows from where a server under load spends its time: about
# 5 % at pipeline 64 (bench, with and without). `make pgo` writes it anew.
PROFILE := bench/solokv.pgo
PGO_ROWS := -p(64|16|1)$$|^(set|get)-p64-many

# Tests run the same code with the self-checks of keyspace/invariant.
TEST_TAGS := $(TAGS),invariants
TEST_TIMEOUT ?= 10m

# Where goroutines meet. Elsewhere there is one, and the detector finds nothing.
RACE_PACKAGES ?= ^solokv/(admin|reactor|keyspace|persistence|tests/harness)($$|/aof|/fs)

# gnet's faster poller keeps pointers at odd addresses, which the race detector's
# pointer checks refuse; the ordinary one calls us in the same way.
RACE_TAGS := gc_opt,invariants

# The differential fuzzer, and the attacks: how long they go on. The soak has 5m of its own.
FOR ?= 60s

# What `make run` gives the server, and `make bench` the comparison, for example
# ARGS='--port 6379'.
ARGS ?=

FUZZTIME ?= 30s
BENCHTIME ?= 1s

# The crash campaigns: which sequence of kills or of loads, and how many.
SEED ?= 1
N ?= 20

# The harness builds the binary under test with the same tags.
export SOLOKV_TAGS := $(TAGS)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '  make %-9s %s\n' "$$name" "$$text"; done

build: ## build ./solokv
	CGO_ENABLED=0 go build -trimpath -pgo $(PROFILE) -tags $(TAGS) -o solokv .

run: build ## build and start the server; ARGS are its arguments
	./solokv $(ARGS)

test: lint ## vet, format, all tests with self-checks on, client libraries, the race detector
	go test -tags $(TEST_TAGS) -timeout $(TEST_TIMEOUT) ./...
	@$(MAKE) --no-print-directory compat
	@if command -v "$$(go env CC)" >/dev/null; then $(MAKE) --no-print-directory race; \
	else echo "no C compiler: the race detector is left out"; fi

race: ## the tests of the packages where goroutines meet, under the race detector
	@packages=$$(go list ./... | grep -E '$(RACE_PACKAGES)') && \
	echo go test -race $$packages && \
	CGO_ENABLED=1 go test -race -tags $(RACE_TAGS) -timeout $(TEST_TIMEOUT) $$packages

compat: ## client libraries, unmodified, against the server (a module of its own)
	cd tests/compat && go vet ./... && go test -timeout $(TEST_TIMEOUT) ./...

lint: ## go vet and gofmt; what else the project claims is checked by tests/tidy
	go vet -tags $(TEST_TAGS) ./...
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then \
		echo "gofmt -w these:"; echo "$$unformatted"; exit 1; fi

fuzz: ## every fuzzer for FUZZTIME each
	@grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do \
		package=./$$(dirname "$${file#./}"); \
		sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' "$$file" | while read -r name; do \
			echo "$$package $$name"; \
			go test -tags $(TEST_TAGS) -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$package" </dev/null; \
		done; done

fuzz-diff: ## random requests to us and to a real Redis for FOR, replies and data compared (SEED)
	go test -tags $(TAGS) -count 1 -v -timeout 120m ./tests/diff -run Differential -seed $(SEED) -for $(FOR) -differences 5

bench: build ## compare with the peers that are installed; ARGS for bench, such as -quick
	go run ./bench $(ARGS)

pgo: ## record bench/solokv.pgo: where the server spends its time under the loads of bench
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	CGO_ENABLED=0 go build -trimpath -pgo off -tags $(TAGS),profile -o "$$folder/solokv" . && \
	SOLOKV_PROFILE=$$folder go run ./bench -alone -solokv "$$folder/solokv" -rounds 1 -seconds 1.5 \
		-rows '$(PGO_ROWS)' -out "$$folder/results" && \
	go tool pprof -proto "$$folder"/*.pprof > $(PROFILE)

microbench: ## every micro-benchmark for BENCHTIME each
	go test -tags $(TAGS) -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...

docs: ## write docs/COMMANDS.md and docs/METRICS.md from the tables of the program
	go run -tags $(TAGS) . --print-commands-doc > docs/COMMANDS.md.new
	mv docs/COMMANDS.md.new docs/COMMANDS.md
	go run -tags $(TAGS) . --print-metrics-doc > docs/METRICS.md.new
	mv docs/METRICS.md.new docs/METRICS.md

crash: ## kill the server N times at random moments (SEED) and look for lost writes
	go test -tags $(TAGS) -count 1 -v -timeout 60m ./tests/crash -seed $(SEED) -kills $(N)

powercut: ## cut the power at every write of N loads (SEED), rewrites among them; look for lost records
	go test -tags $(TEST_TAGS) -count 1 -v -timeout 60m ./persistence/aof -run TestPowerCuts -seed $(SEED) -loads $(N)

soak: FOR = 5m
soak: ## everything at once for FOR (SEED), phase by phase; look for what is left behind
	go test -tags $(TAGS) -count 1 -v -timeout 240m ./tests/soak -seed $(SEED) -for $(FOR)

hostile: ## attack the server in every way for FOR (SEED), beside a client that behaves well
	go test -tags $(TAGS) -count 1 -v -timeout 120m ./tests/hostile -seed $(SEED) -for $(FOR)

ci: ## what the CI does: the real redis-server beside us where it can be had, then make test
	.ci/run
