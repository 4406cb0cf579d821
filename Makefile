# Two commands do everything on a fresh Debian 12 with Swift: `make demo` and `make test`.
# Everything is built once, in release: program, demonstration and tests share .build/.

SWIFT ?= swift
BUILD = $(SWIFT) build -c release --explicit-target-dependency-import-check error
SOURCES = Package.swift Sources Tests Benchmarks

.PHONY: build demo tests test lint format packages clean

build: packages
	$(BUILD) --product convene

demo: build
	scripts/demo

# The tests and the program, built, and what they need.
tests: packages
	scripts/install-packages test camera
	$(BUILD) --build-tests

# Tests with sockets have time limits, and the end-to-end tests measure latencies: nothing else runs beside them.
test: tests
	.build/release/convene transcode --manifest Fixtures/transcode.json --check
	$(SWIFT) test -c release --skip-build --skip RelayTests --skip EndToEndTests
	$(SWIFT) test -c release --skip-build --filter RelayTests
	$(SWIFT) test -c release --skip-build --filter EndToEndTests

lint:
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)
	scripts/lint

format:
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

packages:
	@command -v $(SWIFT) >/dev/null || { echo "Swift 6.2 or newer is needed: https://www.swift.org/install/linux" >&2; exit 69; }
	@scripts/install-packages build

clean:
	rm -rf .build
