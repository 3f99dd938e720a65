/** OpenSSH key formats: RFC 4253 and RFC 5656 for public keys, PROTOCOL.key of OpenSSH for private ones. */
import { decodeBase64, keyProblem } from "../domain/key_string.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import type { KeyMaterial } from "./key_material.ts";

const MAGIC = "openssh-key-v1\0";
const SUPPORTED = "ssh-ed25519, ecdsa-sha2-nistp256 and ssh-rsa";

/** Reads a line `TYPE BASE64 [COMMENT]`; the comment becomes the id. Problems `key-malformed` and `key-algorithm`. */
export function parseOpenSshPublic(line: string): Result<KeyMaterial> {
  const [type, encoded, ...comment] = line.trim().split(/[ \t]+/);
  const blob = decodeBase64(encoded ?? "");
  if (type === undefined || blob === undefined || /[\r\n]/.test(line)) {
    return bad(keyProblem("key-malformed", "the OpenSSH key is not one line of TYPE BASE64 COMMENT"));
  }
  return reading("public", () => {
    const reader = new Reader(blob);
    if (reader.text() !== type) throw new Malformed("its type and the type inside differ");
    const material = publicMaterial(type, reader, comment.join(" "));
    if (material !== undefined) reader.end();
    return material;
  }, type);
}

/**
 * Reads the content of an `OPENSSH PRIVATE KEY` block; the comment becomes the id. Keys with a passphrase are refused
 * with `key-encrypted`; other problems are `key-malformed` and `key-algorithm`.
 */
export function parseOpenSshPrivate(content: Uint8Array<ArrayBuffer>): Result<KeyMaterial> {
  const reader = new Reader(content);
  let type = "";
  let cipher = "";
  const parsed = reading("private", () => {
    if (latin1(reader.bytes(MAGIC.length)) !== MAGIC) throw new Malformed("it does not begin as one");
    cipher = reader.text();
    reader.string();
    reader.string();
    if (cipher !== "none") return undefined;
    if (reader.number() !== 1) throw new Malformed("it holds more than one key");
    reader.string();
    const inner = new Reader(reader.string());
    if (inner.number() !== inner.number()) throw new Malformed("its check numbers differ");
    type = inner.text();
    return privateMaterial(type, inner);
  }, () => type);
  if (cipher !== "" && cipher !== "none") {
    const hint = "remove the passphrase from a copy: ssh-keygen -p -N '' -f COPY";
    return bad(keyProblem("key-encrypted", "an OpenSSH key with a passphrase", hint));
  }
  return parsed;
}

function publicMaterial(type: string, reader: Reader, id: string): KeyMaterial | undefined {
  switch (type) {
    case "ssh-ed25519":
      return { form: "jwk", algorithm: "ed25519", id, jwk: { kty: "OKP", crv: "Ed25519", x: url(reader.string(32)) } };
    case "ecdsa-sha2-nistp256":
      return { form: "jwk", algorithm: "ecp256", id, jwk: p256(reader) };
    case "ssh-rsa": {
      const e = reader.integer();
      return { form: "jwk", algorithm: "rsa2048", id, jwk: { kty: "RSA", e: url(e), n: url(reader.integer()) } };
    }
    default:
      return undefined;
  }
}

function privateMaterial(type: string, reader: Reader): KeyMaterial | undefined {
  switch (type) {
    case "ssh-ed25519": {
      const x = reader.string(32);
      const d = reader.string(64).subarray(0, 32);
      const jwk = { kty: "OKP", crv: "Ed25519", x: url(x), d: url(d) };
      return { form: "jwk", algorithm: "ed25519", id: reader.text(), jwk };
    }
    case "ecdsa-sha2-nistp256": {
      const jwk = { ...p256(reader), d: url(padded(reader.integer(), 32)) };
      return { form: "jwk", algorithm: "ecp256", id: reader.text(), jwk };
    }
    case "ssh-rsa": {
      const [n, e, d, qi, p, q] = [1, 2, 3, 4, 5, 6].map(() => reader.integer());
      if (n === undefined || e === undefined || d === undefined || qi === undefined) return undefined;
      if (p === undefined || q === undefined) return undefined;
      const dp = remainder(d, p);
      const dq = remainder(d, q);
      const numbers = Object.entries({ n, e, d, p, q, dp, dq, qi }).map(([name, value]) => [name, url(value)]);
      const jwk: JsonWebKey = { kty: "RSA", ...Object.fromEntries(numbers) };
      return { form: "jwk", algorithm: "rsa2048", id: reader.text(), jwk };
    }
    default:
      return undefined;
  }
}

/** Curve name and uncompressed point (SEC 1, 2.3.3). */
function p256(reader: Reader): JsonWebKey {
  if (reader.text() !== "nistp256") throw new Malformed("its curve is not nistp256");
  const point = reader.string(65);
  if (point[0] !== 4) throw new Malformed("its point is compressed");
  return { kty: "EC", crv: "P-256", x: url(point.subarray(1, 33)), y: url(point.subarray(33)) };
}

/** `d mod (prime - 1)`: the exponents that OpenSSH leaves out and JWK wants. */
function remainder(d: Uint8Array, prime: Uint8Array): Uint8Array {
  const modulus = BigInt(`0x${prime.toHex()}`) - 1n;
  if (modulus < 1n) throw new Malformed("its primes are none");
  const hex = (BigInt(`0x${d.toHex()}`) % modulus).toString(16);
  return Uint8Array.fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length > length) throw new Malformed("a number is too long");
  const result = new Uint8Array(length);
  result.set(bytes, length - bytes.length);
  return result;
}

function url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Internal to this file: carries a refusal out of nested reads; `reading` turns it into a problem. */
class Malformed extends Error {}

function reading(
  role: "private" | "public",
  read: () => KeyMaterial | undefined,
  type: string | (() => string),
): Result<KeyMaterial> {
  try {
    const material = read();
    if (material !== undefined) return ok(material);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return bad(keyProblem("key-malformed", `the OpenSSH ${role} key is damaged: ${error.message}`));
  }
  const name = typeof type === "string" ? type : type();
  const found = /^[a-z0-9@.-]{1,64}$/.test(name) ? `OpenSSH type ${name}` : "an OpenSSH type that is unknown";
  return bad(keyProblem("key-algorithm", found, `supported are ${SUPPORTED}`));
}

/** Reads the wire types of RFC 4251, section 5. */
class Reader {
  #at = 0;
  constructor(readonly source: Uint8Array) {}

  bytes(length: number): Uint8Array {
    if (length > this.source.length - this.#at) throw new Malformed("it ends too early");
    this.#at += length;
    return this.source.subarray(this.#at - length, this.#at);
  }

  number(): number {
    return this.bytes(4).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  string(length?: number): Uint8Array {
    const bytes = this.bytes(this.number());
    if (length !== undefined && bytes.length !== length) throw new Malformed("a field has the wrong length");
    return bytes;
  }

  text(): string {
    const bytes = this.string();
    if (bytes.length > 1024) throw new Malformed("a text is too long");
    return new TextDecoder().decode(bytes);
  }

  /** A positive mpint without its leading zeros. */
  integer(): Uint8Array {
    const bytes = this.string();
    const first = bytes.findIndex((byte) => byte !== 0);
    if (first < 0 || bytes.length > 2049 || (bytes[0]! & 0x80) !== 0) {
      throw new Malformed("a number is no positive one");
    }
    return bytes.subarray(first);
  }

  end(): void {
    if (this.#at !== this.source.length) throw new Malformed("something follows the key");
  }
}
