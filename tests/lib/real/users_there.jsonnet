// A user that was there is brought into shape and stays when it leaves.
// setup: groupadd a && groupadd b && useradd -m -G a there
// gone: test "$(id -Gn there)" = 'there b' && test "$(getent passwd there | cut -d: -f7)" = /bin/bash
local user = import '../../../lib/etcha/user.libsonnet';
{ run: [user('there', groups=['b'], shell='/bin/bash') + { remove:: null }] }
