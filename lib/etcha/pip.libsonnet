// Packages of Python are installed into a virtual environment, by its pip.
//
//   local pip = import '../lib/etcha/pip.libsonnet';
//   { run: [pip(['requests==2.32.3', 'rich'], '/opt/tools')] }
//
// The environment is made where it is missing, and removed with the packages if it was made here. The check asks the
// environment, not the network; nobody is asked anything.
//
// Parameters:
//   packages: line or list of lines. Names, each by itself or with a version, NAME==VERSION.
//   venv: path. Folder of the virtual environment.
//   python='python3': line. Program that makes the environment.
//   index=null: line or null. URL of the index to install from; null: as pip is configured.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `pip VENV: PACKAGE, …`. Its removal takes away the packages that were not there before.
local is = (import 'argument.libsonnet')('pip');
local script = import 'script.libsonnet';

// Which packages are not as they are wanted, one a line; those named after -n need only be there.
local missing = |||
  import re, sys
  from importlib import metadata
  wrong = 0
  for package in sys.argv[1:]:
      name, _, wanted = package.partition("==")
      try:
          found = metadata.version(re.sub(r"\[.*", "", name))
      except metadata.PackageNotFoundError:
          found = None
      if found is None or (wanted and found != wanted):
          print(name, "is not installed" if found is None else f"is {found}, not {wanted}")
          wrong = 1
  sys.exit(wrong)
|||;

local check = |||
  missing=$1 venv=$2
  shift 2
  [ -x "$venv/bin/python" ] || { echo "$venv is no virtual environment"; exit 1; }
  "$venv/bin/python" -I -c "$missing" "$@"
|||;

local change = |||
  missing=$1 venv=$2 python=$3 index=$4
  shift 4
  if [ ! -x "$venv/bin/pip" ]; then
    if [ ! -e "$venv" ]; then
      mkdir -p -- "$venv"
      : > "$venv/.etcha-made"
    fi
    "$python" -m venv -- "$venv"
  fi
  for package do
    name=${package%%==*}
    "$venv/bin/python" -I -c "$missing" "$name" > /dev/null || printf '%s\n' "${name%%\[*}" >> "$venv/.etcha-packages"
  done
  "$venv/bin/pip" --no-input --disable-pip-version-check install --quiet ${index:+--index-url "$index"} -- "$@"
|||;

local remove = |||
  venv=$1 record=$1/.etcha-packages
  shift
  for package do
    shift
    name=${package%%==*}
    name=${name%%\[*}
    ! grep -qxF -e "$name" -- "$record" 2>/dev/null || set -- "$@" "$name"
  done
  if [ $# -gt 0 ]; then
    "$venv/bin/pip" --no-input --disable-pip-version-check uninstall --quiet --yes -- "$@"
    for name do
      grep -vxF -e "$name" -- "$record" > "$record.new" || true
      mv -- "$record.new" "$record"
    done
  fi
  # What another command has installed keeps the environment.
  [ ! -e "$venv/.etcha-made" ] || [ -s "$record" ] || rm -rf -- "$venv"
|||;

function(packages, venv, python='python3', index=null, options={})
  local list = if std.isArray(packages) then packages else [packages];
  assert is('packages', packages, 'line|line[]');
  assert is('packages', list, { is(some): std.length(some) > 0, expected: 'at least one package' });
  assert std.all([
    is('packages', package, {
      is(text): std.native('regexMatch')('^[A-Za-z0-9][A-Za-z0-9._-]*(\\[[A-Za-z0-9._,-]+\\])?(==[A-Za-z0-9.!+_-]+)?$', text),
      expected: 'NAME or NAME==VERSION',
    })
    for package in list
  ]);
  assert is('venv', venv, 'path');
  assert is('python', python, 'line');
  assert is('index', index, 'line?');
  assert is('options', options, 'object');
  {
    id: 'pip %s: %s' % [venv, std.join(', ', [std.split(std.split(package, '=')[0], '[')[0] for package in list])],
    // Other versions are a matter of the check, not of removing and installing anew.
    changeIgnore: true,
    check: script('pip', check, [missing, venv] + list),
    change: script('pip', change, [missing, venv, python, if index == null then '' else index] + list),
    remove: script('pip', remove, [venv] + list),
  } + options
