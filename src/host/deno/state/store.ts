import { join, resolve } from "node:path";
import { HostError, type States, type StateStore } from "../../host.ts";
import { hosted } from "../errors.ts";
import { removeTorsos, syncFolder } from "../atomic_write.ts";
import { openReader } from "./reader.ts";
import { StateThread } from "./thread.ts";

/** State directories of this machine, each with a SQLite database `state.db`. */
export const states: States = {
  async open(dir, { exclusive }) {
    const folder = resolve(dir);
    return exclusive ? await openWriter(folder) : openReader(join(folder, "state.db"));
  },
};

async function openWriter(folder: string): Promise<StateStore> {
  await using opening = new AsyncDisposableStack();
  await hosted(`make the folder ${folder}`, () => Deno.mkdir(folder, { recursive: true, mode: 0o700 }));
  opening.use(await lock(folder));
  await hosted(`tidy ${folder}`, () => removeTorsos(folder));
  const file = join(folder, "state.db");
  await hosted(`open ${file}`, async () => {
    // Made here, because SQLite would let others read it; its further files have the mode of this one.
    (await Deno.open(file, { write: true, create: true, mode: 0o600 })).close();
    await Deno.chmod(file, 0o600);
  });
  const thread = opening.use(new StateThread());
  await thread.ask({ kind: "open", file });
  opening.defer(() => thread.ask({ kind: "close" }).then(() => {}));
  await hosted(`open ${file}`, () => syncFolder(folder));
  const resources = opening.move();
  return {
    load: (source) => thread.ask({ kind: "load", source }),
    commit: (commit) => thread.commit(commit),
    history: (source, limit) => thread.ask({ kind: "history", source, limit }),
    sources: () => thread.ask({ kind: "sources" }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** A lock of the kernel (flock(2)): it ends with the process, however that ends. */
async function lock(folder: string): Promise<Disposable> {
  const path = join(folder, "lock");
  const file = await hosted(`open ${path}`, () => Deno.open(path, { write: true, create: true, mode: 0o600 }));
  if (await file.tryLock(true)) return file;
  file.close();
  throw new HostError("busy", `the state directory ${folder} is in use by another etcha`);
}
