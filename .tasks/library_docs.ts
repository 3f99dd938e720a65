/** `deno task library-docs`: writes docs/library.md from the comments in lib/etcha. */
import { describeLibrary } from "./library_comments.ts";
import { libraryPage } from "./library_page.ts";
import { root } from "./steps.ts";

await Deno.writeTextFile(new URL("docs/library.md", root), libraryPage(await describeLibrary()));
