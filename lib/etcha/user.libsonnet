// A user of the system.
//
//   local user = import '../lib/etcha/user.libsonnet';
//   { run: [user('deploy', groups=['docker'], shell='/bin/bash', comment='Deployment')] }
//
// It is made by useradd or adduser and changed by usermod; where there is none of them, /etc/passwd, /etc/group and
// /etc/shadow are edited. What is not given is left as it is. A user that was there before stays when this one leaves.
// Without `password` a new user has none and can't log in by one.
//
// Parameters:
//   name: line. Name of the user.
//   uid=null: number or null. Number; null: whatever it is, or is given.
//   group=null: id or null. Primary group, which must be there; null: for a new user a group of its own name.
//   groups=null: list of lines or null. All further groups that it is in, which must be there; null: left as they are.
//   comment=null: text or null. Full name and the like.
//   home=null: path or null. Home directory; null: for a new user as the system has it, or /home/NAME.
//   shell=null: path or null. Login shell.
//   password=null: secret or null. Hash of the password, such as `openssl passwd -6` prints it; '*' for none. It is in no
//     argument list, and the command is `sensitive`.
//   system=false: boolean. Whether a new one gets a number of the system's range, and no home directory.
//   createHome=null: boolean or null. Whether the home directory of a new one is made; null: unless it is a system user.
//   removeHome=false: boolean. Whether the home directory goes with the user.
//   root='': path or ''. Folder of another system, whose files are edited instead.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `user NAME`.
local is = (import 'argument.libsonnet')('user');
local accounts = import 'accounts.libsonnet';
local made = import 'made.libsonnet';
local script = import 'script.libsonnet';

// What is given comes as words such as uid=1000; only of those a variable is set.
local functions = made + accounts + |||
  root=$1 name=$2 system=0 home_made=0 remove_home=0
  shift 2
  unset uid group groups comment home shell password
  for word do
    value=${word#*=}
    case $word in
      uid=*) uid=$value ;;
      group=*) group=$value ;;
      groups=*) groups=$value ;;
      comment=*) comment=$value ;;
      home=*) home=$value ;;
      shell=*) shell=$value ;;
      system=*) system=$value ;;
      create_home=*) home_made=$value ;;
      remove_home=*) remove_home=$value ;;
      password=*) IFS= read -r password ;;
    esac
  done
  # The groups beside the primary one that have $name as a member, in $in: ,a,b,
  memberships() {
    in=,
    while IFS=: read -r other _ _ members; do
      case ,$members, in
        *",$name,"*) in=$in$other, ;;
      esac
    done < "$root/etc/group"
  }
  # The members of every group, so that $name is in $groups alone.
  join_groups() {
    rest=$groups,
    while [ -n "$rest" ]; do
      one=${rest%%,*} rest=${rest#*,}
      [ -z "$one" ] || entry group "$one" || { echo "there is no group $one" >&2; exit 1; }
    done
    cp -p -- "$root/etc/group" "$root/etc/group.etcha"
    while IFS=: read -r other secret number members; do
      kept=
      rest=$members,
      while [ -n "$rest" ]; do
        one=${rest%%,*} rest=${rest#*,}
        [ -z "$one" ] || [ "$one" = "$name" ] || kept=$kept,$one
      done
      case ,$groups, in
        *",$other,"*) kept=$kept,$name ;;
      esac
      printf '%s:%s:%s:%s\n' "$other" "$secret" "$number" "${kept#,}"
    done < "$root/etc/group" > "$root/etc/group.etcha"
    mv -f -- "$root/etc/group.etcha" "$root/etc/group"
  }
|||;

local check = functions + |||
  wrong=0
  differs() { echo "$1 of user $name is $2, not $3"; wrong=1; }
  entry passwd "$name" || { echo "there is no user $name"; exit 1; }
  passwd=$line
  field 3
  [ -z "${uid+x}" ] || [ "$field" = "$uid" ] || differs 'the number' "$field" "$uid"
  if [ -n "${group+x}" ]; then
    gid_of "$group"
    line=$passwd
    field 4
    [ "$field" = "$gid" ] || differs 'the group' "$field" "$gid"
  fi
  line=$passwd
  field 5
  [ -z "${comment+x}" ] || [ "$field" = "$comment" ] || differs 'the comment' "$field" "$comment"
  field 6
  [ -z "${home+x}" ] || [ "$field" = "$home" ] || differs 'the home directory' "$field" "$home"
  field 7
  [ -z "${shell+x}" ] || [ "$field" = "$shell" ] || differs 'the shell' "$field" "$shell"
  if [ -n "${groups+x}" ]; then
    memberships
    rest=$groups,
    while [ -n "$rest" ]; do
      one=${rest%%,*} rest=${rest#*,}
      case $in in
        *",$one,"*) ;;
        *) [ -z "$one" ] || { echo "user $name is not in group $one"; wrong=1; } ;;
      esac
    done
    rest=${in#,}
    while [ -n "$rest" ]; do
      one=${rest%%,*} rest=${rest#*,}
      case ,$groups, in
        *",$one,"*) ;;
        *) echo "user $name is in group $one"; wrong=1 ;;
      esac
    done
  fi
  if [ -n "${password+x}" ]; then
    entry shadow "$name" || :
    field 2
    [ "$field" = "$password" ] || { echo "the password of user $name is another one"; wrong=1; }
  fi
  exit $wrong
