# SPDX-License-Identifier: GPL-2.0
# libvserver: lib/*.c become libvserver.so.0, libvserver.a and util-vserver.pc.
lib_src   := $(wildcard lib/*.c)
lib_obj   := $(patsubst %.c,$(BUILD)/obj/%.o,$(lib_src))
lib_pic   := $(patsubst %.c,$(BUILD)/obj/%.lo,$(lib_src))
lib_map   := $(wildcard lib/libvserver.map)
lib_so    := $(BUILD)/lib/libvserver.so.0
lib_a     := $(BUILD)/lib/libvserver.a
lib_pc    := $(BUILD)/lib/util-vserver.pc
lib_targets := $(if $(lib_src),$(lib_so) $(lib_a) $(lib_pc))

# What the library itself needs besides libc; only what is used gets linked.
LIB_LIBS ?= -lcap

$(BUILD)/obj/lib/%.o: lib/%.c $(flags)
	$(call say,CC,$@)mkdir -p $(@D) && $(CC) $(VS_CFLAGS) $(VS_DEFINES) -ffunction-sections -Ilib -c $< -o $@

$(BUILD)/obj/lib/%.lo: lib/%.c $(flags)
	$(call say,CC,$@)mkdir -p $(@D) && $(CC) $(VS_CFLAGS) $(VS_DEFINES) -Ilib -fPIC -c $< -o $@

$(lib_so): $(lib_pic) $(lib_map)
	$(call say,LD,$@)mkdir -p $(@D) && $(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libvserver.so.0 -Wl,-z,defs \
		-Wl,-z,relro,-z,now $(if $(lib_map),-Wl$(comma)--version-script=$(lib_map)) \
		$(lib_pic) -Wl,--as-needed $(LIB_LIBS) -o $@
	$(Q)ln -sf libvserver.so.0 $(@D)/libvserver.so

$(lib_a): $(lib_obj)
	$(call say,AR,$@)mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^

$(lib_pc): lib/util-vserver.pc.in $(flags)
	$(call say,GEN,$@)mkdir -p $(@D) && sed -e 's,@PREFIX@,$(PREFIX),; s,@LIBDIR@,$(LIBDIR),' \
		-e 's,@INCLUDEDIR@,$(INCLUDEDIR),; s,@VERSION@,$(VERSION),; s,@LIBS@,$(LIB_LIBS),' \
		-e 's,@CONFDIR@,$(CONFDIR),; s,@VDIRBASE@,$(VDIRBASE),; s,@PKGLIBDIR@,$(PKGLIBDIR),' $< > $@

comma := ,

install-lib: $(lib_targets)
	$(Q)$(if $(lib_src),$(INSTALL) -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR))
	$(Q)$(if $(lib_src),$(INSTALL) -m 755 $(lib_so) $(DESTDIR)$(LIBDIR)/)
	$(Q)$(if $(lib_src),ln -sf libvserver.so.0 $(DESTDIR)$(LIBDIR)/libvserver.so)
	$(Q)$(if $(lib_src),$(INSTALL) -m 644 $(lib_a) $(DESTDIR)$(LIBDIR)/)
	$(Q)$(if $(lib_src),$(INSTALL) -m 644 $(lib_pc) $(DESTDIR)$(LIBDIR)/pkgconfig/)
	$(Q)$(if $(lib_src),$(INSTALL) -m 644 include/*.h $(DESTDIR)$(INCLUDEDIR)/)
	$(Q)$(if $(lib_src),cd kernel-patch/src/include/uapi && find vserver -name '*.h' \
		-exec $(INSTALL) -D -m 644 '{}' '$(abspath $(DESTDIR)$(INCLUDEDIR))/{}' ';')
	$(Q)$(if $(DESTDIR),,$(if $(lib_src),ldconfig 2>/dev/null || true))

-include $(lib_obj:.o=.d) $(lib_pic:.lo=.d)
