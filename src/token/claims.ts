import type { Claims, PatternFiles, ShellClaims } from "../domain/claims.ts";
import { isObject, type Json, type JsonObject, typeName } from "../domain/json.ts";
import { isBase64 } from "../domain/key_string.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { SHELL_LIMITS, TOKEN_LIMITS } from "../domain/token_limits.ts";

/** What is to be signed; `raw` is what comes of it. */
export type UnsignedClaims = Omit<Claims, "raw">;

/** Seconds: the end of the year 9999, so that every accepted time can be shown as a date. */
const MAX_TIME = 253_402_300_799;
/** As terminfo(5) has them. */
const TERMINAL_NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;
/** Problems of one token that are told; a hostile one may have as many as files. */
const MAX_PROBLEMS = 10;

/**
 * Parses the payload of a token. Claims that are not ours are left in `raw` alone. Problems, several at once:
 * `token-malformed` (a wrong type; `where` names the claim), `token-files` and `token-cache` (too many), `token-path`.
 */
export function parseClaims(payload: JsonObject): Result<Claims> {
  const reader = new ClaimReader(payload);
  const pattern = reader.pattern("etchaPattern");
  const once = reader.nonEmptyText("etchaOnce");
  // Names of one letter may be anything in a token that is no shell's.
  const shell = pattern === undefined && once === undefined ? reader.shell() : undefined;
  const cached = reader.cached("etchaCache");
  const source = reader.text("etchaSource");
  const expires = reader.time("exp");
  const issuedAt = reader.time("iat");
  const notBefore = reader.time("nbf");
  const issuer = reader.text("iss");
  const id = reader.text("jti");
  const subject = reader.text("sub");
  const claims: Claims = {
    ...(pattern !== undefined && { pattern }),
    ...(once !== undefined && { once }),
    ...(shell !== undefined && { shell }),
    buildManifest: reader.text("etchaBuildManifest") ?? "",
    runVars: reader.object("etchaRunVars") ?? {},
    ...(cached !== undefined && { cached }),
    version: reader.text("etchaVersion") ?? "",
    ...(source !== undefined && { source }),
    audience: reader.audience("aud"),
    ...(expires !== undefined && { expires }),
    ...(issuedAt !== undefined && { issuedAt }),
    ...(notBefore !== undefined && { notBefore }),
    ...(issuer !== undefined && { issuer }),
    ...(id !== undefined && { id }),
    ...(subject !== undefined && { subject }),
    raw: payload,
  };
  if (pattern !== undefined && once !== undefined) {
    reader.problems.push(malformed("etchaOnce", "a pattern and an ad-hoc command in one token"));
  }
  return reader.problems.length === 0 ? ok(claims) : bad(...reader.problems.slice(0, MAX_PROBLEMS));
}

/** The payload of a token, the inverse of `parseClaims`; a single audience is a plain string. */
export function encodeClaims(claims: UnsignedClaims): JsonObject {
  const { audience, pattern, once, shell } = claims;
  return {
    ...(audience.length > 0 && { aud: audience.length === 1 ? audience[0]! : audience }),
    ...(shell === undefined && { etchaBuildManifest: claims.buildManifest, etchaRunVars: claims.runVars }),
    // Left out where there is none, so that such tokens look as they always did.
    ...(claims.cached !== undefined && Object.keys(claims.cached).length > 0 && { etchaCache: claims.cached }),
    ...(once !== undefined && { etchaOnce: once }),
    ...(pattern !== undefined && { etchaPattern: encodePattern(pattern) }),
    ...(claims.source !== undefined && { etchaSource: claims.source }),
    ...(claims.version !== "" && { etchaVersion: claims.version }),
    ...(claims.expires !== undefined && { exp: claims.expires }),
    ...(claims.issuedAt !== undefined && { iat: claims.issuedAt }),
    ...(claims.issuer !== undefined && { iss: claims.issuer }),
    ...(claims.id !== undefined && { jti: claims.id }),
    ...(claims.notBefore !== undefined && { nbf: claims.notBefore }),
    ...(claims.subject !== undefined && { sub: claims.subject }),
    ...(shell !== undefined && encodeShell(shell)),
  };
}

