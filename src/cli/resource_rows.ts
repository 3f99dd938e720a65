import { ok } from "../domain/problem.ts";
import { type ResourceKind, resourceOf } from "../domain/resource.ts";
import { RESOURCE_TABLE } from "../domain/resource_table.ts";
import { outputOf } from "./arguments.ts";
import { JSON_FLAG } from "./flags.ts";
import type { ManageResource } from "./resource.ts";
import { row } from "./row.ts";
import type { Subcommand } from "./subcommand.ts";

/** The subcommand for one kind of resource: the same words as in a pattern, from the same table. */
export function resourceRow(kind: ResourceKind): Subcommand {
  const { flags, ...described } = RESOURCE_TABLE[kind];
  return row<ManageResource>({
    name: kind,
    ...described,
    flags: [...flags, JSON_FLAG],
    parse(given) {
      const resource = resourceOf(kind, given);
      return resource.ok ? ok({ command: kind, resource: resource.value, output: outputOf(given) }) : resource;
    },
    load: async () => (await import("./resource.ts")).manageResource,
  });
}
