# scrub - `make help` lists the targets, src/README.md explains the folders.
#
# Variables:
#   SANITIZE=address,undefined  build and test under sanitizers, in a folder
#                               of its own; COVERAGE=1 likewise, for gcovr
#   WERROR=1                    a warning is an error
#   V=1                         show whole commands
#   TEST=PATTERN                run only these tests: 'index/*', 'cli/*'
#   DEPS=no                     never install packages
#   CC CPPFLAGS CFLAGS LDFLAGS  are respected; what the project needs is added
#   DESTDIR PREFIX              where `make install` puts things

MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL = /bin/sh
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

comma := ,

# --- Configuration: each has a folder, so that none needs a `make clean` ---

SANITIZE ?=
COVERAGE ?=
WERROR ?=
CONFIG := release
ifneq ($(WERROR),)
CONFIG := werror
endif
ifneq ($(COVERAGE),)
CONFIG := coverage
endif
ifneq ($(SANITIZE),)
CONFIG := $(subst $(comma),-,$(SANITIZE))
endif
BUILD := build/$(CONFIG)

# The release program stands at the top, where one looks for it.
ifeq ($(CONFIG),release)
PROGRAM := scrub
else
PROGRAM := $(BUILD)/scrub
endif

# --- Flags ---

PKG_CONFIG ?= pkg-config
LIBRARIES = inih libxxhash libsodium sqlite3
TEST_LIBRARIES = criterion

# Looked up when first used: pkg-config may be one of the packages that
# `make deps` has yet to install.
pkg_once = $(eval $1 := $$(shell $(PKG_CONFIG) $2) $3)$($1)
LIB_CFLAGS = $(call pkg_once,LIB_CFLAGS,--cflags $(LIBRARIES))
LIB_LIBS = $(call pkg_once,LIB_LIBS,--libs $(LIBRARIES),-lcsv)
TEST_CFLAGS = $(call pkg_once,TEST_CFLAGS,--cflags $(TEST_LIBRARIES))
TEST_LIBS = $(call pkg_once,TEST_LIBS,--libs $(TEST_LIBRARIES))

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
    -Wvla -Wundef -Wformat=2 $(if $(WERROR),-Werror)

# What a builder may replace ...  (-O3: a number is read in half the time of
# -O2, 24 ns against 49 for a Chinese one.)
CFLAGS ?= -O3 -g $(if $(SANITIZE)$(COVERAGE),,-D_FORTIFY_SOURCE=2)

# ... and what the code relies on.  assert() stays on in releases: no NDEBUG.
OUR_CPPFLAGS = -D_GNU_SOURCE -Isrc -MMD -MP
OUR_CFLAGS = -std=c11 $(WARN) -pthread -fPIE -fstack-protector-strong
OUR_LDFLAGS = -pie -pthread -Wl,--as-needed -Wl,-z,relro -Wl,-z,now
ifneq ($(SANITIZE),)
OUR_CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
    -fno-omit-frame-pointer
OUR_LDFLAGS += -fsanitize=$(SANITIZE)
# The shared one writes its reports to stderr when ASan is there too, where
# nobody looks; tests/run wants them in files.
ifeq ($(findstring clang,$(CC)),)
ifneq ($(findstring undefined,$(SANITIZE)),)
OUR_LDFLAGS += -static-libubsan
endif
endif
endif
ifneq ($(COVERAGE),)
OUR_CFLAGS += --coverage -O0
OUR_LDFLAGS += --coverage
endif

COMPILE = $(CC) $(OUR_CPPFLAGS) $(CPPFLAGS) $(OUR_CFLAGS) $(CFLAGS) $(LIB_CFLAGS)
LINK = $(CC) $(OUR_CFLAGS) $(CFLAGS) $(OUR_LDFLAGS) $(LDFLAGS)

# --- Files ---

