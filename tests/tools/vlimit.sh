#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vlimit: limits of context 381; and those of a guest's configuration, set by `vserver start`.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2154  # set by tap.sh
. "${0%/*}/tap.sh"

habits vlimit 255

in_context 381 sleep 1000
run vlimit --xid 381 -a
status 0 '-a'
out_is 'nproc     N/A                 inf                 inf
nofile    N/A                 inf                 inf
msgqueue  N/A                 inf                 inf
shmem     N/A                 inf                 inf' 'lists what the kernel enforces'
run vlimit --xid 381 -S --nproc 10 --nproc 0x20 -MSH --shmem 1K --nofile 1m
status 0 'set some'
run vlimit --xid 381 -and
out_is '6         N/A                 10                  32
7         N/A                 1000000             1000000
12        N/A                 inf                 inf
19        N/A                 1024                1024' '-and: numbers, in decimal'
run vlimit --xid 381 --all --json
is "$(tr -d ' \n' <<<"$out")" '{"nproc":{"minimum":"N/A","soft":"0xa","hard":"0x20"},"nofile":{"minimum":"N/A","soft":"0xf4240","hard":"0xf4240"},"msgqueue":{"minimum":"N/A","soft":"inf","hard":"inf"},"shmem":{"minimum":"N/A","soft":"0x400","hard":"0x400"}}' '--json'
run vlimit --xid 381 --19 inf -- echo ran
out_is ran 'by number, then a program'
run vlimit --ctx 381 --decimal --numbers --all
out_like '^6         N/A                 10                  32
7 ' '--ctx, --decimal, --numbers, --all'
run vlimit --xid 381 --soft --6 9 --hard --7 900000 --minimum --soft --hard --msgqueue inf --12 4K
status 0 '--soft, --hard, --minimum'
run vlimit --xid 381 -ad
out_like 'nproc     N/A                 9                   32
nofile    N/A                 900000              900000
msgqueue  N/A                 4096                4096' '... by number as by name'
run vlimit --xid 381 -S --nproc 10 --msgqueue inf
unknown() {	# NAME --OPTION VALUE
	local name=$1
	shift
	run vlimit --xid 381 "$@"
	is "$rc $err" "255 vlimit: cannot set the limit $name of context 381: the kernel does not enforce it" "$1 is known and refused"
}
unknown cpu --cpu 5; unknown cpu --0 6
unknown fsize --fsize 5; unknown fsize --1 6
unknown data --data 5; unknown data --2 6
unknown stack --stack 5; unknown stack --3 6
unknown core --core 5; unknown core --4 6
unknown rss --rss 5; unknown rss --5 6
unknown memlock --memlock 5; unknown memlock --8 6
unknown as --as 5; unknown as --9 6
unknown locks --locks 5; unknown locks --10 6
unknown sigpending --sigpending 5; unknown sigpending --11 6
unknown nice --nice 5; unknown nice --13 6
unknown rtprio --rtprio 5; unknown rtprio --14 6
unknown rttime --rttime 5; unknown rttime --15 6
unknown nsock --nsock 5; unknown nsock --16 6
unknown openfd --openfd 5; unknown openfd --17 6
unknown anon --anon 5; unknown anon --18 6
unknown semary --semary 5; unknown semary --20 6
unknown nsems --nsems 5; unknown nsems --21 6
unknown dentry --dentry 5; unknown dentry --22 6
unknown mapped --mapped 5; unknown mapped --23 6
run vlimit --xid 381 --nproc 77 --openfd 5
status 255 'what is not enforced: 255'
err_is 'vlimit: cannot set the limit openfd of context 381: the kernel does not enforce it' '... in words'
run vlimit --xid 381 -ad
out_like 'nproc     N/A                 10                  32' 'and what was begun is undone'
run vlimit --xid 381 --nproc 5x
status 255 'no number: 255'
err_is "vlimit: the limit '5x' of nproc is neither inf nor a number with k, m, K or M" '... in words'
run vlimit --xid 381 --nproc -1
status 255 'a negative number: 255'
run vlimit --xid 381 -S
status 255 '-S without a limit: 255'
run vlimit --xid 381
status 255 'nothing to do: 255'
run vlimit --xid 3999 --nproc 1
status 255 'no such context: 255'

mkdir "$tap_tmp/rlimits"
echo 40 >"$tap_tmp/rlimits/nproc"
echo 30 >"$tap_tmp/rlimits/nproc.soft"
printf '# comment\n 2K \n' >"$tap_tmp/rlimits/nofile.hard"
run vlimit --xid 381 --dir "$tap_tmp/rlimits" --nofile 3000
status 0 '--dir'
run vlimit --xid 381 -and
out_like '6         N/A                 30                  40' 'the particular file is stronger'
out_like '7         N/A                 3000                3000' 'the command line is stronger still'
run vlimit --xid 381 --dir "$tap_tmp/none"
status 255 'no directory: 255'
run vlimit --xid 381 --dir "$tap_tmp/none" --missingok
status 0 '--missingok'
end_context 381

echo '# of a guest'
tar=${VS_TEMPLATES:-/srv/templates}/guest-mini.tar
conf=/etc/vservers/tl1
run vserver tl1 build -m template --context 382 --hostname tl1 -- -t "$tar"
status 0 'build'
printf '/bin/sleep\n1000\n' >$conf/apps/init/cmd.start
: >$conf/apps/init/style
echo fakeinit >$conf/cflags
mkdir -p $conf/rlimits
echo 20 >$conf/rlimits/nproc
echo 100 >$conf/rlimits/shmem.hard
run vserver tl1 start
status 0 'start'
run vlimit --xid 382 -ad
out_like 'nproc     N/A                 20                  20' 'the limits of its configuration'
out_like 'shmem     N/A                 100                 100' 'each'
# shellcheck disable=SC2016  # for the shell inside
run vserver tl1 exec /bin/sh -c 'i=0; while [ $i -lt 40 ]; do sleep 50 & i=$((i + 1)); done'
run sed -n 's/^Tasks:[[:space:]]*//p' /proc/virtual/382/status
[ "$out" -le 20 ]
ok "forty processes were tried, $out tasks are there"
run vserver tl1 stop
status 0 'stop'
echo 5 >$conf/rlimits/dentry
run vserver tl1 start
status 0 'a limit that is not enforced does not stop the start'
err_like 'rlimits/dentry: this kernel does not enforce that limit' 'but is told'
run vserver tl1 stop
echo five >$conf/rlimits/nproc
run vserver tl1 start
err_like "rlimits/nproc:1: 'five' is neither inf nor a number with k, m, K or M" 'a mistake is'
[ ! -e /proc/virtual/382 ]
ok 'and nothing is left of it'
run vserver --silent tl1 delete
finish
