#!/bin/sh
# In a Debian with nothing but the package: install, first steps, a push, a reboot, an upgrade, removal.
set -eu
step() { echo "$*"; }
die() { echo "FAILED: $*" >&2 && cat /root/first/agent.log >&2 && exit 1; }
# expect PATTERN COMMAND…: it succeeds and says so.
expect() {
  pattern=$1 && shift
  out=$("$@" 2>&1) || die "$* has failed: $out"
  echo "$out" | grep -qE -- "$pattern" || die "$* does not say $pattern but: $out"
}
start() {
  etcha -c agents/127.0.0.1.jsonnet run >>agent.log 2>&1 &
  agent=$!
  for _ in $(seq 300); do
    if etcha -c agents/127.0.0.1.jsonnet health >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  die "the agent does not answer"
}

step install
dpkg -i /packages/old.deb >/dev/null
dpkg --verify etcha
expect '^0\.1\.0$' etcha version
expect 'lib/systemd/system/etcha\.service is current' etcha service status --init systemd
for file in man/man1/etcha.1.gz man/man1/etcha-push.1.gz bash-completion/completions/etcha doc/etcha/etcha.jsonnet; do
  # minbase leaves documentation out.
  case $file in man/* | doc/*) grep -rqs "path-exclude" /etc/dpkg/dpkg.cfg.d && continue ;; esac
  [ -e "/usr/share/$file" ] || die "there is no $file"
done

step quickstart
mkdir /root/first && cd /root/first && : >agent.log
expect 'No agent answers yet' etcha quickstart
start
expect 'Changed 1: say hello' etcha quickstart
expect 'Etcha keeps this file' cat /tmp/hello-from-etcha
expect 'No changes' etcha push base

step 'a reboot in the middle of a change'
cat >patterns/hello.jsonnet <<'PATTERN'
{
  run: [
    { id: 'slow', check: 'test -e /root/slow', change: 'touch /root/begun; test -e /root/go || sleep 600; touch /root/slow',
      remove: 'rm /root/slow', onChange: ['owed'] },
    { id: 'owed', change: 'touch /root/owed' },
  ],
}
PATTERN
etcha push base >/dev/null 2>&1 &
push=$!
for _ in $(seq 300); do [ ! -e /root/begun ] || break; sleep 0.1; done
[ -e /root/begun ] || die "the change did not begin"
kill -KILL $agent && wait $agent 2>/dev/null || :
wait $push 2>/dev/null || :
touch /root/go
start
for _ in $(seq 300); do [ ! -e /root/owed ] || break; sleep 0.1; done
[ -e /root/owed ] || die "what was owed is not done"
[ ! -e /tmp/hello-from-etcha ] || die "what left the pattern is still there"

step upgrade
dpkg -i /packages/new.deb >/dev/null
expect '^ii .* 0\.1\.1 ' dpkg -l etcha
expect 'No changes' etcha push base
kill -TERM $agent
wait $agent || die "the agent did not end well"
start
expect 'No changes' etcha push base
expect 'push .*base|base .*push' etcha -c agents/127.0.0.1.jsonnet history

step 'undoing and removal'
echo '{ run: [] }' >patterns/hello.jsonnet
expect 'Removed 1: slow' etcha push base
[ ! -e /root/slow ] || die "slow was not undone"
kill -TERM $agent && wait $agent
mkdir -p /var/lib/etcha && touch /var/lib/etcha/state /etc/etcha/etcha.jsonnet
dpkg -r etcha >/dev/null 2>&1
[ ! -e /usr/bin/etcha ] || die "the program is still there"
[ -e /var/lib/etcha/state ] && [ -e /etc/etcha/etcha.jsonnet ] || die "state or configuration went with the program"
dpkg -P etcha >/dev/null 2>&1
[ ! -e /var/lib/etcha ] && [ ! -e /etc/etcha ] || die "purging left something"
step 'the deb: passed'