|||;

local change = functions + |||
  add_by_files() {
    hold
    [ -n "${uid+x}" ] || { number passwd "$system"; uid=$free; }
    if [ -n "${group+x}" ]; then
      gid_of "$group"
    elif entry group "$name"; then
      field 3
      gid=$field
    else
      number group "$system"
      gid=$free
      put group "$name" "$name:x:$gid:"
      made usergroup "$name"
    fi
    : "${home=/home/$name}"
    put passwd "$name" "$name:x:$uid:$gid:${comment-}:$home:${shell-/bin/sh}"
    put shadow "$name" "$name:!:$(($(date +%s) / 86400)):0:99999:7:::"
    [ -z "${groups+x}" ] || join_groups
    if [ "$home_made" -eq 1 ] && [ ! -e "$root$home" ]; then
      mkdir -p -- "$root$home"
      [ ! -d "$root/etc/skel" ] || cp -R -- "$root/etc/skel/." "$root$home/"
      chmod 0700 -- "$root$home"
      [ "$(id -u)" -ne 0 ] || chown -R -- "$uid:$gid" "$root$home"
    fi
  }
  change_by_files() {
    hold
    entry passwd "$name"
    passwd=$line
    [ -z "${group+x}" ] || gid_of "$group"
    line=$passwd
    field 3
    : "${uid=$field}"
    field 4
    : "${gid=$field}"
    field 5
    : "${comment=$field}"
    field 6
    : "${home=$field}"
    field 7
    : "${shell=$field}"
    put passwd "$name" "$name:x:$uid:$gid:$comment:$home:$shell"
    [ -z "${groups+x}" ] || join_groups
  }
  unset gid
  # Flags that useradd and usermod share; each is put before what is there.
  flags() {
    set -- -- "$name"
    [ -z "${uid+x}" ] || set -- -u "$uid" "$@"
    [ -z "${group+x}" ] || set -- -g "$group" "$@"
    [ -z "${groups+x}" ] || set -- -G "$groups" "$@"
    [ -z "${comment+x}" ] || set -- -c "$comment" "$@"
    [ -z "${home+x}" ] || set -- -d "$home" "$@"
    [ -z "${shell+x}" ] || set -- -s "$shell" "$@"
    "$program" ${kind:+"$kind"} ${home_flag:+"$home_flag"} "$@"
  }
  kind= home_flag=
  if entry passwd "$name"; then
    program=usermod
    if has usermod; then
      if [ -n "${uid+x}${group+x}${groups+x}${comment+x}${home+x}${shell+x}" ]; then flags; fi
    else
      change_by_files
    fi
  else
    made user "$name"
    if has useradd; then
      program=useradd home_flag=-M
      [ "$home_made" -eq 0 ] || home_flag=-m
      [ "$system" -eq 0 ] || kind=-r
      flags
    elif has adduser; then
      set -- "$name"
      [ -z "${uid+x}" ] || set -- -u "$uid" "$@"
      [ -z "${group+x}" ] || set -- -G "$group" "$@"
      [ -z "${comment+x}" ] || set -- -g "$comment" "$@"
      [ -z "${home+x}" ] || set -- -h "$home" "$@"
      [ -z "${shell+x}" ] || set -- -s "$shell" "$@"
      [ "$system" -eq 0 ] || set -- -S "$@"
      [ "$home_made" -eq 1 ] || set -- -H "$@"
      adduser -D "$@"
      if [ -n "${groups+x}" ]; then
        hold
        join_groups
      fi
    else
      add_by_files
    fi
  fi
  if [ -n "${password+x}" ]; then
    if has chpasswd; then
      printf '%s:%s\n' "$name" "$password" | chpasswd -e
    else
      [ -n "${held+x}" ] || hold
      entry shadow "$name" || line=$name:!:$(($(date +%s) / 86400)):0:99999:7:::
      rest=${line#*:}
      put shadow "$name" "$name:$password:${rest#*:}"
    fi
  fi
|||;

local remove = functions + |||
  is_made user "$name" || exit 0
  if entry passwd "$name"; then
    field 6
    home=$field
    if has userdel; then
      if [ "$remove_home" -eq 1 ]; then userdel -r -- "$name"; else userdel -- "$name"; fi
    elif has deluser; then
      if [ "$remove_home" -eq 1 ]; then deluser --remove-home "$name"; else deluser "$name"; fi
    else
      hold
      put passwd "$name"
      [ ! -e "$root/etc/shadow" ] || put shadow "$name"
      groups=
      join_groups
      if is_made usergroup "$name"; then put group "$name"; fi
      if [ "$remove_home" -eq 1 ] && [ "$home" != / ] && [ -n "$home" ]; then rm -rf -- "$root$home"; fi
    fi
  fi
  unmade usergroup "$name"
  unmade user "$name"
|||;

function(
  name,
  uid=null,
  group=null,
  groups=null,
  comment=null,
  home=null,
  shell=null,
  password=null,
  system=false,
  createHome=null,
  removeHome=false,
  root='',
  options={},
)
  local isName(text) =
    std.isString(text) && std.native('regexMatch')('^[^-:/,\\s\\x00-\\x1f\\x7f~][^:/,\\s\\x00-\\x1f\\x7f]{0,31}$', text)
    && !std.native('regexMatch')('^(\\.{1,2}|[0-9]+)$', text);
  local isField(text) = !std.native('regexMatch')('[:\\x00-\\x1f\\x7f]', text);
  assert is('name', name, {
    is: isName,
    expected: 'a name of 1 to 32 characters, without blanks, : / and , and not only digits',
  });
  assert is('uid', uid, 'number?');
  assert is('group', group, 'id?');
  assert is('groups', groups, 'line[]?');
  assert groups == null || std.all([is('groups', one, { is: isName, expected: 'names of groups' }) for one in groups]);
  assert is('comment', comment, 'text?');
  assert comment == null || is('comment', comment, { is: isField, expected: 'a text of one line without :' });
  assert is('home', home, 'path?');
  assert home == null || is('home', home, { is: isField, expected: 'a path without :' });
  assert is('shell', shell, 'path?');
  assert shell == null || is('shell', shell, { is: isField, expected: 'a path without :' });
  assert password == null || is('password', password, {
    is(text): std.isString(text) && std.native('regexMatch')('^([!*]|!?\\$[^:\\s]+)$', text),
    expected: "a hash, as `openssl passwd -6` prints it, or '*'",
    secret: true,
  });
  assert is('system', system, 'boolean');
  assert is('createHome', createHome, 'boolean?');
  assert is('removeHome', removeHome, 'boolean');
  assert root == '' || is('root', root, 'path');
  assert is('options', options, 'object');
  local given = {
    uid: uid,
    group: group,
    groups: if groups != null then std.join(',', groups),
    comment: comment,
    home: home,
    shell: shell,
    password: if password != null then 'by standard input',
  };
  local words = [root, name] + ['%s=%s' % [key, given[key]] for key in std.objectFields(given) if given[key] != null];
  local flag(value) = if value then '1' else '0';
  local making = ['system=' + flag(system), 'create_home=' + flag(if createHome == null then !system else createHome)];
  {
    id: 'user ' + name,
    // What differs is a matter of the check, not of removing the user.
    changeIgnore: true,
    check: script('user', check, words),
    change: script('user', change, words + making),
    remove: script('user', remove, [root, name, 'remove_home=' + flag(removeHome)]),
    [if password != null then 'sensitive']: true,
    [if password != null then 'stdin']: password + '\n',
  } + options