LIB := $(BUILD)/libscrub.a
LIB_SRC := $(wildcard src/*/*.c)
CMD_SRC := $(wildcard cmd/*.c)
UNIT_SRC := $(wildcard tests/unit/*.c)
FAULT_SRC := $(wildcard tests/fault/fault_*.c)
FAULT_COMMON_SRC := $(filter-out $(FAULT_SRC),$(wildcard tests/fault/*.c))
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_REPLAY_SRC := tests/fuzz/replay.c
BENCH_SRC := $(wildcard tests/bench/*.c) cmd/genlists/genlists.c
PARITY_SRC := $(wildcard tests/parity/*.c)

objects = $(patsubst %.c,$(BUILD)/%.o,$1)
LIB_OBJ := $(call objects,$(LIB_SRC))
CMD_OBJ := $(call objects,$(CMD_SRC))
UNIT_OBJ := $(call objects,$(UNIT_SRC))
FAULT_COMMON_OBJ := $(call objects,$(FAULT_COMMON_SRC))
FUZZ_REPLAY_OBJ := $(call objects,$(FUZZ_REPLAY_SRC))
ALL_OBJ := $(LIB_OBJ) $(CMD_OBJ) $(UNIT_OBJ) $(FAULT_COMMON_OBJ) \
    $(FUZZ_REPLAY_OBJ) $(call objects,$(FAULT_SRC) $(FUZZ_SRC) $(BENCH_SRC) $(PARITY_SRC))

UNIT := $(if $(UNIT_SRC),$(BUILD)/tests/unit/unit)
FAULT := $(FAULT_SRC:%.c=$(BUILD)/%)
FUZZ := $(FUZZ_SRC:%.c=$(BUILD)/%)
BENCH := $(BENCH_SRC:%.c=$(BUILD)/%)
PARITY := $(PARITY_SRC:%.c=$(BUILD)/%)
PROGRAMS := $(if $(CMD_SRC),$(PROGRAM))
TESTS := $(UNIT) $(FAULT) $(FUZZ)

# The functions that fault tests may make fail, one a line.
FAULT_WRAP_LIST := $(wildcard tests/fault/wrap.list)
FAULT_WRAP = $(shell sed 's/\#.*//' $(FAULT_WRAP_LIST) /dev/null)
FAULT_LDFLAGS = $(FAULT_WRAP:%=-Wl,--wrap=%)

# --- How things are made ---

Q := $(if $(V),,@)
SILENT := $(findstring s,$(firstword -$(MAKEFLAGS)))
say = $(if $(V)$(SILENT),@:,@printf '%-4s %s\n' $1 $2)

# Other flags than last time: everything is made again.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(COMPILE)' '$(LINK) $(LIB_LIBS)' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# Asked once for each folder, so that what is missing has a name.
$(BUILD)/packages: .ci/deps
	@mkdir -p $(@D)
	@CC='$(CC)' .ci/deps --check build
	@touch $@

$(BUILD)/tests/unit/%.o: EXTRA_CFLAGS = $(TEST_CFLAGS)

$(BUILD)/%.o: %.c $(BUILD)/flags | $(BUILD)/packages
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(COMPILE) $(EXTRA_CFLAGS) -c -o $@ $<

# Made anew each time, so that no object of a deleted source stays in it.
$(LIB): $(LIB_OBJ)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# A source that comes or goes changes this list, and so what depends on it.
$(BUILD)/sources: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(LIB_SRC) - $(CMD_SRC) - $(UNIT_SRC) >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(LIB) $(PROGRAM) $(UNIT): $(BUILD)/sources

# Moved into place when it is whole: somebody may be running the old one.
$(PROGRAM): $(CMD_OBJ) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $(BUILD)/scrub.new $(CMD_OBJ) $(LIB) $(LIB_LIBS)
	@mv $(BUILD)/scrub.new $@

$(UNIT): $(UNIT_OBJ) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $(UNIT_OBJ) $(LIB) $(LIB_LIBS) $(TEST_LIBS)

$(FAULT): %: %.o $(FAULT_COMMON_OBJ) $(LIB) $(FAULT_WRAP_LIST)
	$(call say,LINK,$@)
	$(Q)$(LINK) $(FAULT_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIB_LIBS)

$(FUZZ): %: %.o $(FUZZ_REPLAY_OBJ) $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(LIB_LIBS)

$(BENCH) $(PARITY): %: %.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(LINK) -o $@ $^ $(LIB_LIBS)

.SECONDARY: $(ALL_OBJ)
-include $(ALL_OBJ:.o=.d)

# --- Targets ---

# Packages first, then the rest by a second make, which finds them there.
SUBMAKE = $(MAKE) $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
RUN_TESTS = BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' SANITIZE='$(SANITIZE)' \
    MAKE='$(MAKE)' tests/run $(if $(TEST),--only '$(TEST)')

.PHONY: all program tests FORCE help deps demo check lint fmt golden coverage
.PHONY: races run-tests fuzz bench soak plan parity install uninstall clean completions

all: $(LIB) $(PROGRAMS) ## build ./scrub

tests: all $(TESTS) $(BENCH) $(PARITY) ## build the program and the test programs

help: ## this list
	@sed -n '1,/^$$/s/^#  */  /p' Makefile | sed -n '2,$$p'
	@echo
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | \
	    awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

deps: ## install the Debian packages that are missing
	@CC='$(CC)' DEPS='$(DEPS)' .ci/deps build test

demo: ## build, screen the sample campaign, show what comes out
	@CC='$(CC)' DEPS='$(DEPS)' .ci/deps build
	@$(SUBMAKE) all
	@PROGRAM='$(PROGRAM)' tests/demo

check: ## build and run all tests (TEST=PATTERN: only some)
	@CC='$(CC)' DEPS='$(DEPS)' .ci/deps build test
	@$(SUBMAKE) tests
	@$(RUN_TESTS)

races: ## threads and blocks under the thread sanitizer (program only)
	@$(SUBMAKE) SANITIZE=thread all
	@$(MAKE) -s SANITIZE=thread TEST='cli/threads*' run-tests

run-tests:
	@$(RUN_TESTS)

golden: ## rewrite what the CLI tests expect (TEST=PATTERN: only some)
	@$(SUBMAKE) all
	@$(RUN_TESTS) --update golden

lint: ## check layers, names, format, style and warnings
	@CC='$(CC)' DEPS='$(DEPS)' .ci/deps build test lint
	@$(RUN_TESTS) lint

fmt: ## format the sources
	@DEPS='$(DEPS)' .ci/deps lint
	@tests/lint/format.sh --fix

coverage: ## run the tests and show what they reach (gcovr)
	@CC='$(CC)' DEPS='$(DEPS)' .ci/deps build test coverage
	@find build/coverage -name '*.gcda' -delete 2>/dev/null || :
	@$(SUBMAKE) COVERAGE=1 check
	@tests/coverage

# A build of its own by clang, for libFuzzer.  What it finds is kept in
# build/fuzz; an input worth keeping is copied to tests/fuzz/corpus/NAME.
FUZZ_BUILD := build/fuzz
FUZZ_FLAGS = -std=c11 -g -O1 -D_GNU_SOURCE -Isrc -pthread \
    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
SECS ?= 60

fuzz: ## fuzz one target with libFuzzer: T=number SECS=60
	@DEPS='$(DEPS)' .ci/deps build fuzz
	$(if $(wildcard tests/fuzz/fuzz_$(T).c),,$(error T=NAME is one of: \
	    $(FUZZ_SRC:tests/fuzz/fuzz_%.c=%)))
	@mkdir -p $(FUZZ_BUILD)/corpus/$(T) tests/fuzz/corpus/$(T)
	$(call say,LINK,$(FUZZ_BUILD)/fuzz_$(T))
	$(Q)clang $(FUZZ_FLAGS) $(LIB_CFLAGS) -o $(FUZZ_BUILD)/fuzz_$(T) \
	    tests/fuzz/fuzz_$(T).c $(LIB_SRC) $(LIB_LIBS)
	cd $(FUZZ_BUILD) && ./fuzz_$(T) -max_total_time=$(SECS) \
	    -artifact_prefix=$(T)- corpus/$(T) ../../tests/fuzz/corpus/$(T)

bench: ## measure, and compare: SIZE=S, M or L; PARTS=index; RESULTS=1
	@$(SUBMAKE) all $(BENCH)
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' CC='$(CC)' tests/bench/bench.sh

soak: ## the tests again and again, with other seeds: N=10
	@$(SUBMAKE) tests
	@n=0; while [ $$n -lt $(or $(N),10) ]; do \
		n=$$((n + 1)); echo "== round $$n of $(or $(N),10)"; \
		FUZZ_SEED=$$n FUZZ_RUNS=100000 SOAK=$$n CRASH_ROUNDS=200 \
		    $(RUN_TESTS) || exit 1; \
	done

# --- The numbering plan: node and npm, for its developers only ---

NODE_MODULES = build/node/node_modules

$(NODE_MODULES): cmd/genplan/package.json
	@mkdir -p $@
	node cmd/genplan/fetch.mjs $@
	@touch $@

plan: $(NODE_MODULES) ## write the tables of the numbering plan anew (node, npm)
	node cmd/genplan/genplan.mjs $(NODE_MODULES) src/text/numplan_tables.c
	node cmd/genplan/genzones.mjs $(NODE_MODULES) \
	    src/text/numplan_zone_tables.c

parity: $(NODE_MODULES) $(PARITY) ## compare numbers with libphonenumber (node)
	tests/parity/regenerate.sh
	node tests/parity/parity.mjs $(NODE_MODULES) \
	    src/text/numplan_tables.c $(BUILD)/tests/parity/parity_driver \
	    tests/parity/decided.tsv

# --- Installing ---

PREFIX ?= /usr/local
DESTDIR ?=
ROOTED = $(DESTDIR)$(PREFIX)

MAN := $(wildcard man/*.[1-8])
man_place = share/man/man$(subst .,,$(suffix $1))/$(notdir $1)
BASH_PLACE = share/bash-completion/completions/scrub
ZSH_PLACE = share/zsh/site-functions/_scrub
FISH_PLACE = share/fish/vendor_completions.d/scrub.fish
COMPLETIONS := $(BUILD)/completion/scrub $(BUILD)/completion/_scrub \
    $(BUILD)/completion/scrub.fish

$(BUILD)/completion/scrub: SHELL_NAME = bash
$(BUILD)/completion/_scrub: SHELL_NAME = zsh
$(BUILD)/completion/scrub.fish: SHELL_NAME = fish
$(COMPLETIONS): $(PROGRAM)
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(abspath $(PROGRAM)) completion $(SHELL_NAME) >$@

completions: $(COMPLETIONS)

# FILE:PLACE:MODE of everything that is installed.
INSTALLED = $(PROGRAM):bin/scrub:755 \
    $(foreach m,$(MAN),$m:$(call man_place,$m):644) \
    $(foreach e,$(wildcard man/examples/*),$e:share/scrub/$(notdir $e):644) \
    $(BUILD)/completion/scrub:$(BASH_PLACE):644 \
    $(BUILD)/completion/_scrub:$(ZSH_PLACE):644 \
    $(BUILD)/completion/scrub.fish:$(FISH_PLACE):644

install: all completions ## install below $(DESTDIR)$(PREFIX)
	@for i in $(INSTALLED); do \
		mode=$${i##*:}; i=$${i%:*}; to='$(ROOTED)'/$${i##*:}; \
		echo "install -m $$mode $${i%:*} $$to"; \
		install -D -m $$mode "$${i%:*}" "$$to" || exit 1; \
	done

uninstall: ## remove what `make install` put there, and nothing else
	@for i in $(INSTALLED); do \
		i=$${i%:*}; to='$(ROOTED)'/$${i##*:}; \
		echo "rm -f $$to"; rm -f "$$to" || exit 1; \
	done

clean: ## remove everything that was built
	rm -rf build scrub
