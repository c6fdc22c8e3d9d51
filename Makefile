# perfrun: everything is built with one set of tags and flags, so that SQLite is
# compiled once. `make help` lists the targets.

SHELL    := /bin/bash
TAGS     := sqlite_omit_load_extension,osusergo,netgo
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
LDFLAGS  := -s -w -X main.version=$(VERSION) -linkmode external -extldflags "-static"
CACHE    := $(CURDIR)/.cache
TOOLS    := $(CACHE)/tools
export GOFLAGS     := -tags=$(TAGS)
export CGO_ENABLED := 1

.PHONY: help build demo test check truth bench deb lint format man fuzz clean setup

help:            ## list the targets
	@sed -n 's/^\([a-z]*\): .*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

build:           ## build bin/perfrun, one static program
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/perfrun ./cmd/perfrun

setup:           ## install what tests and demo need (Debian or Ubuntu), start docker
	.ci/setup

demo: ## set up, measure an example repository, write its page
	.ci/setup demo
	$(MAKE) --no-print-directory build
	examples/demo/run examples/history/run

test: ## set up and pass everything: lint, unit tests, tests with real parts
	.ci/setup
	$(MAKE) --no-print-directory build lint check

check:           ## pass all tests on a machine that is set up
	.ci/images
	.ci/agent
	.ci/guest
	.ci/browser
	go test -p 1 -count=1 -timeout 80m ./...
	cd reports/browsertest && go vet ./... && PERFRUN_ARTIFACTS=$(CACHE)/screenshots go test -count=1 -timeout 30m ./...

truth:           ## print how right verdicts are, on real data whose answer is known, beside the rules of others
	go run ./results/truth

bench:           ## print what perfrun costs, as ratios to rivals measured in the same run
	.ci/setup
	$(MAKE) --no-print-directory build
	.ci/bench
	.ci/bench-noise
	.ci/bench-judge
	.ci/bench-history
	.ci/bench-submit
	.ci/bench-ci
	.ci/bench-site
	.ci/bench-page
	.ci/bench-duet

deb: build       ## write dist/perfrun_VERSION_ARCH.deb, which makes a machine a box
	deploy/deb/build $(VERSION)

lint: $(TOOLS)/staticcheck $(TOOLS)/gofumpt ## formatter, vet, staticcheck, shellcheck
	@unformatted=$$($(TOOLS)/gofumpt -l cmd harness results reports tunnel); \
	  if [ -n "$$unformatted" ]; then echo "not formatted (make format):"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(TOOLS)/staticcheck ./...
	shellcheck .ci/agent deploy/deb/build deploy/deb/postinst deploy/deb/prerm deploy/deb/postrm deploy/buildkite/hooks/command .ci/setup .ci/run .ci/images .ci/browser .ci/guest .ci/bench .ci/bench-noise .ci/bench-judge .ci/bench-history .ci/bench-submit .ci/bench-ci .ci/bench-site .ci/bench-page .ci/bench-duet examples/demo/run examples/history/run examples/ci/run

format: $(TOOLS)/gofumpt ## format the code
	$(TOOLS)/gofumpt -w cmd harness results reports tunnel

$(TOOLS)/staticcheck:
	GOFLAGS= GOBIN=$(TOOLS) go install honnef.co/go/tools/cmd/staticcheck@v0.8.2
$(TOOLS)/gofumpt:
	GOFLAGS= GOBIN=$(TOOLS) go install mvdan.cc/gofumpt@v0.12.0

man: build       ## write manual pages and shell completions to dist
	bin/perfrun man dist/man
	mkdir -p dist/completion
	for shell in bash zsh fish; do bin/perfrun completion $$shell > dist/completion/perfrun.$$shell; done

fuzz:            ## fuzz every parser for 30 seconds each
	@for place in $$(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
	  for name in $$(grep -hoE '^func Fuzz[A-Za-z]*' $$place/*_test.go | sed 's/func //'); do \
	    echo "$$place $$name"; go test -run xxx -fuzz "^$$name\$$" -fuzztime 30s $$place || exit 1; done; done

clean:           ## remove what was built; caches stay
	rm -rf bin dist
