import { calculateJwkThumbprint } from "jose";
import type { KeyAlgorithm, KeyRole, KeyString } from "../domain/key_string.ts";
import { formatKeyString, isKeyId, keyProblem, parseKeyString } from "../domain/key_string.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { ALGORITHMS } from "./algorithms.ts";
import type { KeyMaterial } from "./key_material.ts";
import { isKeyText, parseKeyText } from "./key_text.ts";

interface ImportedKey<Role extends KeyRole> {
  readonly role: Role;
  readonly algorithm: KeyAlgorithm;
  /** The id of the key string, else the first ten characters of the thumbprint. */
  readonly id: string;
  /** RFC 7638, SHA-256, base64url; the same for both halves of a pair, whatever they are called. */
  readonly thumbprint: string;
  readonly key: CryptoKey;
}

export type PrivateKey = ImportedKey<"private">;
export type PublicKey = ImportedKey<"public"> & {
  /** As a key string, whatever form it was read from. */
  readonly text: string;
};

/** A pair as key strings, in the form in which it is printed. */
interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

const RANDOM_ID_LENGTH = 10;
const ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const MIN_RSA_BITS = 2048;
/** Characters; an RSA key of 16,384 bits has a fifth of that. */
const MAX_TEXT = 65_536;

/**
 * Makes a signing key usable. `text` is a key string or what a key file holds: a key string, PKCS#8 PEM, or an
 * unencrypted OpenSSH private key. Problems `key-*`, never with a part of the key.
 */
export function importPrivateKey(text: string): Promise<Result<PrivateKey>> {
  return importKey(text, "private");
}

/**
 * Makes a verification key usable. `text` is a key string or what a key file holds: a key string, SPKI PEM, or an
 * OpenSSH public line. Problems `key-*`.
 */
export async function importPublicKey(text: string): Promise<Result<PublicKey>> {
  const imported = await importKey(text, "public");
  if (!imported.ok) return imported;
  const { algorithm, key, id } = imported.value;
  const der = new Uint8Array(await crypto.subtle.exportKey("spki", key));
  return ok({ ...imported.value, text: formatKeyString({ algorithm, role: "public", der, id }) });
}

/** A new pair under `id`, or under a random one. Problem `key-malformed` for an id that can't stand in a key string. */
export async function generateKeyPair(algorithm: KeyAlgorithm, id: string = randomId()): Promise<Result<KeyPair>> {
  if (!isKeyId(id)) return bad(keyProblem("key-malformed", "the id is not 1 to 128 visible ASCII characters"));
  const pair = await crypto.subtle.generateKey(
    ALGORITHMS[algorithm].generateParameters,
    true,
    ["sign", "verify"],
  );
  if (!("privateKey" in pair)) throw new TypeError(`${algorithm} made a single key`);
  const privateDer = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const publicDer = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  return ok({
    privateKey: formatKeyString({ algorithm, role: "private", der: privateDer, id }),
    publicKey: formatKeyString({ algorithm, role: "public", der: publicDer, id }),
  });
}

async function importKey<Role extends KeyRole>(text: string, role: Role): Promise<Result<ImportedKey<Role>>> {
  if (text.length > MAX_TEXT) return bad(keyProblem("key-malformed", "a text that is too long for a key"));
  const parsed = isKeyText(text) ? parseKeyText(text, role) : fromKeyString(parseKeyString(text, role));
  if (!parsed.ok) return parsed;
  const { algorithm, id } = parsed.value;
  let key: CryptoKey;
  let thumbprint: string;
  try {
    key = await importMaterial(parsed.value, role);
    thumbprint = await calculateJwkThumbprint(await crypto.subtle.exportKey("jwk", key));
  } catch (error) {
    // DOMException for broken numbers, TypeError for some malformed DER; a point beside the curve shows at the export.
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    return bad(keyProblem("key-malformed", `the ${algorithm} key is damaged`));
  }
  const bits = "modulusLength" in key.algorithm ? Number(key.algorithm.modulusLength) : MIN_RSA_BITS;
  if (bits < MIN_RSA_BITS) {
    return bad(keyProblem("key-algorithm", `an RSA key of ${bits} bits`, `RSA keys have at least ${MIN_RSA_BITS}`));
  }
  return ok({ role, algorithm, id: id === "" ? thumbprint.slice(0, RANDOM_ID_LENGTH) : id, thumbprint, key });
}

function fromKeyString(parsed: Result<KeyString>): Result<KeyMaterial> {
  return parsed.ok ? ok({ ...parsed.value, form: "der" }) : parsed;
}

function importMaterial(material: KeyMaterial, role: KeyRole): Promise<CryptoKey> {
  const { importParameters } = ALGORITHMS[material.algorithm];
  // Extractable, because the thumbprint is taken of the exported form.
  const uses: KeyUsage[] = role === "private" ? ["sign"] : ["verify"];
  return material.form === "jwk"
    ? crypto.subtle.importKey("jwk", material.jwk, importParameters, true, uses)
    : crypto.subtle.importKey(role === "private" ? "pkcs8" : "spki", material.der, importParameters, true, uses);
}

function randomId(): string {
  // A byte below 248 = 4 × 62 falls on every character equally often.
  let id = "";
  while (id.length < RANDOM_ID_LENGTH) {
    const byte = crypto.getRandomValues(new Uint8Array(1))[0]!;
    if (byte < 248) id += ID_CHARACTERS[byte % ID_CHARACTERS.length];
  }
  return id;
}
