/** What the attack test tries on a source `target` that trusts `good`: tokens that must be refused, whatever they hold. */
import { encode, forge, forgeHmac, patternClaims, seconds, signingInput, type TestKey, withPart } from "./forge.ts";

export interface Attack {
  readonly name: string;
  readonly token: string | Uint8Array;
  /** What the one line in the log must say. */
  readonly reason: RegExp;
  /** The key id that the line names, where the token has one. */
  readonly keyId?: string;
  /** Another source than `target`. */
  readonly source?: string;
}

export interface AttackKeys {
  /** Trusted by every source. */
  readonly good: TestKey;
  /** Trusted by nobody; also one that claims the id of the good one. */
  readonly wrong: TestKey;
  readonly namesake: TestKey;
  /** Trusted by the source `elliptic` alone, together with `rsa`. */
  readonly elliptic: TestKey;
  readonly rsa: TestKey;
}

/** Nobody must ever run this. */
export const EVIL = [{ id: "evil", always: true, change: "echo evil >>evil" }];

export async function attacks({ good, wrong, namesake, elliptic, rsa }: AttackKeys): Promise<readonly Attack[]> {
  const now = seconds();
  const claims = (more: object = {}) => patternClaims(EVIL, more);
  const files = (paths: readonly string[]) => {
    const pairs = paths.map((path) => [path, "{}"]);
    const all = { "/main.jsonnet": JSON.stringify({ run: EVIL }), ...Object.fromEntries(pairs) };
    return claims({ etchaPattern: { entrypoint: "/main.jsonnet", files: all } });
  };
  const once = (more: object) => ({
    etchaOnce: "echo evil >>evil",
    etchaSource: "target",
    iat: now,
    exp: now + 60,
    jti: crypto.randomUUID(),
    ...more,
  });
  const signed = (what: unknown, header?: object) => forge(what, good, header);
  const valid = await signed(claims());
  const [header = "", payload = "", signature = ""] = valid.split(".");
  const flipped = signature.startsWith("A") ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
  const der = Uint8Array.fromBase64(good.publicKey.split(":")[1]!);
  const pem = `-----BEGIN PUBLIC KEY-----\n${der.toBase64()}\n-----END PUBLIC KEY-----\n`;
  const nested = (depth: number) => `{"etchaRunVars":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`;
  const hmac = (secret: string | Uint8Array) => forgeHmac(claims(), secret, { kid: "good" });
  const jwk = await crypto.subtle.exportKey("jwk", wrong.privateKey.key);
  const { d: _, ...publicJwk } = jwk;

  return [
    { name: "a wrong key", token: await forge(claims(), wrong), reason: /signature is not by/, keyId: "wrong" },
    {
      name: "a wrong key of the same id",
      token: await forge(claims(), namesake),
      reason: /signature is not by/,
      keyId: "good",
    },
    {
      name: "its own key in the header",
      token: await forge(claims(), wrong, { kid: "good", jwk: publicJwk, jku: "https://127.0.0.1/", x5u: "file:///" }),
      reason: /signature is not by/,
      keyId: "good",
    },
    {
      name: "a tampered payload",
      token: withPart(valid, 1, encode(new TextEncoder().encode(JSON.stringify(claims({ sub: "me" }))))),
      reason: /signature is not by/,
      keyId: "good",
    },
    {
      name: "a tampered signature",
      token: withPart(valid, 2, flipped),
      reason: /signature is not by/,
      keyId: "good",
    },
    {
      name: "a signature that was cut",
      token: withPart(valid, 2, signature.slice(0, -4)),
      reason: /signature is not by/,
      keyId: "good",
    },
    { name: "no signature", token: `${header}.${payload}.`, reason: /signature is not by/, keyId: "good" },
    {
      name: "a tampered header",
      token: withPart(valid, 0, signingInput({ alg: "EdDSA", kid: "good" }, "").slice(0, -1)),
      reason: /signature is not by/,
      keyId: "good",
    },
    { name: "expired", token: await signed(claims({ exp: now - 60 })), reason: /expired at/, keyId: "good" },
    {
      name: "not yet valid",
      token: await signed(claims({ nbf: now + 120 })),
      reason: /valid from .* on/,
      keyId: "good",
    },
    { name: "from the future", token: await signed(claims({ iat: now + 120 })), reason: /ahead of/, keyId: "good" },
    { name: "without a date", token: await signed(claims({ iat: undefined })), reason: /\(iat\)/, keyId: "good" },
    {
      name: "older than the current one",
      token: await signed(claims({ iat: now - 1000 })),
      reason: /issued 16m\d+s ago .* but one that was issued \d+m?\d*s ago/,
      keyId: "good",
    },
    {
      name: "made for another source",
      token: await signed(claims({ etchaSource: "other" })),
      reason: /made for the source \\"other\\", not for \\"target\\"/,
      keyId: "good",
    },
    {
      name: "10,001 files",
      token: await signed(files(Array.from({ length: 10_000 }, (_, i) => `/${i}`))),
      reason: /10001 files, more than 10000/,
      keyId: "good",
    },
    {
      name: "a path with ..",
      token: await signed(files(["/a/../../etc/passwd"])),
      reason: /a path with \.\./,
      keyId: "good",
    },
    { name: "a path with a NUL", token: await signed(files(["/a\0b"])), reason: /a path with a NUL/, keyId: "good" },
    {
      name: "a path without a leading /",
      token: await signed(files(["etc/passwd"])),
      reason: /without a leading \//,
      keyId: "good",
    },
    {
      name: "alg none",
      token: `${signingInput({ alg: "none", kid: "good" }, claims())}.`,
      reason: /algorithm \\"none\\", which is never accepted/,
      keyId: "good",
    },
    {
      name: "alg nOnE with a signature",
      token: await signed(claims(), { alg: "nOnE" }),
      reason: /never accepted/,
      keyId: "good",
    },
    {
      name: "no alg at all",
      token: await signed(claims(), { alg: undefined }),
      reason: /no algorithm, which is never accepted/,
      keyId: "good",
    },
    { name: "HMAC with the public key's text", token: hmac(good.publicKey), reason: /never accepted/, keyId: "good" },
    { name: "HMAC with the public key's DER", token: hmac(der), reason: /never accepted/, keyId: "good" },
    { name: "HMAC with the public key's PEM", token: hmac(pem), reason: /never accepted/, keyId: "good" },
    { name: "HMAC with the raw public key", token: hmac(der.slice(-32)), reason: /never accepted/, keyId: "good" },
    { name: "HMAC with nothing", token: hmac(""), reason: /never accepted/, keyId: "good" },
    {
      name: "an algorithm that is not that of the key",
      token: await signed(claims(), { alg: "RS256" }),
      reason: /RS256, which does not belong to the ed25519 key/,
      keyId: "good",
    },
    {
      name: "an RSA signature that says to be another key's",
      source: "elliptic",
      token: await forge(claims(), rsa, { alg: "ES256", kid: "elliptic" }),
      reason: /signature is not by/,
      keyId: "elliptic",
    },
    {
      name: "a key's own signature under another's algorithm",
      source: "elliptic",
      token: await forge(claims(), elliptic, { alg: "RS256" }),
      reason: /RS256, which does not belong to the ecp256 key/,
      keyId: "elliptic",
    },
    {
      name: "a key that only another source trusts",
      token: await forge(claims(), elliptic),
      reason: /ES256, for which there is no key/,
      keyId: "elliptic",
    },
    {
      name: "critical extensions",
      token: await signed(claims(), { crit: ["b64"], b64: false }),
      reason: /critical extensions/,
      keyId: "good",
    },
    {
      name: "a key id that would break the log",
      token: await forge(claims(), wrong, { kid: 'x" level="INFO\n' }),
      reason: /key \\"x\\\\\\" level=\\\\\\"INFO\\\\n\\"/,
    },
    { name: "600 levels deep", token: await signed(nested(600)), reason: /too deeply nested/ },
    { name: "a million levels deep", token: await signed(nested(1_000_000)), reason: /too deeply nested/ },
    {
      name: "a header a thousand levels deep",
      token: `${encode(new TextEncoder().encode(`${'{"a":'.repeat(500)}1${"}".repeat(500)}`))}.${payload}.${signature}`,
      reason: /header|algorithm/,
    },
    { name: "claims of wrong types", token: await signed(claims({ etchaRunVars: [] })), reason: /etchaRunVars/ },
    {
      name: "neither pattern nor command",
      token: await signed({ iat: now }),
      reason: /neither a pattern nor a command/,
      keyId: "good",
    },
    { name: "a payload that is no JSON", token: await signed("{"), reason: /payload that is no JSON/ },
    { name: "a payload that is no UTF-8", token: withPart(valid, 1, "_w"), reason: /signature is not by/ },
    { name: "an HTML page", token: "<!DOCTYPE html><title>Hi</title>", reason: /no token/ },
    { name: "bytes", token: new Uint8Array([0, 255, 254, 10, 13, 0]), reason: /no token/ },
    { name: "nothing", token: "", reason: /nothing/ },
    { name: "a header that is no JSON", token: "YQ.YQ.YQ", reason: /header that is no JSON/ },
    { name: "two tokens", token: `${valid}\n${valid}`, reason: /no token/ },
    {
      name: "an ad-hoc command for ten minutes",
      token: await signed(once({ exp: now + 600 })),
      reason: /more than 5 minutes/,
      keyId: "good",
    },
    {
      name: "an ad-hoc command of another source",
      token: await signed(once({ etchaSource: "other" })),
      reason: /made for the source/,
      keyId: "good",
    },
    {
      name: "an ad-hoc command without an id",
      token: await signed(once({ jti: undefined })),
      reason: /without jti/,
      keyId: "good",
    },
    {
      name: "an ad-hoc command for any source, for ever",
      token: await signed(once({ etchaSource: undefined, exp: undefined })),
      reason: /without etchaSource, exp/,
      keyId: "good",
    },
    {
      name: "an expired ad-hoc command",
      token: await signed(once({ exp: now - 40, iat: now - 100 })),
      reason: /expired at/,
      keyId: "good",
    },
    {
      name: "an ad-hoc command that is a pattern as well",
      token: await signed({ ...patternClaims(EVIL), ...once({}) }),
      reason: /in one token/,
      keyId: "good",
    },
  ];
}
