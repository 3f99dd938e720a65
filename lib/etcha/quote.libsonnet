// Quotes words for a shell text: the shell reads each of them as it is, whatever it holds. For texts of your own; the
// functions of this library don't need it, because they give words, which no shell reads.
//
//   local quote = import '../lib/etcha/quote.libsonnet';
//   { id: 'list', check: 'ls -d -- ' + quote('/srv/My Files') + ' | grep -q .' }
//
// Parameters:
//   words: text or list of texts. What is quoted.
//
// Returns a text: the words, separated by blanks.
local is = (import 'argument.libsonnet')('quote');
function(words)
  assert is('words', words, 'text|text[]');
  std.join(' ', std.map(std.escapeStringBash, if std.isArray(words) then words else [words]))
