import type { JsonObject } from "../domain/json.ts";
import { parseOsRelease } from "../domain/os_release.ts";
import { type Files, HostError, type NetworkInterface, type SystemInfo } from "../host/host.ts";
import { findProgram } from "./invocation.ts";

interface SysinfoHost {
  readonly files: Pick<Files, "readText" | "stat">;
  readonly system: SystemInfo;
  readonly environment: Readonly<Record<string, string>>;
}

/** Bytes of a file of /proc or /etc; a hosts file may hold a block list. */
const FILE_LIMIT = 4 * 1024 * 1024;

/** Flags of a route, `linux/route.h` and `linux/ipv6_route.h`: it is up; it refuses what it matches. */
const RTF_UP = 0x1;
const RTF_REJECT = 0x200;

/** Package managers by the program that tells of them, and the distributions (ID, ID_LIKE) whose own they are. */
const PACKAGE_MANAGERS = [
  { name: "apk", program: "apk", systems: ["alpine"] },
  { name: "apt", program: "apt-get", systems: ["debian", "ubuntu"] },
  { name: "dnf", program: "dnf", systems: ["fedora", "rhel", "centos"] },
  { name: "pacman", program: "pacman", systems: ["arch"] },
  { name: "yum", program: "yum", systems: ["fedora", "rhel", "centos"] },
  { name: "zypper", program: "zypper", systems: ["suse", "opensuse"] },
] as const;

/** In the order in which an exec with a container looks for them. */
const CONTAINER_ENGINES = ["docker", "podman"] as const;

/**
 * What a pattern may know of the machine as `getConfig().vars.sysinfo`. Every field is always there: what this machine
 * does not tell is "" (0 for `memoryTotal`). Nothing is asked but files and the kernel, and nothing that changes from
 * one moment to the next, so that equal renderings stay equal.
 *
 * `memoryTotal` is in MB (1024 kB each, rounded down); `ipv4`, `ipv6` and `mac` are those of `defaultInterface`, which
 * has the default route of the lowest metric; `fqdn` is the name with a dot that the host has in /etc/hosts, else its
 * hostname.
 */
export async function readSysinfo(host: SysinfoHost): Promise<JsonObject> {
  const { system } = host;
  const read = async (path: string) => await textOrNothing(host, path) ?? "";
  const line = async (path: string) => (await read(path)).trim();
  const [routes4, routes6, hosts, memory, kernelRelease, kernelVersion, machine, containerEngine, release] =
    await Promise.all([
      read("/proc/net/route"),
      read("/proc/net/ipv6_route"),
      read("/etc/hosts"),
      read("/proc/meminfo"),
      line("/proc/sys/kernel/osrelease"),
      line("/proc/sys/kernel/version"),
      line("/proc/sys/kernel/arch"),
      firstProgram(CONTAINER_ENGINES, host),
      readRelease(host),
    ]);
  const defaultInterface = defaultRoute(routes4) ?? defaultRoute6(routes6) ?? "";
  const interfaces = system.interfaces();
  return {
    containerEngine: containerEngine ?? "",
    cpuLogical: system.cpus,
    defaultInterface,
    fqdn: fqdn(hosts, system.hostname),
    hostname: system.hostname,
    interfaces: byName(interfaces),
    ...mainAddresses(interfaces, defaultInterface),
    kernelRelease,
    kernelVersion,
    machine: machine === "" ? system.machine : machine,
    memoryTotal: megabytes(memory),
    ...release,
    osType: system.os,
    packageManager: await packageManager(release, host),
    runtimeArch: system.arch,
  };
}

type Release = Readonly<
  Record<"osID" | "osIDLike" | "osName" | "osVersion" | "osVersionCodename" | "osVersionID", string>
>;

/** Where a distribution gives no full version (Alpine, Arch) its number stands for it. */
async function readRelease(host: SysinfoHost): Promise<Release> {
  const text = await textOrNothing(host, "/etc/os-release") ?? await textOrNothing(host, "/usr/lib/os-release") ?? "";
  const release = parseOsRelease(text);
  const field = (name: string) => release.get(name) ?? "";
  const osVersionID = field("VERSION_ID");
  return {
    osID: field("ID"),
    osIDLike: field("ID_LIKE"),
    osName: field("NAME"),
    osVersion: release.get("VERSION") ?? osVersionID,
    osVersionCodename: field("VERSION_CODENAME"),
    osVersionID,
  };
}

