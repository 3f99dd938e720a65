// A command that systemd runs again and again: a timer and its service.
//
//   local systemdTimer = import '../lib/etcha/systemdTimer.libsonnet';
//   { run: systemdTimer('backup', 'daily', ['/usr/local/bin/backup', '--to', '/srv/backups'], user='backup') }
//
// Parameters:
//   name: line. Name of the units, without ending.
//   schedule: line or list of lines. When, in the words of OnCalendar: 'daily', 'Mon 03:00', '*:0/15'.
//   command: list of texts. Program, an absolute path, and its arguments; no shell reads them.
//   user=null: line or null. User that it runs as; null: root.
//   persistent=true: boolean. Whether a run that was missed, because the host was off, is made up for.
//   delay=null: line or null. Random time by which each run is put off at most, such as '15min'.
//   service={}: object. Further keys of the section Service, such as { ProtectSystem: 'strict' }.
//   options={}: object. Further properties of each command, such as onChange.
//
// Returns the commands of `systemdUnit` for NAME.service and NAME.timer.
local is = (import 'argument.libsonnet')('systemdTimer');
local systemdUnit = import 'systemdUnit.libsonnet';
local systemdWords = import 'systemdWords.libsonnet';
function(name, schedule, command, user=null, persistent=true, delay=null, service={}, options={})
  assert is('name', name, {
    is(text): std.isString(text) && std.native('regexMatch')('^[A-Za-z0-9_][A-Za-z0-9:_.-]*$', text),
    expected: 'a name of letters, digits, :, _, . and -',
  });
  assert is('schedule', schedule, 'line|line[]');
  assert is('command', command, 'text[]');
  assert is('command', command, {
    is(list): std.length(list) > 0 && std.startsWith(list[0], '/'),
    expected: 'a list that begins with a program, by its absolute path',
  });
  assert is('user', user, 'line?');
  assert is('persistent', persistent, 'boolean');
  assert is('delay', delay, 'line?');
  assert is('service', service, 'object');
  assert is('options', options, 'object');
  [
    systemdUnit(
      name + '.service',
      {
        Unit: { Description: name },
        Service: {
          Type: 'oneshot',
          ExecStart: systemdWords(command),
          [if user != null then 'User']: user,
        } + service,
      },
      enabled=null,
      running=null,
      options=options
    ),
    systemdUnit(
      name + '.timer',
      {
        Unit: { Description: name },
        Timer: {
          OnCalendar: schedule,
          Persistent: persistent,
          [if delay != null then 'RandomizedDelaySec']: delay,
        },
        Install: { WantedBy: 'timers.target' },
      },
      options=options
    ),
  ]
