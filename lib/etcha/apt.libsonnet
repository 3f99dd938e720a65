// Packages of Debian, Ubuntu and their like are installed, by apt-get.
//
//   local apt = import '../lib/etcha/apt.libsonnet';
//   { run: [apt(['nginx', 'curl', 'postgresql=15.*'])] }
//
// The check asks dpkg, not the network. Nobody is asked anything, configuration files that were edited stay, and the locks
// of another apt are waited for. The lists of packages are fetched when they are older than the sources or than `refresh`.
//
// A package that was there before stays when this one leaves: each that is installed here is noted below
// /var/lib/etcha/made/apt. A package of another version than the wanted one is brought to it, up or down, and stays at it.
//
// Another list of names is another command: what both have is removed and installed anew. So give packages that come and go
// commands of their own.
//
// Parameters:
//   packages: line or list of lines. Names, each by itself or with a version, NAME=VERSION; * in a version stands for
//     anything. A name that several packages provide is none.
//   recommends=null: boolean or null. Whether recommended packages are installed along; null: as apt is configured.
//   release=null: line or null. Release to take packages from, such as 'bookworm-backports'.
//   refresh=86400: number. Seconds after which the lists of packages are too old to install from.
//   purge=false: boolean. Whether the removal takes configuration files along.
//   autoRemove=false: boolean. Whether the removal takes along packages that nothing needs any more, whoever left them.
//   lockTimeout=300: number. Seconds to wait for another apt.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `apt PACKAGE, …`.
local is = (import 'argument.libsonnet')('apt');
local made = import 'made.libsonnet';
local script = import 'script.libsonnet';

local functions = made + |||
  known=
  # What dpkg has of the packages "$@", in $known.
  look() {
    for package do shift; set -- "$@" "${package%%=*}"; done
    known=$(dpkg-query -W -f '${Package} ${db:Status-Status} ${Version}\n${Package}:${Architecture} ${db:Status-Status} ${Version}\n' \
      -- "$@" 2>/dev/null) || :
  }
  # The version of package $1 that is installed, in $version; fails when there is none.
  installed() {
    version=
    while read -r is status has; do
      if [ "$is" = "$1" ] && [ "$status" = installed ]; then version=$has; fi
    done <<END
  $known
  END
    [ -n "$version" ]
  }
|||;

local check = functions + |||
  look "$@"
  wrong=0
  for package do
    name=${package%%=*}
    if ! installed "$name"; then
      echo "$name is not installed"
      wrong=1
    elif [ "$name" != "$package" ]; then
      wanted=${package#*=}
      # Not quoted: * in it stands for anything.
      case $version in
        $wanted) ;;
        *) echo "$name is $version, not $wanted"; wrong=1 ;;
      esac
    fi
  done
  exit $wrong
|||;

local change = functions + |||
  refresh=$1 lock=$2 recommends=$3 release=$4
  shift 4
  export DEBIAN_FRONTEND=noninteractive
  get() {
    apt-get -qq -y -o Dpkg::Use-Pty=0 -o "DPkg::Lock::Timeout=$lock" \
      -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
  }
  stamp=/var/lib/etcha/made/apt/.refreshed
  update() {
    # The lock of the lists is not among those that apt waits for.
    tries=$((lock / 5))
    until get update; do
      [ "$tries" -gt 0 ] || exit 1
      tries=$((tries - 1))
      echo 'apt-get update failed; once more in 5 seconds' >&2
      sleep 5
    done
    mkdir -p "${stamp%/*}"
    : > "$stamp"
  }
  is_fresh() {
    [ -n "$(find "$stamp" -mmin "-$(((refresh + 59) / 60))" 2>/dev/null)" ] || return 1
    [ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*_*' 2>/dev/null)" ] || return 1
    [ -z "$(find /etc/apt/sources.list /etc/apt/sources.list.d -newer "$stamp" 2>/dev/null)" ]
  }
  look "$@"
  for package do installed "${package%%=*}" || made apt "${package%%=*}"; done
  is_old=
  is_fresh || { update; is_old=no; }
  case $recommends in
    true) set -- --install-recommends -- "$@" ;;
    false) set -- --no-install-recommends -- "$@" ;;
    *) set -- -- "$@" ;;
  esac
  [ -z "$release" ] || set -- -t "$release" "$@"
  set -- install --allow-downgrades "$@"
  get "$@" || {
    # What the lists name may be gone by now.
    [ -z "$is_old" ]
    update
    get "$@"
  }
|||;

local remove = functions + |||
  lock=$1 verb=$2 auto=$3
  shift 3
  look "$@"
  for package do
    shift
    name=${package%%=*}
    ! is_made apt "$name" || ! installed "$name" || set -- "$@" "$name"
  done
  if [ $# -gt 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    [ "$auto" = false ] || auto=--auto-remove
    [ "$auto" != false ] || auto=--no-auto-remove
    apt-get -qq -y -o Dpkg::Use-Pty=0 -o "DPkg::Lock::Timeout=$lock" "$auto" "$verb" -- "$@"
  fi
  for name do unmade apt "$name"; done
|||;

function(
  packages,
  recommends=null,
  release=null,
  refresh=86400,
  purge=false,
  autoRemove=false,
  lockTimeout=300,
  options={},
)
  local list = if std.isArray(packages) then packages else [packages];
  assert is('packages', packages, 'line|line[]');
  assert is('packages', list, { is(some): std.length(some) > 0, expected: 'at least one package' });
  assert std.all([
    is('packages', package, {
      is(text): std.native('regexMatch')('^[a-z0-9][a-z0-9+.-]*[a-z0-9+](:[a-z0-9-]+)?(=[A-Za-z0-9*][A-Za-z0-9.+:~*-]*)?$', text),
      expected: 'NAME or NAME=VERSION',
    })
    for package in list
  ]);
  assert is('recommends', recommends, 'boolean?');
  assert is('release', release, 'line?');
  assert is('refresh', refresh, 'number');
  assert is('purge', purge, 'boolean');
  assert is('autoRemove', autoRemove, 'boolean');
  assert is('lockTimeout', lockTimeout, 'number');
  assert is('options', options, 'object');
  {
    id: 'apt ' + std.join(', ', [std.split(package, '=')[0] for package in list]),
    // Other versions are a matter of the check, not of removing and installing anew.
    changeIgnore: true,
    check: script('apt', check, list),
    change: script('apt', change, [
      refresh,
      lockTimeout,
      if recommends == null then '' else recommends,
      if release == null then '' else release,
    ] + list),
    remove: script('apt', remove, [lockTimeout, if purge then 'purge' else 'remove', autoRemove] + list),
  } + options
