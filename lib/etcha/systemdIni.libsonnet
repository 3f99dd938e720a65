// The text of a file of systemd, from an object of sections.
//
//   local systemdIni = import '../lib/etcha/systemdIni.libsonnet';
//   systemdIni({ Unit: { Description: 'Backup' }, Service: { ExecStart: '/usr/local/bin/backup', Nice: 10 } })
//
// Parameters:
//   sections: object or text. Sections, each an object of keys. A value is a text, a number, true or false (yes, no), or a
//     list of them: then the key stands there once for each. Values are systemd's own language, in which % and $ mean
//     something; systemdWords writes command lines in it. A section may be a list of such objects, for one that occurs
//     several times. A text is taken as it is.
//
// Returns a text.
local is = (import 'argument.libsonnet')('systemdIni');
function(sections)
  local matches = std.native('regexMatch');
  local scalar(name, value) =
    if std.isBoolean(value) then (if value then 'yes' else 'no')
    else if std.isNumber(value) then std.toString(value)
    else if is(name, value, {
      is(text): std.isString(text) && !matches('[\\x00-\\x08\\x0a-\\x1f\\x7f]', text) && !std.endsWith(text, '\\'),
      expected: 'a text of one line that does not end with a backslash, a number, true or false, or a list of these',
    }) then value;
  local lines(section, keys) = std.flatMap(
    function(key)
      local name = '%s.%s' % [section, key];
      assert is(section, key, {
        is(text): matches('^[A-Za-z0-9_-]+$', text),
        expected: 'an object whose keys are of letters, digits, _ and -',
      });
      local value = keys[key];
      [
        '%s=%s\n' % [key, scalar(name, one)]
        for one in (if std.isArray(value) then value else [value])
      ],
    std.objectFields(keys)
  );
  local block(section, keys) =
    assert is('sections', section, {
      is(text): matches('^[A-Za-z0-9_-]+$', text),
      expected: 'an object whose keys are names of sections',
    });
    assert is(section, keys, 'object');
    '[%s]\n%s' % [section, std.join('', lines(section, keys))];
  assert is('sections', sections, 'object|text');
  if std.isString(sections) then sections
  else std.join('\n', [
    block(section, keys)
    for section in std.objectFields(sections)
    for keys in (if std.isArray(sections[section]) then sections[section] else [sections[section]])
  ])
