// A firewall, in a network of its own.
// network: own
// setup: apt-get -qq update && apt-get -qq -y install --no-install-recommends nftables > /dev/null
// begin: nft list tables
// gone: test -z "$(nft list tables)" && test ! -e /etc/nftables.d/etcha-firewall.nft
local firewall = import '../../../lib/etcha/firewall.libsonnet';
{
  run: [
    firewall(tcp=[22, '6000-6010'], udp=[53], allow=[{ from: '10.0.0.0/8', tcp: [9100] }, { from: '2001:db8::/32' }], extra='tcp dport 25 reject'),
    { id: 'verify', always: true, change: 'nft -c -f /etc/nftables.conf; table=$(nft list table inet etcha-firewall); [[ $table = *"policy drop"*"2001:db8::/32"* ]]' },
  ],
}
