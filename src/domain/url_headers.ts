/** An address with the headers that are to be sent with it. Header values may be secret. */
export interface AddressWithHeaders {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export function isUrl(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

/**
 * Reads `https://host/path#Name:value\r\nName:value`: what follows `#` are header lines, separated by CRLF, LF or the
 * four characters `\r\n`. Gives what is wrong with them otherwise, without their values.
 */
export function parseUrlHeaders(address: string): AddressWithHeaders | { readonly reason: string } {
  const hash = address.indexOf("#");
  if (hash < 0) return { url: address, headers: {} };
  const headers: Record<string, string> = {};
  for (const line of address.slice(hash + 1).split(/\r?\n|\\r\\n/)) {
    if (line.trim() === "") continue;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim();
    if (!NAME.test(name)) return { reason: "what follows # must be lines of the form Header:value" };
    const value = line.slice(colon + 1).trim();
    if (/[\0\r\n]/.test(value)) return { reason: `the value of the header ${name} has control characters` };
    headers[name] = value;
  }
  return { url: address.slice(0, hash), headers };
}

/** The address as it may be shown: without headers, user and password, and query (any may hold a secret). */
export function shownAddress(address: string): string {
  if (!isUrl(address)) return address;
  try {
    const url = new URL(address);
    return `${url.origin}${url.pathname}`;
  } catch {
    return "(not a valid URL)";
  }
}
