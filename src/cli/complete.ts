import type { Config } from "../domain/config.ts";
import { type Candidate, completionOf, configPathIn, type Table } from "./completion.ts";
import type { Context, Handler, Outcome } from "./subcommand.ts";

export interface Complete {
  readonly command: "complete";
  /** As typed, without the program's name; the last one is being typed. */
  readonly words: readonly string[];
}

/**
 * Answers the scripts of `autocomplete`: a line that says what is wanted (`words`, or what the shell itself can list), then
 * a line for each word: the word, a tab, what it is. Whoever presses a key is not to be bothered with problems.
 */
export function completer(table: Table): Handler<Complete> {
  return (invocation, context) => complete(invocation, table, context);
}

async function complete({ words }: Complete, table: Table, context: Context): Promise<Outcome> {
  const completion = completionOf(words, table);
  switch (completion.kind) {
    case "words":
      return answer("words", completion.candidates);
    case "sources":
    case "targets": {
      const loaded = await context.config(configPathIn(words, table));
      return answer("words", loaded.ok ? names(completion.kind, loaded.value.config) : []);
    }
    default:
      return answer(completion.kind, []);
  }
}

function answer(kind: string, candidates: readonly Candidate[]): Outcome {
  const lines = [kind, ...candidates.map(({ word, doc }) => `${word}\t${doc}`)];
  return { status: "done", view: { kind: "text", text: lines.join("\n") } };
}

/** Sources are configured on hosts, but on a laptop they are only listed by targets. */
function names(kind: "sources" | "targets", config: Config): readonly Candidate[] {
  if (kind === "targets") {
    return [...config.targets.values()].map(({ name, hostname }) => ({ word: name, doc: hostname })).sort(byWord);
  }
  const listed = [...config.targets.values()].flatMap(({ sourcePatterns }) => Object.keys(sourcePatterns));
  return [...new Set([...config.sources.keys(), ...listed])].map((word) => ({ word, doc: "source" })).sort(byWord);
}

function byWord(a: Candidate, b: Candidate): number {
  return a.word < b.word ? -1 : 1;
}
