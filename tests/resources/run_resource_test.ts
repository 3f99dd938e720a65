import { files } from "../../src/host/deno/files.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { type Case, runCase } from "./cases.ts";

/** Behaviour as data, against the real file system and the fake one: a new case needs no code. */
const NAMES = ["copy", "dir", "file", "line", "link", "template"];

for (const name of NAMES) {
  const cases: Case[] = JSON.parse(await Deno.readTextFile(new URL(`./${name}.json`, import.meta.url)));
  for (const one of cases) {
    Deno.test(`${name}: ${one.name}`, async (test) => {
      await test.step("in memory", () => runCase(one, { files: new FakeFiles(), folder: "/srv" }));
      await test.step("on disk", async () => {
        const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "etcha-test-" }));
        try {
          await runCase(one, { files, folder });
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      });
    });
  }
}
