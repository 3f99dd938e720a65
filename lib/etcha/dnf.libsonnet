// Packages of Fedora, RHEL and their like are installed, by dnf.
//
//   local dnf = import '../lib/etcha/dnf.libsonnet';
//   { run: [dnf(['nginx', 'postgresql-server=15.*'])] }
//
// The check asks rpm, not the network. Nobody is asked anything, and dnf waits for its own lock.
//
// A package that was there before stays when this one leaves: each that is installed here is noted below
// /var/lib/etcha/made/dnf. A package of another version than the wanted one is brought to it, up or down.
//
// Another list of names is another command: what both have is removed and installed anew. So give packages that come and go
// commands of their own.
//
// Parameters:
//   packages: line or list of lines. Names, each by itself or with a version, NAME=VERSION or NAME=VERSION-RELEASE; * in a
//     version stands for anything. What a package merely provides is no name of it.
//   weak=null: boolean or null. Whether recommended packages are installed along; null: as dnf is configured.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `dnf PACKAGE, …`.
local is = (import 'argument.libsonnet')('dnf');
local made = import 'made.libsonnet';
local script = import 'script.libsonnet';

local functions = made + |||
  # Versions of package $1 that are installed, one a line, each with and without its release; fails when there is none.
  installed() {
    versions=$(rpm -q --qf '%{VERSION}-%{RELEASE}\n%{VERSION}\n' -- "$1" 2>/dev/null)
  }
  # Whether package $1 (NAME or NAME=VERSION) is as it is wanted.
  is_wanted() {
    installed "${1%%=*}" || return 1
    case $1 in
      *=*) ;;
      *) return 0 ;;
    esac
    while read -r has; do
      # Not quoted: * in it stands for anything.
      case $has in
        ${1#*=}) return 0 ;;
      esac
    done <<END
  $versions
  END
    return 1
  }
|||;

local check = functions + |||
  wrong=0
  for package do
    is_wanted "$package" || { echo "$package is not installed"; wrong=1; }
  done
  exit $wrong
|||;

local change = functions + |||
  weak=$1
  shift
  for package do
    shift
    ! is_wanted "$package" || continue
    name=${package%%=*}
    installed "$name" || made dnf "$name"
    case $package in
      *=*) set -- "$@" "$name-${package#*=}" ;;
      *) set -- "$@" "$name" ;;
    esac
  done
  [ $# -gt 0 ] || exit 0
  [ -z "$weak" ] || weak=--setopt=install_weak_deps=$weak
  dnf -q -y ${weak:+"$weak"} install -- "$@"
|||;

local remove = functions + |||
  for package do
    shift
    name=${package%%=*}
    ! is_made dnf "$name" || ! installed "$name" || set -- "$@" "$name"
  done
  [ $# -eq 0 ] || dnf -q -y --noautoremove remove -- "$@"
  for name do unmade dnf "$name"; done
|||;

function(packages, weak=null, options={})
  local list = if std.isArray(packages) then packages else [packages];
  assert is('packages', packages, 'line|line[]');
  assert is('packages', list, { is(some): std.length(some) > 0, expected: 'at least one package' });
  assert std.all([
    is('packages', package, {
      is(text): std.native('regexMatch')('^[A-Za-z0-9_][A-Za-z0-9._+-]*(=[A-Za-z0-9*][A-Za-z0-9._+~^:*-]*)?$', text),
      expected: 'NAME or NAME=VERSION',
    })
    for package in list
  ]);
  assert is('weak', weak, 'boolean?');
  assert is('options', options, 'object');
  {
    id: 'dnf ' + std.join(', ', [std.split(package, '=')[0] for package in list]),
    // Other versions are a matter of the check, not of removing and installing anew.
    changeIgnore: true,
    check: script('dnf', check, list),
    change: script('dnf', change, [if weak == null then '' else weak] + list),
    remove: script('dnf', remove, list),
  } + options
