# Concord: run, test and check. "make verify" is all that CI runs.

GO            ?= go
BIN           := bin/concord
OUT           ?= runs/latest
GOLANGCI      := bin/golangci-lint
GOLANGCI_VERSION := v2.15.0
VERSION       := $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
COMMIT        := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
MODULE        := $(shell $(GO) list -m)
# Tests have no deadline: only what stands still is stopped.
TEST          := $(GO) run ./internal/testrun --
# What takes longest begins first, so that nothing is waited for alone in the end.
LONGEST       := ./suites/proof ./cmd/concord/command ./mocks/hostile ./suites ./mocks
LDFLAGS       := -X $(MODULE)/cmd/concord/command.version=$(VERSION) -X $(MODULE)/cmd/concord/command.commit=$(COMMIT)

.PHONY: help
help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build bin/concord, static, for this machine
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/concord

.PHONY: release
release: ## Static binaries for Linux, macOS and Windows with checksums and an SBOM, in dist/
	$(GO) run ./cmd/concord/deploy/release -out dist -ldflags '$(LDFLAGS)'

.PHONY: image
image: ## A container image with nothing but the binary in it (needs docker)
	$(GO) run ./cmd/concord/deploy/release -out dist -ldflags '$(LDFLAGS)' -platforms linux/amd64
	docker build -f cmd/concord/deploy/Dockerfile -t concord .

.PHONY: module-path
module-path: ## Publish under another module path: MODULE_PATH=git.example.org/team/concord
	@test -n "$(MODULE_PATH)" || { echo 'make module-path: say which with MODULE_PATH=host/path' >&2; exit 2; }
	git grep -lF '$(MODULE)' | xargs sed -i 's#$(MODULE)#$(MODULE_PATH)#g'
	$(GO) mod tidy
	$(GO) build ./...

.PHONY: run
run: build ## Build, then ask the two mocks everything and write the run folder (OUT=runs/latest)
	$(BIN) run --out $(OUT)

.PHONY: test
test: ## Every test; those that lack Docker or a browser skip and say so
	$(TEST) $(VET) $(LONGEST) ./...
	@$(GO) test -count=1 -v -run TestThisMachineHas ./internal/need | sed -n 's/^ *need_test.go:[0-9]*: \(skipped\)/some tests were \1/p'

.PHONY: test-short
test-short: ## The quick tests, to run while working
	$(TEST) -short ./...

.PHONY: proof
proof: ## Every defect of the mocks against every check, which takes long; "make test" asks what each declares
	CONCORD_KILLS=all CONCORD_STYLES=all $(TEST) -count=1 ./suites/proof

.PHONY: real-server
real-server: ## What Concord says of HAPI FHIR from Maven Central (needs a JDK and mvn; see cmd/concord/realserver)
	$(GO) run ./cmd/concord/realserver

.PHONY: cluster
cluster: ## Run the Kubernetes manifests on a real control plane and kubelet, built here (Linux, root, containerd, runc; see cmd/concord/deploy/kubernetes)
	cd cmd/concord/deploy/kubernetes/cluster && $(GO) run .

# How long each fuzz target looks for new inputs.
FUZZTIME ?= 60s

.PHONY: fuzz
fuzz: ## Look for inputs that break a parser, FUZZTIME (60s) for each target
	@grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do \
	  for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$file); do \
	    echo "$$target in $$(dirname $$file)"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$(dirname $$file) || exit 1; \
	  done; done

.PHONY: race
race: ## Every test under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(TEST) -race ./...

.PHONY: lint
lint: $(GOLANGCI) ## Static checks, import fences among them
	$(GOLANGCI) run ./...

$(GOLANGCI):
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

.PHONY: fmt
fmt: $(GOLANGCI) ## Format every Go file
	$(GOLANGCI) fmt ./...

.PHONY: fmt-check
fmt-check: $(GOLANGCI) ## Fail when a Go file is not formatted
	$(GOLANGCI) fmt --diff ./...

.PHONY: tidy-check
tidy-check: ## Fail when go.mod or go.sum is not tidy
	$(GO) mod tidy -diff

.PHONY: golden
golden: ## Rewrite every golden file from what the code does now; review the diff
	$(GO) test ./reports/... ./cmd/concord/command/... -update

# Each figure is printed beside what is wanted; the READMEs of suites, mocks and profiles have them as they were measured once.
BENCH := $(GO) test -run '^$$' -timeout 60m

.PHONY: bench
bench: bench-ledger bench-parity bench-run bench-search bench-validator ## Every figure beside what it should be

.PHONY: bench-ledger
bench-ledger: ## The figures of the ledger and the mocks
	$(BENCH) -bench Export ./fixtures
	$(BENCH) -bench '^Benchmark(Build|Search)$$' ./mocks
	$(BENCH) -bench PairUp ./mocks/container

.PHONY: bench-parity
bench-parity: ## What the parity suite costs, with ten times the people too
	$(BENCH) -bench 'Parity$$' -benchtime 3x ./suites
	$(BENCH) -bench 'Tenfold' -benchtime 2x ./suites
	$(BENCH) -bench 100000 -benchtime 2x ./suites/record

.PHONY: bench-run
bench-run: ## What the sweep of 848 and of 1,448 providers costs, and what the whole default run
	$(BENCH) -bench Sweep -benchtime 3x ./suites
	$(BENCH) -bench DefaultRun -benchtime 1x ./suites

.PHONY: bench-evidence
bench-evidence: ## What writing the exchanges costs, packed and as loose files (CONCORD_RUN=RUN writes those of a run again)
	$(BENCH) -bench Write -benchtime 3x ./internal/evidence

.PHONY: bench-causes
bench-causes: ## Whether the causes told first are the true ones: each defect alone, 200 pairs, 50 triples (an hour; SEED=1)
	CONCORD_CAUSES=all CONCORD_CAUSES_SEED=$(or $(SEED),1) $(GO) test -count=1 -timeout 180m -v -run TestTheFirstCauses ./cmd/concord/command

.PHONY: bench-search
bench-search: ## Hold the search evaluator against the slow one on a million queries (minutes)
	CONCORD_SEARCH_PAIRS=1000000 $(GO) test -count=1 -timeout 60m -v -run AgreesWithTheNaiveEvaluator ./internal/search

.PHONY: bench-validator
bench-validator: build ## The figures of the validator
	$(GO) run ./profiles/measure -binary $(BIN)

.PHONY: benchmarks
benchmarks: ## Every benchmark there is, also those of single parts
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: definitions
definitions: ## Write the embedded definitions again from official FHIR packages (PACKAGES=DIR of .tgz files)
	@test -n "$(PACKAGES)" || { echo 'make definitions: name the folder of the FHIR packages with PACKAGES=DIR' >&2; exit 2; }
	$(GO) run ./profiles/generate -packages "$(PACKAGES)"

# What lint says, which vets everything too, need not be said twice.
.PHONY: verify
verify: VET := -vet=off
verify: test lint tidy-check fmt-check ## All that CI runs
