import { inspectToken } from "../workflows/inspect_token.ts";
import { readTokenText } from "../workflows/token_text.ts";
import { runMeans } from "./build_means.ts";
import { type Context, failed, misused, type Outcome } from "./subcommand.ts";

export interface Jwt {
  readonly command: "jwt";
  /** Path, URL, or `-`. */
  readonly token: string;
  readonly output: "text" | "json";
}

/** Shows a token, and tells why it would be refused. */
export async function jwt({ token, output }: Jwt, context: Context): Promise<Outcome> {
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const { host, signal } = context;
  const text = await readTokenText(token, host, signal);
  if (!text.ok) return failed(text.problems);
  const inspected = await inspectToken(text.value, loaded.value.config, runMeans(context, loaded.value.config));
  if (!inspected.ok) return failed(inspected.problems);
  const { header, claims, faults } = inspected.value;
  if (output === "json") {
    const told = faults.map(({ code, found }) => ({ code, found }));
    return {
      status: faults.length === 0 ? "done" : "failed",
      view: { kind: "json", value: { header, claims, verified: faults.length === 0, faults: told } },
    };
  }
  return {
    status: faults.length === 0 ? "done" : "failed",
    view: { kind: "json", value: { header, claims } },
    problems: faults,
  };
}
