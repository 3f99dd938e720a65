// The dotfiles of a person: settings of git and vim, a shell prompt, and a folder of small programs. Everything that differs
// is put right, and what leaves this pattern leaves the home directory. It needs no root.
//
//   etcha local -x vars_dir="$HOME" -x vars_mail=ada@example.com patterns/dotfiles.jsonnet
//
// `dir` is the home directory (default: a folder of its own below the one for temporary files), `name` and `mail` are what
// git signs with. A settings file of yours that is there already is replaced: `-c` shows first what would differ.
local dir = import '../lib/etcha/dir.libsonnet';
local file = import '../lib/etcha/file.libsonnet';
local n = import '../lib/etcha/native.libsonnet';
local symlink = import '../lib/etcha/symlink.libsonnet';
local template = import '../lib/etcha/template.libsonnet';

local vars = n.getConfig().vars;
local hasHome = std.objectHas(vars, 'dir');
local home = if hasHome then vars.dir else n.getEnv('TMPDIR', '/tmp') + '/etcha-dotfiles';
local name = std.get(vars, 'name', 'Ada Example');
local mail = std.get(vars, 'mail', 'ada@example.com');

{
  run: [
    // A home directory that is there anyway is not ours to remove.
    if hasHome then [] else [dir(home)],
    template(home + '/.gitconfig', text=|||
      [user]
        name = {{ name }}
        email = {{ mail }}
      [init]
        defaultBranch = main
      [pull]
        rebase = true
    |||, values={ name: name, mail: mail }, mode='0600'),
    file(home + '/.vimrc', |||
      set expandtab shiftwidth=2
      set hidden ignorecase smartcase
      syntax on
    |||, mode='0644'),
    // For vi as well.
    symlink(home + '/.exrc', '.vimrc'),
    dir(home + '/.local-bin', mode='0755'),
    file(home + '/.local-bin/serve', |||
      #!/bin/sh
      # Shows the folder that you are in at http://127.0.0.1:8000/.
      exec python3 -m http.server --bind 127.0.0.1 "${1:-8000}"
    |||, mode='0755'),
  ],
}
