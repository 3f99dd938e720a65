// Check, change and remove of one of Etcha's own resources, which need no program and no shell: the words of
// `etcha file check …`, `etcha file change …` and `etcha file remove …`. The functions of this library use it.
//
//   local resource = import '../lib/etcha/resource.libsonnet';
//   { id: 'the folder' } + resource('dir', ['/srv/www'], ['--mode', '0755'])
//
// Parameters:
//   kind: text. The subcommand: archive, copy, dir, file, line, link or template.
//   words: list of texts. What it is about.
//   flags=[]: list of texts. Flags and their values.
//
// Returns an object with check, change and remove.
function(kind, words, flags=[])
  // What follows -- is no flag, whatever it begins with.
  local rest = flags + ['--'] + words;
  {
    check: ['etcha', kind, 'check'] + rest,
    change: ['etcha', kind, 'change'] + rest,
    remove: ['etcha', kind, 'remove'] + rest,
  }
