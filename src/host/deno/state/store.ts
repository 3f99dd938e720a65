import { join, resolve } from "node:path";
import { HostError, type States, type StateStore } from "../../host.ts";
import { hosted } from "../errors.ts";
import { removeTorsos, syncFolder } from "../atomic_write.ts";
import { Timer } from "../timer.ts";
import { openReader } from "./reader.ts";
import { StateThread } from "./thread.ts";

/** A second in all; the pause in milliseconds. */
const LOCK_TRIES = 20;
const LOCK_PAUSE = 50;

/** State directories of this machine, each with a SQLite database `state.db`. */
export const states: States = {
  async open(dir, { exclusive }) {
    const folder = resolve(dir);
    if (!exclusive) return openReader(join(folder, "state.db"));
    await hosted(`make the folder ${folder}`, () => Deno.mkdir(folder, { recursive: true, mode: 0o700 }));
    return await openWriter(folder, await waitForLock(folder));
  },

  async visit(dir) {
    const folder = resolve(dir);
    const file = join(folder, "state.db");
    await hosted(`find ${file}`, () => Deno.stat(file));
    const held = await lock(folder);
    const store = held === undefined ? openReader(file) : await openWriter(folder, held);
    const agent = held === undefined ? "runs" : "absent";
    return { store, agent, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
  },
};

/** `held`: the lock, which ends with what is opened here. */
async function openWriter(folder: string, held: Disposable): Promise<StateStore> {
  await using opening = new AsyncDisposableStack();
  opening.use(held);
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
    wishes: (source) => thread.ask({ kind: "wishes", source }),
    wish: async (source, wish) => void await thread.ask({ kind: "wish", source, wish }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** A visitor has the lock for a moment: no reason for an agent not to start. */
async function waitForLock(folder: string): Promise<Disposable> {
  for (let tries = LOCK_TRIES;; tries--) {
    const held = await lock(folder);
    if (held !== undefined) return held;
    if (tries === 0) throw new HostError("busy", `the state directory ${folder} is in use by another etcha`);
    using pause = new Timer(LOCK_PAUSE);
    await pause.promise;
  }
}

/** A lock of the kernel (flock(2)): it ends with the process, however that ends. Nothing while somebody else has it. */
async function lock(folder: string): Promise<Disposable | undefined> {
  const path = join(folder, "lock");
  const file = await hosted(`open ${path}`, () => Deno.open(path, { write: true, create: true, mode: 0o600 }));
  if (await file.tryLock(true)) return file;
  file.close();
  return undefined;
}
