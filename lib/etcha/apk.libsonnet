// Packages of Alpine are installed, by apk.
//
//   local apk = import '../lib/etcha/apk.libsonnet';
//   { run: [apk(['nginx', 'postgresql15=15.5-r0'])] }
//
// The check asks the database of installed packages, not the network. Another apk is waited for.
//
// A package that was there before stays when this one leaves: each that is installed here is noted below
// /var/lib/etcha/made/apk.
//
// Another list of names is another command: what both have is removed and installed anew. So give packages that come and go
// commands of their own.
//
// Parameters:
//   packages: line or list of lines. Names, each by itself or with a version, NAME=VERSION; * at its end stands for
//     anything.
//   lockTimeout=300: number. Seconds to wait for another apk.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `apk PACKAGE, …`.
local is = (import 'argument.libsonnet')('apk');
local made = import 'made.libsonnet';
local script = import 'script.libsonnet';

local functions = made + |||
  installed() { apk info -e -- "$1" > /dev/null 2>&1; }
  # Whether package $1 (NAME or NAME=VERSION) is as it is wanted; * at the end of the version stands for anything.
  is_wanted() {
    case $1 in
      *=*\*) installed "${1%%=*}" || return 1 ;;
      *) installed "$1"; return ;;
    esac
    # NAME-VERSION
    has=$(apk info -e -v -- "${1%%=*}" 2>/dev/null)
    wanted=${1#*=}
    case ${has#"${1%%=*}-"} in
      "${wanted%\*}"*) return 0 ;;
    esac
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
  lock=$1
  shift
  for package do
    shift
    installed "${package%%=*}" || made apk "${package%%=*}"
    # apk says "about" for what the lists call *.
    case $package in
      *=*\*) package="${package%%=*}~${package#*=}" package=${package%\*} package=${package%.} ;;
    esac
    set -- "$@" "$package"
  done
  apk --wait "$lock" --update-cache add -- "$@"
|||;

local remove = functions + |||
  lock=$1
  shift
  for package do
    shift
    name=${package%%=*}
    ! is_made apk "$name" || ! installed "$name" || set -- "$@" "$name"
  done
  [ $# -eq 0 ] || apk --wait "$lock" del -- "$@"
  for name do unmade apk "$name"; done
|||;

function(packages, lockTimeout=300, options={})
  local list = if std.isArray(packages) then packages else [packages];
  assert is('packages', packages, 'line|line[]');
  assert is('packages', list, { is(some): std.length(some) > 0, expected: 'at least one package' });
  assert std.all([
    is('packages', package, {
      is(text): std.native('regexMatch')('^[A-Za-z0-9_][A-Za-z0-9._+-]*(=[0-9][A-Za-z0-9._-]*\\*?)?$', text),
      expected: 'NAME or NAME=VERSION',
    })
    for package in list
  ]);
  assert is('lockTimeout', lockTimeout, 'number');
  assert is('options', options, 'object');
  {
    id: 'apk ' + std.join(', ', [std.split(package, '=')[0] for package in list]),
    // Other versions are a matter of the check, not of removing and installing anew.
    changeIgnore: true,
    check: script('apk', check, list),
    change: script('apk', change, [lockTimeout] + list),
    remove: script('apk', remove, [lockTimeout] + list),
  } + options
