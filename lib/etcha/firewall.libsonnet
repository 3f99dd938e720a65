// A firewall that lets in what is named and nothing else, by nftables. What the host itself begins is answered; ICMP that
// networks need and the loopback interface are let through.
//
//   local firewall = import '../lib/etcha/firewall.libsonnet';
//   { run: firewall(tcp=[22, 80, 443], allow=[{ from: '10.0.0.0/8', tcp: [9100] }]) }
//
// Mind the port by which you come in: 22 is let in unless you name others.
//
// Parameters:
//   tcp=[22]: list of numbers or lines. Ports of TCP that anybody may reach, or ranges such as '6000-6010'.
//   udp=[]: list of numbers or lines. Ports of UDP that anybody may reach.
//   allow=[]: list of objects. Who may reach more: { from: address or network, tcp: ports, udp: ports }; without ports all.
//   ping=true: boolean. Whether the host answers pings.
//   forward=false: boolean. Whether packets between other hosts are let through, as containers and routers need it.
//   extra='': text. Further rules of the chain of incoming packets, in the language of nft.
//   name='etcha-firewall': line. Name of the table.
//   live=true: boolean. As of `nftables`.
//   config='/etc/nftables.conf': path or null. As of `nftables`.
//   options={}: object. Further properties of each command, such as onChange.
//
// Returns the commands of `nftables`.
local is = (import 'argument.libsonnet')('firewall');
local nftables = import 'nftables.libsonnet';
function(
  tcp=[22],
  udp=[],
  allow=[],
  ping=true,
  forward=false,
  extra='',
  name='etcha-firewall',
  live=true,
  config='/etc/nftables.conf',
  options={},
)
  local isPort(value) =
    if std.isNumber(value) then std.floor(value) == value && value >= 1 && value <= 65535
    else std.isString(value) && std.native('regexMatch')('^[0-9]{1,5}-[0-9]{1,5}$', value);
  local ports(argument, list) =
    assert is(argument, list, { is: std.isArray, expected: 'a list of ports' });
    assert std.all([is(argument, port, { is: isPort, expected: "ports from 1 to 65535, or ranges such as '6000-6010'" }) for port in list]);
    std.join(', ', std.map(std.toString, list));
  local accept(from, protocol, list) =
    if list == '' then [] else ['%s%s dport { %s } accept' % [from, protocol, list]];
  local more(one) =
    assert is('allow', one, 'object');
    assert is('allow', one, {
      is(given): std.length(std.setDiff(std.objectFields(given), ['from', 'tcp', 'udp'])) == 0 && std.objectHas(given, 'from'),
      expected: 'objects with from, tcp and udp',
    });
    assert is('allow.from', one.from, {
      is(text): std.isString(text) && std.native('regexMatch')('^([0-9.]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*)(/[0-9]{1,3})?$', text),
      expected: 'an address or a network, such as 192.0.2.0/24',
    });
    local from = '%s saddr %s ' % [if std.member(one.from, ':') then 'ip6' else 'ip', one.from];
    if std.length(one) == 1 then [from + 'accept']
    else accept(from, 'tcp', ports('allow.tcp', std.get(one, 'tcp', [])))
         + accept(from, 'udp', ports('allow.udp', std.get(one, 'udp', [])));
  assert is('allow', allow, { is: std.isArray, expected: 'a list of objects' });
  assert is('ping', ping, 'boolean');
  assert is('forward', forward, 'boolean');
  assert is('extra', extra, 'text');
  assert is('name', name, {
    is(text): std.isString(text) && std.native('regexMatch')('^[A-Za-z][A-Za-z0-9_-]*$', text),
    expected: 'a text of letters, digits, - and _ that begins with a letter',
  });
  assert is('live', live, 'boolean');
  assert is('config', config, 'path?');
  assert is('options', options, 'object');
  local echo = if ping then ['echo-request'] else [];
  local icmp = ['destination-unreachable', 'time-exceeded', 'parameter-problem'] + echo;
  local icmp6 = icmp + ['packet-too-big', 'nd-router-advert', 'nd-neighbor-solicit', 'nd-neighbor-advert'];
  local rules = std.flattenArrays([
    ['type filter hook input priority filter; policy drop;'],
    ['ct state established,related accept'],
    ['ct state invalid drop'],
    ['iif lo accept'],
    ['ip protocol icmp icmp type { %s } accept' % std.join(', ', icmp)],
    ['icmpv6 type { %s } accept' % std.join(', ', icmp6)],
    accept('', 'tcp', ports('tcp', tcp)),
    accept('', 'udp', ports('udp', udp)),
    std.flatMap(more, allow),
    if extra == '' then [] else std.split(std.rstripChars(extra, '\n'), '\n'),
  ]);
  local chain(title, lines) = 'chain %s {\n%s}\n' % [title, std.join('', ['  %s\n' % text for text in lines])];
  nftables(
    name,
    chain('input', rules)
    + (if forward then '' else chain('forward', ['type filter hook forward priority filter; policy drop;'])),
    live=live,
    config=config,
    options=options,
  )
