/** Names that begin so are the loader's (ld.so(8), dyld(1)). */
const LOADER = /^(LD|DYLD)_/;

/**
 * What the programs go by that stand between an exec and its text, with the rights of who started them: the C library
 * (what it forgets for setuid programs), shells, and the clients of container engines.
 */
const GUARDED: ReadonlySet<string> = new Set([
  ...["GCONV_PATH", "GETCONF_DIR", "GLIBC_TUNABLES", "HOSTALIASES", "LOCALDOMAIN", "LOCPATH", "MALLOC_TRACE"],
  ...["NLSPATH", "RESOLV_HOST_CONF", "RES_OPTIONS", "TZDIR"],
  ...["BASHOPTS", "BASH_ENV", "ENV", "IFS", "PATH", "PS4", "SHELLOPTS"],
  ...["CONTAINERS_CONF", "CONTAINERS_CONF_OVERRIDE", "CONTAINERS_REGISTRIES_CONF", "CONTAINERS_STORAGE_CONF"],
  ...["CONTAINER_CONNECTION", "CONTAINER_HOST", "CONTAINER_SSHKEY", "REGISTRY_AUTH_FILE", "STORAGE_DRIVER"],
  ...["STORAGE_OPTS", "DOCKER_CERT_PATH", "DOCKER_CONFIG", "DOCKER_CONTEXT", "DOCKER_HOST", "DOCKER_TLS"],
  ...["DOCKER_TLS_VERIFY", "HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"],
]);

/**
 * Whether a variable of this name could lead what confines a command astray. Only an exec may set it: the output of a
 * command, whose text a token brings, must not.
 */
export function isGuardedVariable(name: string): boolean {
  return LOADER.test(name) || GUARDED.has(name);
}
