import * as v from "valibot";
import type { JsonObject } from "./json.ts";

/** What the table of keys says of a key besides its type and default. */
export interface KeyInfo {
  /** What it is for, in one sentence. */
  readonly doc: string;
  /**
   * What of it is secret: all of it, the header part of paths (`URL#Header:value`), or whatever lies below a name that
   * sounds like a secret (`password`, `apiToken`).
   */
  readonly secret?: "whole" | "headers" | "by-name";
  /** Other spellings: a key beside it, or a dotted path from the root. */
  readonly aliases?: readonly Alias[];
  /** Keys beside it that say the same in another way, itself among them: one place of the configuration gives one. */
  readonly oneOf?: readonly string[];
}

export interface Alias {
  readonly name: string;
  /** `seconds`: the alias takes a number of seconds where the key itself takes a duration. */
  readonly unit?: "seconds";
}

/** A key without a default. */
export function key<const S extends v.GenericSchema>(schema: S, info: KeyInfo) {
  return v.optional(v.pipe(schema, v.metadata({ info })));
}

/** A key with a default, which is written as in a configuration file (`"10m"`, not milliseconds). */
export function keyOr<const S extends v.GenericSchema, const D extends v.InferInput<S>>(
  schema: S,
  fallback: D,
  info: KeyInfo,
) {
  return v.optional(v.pipe(schema, v.metadata({ info })), fallback as never);
}

/** What the table says of a schema that `key` or `keyOr` made. */
export function keyInfo(schema: v.GenericSchema): KeyInfo | undefined {
  const inner = withoutOptional(schema);
  const { info } = v.getMetadata(inner) as { readonly info?: KeyInfo };
  return info;
}

export function withoutOptional(schema: v.GenericSchema): v.GenericSchema {
  return "wrapped" in schema ? withoutOptional(schema.wrapped as v.GenericSchema) : schema;
}

/** Says in JSON Schema what a check says in code, or, where the schema has no form of its own there, all of it. */
export function inJsonSchema<Input>(json: JsonObject): v.MetadataAction<Input, { readonly json: JsonObject }> {
  return v.metadata({ json });
}

/** What `inJsonSchema` says of a schema. */
export function jsonSchemaOf(schema: v.GenericSchema): JsonObject {
  const { json } = v.getMetadata(withoutOptional(schema)) as { readonly json?: JsonObject };
  return json ?? {};
}
