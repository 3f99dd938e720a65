// Gives several commands of one function the options that it was called with: each property is set in every command, and
// what they trigger is added to what they trigger among themselves.
//
//   local withOptions = import '../lib/etcha/withOptions.libsonnet';
//   withOptions('mount', [{ id: 'a', onChange: ['b'] }, { id: 'b' }], { onFail: ['etcha:alarm'] })
//
// Parameters:
//   of: text. Name of the function, for its message.
//   commands: list of objects. The commands.
//   options: object. Properties for each of them, without id.
//
// Returns the list of commands.
function(of, commands, options)
  local is = (import 'argument.libsonnet')(of);
  assert is('options', options, 'object');
  assert is('options', options, {
    is(object): !std.objectHas(object, 'id'),
    expected: 'an object without id, because there are several commands',
  });
  local joined(command, trigger) = std.get(command, trigger, []) + std.get(options, trigger, []);
  [
    command + options + {
      [trigger]: joined(command, trigger)
      for trigger in ['onChange', 'onFail', 'onRemove']
      if std.length(joined(command, trigger)) > 0
    }
    for command in commands
  ]
