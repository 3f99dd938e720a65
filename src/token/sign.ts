import { CompactSign } from "jose";
import type { JsonObject } from "../domain/json.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { TOKEN_LIMITS } from "../domain/token_limits.ts";
import { ALGORITHMS } from "./algorithms.ts";
import { encodeClaims, parseClaims, type UnsignedClaims } from "./claims.ts";
import type { PrivateKey } from "./keys.ts";

/**
 * Makes a token in JWS compact serialization. What a host would refuse whatever the key (limits, paths, times) is
 * refused here already, with the same problem codes: `token-too-large`, `token-files`,
 * `token-cache`, `token-path`, `token-malformed`.
 */
export async function signToken(claims: UnsignedClaims, key: PrivateKey): Promise<Result<string>> {
  const payload = tokenPayload(claims);
  if (!payload.ok) return payload;
  const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(payload.value)))
    .setProtectedHeader({ alg: ALGORITHMS[key.algorithm].jose, kid: key.id, typ: "JWT" })
    .sign(key.key);
  if (token.length <= TOKEN_LIMITS.bytes) return ok(token);
  return bad({
    code: "token-too-large",
    attempted: "sign the token",
    found: `${token.length} bytes, more than ${TOKEN_LIMITS.bytes}`,
    hint: "let large files be fetched on the host instead of importing or caching them when it is built",
  });
}

/** What is signed. Problems as above, but for the size of the whole token. */
export function tokenPayload(claims: UnsignedClaims): Result<JsonObject> {
  const payload = encodeClaims(claims);
  const parsed = parseClaims(payload);
  return parsed.ok ? ok(payload) : parsed;
}
