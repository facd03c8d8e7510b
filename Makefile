# Everything a contributor types. `make run` and `make test` need Go and nothing else.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
# What the service does without, so that the linker may drop what nobody calls; internal/shipped says more.
TAGS := grpcnotrace,validator_novalidatefn
TOOLS   ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pschook

LINT_VERSION := v2.15.0
LINT         := $(TOOLS)/golangci-lint-$(LINT_VERSION)/golangci-lint
VULN_VERSION := v1.9.0
VULN         := $(TOOLS)/govulncheck-$(VULN_VERSION)/govulncheck
KEYCLOAK_VERSION := 26.7.3
KEYCLOAK         := $(TOOLS)/keycloak-$(KEYCLOAK_VERSION)
NFPM_VERSION := v2.43.0
NFPM         := $(TOOLS)/nfpm-$(NFPM_VERSION)/nfpm

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## Start the emulated Okta org and the service, and say where to look
	@echo 'First what it needs is downloaded and built: minutes the first time, seconds after that. Each package is named when it is done.'
	go build -v -o bin/demo ./cmd/demo
	bin/demo

.PHONY: test
test: ## Run all tests
	@echo 'First all packages are built, then tested: many minutes the first time. Each package is named when it is done.'
	go build -v ./...
	go test $$(go list ./... | sed 1d) . # what is in the root takes longest, and each package waits to be named after those before it

.PHONY: check
check: vet lint ## Run what a change must pass: formatting, vet, lint, race detector, tidy modules
	go test -race -shuffle=on -count=1 ./...
	go mod tidy -diff

.PHONY: bench
bench: ## Measure speed, growth and memory beside bare Echo and Express (17 minutes; BENCH=-short for less)
	npm ci --prefix cmd/bench/express --no-audit --no-fund --loglevel=error || echo "Express is not measured: npm is not there, or failed"
	go run ./cmd/bench $(BENCH)

.PHONY: chaos
chaos: ## Break Okta, attack, rotate and restart under load: one table (9 minutes; CHAOS=-short for one)
	go run ./cmd/chaos $(CHAOS)

.PHONY: psc
psc: $(KEYCLOAK)/bin/kc.sh ## Rehearse: Keycloak as Pro Santé Connect before org and service (Java 17, Maven; PSC=-check signs in by itself)
	go run ./cmd/demo -psc $(KEYCLOAK) $(PSC)

.PHONY: psc-test
psc-test: $(KEYCLOAK)/bin/kc.sh ## Test the rehearsal: Keycloak, LemonLDAP::NG, Chromium; pictures of the pages in dist/rehearsal
	mkdir -p dist/rehearsal
	KEYCLOAK_HOME=$(KEYCLOAK) go test ./internal/interop/keycloak -count=1 -timeout 20m -artifacts -outputdir $(CURDIR)/dist/rehearsal

$(KEYCLOAK)/bin/kc.sh:
	mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack \
	  -Dartifact=org.keycloak:keycloak-quarkus-dist:$(KEYCLOAK_VERSION):zip -DoutputDirectory=$(TOOLS) -DmarkersDirectory=$(TOOLS)/markers
	chmod +x $@

.PHONY: screenshots
screenshots: ## Take pictures of all pages, at six widths, in both languages, light and dark, into dist/screenshots (Chromium)
	go test ./cmd/demo -run '^TestPages$$' -count=1 -timeout 20m -shots $(CURDIR)/dist/screenshots

.PHONY: pictures
pictures: $(KEYCLOAK)/bin/kc.sh ## Make the pictures of pages in docs/img anew: ours, and those of the rehearsal (Chromium, Java 17, Maven)
	KEYCLOAK_HOME=$(KEYCLOAK) go test ./cmd/demo -run '^Test(Rehearsal)?Pictures$$' -count=1 -timeout 20m -pictures $(CURDIR)/docs/img

.PHONY: vuln
vuln: $(VULN) ## Look for known vulnerabilities in what is linked; needs the database at vuln.go.dev
	$(VULN) ./...

$(VULN):
	GOBIN=$(@D) go install golang.org/x/vuln/cmd/govulncheck@$(VULN_VERSION)

.PHONY: vet
vet:
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not formatted (make fmt mends it):"; echo "$$unformatted"; exit 1; fi
	go vet ./...

.PHONY: lint
lint: $(LINT) ## Run golangci-lint, installed at the pinned version if need be
	$(LINT) run ./...

$(LINT):
	GOBIN=$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

.PHONY: fmt
fmt: $(LINT) ## Format all Go code
	$(LINT) fmt ./...

.PHONY: build
build: ## Build static programs into bin/
	CGO_ENABLED=0 go build -trimpath -tags $(TAGS) -ldflags '-s -w -X main.version=$(VERSION)' -o bin/ ./cmd/...

dist/pschook: FORCE
	CGO_ENABLED=0 GOOS=linux go build -trimpath -tags $(TAGS) -ldflags '-s -w -X main.version=$(VERSION)' -o $@ ./cmd/pschook
	go run ./cmd/sbom $@ >$@.cdx.json

.PHONY: FORCE
FORCE:

.PHONY: image
image: dist/pschook share ## Build the container image, with podman, buildah or docker
	deploy/container/rootfs dist/image dist/pschook bin/share/THIRD-PARTY-NOTICES
	VERSION=$(VERSION) REVISION=$$(git rev-parse HEAD) SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) deploy/container/build dist/image pschook:$(VERSION) dist/pschook-image.tar
	cp dist/pschook.cdx.json dist/pschook-image.cdx.json

.PHONY: share
share: ## Write man pages, shell completions and the licences of all that is linked into bin/share
	rm -rf bin/share && mkdir -p bin/share
	go test ./cmd/pschook -run '^TestShare$$' -share $(CURDIR)/bin/share
	CGO_ENABLED=0 GOOS=linux go build -trimpath -tags $(TAGS) -o bin/share/pschook ./cmd/pschook
	go run ./cmd/sbom -notices bin/share/pschook >bin/share/THIRD-PARTY-NOTICES
	rm bin/share/pschook

.PHONY: packages
packages: dist/pschook share $(NFPM) ## Build the .deb and the .rpm into dist/
	deploy/packages/build $(NFPM) dist/pschook $(VERSION) dist

.PHONY: check-deploy
check-deploy: dist/pschook share $(NFPM) ## Try image and packages on this machine: Debian or Ubuntu, as root or with ROOT="sudo -n"
	go build -o dist/oktaemu ./cmd/oktaemu
	$(ROOT) deploy/container/check dist/pschook bin/share/THIRD-PARTY-NOTICES
	$(ROOT) deploy/packages/check $(NFPM) dist/pschook dist/oktaemu

$(NFPM):
	GOBIN=$(@D) go install github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VERSION)

.PHONY: generate
generate: ## Make generated files anew
	go generate ./...

.PHONY: rename
rename: ## Give the Go module another name everywhere: make rename MODULE=host/path
	.ci/rename $(MODULE)

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin dist
