# SPDX-License-Identifier: GPL-2.0-only
# What a person types. The work is done by the scripts named here; each of them
# can be run by itself and has --help.

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
SUITES ?=

.PHONY: help
help: ## this text
	@printf 'migrate-offload %s\n\n' "$$(cat VERSION)"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
		awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'
	@printf '\nVariables:\n'
	@printf '  %-20s %s\n' 'MO_CACHE=DIR' 'where caches live (default: $${XDG_CACHE_HOME:-~/.cache}/migrate-offload)' \
		'KERNEL_SOURCE=PATH' 'kernel source tarball or directory instead of Debian'"'"'s' \
		'MO_GPG_KEY=FILE' 'secret key to sign packages with, instead of one made on the spot' \
		'MO_BASE_CONFIG=FILE' 'kernel configuration to start from, e.g. a distribution'"'"'s' \
		'SUITES="NAME..."' 'only these of tests/suites, for make check'

.PHONY: host
host:
	@tests/toolroot/host

.PHONY: demo
demo: host ## build, install in an emulated machine, migrate through the emulated engine
	tests/guest/demo

.PHONY: check
check: host ## all tests; ends with "N passed, N failed"
	tests/run $(SUITES)

.PHONY: toolroot
toolroot: host ## the Debian tree with compilers, rpm tools and QEMU
	tests/toolroot/build

.PHONY: kernel-source
kernel-source: host ## obtain the base kernel's source, and print which it is
	SOURCES/fetch-kernel

.PHONY: packages
packages: host ## build all RPMs with rpmbuild, as an unprivileged user
	SPECS/build

.PHONY: repo
repo: host ## a signed dnf repository of them
	SPECS/repo

.PHONY: check-bisect
check-bisect: host ## compile after each patch: x86 (feature on and off), arm64, i386; sparse
	tests/patches/bisect

.PHONY: check-debug
check-debug: host ## build a debug kernel (lockdep, KASAN, kmemleak, ...) and test on it
	tests/debug/run

.PHONY: bench-copy
bench-copy: host ## native benchmark of the folio copy, some minutes
	bench/copy/run --results bench/results

.PHONY: bench-mtcopy
bench-mtcopy: host ## native benchmark of mtcopy's work-splitting, three minutes
	bench/mtcopy/run --results bench/results

.PHONY: bench-memmap
bench-memmap: host ## native benchmark of the initialisation of a device's memmap, some minutes
	bench/memmap/run --results bench/results

.PHONY: bench-overhead
bench-overhead: host ## code size and instructions a folio, base against patched, nothing selected
	bench/overhead/run

.PHONY: bench-firstbind
bench-firstbind: host ## what a kernel does when pmem is bound, in instructions by function, base against patched
	bench/firstbind/run

.PHONY: bench-offload
bench-offload: host ## dcbm with throttled emulated engines: channels, folios, batches, chunks; 30 minutes
	bench/offload/run --results bench/results
