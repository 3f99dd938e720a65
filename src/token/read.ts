import { isObject, type Json, type JsonObject } from "../domain/json.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { TOKEN_LIMITS } from "../domain/token_limits.ts";

/** A token that is merely well-formed: whatever it says, anybody may have written it. */
interface UnverifiedToken {
  readonly trust: "unverified";
  readonly raw: string;
  readonly header: JsonObject;
  readonly payload: JsonObject;
}

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/**
 * Reads a token (JWS compact serialization, RFC 7515 section 7.1) without looking at its signature. White space around
 * it is dropped, as files end with a newline. Problems `token-malformed` and `token-too-large`.
 */
export function readToken(text: string): Result<UnverifiedToken> {
  const split = splitToken(text);
  if (!split.ok) return split;
  const payload = decodePayload(split.value);
  return payload.ok
    ? ok({ trust: "unverified", raw: split.value.raw, header: split.value.header, payload: payload.value })
    : payload;
}

/** A token whose payload nobody has looked into yet: that is worth its cost only when the signature is good. */
export interface SplitToken {
  readonly raw: string;
  readonly header: JsonObject;
  readonly encodedPayload: string;
}

/** The cheap first part of `readToken`. */
export function splitToken(text: string): Result<SplitToken> {
  if (text.length > TOKEN_LIMITS.bytes) {
    const found = `${text.length} bytes, more than ${TOKEN_LIMITS.bytes}`;
    return bad({ code: "token-too-large", attempted: "read the token", found });
  }
  const raw = text.trim();
  if (raw === "") return bad(malformed("nothing"));
  if (!COMPACT.test(raw)) return bad(malformed("no token: it is not three base64url texts joined by points"));
  const [first = "", encodedPayload = ""] = raw.split(".", 2);
  const header = first.length > TOKEN_LIMITS.header ? undefined : decodeObject(first);
  return header === undefined ? bad(malformed("a header that is no JSON object")) : ok({ raw, header, encodedPayload });
}

/** The expensive second part of `readToken`. */
export function decodePayload(token: SplitToken): Result<JsonObject> {
  const payload = decodeObject(token.encodedPayload);
  return payload === undefined ? bad(malformed("a payload that is no JSON object, or too deeply nested")) : ok(payload);
}

function decodeObject(encoded: string): JsonObject | undefined {
  let value: Json;
  try {
    const bytes = Uint8Array.fromBase64(encoded, { alphabet: "base64url" });
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    // Bad base64 and bad JSON are SyntaxErrors, bad UTF-8 is a TypeError.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
  return isObject(value) && isShallow(value) ? value as JsonObject : undefined;
}

/** Level by level, not by recursion: the value may be nested as deeply as its sender likes. */
function isShallow(value: Json): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > TOKEN_LIMITS.depth) return false;
    level = level.flatMap((item) => typeof item === "object" && item !== null ? Object.values(item) : []);
  }
  return true;
}

function malformed(found: string): Problem {
  return { code: "token-malformed", attempted: "read the token", found };
}
