// A program that is compiled where the pattern is built and travels in the token: hosts need no compiler, and the laptop needs
// no server for files. `build` compiles it when its source has changed, and the event runVar_program puts it, in base64, into
// the variables of the token; `run` writes it to its place on each host.
//
//   etcha build patterns/ship.jsonnet ship.jwt
//
// `dir` is where it goes and where it is compiled, in a folder `hello-build` (default: the folder for temporary files), `cc` the
// compiler (default: cc). A token holds at most 1 MiB of what a command prints: larger things go to a server, and hosts get
// them by `copy` or `archive` with a checksum.
local dir = import '../lib/etcha/dir.libsonnet';
local file = import '../lib/etcha/file.libsonnet';
local n = import '../lib/etcha/native.libsonnet';

local vars = n.getConfig().vars;
local folder = std.get(vars, 'dir', n.getEnv('TMPDIR', '/tmp'));
local made = folder + '/hello-build/hello';
local cc = std.get(vars, 'cc', 'cc');

local source = |||
  #include <stdio.h>

  int main(void) {
    puts("hello from a program that came with its pattern");
    return 0;
  }
|||;

{
  build: [
    dir(folder + '/hello-build', mode='0700'),
    file(made + '.c', source, options={ onChange: ['compile'] }),
    {
      id: 'compile',
      check: ['test', '-x', made],
      change: [cc, '-Os', '-s', '-o', made, made + '.c'],
      remove: ['rm', '-f', '--', made],
    },
    {
      id: 'ship',
      always: true,
      // On one line: what base64 prints may have several.
      change: ['sh', '-c', 'base64 < "$1" | tr -d "\n"', 'ship', made],
      onChange: ['etcha:runVar_program'],
    },
  ],
  run: [
    file(
      folder + '/hello-shipped',
      // Without a build there is none: `etcha render` shows what the rest comes to.
      std.get(vars, 'program', ''),
      base64=true,
      mode='0755',
    ) { id: 'the program' },
  ],
  runVars: { program: '' },
}
