import { unmapped } from "./address.ts";

/** An address, or the beginning that a range of them has in common. */
interface AddressRange {
  readonly family: 4 | 6;
  readonly bits: bigint;
  /** How many of the bits count, from the first on. */
  readonly length: number;
}

/** Who may say for whom a request is: hosts, or whoever may connect to a socket in the file system. */
export type TrustedProxy = AddressRange | "unix";

const WIDTH = { 4: 32, 6: 128 } as const;

/** `10.0.0.7`, `10.0.0.0/8`, `fd00::/8` or `unix`. */
export function parseTrustedProxy(text: string): TrustedProxy | undefined {
  if (text === "unix") return text;
  const [, address = "", prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const read = readAddress(address);
  if (read === undefined) return undefined;
  const length = prefix === undefined ? WIDTH[read.family] : Number(prefix);
  return length <= WIDTH[read.family] ? { ...read, length } : undefined;
}

/**
 * For whom a request is, when `peer` sent it with the field `X-Forwarded-For`. Each proxy appends the address from which it
 * was reached; what stands before an address that is not trusted may be anything, and so may all of it when the peer is not
 * trusted. (RFC 7239's `Forwarded` is not read: a proxy that writes one of the fields passes on the other as it came.)
 */
export function clientAddress(peer: string, forwardedFor: string, trusted: readonly TrustedProxy[]): string {
  let client = peer;
  for (const hop of forwardedFor.split(",").reverse()) {
    if (!isTrusted(client, trusted)) break;
    const address = hopAddress(hop.trim());
    if (address === undefined) break;
    client = address;
  }
  return client;
}

function isTrusted(address: string, trusted: readonly TrustedProxy[]): boolean {
  const read = readAddress(address);
  return trusted.some((proxy) => {
    if (proxy === "unix" || read === undefined) return proxy === address;
    const rest = BigInt(WIDTH[proxy.family] - proxy.length);
    return proxy.family === read.family && proxy.bits >> rest === read.bits >> rest;
  });
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. Nothing for what is no address. */
function hopAddress(hop: string): string | undefined {
  const [, inBrackets, dotted] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(hop) ?? [];
  const address = inBrackets ?? dotted ?? hop;
  const read = readAddress(address);
  if (read === undefined) return undefined;
  return read.family === 4 ? dottedText(read.bits) : address.toLowerCase();
}

/** A mapped IPv4 address (RFC 4291, 2.5.5.2) as one of IPv4. */
function readAddress(text: string): Omit<AddressRange, "length"> | undefined {
  const plain = unmapped(text.replace(/%[\w.-]+$/, ""));
  if (!plain.includes(":")) {
    const bits = readDotted(plain);
    return bits === undefined ? undefined : { family: 4, bits };
  }
  const bits = readGroups(plain);
  if (bits === undefined) return undefined;
  return bits >> 32n === 0xffffn ? { family: 4, bits: bits & 0xffffffffn } : { family: 6, bits };
}

function readDotted(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((bits, part) => bits << 8n | BigInt(part), 0n);
}

/** RFC 4291, 2.2, without the form that ends in an IPv4 address. */
function readGroups(text: string): bigint | undefined {
  const [before = "", after, more] = text.split("::");
  if (more !== undefined) return undefined;
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const zeros = 8 - head.length - tail.length;
  if (after === undefined ? zeros !== 0 : zeros < 1) return undefined;
  const groups = [...head, ...Array<string>(zeros).fill("0"), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((bits, group) => bits << 16n | BigInt(`0x${group}`), 0n);
}

function dottedText(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String(bits >> shift & 0xffn)).join(".");
}
