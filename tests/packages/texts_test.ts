/** What goes into packages beside the program. The packages themselves are tried by `deno task test-packages`. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { manPages } from "../../.tasks/man_pages.ts";
import { billOfMaterials } from "../../.tasks/sbom.ts";
import { SUBCOMMANDS } from "../../src/cli/commands.ts";

const EDITION = { version: "1.2.3", date: new Date("2026-01-02T00:00:00Z") };

Deno.test("every subcommand has a manual page, with all its flags, that groff has nothing to say about", async () => {
  const pages = manPages(EDITION);
  for (const { name, flags, isHidden } of SUBCOMMANDS) {
    const page = pages.get(`etcha-${name}.1`);
    equal(page === undefined, isHidden === true, name);
    for (const { long } of page === undefined ? [] : flags) truthy(page!.includes(long.replaceAll("-", "\\-")), long);
  }
  match(pages.get("etcha.1")!, /^\.TH ETCHA 1 "2026-01-02" "etcha 1\.2\.3"/);
  for (const [name, page] of pages) {
    const said = await groff(page);
    if (said === undefined) return console.log("skipped: there is no groff");
    deepEqual([name, said], [name, ""]);
  }
});

Deno.test("the bill of materials names what is in the executable, and is the same every time", async () => {
  const release = { ...EDITION, commit: "abc", runtime: "2.9.6" };
  const text = await billOfMaterials(release);
  equal(await billOfMaterials(release), text);
  const { bomFormat, specVersion, serialNumber, components } = JSON.parse(text);
  deepEqual([bomFormat, specVersion], ["CycloneDX", "1.6"]);
  match(serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const names: readonly string[] = components.map(({ name }: { name: string }) => name);
  for (const inside of ["jose", "hono", "@peculiar/x509", "tslib", "github.com/google/go-jsonnet", "deno"]) {
    truthy(names.includes(inside), inside);
  }
  for (const outside of ["fast-check", "ajv"]) truthy(!names.includes(outside), outside);
  for (const { purl, hashes } of components) {
    match(purl, /^pkg:(npm|golang|github)\/[^@]+@v?\d[\w.+-]*$/);
    if (purl.startsWith("pkg:npm/")) match(hashes[0].content, /^[0-9a-f]{128}$/);
  }
});

Deno.test("shellcheck has nothing to say about the scripts", async () => {
  const folder = new URL("../../.tasks/package/", import.meta.url);
  const scripts = [...Deno.readDirSync(folder)].map(({ name }) => new URL(name, folder).pathname);
  try {
    const { code, stdout } = await new Deno.Command("shellcheck", { args: scripts }).output();
    equal(code, 0, new TextDecoder().decode(stdout));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("skipped: there is no shellcheck");
  }
});

/** Its warnings; undefined where it is not installed. */
async function groff(page: string): Promise<string | undefined> {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, page);
    const { stderr } = await new Deno.Command("groff", { args: ["-man", "-Tascii", "-ww", "-z", file] }).output();
    return new TextDecoder().decode(stderr);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  } finally {
    await Deno.remove(file);
  }
}
