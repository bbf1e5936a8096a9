# SPDX-License-Identifier: GPL-2.0
# Completion of vserver in fish, asked from the installed program.
function __vserver_words
    commandline -opc | string match -v -- '-*' | count
end
complete -c vserver -f -n 'test (__vserver_words) -eq 1' -a '(vserver list --names 2>/dev/null)' -d guest
complete -c vserver -f -n 'test (__vserver_words) -eq 1' -a '(vserver --dump commands | awk -F\t \'$2 == "host" { print $1 "\t" $4 }\')'
complete -c vserver -f -n 'test (__vserver_words) -eq 2' -a '(vserver --dump commands | awk -F\t \'$2 == "guest" { print $1 "\t" $4 }\')'
