import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { resolve } from "node:path/posix";
import { createHost } from "../../src/host/deno/host.ts";
import { type FileInfo, HostError, type NetworkInterface, type SystemInfo } from "../../src/host/host.ts";
import { readSysinfo } from "../../src/workflows/sysinfo.ts";
import { FakeFiles } from "../fakes/fake_files.ts";

/** Files whose mode says that they are programs. */
class Machine extends FakeFiles {
  override async stat(path: string): Promise<FileInfo | undefined> {
    const info = await super.stat(path);
    const isProgram = /^\/usr\/(local\/)?bin\//.test(resolve(path)) && info?.kind === "file";
    return isProgram ? { ...info, mode: 0o755 } : info;
  }
}

const LOOPBACK: readonly NetworkInterface[] = [
  { name: "lo", family: "IPv4", address: "127.0.0.1", mac: "00:00:00:00:00:00" },
  { name: "lo", family: "IPv6", address: "::1", mac: "00:00:00:00:00:00" },
];
const ETH0: readonly NetworkInterface[] = [
  { name: "eth0", family: "IPv6", address: "fe80::1", mac: "02:00:00:00:00:01" },
  { name: "eth0", family: "IPv4", address: "10.0.0.2", mac: "02:00:00:00:00:01" },
  { name: "eth0", family: "IPv4", address: "10.0.0.3", mac: "02:00:00:00:00:01" },
  { name: "eth0", family: "IPv6", address: "fd00::2", mac: "02:00:00:00:00:01" },
];
const WLAN0: readonly NetworkInterface[] = [
  { name: "wlan0", family: "IPv4", address: "192.168.1.9", mac: "02:00:00:00:00:09" },
];

async function sysinfoOf(
  files: Readonly<Record<string, string>>,
  more: { readonly interfaces?: readonly NetworkInterface[]; readonly system?: Partial<SystemInfo> } = {},
) {
  return await readSysinfo({
    files: new Machine(files),
    environment: { PATH: "/usr/local/bin:/usr/bin:relative" },
    system: {
      arch: "arm64",
      os: "linux",
      cpus: 4,
      hostname: "web1",
      machine: "aarch64",
      interfaces: () => more.interfaces ?? [],
      ...more.system,
    },
  });
}

/** Release files as distributions ship them, and what is on the PATH there. */
const DISTRIBUTIONS = [
  {
    files: {
      "/etc/os-release": `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
`,
      // There is a package of that name in Debian.
      "/usr/bin/dnf": "",
      "/usr/bin/apt-get": "",
      "/usr/bin/podman": "",
    },
    found: ["debian", "", "Debian GNU/Linux", "12 (bookworm)", "bookworm", "12", "apt", "podman"],
  },
  {
    files: {
      "/etc/os-release": `PRETTY_NAME="Ubuntu 24.04.1 LTS"
NAME="Ubuntu"
VERSION_ID="24.04"
VERSION="24.04.1 LTS (Noble Numbat)"
VERSION_CODENAME=noble
ID=ubuntu
ID_LIKE=debian
UBUNTU_CODENAME=noble
`,
      "/usr/bin/apt-get": "",
      "/usr/local/bin/docker": "",
      "/usr/bin/podman": "",
    },
    found: ["ubuntu", "debian", "Ubuntu", "24.04.1 LTS (Noble Numbat)", "noble", "24.04", "apt", "docker"],
  },
  {
    files: {
      "/etc/os-release": `NAME="Alpine Linux"
ID=alpine
VERSION_ID=3.20.3
PRETTY_NAME="Alpine Linux v3.20"
HOME_URL="https://alpinelinux.org/"
`,
      "/usr/bin/apk": "",
    },
    found: ["alpine", "", "Alpine Linux", "3.20.3", "", "3.20.3", "apk", ""],
  },
  {
    files: {
      // Fedora keeps the file here and a link to it in /etc.
      "/usr/lib/os-release": `NAME="Fedora Linux"
VERSION="41 (Server Edition)"
RELEASE_TYPE=stable
ID=fedora
VERSION_ID=41
VERSION_CODENAME=""
PLATFORM_ID="platform:f41"
`,
      "/usr/bin/apt-get": "",
      "/usr/bin/dnf": "",
      "/usr/bin/yum": "",
    },
    found: ["fedora", "", "Fedora Linux", "41 (Server Edition)", "", "41", "dnf", ""],
  },
  {
    files: {
      "/etc/os-release": `NAME="Rocky Linux"
VERSION="9.4 (Blue Onyx)"
ID="rocky"
ID_LIKE="rhel centos fedora"
VERSION_ID="9.4"
`,
      "/usr/bin/yum": "",
    },
    found: ["rocky", "rhel centos fedora", "Rocky Linux", "9.4 (Blue Onyx)", "", "9.4", "yum", ""],
  },
  {
    files: {
      "/etc/os-release": `NAME="Arch Linux"
PRETTY_NAME="Arch Linux"
ID=arch
BUILD_ID=rolling
ANSI_COLOR="38;2;23;147;209"
`,
      "/usr/bin/pacman": "",
    },
    found: ["arch", "", "Arch Linux", "", "", "", "pacman", ""],
  },
] as const;

Deno.test("sysinfo: the distribution, its package manager, the container engine", async () => {
  for (const { files, found } of DISTRIBUTIONS) {
    const info = await sysinfoOf(files);
    deepEqual([
      info["osID"],
      info["osIDLike"],
      info["osName"],
      info["osVersion"],
      info["osVersionCodename"],
      info["osVersionID"],
      info["packageManager"],
      info["containerEngine"],
    ], found);
  }
});

