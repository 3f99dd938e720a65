// The agent as a service of systemd.
//
//   local etchaService = import '../lib/etcha/etchaService.libsonnet';
//   { run: etchaService(config={ sources: { base: { allowPush: true, verifyKeys: ['ed25519public:…'] } } }) }
//
// What `etcha service install` does by hand, as a part of a pattern. It is started again whenever it ends, so that the event
// exit restarts it. A changed configuration is read again without
// that (SIGHUP).
//
// Parameters:
//   config=null: object or null. Configuration, written to `configPath`; null: that file is somebody else's.
//   configPath='/etc/etcha/etcha.jsonnet': path. The configuration.
//   program='/usr/local/bin/etcha': path. The program.
//   stateDir='/var/lib/etcha': path. Where the agent keeps its state, whatever the configuration says.
//   options={}: object. Further properties of each command, such as onChange.
//
// Returns the commands `etchaService: reload` and `file CONFIGPATH`, with the folder of it before, if `config` is given, and
// those of `systemdUnit` for etcha.service.
local is = (import 'argument.libsonnet')('etchaService');
local dir = import 'dir.libsonnet';
local file = import 'file.libsonnet';
local script = import 'script.libsonnet';
local systemdUnit = import 'systemdUnit.libsonnet';
local systemdWords = import 'systemdWords.libsonnet';
local withOptions = import 'withOptions.libsonnet';

local reload = |||
  [ -d /run/systemd/system ] || exit 0
  if systemctl --quiet is-active etcha.service; then systemctl reload etcha.service; fi
|||;

function(
  config=null,
  configPath='/etc/etcha/etcha.jsonnet',
  program='/usr/local/bin/etcha',
  stateDir='/var/lib/etcha',
  options={},
)
  assert is('config', config, 'object?');
  assert is('configPath', configPath, 'path');
  assert is('program', program, 'path');
  assert is('stateDir', stateDir, 'path');
  assert is('options', options, 'object');
  local folder = std.join('/', std.slice(std.split(configPath, '/'), 0, -1, 1));
  withOptions('etchaService', if config == null then [] else [
    dir(folder, mode='0700', parents=true),
    file(configPath, std.manifestJsonEx(config, '  ') + '\n', mode='0600', options={ onChange: ['etchaService: reload'] }),
    { id: 'etchaService: reload', changeIgnore: true, change: script('etchaService', reload) },
  ], options) + systemdUnit('etcha.service', {
    Unit: { Description: 'Etcha', After: 'network-online.target', Wants: 'network-online.target' },
    Service: {
      Type: 'exec',
      ExecStart: systemdWords([program, '-c', configPath, '-x', 'run_stateDir=' + stateDir, 'run']),
      // Not every system has a program kill.
      ExecReload: '/bin/sh -c "kill -HUP $MAINPID"',
      [if stateDir == '/var/lib/etcha' then 'StateDirectory']: 'etcha',
      [if stateDir == '/var/lib/etcha' then 'StateDirectoryMode']: '0700',
      // A wrong configuration stays wrong.
      Restart: 'always',
      RestartPreventExitStatus: 2,
      RestartSec: 5,
      // A command that runs may come to its end (run.timeoutStop); only then is the rest ended.
      KillMode: 'mixed',
      TimeoutStopSec: 75,
    },
    Install: { WantedBy: 'multi-user.target' },
  }, options=options)
