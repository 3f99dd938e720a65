// A file of systemd-networkd: how an interface is set up.
//
//   local systemdNetwork = import '../lib/etcha/systemdNetwork.libsonnet';
//   {
//     run: systemdNetwork('20-wired.network', {
//       Match: { Name: 'en*' },
//       Network: { Address: ['192.0.2.10/24', '2001:db8::10/64'], Gateway: '192.0.2.1' },
//     }),
//   }
//
// When the file changes or leaves, a networkd that runs reads its files again. Links of another name or kind (.netdev,
// .link) that are there already are not made anew.
//
// Parameters:
//   name: line. Name of the file with its ending: .network, .netdev or .link.
//   contents: object or text. What it holds; an object is written by systemdIni.
//   mode='0644': mode. Who may read it; '0640' with group='systemd-network' for what holds keys.
//   group=null: id or null. Group that it belongs to.
//   dir='/etc/systemd/network': path. Folder of the file.
//   options={}: object. Further properties of each command, such as onChange.
//
// Returns the commands `systemdNetwork NAME: forget`, `file PATH` and `systemdNetwork NAME: reload`.
local is = (import 'argument.libsonnet')('systemdNetwork');
local file = import 'file.libsonnet';
local script = import 'script.libsonnet';
local systemdIni = import 'systemdIni.libsonnet';
local withOptions = import 'withOptions.libsonnet';

local reload = |||
  # A networkd that does not run will read them when it starts.
  [ -d /run/systemd/system ] || exit 0
  if systemctl --quiet is-active -- systemd-networkd.service; then networkctl reload; fi
|||;

function(name, contents, mode='0644', group=null, dir='/etc/systemd/network', options={})
  assert is('name', name, {
    is(text): std.isString(text) && std.native('regexMatch')('^[A-Za-z0-9_][A-Za-z0-9:_.@-]*\\.(network|netdev|link)$', text),
    expected: 'the name of a file that ends with .network, .netdev or .link',
  });
  assert is('contents', contents, 'object|text');
  assert is('mode', mode, 'mode');
  assert is('group', group, 'id?');
  assert is('dir', dir, 'path');
  local id = 'systemdNetwork ' + name;
  withOptions('systemdNetwork', [
    // Removals run backwards: this one after that of the file.
    { id: id + ': forget', remove: script('systemdNetwork', reload) },
    file('%s/%s' % [dir, name], systemdIni(contents), mode=mode, group=group, options={
      onChange: [id + ': reload'],
      onRemove: [id + ': forget'],
    }),
    { id: id + ': reload', changeIgnore: true, change: script('systemdNetwork', reload) },
  ], options)
