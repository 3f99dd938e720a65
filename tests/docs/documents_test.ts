/** Every command and every pattern in README.md and docs/ is tried, and what is shown of their output compared. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Library } from "../lib/library.ts";
import { wrongLinks } from "./links.ts";
import { play } from "./play.ts";

const ROOT = new URL("../../", import.meta.url);

/** Blocks of a page that can't be run here; why is in a comment above each. */
const SKIPPED: Readonly<Record<string, number>> = {
  "README.md": 2,
  "docs/install.md": 4,
  "docs/monitoring/README.md": 1,
};

/** Programs of other people that pages use. */
const TOOLS = ["curl", "openssl"];

function isInstalled(tool: string): boolean {
  return new Deno.Command("sh", { args: ["-c", 'command -v "$0"', tool], stdout: "null" }).outputSync().success;
}

function pagesBelow(folder: string): readonly string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? pagesBelow(`${folder}${name}/`) : name.endsWith(".md") ? [`${folder}${name}`] : []
  ).sort();
}

/** A folder has no text, but is there. */
function read(path: string): string | undefined {
  try {
    const { isDirectory } = Deno.statSync(new URL(path, ROOT));
    return isDirectory ? "" : Deno.readTextFileSync(new URL(path, ROOT));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const pages = ["README.md", ...pagesBelow("docs/")];
let tried = 0;

for (const page of pages) {
  const markdown = Deno.readTextFileSync(new URL(page, ROOT));
  Deno.test(`${page} leads somewhere`, () => {
    deepEqual(wrongLinks(page, markdown, read), []);
  });

  const missing = TOOLS.filter((tool) => markdown.includes(`${tool} `) && !isInstalled(tool));
  if (missing.length > 0) console.log(`skipped: ${page}, which needs ${missing.join(" and ")}`);
  Deno.test({ name: `${page} is true`, ignore: missing.length > 0 }, async () => {
    using library = new Library();
    const played = await play(markdown, library);
    tried += played.tried;
    equal(played.skipped, SKIPPED[page] ?? 0, "blocks that are not run here");
  });
}

Deno.test("the pages have something to try", () => {
  ok(tried > 0);
  equal(Object.keys(SKIPPED).filter((page) => !pages.includes(page)).length, 0);
});

Deno.test("the site has every page of docs in its sidebar, but notes on decisions", async () => {
  const config = await Deno.readTextFile(new URL("site/.vitepress/config.ts", ROOT));
  const sidebar = config.slice(config.indexOf("sidebar:"));
  const links = [...sidebar.matchAll(/link: "\/([^"]*)"/g)].map(([, link]) => link!);
  const expected = pages.filter((page) => page.startsWith("docs/") && !page.startsWith("docs/decisions/"))
    .map((page) => page.slice("docs/".length).replace(/README\.md$/, "").replace(/\.md$/, ""));
  deepEqual(links.toSorted(), expected.toSorted());
});

Deno.test("a link to nowhere is found", () => {
  const page =
    "# A page\n[a](b.md) [b](../c.md#some-where) [c](#a-page) [d](#a-pag) [e](https://x/)\n```\n[f](f)\n```\n";
  const files: Readonly<Record<string, string>> = { "docs/a.md": page, "c.md": "## Some `where`" };
  deepEqual(wrongLinks("docs/a.md", page, (path) => files[path]), [
    "b.md: there is no docs/b.md",
    "#a-pag: no such heading",
  ]);
});
