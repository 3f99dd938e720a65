/** `deno task docs`: writes the pages that are made of the program's own tables and comments. */
import { generatedPages } from "./reference/pages.ts";
import { root } from "./steps.ts";

await Deno.mkdir(new URL("docs/reference/", root), { recursive: true });
for (const [path, text] of await generatedPages()) await Deno.writeTextFile(new URL(path, root), text);
