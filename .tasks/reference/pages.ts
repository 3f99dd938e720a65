/** Everything below docs/ that is made of the program: path to text. */
import { configJsonSchema, patternJsonSchema } from "../../src/domain/json_schema.ts";
import { describeLibrary } from "../library_comments.ts";
import { libraryPage } from "../library_page.ts";
import { commandsPage } from "./commands.ts";
import { configurationPage } from "./configuration.ts";
import { metricsPage } from "./metrics.ts";
import { nativesPage } from "./natives.ts";
import { openapi } from "./openapi.ts";
import { patternsPage } from "./patterns.ts";

export async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  return new Map([
    ["docs/library.md", libraryPage(await describeLibrary())],
    ["docs/reference/commands.md", commandsPage()],
    ["docs/reference/configuration.md", configurationPage()],
    ["docs/reference/metrics.md", await metricsPage()],
    ["docs/reference/natives.md", await nativesPage()],
    ["docs/reference/openapi.json", json(openapi())],
    ["docs/reference/patterns.md", patternsPage()],
    ["docs/schema/config.json", json(configJsonSchema())],
    ["docs/schema/pattern.json", json(patternJsonSchema())],
  ]);
}
