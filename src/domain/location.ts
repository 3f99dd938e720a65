import type { Milliseconds } from "./duration.ts";

/** Where something is read from: a path, or a URL with what its request needs. */
export type Location =
  | { readonly kind: "path"; readonly path: string }
  | {
    readonly kind: "url";
    /** Without the fragment. It may hold credentials: show `shown` instead. */
    readonly url: string;
    readonly headers: { readonly [name: string]: string };
    readonly skipVerify: boolean;
    readonly timeout?: Milliseconds;
    /** Scheme, host and path: free of secrets. */
    readonly shown: string;
  };

type ParsedLocation = { readonly ok: true; readonly location: Location } | {
  readonly ok: false;
  /** What is wrong, without any part of the text. */
  readonly reason: string;
};

/** A field of RFC 9110, section 5: a token, and a value of visible characters, blanks and obs-text. */
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;

/**
 * Reads a path, or an http(s) URL whose fragment holds request headers: `https://host/path#Name:value\r\nName:value`.
 * Two names are no headers: `clientSkipVerify` (accept any certificate) and `clientTimeout:SECONDS`.
 */
export function parseLocation(text: string): ParsedLocation {
  if (!/^https?:\/\//i.test(text)) return { ok: true, location: { kind: "path", path: text } };
  const hash = text.indexOf("#");
  const address = hash < 0 ? text : text.slice(0, hash);
  if (!URL.canParse(address)) return { ok: false, reason: "the URL can't be read" };
  const { protocol, host, pathname } = new URL(address);
  const headers: Record<string, string> = {};
  let skipVerify = false;
  let timeout: Milliseconds | undefined;
  for (const line of hash < 0 ? [] : text.slice(hash + 1).split(/\r?\n/)) {
    if (line === "") continue;
    if (/^clientSkipVerify(:.*)?$/.test(line)) {
      skipVerify = true;
      continue;
    }
    const header = HEADER.exec(line);
    if (header === null) return { ok: false, reason: "what follows the # of a URL must be lines of Name:value" };
    const [, name, value] = header;
    if (name !== "clientTimeout") headers[name!] = value!;
    else if (/^\d+(\.\d+)?$/.test(value!) && Number(value) > 0) timeout = Number(value) * 1000;
    else return { ok: false, reason: "clientTimeout must be a number of seconds" };
  }
  return {
    ok: true,
    location: {
      kind: "url",
      url: address,
      headers,
      skipVerify,
      ...(timeout !== undefined && { timeout }),
      shown: `${protocol}//${host}${pathname}`,
    },
  };
}

/**
 * A line of source in which the URLs have lost user, query and fragment (`#Header:value`): they may be secrets. Of the same
 * length, for the caret.
 */
export function withoutCredentials(line: string): string {
  const stars = (text: string) => "*".repeat([...text].length);
  return line.replace(
    /(https?:\/\/)([^'"/?#@]*@)?([^'"?#]*)([?#][^'"]*)?/gi,
    (_, scheme: string, user = "", place = "", rest = "") => `${scheme}${stars(user)}${place}${stars(rest)}`,
  );
}
