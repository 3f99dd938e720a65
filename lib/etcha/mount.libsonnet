// A file system that is mounted, now and after each start.
//
//   local mount = import '../lib/etcha/mount.libsonnet';
//   { run: mount('/srv/data', 'UUID=0e3c…', 'ext4', flags=['noatime']) }
//
// The line in /etc/fstab is the one of its path. Where it changes, other flags are a remount, and another device or type is
// mounted after the old one was unmounted. The removal unmounts and takes the line away.
//
// Parameters:
//   path: path. Where it is mounted. The folder is made where it is missing, and then goes with the mount.
//   device: line. What is mounted: a path, UUID=…, LABEL=…, HOST:/PATH, or tmpfs.
//   type: line. Type of the file system.
//   flags=['defaults']: list of lines. Options of the mount.
//   dump=0: number. The fifth field of the line.
//   pass=0: number. The sixth field: in which turn it is checked at start, 0 for not at all.
//   mounted=true: boolean. Whether it is mounted now; false: the line alone.
//   options={}: object. Further properties of each command, such as onChange.
//
// Returns the commands `mount PATH: fstab` and, with `mounted`, `mount PATH` and `mount PATH: renew`.
local is = (import 'argument.libsonnet')('mount');
local line = import 'line.libsonnet';
local made = import 'made.libsonnet';
local script = import 'script.libsonnet';
local withOptions = import 'withOptions.libsonnet';

local noted = made + |||
  note=$(printf '%s' "$1" | sed 's/%/%25/g; s,/,%2F,g')
|||;

local check = |||
  mountpoint -q -- "$1" || { echo "nothing is mounted at $1"; exit 1; }
|||;

local change = noted + |||
  if [ ! -d "$1" ]; then
    mkdir -p -- "$1"
    made mountpoint "$note"
  fi
  mountpoint -q -- "$1" || mount -- "$1"
|||;

local remove = noted + |||
  if mountpoint -q -- "$1"; then umount -- "$1"; fi
  if is_made mountpoint "$note"; then
    rmdir -- "$1" || echo "$1 stays" >&2
    unmade mountpoint "$note"
  fi
|||;

// When the line in /etc/fstab is another one.
local renew = |||
  path=$1 as_written=$2 type=$3 device=$4
  # What is mounted: its type and source, as mountinfo has them.
  mounted=
  while read -r _ _ _ _ at rest; do
    [ "$at" = "$as_written" ] || continue
    mounted=${rest##* - }
    mounted=${mounted% *}
  done < /proc/self/mountinfo
  [ -n "$mounted" ] || exit 0
  case $device in
    UUID=* | LABEL=* | PARTUUID=* | PARTLABEL=*) device=$(findfs "$device") ;;
    /dev/*) device=$(readlink -f -- "$device") ;;
  esac
  if [ "$mounted" = "$type $device" ]; then
    mount -o remount -- "$path"
  else
    umount -- "$path"
    mount -- "$path"
  fi
|||;

function(path, device, type, flags=['defaults'], dump=0, pass=0, mounted=true, options={})
  assert is('path', path, 'path');
  assert is('path', path, { is(text): !std.endsWith(text, '/'), expected: 'a path that does not end with /' });
  assert is('device', device, 'line');
  assert is('type', type, {
    is(text): std.isString(text) && std.native('regexMatch')('^[A-Za-z0-9._-]+$', text),
    expected: 'the type of a file system',
  });
  assert is('flags', flags, 'line[]');
  assert is('flags', flags, { is(list): std.length(list) > 0, expected: 'at least one' });
  assert is('dump', dump, 'number');
  assert is('pass', pass, 'number');
  assert is('mounted', mounted, 'boolean');
  // What parts the fields, fstab(5) has by its number.
  local octal = { ' ': '\\040', '\t': '\\011', '\n': '\\012', '\\': '\\134', '#': '\\043', '$': '\\044' };
  local field(text) = std.join('', [std.get(octal, c, c) for c in std.stringChars(text)]);
  local fields = [field(device), field(path), type, field(std.join(',', flags)), '%d' % dump, '%d' % pass];
  // The path as an expression that means just itself.
  local special = std.stringChars('\\.+*?()|[]{}^$');
  local literal(text) = std.join('', [if std.member(special, c) then '\\' + c else c for c in std.stringChars(text)]);
  local id = 'mount ' + path;
  withOptions('mount', [
    line('/etc/fstab', '^[ \\t]*[^#\\s]\\S*[ \\t]+%s[ \\t].*' % literal(field(path)), std.join(' ', fields), create=true) + {
      id: id + ': fstab',
      [if mounted then 'onChange']: [id + ': renew'],
    },
  ] + (
    if !mounted then [] else [
      {
        id: id,
        changeIgnore: true,
        check: script('mount', check, [path]),
        change: script('mount', change, [path]),
        remove: script('mount', remove, [path]),
      },
      {
        id: id + ': renew',
        changeIgnore: true,
        change: script('mount', renew, [path, std.strReplace(field(path), '\\044', '$'), type, field(device)]),
      },
    ]
  ), options)
