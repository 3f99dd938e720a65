import * as v from "valibot";
import { inJsonSchema } from "./config_key.ts";
import { DURATION, type Milliseconds, parseDuration } from "./duration.ts";
import { isEncryptedKey, parseEncryptedKey } from "./encrypted_key.ts";
import { isObject, type JsonObject } from "./json.ts";
import { isBase64, type KeyRole, parseKeyString } from "./key_string.ts";
import { parseListenAddress } from "./listen_address.ts";
import type { Result } from "./problem.ts";
import { parseRegexp, type Regexp } from "./regexp.ts";
import { parseTrustedProxy } from "./trusted_proxies.ts";

export const text = v.string();
export const flag = v.boolean();
export const texts = v.array(v.string());

/** Free-form values: any JSON object. */
export const freeObject = v.custom<JsonObject>(isObject, "expected an object");

/** Written as `90s` or `1h30m`; milliseconds when parsed. */
export const duration = v.pipe(
  v.string(),
  v.check((value) => parseDuration(value) !== undefined, 'expected a duration such as "90s" or "1h30m"'),
  v.transform((value): Milliseconds => parseDuration(value) ?? 0),
  inJsonSchema({ pattern: DURATION }),
);

export const seconds = v.pipe(
  v.number(),
  v.check((value) => value >= 0 && value <= 1e9, "expected a number of seconds from 0 to 1000000000"),
  inJsonSchema({ minimum: 0, maximum: 1e9 }),
);

export const positiveInteger = v.pipe(
  v.number(),
  v.check((value) => Number.isSafeInteger(value) && value > 0, "expected a whole number above 0"),
  inJsonSchema({ type: "integer", minimum: 1 }),
);

export const port = v.pipe(
  v.number(),
  v.check((value) => Number.isInteger(value) && value > 0 && value < 65536, "expected a port from 1 to 65535"),
  inJsonSchema({ type: "integer", minimum: 1, maximum: 65535 }),
);

const regexpText = v.pipe(
  v.string(),
  v.check((value) => parseRegexp(value).ok, "expected a regular expression in RE2 syntax"),
);

/** A regular expression (RE2 syntax); compiled when parsed. */
export const regexp = v.pipe(
  regexpText,
  v.transform((value): Regexp => {
    const parsed = parseRegexp(value);
    if (!parsed.ok) throw new Error("a checked expression does not compile");
    return parsed.regexp;
  }),
);

/** A regular expression (RE2 syntax) or a list of them; a list when parsed. */
export const regexps = v.pipe(
  v.union([regexpText, v.array(regexpText)]),
  v.transform((value): readonly string[] => [value].flat()),
);

/** A path of a URL. */
export const urlPath = v.pipe(
  v.string(),
  v.check((value) => /^\/[^\s?#]*$/.test(value), "expected a URL path that begins with /"),
  inJsonSchema({ pattern: "^/[^\\s?#]*$" }),
);

/** The path of a webhook: as it stands in the URL, and none of the agent's own. */
export const webhookPath = v.pipe(
  urlPath,
  v.check((value) => value !== "/etcha" && !value.startsWith("/etcha/"), "paths under /etcha are the agent's own"),
);

/** The name of an event, as it stands behind `etcha:`. */
export const eventName = v.pipe(
  v.string(),
  v.check(
    (value) => value !== "" && !value.startsWith("etcha:"),
    "expected the name of an event, without etcha:",
  ),
  inJsonSchema({ minLength: 1 }),
);

/** A public key string, `ALG:BASE64[:ID]`; stays text. */
export const publicKey = keyText("public");

/** A private key string, `ALG:BASE64[:ID]`, or one under a passphrase; stays text. */
export const privateKey = keyText("private");

function keyText(role: KeyRole) {
  return v.pipe(
    v.string(),
    v.check((value) => readKey(value, role).ok, (issue) => keyFault(issue.input, role)),
  );
}

function readKey(value: string, role: KeyRole): Result<unknown> {
  return role === "private" && isEncryptedKey(value) ? parseEncryptedKey(value) : parseKeyString(value, role);
}

/** Says what is wrong with a key string without showing any of it. */
function keyFault(value: string, role: KeyRole): string {
  const parsed = readKey(value, role);
  const found = parsed.ok ? "" : `: ${parsed.problems.map((problem) => problem.found).join(", ")}`;
  return `expected a ${role} key such as ed25519${role}:BASE64:ID${found}`;
}

export const base64 = v.pipe(v.string(), v.check(isBase64, "expected standard base64"));

/** SHA-256 of a certificate: 64 hex digits, with or without colons; lower case without colons when parsed. */
export const fingerprint = v.pipe(
  v.string(),
  v.check((value) => /^[0-9a-f]{64}$/i.test(value.replaceAll(":", "")), "expected a SHA-256 fingerprint in hex"),
  v.transform((value) => value.replaceAll(":", "").toLowerCase()),
);

/** Where to listen; none is nowhere. */
export const listenAddresses = separated(
  parseListenAddress,
  "expected an address such as :4000, 127.0.0.1:4000, [::1]:4000, http://:4000 or unix:/path",
);

/** Whose word is taken for who sent a request. */
export const trustedProxies = separated(
  parseTrustedProxy,
  "expected an address or a range, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8, or unix",
);

/** A list of texts, or one text with commas between them; `""` is an empty list. */
function separated<T>(parse: (text: string) => T | undefined, expected: string) {
  const split = (text: string) => text === "" ? [] : text.split(",").map((part) => part.trim());
  const isOne = (text: string) => parse(text) !== undefined;
  return v.pipe(
    v.union([
      v.pipe(v.string(), v.check((value) => split(value).every(isOne), expected)),
      v.array(v.pipe(v.string(), v.check(isOne, expected))),
    ]),
    v.transform((value): readonly T[] =>
      (typeof value === "string" ? split(value) : value).flatMap((item) => parse(item) ?? [])
    ),
  );
}

/** How many failures an address may cause within a period. */
export interface Rate {
  readonly count: number;
  readonly period: Milliseconds;
}

const PERIODS: { readonly [unit: string]: Milliseconds } = { S: 1000, M: 60_000, H: 3_600_000, D: 86_400_000 };
const RATE = /^([1-9]\d{0,8})-([SMHD])$/;

/** `10-M` is ten in a minute; the other periods are S, H and D. */
export const rate = v.pipe(
  v.string(),
  v.check((value) => RATE.test(value), "expected a rate such as 10-M (per S, M, H or D)"),
  v.transform((value): Rate => {
    const match = RATE.exec(value);
    return { count: Number(match?.[1]), period: PERIODS[match?.[2] ?? ""] ?? 0 };
  }),
  inJsonSchema({ pattern: RATE.source }),
);
