// A command line for ExecStart and its like: systemd reads each word as it is, whatever it holds.
//
//   local systemdUnit = import '../lib/etcha/systemdUnit.libsonnet';
//   local systemdWords = import '../lib/etcha/systemdWords.libsonnet';
//   local words = ['/usr/bin/backup', '--to', '/srv/My Backups/100%'];
//   { run: systemdUnit('backup.service', { Service: { ExecStart: systemdWords(words) } }) }
//
// Parameters:
//   words: list of texts. Program, an absolute path, and its arguments.
//
// Returns a text.
local is = (import 'argument.libsonnet')('systemdWords');
function(words)
  local escapes = { '\\': '\\\\', '"': '\\"', '%': '%%', '$': '$$', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  // Other control characters by their number.
  local escape(character) =
    if std.objectHas(escapes, character) then escapes[character]
    else if std.codepoint(character) < 32 || std.codepoint(character) == 127 then '\\x%02x' % std.codepoint(character)
    else character;
  local quoted(word) = '"' + std.join('', std.map(escape, std.stringChars(word))) + '"';
  assert is('words', words, 'text[]');
  assert is('words', words, { is(list): std.length(list) > 0, expected: 'a list that begins with a program' });
  assert is('words', words[0], 'path');
  std.join(' ', std.map(quoted, words))
