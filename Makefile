# The targets for developers; CI runs only these. "make help" lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
ARGS ?=
FUZZTIME ?= 10s
SCREENS ?= build/screens
CRASHES ?= 1000

# What a shell reads, but for the scripts of rpm, which begin with no interpreter.
SCRIPTS = .ci/* assets/packaging/linux/install.sh assets/packaging/linux/deb/* assets/packaging/macos/bundle assets/packaging/windows/sign

LINTER_VERSION := 2.15.0
LINTER := build/bin/golangci-lint-$(LINTER_VERSION)

# The tags of the quick suite: the in-memory driver instead of a window, and
# the toolkit's present rule for threads, which packaged programs have as well.
TEST_TAGS := ci,migrated_fynedo
# The tag that packaging passes: without it, the built program would have another
# rule for threads than the packaged one.
WINDOW_TAGS := migrated_fynedo

# The version stands in FyneApp.toml; commit and date come from git.
BUILD := vastrelay/app/build
VERSION ?= $(shell sed -nE 's/^ *Version = "(.*)"/\1/p' FyneApp.toml)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
DATE ?= $(shell git log -1 --format=%cI 2>/dev/null)
EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
# The https address that tells the newest version, and further hosts of the pages of
# releases, separated by commas. Without an address the program asks nobody.
UPDATE_FEED ?=
UPDATE_PAGES ?=
export UPDATE_FEED UPDATE_PAGES
LDFLAGS = -s -w -X $(BUILD).version=$(VERSION) -X $(BUILD).revision=$(REVISION) -X $(BUILD).date=$(DATE) \
	-X $(BUILD).updateFeed=$(UPDATE_FEED) -X $(BUILD).updatePages=$(UPDATE_PAGES)

export FUZZTIME

# Older toolchains trust certificate authorities that are known to be compromised.
GOTOOLCHAIN := $(shell .ci/toolchain)
ifneq ($(GOTOOLCHAIN),)
export GOTOOLCHAIN
endif

.PHONY: help run demo build build-headless man licences test race e2e golden screens lint fuzz bench bench-desktop bench-drivers crash slow deps clean package package-check windows-check release

help: ## list the targets
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: ## start the desktop program, or the headless demo without a display (ARGS="--demo")
	@.ci/start $(ARGS)

demo: ## start it against stand-ins; needs no account
	@.ci/start --demo $(ARGS)

# No -trimpath here: it would compile the toolkit's C parts, minutes of work, a second
# time beside those of the tests. Packaging passes it.
build: ## build the desktop program into build/
	@.ci/deps go window
	CGO_ENABLED=1 $(GO) build -tags $(WINDOW_TAGS) -ldflags "$(LDFLAGS)" -o build/vastrelay .

build-headless: ## build the static program without windows into build/
	@.ci/deps go
	CGO_ENABLED=0 $(GO) build -trimpath -tags headless -ldflags "$(LDFLAGS)" -o build/vastrelay-headless .

man: ## make the manual pages and the completion scripts into build/share/
	@.ci/deps go
	SOURCE_DATE_EPOCH=$(EPOCH) CGO_ENABLED=0 $(GO) run -tags headless -ldflags "$(LDFLAGS)" ./app/manual build/share

licences: ## collect the licences of all dependencies anew, after one of them changed
	@.ci/deps go
	CGO_ENABLED=0 $(GO) run ./assets/licences/collect assets/licences/licences.json.flate

# Collecting garbage less often spares the tests of the windows a third of their
# processor time. What a test starts as a process of its own runs as usual.
# The tests of the whole program mostly wait, in real time: one package more than there
# are processors keeps those busy meanwhile.
test: ## run the quick suite; needs nothing but Go
	@.ci/deps go
	GOGC=400 CGO_ENABLED=0 $(GO) test -p $$(($$(getconf _NPROCESSORS_ONLN || echo 1) + 1)) -tags $(TEST_TAGS) ./...

race: ## run the quick suite under the race detector
	@.ci/deps go cc
	CGO_ENABLED=1 $(GO) test -race -tags $(TEST_TAGS) ./...

e2e: ## run the end-to-end tests: display, bus, keyring, tray
	@.ci/deps go window e2e
	.ci/e2e $(ARGS)

golden: ## accept what the screens look like now
	-CGO_ENABLED=0 $(GO) test -count=1 -tags $(TEST_TAGS) ./app/ui/...
	@find app/ui -path '*/testdata/failed/*' -type f | while read -r file; do \
		target="$${file/\/testdata\/failed\//\/testdata\/}"; \
		mkdir -p "$$(dirname "$$target")"; \
		mv -v "$$file" "$$target"; \
	done

# Drawn by the toolkit's software renderer: no display, and each state is the one that
# is meant. It draws the text of an entry that is scrolled out of view over what lies
# there, as in setup-refused, which windows do not: an entry's own clipping takes the
# place of that around it. Pictures of real windows are what "make e2e" leaves in
# CI_ARTIFACTS.
screens: ## draw every screen into SCREENS (build/screens), with index.html, and the README's picture
	@.ci/deps go
	mkdir -p "$(SCREENS)"
	GOGC=400 VASTRELAY_SCREENS="$$(cd "$(SCREENS)" && pwd)" CGO_ENABLED=0 \
		$(GO) test -count=1 -timeout 1h -run '^TestScreens$$' -tags $(TEST_TAGS) ./app/ui
	cp "$(SCREENS)/readme.png" assets/screenshot.png
	@echo "$(SCREENS)/index.html"

# Nothing else compiles what is for other systems alone. The toolkit's windows on macOS
# need a Mac.
lint: $(LINTER) ## check style and likely mistakes, scripts, and the code for other systems
	@.ci/deps go lint
	$(LINTER) config verify
	$(LINTER) run ./...
	shellcheck --severity=warning $(SCRIPTS)
	shellcheck --severity=warning --shell=sh assets/packaging/linux/rpm/*
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GO) vet -tags $(TEST_TAGS) ./...
	for arch in amd64 arm64; do \
		export GOOS=darwin GOARCH=$$arch CGO_ENABLED=0; \
		$(GO) vet -tags headless,$(TEST_TAGS) $$($(GO) list -tags headless,$(TEST_TAGS) ./... | grep -v '/app/ui/launch$$'); \
	done

$(LINTER):
	@.ci/deps go
	mkdir -p build/bin
	found="$$(PATH="$$PATH:$$($(GO) env GOPATH)/bin" command -v golangci-lint || true)"; \
	if [ -n "$$found" ] && [ "$$("$$found" version --short)" = "$(LINTER_VERSION)" ]; then \
		cp "$$found" $@; \
	else \
		GOBIN="$(CURDIR)/build/bin" $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINTER_VERSION); \
		mv build/bin/golangci-lint $@; \
	fi

fuzz: ## run every fuzz target for FUZZTIME each
	@.ci/deps go
	.ci/fuzz

# The whole receiver beside a bare handler and the limit of the disk comes first;
# BENCH_PROFILE=DIR keeps a CPU profile of each.
bench: build-headless ## measure the receiver, the way to Chat, a burst, and the parts
	VASTRELAY_TEST_PROGRAM=$(CURDIR)/build/vastrelay-headless CGO_ENABLED=0 \
		$(GO) test -run '^$$' -bench . -timeout 30m -tags $(TEST_TAGS) ./app
	CGO_ENABLED=0 $(GO) test -run '^$$' -bench . -benchmem -timeout 60m -tags $(TEST_TAGS) ./relay/...

# The whole program and each screen are measured beside an empty window of the
# toolkit. It is no test, which would fail on a busy machine. The store with a million
# events is made once, which takes a minute or two.
bench-desktop: build ## measure start, memory and size of the window, and every screen while nothing happens
	@.ci/deps go window e2e
	CGO_ENABLED=1 $(GO) build -tags $(WINDOW_TAGS) -ldflags "-s -w" -o build/emptywindow ./app/ui/launch/testdata/emptywindow
	mkdir -p build/million
	[ -f build/million/made ] || { rm -f build/million/events.db*; VASTRELAY_TEST_MILLION=$(CURDIR)/build/million CGO_ENABLED=0 \
		$(GO) test -count=1 -run '^TestWriteMillion$$' -timeout 20m -tags $(TEST_TAGS) ./relay/store; touch build/million/made; }
	VASTRELAY_E2E=1 VASTRELAY_TEST_PROGRAM=$(CURDIR)/build/vastrelay VASTRELAY_TEST_EMPTY_WINDOW=$(CURDIR)/build/emptywindow \
		VASTRELAY_TEST_MILLION=$(CURDIR)/build/million CGO_ENABLED=1 \
		$(GO) test -run '^$$' -bench 'Start|Idle' -benchtime 1x -timeout 30m -tags $(WINDOW_TAGS) ./app/ui/launch

# The C driver is named in a module of its own, so that the program does without.
bench-drivers: ## measure the database's driver beside one in C
	@.ci/deps go cc
	cd relay/store/drivers && CGO_ENABLED=1 $(GO) test -count=1 -tags sqlite_fts5 -bench . -benchtime 15x -timeout 30m .

crash: build-headless ## kill the program CRASHES times and look for what was lost or doubled (CRASH_SEED=n repeats a run)
	CRASHES=$(CRASHES) VASTRELAY_TEST_PROGRAM=$(CURDIR)/build/vastrelay-headless CGO_ENABLED=0 \
		$(GO) test -count=1 -v -timeout 3h -run '^TestCrash$$' -tags $(TEST_TAGS) ./app
	CGO_ENABLED=0 $(GO) test -count=1 -run 'Crash|Kill' -skip '^TestCrash$$' -tags $(TEST_TAGS) ./relay/... ./app/...

slow: ## relay a whole burst in real time, cut the power at every sync, and run the sweeps of the whole program: minutes
	@.ci/deps go trace
	CI=true VASTRELAY_SLOW=1 CGO_ENABLED=0 $(GO) test -count=1 -timeout 30m -tags $(TEST_TAGS) ./app
	CI=true VASTRELAY_SLOW=1 CGO_ENABLED=0 $(GO) test -count=1 -v -timeout 30m -run '^(TestABurst|TestPowerCut)' -tags $(TEST_TAGS) ./relay/outbox/... ./relay/store

deps: ## install the system packages for everything
	@.ci/deps go cc lint trace window e2e package

package: ## make the packages of the last commit for every system into dist/ (ARGS="linux windows macos container")
	@.ci/deps go window package
	.ci/package $(ARGS)

package-check: ## make the packages twice, install them in bare systems and run them there; needs root
	@.ci/deps go window package package-check e2e
	.ci/package-check $(ARGS)

windows-check: ## run the tests, the program and its installer under wine; needs root (ARGS="suites ./app/desktop", ARGS=program)
	@.ci/deps go package windows-check
	.ci/windows-check $(ARGS)

release: ## make a whole release of a clean checkout into dist/: make release VERSION=1.2.3
	@.ci/deps go
	.ci/release "$(if $(filter command line environment,$(origin VERSION)),$(VERSION))"

clean: ## remove what was built
	rm -rf build dist