Deno.test("sysinfo: kernel, memory and names from /proc and /etc", async () => {
  const info = await sysinfoOf({
    "/proc/sys/kernel/osrelease": "6.1.0-25-amd64\n",
    "/proc/sys/kernel/version": "#1 SMP PREEMPT_DYNAMIC Debian 6.1.106-3 (2024-08-26)\n",
    "/proc/sys/kernel/arch": "x86_64\n",
    "/proc/meminfo": "MemTotal:        4028664 kB\nMemFree:          123456 kB\nHugetlb:               0 kB\n",
    "/etc/hosts": "127.0.0.1\tlocalhost\n# 10.0.0.2 web1.old.example.com web1\n10.0.0.2 web1.example.com web1 # here\n",
  });
  deepEqual(
    [info["kernelRelease"], info["kernelVersion"], info["machine"], info["memoryTotal"], info["fqdn"]],
    [
      "6.1.0-25-amd64",
      "#1 SMP PREEMPT_DYNAMIC Debian 6.1.106-3 (2024-08-26)",
      "x86_64",
      3934,
      "web1.example.com",
    ],
  );
  deepEqual(
    [info["hostname"], info["cpuLogical"], info["osType"], info["runtimeArch"]],
    ["web1", 4, "linux", "arm64"],
  );
  const named = await sysinfoOf({}, { system: { hostname: "web1.example.org" } });
  equal(named["fqdn"], "web1.example.org");
});

const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0
tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000080\t0\t0\t0
dead0\t00000000\t00000000\t0200\t0\t0\t0\t00000000\t0\t0\t0
eth0\t0000000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
`;
const NOWHERE = "00000000000000000000000000000000";
const ROUTES6 =
  `fd000000000000000000000000000000 40 ${NOWHERE} 00 ${NOWHERE} 00000100 00000001 00000000 00000001     eth0
${NOWHERE} 00 ${NOWHERE} 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0
${NOWHERE} 00 ${NOWHERE} 00 ${NOWHERE} ffffffff 00000001 00000000 00200200       lo
`;

Deno.test("sysinfo: the interface of the default route and its addresses", async () => {
  const interfaces = [...LOOPBACK, ...WLAN0, ...ETH0];
  const main = async (files: Record<string, string>, addresses: readonly NetworkInterface[]) => {
    const info = await sysinfoOf(files, { interfaces: addresses });
    return [info["defaultInterface"], info["ipv4"], info["ipv6"], info["mac"]];
  };
  const eth0 = ["eth0", "10.0.0.2", "fd00::2", "02:00:00:00:00:01"];
  deepEqual(await main({ "/proc/net/route": ROUTES }, interfaces), eth0, "the lowest metric");
  deepEqual(await main({ "/proc/net/route": "Iface\n", "/proc/net/ipv6_route": ROUTES6 }, interfaces), eth0);
  const unrouted = ["", "192.168.1.9", "", "02:00:00:00:00:09"];
  deepEqual(await main({}, interfaces), unrouted, "no route: the first that is not the loopback");
  deepEqual(await main({ "/proc/net/route": ROUTES }, LOOPBACK), ["eth0", "", "", ""], "a route without addresses");
  const info = await sysinfoOf({}, { interfaces });
  deepEqual(info["interfaces"], {
    lo: { ipv4: ["127.0.0.1"], ipv6: ["::1"], mac: "00:00:00:00:00:00" },
    wlan0: { ipv4: ["192.168.1.9"], ipv6: [], mac: "02:00:00:00:00:09" },
    eth0: { ipv4: ["10.0.0.2", "10.0.0.3"], ipv6: ["fe80::1", "fd00::2"], mac: "02:00:00:00:00:01" },
  });
});

Deno.test("sysinfo: every field is there on a machine that tells nothing; a bug is not hidden", async () => {
  const empty = await sysinfoOf({});
  deepEqual(Object.keys(empty).sort(), [
    "containerEngine",
    "cpuLogical",
    "defaultInterface",
    "fqdn",
    "hostname",
    "interfaces",
    "ipv4",
    "ipv6",
    "kernelRelease",
    "kernelVersion",
    "mac",
    "machine",
    "memoryTotal",
    "osID",
    "osIDLike",
    "osName",
    "osType",
    "osVersion",
    "osVersionCodename",
    "osVersionID",
    "packageManager",
    "runtimeArch",
  ]);
  deepEqual([empty["machine"], empty["memoryTotal"], empty["fqdn"], empty["packageManager"]], [
    "aarch64",
    0,
    "web1",
    "",
  ]);
  const denied = new Machine();
  denied.readText = () => Promise.reject(new HostError("denied", "no"));
  denied.stat = () => Promise.reject(new HostError("denied", "no"));
  const { system } = createHost(import.meta.url);
  equal((await readSysinfo({ files: denied, system, environment: {} }))["kernelRelease"], "");
  denied.readText = () => Promise.reject(new TypeError("a bug"));
  await rejects(readSysinfo({ files: denied, system, environment: {} }), /a bug/);
});

Deno.test("sysinfo of this machine", async () => {
  const info = await readSysinfo(createHost(import.meta.url));
  match(String(info["kernelRelease"]), /^\d+\./);
  match(String(info["machine"]), /^\w+$/);
  equal(typeof info["memoryTotal"] === "number" && info["memoryTotal"] > 16, true);
  deepEqual(await readSysinfo(createHost(import.meta.url)), info, "equal when nothing has changed");
});
