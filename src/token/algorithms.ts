import type { KeyAlgorithm } from "../domain/key_string.ts";

/** What one kind of key comes to in JOSE and in WebCrypto. */
interface Algorithm {
  /** The only value of the header's `alg` that this kind of key signs and verifies. */
  readonly jose: string;
  readonly importParameters: { readonly name: string; readonly namedCurve?: string; readonly hash?: string };
  readonly generateParameters: Algorithm["importParameters"] & {
    readonly modulusLength?: number;
    readonly publicExponent?: Uint8Array<ArrayBuffer>;
  };
}

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const ED25519 = { name: "Ed25519" };

/** Names of RFC 7518 and RFC 8037. ES256 is raw r||s, as JOSE wants it and WebCrypto makes it. */
export const ALGORITHMS: Readonly<Record<KeyAlgorithm, Algorithm>> = {
  ed25519: { jose: "EdDSA", importParameters: ED25519, generateParameters: ED25519 },
  ecp256: { jose: "ES256", importParameters: ECDSA, generateParameters: ECDSA },
  rsa2048: {
    jose: "RS256",
    importParameters: RSA,
    generateParameters: { ...RSA, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  },
};
