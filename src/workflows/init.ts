import { join, resolve } from "node:path/posix";
import { bad, ok, type Result } from "../domain/problem.ts";
import { type Files, HostError } from "../host/host.ts";

/** What was written, and what was there and left alone; paths begin with the folder as it was given. */
interface Project {
  readonly written: readonly string[];
  readonly kept: readonly string[];
}

const README = `# Configuration with Etcha

* \`patterns/\` holds your patterns: Jsonnet programs that say which commands bring a host into shape, and how to undo them.
* \`lib/etcha/\` holds Etcha's own Jsonnet library: functions for packages, users, files, services and more, each in a file
  that says at its head what it takes. \`etcha init\` renews it after an update: keep your changes elsewhere.

A first pattern, \`patterns/hello.jsonnet\`:

\`\`\`jsonnet
{
  run: [
    {
      id: 'say hello',
      check: 'grep -q hello /tmp/hello',
      change: 'echo hello > /tmp/hello',
      remove: 'rm -f /tmp/hello',
    },
  ],
}
\`\`\`

\`\`\`sh
etcha render patterns/hello.jsonnet   # what it comes to
etcha local patterns/hello.jsonnet    # run it on this machine
etcha generate-keys                   # a key pair to build with and to verify by
\`\`\`
`;

/**
 * Sets up a folder for patterns: the library as `lib/etcha`, a folder `patterns` and a README.md, unless there is one.
 * Where the library is already, the folder was set up before, and only the library is written. Problem `init-failed`.
 */
export async function initProject(
  folder: string,
  { files, libraryDir }: {
    readonly files: Pick<Files, "cwd" | "list" | "read" | "stat" | "makeDir" | "writeAtomic">;
    readonly libraryDir: string;
  },
): Promise<Result<Project>> {
  const at = (path: string) => resolve(files.cwd, folder, path);
  const written: string[] = [];
  const kept: string[] = [];
  try {
    const isThere = async (path: string) => await files.stat(at(path)) !== undefined;
    const isFirst = !await isThere("lib/etcha");
    await files.makeDir(at("lib/etcha"));
    for (const name of await files.list(libraryDir)) {
      if (!name.endsWith(".libsonnet")) continue;
      await files.writeAtomic(at(`lib/etcha/${name}`), await files.read(join(libraryDir, name)));
      written.push(join(folder, "lib/etcha", name));
    }
    if (isFirst) {
      await files.makeDir(at("patterns"));
      written.push(join(folder, "patterns/"));
      const hasReadme = await isThere("README.md");
      if (!hasReadme) await files.writeAtomic(at("README.md"), README);
      (hasReadme ? kept : written).push(join(folder, "README.md"));
    }
    return ok({ written, kept });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return bad({ code: "init-failed", attempted: `set up ${folder}`, found: error.message });
  }
}
