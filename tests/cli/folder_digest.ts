import { createHash } from "node:crypto";

/**
 * Every file of a folder, by name: mode and SHA-256 of its bytes. Left out is what SQLite keeps its readers' marks in: it
 * holds no data and is made anew at every start.
 */
export async function folderDigest(folder: string): Promise<Readonly<Record<string, string>>> {
  const found: [string, string][] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith("-shm")) continue;
    const path = `${folder}/${name}`;
    const bytes = await Deno.readFile(path);
    const { mode } = await Deno.stat(path);
    found.push([name, `${mode?.toString(8)} ${createHash("sha256").update(bytes).digest("hex")}`]);
  }
  return Object.fromEntries(found.sort(([a], [b]) => a < b ? -1 : 1));
}
