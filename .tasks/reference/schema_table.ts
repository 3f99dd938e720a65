/** Tables of keys, from the JSON Schema that the program makes of its own tables. */
import type { Json, JsonObject } from "../../src/domain/json.ts";
import { code, plain, table } from "./markdown.ts";

export interface Key {
  readonly name: string;
  readonly schema: JsonObject;
  readonly required: boolean;
  /** Other spellings, in full from the root. */
  readonly aliases: readonly string[];
}

/** What an exec has: it stands in many places, and is described once. */
const EXEC_MARK = "containerImage";

/** The keys of an object, aliases that stand beside them put to what they are aliases of. */
export function keysOf(schema: JsonObject): readonly Key[] {
  const properties = propertiesOf(schema);
  return properties.filter(([name, one]) => name !== "$schema" && aliasOf(one) === undefined).map(([name, one]) => ({
    name,
    schema: one,
    required: ((schema.required ?? []) as string[]).includes(name),
    aliases: properties.filter(([, other]) => aliasOf(other)?.split(".").at(-1) === name).map(([other]) => other),
  }));
}

export function propertiesOf(schema: JsonObject): readonly (readonly [string, JsonObject])[] {
  return Object.entries((schema.properties ?? {}) as Record<string, JsonObject>);
}

/** The path of the key that this is another spelling of. */
export function aliasOf({ description = "" }: JsonObject): string | undefined {
  return /^Another spelling of (.+)\.$/.exec(String(description))?.[1];
}

export function isExec({ properties }: JsonObject): boolean {
  return properties !== undefined && EXEC_MARK in (properties as JsonObject);
}

/** `note`: what is to be said of a key beyond its description. */
export function keyTable(keys: readonly Key[], exec: string, note: (key: Key) => string = () => ""): string {
  return table(
    ["key", "type", "default", "meaning"],
    keys.map((key) => [
      code(key.name),
      typeName(key.schema, exec),
      key.schema.default === undefined ? key.required ? "required" : "" : code(JSON.stringify(key.schema.default)),
      [plain(String(key.schema.description ?? "")), also(key.aliases), note(key)].filter((text) => text !== "").join(
        " ",
      ),
    ]),
  );
}

function also(aliases: readonly string[]): string {
  return aliases.length === 0 ? "" : `Also ${aliases.map(code).join(", ")}.`;
}

/** `exec`: a link to what an exec has. */
function typeName(schema: JsonObject, exec: string): string {
  if (isExec(schema)) return exec;
  if (schema.$ref !== undefined) return "list of commands";
  if (schema.enum !== undefined) return (schema.enum as Json[]).map((one) => code(JSON.stringify(one))).join(", ");
  if (schema.anyOf !== undefined) return (schema.anyOf as JsonObject[]).map((one) => typeName(one, exec)).join(" or ");
  switch (schema.type) {
    case "string":
      return String(schema.pattern ?? "").includes("(ns|us|") ? "duration" : "text";
    case "integer":
      return "integer";
    case "number":
      return "number";
    case "boolean":
      return "true or false";
    case "array":
      return `list of ${typeName(schema.items as JsonObject, exec)}s`;
    case "object":
      return (schema.additionalProperties as JsonObject | undefined)?.type === "string" ? "object of texts" : "object";
    default:
      return "any";
  }
}
