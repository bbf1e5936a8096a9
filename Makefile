# SPDX-License-Identifier: GPL-2.0
# Every entry point of the project; `make help` lists them.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:

PREFIX        ?= /usr/local
SYSCONFDIR    ?= /etc
LOCALSTATEDIR ?= /var
SBINDIR       ?= $(PREFIX)/sbin
LIBDIR        ?= $(PREFIX)/lib
INCLUDEDIR    ?= $(PREFIX)/include
PKGLIBDIR     ?= $(PREFIX)/lib/util-vserver
CONFDIR       ?= $(SYSCONFDIR)/vservers
RUNDIR        ?= /run/vservers
VDIRBASE      ?= /vservers
DATADIR       ?= $(PREFIX)/share
MANDIR        ?= $(DATADIR)/man
UNITDIR       ?= $(PREFIX)/lib/systemd/system
GENERATORDIR  ?= $(PREFIX)/lib/systemd/system-generators
SYSCTLDIR     ?= $(PREFIX)/lib/sysctl.d
TMPFILESDIR   ?= $(PREFIX)/lib/tmpfiles.d
DESTDIR       ?=

# What is compiled here lives in BUILD; kernel trees and images in VS_BUILD, which several checkouts may share.
BUILD    ?= $(CURDIR)/build
VS_BUILD ?= $(abspath $(BUILD))
SUITES   ?=
CC       ?= cc
INSTALL  ?= install
export BUILD VS_BUILD V

VERSION := $(shell sed -n 's/.*VS_VERSION_STRING[[:space:]]*"\(.*\)".*/\1/p' \
	     kernel-patch/src/include/linux/vserver/version.h 2>/dev/null)
VERSION := $(or $(VERSION),0.0)

CFLAGS   ?= -O2 -g
WARNINGS ?= -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	    -Wno-missing-field-initializers
VS_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
	    -Iinclude -Ikernel-patch/src/include/uapi -MMD -MP $(CFLAGS)
VS_DEFINES = -DVS_CONFDIR='"$(CONFDIR)"' -DVS_PKGLIBDIR='"$(PKGLIBDIR)"' \
	     -DVS_LOCALSTATEDIR='"$(LOCALSTATEDIR)"' -DVS_RUNDIR='"$(RUNDIR)"' \
	     -DVS_VDIRBASE='"$(VDIRBASE)"' -DVS_UNITDIR='"$(UNITDIR)"' -DVS_SBINDIR='"$(SBINDIR)"' -DVS_VERSION='"$(VERSION)"'

$(shell mkdir -p $(BUILD)/obj)
Q   := $(if $(V),,@)
say  = $(if $(V),,@printf '  %-7s %s\n' $(1) $(patsubst $(abspath $(BUILD))/%,%,$(2));)

# Written anew when a flag or a directory changes, so that everything that depends on it is built again.
flags := $(BUILD)/obj/flags
$(flags): FORCE
	@mkdir -p $(@D)
	@$(file >$@.new,$(CC) $(VS_CFLAGS) $(VS_DEFINES) $(LDFLAGS))cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:

help: ## this list
	@echo "Linux-VServer $(VERSION): what can be made"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-13s %s\n", $$1, $$2 }'
	@echo "Variables: V=1 (show commands), SUITES=\"main process ...\" (check), DESTDIR= PREFIX= (install),"
	@echo "           KERNEL_SOURCE=TARBALL (any Linux 6.1.y source), BUILD=DIR, VS_BUILD=DIR (kernel trees, images)"

all: tools

run: ## build everything, boot it, build and start two guests, fetch their pages
	$(Q)scripts/run

check: ## build everything and run the suites inside the VM (SUITES="..." for some of them)
	$(Q)scripts/check $(SUITES)

check-debug: ## the suites on the debug kernel (KASAN, lockdep, kmemleak)
	$(Q)scripts/check --profile debug $(SUITES)

check-boot: ## guests at boot and shutdown, with systemd and with sysvinit
	$(Q)scripts/check-boot

measure: ## what is promised in instructions, counted: a start, a clone, the network
	$(Q)scripts/measure

mutants: ## each flag and capability overlooked in turn: do the tests notice? (builds a kernel for it)
	$(Q)scripts/mutants

check-create: ## a Debian 12 guest made in the VM from nothing but packages
	$(Q)scripts/check-create

check-trixie: ## a Debian 13 guest with systemd (scripts/check-systemd; makes a template for it)
	$(Q)scripts/check-systemd trixie

check-off: ## CONFIG_VSERVER=n must give the machine code of the vanilla kernel
	$(Q)scripts/check-off

kernel: ## unpack, patch and build the kernel for the VM
	$(Q)scripts/kernel build vm

kernel-debug: ## the same with KASAN, lockdep, kmemleak
	$(Q)scripts/kernel build debug

patch: ## dist/patch-VERSION-vsOURS.diff, to be applied with patch -p1
	$(Q)scripts/kernel export

include lib/lib.mk
include util-vserver/tools.mk
include tests/tests.mk

tools: $(lib_targets) $(tool_targets) ## the library and the tools

install: install-lib install-tools ## the library and the tools (DESTDIR= PREFIX=)

# The tools as the VM gets them. Removed first: what is no longer built must not linger.
stage: ## the tools as the VM installs them, in build/stage
	$(Q)rm -rf $(BUILD)/stage
	$(Q)$(MAKE) -s --no-print-directory install DESTDIR=$(abspath $(BUILD))/stage PREFIX=/usr SYSCONFDIR=/etc \
		LOCALSTATEDIR=/var BUILD=$(BUILD)/vm-tools VS_BUILD=$(VS_BUILD)

suites: $(suite_targets) ## the test programs, in build/suites
	$(Q)find $(suite_dir) -type f 2>/dev/null | grep -vxF $(foreach t,$(suite_targets),-e $(t)) | xargs -r rm -f
	$(Q)find $(suite_dir) -mindepth 1 -type d -empty -delete 2>/dev/null || true

lint: ## shellcheck, checkpatch, sparse, size of files, a README in each folder
	$(Q)scripts/lint

setup: ## install the packages that the other targets need
	$(Q)scripts/setup

clean: ## remove what was compiled here; kernel trees, images and ccache stay
	$(Q)rm -rf $(addprefix $(BUILD)/,obj lib bin vm-tools stage suites rig)

distclean: clean ## remove everything that was built
	$(Q)rm -rf $(BUILD) dist

.PHONY: help all run check check-debug check-boot check-create check-trixie check-off measure mutants kernel kernel-debug patch tools install install-lib \
	install-tools install-init install-man stage suites lint setup clean distclean FORCE
.DEFAULT_GOAL := help
