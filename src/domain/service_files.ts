/** What runs the agent as a service: the texts for both init systems. Pure, so that packages are made of the same ones. */

export const INIT_SYSTEMS = ["systemd", "openrc"] as const;
export type InitSystem = typeof INIT_SYSTEMS[number];

/** Where the service has its things. The state directory is the one that systemd makes for a service of this name. */
export const SERVICE = "etcha";
export const STATE_DIR = "/var/lib/etcha";
export const CONFIG_PATH = "/etc/etcha/etcha.jsonnet";
export const SERVICE_PATHS: Readonly<Record<InitSystem, string>> = {
  systemd: "/etc/systemd/system/etcha.service",
  openrc: "/etc/init.d/etcha",
};

export interface ServiceSettings {
  /** Program and first arguments; the first one is an absolute path. */
  readonly program: readonly string[];
  /** Absolute. */
  readonly config: string;
  readonly user: string;
}

export function serviceText(init: InitSystem, settings: ServiceSettings): string {
  return init === "systemd" ? systemdUnit(settings) : openrcScript(settings);
}

/** What the text of a service says of itself, as far as it is one of the above; a program is always the one that asks. */
export function settingsIn(text: string): Partial<Pick<ServiceSettings, "config" | "user">> {
  const user = /^(?:User|command_user)=(\S+)$/m.exec(text)?.[1];
  const config = /[ ']-c (\S+) run'?$/m.exec(text)?.[1];
  return { ...(user !== undefined && { user }), ...(config !== undefined && { config }) };
}

/** Seconds beyond the default of run.timeoutStop, after which the init system kills what is left. */
const STOP_SECONDS = 75;

function systemdUnit({ program, config, user }: ServiceSettings): string {
  const command = [...program, "-c", config, "run"].map(systemdWord).join(" ");
  return `[Unit]
Description=Etcha, which keeps this host as its patterns describe it
Documentation=man:etcha(1)
Wants=network-online.target
After=network-online.target
# Nothing to do before there is one.
ConditionPathExists=${config}

[Service]
Type=exec
ExecStart=${command}
# A plain system has no program kill.
ExecReload=/bin/sh -c "kill -HUP $MAINPID"
User=${user}
StateDirectory=${SERVICE}
StateDirectoryMode=0700
WorkingDirectory=${STATE_DIR}
# It ends by itself when a pattern fires the event exit, to be started anew. A wrong configuration (2) stays wrong.
Restart=always
RestartSec=5
RestartPreventExitStatus=2
# A command that runs may come to its end (run.timeoutStop); only then is the rest of the group ended.
KillMode=mixed
TimeoutStopSec=${STOP_SECONDS}

${user === "root" ? ROOT_SANDBOX : USER_SANDBOX}
[Install]
WantedBy=multi-user.target
`;
}

/**
 * All restrictions hold for the commands of patterns as well, so that as root only those can stand that keep no pattern from
 * managing the host.
 */
const ROOT_SANDBOX = `# What no command for the upkeep of a host has a use for is closed.
CapabilityBoundingSet=~CAP_BLOCK_SUSPEND CAP_LEASE CAP_SYS_PACCT CAP_WAKE_ALARM
KeyringMode=private
LockPersonality=yes
RestrictAddressFamilies=AF_ALG AF_INET AF_INET6 AF_NETLINK AF_PACKET AF_UNIX
RestrictRealtime=yes
SystemCallFilter=~@cpu-emulation @obsolete
SystemCallErrorNumber=EPERM
# Open, because patterns manage the whole host with it:
# - ProtectSystem, ProtectHome, PrivateTmp, PrivateDevices, ProtectProc, ProtectKernelLogs, ProtectControlGroups: packages
#   and files may lie anywhere; and each of them gives the service mounts of its own, so that a file system that a
#   command mounts would be seen by nobody else.
# - ProtectKernelTunables, ProtectKernelModules, ProtectHostname, ProtectClock: sysctl, modprobe, hostname, date.
# - NoNewPrivileges, RestrictSUIDSGID: sudo for other users; packages that bring programs with setuid bits.
# - RestrictNamespaces: containers (containerImage by podman).
# - SystemCallArchitectures: programs of another architecture, which packages may run.
# - CapabilityBoundingSet, User: owners, mounts, network, services. --user NAME makes a service without them.
# - MemoryDenyWriteExecute: the runtime compiles JavaScript while it runs.
# - IPAddressDeny: who may push is a matter of run.listenAddress and of keys; pulls go to any host.
# - UMask: files that commands make get the mode that they would get in a shell.
`;

const USER_SANDBOX = `# The commands of patterns can do no more than this either.
CapabilityBoundingSet=
KeyringMode=private
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
PrivateUsers=yes
ProcSubset=all
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
UMask=0077
# Open:
# - MemoryDenyWriteExecute: the runtime compiles JavaScript while it runs.
# - PrivateNetwork, AF_INET, AF_INET6, IPAddressDeny: it listens and pulls. AF_NETLINK: the addresses of this host.
# - ProcSubset: the memory of this host, which patterns may ask for. SystemCallFilter ~@resources: nice and ulimit.
# - ReadWritePaths= in a drop-in file (systemctl edit ${SERVICE}) opens what patterns are to write beyond ${STATE_DIR}.
`;

/** A word of a command line of systemd.service(5): quoted, without specifiers and variables. */
function systemdWord(word: string): string {
  const plain = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replace(/["\\]/g, "\\$&")}"`;
}

function openrcScript({ program: [program = "", ...before], config, user }: ServiceSettings): string {
  const args = [...before, "-c", config, "run"].map(shellWord).join(" ");
  return `#!/sbin/openrc-run

description="Etcha, which keeps this host as its patterns describe it"
extra_started_commands="reload"
description_reload="Read the configuration anew"

supervisor=supervise-daemon
command=${shellWord(program)}
command_args=${shellWord(args)}
command_user=${shellWord(user)}
directory=${STATE_DIR}
pidfile="/run/\${RC_SVCNAME}.pid"
output_log=/var/log/${SERVICE}.log
error_log=/var/log/${SERVICE}.log
# One that ends at once, ten times, has a wrong configuration.
respawn_delay=5
respawn_max=10
respawn_period=120
# A command that runs may come to its end (run.timeoutStop).
retry="TERM/${STOP_SECONDS}/KILL/5"

depend() {
	use net dns logger
	after firewall
}

start_pre() {
	if [ ! -e ${shellWord(config)} ]; then
		eerror "There is no "${shellWord(config)}
		return 1
	fi
	checkpath --directory --mode 0700 --owner ${shellWord(user)} ${STATE_DIR}
	checkpath --file --mode 0640 --owner ${shellWord(user)} /var/log/${SERVICE}.log
}

reload() {
	ebegin "Reloading \${RC_SVCNAME}"
	supervise-daemon "\${RC_SVCNAME}" --pidfile "\${pidfile}" --signal HUP
	eend $?
}
`;
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Loads, and starts nothing before a person has put in a key. */
export const EXAMPLE_CONFIG = `// What the agent of this host does. etcha show-config --schema tells of all keys.
{
  run: {
    stateDir: '${STATE_DIR}',
    // listenAddress: ':4000',
  },
  sources: {
    // base: {
    //   allowPush: true,
    //   verifyKeys: ['ed25519public:…'],  // the publicKey that etcha generate-keys has printed
    // },
  },
}
`;
