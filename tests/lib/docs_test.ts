import { equal } from "node:assert/strict";
import { describeLibrary } from "../../.tasks/library_comments.ts";
import { libraryPage } from "../../.tasks/library_page.ts";

Deno.test("docs/library.md says what the comments of the library say", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/library.md", import.meta.url));
  equal(page, libraryPage(await describeLibrary()), "deno task library-docs writes it");
});
