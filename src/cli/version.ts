import type { Context, Outcome } from "./subcommand.ts";

export interface Version {
  readonly command: "version";
  readonly output: "text" | "json";
}

/** Prints the version alone, so that scripts can compare it; as JSON also of what it was made. */
export function version({ output }: Version, { version, built }: Context): Promise<Outcome> {
  const view = output === "json"
    ? { kind: "json", value: { version, ...built } } as const
    : { kind: "text", text: version } as const;
  return Promise.resolve({ status: "done", view });
}
