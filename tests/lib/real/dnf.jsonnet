// Packages of rpm, from a repository on this machine: Debian has dnf as well.
// setup: apt-get -qq update && apt-get -qq -y install dnf rpm createrepo-c > /dev/null
// setup: mkdir -p /srv/repo /etc/yum.repos.d && for v in 1.0 2.0; do printf "Name: ours\nVersion: $v\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n%%description\nx\n%%files\n" > /tmp/ours.spec; rpmbuild -bb --quiet --define '_rpmdir /srv/repo' /tmp/ours.spec; done
// setup: printf 'Name: there\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n%%description\nx\n%%files\n' > /tmp/there.spec; rpmbuild -bb --quiet --define '_rpmdir /srv/repo' /tmp/there.spec
// setup: createrepo_c -q /srv/repo && printf '[ours]\nname=ours\nbaseurl=file:///srv/repo\ngpgcheck=0\n' > /etc/yum.repos.d/ours.repo && dnf -q -y install there ours-2.0
// setup: rpm -e ours && dnf -q -y install ours-2.0 && rpm -e ours
// gone: rpm -q there && ! rpm -q ours
local dnf = import '../../../lib/etcha/dnf.libsonnet';
{
  run: [
    dnf(['there', 'ours=1.*'], weak=false),
    { id: 'verify', always: true, change: 'rpm -q ours-1.0' },
  ],
}
