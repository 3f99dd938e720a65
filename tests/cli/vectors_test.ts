import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import vectors from "./vectors_local.json" with { type: "json" };
import { Folder } from "./folder.ts";
import { etcha } from "./program.ts";

type Vector = (typeof vectors.cases)[number];

/** How many programs run side by side: each of them waits for shells most of its time. */
const WORKERS = 4;

Deno.test(`${vectors.cases.length} command lists do what they did elsewhere`, async () => {
  truthy(vectors.cases.length >= 80);
  const open = [...vectors.cases.entries()];
  const wrong: string[] = [];
  const worker = async () => {
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const [index, vector] = next;
      try {
        await run(vector);
      } catch (error) {
        wrong.push(`case ${index}: ${error}`);
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  equal(wrong.join("\n"), "");
});

async function run(vector: Vector): Promise<void> {
  await using folder = await Folder.make();
  await folder.write({ "pattern.jsonnet": JSON.stringify(vector.pattern) });
  await folder.write(Object.fromEntries(vector.markersBefore.map((name) => [name, ""])));
  const ran = await etcha(["local", ...(vector.mode === "remove" ? ["-r"] : []), "pattern.jsonnet"], {
    cwd: folder.path,
  });
  const names = folder.list();
  const trace = names.includes("trace") ? (await folder.read("trace")).split("\n").slice(0, -1) : [];
  deepEqual(trace, vector.trace, `${ran.stdout}${ran.stderr}`);
  deepEqual(names.filter((name) => name.startsWith("m.")), [...vector.markersAfter].sort());
  equal(ran.code, vector.succeeds ? 0 : 1, ran.stderr);
}
