// Settings of the kernel, now and after each start.
//
//   local sysctl = import '../lib/etcha/sysctl.libsonnet';
//   { run: sysctl('60-hardening', { 'net.ipv4.tcp_syncookies': 1, 'kernel.kptr_restrict': 2 }) }
//
// Parameters:
//   name: line. Name of the file in /etc/sysctl.d, without its ending.
//   settings: object. Values by their names: numbers or texts. A name that has . in it is parted by /.
//   live=true: boolean. Whether they are set now as well. A removal sets what they were before, as noted below
//     /var/lib/etcha/made/sysctl. false: in a container, or an image that is being built.
//   options={}: object. Further properties of each command, such as onChange.
//
// Returns the commands `dir /etc/sysctl.d`, `sysctl NAME: file` and, with `live`, `sysctl NAME`.
local is = (import 'argument.libsonnet')('sysctl');
local dir = import 'dir.libsonnet';
local file = import 'file.libsonnet';
local made = import 'made.libsonnet';
local script = import 'script.libsonnet';
local withOptions = import 'withOptions.libsonnet';

// Arguments are KEY=VALUE. The kernel parts several values by tabs.
local functions = made + |||
  # sysctl(8): whichever comes first of . and / parts the names, and the other one belongs to them.
  path_of() {
    first=${1#"${1%%[./]*}"}
    case $first in
      /*) path=/proc/sys/$1 ;;
      *) path=/proc/sys/$(printf '%s' "$1" | tr '/.' './') ;;
    esac
  }
  is_set() {
    path_of "${1%%=*}"
    [ -e "$path" ] || { echo "the kernel has no ${1%%=*}"; return 1; }
    value=$(tr -s '\t' ' ' < "$path")
    [ "$value" = "${1#*=}" ] || { echo "${1%%=*} is $value, not ${1#*=}"; return 1; }
  }
|||;

local check = functions + |||
  wrong=0
  for setting do is_set "$setting" || wrong=1; done
  exit $wrong
|||;

local change = functions + |||
  for setting do
    is_set "$setting" && continue
    key=${setting%%=*}
    note=$(printf '%s' "$key" | tr / %)
    path_of "$key"
    is_made sysctl "$note" || {
      made sysctl "$note"
      cat -- "$path" > "/var/lib/etcha/made/sysctl/$note"
    }
    printf '%s\n' "${setting#*=}" > "$path"
  done
|||;

local remove = functions + |||
  for setting do
    key=${setting%%=*}
    note=$(printf '%s' "$key" | tr / %)
    is_made sysctl "$note" || continue
    path_of "$key"
    cat -- "/var/lib/etcha/made/sysctl/$note" > "$path"
    unmade sysctl "$note"
  done
|||;

function(name, settings, live=true, options={})
  local matches = std.native('regexMatch');
  assert is('name', name, {
    is(text): std.isString(text) && matches('^[A-Za-z0-9_][A-Za-z0-9_.-]*$', text),
    expected: 'a text of letters, digits, _, . and -',
  });
  assert is('settings', settings, 'object');
  assert is('live', live, 'boolean');
  local setting(key) =
    assert is('settings', key, {
      is(text): matches('^[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)+$', text),
      expected: 'an object whose keys are names such as net.ipv4.ip_forward',
    });
    local value = std.toString(settings[key]);
    assert is('settings.' + key, value, {
      is(text): matches('^\\S[^\\x00-\\x1f\\x7f]*$', text) && matches('\\S$', text),
      expected: 'a number or a text of one line, without blanks at its ends',
    });
    [key, value];
  local all = std.map(setting, std.objectFields(settings));
  local words = ['%s=%s' % pair for pair in all];
  withOptions('sysctl', [
    // Others have settings there, too: it stays.
    dir('/etc/sysctl.d', mode='0755') + { remove:: null },
    file('/etc/sysctl.d/%s.conf' % name, std.join('', ['%s = %s\n' % pair for pair in all]), mode='0644')
    + { id: 'sysctl %s: file' % name },
  ] + (
    if !live then [] else [{
      id: 'sysctl ' + name,
      check: script('sysctl', check, words),
      change: script('sysctl', change, words),
      remove: script('sysctl', remove, words),
    }]
  ), options)
