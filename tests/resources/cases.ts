import assert from "node:assert/strict";
import { basename } from "node:path/posix";
import { parseResource } from "../../src/domain/resource.ts";
import { type Accounts, type Files, HostError, type Http } from "../../src/host/host.ts";
import { type ResourceResult, runResource } from "../../src/resources/run_resource.ts";

/** What a folder holds: text of a file, `-> target` of a link, and for a path that ends with / nothing; with modes. */
export type Tree = { readonly [path: string]: string | { readonly text?: string; readonly mode: string } };

/** One or several runs on what is there before, and what is there after each. */
export interface Case {
  readonly name: string;
  readonly before: Tree;
  readonly runs: readonly {
    /** After `etcha`. */
    readonly words: readonly string[];
    readonly stdin?: string;
    readonly code: number;
    readonly output?: string;
    /** Absent: as it was. */
    readonly after?: Tree;
  }[];
}

export interface Place {
  readonly files: Files;
  readonly folder: string;
  readonly http?: Http;
}

const NO_HTTP: Http = { request: () => Promise.reject(new HostError("disabled", "there is no network")) };

const accounts: Accounts = {
  ownId: Deno.uid() ?? 0,
  userId: (name) => Promise.resolve(name === "root" ? 0 : /^\d+$/.test(name) ? Number(name) : undefined),
  groupId: (name) => Promise.resolve(name === "root" ? 0 : /^\d+$/.test(name) ? Number(name) : undefined),
  userName: (id) => Promise.resolve(id === 0 ? "root" : undefined),
  groupName: (id) => Promise.resolve(id === 0 ? "root" : undefined),
};

/** Runs `etcha` with these words, as a command in a pattern would. */
export async function run(
  words: readonly string[],
  { files, folder, http = NO_HTTP }: Place,
  stdin?: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<ResourceResult> {
  const resource = parseResource(["etcha", ...words]);
  assert.ok(resource?.ok, `${JSON.stringify(words)}: ${JSON.stringify(resource)}`);
  const request = { workDir: folder, ...(stdin !== undefined && { stdin }) };
  return await runResource(resource.value, request, { files, accounts, http }, signal);
}

/** A change is followed by a check that must find it made, and by a second change that must have nothing to do. */
export async function runCase({ before, runs }: Case, place: Place): Promise<void> {
  await plant(before, place);
  let tree = before;
  for (const { words, stdin, code, output, after } of runs) {
    const shown = words.join(" ");
    const result = await run(words, place, stdin);
    assert.equal(result.code, code, `${shown}: ${result.output}`);
    if (output !== undefined) assert.equal(result.output.replaceAll(place.folder, "/HERE"), output, shown);
    tree = after ?? tree;
    await assertTree(tree, place, shown);
    if (words[1] === "check" || code !== 0 || words.includes("-") && words[0] !== "file") continue;
    const again = await run(words, place, stdin);
    assert.deepEqual([again.code, again.kind, again.output], [0, "same", ""], `${shown}, again`);
    if (words[1] === "remove") continue;
    const check = await run(words.map((word, i) => i === 1 ? "check" : word), place, stdin);
    assert.deepEqual([check.code, check.output], [0, ""], `${shown}, then its check`);
  }
}

async function plant(tree: Tree, { files, folder }: Place): Promise<void> {
  for (const [path, what] of Object.entries(tree)) {
    const at = `${folder}/${path.replace(/\/$/, "")}`;
    const text = typeof what === "string" ? what : what.text ?? "";
    if (path.endsWith("/")) await files.makeDir(at);
    else if (text.startsWith("-> ")) await files.writeLink(at, text.slice(3).replace("/HERE", folder));
    else await files.writeAtomic(at, text);
    if (typeof what !== "string") await files.setAttributes(at, { mode: Number.parseInt(what.mode, 8) });
  }
}

async function assertTree(tree: Tree, { files, folder }: Place, shown: string): Promise<void> {
  const found: Record<string, string | { text?: string; mode: string }> = {};
  const visit = async (below: string) => {
    for (const name of await files.list(`${folder}/${below}`)) {
      const path = `${below}${name}`;
      const info = files.look(`${folder}/${path}`);
      assert.ok(info, path);
      const key = info.kind === "dir" ? `${path}/` : path;
      const text = info.kind === "link"
        ? `-> ${(await files.readLink(`${folder}/${path}`)).replace(folder, "/HERE")}`
        : info.kind === "file"
        ? await files.readText(`${folder}/${path}`)
        : "";
      const isModeTold = typeof (tree[key] ?? "") !== "string";
      found[key] = isModeTold
        ? { ...(info.kind === "file" && { text }), mode: info.mode.toString(8).padStart(4, "0") }
        : text;
      if (info.kind === "dir") await visit(`${path}/`);
    }
  };
  await visit("");
  assert.deepEqual(found, tree, `${basename(folder)} after ${shown}`);
}
