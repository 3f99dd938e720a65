import type { Config } from "../domain/config.ts";
import type { Milliseconds } from "../domain/duration.ts";
import { isEncryptedKey } from "../domain/encrypted_key.ts";
import { isObject } from "../domain/json.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { type Files, HostError } from "../host/host.ts";
import type { UnsignedClaims } from "../token/claims.ts";
import { decryptKey } from "../token/encrypted_key.ts";
import { importPrivateKey, type PrivateKey } from "../token/keys.ts";
import { checkPrinted } from "../token/printed.ts";
import { signToken, tokenPayload } from "../token/sign.ts";
import { askCommands, type AskMeans } from "./ask_commands.ts";
import { type PassphraseMeans, readPassphrase } from "./passphrase.ts";

/** Makes a token of claims. */
export type Signer = (claims: UnsignedClaims) => Promise<Result<string>>;

export interface SignMeans extends PassphraseMeans, AskMeans {}

/** Somebody may have to touch a device. */
const COMMANDS_TIMEOUT: Milliseconds = 300_000;
/** Characters of a key file. */
const KEY_FILE_LIMIT = 65_536;

/**
 * What the configuration signs with: commands, else a key. A passphrase is asked for here, once. Problems `no-signing-key`,
 * `signing-key-unreadable`, `key-*`, `passphrase-*`.
 */
export async function openSigner(config: Config, means: SignMeans): Promise<Result<Signer>> {
  if (config.build.signingCommands.length > 0) return ok((claims) => signByCommands(claims, config, means));
  const key = await signingKey(config, means);
  return key.ok ? ok((claims) => signToken(claims, key.value)) : key;
}

/** Problems of `askCommands`, and what a host would refuse whoever has signed it. */
async function signByCommands(claims: UnsignedClaims, config: Config, means: SignMeans): Promise<Result<string>> {
  const payload = tokenPayload(claims);
  if (!payload.ok) return payload;
  const { signingCommands: commands, signingExec: exec } = config.build;
  const encoded = new TextEncoder().encode(JSON.stringify(payload.value))
    .toBase64({ alphabet: "base64url", omitPadding: true });
  const printed = await askCommands(
    { commands, exec, name: "build.signingCommands", variable: "ETCHA_PAYLOAD", timeout: COMMANDS_TIMEOUT },
    encoded,
    config,
    means,
  );
  return printed.ok ? checkPrinted(printed.value, payload.value) : printed;
}

async function signingKey(config: Config, means: SignMeans): Promise<Result<PrivateKey>> {
  const text = await keyText(config, means.files);
  if (!text.ok) return text;
  if (!isEncryptedKey(text.value)) return await importPrivateKey(text.value);
  const passphrase = await readPassphrase("existing", means);
  if (!passphrase.ok) return passphrase;
  const plain = await decryptKey(text.value, passphrase.value);
  return plain.ok ? await importPrivateKey(plain.value) : plain;
}

/** A file may be what `generate-keys` printed: then the key is in it under its name. Anything else is the key itself. */
function privateKeyIn(text: string): string {
  const pair = /^\s*\{/.test(text) ? parseJson(text) : undefined;
  return isObject(pair) && typeof pair["privateKey"] === "string" ? pair["privateKey"] : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function keyText(config: Config, files: Pick<Files, "readText">): Promise<Result<string>> {
  const { signingKey: inline, signingKeyPath: path } = config.build;
  const attempted = "sign the token";
  if (inline !== undefined) return ok(inline);
  if (path === undefined) {
    const hint = "set build.signingKey or build.signingKeyPath to the privateKey that etcha generate-keys printed";
    return bad({ code: "no-signing-key", attempted, found: "no key is configured", hint });
  }
  try {
    return ok(privateKeyIn(await files.readText(path, KEY_FILE_LIMIT)));
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return bad({ code: "signing-key-unreadable", attempted, found: error.message, where: "build.signingKeyPath" });
  }
}
