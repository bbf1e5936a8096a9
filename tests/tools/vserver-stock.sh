#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two guests of one Debian image: nginx, OpenSSH, unbound, PostgreSQL and redis as Debian configures them, all on
# the same ports. What listens on the loopback is each guest's own.
# shellcheck source=tests/tools/tap.sh
# shellcheck disable=SC2016,SC2154,SC2317  # expanded in the guest; set by tap.sh; called by poll
. "$(dirname "$0")/tap.sh"

tar=${VS_TEMPLATES:-/srv/templates}/guest-stock.tar
other() { [ "$1" = 1 ] && echo 2 || echo 1; }
guest() { local i=$1; shift; vserver "stock$i" exec "$@" < /dev/null; }
# What a command in a guest says; errors too, so that they show.
says() { local i=$1; shift; guest "$i" "$@" 2>&1; }
ends() { [ ! -e "/proc/virtual/$1" ] && [ ! -e "/proc/virtnet/$1" ]; }

finish_early() {
	local i
	for i in 1 2; do [ ! -d /etc/vservers/stock$i ] || vserver --silent stock$i delete < /dev/null > /dev/null 2>&1; done
	finish
	exit 1
}

run vserver stock1 build -m template --context 391 --hostname stock1 --initstyle sysv \
	--interface eth0:10.20.0.91/24 --interface eth0:fd20::91/64 -- -t "$tar"
status 0 "build the first from its image" || finish_early
run vserver stock2 build -m clone --context 392 --hostname stock2 --initstyle sysv \
	--interface eth0:10.20.0.92/24 --interface eth0:fd20::92/64 -- -s stock1
status 0 "the second is a copy" || finish_early
for i in 1 2; do
	echo "page of stock$i" > /vservers/stock$i/var/www/html/index.html
	install -d -m 700 "/vservers/stock$i/root/.ssh"
done
for i in 1 2; do
	run vserver stock$i start
	status 0 "start stock$i" || finish_early
done

open_in() { guest "$1" nc -z "$2" "$3"; }
for i in 1 2; do
	for at in 22 53 80 5432 6379; do
		poll 90 open_in $i 127.0.0.1 $at; ok "stock$i: port $at is open on 127.0.0.1"
		poll 30 open_in $i ::1 $at; ok "stock$i: and on ::1"
	done
done

echo "# ss, ip"
listening() { says "$1" ss -Hln"$2" | awk '{ print $4 }' | sort | paste -sd' '; }
for i in 1 2; do
	is "$(listening $i t)" "$(printf '%s\n' '0.0.0.0:22' '0.0.0.0:80' '127.0.0.1:53' '127.0.0.1:5432' '127.0.0.1:6379' \
		'[::1]:53' '[::1]:5432' '[::1]:6379' '[::]:22' '[::]:80' | sort | paste -sd' ')" \
		"stock$i: ss shows its own listeners, all on the usual names"
	is "$(listening $i u)" "$(printf '%s\n' '127.0.0.1:53' '[::1]:53' | sort | paste -sd' ')" "stock$i: for UDP too"
	run vserver stock$i exec ss -a
	status 0 "stock$i: ss -a"
	out_like 'LISTEN.*:postgresql' "it shows PostgreSQL"
	is "$(says $i ip -o addr | awk '{ print $2, $4 }' | sort | paste -sd,)" \
		"$(printf '%s\n' "eth0 10.20.0.9$i/24" "eth0 fd20::9$i/64" 'lo 127.0.0.1/8' 'lo ::1/128' | sort | paste -sd,)" \
		"stock$i: ip addr shows its own addresses"
	is "$(says $i ip route | sed 's/ *$//')" "10.20.0.0/24 dev eth0 proto kernel scope link" "stock$i: ip route"
	run vserver stock$i exec ip -6 route
	out_like '^fd20::/64 dev eth0' "stock$i: ip -6 route"
done

echo "# nginx"
for i in 1 2; do
	for a in 10.20.0.9$i "[fd20::9$i]"; do
		is "$(curl -s -m 20 -g "http://$a/")" "page of stock$i" "the host gets the page of stock$i from $a"
	done
done
page() { says "$1" bash -c 'exec 3<> /dev/tcp/'"$2"'/80; printf "GET / HTTP/1.0\r\n\r\n" >&3; tail -n 1 <&3'; }
for i in 1 2; do
	o=$(other $i)
	for a in 127.0.0.1 ::1 localhost 10.20.0.9$i; do
		is "$(page "$i" "$a")" "page of stock$i" "stock$i gets its own from $a"
	done
	is "$(page "$i" "10.20.0.9$o")" "page of stock$o" "and the other's from its address"
	is "$(page "$i" "fd20::9$o")" "page of stock$o" "for IPv6"
done

echo "# OpenSSH"
for i in 1 2; do
	run vserver stock$i exec ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
	status 0 "stock$i: ssh-keygen"
