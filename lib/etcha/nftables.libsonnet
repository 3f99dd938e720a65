// A table of nftables: a firewall, in a file of its own that is loaded now and at each start.
//
//   local nftables = import '../lib/etcha/nftables.libsonnet';
//   { run: nftables('guard', 'chain input { type filter hook input priority 0; policy accept; tcp dport 23 drop; }') }
//
// The table lies in /etc/nftables.d/NAME.nft, which /etc/nftables.conf includes; nftables.service loads that at start. It is
// replaced as a whole and in one step; other tables stay. The check compares what the kernel has with what it had when the
// table was loaded, without counters. The removal takes the table away.
//
// Parameters:
//   name: line. Name of the table: letters, digits, - and _.
//   contents: text. What stands in the table, in the language of nft.
//   family='inet': 'inet', 'ip', 'ip6', 'arp', 'bridge' or 'netdev'. Family of the table.
//   live=true: boolean. Whether it is loaded now; false: in a container, or an image that is being built.
//   config='/etc/nftables.conf': path. The file that includes it; null where the system has that anyway, as on Alpine.
//   options={}: object. Further properties of each command, such as onChange.
//
// Returns the commands `dir /etc/nftables.d`, `nftables NAME: include`, `nftables NAME: file` and, with `live`,
// `nftables NAME`.
local is = (import 'argument.libsonnet')('nftables');
local dir = import 'dir.libsonnet';
local file = import 'file.libsonnet';
local line = import 'line.libsonnet';
local script = import 'script.libsonnet';
local withOptions = import 'withOptions.libsonnet';

local begin = |||
  family=$1 name=$2 file=$3
  kept=/run/etcha-nftables/$family-$name
|||;

local check = begin + |||
  now=$(nft -s list table "$family" "$name" 2>/dev/null) || { echo "the kernel has no table $family $name"; exit 1; }
  [ -e "$kept" ] && [ "$now" = "$(cat -- "$kept")" ] || { echo "table $family $name is not as it was loaded"; exit 1; }
|||;

local change = begin + |||
  nft -f "$file"
  mkdir -p -- "${kept%/*}"
  nft -s list table "$family" "$name" > "$kept"
|||;

local remove = begin + |||
  if nft list table "$family" "$name" > /dev/null 2>&1; then nft delete table "$family" "$name"; fi
  rm -f -- "$kept"
|||;

function(name, contents, family='inet', live=true, config='/etc/nftables.conf', options={})
  assert is('name', name, {
    is(text): std.isString(text) && std.native('regexMatch')('^[A-Za-z][A-Za-z0-9_-]*$', text),
    expected: 'a text of letters, digits, - and _ that begins with a letter',
  });
  assert is('contents', contents, 'text');
  assert is('family', family, {
    is(text): std.member(['inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev'], text),
    expected: 'inet, ip, ip6, arp, bridge or netdev',
  });
  assert is('live', live, 'boolean');
  assert is('config', config, 'path?');
  local path = '/etc/nftables.d/%s.nft' % name;
  local table = '%s %s' % [family, name];
  local indented = std.join('', ['  %s\n' % text for text in std.split(std.rstripChars(contents, '\n'), '\n')]);
  local words = [family, name, path];
  withOptions('nftables', [
    // Others have tables there, too: it stays.
    dir('/etc/nftables.d', mode='0755') + { remove:: null },
  ] + (
    if config == null then [] else [
      line(config, '^\\s*include\\s+"/etc/nftables\\.d/\\*\\.nft"\\s*$', 'include "/etc/nftables.d/*.nft"', create=true)
      + { id: 'nftables %s: include' % name, remove:: null },
    ]
  ) + [
    // The first line makes the table where it is not there, so that the second can take it away.
    file(path, 'table %s\ndelete table %s\ntable %s {\n%s}\n' % [table, table, table, indented], mode='0644') + {
      id: 'nftables %s: file' % name,
      [if live then 'onChange']: ['nftables ' + name],
    },
  ] + (
    if !live then [] else [{
      id: 'nftables ' + name,
      // A moment without it would be one too many.
      changeIgnore: true,
      check: script('nftables', check, words),
      change: script('nftables', change, words),
      remove: script('nftables', remove, words),
    }]
  ), options)