function encodeShell({ columns, rows, number, session, input, terminal }: ShellClaims): JsonObject {
  return {
    c: columns,
    ...(session !== undefined && { i: session }),
    n: number,
    r: rows,
    ...(input !== "" && { s: input }),
    ...(terminal !== undefined && { t: terminal }),
  };
}

function encodePattern(pattern: PatternFiles): JsonObject {
  return {
    ...(Object.keys(pattern.binaryFiles).length > 0 && { binaryFiles: pattern.binaryFiles }),
    entrypoint: pattern.entrypoint,
    files: pattern.files,
    // Left out where there are none, so that such tokens look as they always did.
    ...(pattern.libraryPaths.length > 0 && { libraryPaths: pattern.libraryPaths }),
  };
}

class ClaimReader {
  readonly problems: Problem[] = [];
  constructor(readonly payload: JsonObject) {}

  text(claim: string): string | undefined {
    const value = this.#own(claim);
    return value === undefined || typeof value === "string" ? value : this.#wrong(claim, "a string", value);
  }

  /** NumericDate of RFC 7519: seconds since the epoch, perhaps with a fraction. */
  time(claim: string): number | undefined {
    const value = this.#own(claim);
    if (value === undefined) return undefined;
    if (typeof value !== "number") return this.#wrong(claim, "a number of seconds", value);
    if (value >= 0 && value <= MAX_TIME) return value;
    this.problems.push(malformed(claim, "a time that is out of range"));
    return undefined;
  }

  audience(claim: string): readonly string[] {
    const value = this.#own(claim);
    if (value === undefined) return [];
    if (typeof value === "string") return [value];
    if (isTexts(value)) return value;
    return this.#wrong(claim, "a string or an array of strings", value) ?? [];
  }

  object(claim: string): JsonObject | undefined {
    const value = this.#ownOrNull(claim);
    if (value === undefined) return undefined;
    return isJsonObject(value) ? value : this.#wrong(claim, "an object", value);
  }

  cached(claim: string): JsonObject | undefined {
    const value = this.object(claim);
    const count = Object.keys(value ?? {}).length;
    if (count > TOKEN_LIMITS.cached) {
      const found = `${count} cached values, more than ${TOKEN_LIMITS.cached}`;
      this.problems.push({ code: "token-cache", attempted: "read the token", found, where: claim });
    }
    return value;
  }

  nonEmptyText(claim: string): string | undefined {
    const value = this.#ownOrNull(claim);
    if (value === undefined || (typeof value === "string" && value !== "")) return value;
    return this.#wrong(claim, "a text that is not empty", value);
  }

