// Files that are copied, filled in and unpacked.
// network: own
// setup: apt-get -qq update && apt-get -qq -y install --no-install-recommends python3 > /dev/null
// setup: mkdir -p '/srv/-a $(x)' && cd '/srv/-a $(x)' && echo mine > source && chmod 0640 source && printf 'I am {{ name }}, {{ of.host }}.\n' > template
// setup: mkdir -p /tmp/app-1/bin && printf '#!/bin/sh\necho runs\n' > /tmp/app-1/bin/app && chmod 0755 /tmp/app-1/bin/app && tar -C /tmp -czf /srv/app.tar.gz app-1 && cd /tmp/app-1 && python3 -m zipfile -c /srv/app.zip bin
// begin: cd /srv && (python3 -m http.server 8099 --bind 127.0.0.1 > /dev/null 2>&1 &) && for i in 1 2 3 4 5 6 7 8 9; do python3 -c 'import urllib.request as u; u.urlopen("http://127.0.0.1:8099/app.zip")' 2> /dev/null && break; sleep 1; done
// gone: test -z "$(ls /opt)" && test "$(ls /srv | tr '\n' ' ')" = '-a $(x) app.tar.gz app.zip '
local archive = import '../../../lib/etcha/archive.libsonnet';
local copy = import '../../../lib/etcha/copy.libsonnet';
local n = import '../../../lib/etcha/native.libsonnet';
local template = import '../../../lib/etcha/template.libsonnet';
local folder = '/srv/-a $(x)';
{
  run: [
    copy(folder + '/source', '/opt/-copied $(x)', owner='daemon', mode='0600'),
    copy('http://127.0.0.1:8099/-a%20%24%28x%29/source', '/opt/fetched', sha256=std.sha256('mine\n')),
    template('/opt/there', source=folder + '/template', values={ name: "it's $(x)", of: { host: 7 } }, mode='0640'),
    template('/opt/here', text='I am <% name %>.\n', values={ name: '{{ x }}' }, delimiter='<% %>'),
    archive('/srv/app.tar.gz', '/opt/app tar', strip=1, owner='daemon'),
    archive('http://127.0.0.1:8099/app.zip', '/opt/app zip', sha256=n.getCmd('sha256sum /srv/app.zip | cut -c -64', std.repeat('0', 64))),
    {
      id: 'verify',
      always: true,
      change: |||
        cd /opt
        test "$(cat './-copied $(x)')" = mine
        test "$(stat -c %U:%a './-copied $(x)')" = daemon:600
        test "$(cat fetched)" = mine
        test "$(cat there)" = 'I am it'\''s $(x), 7.'
        test "$(cat here)" = 'I am {{ x }}.'
        test "$('/opt/app tar/bin/app')" = runs
        test "$(stat -c %U '/opt/app tar/bin/app')" = daemon
        test "$(sh '/opt/app zip/bin/app')" = runs
      |||,
    },
  ],
}
