import { HostError } from "../../host.ts";
import { errorCode } from "../errors.ts";

/** SQLite's messages (sqlite3_errstr) that mean something to the caller; the runtime hands on no numbers. */
const KINDS: readonly (readonly [part: string, kind: HostError["kind"]])[] = [
  ["database or disk is full", "full"],
  ["readonly database", "denied"],
  ["access permission denied", "denied"],
  ["database is locked", "busy"],
];

/** Turns what SQLite refused into a HostError that names the file; bugs come back as they are. */
export function toStateError(error: unknown, file: string): unknown {
  if (error instanceof HostError || !(error instanceof Error) || errorCode(error) !== "ERR_SQLITE_ERROR") return error;
  if (/not a database|malformed/.test(error.message)) return damaged(file, error.message);
  const kind = KINDS.find(([part]) => error.message.includes(part))?.[1] ?? "other";
  return new HostError(kind, `${file}: ${error.message}`, { cause: error });
}

/** `found`: what is wrong with it. */
export function damaged(file: string, found: string): HostError {
  return new HostError("other", `${file} is damaged (${found}); it is left as it is, move it away to begin anew`);
}
