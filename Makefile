# The two commands a newcomer needs: `make demo` and `make test`.

PACKAGES := gcc g++ libc6-dev make llvm-19-dev libpng-dev libturbojpeg0-dev python3 python3-venv help2man
RESIN := .build/release/resin
TESTS := .build/release/ResinPackageTests.xctest
# Where `make install` puts program, manual pages and completions; DESTDIR goes before it.
PREFIX ?= /usr/local
# Manual pages and completions, as they are installed.
SHARE := .build/share
# The program once more, with everything in it but glibc, and what of it is given to others.
STATIC_RESIN := .build/dist/resin
STATIC_PACKAGES := libzstd-dev
VERSION = $(shell sed -n 's/.*resinVersion = "\(.*\)"/\1/p' Sources/Resin/Compiling/Compilation.swift)
ARCHIVE = .build/dist/resin-$(VERSION)-x86_64-linux.tar.gz
PROGRAM_SOURCES = $(shell find Package.swift Sources -type f -not -path '*/Python/*' -not -path '*/Packaging/*')
TEST_SOURCES = $(shell find Tests -name '*.swift')
# An environment of Python with the official ONNX tests.
CONFORMANCE := .build/conformance

# Levels of the CPU below this machine's, and the tests that compile for `native`. Those of planning, kernels and the
# files of libraries name the levels that they are for, as suites called ...LevelTests do: `make test` has all of them.
LOWER_LEVELS = $(if $(shell grep -m 1 -o avx512vl /proc/cpuinfo),x86-64-v3) x86-64
LEVEL_TESTS := --filter '^ResinTests\.|^EndToEndTests\.(Network|LibraryLife)' --skip 'LevelTests/'

.PHONY: all toolchain dependencies build build-tests man install uninstall demo gallery reference test test-levels \
  test-integration test-cross test-web demo-web \
  fuzz sanitize valgrind conformance conformance-official conformance-table models-table pictures lint clean dist wheels

all: build

