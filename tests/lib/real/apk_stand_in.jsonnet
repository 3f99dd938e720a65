// The flow of apk, with a stand-in for it that keeps a list: Alpine itself is not to be had on a Debian.
// setup: printf '%s\n' '#!/bin/sh' 'db=/srv/apk' 'while :; do case $1 in --wait) shift 2 ;; --update-cache) shift ;; *) break ;; esac; done' 'verb=$1; shift' 'v=; while [ "$1" != -- ]; do [ "$1" = -v ] && v=yes; shift; done; shift' 'for p do n=${p%%[=~]*}' 'case $verb in' 'info) l=$(grep "^$n-[0-9]" $db) || exit 1; case $p in *=*) [ "$l" = "$n-${p#*=}" ] || exit 1 ;; esac; if [ "$v" ]; then echo "$l"; else echo "$n"; fi ;;' 'add) sed -i "/^$n-[0-9]/d" $db; case $p in *=*) echo "$n-${p#*=}" ;; *~*) echo "$n-${p#*\~}.7-r0" ;; *) echo "$n-1.0-r0" ;; esac >> $db ;;' 'del) sed -i "/^$n-[0-9]/d" $db ;;' 'esac; done' > /usr/bin/apk && chmod 0755 /usr/bin/apk && echo there-1.0-r0 > /srv/apk && apk info -e -- there
// gone: test "$(cat /srv/apk)" = there-1.0-r0 && test -z "$(ls /var/lib/etcha/made/apk)"
local apk = import '../../../lib/etcha/apk.libsonnet';
{
  run: [
    apk(['there', 'nginx', 'pinned=2.1-r3', 'about=15.*']),
    { id: 'verify', always: true, change: 'test "$(sort /srv/apk | tr "\\n" " ")" = "about-15.7-r0 nginx-1.0-r0 pinned-2.1-r3 there-1.0-r0 "' },
  ],
}
