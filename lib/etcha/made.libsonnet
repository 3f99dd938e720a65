// Shell functions by which scripts remember what they have made on a host, so that a removal leaves alone what was there
// before. For scripts of other functions of this library.
//
//   local made = import '../lib/etcha/made.libsonnet';
//   local script = import '../lib/etcha/script.libsonnet';
//   { id: 'deploy', always: true, change: script('user', made + 'made user "$1"; useradd -- "$1"', ['deploy']) }
//
// There is a file for each thing, /var/lib/etcha/made/KIND/NAME. `made KIND NAME` writes it, `is_made KIND NAME` asks for
// it, `unmade KIND NAME` removes it. A script that sets `root` afterwards has all of it in that folder. A NAME has no / in it.
//
// Returns a text.
|||
  root=
  made() { mkdir -p -- "$root/var/lib/etcha/made/$1"; : > "$root/var/lib/etcha/made/$1/$2"; }
  is_made() { [ -e "$root/var/lib/etcha/made/$1/$2" ]; }
  unmade() { rm -f -- "$root/var/lib/etcha/made/$1/$2"; }
|||
