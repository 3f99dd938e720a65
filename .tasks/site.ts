/**
 * `deno task site`: dist/site, the pages of docs/ as a static site with search. The generator and what it needs are locked in
 * site/, apart from the program's own packages; they come from npm once, and a build is without network.
 */
import { cpSync, rmSync } from "node:fs";
import { fail, root, step } from "./steps.ts";

const site = new URL("site/", root);
const pages = new URL("pages/", site);

await step("site", async () => {
  rmSync(pages, { recursive: true, force: true });
  cpSync(new URL("docs/", root), pages, { recursive: true });
  await inSite("install", "--quiet", "--frozen");
  await inSite("run", "--quiet", "-A", "npm:vitepress", "build");
  rmSync(pages, { recursive: true });
});

async function inSite(...args: readonly string[]): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), { args: [...args], cwd: site, stdin: "null" }).spawn();
  if (!(await child.status).success) fail(`site: deno ${args[0]} failed`);
}
