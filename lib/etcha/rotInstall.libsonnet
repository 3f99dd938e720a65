// Rot, which keeps secrets encrypted beside patterns, fetched from a URL and checked by its sum.
//
//   local rotInstall = import '../lib/etcha/rotInstall.libsonnet';
//   { run: [rotInstall('https://example.com/rot-1.2-${arch}', { amd64: '9f86d0…', arm64: '60303a…' })] }
//
// Parameters:
//   url: line. Where it is.
//   sha256: line or object. SHA-256 of the file; or one for each architecture, as of `tool`.
//   dir='/usr/local/bin': path. Folder that it goes to.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `tool rot`.
local tool = import 'tool.libsonnet';
function(url, sha256, dir='/usr/local/bin', options={})
  tool('rot', url, sha256, dir=dir, options=options)
