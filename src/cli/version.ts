import type { Context, Outcome } from "./subcommand.ts";

export interface Version {
  readonly command: "version";
}

/** Prints the version alone, so that scripts can compare it. */
export function version(_invocation: Version, { version }: Context): Promise<Outcome> {
  return Promise.resolve({ status: "done", view: { kind: "text", text: version } });
}
