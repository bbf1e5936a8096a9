# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Completion of vserver in bash: commands, options and guests are asked from the installed program.
_vserver_commands() { vserver --dump commands 2>/dev/null | awk -F'\t' -v k="$1" '$2 == k { print $1 }'; }
_vserver_args() { vserver --dump commands 2>/dev/null | awk -F'\t' -v c="$1" '$1 == c { print $3 }' | grep -oE -- '--?[a-z-]+'; }

_vserver() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i word name='' cmd='' words=''
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in -*) [ -n "$cmd" ] || continue ;; esac
		if [ -z "$name" ]; then name=$word; elif [ -z "$cmd" ]; then cmd=$word; fi
	done
	if [ -n "$name" ] && [ -z "$cmd" ] && _vserver_commands host | grep -qx -- "$name"; then cmd=$name; fi
	if [ -z "$name" ]; then
		case $cur in
		-*) words=$(vserver --dump options 2>/dev/null | awk -F'\t' '{ print "--" $2 }') ;;
		*) words=$(vserver list --names 2>/dev/null; _vserver_commands host) ;;
		esac
	elif [ -z "$cmd" ]; then
		words=$(_vserver_commands guest)
	elif [ "$cmd" = config ] && [ "$prev" = config ]; then
		words='get set unset list show edit'
	elif [ "$cmd" = config ] && [ "${cur#-}" != "$cur" ]; then
		words=$(_vserver_args config)
	elif [ "$cmd" = config ]; then
		words=$(vserver "$name" config list 2>/dev/null | cut -d= -f1; vserver --dump settings 2>/dev/null |
			awk -F'\t' '$3 ~ /g/ && $6 == "-" && $1 !~ /\*/ { print $1 }')
	else
		case $cur in -*) words=$(_vserver_args "$cmd") ;; *) compopt -o default; return ;; esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _vserver vserver
