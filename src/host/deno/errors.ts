import { HostError } from "../host.ts";

const KINDS: Readonly<Record<string, HostError["kind"]>> = {
  ENOENT: "not-found",
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
  EEXIST: "exists",
  ENOSPC: "full",
  EDQUOT: "full",
  EADDRINUSE: "busy",
  EBUSY: "busy",
  ETXTBSY: "busy",
  ETIMEDOUT: "timeout",
};

/** The errno name that Deno puts on errors of the operating system, e.g. `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * Turns what the operating system refused into a HostError. `attempted` names the deed and the path: `read /etc/x`.
 * Errors that are none of the operating system's (bugs) come back as they are.
 */
export function toHostError(error: unknown, attempted: string): unknown {
  const code = errorCode(error);
  if (error instanceof HostError || code === undefined || !(error instanceof Error)) return error;
  // Deno ends its messages with ": open '/path'", which `attempted` says better.
  const reason = error.message.replace(/ \(os error \d+\).*$/s, "");
  return new HostError(KINDS[code] ?? "other", `cannot ${attempted}: ${reason}`, { cause: error });
}

/** Runs `action`; what the operating system refuses rejects with a HostError that says what was attempted. */
export async function hosted<T>(attempted: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw toHostError(error, attempted);
  }
}
