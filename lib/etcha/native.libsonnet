// The native functions of Etcha, with defaults for the parameters that are seldom given.
//
//   local n = import '../lib/etcha/native.libsonnet';
//   { run: [{ id: 'greet', always: true, change: 'echo ' + n.getEnv('USER', 'nobody') }] }
//
// They are answered on the machine that renders the pattern: where it is built, and again on each host that runs it.
//
// Functions that look something up take a `fallback`. Without one (null) a value that is missing is an error, which names
// what was asked for; if only `run` needs it, building and pushing merely warn, because the host may have the value.
// Missing is also what can't be read: no permission, no answer, a name that does not resolve. A value that is set but
// empty is not missing.
//
// `cache`: true keeps what was found where the pattern was built in its token, and the hosts go by it instead of looking
// for themselves; the same question is known by its arguments. A fallback is not kept: where nothing was found, each
// host looks for itself. So it does for what a build did not reach, because a value was missing that only `run` needs.
// What is kept can be read by whoever can read the token, so keep no secrets. Without a token (etcha local, etcha render
// of a .jsonnet file) there is nothing kept.
//
// With etcha -d nothing outside is asked: URLs, DNS and commands count as missing. What a token has kept is still there.
{
  // getArch() → string: the architecture in Go's words, such as amd64 or arm64.
  getArch():: std.native('getArch')(),

  // get(field) → any: a variable, as getConfig().vars has it, that always keeps (see `cache`) what it was where the pattern
  // was built: for what the one who builds is to decide, not the host.
  //   field: name of the variable; what lies within it is named with dots, such as 'web.port'.
  get(field, fallback=null):: std.native('get')(field, fallback),

  // getCmd(command) → string: what a command prints (standard output and error together), without blanks at its ends.
  //   command: text for the shell, run as the configuration of the source says that commands are run, for at most 30 s.
  //     One that fails is a missing value. The same command runs once in a rendering, and again in each one: it must
  //     change nothing, and what depends on it is rendered anew every time.
  getCmd(command, fallback=null, cache=false):: std.native('getCmd')(command, fallback, cache),

  // getConfig() → { exec, targets, vars }: the configuration as the pattern may see it; `vars` holds its variables. Always
  // there, whatever is configured:
  //   source: name of the source that the pattern is rendered for, '' without one.
  //   test: whether the pattern is being tested.
  //   sysinfo: this machine. containerEngine (docker, podman or ''), cpuLogical, defaultInterface, fqdn, hostname,
  //     interfaces ({ NAME: { ipv4: [], ipv6: [], mac } }), ipv4, ipv6 and mac (of the default interface), kernelRelease,
  //     kernelVersion, machine (x86_64), memoryTotal (MB), osID, osIDLike, osName, osType (linux), osVersion,
  //     osVersionCodename, osVersionID, packageManager (apk, apt, dnf, pacman, yum, zypper or ''), runtimeArch (amd64).
  //     What a machine does not tell is '' or 0.
  //   where the pattern is built: srcPath, srcDir (the pattern's file), dstPath, dstDir (the token's);
  //   where it is pushed: target, the name of the target; where its token runs: jwt, the token's claims without
  //     its files and what it keeps.
  getConfig():: std.native('getConfig')(),

  // getEnv(key) → string: a variable of the environment that commands get.
  getEnv(key, fallback=null, cache=false):: std.native('getEnv')(key, fallback, cache),

  // getFile(path) → string: the text of a file or of an http(s) URL.
  //   path: absolute, below the home directory (~/…), or relative to the working directory of etcha. A URL may end with
  //     # and request headers: 'https://host/path#Authorization:Bearer x\r\nAccept:text/plain'. Two names are not sent:
  //     clientSkipVerify (accept any certificate) and clientTimeout:SECONDS (default 30). A status other than 2xx counts
  //     as missing. At most 16 MiB.
  getFile(path, fallback=null, cache=false):: std.native('getFile')(path, fallback, cache),

  // getOS() → string: the operating system, such as linux.
  getOS():: std.native('getOS')(),

  // getPath() → string: the folder of the pattern's entrypoint. On a host that got the pattern in a token this is the
  // folder inside the token, not one of its disk. (std.thisFile is the path of the file itself.)
  getPath():: std.native('getPath')(),

  // getRecord(type, name) → array of strings, sorted: DNS records.
  //   type: a, aaaa, cname or txt.
  getRecord(type, name, fallback=null, cache=false):: std.native('getRecord')(type, name, fallback, cache),

  // randStr(length) → string: random letters and digits, others at each call.
  randStr(length):: std.native('randStr')(length),

  // randString(length): another name of randStr.
  randString(length):: self.randStr(length),

  // regexMatch(regex, string) → boolean: whether the regular expression (RE2 syntax) matches anywhere in the string.
  regexMatch(regex, string):: std.native('regexMatch')(regex, string),

  // render(string) → any: the value of a string that holds Jsonnet. It may use these functions; its imports are resolved
  // as if it stood in the pattern's entrypoint. A file that only such a string imports does not travel with the pattern.
  render(string):: std.native('render')(string),
}
