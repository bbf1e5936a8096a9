# SPDX-License-Identifier: GPL-2.0
# The programs.
#   util-vserver/tools/NAME.c       one program each, PREFIX/sbin/NAME
#   util-vserver/helpers/NAME.c     one program each, PREFIX/lib/util-vserver/NAME (called by others, not by users)
#   util-vserver/vserver/*.c        the program `vserver`
#   util-vserver/unify/*.c          a library for those of them that unify files
#   util-vserver/common/*.c         linked into each of them
#   util-vserver/services/          vsysvwrapper; service_links are links to it
#   build-methods/ distributions/ defaults/   copied to PREFIX/lib/util-vserver/
tool_common := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard util-vserver/common/*.c))
tool_names  := $(basename $(notdir $(wildcard util-vserver/tools/*.c)))
helper_names := $(basename $(notdir $(wildcard util-vserver/helpers/*.c)))
vserver_obj := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard util-vserver/vserver/*.c))
unify_obj   := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard util-vserver/unify/*.c))
unify_names := vunify vhashify vcopy vclone
tool_bin    := $(strip $(addprefix $(BUILD)/bin/,$(tool_names)) $(if $(vserver_obj),$(BUILD)/bin/vserver))
helper_bin  := $(addprefix $(BUILD)/bin/,$(helper_names))
generator   := $(BUILD)/bin/systemd-vserver-generator
init_in     := $(patsubst util-vserver/init/%.in,$(BUILD)/init/%,$(wildcard util-vserver/init/*.in))
tool_targets := $(tool_bin) $(helper_bin) $(generator) $(init_in)
tool_data   := $(wildcard util-vserver/build-methods util-vserver/distributions util-vserver/defaults)

# Only what a program uses gets linked into it.
TOOL_LIBS   ?= -lcap -lnl-route-3 -lnl-3 -ljson-c -lseccomp -lutil
TOOL_CFLAGS ?= -I/usr/include/libnl3
tool_flags  := -Ilib -Iutil-vserver/common -Iutil-vserver/tools -Iutil-vserver/vserver -Iutil-vserver/unify \
	$(TOOL_CFLAGS)

.SECONDARY:
$(BUILD)/obj/util-vserver/%.o: util-vserver/%.c $(flags)
	$(call say,CC,$@)mkdir -p $(@D) && $(CC) $(VS_CFLAGS) $(VS_DEFINES) -fPIE -ffunction-sections $(tool_flags) -c $< -o $@

link_tool = $(call say,LD,$@)mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) -pie -Wl,-z,relro,-z,now \
	$(filter %.o,$^) -L$(BUILD)/lib -Wl,--as-needed -lvserver $(TOOL_LIBS) -o $@

# Loading seven libraries takes longer than all that `vserver NAME exec` does. VSERVER_STATIC= links as usual.
# At a fixed place: 3,500 addresses of tables would have to be put right in each run, which is a fortieth of a start
# and copies each page that they are in. These programs are the administrator's, run once for each command; stack,
# heap and mappings are at random places all the same. VSERVER_STATIC=-static-pie has the program there, too.
# The linker warns of name services in libnl that are never asked. What runs most often lies together, see there.
VSERVER_STATIC ?= -static
order := $(BUILD)/obj/start.ld
link_static = $(call say,LD,$@)mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) $(VSERVER_STATIC) -Wl,-z,relro,-z,now \
	-Wl,--gc-sections -Wl,-T,$(order) $(filter %.o,$^) $(lib_a) $(TOOL_LIBS) -lpthread -lm -o $@ \
	2> >(grep -Ev 'statically linked|in function' >&2)

$(order): util-vserver/vserver/start.files util-vserver/vserver/order.awk
	$(call say,GEN,$@)mkdir -p $(@D) && awk -f util-vserver/vserver/order.awk $< > $@

$(BUILD)/bin/vserver: $(vserver_obj) $(tool_common) $(lib_so) $(lib_a) $(order)
	$(if $(VSERVER_STATIC),$(link_static),$(link_tool))
# The other one that is called again and again.
$(BUILD)/bin/vserver-stat: $(BUILD)/obj/util-vserver/tools/vserver-stat.o $(tool_common) $(lib_so) $(lib_a) $(order)
	$(if $(VSERVER_STATIC),$(link_static),$(link_tool))
$(addprefix $(BUILD)/bin/,$(filter-out vserver-stat,$(tool_names))): $(BUILD)/bin/%: $(BUILD)/obj/util-vserver/tools/%.o \
		$(tool_common) $(lib_so)
	$(link_tool)
$(helper_bin): $(BUILD)/bin/%: $(BUILD)/obj/util-vserver/helpers/%.o $(tool_common) $(lib_so)
	$(link_tool)

# An archive, so that only who computes digests needs the library for it.
unify_a := $(BUILD)/lib/unify.a
$(unify_a): $(unify_obj)
	$(call say,AR,$@)mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^
$(patsubst %,$(BUILD)/bin/%,$(filter $(unify_names),$(helper_names))): $(unify_a)
$(patsubst %,$(BUILD)/bin/%,$(filter $(unify_names),$(helper_names))): TOOL_LIBS := $(unify_a) $(TOOL_LIBS) -lcrypto -lpthread

# One program speaks to the host's systemd, one mounts as the host does.
$(BUILD)/bin/vserver-scope: TOOL_LIBS += -lsystemd
$(BUILD)/bin/vserver-mount: TOOL_LIBS += -lmount

service_links := v_gated v_httpd v_named v_portmap v_sendmail v_smb v_sshd v_xinetd

$(generator): $(BUILD)/obj/util-vserver/init/vserver-generator.o $(tool_common) $(lib_so) $(lib_a) $(order)
	$(if $(VSERVER_STATIC),$(link_static),$(link_tool))

$(BUILD)/init/%: util-vserver/init/%.in $(flags)
	$(call say,GEN,$@)mkdir -p $(@D) && sed -e 's,@CONFDIR@,$(CONFDIR),g; s,@SBINDIR@,$(SBINDIR),g' \
		-e 's,@PKGLIBDIR@,$(PKGLIBDIR),g; s,@RUNDIR@,$(RUNDIR),g' $< > $@

# The manual, from the tables of the programs that were just built.
man_stamp := $(BUILD)/man/.made
tool_targets += $(man_stamp)
$(man_stamp): $(tool_bin) $(helper_bin) $(generator) $(wildcard util-vserver/man/* util-vserver/services/*)
	$(call say,GEN,$(BUILD)/man)rm -rf $(@D) && LD_LIBRARY_PATH=$(BUILD)/lib util-vserver/man/generate $(BUILD)/bin $(@D) $(service_links) && touch $@

install-man: $(man_stamp)
	$(Q)$(INSTALL) -d $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man8
	$(Q)$(INSTALL) -m 644 $(BUILD)/man/*.5 $(DESTDIR)$(MANDIR)/man5/
	$(Q)$(INSTALL) -m 644 $(BUILD)/man/*.8 $(DESTDIR)$(MANDIR)/man8/
	$(Q)$(INSTALL) -D -m 644 util-vserver/completion/vserver.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/vserver
	$(Q)$(INSTALL) -D -m 644 util-vserver/completion/_vserver $(DESTDIR)$(DATADIR)/zsh/site-functions/_vserver
	$(Q)$(INSTALL) -D -m 644 util-vserver/completion/vserver.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/vserver.fish

# What the init systems of the host read; none of it starts anything before it is enabled.
install-init: $(generator) $(init_in)
	$(Q)$(INSTALL) -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(GENERATORDIR) $(DESTDIR)$(TMPFILESDIR) $(DESTDIR)$(SYSCONFDIR)/init.d
	$(Q)$(INSTALL) -m 644 $(BUILD)/init/vserver@.service $(BUILD)/init/vserver-shutdown.service $(BUILD)/init/vprocunhide.service \
		$(BUILD)/init/util-vserver.service util-vserver/init/*.target $(DESTDIR)$(UNITDIR)/
	$(Q)$(INSTALL) -m 755 $(generator) $(DESTDIR)$(GENERATORDIR)/
	$(Q)$(INSTALL) -m 644 $(BUILD)/init/vserver.tmpfiles $(DESTDIR)$(TMPFILESDIR)/vserver.conf
	$(Q)$(INSTALL) -D -m 644 $(BUILD)/init/vserver.sysctl $(DESTDIR)$(SYSCTLDIR)/50-vserver.conf
	$(Q)$(INSTALL) -m 755 $(addprefix $(BUILD)/init/,vservers util-vserver vprocunhide) $(DESTDIR)$(SYSCONFDIR)/init.d/
	$(Q)$(INSTALL) -D -m 755 $(BUILD)/init/vserver-host $(DESTDIR)$(PKGLIBDIR)/vserver-host

install-tools: $(tool_targets) install-init install-man
	$(Q)$(INSTALL) -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(PKGLIBDIR)
	$(Q)$(INSTALL) -d -m 755 $(DESTDIR)$(CONFDIR)/.defaults $(DESTDIR)$(CONFDIR)/.distributions
	$(Q)$(INSTALL) -d -m 700 $(DESTDIR)$(VDIRBASE)
	$(Q)[ -e $(DESTDIR)$(CONFDIR)/.defaults/vdirbase ] || ln -sfn $(VDIRBASE) $(DESTDIR)$(CONFDIR)/.defaults/vdirbase
	$(Q)$(if $(tool_bin),$(INSTALL) -m 755 $(tool_bin) $(DESTDIR)$(SBINDIR)/)
	$(Q)$(INSTALL) -m 755 util-vserver/services/vsysvwrapper $(DESTDIR)$(SBINDIR)/
	$(Q)$(foreach s,$(service_links),ln -sf vsysvwrapper $(DESTDIR)$(SBINDIR)/$(s);)
	$(Q)$(if $(helper_bin),$(INSTALL) -m 755 $(helper_bin) $(DESTDIR)$(PKGLIBDIR)/)
	$(Q)$(if $(tool_data),cp -Rp $(tool_data) $(DESTDIR)$(PKGLIBDIR)/)

-include $(tool_bin:$(BUILD)/bin/%=$(BUILD)/obj/util-vserver/tools/%.d) $(vserver_obj:.o=.d) $(tool_common:.o=.d)
-include $(unify_obj:.o=.d)
-include $(helper_names:%=$(BUILD)/obj/util-vserver/helpers/%.d)
-include $(BUILD)/obj/util-vserver/init/vserver-generator.d
