// Programs from a URL, by their sums.
// setup: printf '#!/bin/sh\necho it runs\n' > /srv/tool && command -v python3 >/dev/null || { apt-get -qq update && apt-get -qq -y install --no-install-recommends python3 > /dev/null; }
// network: own
// begin: cd /srv && (python3 -m http.server 8099 --bind 127.0.0.1 > /dev/null 2>&1 &) && for i in 1 2 3 4 5 6 7 8 9; do python3 -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:8099/tool")' 2>/dev/null && break; sleep 1; done
// gone: test ! -e /usr/local/bin/etcha && test ! -e /usr/local/bin/rot && test ! -e /opt/ours
local etchaInstall = import '../../../lib/etcha/etchaInstall.libsonnet';
local rotInstall = import '../../../lib/etcha/rotInstall.libsonnet';
local tool = import '../../../lib/etcha/tool.libsonnet';
local sum = std.sha256('#!/bin/sh\necho it runs\n');
local url = 'http://127.0.0.1:8099/tool';
{
  run: [
    etchaInstall(url, sum),
    rotInstall(url, { amd64: sum, arm64: sum }),
    tool('ours', url, sum, dir='/opt'),
    { id: 'verify', always: true, change: 'test "$(/usr/local/bin/etcha; /usr/local/bin/rot; /opt/ours)" = "$(printf "it runs\nit runs\nit runs")"' },
  ],
}
