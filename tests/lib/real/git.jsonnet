// A working tree at one revision: by hash, and by tag.
// setup: apt-get -qq update && apt-get -qq -y install --no-install-recommends git > /dev/null
// setup: git config --system user.name a; git config --system user.email a@example.com; git init -q -b main '/srv/my repo' && cd '/srv/my repo' && git config uploadpack.allowAnySHA1InWant true && for i in 1 2 3; do echo $i > file; git add file; GIT_COMMITTER_DATE="2026-01-0${i}T00:00:00Z" GIT_AUTHOR_DATE="2026-01-0${i}T00:00:00Z" git commit -qm $i; git tag v$i; done
// gone: test ! -e /srv/by-hash && test ! -e /srv/by-tag
local git = import '../../../lib/etcha/git.libsonnet';
local n = import '../../../lib/etcha/native.libsonnet';
local hash = n.getCmd("git -C '/srv/my repo' rev-parse v2", '0000000000000000000000000000000000000000');
{
  run: [
    git('/srv/by-hash', 'file:///srv/my repo', hash),
    git('/srv/by-tag', 'file:///srv/my repo', 'refs/tags/v3'),
    { id: 'verify', always: true, change: 'test "$(cat /srv/by-hash/file):$(cat /srv/by-tag/file)" = 2:3; test "$(git -C /srv/by-hash rev-parse HEAD)" = ' + hash },
  ],
}