  /** Only where there is a number `n`, which everything that is said to a shell has. */
  shell(): ShellClaims | undefined {
    if (this.#own("n") === undefined) return undefined;
    const session = this.text("i");
    const input = this.text("s") ?? "";
    const terminal = this.text("t");
    if (session !== undefined && (session === "" || session.length > SHELL_LIMITS.session)) {
      this.problems.push(malformed("i", "an id that is empty or too long"));
    }
    if (input.length > SHELL_LIMITS.input || (input !== "" && !isBase64(input))) {
      this.problems.push(malformed("s", `no base64, or more than ${SHELL_LIMITS.input} characters of it`));
    }
    if (terminal !== undefined && !TERMINAL_NAME.test(terminal)) {
      this.problems.push(malformed("t", "a text that is no name of a terminal"));
    }
    return {
      columns: this.#whole("c", SHELL_LIMITS.window),
      rows: this.#whole("r", SHELL_LIMITS.window),
      number: this.#whole("n", Number.MAX_SAFE_INTEGER),
      ...(session !== undefined && { session }),
      input,
      ...(terminal !== undefined && { terminal }),
    };
  }

  pattern(claim: string): PatternFiles | undefined {
    const value = this.object(claim);
    if (value === undefined) return undefined;
    const entrypoint = value["entrypoint"];
    const files = this.#files(`${claim}.files`, value["files"]);
    const binaryFiles = this.#files(`${claim}.binaryFiles`, value["binaryFiles"]);
    if (files === undefined || binaryFiles === undefined) return undefined;
    const count = Object.keys(files).length + Object.keys(binaryFiles).length;
    if (count > TOKEN_LIMITS.files) {
      const found = `${count} files, more than ${TOKEN_LIMITS.files}`;
      this.problems.push({ code: "token-files", attempted: "read the token", found, where: claim });
    }
    for (const [path, content] of Object.entries(binaryFiles)) {
      const found = Object.hasOwn(files, path) ? "a path that is in files as well" : "a content that is no base64";
      if (Object.hasOwn(files, path) || !isBase64(content)) {
        this.problems.push(malformed(fileName(`${claim}.binaryFiles`, path), found));
      }
    }
    if (typeof entrypoint !== "string") return this.#wrong(`${claim}.entrypoint`, "a string", entrypoint);
    if (!Object.hasOwn(files, entrypoint)) {
      this.problems.push(malformed(`${claim}.entrypoint`, "a path that is not among the files"));
    }
    const libraryPaths = value["libraryPaths"] ?? [];
    if (!isTexts(libraryPaths)) return this.#wrong(`${claim}.libraryPaths`, "an array of strings", libraryPaths);
    for (const path of libraryPaths) {
      const found = pathFault(path);
      if (found !== undefined) {
        const where = fileName(`${claim}.libraryPaths`, path);
        this.problems.push({ code: "token-path", attempted: "read the token", found, where });
      }
    }
    return { entrypoint, files, binaryFiles, libraryPaths };
  }

  #whole(claim: string, most: number): number {
    const value = this.#own(claim);
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
    this.problems.push(malformed(claim, `${typeName(value)} where a whole number from 0 to ${most} belongs`));
    return 0;
  }

  #files(name: string, value: Json | undefined): { readonly [path: string]: string } | undefined {
    if (value === undefined || value === null) return {};
    if (!isJsonObject(value)) return this.#wrong(name, "an object", value);
    for (const path of Object.keys(value)) {
      const found = pathFault(path);
      if (found !== undefined) {
        this.problems.push({ code: "token-path", attempted: "read the token", found, where: fileName(name, path) });
      }
      if (typeof value[path] !== "string") this.#wrong(fileName(name, path), "a string", value[path]);
      if (this.problems.length >= MAX_PROBLEMS) return undefined;
    }
    return areTexts(value) ? value : undefined;
  }

  /** Go writes an empty map as null: an object claim that is null is an absent one. */
  #ownOrNull(claim: string): Json | undefined {
    return this.#own(claim) ?? undefined;
  }

  #own(claim: string): Json | undefined {
    return Object.hasOwn(this.payload, claim) ? this.payload[claim] : undefined;
  }

  #wrong(where: string, expected: string, value: unknown): undefined {
    this.problems.push(malformed(where, `${typeName(value)} where ${expected} belongs`));
    return undefined;
  }
}

function pathFault(path: string): string | undefined {
  if (!path.startsWith("/")) return "a path without a leading /";
  if (path.includes("\0")) return "a path with a NUL";
  if (path.split("/").includes("..")) return "a path with ..";
  return undefined;
}

/** A path for a message: quoted, control characters escaped, and not longer than a line. */
function fileName(name: string, path: string): string {
  return `${name}[${JSON.stringify(path.length > 80 ? `${path.slice(0, 80)}…` : path)}]`;
}

function malformed(where: string, found: string): Problem {
  return { code: "token-malformed", attempted: "read the token", found, where };
}

function isTexts(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function areTexts(value: JsonObject): value is { readonly [path: string]: string } {
  return Object.values(value).every((item) => typeof item === "string");
}

function isJsonObject(value: Json): value is JsonObject {
  return isObject(value);
}
