// Etcha itself, fetched from a URL and checked by its sum.
//
//   local etchaInstall = import '../lib/etcha/etchaInstall.libsonnet';
//   {
//     run: [
//       etchaInstall('https://example.com/etcha-1.4-${arch}', { amd64: '9f86d0…', arm64: '60303a…' }, options={
//         onChange: ['etcha:exit'],
//       }),
//     ],
//   }
//
// With the event exit the agent ends when the run is over, and whatever started it starts the new one.
//
// Parameters:
//   url: line. Where it is.
//   sha256: line or object. SHA-256 of the file; or one for each architecture, as of `tool`.
//   dir='/usr/local/bin': path. Folder that it goes to.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `tool etcha`.
local tool = import 'tool.libsonnet';
function(url, sha256, dir='/usr/local/bin', options={})
  tool('etcha', url, sha256, dir=dir, options=options)
