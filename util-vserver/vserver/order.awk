# SPDX-License-Identifier: GPL-2.0
# A linker script of a list of functions and object files (start.files): their code comes first, in that order,
# behind it their constants, and the variables of the same files lie together. What is after the word `then:` follows.
BEGIN { then = 0 }
/^#/ || !NF { next }
$1 == "then:" { then = 1; next }
$1 == "functions:" {
	for (i = 2; i <= NF; i++) {
		text[then] = text[then] "\t\t*(.text." $i " .text." $i ".* .text.startup." $i ")\n"
		rodata = rodata "\t\t*(.rodata." $i " .rodata." $i ".*)\n"
	}
	next
}
$1 == "strings:" {
	for (i = 2; i <= NF; i++) {
		where = $i ~ /\.a:/ ? "*" $i ".o" : "*util-vserver/*/" $i ".o"
		rodata = rodata "\t\t" where "(.rodata .rodata.str* .rodata.cst*)\n"
		bss = bss "\t\t" where "(.bss)\n"
	}
	next
}
{
	where = $1 == "start:" ? "*" : "*" $1
	for (i = 2; i <= NF; i++) {
		text[then] = text[then] "\t\t" where $i ".o(.text .text.*)\n"
		if (then)
			continue
		rodata = rodata "\t\t" where $i ".o(.rodata .rodata.*)\n"
		bss = bss "\t\t" where $i ".o(.bss)\n"
	}
}
END {
	printf "SECTIONS\n{\n\t.text.first : {\n%s\t}\n}\nINSERT BEFORE .text;\n", text[0]
	# The unwinder's table is looked at when the program begins: its first word lies beside the rest.
	printf "SECTIONS\n{\n\t.rodata.first : {\n%s\t}\n\t.eh_frame : ONLY_IF_RO { KEEP (*(.eh_frame)) *(.eh_frame.*) }\n}\n", rodata
	print "INSERT AFTER .text.first;"
	printf "SECTIONS\n{\n\t.text.then : {\n%s\t}\n}\nINSERT BEFORE .text;\n", text[1]
	printf "SECTIONS\n{\n\t.bss.first (NOLOAD) : {\n%s\t}\n}\nINSERT BEFORE .bss;\n", bss
}
