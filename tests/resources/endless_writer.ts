/**
 * Changes a file and a copy for ever, between two states. Words: the folder. A line on standard output says that it has
 * begun.
 */
import { parseResource } from "../../src/domain/resource.ts";
import { createHost } from "../../src/host/deno/host.ts";
import { runResource } from "../../src/resources/run_resource.ts";
import { STATES } from "./killed_states.ts";

const [folder = ""] = Deno.args;
const host = createHost(import.meta.url);
const { signal } = new AbortController();
for (const [i, { text }] of STATES.entries()) await Deno.writeTextFile(`${folder}/source-${i}`, text);
for (let round = 0;; round++) {
  const i = round % STATES.length;
  const { text, attributes } = STATES[i]!;
  for (
    const words of [
      ["file", "change", ...attributes, `${folder}/watched/file`, text],
      ["copy", "change", ...attributes, `${folder}/source-${i}`, `${folder}/watched/copy`],
    ]
  ) {
    const resource = parseResource(["etcha", ...words]);
    if (!resource?.ok) throw new Error(JSON.stringify(resource));
    const { code, output } = await runResource(resource.value, {}, host, signal);
    if (code !== 0) throw new Error(output);
  }
  if (round === 1) Deno.stdout.writeSync(new TextEncoder().encode("begun\n"));
}
