import type { KeyRole } from "../domain/key_string.ts";
import { decodeBase64, derAlgorithm, isKeyId, keyProblem, wrongRole } from "../domain/key_string.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import type { KeyMaterial } from "./key_material.ts";
import { parseOpenSshPrivate, parseOpenSshPublic } from "./openssh.ts";

const PEM = /^-----BEGIN ([A-Z0-9 ]{1,40})-----\s+([A-Za-z0-9+/=\s]*?)\s*-----END \1-----\s*$/;
const SSH_LINE = /^(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+\s/;

/** What is refused by its PEM label, and what to do instead. */
const REFUSED_LABELS: ReadonlyMap<string, Problem> = new Map([
  refusal("ENCRYPTED PRIVATE KEY", "an encrypted key", "decrypt it: openssl pkcs8 -in OLD -out NEW"),
  refusal("RSA PRIVATE KEY", "a PKCS#1 key", "convert it: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW"),
  refusal("EC PRIVATE KEY", "a SEC1 key", "convert it: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW"),
  refusal("RSA PUBLIC KEY", "a PKCS#1 key", "convert it: openssl rsa -RSAPublicKey_in -in OLD -pubout -out NEW"),
  refusal("CERTIFICATE", "a certificate", "take its key: openssl x509 -in OLD -noout -pubkey"),
]);

/** Whether a text is PEM or OpenSSH rather than a key string. */
export function isKeyText(text: string): boolean {
  const start = text.trimStart();
  return start.startsWith("-----BEGIN ") || SSH_LINE.test(start);
}

/**
 * Reads PEM (RFC 7468: PKCS#8 `PRIVATE KEY`, SPKI `PUBLIC KEY`) and OpenSSH keys. Problems `key-malformed`,
 * `key-algorithm`, `key-role`, `key-encrypted`, `key-format`.
 */
export function parseKeyText(text: string, role: KeyRole): Result<KeyMaterial> {
  const trimmed = text.trim();
  if (SSH_LINE.test(trimmed)) {
    return role === "public" ? withUsableId(parseOpenSshPublic(trimmed)) : bad(wrongRole("public", role));
  }
  const block = PEM.exec(trimmed);
  if (block === null) {
    return bad(keyProblem("key-malformed", "the PEM is not one whole BEGIN … END block with base64 inside"));
  }
  const label = block[1]!;
  const refused = REFUSED_LABELS.get(label);
  if (refused !== undefined) return bad(refused);
  const der = decodeBase64(block[2]!.replace(/\s+/g, ""));
  if (der === undefined) return bad(keyProblem("key-malformed", "the PEM holds no valid base64"));
  if (label === "OPENSSH PRIVATE KEY") {
    return role === "private" ? withUsableId(parseOpenSshPrivate(der)) : bad(wrongRole("private", role));
  }
  const found: KeyRole | undefined = label === "PRIVATE KEY"
    ? "private"
    : label === "PUBLIC KEY"
    ? "public"
    : undefined;
  if (found === undefined) return bad(keyProblem("key-format", "a PEM block that is no key"));
  if (found !== role) return bad(wrongRole(found, role));
  const algorithm = derAlgorithm(der, role);
  if (algorithm === undefined) {
    return bad(keyProblem("key-algorithm", "a key that is not Ed25519, ECDSA on P-256 or RSA"));
  }
  return ok({ form: "der", algorithm, der, id: "" });
}

/** The comment of an OpenSSH key serves as its id when it can (`me@laptop`). */
function withUsableId(parsed: Result<KeyMaterial>): Result<KeyMaterial> {
  if (!parsed.ok) return parsed;
  return ok({ ...parsed.value, id: isKeyId(parsed.value.id) ? parsed.value.id : "" });
}

function refusal(label: string, found: string, hint: string): readonly [string, Problem] {
  return [label, keyProblem(label.startsWith("ENCRYPTED") ? "key-encrypted" : "key-format", found, hint)];
}
