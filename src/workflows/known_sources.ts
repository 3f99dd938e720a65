import type { Config } from "../domain/config.ts";
import { bad, ok, type Result } from "../domain/problem.ts";
import { didYouMean } from "../domain/suggest.ts";
import type { StateStore } from "../host/host.ts";

/** The sources of the configuration and of the state, sorted: what a source did stays remembered when it is taken out. */
export async function knownSources(config: Config, store: Pick<StateStore, "sources">): Promise<readonly string[]> {
  return [...new Set([...config.sources.keys(), ...await store.sources()])].sort();
}

/** Problem `unknown-source`. */
export function knownSource(name: string, names: readonly string[], config: Config): Result<string> {
  if (names.includes(name)) return ok(name);
  const found = `nothing is known of a source ${JSON.stringify(name)} in ${config.run.stateDir}`;
  return bad({ code: "unknown-source", attempted: "", found, ...didYouMean(name, names) });
}
