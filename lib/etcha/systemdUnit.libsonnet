// A unit of systemd – service, timer, socket, mount … – with its file, enabled and running.
//
//   local systemdUnit = import '../lib/etcha/systemdUnit.libsonnet';
//   local systemdWords = import '../lib/etcha/systemdWords.libsonnet';
//   {
//     run: systemdUnit('backup.timer', {
//       Timer: { OnCalendar: 'daily', Persistent: true },
//       Install: { WantedBy: 'timers.target' },
//     }),
//   }
//
// When the file changes, systemd reads it again and the unit, if it runs, is restarted; so it is when another command
// triggers `systemdUnit NAME`. Where systemd does not run (a chroot, an image that is being built), the unit is enabled by
// its links and not started. The removal stops and disables the unit and removes its file.
//
// Parameters:
//   name: line. Name of the unit with its ending.
//   contents: object or text. What its file holds; an object is written by systemdIni.
//   enabled=true: boolean or null. Whether it starts with the host; null: left as it is. It takes a section Install.
//   running=true: boolean or null. Whether it runs now; null: left as it is, as for what a timer starts.
//   dir='/etc/systemd/system': path. Folder of the file.
//   options={}: object. Further properties of each command, such as onChange.
//
// Returns the commands `systemdUnit NAME: forget`, `file PATH` and `systemdUnit NAME`.
local is = (import 'argument.libsonnet')('systemdUnit');
local file = import 'file.libsonnet';
local init = import 'init.libsonnet';
local script = import 'script.libsonnet';
local systemdIni = import 'systemdIni.libsonnet';
local withOptions = import 'withOptions.libsonnet';

local reload = |||
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
|||;

// Without systemctl the links of a unit are made as it would: by the keys of the section Install.
local links = |||
  file=$1
  # Runs `each LINK` for every link that belongs to the unit.
  links() {
    section=
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in
        \[*) section=$line ;;
      esac
      [ "$section" = '[Install]' ] || continue
      case $line in
        WantedBy=*) kind=.wants/$name ;;
        RequiredBy=*) kind=.requires/$name ;;
        Alias=*) kind= ;;
        *) continue ;;
      esac
      rest="${line#*=} "
      while [ -n "$rest" ]; do
        one=${rest%% *} rest=${rest#* }
        [ -z "$one" ] || each "${file%/*}/$one$kind"
      done
    done < "$file"
  }
  if ! command -v systemctl > /dev/null 2>&1; then
    is_enabled() {
      found=yes
      each() { [ -L "$1" ] || found=; }
      links
      [ -n "$found" ]
    }
    is_static() { ! grep -q '^\[Install\]' "$file"; }
    enable() {
      each() { mkdir -p -- "${1%/*}" && ln -sfn -- "$file" "$1"; }
      links
    }
    disable() {
      each() { rm -f -- "$1"; }
      [ ! -e "$file" ] || links
    }
  fi
|||;

local begin = 'name=$2 enabled=$3 running=$4\n' + init + links;

local check = begin + |||
  wrong=0
  [ -e "$file" ] || { echo "there is no unit $name"; exit 1; }
  if [ "$enabled" != null ] && ! is_static "$name"; then
    if is_enabled "$name"; then is=true; else is=false; fi
    [ "$is" = "$enabled" ] || { echo "unit $name: enabled is $is, not $enabled"; wrong=1; }
  fi
  if [ -n "$is_up" ]; then
    [ "$(systemctl show -p NeedDaemonReload -- "$name")" != NeedDaemonReload=yes ] || {
      echo "unit $name: systemd has not read its file"
      wrong=1
    }
    if is_running "$name"; then is=true; else is=false; fi
    [ "$running" = null ] || [ "$is" = "$running" ] || { echo "unit $name: running is $is, not $running"; wrong=1; }
  fi
  exit $wrong
|||;

local change = begin + reload + |||
  if [ "$enabled" = true ]; then
    enable "$name"
  elif [ "$enabled" = false ]; then
    disable "$name"
  fi
  [ -n "$is_up" ] || exit 0
  case $running in
    true) systemctl restart -- "$name" ;;
    false) systemctl stop -- "$name" ;;
    null) systemctl try-restart -- "$name" ;;
  esac
|||;

local remove = begin + |||
  if [ -n "$is_up" ]; then systemctl stop -- "$name"; fi
  disable "$name"
|||;

function(name, contents, enabled=true, running=true, dir='/etc/systemd/system', options={})
  assert is('name', name, {
    is(text): std.isString(text) && std.native('regexMatch')(
      '^[A-Za-z0-9_][A-Za-z0-9:_.@\\\\-]*\\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$', text
    ),
    expected: 'the name of a unit with its ending, such as backup.timer',
  });
  assert is('contents', contents, 'object|text');
  assert is('enabled', enabled, 'boolean?');
  assert is('running', running, 'boolean?');
  assert is('dir', dir, 'path');
  local path = '%s/%s' % [dir, name];
  local id = 'systemdUnit ' + name;
  local words = [path, name, enabled, running];
  withOptions('systemdUnit', [
    // Removals run backwards: this one after that of the file.
    { id: id + ': forget', remove: script('systemdUnit', reload) },
    file(path, systemdIni(contents), mode='0644', options={ onChange: [id], onRemove: [id + ': forget'] }),
    {
      id: id,
      changeIgnore: true,
      check: script('systemdUnit', check, words),
      change: script('systemdUnit', change, words),
      remove: script('systemdUnit', remove, words),
    },
  ], options)
