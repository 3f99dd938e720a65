// A package of rpm that is there in a newer version is brought to the wanted one, and stays when it leaves.
// setup: apt-get -qq update && apt-get -qq -y install dnf rpm createrepo-c > /dev/null
// setup: mkdir -p /srv/repo /etc/yum.repos.d && for v in 1.0 2.0; do printf "Name: ours\nVersion: $v\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n%%description\nx\n%%files\n" > /tmp/ours.spec; rpmbuild -bb --quiet --define '_rpmdir /srv/repo' /tmp/ours.spec; done
// setup: createrepo_c -q /srv/repo && printf '[ours]\nname=ours\nbaseurl=file:///srv/repo\ngpgcheck=0\n' > /etc/yum.repos.d/ours.repo && dnf -q -y install ours-2.0
// gone: rpm -q ours-1.0
local dnf = import '../../../lib/etcha/dnf.libsonnet';
{ run: [{ id: 'before', always: true, change: 'rpm -q ours' }, dnf('ours=1.0-1') + { remove:: null }] }
