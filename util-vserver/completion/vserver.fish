# SPDX-License-Identifier: GPL-2.0
# Completion of vserver in fish, asked from the installed program.
function __vserver_words
    commandline -opc | string match -v -- '-*' | count
end
# The word of that number, options apart: 2 is the guest or a command without one, 3 the command.
function __vserver_word
    set -l words (commandline -opc | string match -v -- '-*')
    test (count $words) -ge $argv[1]; and echo $words[$argv[1]]
end
function __vserver_commands
    vserver --dump commands 2>/dev/null | awk -F\t -v k=$argv[1] '$2 == k { print $1 "\t" $4 }'
end
# Options of the command that is typed, as its usage names them.
function __vserver_options
    set -l name (__vserver_word 2)
    set -l command (__vserver_word 3)
    if test -z "$command"
        set command $name
    end
    vserver --dump commands 2>/dev/null | awk -F\t -v c=$command '$1 == c { print $3 }' | string match -ra -- '--[a-z-]+'
end
function __vserver_settings
    vserver (__vserver_word 2) config list 2>/dev/null | string replace -r '=.*' ''
    vserver --dump settings 2>/dev/null | awk -F\t '$3 ~ /g/ && $6 == "-" && $1 !~ /\*/ { print $1 "\t" $5 }'
end
complete -c vserver -f
complete -c vserver -n 'test (__vserver_words) -eq 1' -a '(vserver list --names 2>/dev/null)' -d guest
complete -c vserver -n 'test (__vserver_words) -eq 1' -a '(__vserver_commands host)'
complete -c vserver -n 'test (__vserver_words) -eq 1' -a '(vserver --dump options 2>/dev/null | awk -F\t \'{ print "--" $2 "\t" $3 }\')'
complete -c vserver -n 'test (__vserver_words) -eq 2' -a '(__vserver_commands guest)'
complete -c vserver -n 'test (__vserver_words) -ge 2' -a '(__vserver_options)'
complete -c vserver -n 'test (__vserver_words) -eq 3; and test (__vserver_word 3) = config' -a 'get set unset list show edit'
complete -c vserver -n 'test (__vserver_words) -eq 4; and test (__vserver_word 3) = config' -a '(__vserver_settings)'
