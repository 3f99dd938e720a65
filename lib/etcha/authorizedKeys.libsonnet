// The keys by which a user can log in over SSH: all of them, and no other.
//
//   local authorizedKeys = import '../lib/etcha/authorizedKeys.libsonnet';
//   { run: [authorizedKeys('deploy', ['ssh-ed25519 AAAA… ada@example.com'])] }
//
// Parameters:
//   user: line. Name of the user, who must be there.
//   keys: list of lines. Lines of authorized_keys: public keys, with options before them where they are needed.
//   home=null: path or null. Home directory of the user; null: /root for root, else /home/NAME.
//   group=null: id or null. Group of the files; null: that of the user's name.
//   options={}: object. Further properties of each command, such as onChange.
//
// Returns the commands `dir HOME/.ssh`, whose folder stays when it leaves, and `file HOME/.ssh/authorized_keys`.
local is = (import 'argument.libsonnet')('authorizedKeys');
local dir = import 'dir.libsonnet';
local file = import 'file.libsonnet';
local withOptions = import 'withOptions.libsonnet';
function(user, keys, home=null, group=null, options={})
  assert is('user', user, 'id');
  assert is('user', user, { is(name): std.isString(name), expected: 'the name of a user' });
  assert is('keys', keys, 'line[]');
  assert is('home', home, 'path?');
  assert is('group', group, 'id?');
  local folder = (if home != null then home else if user == 'root' then '/root' else '/home/' + user) + '/.ssh';
  local owner = if group == null then user else group;
  withOptions('authorizedKeys', [
    // The user has more there: it stays.
    dir(folder, owner=user, group=owner, mode='0700') + { remove:: null },
    file(
      folder + '/authorized_keys',
      std.join('', [key + '\n' for key in keys]),
      owner=user,
      group=owner,
      mode='0600',
    ),
  ], options)
