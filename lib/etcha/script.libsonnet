// Words that run a shell text of several lines with arguments. The text is always the same; what varies comes as
// arguments, "$1", "$2" …, so that nothing of it is ever read by the shell, whatever it holds.
//
//   local script = import '../lib/etcha/script.libsonnet';
//   { id: 'greet', always: true, change: script('greet', 'echo "Hello $1"', ['$(reboot)']) }
//
// The text is for POSIX sh. It ends at the first command that fails (set -eu), knows the folders of system programs, and
// prints messages in English.
//
// Parameters:
//   name: text. What the text sees as $0, for its messages.
//   text: text. The shell text.
//   words=[]: list of texts. Its arguments.
//
// Returns a list of words.
function(name, text, words=[])
  local prelude = 'set -eu\nLC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"\nexport LC_ALL PATH\n';
  ['sh', '-c', prelude + text, name] + [std.toString(word) for word in words]