/** The one that belongs to the distribution, if it is there; else any that is. Debian's dnf package makes no Fedora. */
async function packageManager({ osID, osIDLike }: Release, host: SysinfoHost): Promise<string> {
  const systems = [osID, ...osIDLike.split(" ")];
  const own = PACKAGE_MANAGERS.filter((one) => one.systems.some((system) => systems.includes(system)));
  for (const { name, program } of [...own, ...PACKAGE_MANAGERS]) {
    if (await findProgram(program, host.files, host.environment) !== undefined) return name;
  }
  return "";
}

async function firstProgram(names: readonly string[], host: SysinfoHost): Promise<string | undefined> {
  for (const name of names) if (await findProgram(name, host.files, host.environment) !== undefined) return name;
  return undefined;
}

/** /proc/net/route: interface, destination, gateway, flags, …, the seventh is the metric; addresses in hexadecimal. */
function defaultRoute(table: string): string | undefined {
  const routes = rows(table).map(([name, to, , flags, , , metric, mask]) => ({ name, to, flags, metric, mask }))
    .filter(({ to, mask, flags }) => to === "00000000" && mask === "00000000" && isUsable(flags))
    .map(({ name, metric }) => ({ name, metric: Number(metric) }));
  return best(routes);
}

/** /proc/net/ipv6_route: destination, its prefix length, source, its length, gateway, metric, …, flags, interface. */
function defaultRoute6(table: string): string | undefined {
  const routes = rows(table).map(([to, length, , , , metric, , , flags, name]) => ({ name, to, length, flags, metric }))
    .filter(({ to, length, flags }) => /^0{32}$/.test(to ?? "") && length === "00" && isUsable(flags))
    .map(({ name, metric }) => ({ name, metric: parseInt(metric ?? "", 16) }));
  return best(routes);
}

function isUsable(flags: string | undefined): boolean {
  const bits = parseInt(flags ?? "", 16);
  return (bits & RTF_UP) !== 0 && (bits & RTF_REJECT) === 0;
}

function best(routes: readonly { readonly name: string | undefined; readonly metric: number }[]): string | undefined {
  return routes.toSorted((a, b) => a.metric - b.metric)[0]?.name;
}

function rows(table: string): readonly (readonly string[])[] {
  return table.split("\n").map((row) => row.trim().split(/\s+/)).filter((row) => row.length > 1);
}

/** hosts(5): address, canonical name, aliases. The first line that knows the host and has a full name for it. */
function fqdn(hosts: string, hostname: string): string {
  if (hostname.includes(".")) return hostname;
  for (const line of hosts.split("\n")) {
    const [, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    const full = names.find((name) => name.startsWith(`${hostname}.`));
    if (full !== undefined) return full;
  }
  return hostname;
}

/** Addresses without the length of their prefixes, in the order of the kernel. */
function byName(interfaces: readonly NetworkInterface[]): JsonObject {
  const named: Record<string, { ipv4: string[]; ipv6: string[]; mac: string }> = {};
  for (const { name, family, address, mac } of interfaces) {
    const one = Object.hasOwn(named, name) ? named[name]! : named[name] = { ipv4: [], ipv6: [], mac };
    (family === "IPv4" ? one.ipv4 : one.ipv6).push(address);
  }
  return named;
}

/** Of the default interface; without one, of the first that is not the loopback. */
function mainAddresses(
  interfaces: readonly NetworkInterface[],
  defaultInterface: string,
): Readonly<Record<"ipv4" | "ipv6" | "mac", string>> {
  const outward = interfaces.filter(({ address }) => !isLocal(address));
  const name = defaultInterface === "" ? outward[0]?.name : defaultInterface;
  const own = interfaces.filter((one) => one.name === name);
  const first = (family: NetworkInterface["family"]) =>
    own.find((one) => one.family === family && !isLocal(one.address))?.address ?? "";
  return { ipv4: first("IPv4"), ipv6: first("IPv6"), mac: own[0]?.mac ?? "" };
}

/** Loopback, and IPv6 addresses that mean something on one link alone (RFC 4291, section 2.5.6). */
function isLocal(address: string): boolean {
  return address.startsWith("127.") || address === "::1" || /^fe[89ab]/i.test(address);
}

function megabytes(meminfo: string): number {
  const total = /^MemTotal:\s+(\d+) kB$/m.exec(meminfo);
  return total === null ? 0 : Math.floor(Number(total[1]) / 1024);
}

/** What can't be read tells nothing: a pattern is rendered on machines without /proc as well. */
async function textOrNothing({ files }: SysinfoHost, path: string): Promise<string | undefined> {
  try {
    return await files.readText(path, FILE_LIMIT);
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}
