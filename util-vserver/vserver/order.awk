# SPDX-License-Identifier: GPL-2.0
# A linker script of a list of functions and object files (start.files): their code and constants come first, in
# that order.
/^#/ || NF < 2 { next }
$1 == "functions:" {
	for (i = 2; i <= NF; i++) {
		text = text "\t\t*(.text." $i " .text." $i ".* .text.startup." $i ")\n"
		rodata = rodata "\t\t*(.rodata." $i " .rodata." $i ".*)\n"
	}
	next
}
{
	where = $1 == "start:" ? "*" : $1 ~ /\.a:$/ ? "*" $1 : "*util-vserver/" substr($1, 1, length($1) - 1) "/"
	for (i = 2; i <= NF; i++) {
		text = text "\t\t" where $i ".o(.text .text.*)\n"
		rodata = rodata "\t\t" where $i ".o(.rodata .rodata.*)\n"
	}
}
END {
	printf "SECTIONS\n{\n\t.text.first : {\n%s\t}\n}\nINSERT BEFORE .text;\n", text
	printf "SECTIONS\n{\n\t.rodata.first : {\n%s\t}\n}\nINSERT BEFORE .rodata;\n", rodata
}
