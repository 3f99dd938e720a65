import { decodeBase64, isKeyId, keyProblem } from "./key_string.ts";
import { bad, ok, type Result } from "./problem.ts";

/**
 * A private key that a passphrase protects, as text says it:
 * `argon2id:SALT-TIME-MEMORY-KEYBYTES-PARALLELISM@xchacha20poly1305:BASE64[:ID]`.
 */
export interface EncryptedKey {
  readonly derivation: KeyDerivation;
  /** 24 bytes of nonce, then what XChaCha20-Poly1305 made of a whole private key string. */
  readonly box: Uint8Array<ArrayBuffer>;
  /** "" when the text has none. */
  readonly id: string;
}

/** How a key comes of a passphrase: Argon2id (RFC 9106). */
export interface KeyDerivation {
  /** Its ASCII bytes are the salt. */
  readonly salt: string;
  /** Passes over the memory. */
  readonly time: number;
  /** KiB. */
  readonly memory: number;
  readonly parallelism: number;
}

/** Bytes that XChaCha20-Poly1305 takes as its key. */
export const KEY_BYTES = 32;
/** Bytes of its nonce. */
export const NONCE_BYTES = 24;
const TAG_BYTES = 16;
/** A text names its own cost: whoever wrote it must not be able to ask for all memory, or for hours. 1 GiB. */
const MAX_MEMORY = 1024 * 1024;
/** KiB that are passed over in all: some twenty seconds. */
const MAX_WORK = 4 * MAX_MEMORY;
const MAX_PARALLELISM = 64;
/** Bytes; an RSA key of 16,384 bits has less. */
const MAX_BOX = 32_768;

const PREFIX = "argon2id:";
const FORM =
  /^argon2id:([\x21-\x39\x3b-\x3f\x41-\x7e]{8,64})-(\d{1,10})-(\d{1,10})-(\d{1,10})-(\d{1,10})@([a-z0-9]{1,32}):([A-Za-z0-9+/=]+)(?::(.*))?$/;

/** Whether a text is meant as a key under a passphrase. */
export function isEncryptedKey(text: string): boolean {
  return text.trimStart().startsWith(PREFIX);
}

/** Reads a key under a passphrase. Problems `key-malformed` and `key-cost`; none of them holds a part of the text. */
export function parseEncryptedKey(text: string): Result<EncryptedKey> {
  const match = FORM.exec(text.trim());
  if (match === null) {
    const hint = "it is argon2id:SALT-TIME-MEMORY-KEYBYTES-PARALLELISM@xchacha20poly1305:BASE64[:ID]";
    return bad(keyProblem("key-malformed", "an encrypted key that is not whole", hint));
  }
  const [, salt = "", time, memory, keyBytes, parallelism, cipher, base64 = "", id = ""] = match;
  if (cipher !== "xchacha20poly1305" || Number(keyBytes) !== KEY_BYTES) {
    const found = "it is encrypted in another way than xchacha20poly1305 with a key of 32 bytes";
    return bad(keyProblem("key-malformed", found));
  }
  const derivation = { salt, time: Number(time), memory: Number(memory), parallelism: Number(parallelism) };
  if (!isAffordable(derivation)) {
    const found = "it asks for more time or memory than is ever spent on a key, or for none";
    return bad(keyProblem("key-cost", found, "make a new one: etcha generate-keys -e"));
  }
  if (match[8] !== undefined && !isKeyId(id)) {
    return bad(keyProblem("key-malformed", "the id is not 1 to 128 visible ASCII characters"));
  }
  const box = decodeBase64(base64);
  if (box === undefined || box.length <= NONCE_BYTES + TAG_BYTES || box.length > MAX_BOX) {
    return bad(keyProblem("key-malformed", "what follows the cipher is no standard base64, or too short or long"));
  }
  return ok({ derivation, box, id });
}

/** The text form; the inverse of `parseEncryptedKey`. */
export function formatEncryptedKey({ derivation, box, id }: EncryptedKey): string {
  const { salt, time, memory, parallelism } = derivation;
  const parameters = [salt, time, memory, KEY_BYTES, parallelism].join("-");
  return `${PREFIX}${parameters}@xchacha20poly1305:${box.toBase64()}${id === "" ? "" : `:${id}`}`;
}

/** The bounds of RFC 9106, section 3.1, and ours. */
function isAffordable({ time, memory, parallelism }: KeyDerivation): boolean {
  return time >= 1 && parallelism >= 1 && parallelism <= MAX_PARALLELISM && memory >= 8 * parallelism &&
    memory <= MAX_MEMORY && time * memory <= MAX_WORK;
}
