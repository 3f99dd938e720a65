import { inspectToken } from "../workflows/inspect_token.ts";
import { readTokenText } from "../workflows/token_text.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";

export interface Jwt {
  readonly command: "jwt";
  /** Path, URL, or `-`. */
  readonly token: string;
}

/** Shows a token, and tells why it would be refused. */
export async function jwt({ token }: Jwt, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const { host, signal } = context;
  const text = await readTokenText(token, host, signal);
  if (!text.ok) return failed(text.problems);
  const inspected = await inspectToken(text.value, loaded.value.config, host.clock.now());
  if (!inspected.ok) return failed(inspected.problems);
  const { header, claims, faults } = inspected.value;
  return {
    status: faults.length === 0 ? "done" : "failed",
    view: { kind: "json", value: { header, claims } },
    problems: faults,
  };
}
