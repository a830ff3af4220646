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
# Linters have a module of their own, so that their dependencies are not ours.
TOOL    := $(GO) tool -modfile=.ci/tools/go.mod
# go test that fails where a pattern matches no test or benchmark.
GOTEST  := $(GO) run ./.ci/gotest
# What runs goroutines of its own is tested under the race detector, the rest without.
RACED   := ./collector/... ./correlator ./ticketing ./ticketing/notify ./ticketing/web ./ticketing/tmf

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
	$(GO) vet ./... ./.ci/gotest ./.ci/sizes

.PHONY: lint
lint: ## gofmt, golangci-lint (.golangci.yml says which linters and why) and deadcode
	@unformatted=$$(gofmt -l cmd collector correlator ticketing configs deploy .ci); \
	  if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -w):"; echo "$$unformatted"; exit 1; fi
	$(TOOL) golangci-lint run ./...
	@dead=$$($(TOOL) deadcode -test ./...) || exit 1; \
	  if [ -n "$$dead" ]; then echo "nobody calls this:"; echo "$$dead"; exit 1; fi

.PHONY: arrows
arrows: ## the arrows between the rooms, and the purity of the pure ones
	@.ci/arrows

.PHONY: back-arrows
back-arrows: ## how often files inside a package use each other, by package
	@.ci/arrows --report

.PHONY: unit
unit: ## unit tests, real sockets included; the concurrent packages are in `make race`
	$(GOTEST) -count=1 -timeout 30m -skip Browser $$($(GO) list ./... | grep -v -e /e2e -e /ticketing/store/ | grep -vxFf <($(GO) list $(RACED)))
	$(GOTEST) -count=1 -run Cost ./collector/probe/snmp
	$(GO) test -count=1 ./.ci/gotest

.PHONY: race
race: ## the concurrent packages under the race detector
	$(GOTEST) -race -count=1 -timeout 30m $(RACED)

.PHONY: store
store: ## the store's conformance suite on SQLite and on a throwaway PostgreSQL
	$(GOTEST) -count=1 -timeout 30m ./ticketing/store/...

.PHONY: e2e
e2e: build ## stories in the simulated network, and against real software in network namespaces
	LINEWARDEN_BIN=$(abspath $(BIN)) $(GOTEST) -stories -slowest 20 -count=1 -timeout 30m -p 2 $(E2E)

.PHONY: browser
browser: ## a ticket worked from open to archive in a real Chromium
	$(GOTEST) -count=1 -timeout 10m -run Browser ./ticketing/console

.PHONY: generate
generate: ## configs/linewarden.yaml, from the defaults of the components and the doc of each key
	$(GO) test ./configs -run TheExampleIsWhatTheDefaultsSay -update

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (10s)
	@.ci/fuzz $${FUZZTIME:-10s}

.PHONY: drill
drill: build ## a hundred cuts, and the time from each to its routed ticket
	LINEWARDEN_BIN=$(abspath $(BIN)) $(GOTEST) -stories -count=1 -timeout 60m -run Drill ./cmd/linewarden/e2e -args -cuts 100 -limit 15s

.PHONY: bench-ping bench-snmp bench-infer bench-metrics bench-collector bench-ticketing bench-lab
bench-ping: ## CPU a ping: the engine, a bare batch loop and fping, in one run
	$(GOTEST) -run '^$$' -bench . -benchtime 1x ./collector/probe/icmp ./cmd/linewarden/ping
bench-snmp: ## CPU a GET: the engine and one gosnmp session a device, in one run
	$(GOTEST) -run '^$$' -bench . ./collector/probe/snmp
bench-infer: ## a burst of 100,000 symptoms, from the engine's queue to its verdicts
	$(GOTEST) -run '^$$' -bench . -benchtime 3x ./correlator/...
bench-collector: ## a tick of the collector at 100,000 conditions, by deadline and by sweeping them all
	$(GOTEST) -run '^$$' -bench "Tick|Pinged" -benchtime 3x ./collector/probe ./collector/watch
bench-metrics: ## link health of 100,000 lines, rendered and scraped
	$(GOTEST) -run '^$$' -bench Scrape ./collector
bench-ticketing: ## a ticket's step, the plan of 10,000 lines, the list of faults, and the console's pages
	$(GOTEST) -run '^$$' -bench . ./ticketing ./ticketing/ticket ./ticketing/console
bench-lab: ## the simulated network's own cost
	$(GOTEST) -run '^$$' -bench . -benchtime 1s ./deploy/lab ./deploy/lab/agent ./deploy/lab/world

.PHONY: sizes
sizes: ## functions, files, types and tests by room, of this tree or of DIR
	@$(GO) run ./.ci/sizes $(or $(DIR),.)

.PHONY: image
image: ## a container image (needs a container engine)
	docker build -f deploy/Containerfile -t linewarden:$(VERSION) .

.PHONY: clean
clean: ## remove what was built; the lab's directory stays
	rm -rf $(BIN)
