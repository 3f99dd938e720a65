import type { Context, Outcome } from "./subcommand.ts";

export interface Version {
  readonly command: "version";
  readonly output: "text" | "json";
}

/** Prints the version alone, so that scripts can compare it. */
export function version({ output }: Version, { version }: Context): Promise<Outcome> {
  const view = output === "json"
    ? { kind: "json", value: { version } } as const
    : { kind: "text", text: version } as const;
  return Promise.resolve({ status: "done", view });
}
