import type { Json } from "../domain/json.ts";
import type { Problem, Result } from "../domain/problem.ts";
import { HostError } from "../host/host.ts";
import { findImport, type Load } from "./imports.ts";
import type { Natives } from "./natives.ts";
import type { Question, Reply } from "./protocol.ts";

/** What the answers come from. */
export interface Sources {
  /** Absolute path of the file to be evaluated. */
  readonly entrypoint: string;
  /** Evaluated instead of the file's content; its imports are resolved as if it stood there. */
  readonly code?: string;
  readonly load: Load;
  /** Absolute folders in which imports are looked for after the importing file's own, first one first. */
  readonly libraryPaths: readonly string[];
  readonly natives: Natives;
}

/** A native function that was asked, and the hash of its answer. */
interface AskedNative {
  readonly name: string;
  readonly args: readonly Json[];
  readonly answerHash: string;
}

/** All that a result depends on. When it is the same again, so is the result, unless `repeatable` is false. */
export interface Reads {
  /** Path of each imported file to the hash of its content; the entrypoint is one of them. */
  readonly files: ReadonlyMap<string, string>;
  /** Paths where an import was looked for and nothing was. */
  readonly absent: readonly string[];
  readonly natives: readonly AskedNative[];
  /** False: something was asked whose answer is another each time (`randStr`), or has an effect (`getCmd`). */
  readonly repeatable: boolean;
}

/** Serves the questions of one evaluation and remembers what was asked. */
export class Job {
  /** Bytes of each file that was imported, by its path. */
  readonly files = new Map<string, Uint8Array>();
  /** Why the last question could not be answered. Jsonnet can't catch errors, so this ends the evaluation. */
  failure: Problem | undefined;
  /** All that could not be answered, by the text of the error. */
  readonly failures = new Map<string, Problem>();
  /** The question that is being answered. */
  waitingFor: string | undefined;
  /** What a native function threw: a bug of the program, never of the pattern. */
  bug: { readonly error: unknown } | undefined;
  /** Text of files that exist for this evaluation alone. */
  readonly #virtual: ReadonlyMap<string, Uint8Array>;
  readonly #absent = new Set<string>();
  readonly #answers = new Map<string, Promise<Result<Json>>>();
  readonly #asked = new Map<string, { name: string; args: readonly Json[]; answer: string }>();
  #repeatable = true;

  /** `virtual`: name to text, beside the inline code of `sources`. Names of files that are not on disk begin with `<`. */
  constructor(
    private readonly sources: Sources,
    virtual: Readonly<Record<string, string>>,
    private readonly signal: AbortSignal,
  ) {
    const inline = sources.code === undefined ? {} : { [sources.entrypoint]: sources.code };
    this.#virtual = new Map(
      Object.entries({ ...inline, ...virtual }).map(([path, text]) => [path, new TextEncoder().encode(text)]),
    );
  }

  get entrypoint(): string {
    return this.sources.entrypoint;
  }

  async answer(question: Question): Promise<Reply> {
    this.waitingFor = question.kind === "import" ? `import ${question.path}` : question.name;
    try {
      const result = question.kind === "import"
        ? await this.#import(question.from, question.path)
        : await this.#native(question.name, question.args);
      if (result.ok) return result.value;
      const failure = result.problems[0]!;
      this.failure = failure;
      this.failures.set(failure.found, failure);
      return { kind: "error", message: failure.found };
    } catch (error) {
      this.bug = { error };
      return { kind: "error", message: "the program failed" };
    } finally {
      this.waitingFor = undefined;
    }
  }

  async reads(): Promise<Reads> {
    const files = new Map<string, string>();
    for (const [path, bytes] of this.files) {
      if (!path.startsWith("<")) files.set(path, await hash(bytes));
    }
    const natives: AskedNative[] = [];
    for (const { name, args, answer } of this.#asked.values()) {
      natives.push({ name, args, answerHash: await hash(new TextEncoder().encode(answer)) });
    }
    return {
      files,
      absent: [...this.#absent],
      natives,
      repeatable: this.#repeatable && this.sources.natives.areCheckable(),
    };
  }

  async #import(from: string, path: string): Promise<Result<Reply>> {
    if (path.startsWith("<")) return { ok: true, value: this.#keep(path, this.#virtual.get(path) ?? new Uint8Array()) };
    // Text that has no file of its own (`render`) imports as the entrypoint does.
    const importer = from === "" || from.startsWith("<") ? this.sources.entrypoint : from;
    const found = await findImport(this.#load, importer, path, this.sources.libraryPaths);
    return found.ok ? { ok: true, value: this.#keep(found.value.path, found.value.bytes) } : found;
  }

  readonly #load: Load = async (path) => {
    const bytes = this.files.get(path) ?? this.#virtual.get(path) ?? await this.sources.load(path);
    if (bytes === undefined) this.#absent.add(path);
    return bytes;
  };

  #keep(path: string, bytes: Uint8Array): Reply {
    this.files.set(path, bytes);
    return { kind: "file", path, bytes };
  }

  async #native(name: string, encodedArgs: string): Promise<Result<Reply>> {
    const { natives } = this.sources;
    const args = JSON.parse(encodedArgs) as readonly Json[];
    if (!natives.isRepeatable(name)) this.#repeatable = false;
    const key = `${name} ${encodedArgs}`;
    const known = natives.isRepeatable(name) ? this.#answers.get(key) : undefined;
    const answering = known ?? natives.answer(name, args, this.signal);
    this.#answers.set(key, answering);
    const result = await answering;
    if (!result.ok) return result;
    const json = JSON.stringify(result.value);
    this.#asked.set(key, { name, args, answer: json });
    return { ok: true, value: { kind: "value", json } };
  }
}

/**
 * Whether what was read before would be read again, byte by byte. Asks every native once more: that is cheap beside an
 * evaluation.
 */
export async function isUnchanged(reads: Reads, sources: Sources, signal: AbortSignal): Promise<boolean> {
  if (!reads.repeatable) return false;
  for (const [path, known] of [...reads.files, ...reads.absent.map((path) => [path, undefined] as const)]) {
    const inline = path === sources.entrypoint ? sources.code : undefined;
    const bytes = inline === undefined ? await loadOrNothing(sources.load, path) : new TextEncoder().encode(inline);
    if ((bytes && await hash(bytes)) !== known) return false;
  }
  for (const { name, args, answerHash } of reads.natives) {
    const result = await sources.natives.answer(name, args, signal);
    if (!result.ok || await hash(new TextEncoder().encode(JSON.stringify(result.value))) !== answerHash) return false;
  }
  return true;
}

/** A file that can't be read is as good as none: the evaluation would say what is wrong with it. */
async function loadOrNothing(load: Load, path: string): Promise<Uint8Array | undefined> {
  try {
    return await load(path);
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

async function hash(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes));
  return new Uint8Array(digest).toHex();
}
