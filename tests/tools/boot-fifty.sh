#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Fifty clones of one guest with nginx, of style plain, started by one command, against fifty bare nginx:
# the time until the last of them has served its page.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2154,SC2046,SC2317  # set by tap.sh; words; called by name
. "$(dirname "$0")/tap.sh"

debian=${VS_TEMPLATES:-/srv/templates}/guest-debian.tar
count=${VS_GUESTS:-50}
root=/vservers

echo "# the template: nginx, what it is linked with, and an init"
# Not in /tmp, where devices do not work.
full=/srv/fifty/full tree=/srv/fifty/tree
mkdir -p "$full" && tar -C "$full" --numeric-owner -xf "$debian"
mkdir -p "$tree"/{etc,dev/pts,proc,tmp,run,sbin,bin,usr/sbin,usr/lib,var/log/nginx,var/lib/nginx,var/www,var/run}
cp -a "$full"/usr/sbin/nginx "$tree/usr/sbin/"
cp -a "$full"/etc/nginx "$tree/etc/"
rm -rf "$tree"/etc/nginx/sites-* "$tree"/etc/nginx/modules-enabled
cp -a "$full"/etc/{passwd,group,nsswitch.conf} "$tree/etc/"
chroot "$full" ldd /usr/sbin/nginx | grep -o '/[^ ]*' | sort -u > "$tap_tmp/libs"
while read -r lib; do
	mkdir -p "$tree$(dirname "$lib")" && cp -L "$full$lib" "$tree$lib"
done < "$tap_tmp/libs"
cp "$(command -v busybox)" "$tree/bin/busybox"; ln -s busybox "$tree/bin/sh"
cat > "$tree/etc/nginx/nginx.conf" <<'X'
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events { worker_connections 64; }
http { access_log off; server { listen 80; root /var/www; } }
X
printf '#!/bin/sh\nexec /usr/sbin/nginx -g "daemon off;"\n' > "$tree/sbin/init"; chmod 755 "$tree/sbin/init"
rm -rf "$full"
tar -C "$tree" --numeric-owner -cf "$tap_tmp/nginx.tar" .
run vserver nginx1 create "$tap_tmp/nginx.tar" --ip 10.20.2.1 --context 3001
[ $rc = 0 ] || run vserver nginx1 build -m template --context 3001 --interface eth0:10.20.2.1/24 --hostname nginx1 -- -t "$tap_tmp/nginx.tar"
status 0 "the first guest"
is "$(vserver nginx1 config show --effective < /dev/null | awk '$1 == "apps/init/style" { print $2 }')" plain "is found to be of style plain"
bad=0
for ((i = 2; i <= count; i++)); do
	vserver nginx$i build -m clone --context $((3000 + i)) --interface eth0:10.20.2.$i/24 --hostname nginx$i \
		-- --source nginx1 < /dev/null > "$tap_tmp/out" 2>&1 || bad=1
done
is $bad 0 "its $((count - 1)) clones"
for ((i = 1; i <= count; i++)); do
	echo "page $i" > $root/nginx$i/var/www/index.html
	mkdir -p /etc/vservers/nginx$i/apps/init
	echo fifty > /etc/vservers/nginx$i/apps/init/mark
done
# All pages, each from its own address; the number of right ones.
pages() { # MAKE-URL
	local i good=0
	for ((i = 1; i <= count; i++)); do
		[ "$(curl -s --max-time 10 --retry 10 --retry-connrefused --retry-delay 1 "$("$1" "$i")")" = "$2${3:+$i}" ] && good=$((good + 1))
	done
	echo $good
}
guest_url() { echo "http://10.20.2.$1/"; }
bare_url() { echo "http://10.20.0.1:$((8000 + $1))/"; }
now() { date +%s%N; }

echo "# fifty bare nginx"
mount --bind /proc "$tree/proc"; mknod -m 666 "$tree/dev/null" c 1 3 2>/dev/null
echo "page bare" > "$tree/var/www/index.html"
for ((i = 1; i <= count; i++)); do
	sed "s/listen 80/listen 10.20.0.1:$((8000 + i))/; s,nginx.pid,nginx$i.pid," "$tree/etc/nginx/nginx.conf" > "$tree/etc/nginx/$i.conf"
done
begin=$(now)
for ((i = 1; i <= count; i++)); do chroot "$tree" /usr/sbin/nginx -c "/etc/nginx/$i.conf" < /dev/null >> "$tap_tmp/bare" 2>&1; done
[ ! -s "$tap_tmp/bare" ] || head -n 5 "$tap_tmp/bare" | sed "s/^/# /"
good=$(pages bare_url "page bare")
bare=$(($(now) - begin))
is "$good" "$count" "each bare one serves the page"
kill $(cat "$tree"/run/nginx*.pid)
none() { ! pgrep -x nginx; }
poll 30 none; ok "and ends"
umount "$tree/proc"

echo "# fifty guests by one command"
begin=$(now)
run /usr/lib/util-vserver/start-vservers -m fifty
good=$(pages guest_url "page " n)
guests=$(($(now) - begin))
status 0 "one command starts all"
out_like "$count of $count guests running" "and says so"
is "$good" "$count" "each serves its own page from its own address, all on port 80"
is "$(pgrep -xc nginx)" $((2 * count)) "with its two processes"
awk -v n="$count" -v g="$guests" -v b="$bare" \
	'BEGIN { printf "# %d guests with nginx: %.1f s; %d bare nginx: %.1f s; ratio %.2f\n", n, g / 1e9, n, b / 1e9, g / b }'
run /usr/lib/util-vserver/start-vservers -m fifty --stop
status 0 "one command stops all"
poll 10 none; ok "no nginx is left"
bad=0
for ((i = 1; i <= count; i++)); do vserver --silent nginx$i delete < /dev/null || bad=1; done
is $bad 0 "all are deleted"
rm -rf --one-file-system /srv/fifty
finish
