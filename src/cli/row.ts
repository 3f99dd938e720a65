import type { Given } from "../domain/command_line.ts";
import { ok, type Result } from "../domain/problem.ts";
import type { Handler, Subcommand } from "./subcommand.ts";

interface Row<Invocation> extends Omit<Subcommand, "prepare"> {
  parse(given: Given): Result<Invocation>;
  load(): Promise<Handler<Invocation>>;
}

/** Ties the invocation that a row parses to the handler that it loads. */
export function row<Invocation extends { readonly command: string }>(
  { parse, load, ...rest }: Row<Invocation>,
): Subcommand {
  return {
    ...rest,
    prepare(given) {
      const parsed = parse(given);
      if (!parsed.ok) return parsed;
      const invocation = parsed.value;
      return ok({ invocation, run: async (context) => await (await load())(invocation, context) });
    },
  };
}
