import type { Setting } from "../domain/config_layers.ts";
import type { Json } from "../domain/json.ts";
import { type Context, misused, type Outcome } from "./subcommand.ts";

export interface ShowConfig {
  readonly command: "show-config";
  /** `origins`: each key with where its value comes from. `schema`: JSON Schema of the configuration. */
  readonly what: "values" | "origins" | "schema";
  readonly output: "text" | "json";
}

/** Prints the effective configuration with its secrets masked. */
export async function showConfig({ what, output }: ShowConfig, context: Context): Promise<Outcome> {
  if (what === "schema") {
    const { configJsonSchema } = await import("../domain/json_schema.ts");
    return { status: "done", view: { kind: "json", value: configJsonSchema() } };
  }
  const loaded = await context.config();
  if (!loaded.ok) return misused(loaded.problems);
  const { shown, settings } = loaded.value;
  if (what === "values") return { status: "done", view: { kind: "json", value: shown } };
  return {
    status: "done",
    view: output === "json"
      ? { kind: "json", value: settings.map(originJson) }
      : { kind: "text", text: settings.map(originLine).join("\n") },
  };
}

function originLine({ path, value, from }: Setting): string {
  return `${path.join(".")} = ${JSON.stringify(value)}  (${from.join(", then ")})`;
}

function originJson({ path, value, from }: Setting): Json {
  return { key: path.join("."), value, from: [...from] };
}
