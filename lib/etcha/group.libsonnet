// A group of users.
//
//   local group = import '../lib/etcha/group.libsonnet';
//   { run: [group('deploy', gid=2000)] }
//
// It is made by groupadd or addgroup, and changed by groupmod; where there is none of them, /etc/group is edited. A group
// that was there before stays when this one leaves. Who is in a group is said by `user`.
//
// Parameters:
//   name: line. Name of the group.
//   gid=null: number or null. Its number; null: whatever it is, or is given.
//   system=false: boolean. Whether a new one gets a number of the system's range.
//   root='': path or ''. Folder of another system, whose files are edited instead.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `group NAME`.
local is = (import 'argument.libsonnet')('group');
local accounts = import 'accounts.libsonnet';
local made = import 'made.libsonnet';
local script = import 'script.libsonnet';

local check = accounts + |||
  root=$1 name=$2 gid=$3
  entry group "$name" || { echo "there is no group $name"; exit 1; }
  field 3
  [ -z "$gid" ] || [ "$gid" = "$field" ] || { echo "the number of group $name is $field, not $gid"; exit 1; }
|||;

local change = made + accounts + |||
  root=$1 name=$2 gid=$3 system=$4
  if entry group "$name"; then
    [ -n "$gid" ] || exit 0
    if has groupmod; then
      groupmod -g "$gid" -- "$name"
    else
      hold
      entry group "$name"
      field 4
      put group "$name" "$name:x:$gid:$field"
    fi
    exit 0
  fi
  made group "$name"
  if has groupadd; then
    set -- -- "$name"
    [ -z "$gid" ] || set -- -g "$gid" "$@"
    [ "$system" -eq 0 ] || set -- -r "$@"
    groupadd "$@"
  elif has addgroup; then
    set -- "$name"
    [ -z "$gid" ] || set -- -g "$gid" "$@"
    [ "$system" -eq 0 ] || set -- -S "$@"
    addgroup "$@"
  else
    hold
    [ -n "$gid" ] || { number group "$system"; gid=$free; }
    put group "$name" "$name:x:$gid:"
    [ ! -e "$root/etc/gshadow" ] || put gshadow "$name" "$name:!::"
  fi
|||;

local remove = made + accounts + |||
  root=$1 name=$2
  is_made group "$name" || exit 0
  if ! entry group "$name"; then
    :
  elif has groupdel; then
    groupdel -- "$name"
  elif has delgroup; then
    delgroup "$name"
  else
    hold
    put group "$name"
    [ ! -e "$root/etc/gshadow" ] || put gshadow "$name"
  fi
  unmade group "$name"
|||;

function(name, gid=null, system=false, root='', options={})
  assert is('name', name, {
    is(text): std.isString(text) && std.native('regexMatch')('^[^-:/,\\s\\x00-\\x1f\\x7f~][^:/,\\s\\x00-\\x1f\\x7f]{0,31}$', text)
              && !std.native('regexMatch')('^(\\.{1,2}|[0-9]+)$', text),
    expected: 'a name of 1 to 32 characters, without blanks, : / and , and not only digits',
  });
  assert is('gid', gid, 'number?');
  assert is('system', system, 'boolean');
  assert root == '' || is('root', root, 'path');
  assert is('options', options, 'object');
  local number = if gid == null then '' else gid;
  {
    id: 'group ' + name,
    // Another number is a matter of the check, not of removing the group.
    changeIgnore: true,
    check: script('group', check, [root, name, number]),
    change: script('group', change, [root, name, number, if system then 1 else 0]),
    remove: script('group', remove, [root, name]),
  } + options
