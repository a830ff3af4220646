# Linewarden. `make help` lists what can be done here.
SHELL   := /bin/bash
GO      ?= go
BIN     := bin
LINES   ?= 200
SEED    ?= 1
LISTEN  ?= 127.0.0.1:8080
LAB     ?= .linelab
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X main.version=$(VERSION)
E2E     := ./cmd/linewarden/e2e/...

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/linewarden and bin/linelab
	@mkdir -p $(BIN)
	$(GO) build -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/linewarden ./cmd/linelab

.PHONY: run
run: build ## a simulated network of 200 lines and the daemon that watches it (LINES, SEED, LISTEN, LAB)
	$(BIN)/linelab demo --lines $(LINES) --seed $(SEED) --listen $(LISTEN) --dir $(LAB)

.PHONY: test
test: deps vet lint arrows unit race store e2e browser ## everything: vet, linters, unit, race, both databases, end to end, browser
	@echo "make test: all green"

.PHONY: deps
deps: ## find what the tests need, and install it when root on Debian or Ubuntu
	@.ci/deps

.PHONY: vet
vet: ## go vet
	$(GO) vet ./...

.PHONY: lint
lint: ## gofmt and staticcheck
	@unformatted=$$(gofmt -l cmd collector correlator ticketing configs deploy); \
	  if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -w):"; echo "$$unformatted"; exit 1; fi
	$(GO) tool staticcheck ./...

.PHONY: arrows
arrows: ## the arrows between the rooms, and the purity of the pure ones
	@.ci/arrows

.PHONY: unit
unit: ## unit tests, real sockets included
	$(GO) test -count=1 -skip Browser $$($(GO) list ./... | grep -v -e /e2e -e /ticketing/store/)

.PHONY: race
race: ## the concurrent packages under the race detector
	$(GO) test -race -count=1 ./collector/... ./correlator ./ticketing ./ticketing/notify ./ticketing/web ./ticketing/tmf

.PHONY: store
store: ## the store's conformance suite on SQLite and on a throwaway PostgreSQL
	$(GO) test -count=1 ./ticketing/store/...

.PHONY: e2e
e2e: ## stories in the simulated network, and against real software in network namespaces
	$(GO) test -count=1 -timeout 30m -p 1 -v $(E2E) 2>&1 | .ci/stories

.PHONY: browser
browser: ## a ticket worked from open to archive in a real Chromium
	$(GO) test -count=1 -timeout 10m -run Browser ./ticketing/console/...

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (10s)
	@.ci/fuzz $${FUZZTIME:-10s}

.PHONY: drill
drill: build ## a hundred cuts, and the time from each to its routed ticket
	$(GO) test -count=1 -timeout 60m -v -run Drill $(E2E) -args -cuts 100

.PHONY: bench-ping bench-snmp bench-infer bench-metrics bench-collector
bench-ping: ## CPU a ping: the engine, a bare batch loop and fping, in one run
	$(GO) test -run '^$$' -bench . -benchtime 1x ./collector/probe/icmp ./cmd/linewarden/ping
bench-snmp: ## CPU a GET: the engine and one gosnmp session a device, in one run
	$(GO) test -run '^$$' -bench . ./collector/probe/snmp
bench-infer: ## a burst of 100,000 symptoms, from the engine's queue to its verdicts
	$(GO) test -run '^$$' -bench . -benchtime 3x ./correlator/...
bench-collector: ## a tick of the collector at 100,000 conditions, by deadline and by sweeping them all
	$(GO) test -run '^$$' -bench Tick -benchtime 3x ./collector/probe
bench-metrics: ## link health of 100,000 lines, rendered and scraped
	$(GO) test -run '^$$' -bench Metrics ./collector

.PHONY: image
image: ## a container image (needs a container engine)
	docker build -f deploy/Containerfile -t linewarden:$(VERSION) .

.PHONY: clean
clean: ## remove what was built; the lab's directory stays
	rm -rf $(BIN)
