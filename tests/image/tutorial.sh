#!/usr/bin/env bash
# The tutorial of pushing and pulling, with its own lines, in the image's root file system (ROOTFS). It needs root, and a
# network of its own: port 4000 is the tutorial's. `deno task test-image` calls it.
set -euo pipefail
shopt -s expand_aliases
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
export CONTAINERS=$work/containers PATH=$here:$PATH
mkdir "$CONTAINERS" "$work/dir"
trap 'docker rm -f etcha_listen 2>/dev/null || :; rm -rf "$work"' EXIT
cd "$work/dir"

# Whoever does the tutorial is not root, and in no passwd file of the image.
chown 1000:1000 .
id() { echo 1000; }
steps=0

# expect EXIT-CODE PATTERN: what the last command gave, in $code and $out.
expect() {
  if [ "$code" -ne "$1" ] || ! grep -qE -- "$2" <<<"$out"; then
    echo "FAILED: expected exit code $1 and /$2/, got $code and:" >&2
    echo "$out" >&2
    [ ! -e "$CONTAINERS/etcha_listen" ] || docker logs etcha_listen >&2
    exit 1
  fi
  steps=$((steps + 1))
}
tried() { code=0 && out=$("$@" 2>&1) || code=$?; }
# With the blank at its end, so that the next word may be an alias, too.
alias try='tried '

# Waits until a command succeeds.
soon() {
  for _ in $(seq 300); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  echo "FAILED: waited for $*" >&2
  [ ! -e "$CONTAINERS/etcha_listen" ] || docker logs etcha_listen >&2
  exit 1
}
logged() { docker logs etcha_listen | grep -q "$1"; }
files() { code=0 && out=$(echo *); }

alias etcha='docker run --network etcha -u $(id -u):$(id -g) --rm -v $(pwd):/work -w /work ghcr.io/candiddev/etcha:latest'
right=ed25519private:MC4CAQAwBQYDK2VwBCIEIBq+BhDRYk8OJv1ksMwKtf0td5p3FGwypXq96gHKefGS:reqYEklgP4
wrong=ed25519private:MC4CAQAwBQYDK2VwBCIEIE6dSkW4jnn3tx119BKw8+zOmhJyzTOsBlWcjqaHxMcX:ZcxoeWfSRt

docker network create etcha
mkdir etcha && chown 1000:1000 etcha
try etcha init .
expect 0 'wrote lib/etcha/native.libsonnet'
cat >patterns/run.jsonnet <<'PATTERN'
local n = import '../lib/etcha/native.libsonnet';

{
  run: [
    {
      always: true,
      change: 'echo %s > /work/hostname' % n.getEnv('HOSTNAME', 'fallback'),
      id: 'write a file',
      onChange: ['copy file'],
      remove: 'rm /work/hostname',
    },
    {
      change: 'cp /work/hostname /work/hostname2',
      id: 'copy file',
      remove: 'rm /work/hostname2',
    },
  ],
  runExec: { command: '/bin/sh -c' },
}
PATTERN
cat >patterns/newfile.jsonnet <<'PATTERN'
local n = import '../lib/etcha/native.libsonnet';

{
  run: [
    {
      change: 'echo %s > /work/newfile' % n.getEnv('HOSTNAME'),
      check: '[[ -e /work/newfile ]]',
      id: 'write a new file',
      remove: 'rm /work/newfile',
    },
  ],
  runExec: { command: '/bin/sh -c' },
}
PATTERN

docker run -d --name etcha_listen \
  --network etcha -p 4000:4000 \
  -u $(id -u):$(id -g) \
  -v $(pwd):/work -w /work \
  ghcr.io/candiddev/etcha:latest \
  -x run_systemMetricsSecret=secret \
  -x sources_listen='{
      "allowPush":true,
      "runExec": {
        "allowOverride":true
      },
      "verifyKeys": [
        "ed25519public:MCowBQYDK2VwAyEAw7eTEuEH0+TfgtX3zB+JZVnYD0eskY6qn3n7ZCA7wWM=:reqYEklgP4"
      ]
    }' run >/dev/null
soon logged 'Starting listener'
try docker exec etcha_listen /usr/bin/etcha health
expect 0 'answers'
try curl -sk https://localhost:4000/etcha/v1/system/metrics?key=secret
expect 0 '^# HELP '

try etcha -x build_signingKey=$right push -h localhost listen patterns/run.jsonnet
expect 1 'localhost:'
try etcha -x build_signingKey=$wrong -x build_pushTLSSkipVerify=true push -h localhost listen patterns/run.jsonnet
expect 1 "push didn't match any sources"
try etcha -x build_signingKey=$right -x build_pushTLSSkipVerify=true push -h localhost listen patterns/run.jsonnet
expect 0 'Changed 2: write a file, copy file'
try cat hostname
expect 0 '^[0-9a-f]{12}$'
try etcha -x build_signingKey=$right -x build_pushTLSSkipVerify=true push -h localhost listen patterns/newfile.jsonnet
expect 0 'Changed 1: write a new file'
expect 0 'Removed 2: copy file, write a file'
files
expect 0 '^README.md etcha lib newfile patterns$'
try etcha -x build_signingKey=$right -x build_pushTLSSkipVerify=true push -h localhost listen patterns/newfile.jsonnet
expect 0 'No changes'

rm newfile
rm etcha/*
docker rm -f etcha_listen
docker run -d --name etcha_listen \
  --network etcha -p 4000:4000 \
  -u $(id -u):$(id -g) \
  -v $(pwd):/work -w /work \
  ghcr.io/candiddev/etcha:latest \
  -x run_systemMetricsSecret=secret \
  -x sources_listen='{
      "runExec": {
        "allowOverride":true
      },
      "pullPaths": [
        "/work/listen.jwt"
      ],
      "verifyKeys": [
        "ed25519public:MCowBQYDK2VwAyEAw7eTEuEH0+TfgtX3zB+JZVnYD0eskY6qn3n7ZCA7wWM=:reqYEklgP4"
      ]
    }' run >/dev/null
soon logged 'Starting listener'
try etcha -x build_signingKey=$wrong build patterns/run.jsonnet listen.jwt
expect 0 'wrote listen.jwt'
soon logged 'signature\|verif'
try etcha -x build_signingKey=$right build patterns/run.jsonnet listen.jwt
soon test -e hostname2
files
expect 0 '^README.md etcha hostname hostname2 lib listen.jwt patterns$'
try etcha -x build_signingKey=$right build patterns/newfile.jsonnet listen.jwt
soon test -e newfile
files
expect 0 '^README.md etcha lib listen.jwt newfile patterns$'
try curl -sk https://localhost:4000/etcha/v1/system/metrics?key=secret
expect 0 '^etcha_commands_total\{error="0",id="write a new file",mode="change",source="listen"\} 1$'
expect 0 '^etcha_commands_total\{error="0",id="copy file",mode="remove",source="listen"\} 1$'
docker rm -f etcha_listen
docker network rm etcha
echo "the tutorial in the image: $steps steps passed"
