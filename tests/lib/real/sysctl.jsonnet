// Settings of the kernel, in a network of its own: what they were before comes back.
// network: own
// begin: mount -o remount,rw /proc; echo 1 > /proc/sys/net/ipv4/conf/lo/forwarding; echo 2000 3000 > /proc/sys/net/ipv4/ip_local_port_range
// gone: test "$(cat /proc/sys/net/ipv4/ip_local_port_range)" = "$(printf '2000\t3000')" && test "$(cat /proc/sys/net/ipv4/conf/lo/forwarding)" = 1
// gone: test ! -e /etc/sysctl.d/60-ours.conf && test -z "$(ls /var/lib/etcha/made/sysctl)"
local sysctl = import '../../../lib/etcha/sysctl.libsonnet';
{
  run: [
    sysctl('60-ours', { 'net.ipv4.ip_local_port_range': '1024 65000', 'net/ipv4/conf/lo/forwarding': 0 }),
    {
      id: 'verify',
      always: true,
      change: |||
        test "$(cat /proc/sys/net/ipv4/ip_local_port_range)" = "$(printf '1024\t65000')"
        test "$(cat /proc/sys/net/ipv4/conf/lo/forwarding)" = 0
        grep -qx 'net.ipv4.ip_local_port_range = 1024 65000' /etc/sysctl.d/60-ours.conf
      |||,
    },
  ],
}
