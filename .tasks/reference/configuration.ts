/** docs/reference/configuration.md: every key of the configuration. */
import { ROOT } from "../../src/domain/config_tree.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { configJsonSchema } from "../../src/domain/json_schema.ts";
import { head, page } from "./markdown.ts";
import { aliasOf, isExec, type Key, keysOf, keyTable, propertiesOf } from "./schema_table.ts";

const EXEC = "[exec](#exec)";

const ABOUT = `One object, in \`etcha.jsonnet\`: Jsonnet, JSON, or JSON with comments. A bare file name is looked for in
the working directory and in the folders above. Later places win: defaults, the file, the environment, \`-x\`.

| place | example |
| --- | --- |
| file | \`{ run: { stateDir: '/var/lib/etcha' } }\` |
| environment, one key | \`ETCHA_run_stateDir=/var/lib/etcha\` |
| environment, an object | \`ETCHA_config='{ run: { stateDir: "/var/lib/etcha" } }'\` |
| command line | \`etcha -x run_stateDir=/var/lib/etcha run\` |

\`etcha show-config\` shows what is in effect, \`etcha show-config --origin\` where each value comes from. A _duration_ is a
text such as \`90s\` or \`1h30m\`. For editors there is a [JSON Schema](../schema/config.json).`;

const ABOUT_EXEC =
  `How commands are run. Execs stand in a chain: root, source, pattern, command. Each may set what the one above
left open, as long as that says \`allowOverride: true\`; what comes after one that does not is ignored, with a warning. The
root allows it unless it says otherwise.`;

export function configurationPage(): string {
  const schema = configJsonSchema();
  const sections = keysOf(schema);
  const groups = sections.filter(({ schema }) => schema.properties !== undefined && !isExec(schema));
  const named = sections.filter(({ schema }) => schema.propertyNames !== undefined);
  const single = sections.filter((key) => !groups.includes(key) && !named.includes(key));
  const exec = single.find((key) => isExec(key.schema))!;
  return page([
    head("Configuration", ABOUT),
    keyTable(single, EXEC, noteOf([])),
    ...groups.filter(({ schema }) => keysOf(schema).length > 0)
      .flatMap(({ name, schema }) => [`## ${name}`, keyTable(keysOf(schema), EXEC, noteOf([name]))]),
    ...named.flatMap(({ name, schema }) => [
      `## ${name}.NAME`,
      keyTable(keysOf(schema.additionalProperties as JsonObject), EXEC, noteOf([name, "NAME"])),
    ]),
    "## exec",
    ABOUT_EXEC,
    keyTable(keysOf(exec.schema), EXEC, noteOf([exec.name])),
  ]);
}

function noteOf(path: readonly string[]): (key: Key) => string {
  return ({ name }) => {
    const elsewhere = spelledElsewhere([...path, name].join("."));
    if (elsewhere !== undefined) return `Also \`${elsewhere}\`.`;
    const secret = secretOf([...path, name]);
    return secret === "whole"
      ? "Secret: shown nowhere."
      : secret === "headers"
      ? "Headers of URLs are secret."
      : secret === "by-name"
      ? "What sounds like a secret is shown nowhere."
      : "";
  };
}

/** Another spelling of a key that stands in another section. */
function spelledElsewhere(key: string): string | undefined {
  for (const [section, schema] of propertiesOf(configJsonSchema())) {
    const found = propertiesOf(schema).find(([, one]) => aliasOf(one) === key);
    if (found !== undefined && !key.startsWith(`${section}.`)) return `${section}.${found[0]}`;
  }
  return undefined;
}

function secretOf(path: readonly string[]): "whole" | "headers" | "by-name" | undefined {
  let node: unknown = ROOT;
  for (const name of path) {
    const { kind, entries, item } = node as { kind: string; entries?: Map<string, unknown>; item?: unknown };
    node = kind === "names" ? item : entries?.get(name);
  }
  return (node as { secret?: "whole" | "headers" | "by-name" }).secret;
}