# Installs what is missing of some packages through apt, one `make -j` target after the other; does nothing on a machine
# that has them.
define installed
	@missing=$$(for p in $(1); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  flock Makefile $$sudo sh -c "apt-get update -qq && \
	    apt-get -o DPkg::Lock::Timeout=600 install -y -qq $$(echo $$missing)"; \
	fi
endef

# Swift comes from no package of the system, so it is asked for before anything else is installed.
toolchain:
	@swift --version 2>/dev/null | grep -q 'Swift version [6-9]' || { \
	  echo "Resin is built with Swift 6.3 or later, and no such 'swift' is on the PATH." >&2; \
	  echo "Install it from https://www.swift.org/install/linux, or name its folder: PATH=/opt/swift/usr/bin:\$$PATH make" >&2; \
	  exit 1; }

dependencies: | toolchain
	$(call installed,$(PACKAGES))

# Products are named one by one: building everything would also build the protobuf compiler, from C++, which nothing
# here uses. Where no source is newer than the last build there is none: between the two products `swift build` compiles
# a dependency again, for a minute. The tests' product links the program too, so nothing may run the program meanwhile.
build: dependencies $(RESIN) man

build-tests: dependencies $(TESTS)

$(RESIN): $(PROGRAM_SOURCES) | dependencies
	swift build -c release $(BUILD_OPTIONS) --product resin
	@touch $@

$(TESTS): $(PROGRAM_SOURCES) $(TEST_SOURCES) | dependencies
	swift build -c release $(BUILD_OPTIONS) --product ResinPackageTests
	@touch $(RESIN) $@

# Manual pages and completions, which the program is asked for.
man: $(SHARE)/man/man1/resin.1

$(SHARE)/man/man1/resin.1: $(RESIN) $(wildcard Sources/Packaging/make_share.sh Sources/Packaging/manual/*)
	Sources/Packaging/make_share.sh $(RESIN) $(SHARE)
	@touch $@

# These build nothing and need no Swift on the PATH, so that `sudo` may run them.
install:
	@Sources/Packaging/install.sh $(RESIN) $(SHARE) $(DESTDIR)$(PREFIX)

uninstall:
	@Sources/Packaging/uninstall.sh $(DESTDIR)$(PREFIX)

demo: build
	Models/digits/sequence/demo.sh $(RESIN)
	Models/digits/demo.sh $(RESIN)

# Pages that recognise digits and photos, at http://localhost:8000; PORT names another port.
demo-web: build
	$(call installed,lld-19)
	mkdir -p .build/web
	cp docs/examples/web/* .build/web
	$(RESIN) compile Models/digits/digits.resin --target wasm32 -o .build/web/
	@echo "http://localhost:$(or $(PORT),8000) - Ctrl-C ends it"
	python3 -m http.server $(or $(PORT),8000) --directory .build/web

# A picture of ten digits of each class, drawn by the generator.
gallery: build
	python3 Models/digits/generator/gallery.py $(RESIN) .build/gallery.png

# The reference of the library `Resin` as a web site in .build/reference; `docc preview` or any web server shows it.
reference: build
	docs/make_reference.sh

test: build-tests
	swift test -c release --skip-build

# What compiles for this machine once more as for lesser ones.
test-levels: build-tests
	set -e; for level in $(LOWER_LEVELS); do \
	  echo "as on $$level"; \
	  RESIN_NATIVE_CPU=$$level swift test -c release --skip-build $(LEVEL_TESTS); \
	done

# The program for machines without Swift and LLVM, with pages, completions and licences: .build/dist/resin-….tar.gz.
dist: .build/dist/ready
	@echo $(ARCHIVE)

.build/dist/ready: $(STATIC_RESIN) $(SHARE)/man/man1/resin.1 $(wildcard Sources/Packaging/make_dist.sh Sources/Packaging/copy_licenses.sh)
	Sources/Packaging/make_dist.sh $(STATIC_RESIN) $(SHARE) .build/checkouts $(ARCHIVE)
	@touch $@

# From the objects that are there: nothing is compiled again.
$(STATIC_RESIN): $(RESIN) Sources/Packaging/link_static.sh
	$(call installed,$(STATIC_PACKAGES))
	Sources/Packaging/link_static.sh .build/release $@

# The packages of Python, in .build/wheels: one runs libraries, the other holds the program.
wheels: .build/wheels/ready

.build/wheels/ready: $(shell find Sources/Python -type f -not -name '*.pyc') Sources/Packaging/make_wheels.sh $(STATIC_RESIN)
	Sources/Packaging/make_wheels.sh $(STATIC_RESIN) .build/checkouts .build/wheels
	@touch $@

# What people use libraries with, as they use it: Python by pip, KServe, Ray, CMake, pkg-config, C++, Swift and SwiftPM.
test-integration: build dist wheels
	$(call installed,pkg-config mmdebstrap)
	Tests/Integration/dist.sh $(RESIN) $(ARCHIVE) .build/wheels
	Tests/Integration/python.sh $(RESIN)
	Tests/Integration/serving.sh $(RESIN)
	Tests/Integration/tools.sh $(RESIN)

# Networks of all families compiled for AArch64, run under QEMU, against the same for AVX2: docs/targets.md. Then objects
# without a system, on a bare board: docs/edge.md.
test-cross: build
	$(call installed,qemu-user qemu-system-arm gcc-aarch64-linux-gnu libc6-dev-arm64-cross llvm-19)
	Tests/Cross/run.sh $(RESIN)
	Tests/Cross/bare.sh $(RESIN)

# Networks of all families compiled to WebAssembly, run under Node, against the same for x86-64, and pages with one in a
# browser: docs/web.md. Then the pages about models that the program writes.
test-web: build
	$(call installed,lld-19 chromium)
	Tests/Web/run.sh $(RESIN)
	Tests/Web/browser.sh $(RESIN)
	Tests/Web/report.sh $(RESIN)

# Ten million executions of the readers under libFuzzer; docs/testing.md.
fuzz:
	nice -n 19 Tests/Fuzzing/run.sh $(TARGETS)

# The C runtime and compiled models under clang's sanitizers.
sanitize: build
	$(call installed,clang-19 libclang-rt-19-dev)
	Tests/Sanitizers/run.sh $(RESIN)

# A compiled network under Valgrind.
valgrind: build
	$(call installed,valgrind)
	Tests/Sanitizers/valgrind.sh $(RESIN)

# Runs the official ONNX backend tests and holds the results against docs/onnx.md, and then exported models, which are the
# same for every CPU, and random quantised models, against ONNX Runtime; conformance-table writes the results there.
conformance: conformance-official
	$(CONFORMANCE)/bin/python Tests/Conformance/exported.py
	$(CONFORMANCE)/bin/python Tests/Conformance/quantised.py

conformance-official: build $(CONFORMANCE)/ready
	$(CONFORMANCE)/bin/python Tests/Conformance/run.py --resin $(RESIN)

conformance-table: build $(CONFORMANCE)/ready
	$(CONFORMANCE)/bin/python Tests/Conformance/run.py --resin $(RESIN) --write

$(CONFORMANCE)/ready: Tests/Conformance/requirements.txt | dependencies
	python3 -m venv --clear $(CONFORMANCE)
	$(CONFORMANCE)/bin/pip install --quiet --requirement $<
	touch $@

# Measures every network of Models, on a machine that does nothing else, and writes Models/README.md.
models-table: build
	python3 Models/make_table.py $(RESIN)

# Draws every picture of docs/images/graphs anew; each is named after the text that it shows.
pictures: build
	cd docs/images/graphs && for p in $$(find * -name '*.svg'); do \
	  $(CURDIR)/$(RESIN) inspect $(CURDIR)/Models/$${p%.svg}.resin --random-weights 1 --svg $$p || exit 1; done

lint:
	swift format lint --strict --recursive Sources Plugins Tests docs/examples Package.swift

clean:
	rm -rf .build
