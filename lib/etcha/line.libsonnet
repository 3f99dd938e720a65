// A line of a text file that is otherwise not ours: what the expression matches is replaced in every line, and where
// nothing matches, the line is added at the end.
//
//   local line = import '../lib/etcha/line.libsonnet';
//   { run: [line('/etc/ssh/sshd_config', '^#?PermitRootLogin .*', 'PermitRootLogin no')] }
//
// The removal deletes the lines that match, and those that are the line; what stood there before does not come back.
//
// Parameters:
//   path: path. The file.
//   match: line. What is replaced: a regular expression in RE2 syntax. To replace a whole line let it match all of it.
//   text: line or ''. What should stand there; ${1} or ${NAME} stands for a group of the expression.
//   append=true: boolean. Whether the line is added where nothing matches; false: that is no difference.
//   create=false: boolean. Whether the file is made where there is none.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `line PATH: MATCH`.
local is = (import 'argument.libsonnet')('line');
local resource = import 'resource.libsonnet';
function(path, match, text, append=true, create=false, options={})
  assert is('path', path, 'path');
  assert is('match', match, 'line');
  assert is('text', text, {
    is(value): value == '' || is('text', value, 'line'),
    expected: 'a text of one line',
  });
  assert is('append', append, 'boolean');
  assert is('create', create, 'boolean');
  assert is('options', options, 'object');
  local flags = (if create then ['--create'] else []) + (if append then [] else ['--no-append']);
  { id: 'line ' + path + ': ' + match } + resource('line', [path, match, text], flags) + options
