/** Where a listener takes connections. */
export type ListenAddress = TcpAddress | UnixAddress;

interface TcpAddress {
  readonly kind: "tcp";
  /** `http` is without TLS. */
  readonly scheme: "https" | "http";
  /** Empty: every interface. */
  readonly hostname: string;
  /** 0: any free one. */
  readonly port: number;
}

/** A socket in the file system, without TLS: who may connect is a matter of its mode. */
interface UnixAddress {
  readonly kind: "unix";
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
}

const TCP = /^(?:(https?):\/\/)?(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^:\s[\]/,]*)):(\d{1,5})$/;
const UNIX = /^unix:([^?\s,]+)(?:\?mode=([0-7]{3,4}))?$/;
/** Only who runs the agent. */
const UNIX_MODE = 0o600;

/** `host:port`, `[::1]:port`, `:port`, each perhaps after `https://` or `http://`; `unix:/path`, perhaps with `?mode=0660`. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const unix = UNIX.exec(text);
  if (unix !== null) {
    const [, path = "", mode] = unix;
    return { kind: "unix", path, mode: mode === undefined ? UNIX_MODE : parseInt(mode, 8) };
  }
  const tcp = TCP.exec(text);
  if (tcp === null || Number(tcp[4]) > 65535) return undefined;
  const scheme = tcp[1] === "http" ? "http" : "https";
  return { kind: "tcp", scheme, hostname: tcp[2] ?? tcp[3] ?? "", port: Number(tcp[4]) };
}

/** As it is shown; of sockets without the mode. */
export function listenAddressText(address: ListenAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  const { scheme, hostname, port } = address;
  return `${scheme === "http" ? "http://" : ""}${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/** Whether both were configured alike. */
export function isSameAddress(a: ListenAddress, b: ListenAddress): boolean {
  const modeOf = (address: ListenAddress) => address.kind === "unix" ? address.mode : undefined;
  return listenAddressText(a) === listenAddressText(b) && modeOf(a) === modeOf(b);
}