done
cat /vservers/stock{1,2}/root/.ssh/id_ed25519.pub > "$tap_tmp/keys"
for i in 1 2; do install -m 600 "$tap_tmp/keys" /vservers/stock$i/root/.ssh/authorized_keys; done
login() { says "$1" ssh -q -o BatchMode=yes -o StrictHostKeyChecking=no -o ConnectTimeout=60 "root@$2" 'hostname; echo $SSH_CONNECTION' | paste -sd' '; }
for i in 1 2; do
	o=$(other $i)
	like "$(login "$i" "10.20.0.9$o")" "^stock$o 10\.20\.0\.9$i [0-9]+ 10\.20\.0\.9$o 22$" "stock$i: ssh to the other"
	like "$(login "$i" "fd20::9$o")" "^stock$o fd20::9$i [0-9]+ fd20::9$o 22$" "for IPv6"
	like "$(login $i 127.0.0.1)" "^stock$i 127\.0\.0\.1 [0-9]+ 127\.0\.0\.1 22$" "to 127.0.0.1: itself"
	like "$(login $i ::1)" "^stock$i ::1 [0-9]+ ::1 22$" "to ::1: itself"
done

echo "# unbound"
for i in 1 2; do
	for a in 127.0.0.1 ::1; do
		for how in +notcp +tcp; do
			is "$(says $i dig +short +tries=2 +timeout=20 $how @$a CH TXT hostname.bind)" "\"stock$i\"" \
				"stock$i: dig $how @$a: its own resolver answers"
		done
		is "$(says $i dig +short +tries=2 +timeout=20 @$a localhost)" 127.0.0.1 "it knows localhost"
	done
done

echo "# PostgreSQL"
sql() { local i=$1 h=$2; shift 2; says "$i" env PGPASSWORD="secret$i" psql -h "$h" -U postgres -Atc "$*"; }
for i in 1 2; do
	is "$(says $i su postgres -c "psql -Atc \"alter role postgres password 'secret$i'\"")" "ALTER ROLE" "stock$i: by its unix socket"
	is "$(sql $i 127.0.0.1 "create table mine as select 'stock$i'::text as name")" "SELECT 1" "stock$i: a table"
done
for i in 1 2; do
	for h in localhost 127.0.0.1 ::1; do
		is "$(sql $i $h 'select name from mine')" "stock$i" "stock$i: psql -h $h: its own table"
	done
	is "$(sql $i 127.0.0.1 'select inet_server_addr(), inet_client_addr()')" '127.0.0.1|127.0.0.1' "both ends are 127.0.0.1"
	is "$(sql $i ::1 'select inet_server_addr(), inet_client_addr()')" '::1|::1' "or ::1"
done
guest 1 env PGPASSWORD=secret1 psql -h 127.0.0.1 -U postgres -Atc "select pg_sleep(1000)" > /dev/null 2>&1 & sleeper=$!
held() { says 1 ss -Htn state established | grep -q '127.0.0.1:5432'; }
poll 30 held; ok "stock1: ss shows a connection to it"
is "$(says 2 ss -Htn state established)" "" "stock2: ss does not"
is "$(ss -Htn state established | grep -c 5432)" 0 "nor on the host"
guest 1 pkill psql; wait $sleeper 2> /dev/null

echo "# redis"
for i in 1 2; do is "$(says $i redis-cli set name stock$i)" OK "stock$i: redis-cli set"; done
for i in 1 2; do
	for h in 127.0.0.1 ::1 localhost; do
		is "$(says $i redis-cli -h $h get name)" "stock$i" "stock$i: redis-cli -h $h: its own value"
	done
	like "$(says $i redis-cli client list)" "addr=127\.0\.0\.1:[0-9]+ laddr=127\.0\.0\.1:6379 " "both ends are 127.0.0.1"
	like "$(says $i redis-cli -h ::1 client list)" "addr=\[::1\]:[0-9]+ laddr=\[::1\]:6379 " "or ::1"
done

echo "# the loopback of another"
for at in 53 5432 6379; do
	for a in 127.0.0.1 ::1; do
		nc -z $a $at; [ $? = 1 ]; ok "nothing answers the host on $a port $at"
	done
done
# What 127.0.0.1 and ::1 of stock1 are called outside: all of 127/8 is a guest's own, of the other prefix only one.
is "$(says 2 redis-cli -h 127.1.135.1 get name)" stock2 "stock2 by stock1's other name of 127.0.0.1: its own"
run vserver stock2 exec redis-cli -h fd6c:6f6f:7062:6b00::187 get name
[[ $out$err == *'ould not connect'*'not permitted'* ]]; ok "nor by that of ::1"
nc -l 127.0.0.1 6379 > /dev/null & host=$!
nc -l 10.20.0.1 80 > /dev/null & host80=$!
has() { ss -Hltn | grep -q "$1"; }
poll 10 has 127.0.0.1:6379; ok "the host may listen on 127.0.0.1 port 6379"
poll 10 has 10.20.0.1:80; ok "and on its own address, port 80"
is "$(says 1 redis-cli get name)" stock1 "the guest still reaches its own"
kill $host $host80 2> /dev/null; wait $host $host80 2> /dev/null

for i in 1 2; do
	run vserver stock$i stop
	status 0 "stop stock$i"
	poll 10 ends 39$i; ok "its contexts are gone"
	run vserver --silent stock$i delete
	status 0 "delete it"
done
finish
