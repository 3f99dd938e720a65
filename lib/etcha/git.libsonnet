// A working tree of a git repository at one revision, exactly.
//
//   local git = import '../lib/etcha/git.libsonnet';
//   { run: [git('/srv/app', 'https://example.com/app.git', '5d41402abc4b2a76b9719d911017c592ae3f7c11')] }
//
// The check asks the working tree, not the network: revision, address, and whether a file that git knows was changed.
// Changes of such files are thrown away; files that git does not know stay. Hooks are not run. A tree that was there before
// stays when this one leaves.
//
// Parameters:
//   path: path. Where the working tree lies.
//   url: line. Address of the repository.
//   revision: line. A whole hash, or refs/tags/NAME. (What a branch means could not be checked without asking.)
//   options={}: object. Further properties of the command, such as onChange or the exec with a user.
//
// Returns the command `git PATH`.
local is = (import 'argument.libsonnet')('git');
local script = import 'script.libsonnet';

local functions = |||
  path=$1 url=$2 revision=$3
  GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1
  export GIT_TERMINAL_PROMPT GIT_CONFIG_NOSYSTEM
  in_tree() { git -c core.hooksPath=/dev/null -c advice.detachedHead=false -C "$path" "$@"; }
  commit_of() { in_tree rev-parse --quiet --verify --end-of-options "$1^{commit}"; }
|||;

local check = functions + |||
  [ -e "$path/.git" ] || { echo "$path is no working tree"; exit 1; }
  [ "$(in_tree config --get remote.origin.url)" = "$url" ] || { echo "$path is of another repository"; exit 1; }
  wanted=$(commit_of "$revision") || { echo "$path does not know $revision"; exit 1; }
  head=$(commit_of HEAD) || { echo "$path has no revision"; exit 1; }
  [ "$head" = "$wanted" ] || { echo "$path is at $head, not $wanted"; exit 1; }
  changed=$(in_tree status --porcelain --untracked-files=no)
  [ -z "$changed" ] || { printf '%s\n%s\n' "$path was changed:" "$changed"; exit 1; }
|||;

local change = functions + |||
  if [ ! -e "$path/.git" ]; then
    if [ -e "$path" ]; then made=; else made=true; fi
    git init --quiet -- "$path"
    [ -z "$made" ] || in_tree config etcha.made true
  fi
  in_tree config remote.origin.url "$url"
  in_tree config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
  case $revision in
    refs/*) from=+$revision:$revision ;;
    *) from=$revision ;;
  esac
  # Not every server gives a single revision: then all of them.
  commit_of "$revision" > /dev/null ||
    in_tree fetch --quiet --depth 1 --no-tags -- origin "$from" ||
    in_tree fetch --quiet --tags --force -- origin
  case $revision in
    # A tag that was moved means what it means there.
    refs/*) in_tree fetch --quiet --depth 1 --no-tags -- origin "$from" ;;
  esac
  in_tree checkout --quiet --force --detach "$(commit_of "$revision")" --
|||;

local remove = functions + |||
  [ -e "$path/.git" ] || exit 0
  [ "$(in_tree config --get etcha.made)" = true ] || exit 0
  rm -rf -- "$path"
|||;

function(path, url, revision, options={})
  assert is('path', path, 'path');
  assert is('url', url, 'line');
  assert is('url', url, { is(text): !std.startsWith(text, '-'), expected: 'an address, which does not begin with -' });
  assert is('revision', revision, {
    is(text): std.isString(text) && std.native('regexMatch')(
      '^([0-9a-f]{40}|[0-9a-f]{64}|refs/tags/[^\\x00-\\x20\\x7f~^:?*\\[\\\\]+)$', text
    ),
    expected: 'a whole hash of 40 or 64 hexadecimal digits, or refs/tags/NAME',
  });
  assert is('options', options, 'object');
  local words = [path, url, revision];
  {
    id: 'git ' + path,
    // Another revision is a matter of the check, not of removing the tree.
    changeIgnore: true,
    check: script('git', check, words),
    change: script('git', change, words),
    remove: script('git', remove, words),
  } + options
