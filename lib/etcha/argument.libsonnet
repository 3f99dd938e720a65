// Holds arguments of a function to what it expects; what does not hold is an error that names the argument.
//
//   local is = (import '../lib/etcha/argument.libsonnet')('greet');
//   local greet(name, path=null) =
//     assert is('name', name, 'line');
//     assert is('path', path, 'path?');
//     { id: 'greet ' + name, always: true, change: ['echo', name] };
//   { run: [greet('Ada')] }
//
// greet('', 'etc') then fails with: greet: name must be a text of one line, not "".
//
// Parameters:
//   of: text. Name of the function, with which the message begins.
//
// Returns a function(name, value, kind) that gives true or fails. Kinds:
//   text: any text without NUL; line: not empty, and without line ends; path: an absolute path, without . and .. as
//   folders; mode: octal digits, such as '0644'; id: a user or group, by name or number; number: a whole number from 0;
//   boolean; object; null; secret: as line, but never shown.
// A kind followed by ? may be null as well, one followed by [] is a list of such, and | separates those that will do.
// In place of a kind there may be { is: function(value) true or false, expected: text }.
local matches = std.native('regexMatch');
// What a pattern says a thousand times is looked into without regular expressions where that will do.
local isText(value) = std.type(value) == 'string' && !std.member(value, '\u0000');
local isLine(value) = isText(value) && value != '' && !std.member(value, '\n') && !std.member(value, '\r');
local isPath(value) = isText(value) && value != '' && value[0] == '/' &&
                      (std.strReplace(value, '/.', '') == value || !matches('/\\.{1,2}(/|$)', value));
local isNumber(value) = std.type(value) == 'number' && value >= 0 && std.floor(value) == value;
local kinds = {
  text: { is: isText, expected: 'a text without NUL characters' },
  line: { is: isLine, expected: 'a text of one line' },
  path: { is: isPath, expected: 'an absolute path without . and ..' },
  mode: {
    is(value): std.type(value) == 'string' && matches('^[0-7]{3,5}$', value),
    expected: "an octal mode such as '0644'",
  },
  id: {
    is(value): isNumber(value) || (isLine(value) && !matches('^-|[:/,\\s]', value)),
    expected: 'the name or number of a user or group',
  },
  number: { is: isNumber, expected: 'a whole number from 0' },
  boolean: { is(value): std.type(value) == 'boolean', expected: 'true or false' },
  object: { is(value): std.type(value) == 'object', expected: 'an object' },
  'null': { is(value): value == null, expected: 'null' },
  secret: { is: isLine, expected: 'a text of one line', secret: true },
};
local orNull(some) = some { is(value): value == null || some.is(value), expected: some.expected + ', or null' };
local listOf(one) = {
  local wrong(value) = std.filter(function(each) !one.is(each), value),
  is(value): std.type(value) == 'array' && wrong(value) == [],
  expected: 'a list, each of it ' + one.expected,
  // Of a list the first that is wrong is told.
  wrong(value): if std.isArray(value) then wrong(value)[0] else value,
};
local common = kinds + { [kind + '?']: orNull(kinds[kind]) for kind in std.objectFields(kinds) };
local parse(kind) =
  if std.objectHas(common, kind) then common[kind]
  else if std.member(kind, '|') then
    local parts = std.map(parse, std.split(kind, '|'));
    {
      is(value): std.any([part.is(value) for part in parts]),
      expected: std.join(' or ', [part.expected for part in parts]),
    }
  else if std.endsWith(kind, '?') then orNull(parse(std.substr(kind, 0, std.length(kind) - 1)))
  else listOf(parse(std.substr(kind, 0, std.length(kind) - 2)));
local shown(value) =
  local json = std.manifestJsonMinified(value);
  if value == [] then '[]'
  else if std.isObject(value) || std.isArray(value) || std.isFunction(value) then 'of type ' + std.type(value)
  else if std.length(json) > 60 then std.substr(json, 0, 60) + '…'
  else json;
local refuse(of, name, value, wanted) =
  if std.get(wanted, 'secret', false) then error '%s: %s must be %s' % [of, name, wanted.expected]
  else
    local wrong = std.get(wanted, 'wrong', function(given) given)(value);
    error '%s: %s must be %s, not %s' % [of, name, wanted.expected, shown(wrong)];
// Whether a value is right, of kinds and values that patterns have by the thousand; false tells nothing.
local isRight(value, kind) =
  if value == null then std.type(kind) == 'string' && kind[std.length(kind) - 1] == '?'
  else if kind == 'path' then isPath(value)
  else if kind == 'line' then isLine(value)
  else if kind == 'object' then std.type(value) == 'object'
  else if kind == 'boolean' then std.type(value) == 'boolean'
  else if kind == 'mode?' then value == '0644' || value == '0755' || value == '0600'
  else kind == 'id?' && (value == 'root' || value == 0);
local demand(of, name, value, kind) =
  local wanted = if std.type(kind) == 'string' then parse(kind) else kind;
  wanted.is(value) || refuse(of, name, value, wanted);
function(of)
  function(name, value, kind) isRight(value, kind) || demand(of, name, value, kind)
