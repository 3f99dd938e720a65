/** docs/reference/patterns.md: what a pattern and a command can say. */
import type { JsonObject } from "../../src/domain/json.ts";
import { patternJsonSchema } from "../../src/domain/json_schema.ts";
import { head, page } from "./markdown.ts";
import { keysOf, keyTable } from "./schema_table.ts";

const EXEC = "[exec](configuration.md#exec)";

const ABOUT =
  `A pattern is a \`.jsonnet\` file that evaluates to an object with these properties. How they go together is in
[writing patterns](../guides/patterns.md). For editors there is a [JSON Schema](../schema/pattern.json).`;

const ABOUT_COMMANDS =
  `Lists may be nested to any depth; they are flattened in order. \`check\`, \`change\` and \`remove\` are texts for a
shell or [lists of words](../words.md).`;

const VARIABLES = `## Variables of commands

| variable | where | value |
| --- | --- | --- |
| \`PREFIX\`, \`PREFIX_CHECK_OUT\` | after a command with \`envPrefix: 'PREFIX'\` | what its check has printed |
| \`PREFIX_CHECK\`, \`PREFIX_CHANGE\`, \`PREFIX_REMOVE\` | there | \`0\`: it succeeded, \`1\`: it failed |
| \`PREFIX_CHANGE_OUT\`, \`PREFIX_REMOVE_OUT\` | there | what it has printed |
| \`_CHECK\`, \`_CHANGE\`, \`_REMOVE\` | after any command | of the command just before |
| \`ETCHA_EVENT_ID\`, \`ETCHA_EVENT_NAME\`, \`ETCHA_EVENT_OUTPUT\` | run for an event | the command that fired it, its name, what the command has printed |
| \`ETCHA_WEBHOOK_BODY\`, \`_HEADERS\`, \`_METHOD\`, \`_PATH\`, \`_QUERY\` | run for a webhook | the request; the body in base64 |
| \`ETCHA_SOURCE_NAME\`, \`ETCHA_SOURCE_TRIGGER\` | run for an event or webhook | the source; \`event\` or \`webhook\` |
| \`ETCHA_PAYLOAD\` | \`build.signingCommands\` | what is to be signed, in base64url |
| \`ETCHA_JWT\` | \`verifyCommands\` | the token |

## Events of the program

| event | meaning |
| --- | --- |
| \`etcha:buildManifest\`, \`etcha:runVar_NAME\` | at build: the output joins the manifest, or becomes the variable NAME |
| \`etcha:jwt\` | of signing and verifying commands: the output is the token |
| \`etcha:stdout\`, \`etcha:stderr\` | the output is printed |
| \`etcha:exit\` | the agent ends when the run is settled |
| \`etcha:webhookBody\`, \`etcha:webhookContentType\` | the output answers a webhook |
| \`push\`, \`pull\`, \`shell\` | for \`eventsReceive\`: after each of them |`;

export function patternsPage(): string {
  const schema = patternJsonSchema();
  const { command, group } = schema.$defs as Record<string, JsonObject>;
  return page([
    head("Patterns and commands", ABOUT),
    "## Pattern",
    keyTable(keysOf(schema), EXEC),
    "## Command",
    ABOUT_COMMANDS,
    keyTable(keysOf(command!), EXEC),
    "## Group",
    "A command with `commands` is a group: its members trigger only each other, and their variables end with it.",
    keyTable(keysOf(group!), EXEC),
    VARIABLES,
  ]);
}
