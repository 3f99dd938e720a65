import { commandPath } from "../domain/command.ts";
import { forget } from "../domain/forget.ts";
import type { SourceState } from "../domain/state.ts";
import type { Log, StateStore } from "../host/host.ts";

/**
 * Does what `etcha forget` has asked of a running agent, before a run of the source looks at the record: so it never comes
 * between what a run has read and what it writes. Gives the state that is left. Rejects with HostError.
 */
export async function forgetAsked(
  source: string,
  state: SourceState,
  { store, log }: { readonly store: StateStore; readonly log: Log },
): Promise<SourceState> {
  const { toForget } = await store.wishes(source);
  if (toForget.length === 0) return state;
  const { forgotten, changes } = forget(state, toForget.flatMap(({ keys }) => keys));
  await store.commit({ source, changes, granted: toForget.map(({ id }) => id) });
  for (const { command } of forgotten) {
    const message = `Forgetting ${commandPath(command)}, as etcha forget has asked: nothing of it is undone`;
    log.write({ level: "info", function: "run", status: 200, sourceName: source, message });
  }
  return await store.load(source);
}
