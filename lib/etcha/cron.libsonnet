// A command that cron runs, from a file of its own in /etc/cron.d.
//
//   local cron = import '../lib/etcha/cron.libsonnet';
//   { run: [cron('backup', '15 3 * * *', ['/usr/local/bin/backup', '--to', '/srv/My Backups'], user='backup')] }
//
// Parameters:
//   name: line. Name of the file: letters, digits, - and _, because cron passes over others.
//   schedule: line. Minute, hour, day of month, month and day of week, or a word such as @daily.
//   command: line or list of lines. A text for cron's shell, or words, which are quoted for it. % needs no escape, and in a
//     text must not have one: give what has \ in it as words, since crons read it in different ways.
//   user='root': line. User that it runs as.
//   env={}: object. Variables that are set for it, such as { MAILTO: 'ops@example.com' }.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `cron NAME`.
local is = (import 'argument.libsonnet')('cron');
local file = import 'file.libsonnet';
function(name, schedule, command, user='root', env={}, options={})
  local matches = std.native('regexMatch');
  assert is('name', name, {
    is(text): std.isString(text) && matches('^[A-Za-z0-9_-]+$', text),
    expected: 'a text of letters, digits, - and _',
  });
  assert is('schedule', schedule, {
    is(text): std.isString(text) && matches(
      '^(@(reboot|yearly|annually|monthly|weekly|daily|midnight|hourly)|([0-9A-Za-z*,/~-]+ +){4}[0-9A-Za-z*,/~-]+)$', text
    ),
    expected: "five fields such as '15 3 * * *', or a word such as @daily",
  });
  assert is('command', command, 'line|line[]');
  assert is('user', user, 'id');
  assert is('env', env, 'object');
  assert is('options', options, 'object');
  // Quoted both ways: cron takes the quotes around a value off, and knows no escapes.
  local variable(key) =
    assert is('env', key, {
      is(text): matches('^[A-Za-z_][A-Za-z0-9_]*$', text),
      expected: 'an object of names of variables',
    });
    local value = std.toString(env[key]);
    assert is('env.' + key, value, {
      is(text): matches('^[^\\x00-\\x1f\\x7f]*$', text) && !(std.member(text, '"') && std.member(text, "'")),
      expected: 'a text of one line without one of the two kinds of quotes',
    });
    local quote = if std.member(value, '"') then "'" else '"';
    '%s=%s%s%s\n' % [key, quote, value, quote];
  assert is('command', command, {
    is(text): !(std.isString(text) && matches('\\\\%', text)),
    expected: 'without \\ before %, which needs no escape, or a list of words',
  });
  // What follows a backslash some crons take for escaped, a second one too: so an empty pair of quotes follows it.
  local quoted(word) = std.strReplace(std.escapeStringBash(word), '\\', "\\''");
  local text = if std.isString(command) then command else std.join(' ', std.map(quoted, command));
  file('/etc/cron.d/' + name, std.join('', [
    std.join('', std.map(variable, std.objectFields(env))),
    // An unescaped % ends the command: what follows would be its standard input.
    '%s %s %s\n' % [schedule, user, std.strReplace(text, '%', '\\%')],
  ]), owner=0, group=0, mode='0644') + { id: 'cron ' + name } + options
