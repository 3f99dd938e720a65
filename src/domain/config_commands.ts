import * as v from "valibot";
import { LIST, parseCommands } from "./command_list.ts";
import { inJsonSchema } from "./config_key.ts";

/** A list of commands as in a pattern, under the name by which its problems are told; parsed ones when parsed. */
export function commandList(name: string) {
  return v.pipe(
    v.array(v.unknown()),
    v.check(
      (list) => parseCommands(list, name).problems.length === 0,
      ({ input }) =>
        parseCommands(input, name).problems.map(({ where, found }) => `${where ?? name}: ${found}`).join("; "),
    ),
    v.transform((list) => parseCommands(list, name).commands),
    inJsonSchema(LIST),
  );
}
