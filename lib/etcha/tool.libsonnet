// A program of one file, fetched from a URL and checked by its sum.
//
//   local tool = import '../lib/etcha/tool.libsonnet';
//   { run: [tool('kubectl', 'https://dl.k8s.io/release/v1.33.1/bin/linux/amd64/kubectl', sha256='9f86d0…')] }
//
// A program that comes in an archive is one of `archive`.
//
// Parameters:
//   name: line. Name of the program.
//   url: line. Where it is.
//   sha256: line or object. SHA-256 of the file, in hexadecimal digits; or one for each architecture, by its name in Go's
//     words ({ amd64: '…', arm64: '…' }): then ${arch} in the URL stands for the host's.
//   dir='/usr/local/bin': path. Folder that it goes to.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `tool NAME`.
local is = (import 'argument.libsonnet')('tool');
local copy = import 'copy.libsonnet';
function(name, url, sha256, dir='/usr/local/bin', options={})
  assert is('name', name, {
    is(text): std.isString(text) && std.native('regexMatch')('^[^/\\x00-\\x1f\\x7f]+$', text)
              && !std.native('regexMatch')('^\\.{1,2}$', text),
    expected: 'the name of a file, without /',
  });
  assert is('url', url, {
    is(text): std.isString(text) && std.native('regexMatch')('^https?://[^\\x00-\\x20\\x7f]+$', text),
    expected: 'an http(s) URL',
  });
  assert is('sha256', sha256, 'line|object');
  assert is('dir', dir, 'path');
  assert is('options', options, 'object');
  local arch = std.native('getArch')();
  local sum =
    if std.isString(sha256) then sha256
    else if std.objectHas(sha256, arch) then sha256[arch]
    else error 'tool: sha256 must have the sum for the architecture of this host, %s' % arch;
  local from = if std.isString(sha256) then url else std.strReplace(url, '${arch}', arch);
  copy(from, '%s/%s' % [dir, name], sha256=sum, owner=0, group=0, mode='0755') + { id: 'tool ' + name } + options
