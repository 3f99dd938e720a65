import * as v from "valibot";
import { commandSchema, LIST } from "./command_list.ts";
import { jsonSchemaOf, type KeyInfo, keyInfo, withoutOptional } from "./config_key.ts";
import { childOf, type Group, NAME, ROOT } from "./config_tree.ts";
import type { Json, JsonObject } from "./json.ts";
import { patternSchema } from "./pattern.ts";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** The configuration in JSON Schema 2020-12, made of the table of keys. */
export function configJsonSchema(): JsonObject {
  const { type, properties, additionalProperties } = groupSchema(ROOT, []);
  return {
    $schema: DIALECT,
    title: "Configuration of Etcha",
    type: type!,
    properties: { $schema: { type: "string", description: "For editors." }, ...(properties as JsonObject) },
    additionalProperties: additionalProperties!,
    $defs: listDefinitions(),
  };
}

/** What a pattern comes to in JSON Schema 2020-12, made of the tables of its properties and of those of a command. */
export function patternJsonSchema(): JsonObject {
  return {
    $schema: DIALECT,
    title: "Pattern of Etcha",
    ...objectSchema(patternSchema.entries),
    $defs: listDefinitions(),
  };
}

/** What `LIST` refers to. */
function listDefinitions(): JsonObject {
  const { commands, ...single } = commandSchema.entries;
  return {
    commands: {
      type: "array",
      items: { anyOf: [{ $ref: "#/$defs/command" }, { $ref: "#/$defs/group" }, LIST] },
    },
    command: objectSchema(single),
    group: {
      type: "object",
      properties: { id: valueSchema(commandSchema.entries.id), commands: valueSchema(commands) },
      required: ["id", "commands"],
    },
  };
}

function groupSchema(group: Group, path: readonly string[]): JsonObject {
  const properties = [...group.entries.keys()].map((name): readonly [string, Json] => {
    const child = childOf(group, path, name)!;
    const { node } = child;
    const isAlias = child.path.join(".") !== [...path, name].join(".");
    if (node.kind === "names") {
      const item = groupSchema(node.item, [...path, name, "NAME"]);
      return [name, { type: "object", propertyNames: { pattern: NAME.source }, additionalProperties: item }];
    }
    if (node.kind === "group") {
      const below = groupSchema(node, child.path);
      return [name, isAlias ? { ...below, description: otherSpelling(child.path) } : below];
    }
    const { default: fallback, ...schema } = valueSchema(node.schema, node.fallback as Json | undefined);
    if (!isAlias) return [name, fallback === undefined ? schema : { ...schema, default: fallback }];
    const value: JsonObject = child.unit === "seconds" ? { type: "number", minimum: 0, maximum: 1e9 } : schema;
    return [name, { ...value, description: otherSpelling(child.path) }];
  });
  return {
    ...(group.doc !== undefined && { description: group.doc }),
    type: "object",
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

function otherSpelling(path: readonly string[]): string {
  return `Another spelling of ${path.join(".")}.`;
}

function objectSchema(entries: Readonly<Record<string, v.GenericSchema>>): JsonObject {
  const required = Object.keys(entries).filter((name) => entries[name]!.type !== "optional");
  const properties = Object.entries(entries).map(([name, schema]) => {
    return [name, valueSchema(schema, v.getDefault(schema) as Json | undefined)] as const;
  });
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
}

/** A schema as it takes values; what its checks ask beyond the type is there where they say it for JSON Schema. */
function valueSchema(schema: v.GenericSchema, fallback?: Json): JsonObject {
  const info = keyInfo(schema);
  return {
    ...(info !== undefined && { description: description(info) }),
    ...typeSchema(withoutOptional(schema)),
    ...jsonSchemaOf(schema),
    ...(fallback !== undefined && { default: fallback }),
  };
}

function description({ doc, oneOf = [] }: KeyInfo): string {
  if (oneOf.length === 0) return doc;
  return `${doc} Of ${oneOf.join(", ")} a file gives one; what comes after it, such as -x, may give another instead.`;
}

/** The members of schemas that are looked into, as the library names them. */
interface Inside {
  readonly options?: readonly unknown[];
  readonly item?: v.GenericSchema;
  readonly value?: v.GenericSchema;
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
}

function typeSchema(schema: v.GenericSchema): JsonObject {
  const { options = [], item, value, entries } = schema as Inside;
  switch (schema.type) {
    case "string":
    case "number":
    case "boolean":
      return { type: schema.type };
    case "picklist":
      return { enum: options as Json[] };
    case "union":
      return { anyOf: (options as v.GenericSchema[]).map((option) => valueSchema(option)) };
    case "array":
      return { type: "array", items: valueSchema(item!) };
    case "record":
      return { type: "object", additionalProperties: valueSchema(value!) };
    case "custom":
      return { type: "object" };
    case "strict_object":
      return objectSchema(entries!);
    case "unknown":
    case "lazy":
      return {};
    default:
      throw new Error(`no JSON Schema is known for ${schema.type}`);
  }
}
