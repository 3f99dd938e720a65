// A service that is there is enabled, so that it starts with the host, and running: by systemd, OpenRC or scripts in
// /etc/init.d.
//
//   local file = import '../lib/etcha/file.libsonnet';
//   local service = import '../lib/etcha/service.libsonnet';
//   {
//     run: [
//       file('/etc/nginx/conf.d/limits.conf', '…', options={ onChange: ['service nginx'] }),
//       service('nginx', onTrigger='reload'),
//     ],
//   }
//
// When another command triggers it and it runs already, it is restarted or reloaded. Where no init system runs (a chroot,
// an image that is being built), a service is merely enabled.
//
// Where only the script of a service in /etc/init.d is left – a package that is removed and not purged leaves it –, the service
// still counts as there.
//
// The removal undoes what was done here, as noted below /var/lib/etcha/made: a service that was enabled or running before
// stays so.
//
// Parameters:
//   name: line. Name of the service; of systemd's units that are no services with the ending, such as 'fstrim.timer'.
//   enabled=true: boolean or null. Whether it starts with the host; null: left as it is.
//   running=true: boolean or null. Whether it runs now; null: left as it is.
//   onTrigger='restart': 'restart' or 'reload'. What becomes of it when another command triggers this one.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `service NAME`.
local is = (import 'argument.libsonnet')('service');
local init = import 'init.libsonnet';
local made = import 'made.libsonnet';
local script = import 'script.libsonnet';

local check = init + |||
  name=$1 enabled=$2 running=$3
  wrong=0
  if [ "$enabled" != null ] && ! is_static "$name"; then
    if is_enabled "$name"; then is=true; else is=false; fi
    [ "$is" = "$enabled" ] || { echo "service $name: enabled is $is, not $enabled"; wrong=1; }
  fi
  if [ "$running" != null ] && [ -n "$is_up" ]; then
    if is_running "$name"; then is=true; else is=false; fi
    [ "$is" = "$running" ] || { echo "service $name: running is $is, not $running"; wrong=1; }
  fi
  exit $wrong
|||;

local change = made + init + |||
  name=$1 enabled=$2 running=$3 on_trigger=$4
  if [ "$enabled" != null ] && ! is_static "$name"; then
    if is_enabled "$name"; then is=true; else is=false; fi
    if [ "$enabled" = true ] && [ "$is" = false ]; then
      made enabled "$name"
      enable "$name"
    elif [ "$enabled" = false ] && [ "$is" = true ]; then
      made disabled "$name"
      disable "$name"
    fi
  fi
  [ -n "$is_up" ] || exit 0
  if is_running "$name"; then is=true; else is=false; fi
  if [ "$running" = true ] && [ "$is" = false ]; then
    made started "$name"
    command_service start "$name"
  elif [ "$running" = false ] && [ "$is" = true ]; then
    made stopped "$name"
    command_service stop "$name"
  # The check has passed, so something else has triggered this.
  elif [ "$is" = true ] && [ "${_CHECK-0}" = 0 ]; then
    command_service "$on_trigger" "$name"
  fi
|||;

local remove = made + init + |||
  name=$1
  if is_made started "$name" && [ -n "$is_up" ] && is_running "$name"; then command_service stop "$name"; fi
  if is_made enabled "$name" && is_enabled "$name"; then disable "$name"; fi
  if is_made disabled "$name" && ! is_enabled "$name"; then enable "$name"; fi
  if is_made stopped "$name" && [ -n "$is_up" ] && ! is_running "$name"; then command_service start "$name"; fi
  for what in started enabled disabled stopped; do unmade "$what" "$name"; done
|||;

function(name, enabled=true, running=true, onTrigger='restart', options={})
  assert is('name', name, {
    is(text): std.isString(text) && std.native('regexMatch')('^[A-Za-z0-9_@][A-Za-z0-9:_.@\\\\-]*$', text),
    expected: 'the name of a service',
  });
  assert is('enabled', enabled, 'boolean?');
  assert is('running', running, 'boolean?');
  assert is('onTrigger', onTrigger, {
    is(text): std.member(['restart', 'reload'], text),
    expected: "'restart' or 'reload'",
  });
  assert is('options', options, 'object');
  {
    id: 'service ' + name,
    changeIgnore: true,
    check: script('service', check, [name, enabled, running]),
    change: script('service', change, [name, enabled, running, onTrigger]),
    remove: script('service', remove, [name]),
  } + options
