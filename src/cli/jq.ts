import { HostError } from "../host/host.ts";
import { query as askJq } from "../jq/query.ts";
import { type Context, failed, type Outcome } from "./subcommand.ts";

export interface Jq {
  readonly command: "jq";
  readonly query: string;
  readonly output: "json" | "raw";
}

/** Bytes of standard input. */
const INPUT_LIMIT = 512 * 1024 * 1024;

/** Queries standard input and writes what jq answers while it does. */
export async function jq({ query, output }: Jq, { host, signal }: Context): Promise<Outcome> {
  const { terminal, environment } = host;
  try {
    const input = await terminal.readStdin(INPUT_LIMIT);
    const answered = await askJq({ query, flags: output === "raw" ? ["-r"] : [], input, environment }, {
      start: () => host.startJq(),
      write(text) {
        terminal.out(text);
        return terminal.isRead;
      },
      tell: (text) => terminal.err(text),
      cancel: signal,
    });
    return answered.ok ? { status: "done" } : failed(answered.problems);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return failed([{ code: "jq-input", attempted: "read standard input", found: error.message }]);
  }
}
