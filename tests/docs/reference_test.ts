/** What is written of the program's own tables and comments says what they say now. */
import { deepEqual, equal } from "node:assert/strict";
import { readNatives } from "../../.tasks/reference/natives.ts";
import { generatedPages } from "../../.tasks/reference/pages.ts";
import { createNatives, type NativeContext } from "../../src/jsonnet/natives.ts";

const ROOT = new URL("../../", import.meta.url);

for (const [path, text] of await generatedPages()) {
  Deno.test(`${path} is what deno task docs writes`, async () => {
    equal(await Deno.readTextFile(new URL(path, ROOT)), text);
  });
}

Deno.test("the reference tells of every native function and its parameters", async () => {
  const text = await Deno.readTextFile(new URL("lib/etcha/native.libsonnet", ROOT));
  const described = readNatives(text).map(({ name, call }) => ({
    name,
    params: [...call.slice(name.length).matchAll(/[(, ](\w+)(?==|,|\))/g)].map(([, parameter]) => parameter),
  }));
  const byName = (a: { readonly name: string }, b: { readonly name: string }) => a.name < b.name ? -1 : 1;
  // What they answer from is asked for only when they are called.
  const { specs } = createNatives({} as NativeContext);
  deepEqual(described.toSorted(byName), specs.toSorted(byName));
});
