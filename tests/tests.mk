# SPDX-License-Identifier: GPL-2.0
# The suites: build/suites/SUITE/ holds the executables that the rig runs inside the VM.
#   tests/kernel/SUITE_*.c   static programs; those called *_compat.c are built for 32 bit
#   tests/kernel/{process,network}_*.c   the same for 32 bit in the suites process32 and network32, but for those that
#                            use the library (32-bit libraries are asked of nobody) or say "Native only" and why
#   tests/tools/main*        the suite main; tests/tools/*.c: programs for it, in suites/bin
#   tests/tools/*            the suite tools; tap.sh and lib*.sh are read by the others
#   tests/escape/*           the suite escape (C programs and scripts)
suite_dir   := $(BUILD)/suites
ktest_src   := $(wildcard tests/kernel/*_*.c)
ktest_bin   := $(foreach s,$(basename $(notdir $(ktest_src))),$(suite_dir)/$(firstword $(subst _, ,$(s)))/$(s))
ktest32_src := $(shell grep -LE '<vserver\.h>|Native only' $(filter-out %_compat.c,$(wildcard tests/kernel/process_*.c tests/kernel/network_*.c)))
ktest32_bin := $(foreach s,$(basename $(notdir $(ktest32_src))),$(suite_dir)/$(firstword $(subst _, ,$(s)))32/$(s))
escape_bin  := $(patsubst tests/escape/%.c,$(suite_dir)/escape/%,$(wildcard tests/escape/*.c))
tool_tests  := $(filter-out %.md %.c %.h,$(wildcard tests/tools/*))
shell_libs  := $(filter tests/tools/tap.sh tests/tools/lib%.sh,$(tool_tests))
main_test   := $(patsubst tests/tools/%,$(suite_dir)/main/%,$(filter tests/tools/main%,$(tool_tests)))
tools_test  := $(patsubst tests/tools/%,$(suite_dir)/tools/%,$(filter-out tests/tools/main% $(shell_libs),$(tool_tests)))
suite_libs  := $(patsubst tests/tools/%,$(suite_dir)/tools/%,$(shell_libs))
suite_bin   := $(patsubst tests/tools/%.c,$(suite_dir)/bin/%,$(wildcard tests/tools/*.c))
suite_targets := $(suite_dir)/boot/boot.sh $(suite_dir)/boot/create.sh $(suite_dir)/cgroup1/memory.sh $(suite_dir)/bin/vserver-faults $(ktest_bin) $(ktest32_bin) $(escape_bin) $(main_test) $(tools_test) $(suite_libs) $(suite_bin) $(addprefix $(BUILD)/rig/,init relay run-suites)
test_flags   = $(VS_CFLAGS) -Wno-unused-parameter -Itests/kernel -static -U_FORTIFY_SOURCE

define ktest_rule
$(suite_dir)/$(firstword $(subst _, ,$(1)))/$(1): tests/kernel/$(1).c $(lib_a)
	$$(call say,CC,$$@)mkdir -p $$(@D) $(BUILD)/obj/tests && $(CC) $(test_flags) $(if $(filter %_compat,$(1)),-m32) \
		-MF $(BUILD)/obj/tests/$(1).d $$< $(if $(filter %_compat,$(1)),,$(if $(lib_src),$(lib_a) $(LIB_LIBS))) -o $$@
endef
$(foreach s,$(basename $(notdir $(ktest_src))),$(eval $(call ktest_rule,$(s))))

define ktest32_rule
$(suite_dir)/$(firstword $(subst _, ,$(1)))32/$(1): tests/kernel/$(1).c $(flags)
	$$(call say,CC,$$@)mkdir -p $$(@D) $(BUILD)/obj/tests && $(CC) $(test_flags) -m32 -D_FILE_OFFSET_BITS=64 \
		-MF $(BUILD)/obj/tests/$(1)32.d $$< -o $$@
endef
$(foreach s,$(basename $(notdir $(ktest32_src))),$(eval $(call ktest32_rule,$(s))))

$(escape_bin): $(suite_dir)/escape/%: tests/escape/%.c $(lib_a)
	$(call say,CC,$@)mkdir -p $(@D) $(BUILD)/obj/tests && $(CC) $(test_flags) -MF $(BUILD)/obj/tests/escape_$*.d \
		$< $(if $(lib_src),$(lib_a) $(LIB_LIBS)) -o $@

$(addprefix $(suite_dir)/,boot/boot.sh boot/create.sh cgroup1/memory.sh): $(suite_dir)/%: tests/%
	$(call say,COPY,$@)$(INSTALL) -D -m 755 $< $@
$(main_test): $(suite_dir)/main/%: tests/tools/%
	$(call say,COPY,$@)$(INSTALL) -D -m 755 $< $@
$(tools_test): $(suite_dir)/tools/%: tests/tools/%
	$(call say,COPY,$@)$(INSTALL) -D -m 755 $< $@
$(suite_libs): $(suite_dir)/tools/%: tests/tools/%
	$(call say,COPY,$@)$(INSTALL) -D -m 644 $< $@
$(suite_bin): $(suite_dir)/bin/%: tests/tools/%.c $(flags)
	$(call say,CC,$@)mkdir -p $(@D) && $(CC) $(filter-out -MMD -MP,$(test_flags)) $< -o $@

# The same vserver with points at which it can be killed; its directories are those of `make stage`.
$(suite_dir)/bin/vserver-faults: $(wildcard util-vserver/vserver/*.[ch] util-vserver/common/*.[ch]) $(lib_a) $(flags)
	$(call say,CC,$@)mkdir -p $(@D) && $(CC) $(filter-out -MMD -MP -DVS_PKGLIBDIR=%,$(VS_CFLAGS) $(VS_DEFINES)) -DVS_FAULTS \
		-DVS_PKGLIBDIR='"/usr/lib/util-vserver"' $(tool_flags) -static $(filter %.c,$^) $(lib_a) \
		$(TOOL_LIBS) -lpthread -lm -o $@ 2> >(grep -Ev 'statically linked|in function' >&2)

# init runs in the VM, relay on the machine that runs the VM.
$(BUILD)/rig/init: $(addprefix tests/vm/,init.c agent.c util.c rig.h) $(flags)
	$(call say,CC,$@)mkdir -p $(@D) && $(CC) $(filter-out -MMD -MP,$(VS_CFLAGS)) -static $(filter %.c,$^) -o $@
$(BUILD)/rig/init32: $(addprefix tests/vm/,init.c agent.c util.c rig.h) $(flags)
	$(call say,CC,$@)mkdir -p $(@D) && $(CC) $(filter-out -MMD -MP,$(VS_CFLAGS)) -m32 -D_FILE_OFFSET_BITS=64 -static $(filter %.c,$^) -o $@
$(BUILD)/rig/relay: tests/vm/relay.c $(flags)
	$(call say,CC,$@)mkdir -p $(@D) && $(CC) $(filter-out -MMD -MP,$(VS_CFLAGS)) $(filter %.c,$^) -o $@
$(BUILD)/rig/run-suites: tests/vm/run-suites
	$(call say,COPY,$@)$(INSTALL) -D -m 755 $< $@

-include $(wildcard $(BUILD)/obj/tests/*.d)
