import {
  type EncryptedKey,
  formatEncryptedKey,
  KEY_BYTES,
  type KeyDerivation,
  NONCE_BYTES,
  parseEncryptedKey,
} from "../domain/encrypted_key.ts";
import { isKeyId, keyProblem } from "../domain/key_string.ts";
import { bad, ok, type Result } from "../domain/problem.ts";

const SALT_BYTES = 12;
/** The second choice of RFC 9106, section 4: three passes over 64 MiB. A second or two, once for each signing. */
const COST = { time: 3, memory: 65_536, parallelism: 4 } as const;

/**
 * The private key string inside a key under a passphrase. Problems of `parseEncryptedKey`, and `key-passphrase` when the
 * passphrase is another one or the text was changed: the two can't be told apart.
 */
export async function decryptKey(text: string, passphrase: string): Promise<Result<string>> {
  const parsed = parseEncryptedKey(text);
  if (!parsed.ok) return parsed;
  const { derivation, box, id } = parsed.value;
  const cipher = await cipherOf(derivation, passphrase, box.subarray(0, NONCE_BYTES));
  let plain: Uint8Array;
  try {
    plain = cipher.decrypt(box.subarray(NONCE_BYTES));
  } catch (error) {
    // The library has one error for a tag that does not fit, which is the one outcome that is expected here.
    if (!(error instanceof Error)) throw error;
    return bad(keyProblem("key-passphrase", "the passphrase does not open it, or it is damaged"));
  }
  const key = new TextDecoder().decode(plain);
  // The id outside is what people see and may set; a key inside that has none takes it.
  return ok(id !== "" && key.split(":").length === 2 ? `${key}:${id}` : key);
}

/** Puts a private key string under a passphrase. `id` stands outside, readable. */
export async function encryptKey(privateKey: string, passphrase: string): Promise<string> {
  const id = privateKey.split(":").slice(2).join(":");
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES)).toHex();
  const derivation = { salt, ...COST };
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = (await cipherOf(derivation, passphrase, nonce)).encrypt(new TextEncoder().encode(privateKey));
  const box = new Uint8Array(nonce.length + sealed.length);
  box.set(nonce);
  box.set(sealed, nonce.length);
  const key: EncryptedKey = { derivation, box, id: isKeyId(id) ? id : "" };
  return formatEncryptedKey(key);
}

/** Loaded here: most commands never meet an encrypted key. */
async function cipherOf({ salt, time, memory, parallelism }: KeyDerivation, passphrase: string, nonce: Uint8Array) {
  const { argon2idAsync } = await import("@noble/hashes/argon2.js");
  const { xchacha20poly1305 } = await import("@noble/ciphers/chacha.js");
  const key = await argon2idAsync(passphrase, salt, { t: time, m: memory, p: parallelism, dkLen: KEY_BYTES });
  return xchacha20poly1305(key, nonce);
}
