import type { KeyAlgorithm } from "../domain/key_string.ts";

/** A key before WebCrypto has seen it. `id` is "" when the text names none. */
export type KeyMaterial =
  & { readonly algorithm: KeyAlgorithm; readonly id: string }
  & (
    | { readonly form: "der"; readonly der: Uint8Array<ArrayBuffer> }
    | { readonly form: "jwk"; readonly jwk: JsonWebKey }
  );
