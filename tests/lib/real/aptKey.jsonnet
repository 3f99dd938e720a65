// A repository with its own key is used, and gone with it.
// setup: apt-get -qq update && apt-get -qq -y install gnupg apt-utils dpkg-dev > /dev/null
// setup: mkdir -p /srv/repo /tmp/p/DEBIAN && printf 'Package: ours\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@example.com>\nDescription: x\n' > /tmp/p/DEBIAN/control
// setup: dpkg-deb -b /tmp/p /srv/repo/ours.deb > /dev/null && cd /srv/repo && apt-ftparchive packages . > Packages && apt-ftparchive release . > /tmp/Release && mv /tmp/Release .
// setup: gpg --batch --quiet --passphrase '' --quick-generate-key 'Repo <a@example.com>' && gpg --armor --export > /srv/key.asc && gpg --batch --yes -abs -o /srv/repo/Release.gpg /srv/repo/Release
// gone: test ! -e /etc/apt/keyrings/ours.asc && test ! -e /etc/apt/sources.list.d/ours.sources
// gone: ! dpkg -s ours | grep -qx 'Status: install ok installed'
local apt = import '../../../lib/etcha/apt.libsonnet';
local aptKey = import '../../../lib/etcha/aptKey.libsonnet';
local n = import '../../../lib/etcha/native.libsonnet';
{
  run: [
    aptKey('ours', key=n.getFile('/srv/key.asc', '-----BEGIN PGP PUBLIC KEY BLOCK-----'), uris='file:/srv/repo', suites='./'),
    apt('ours=1.0'),
    { id: 'verify', always: true, change: 'dpkg -s ours | grep -qx "Version: 1.0"' },
  ],
}
