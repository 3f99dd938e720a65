/** Calls functions of lib/etcha as a pattern does, on a machine that is always the same. */
import type { Json, JsonObject } from "../../src/domain/json.ts";
import type { Result } from "../../src/domain/problem.ts";
import type { Evaluator } from "../../src/jsonnet/evaluator.ts";
import { createNatives } from "../../src/jsonnet/natives.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { evaluate, newEvaluator, request } from "../jsonnet/evaluate.ts";

const FOLDER = new URL("../../lib/etcha/", import.meta.url);
const MAIN = `${FOLDER.pathname}main.jsonnet`;

/** What a pattern finds that nobody has configured anything for. */
const VARS: JsonObject = {
  source: "base",
  sysinfo: { hostname: "host", osID: "debian", osType: "linux", packageManager: "apt" },
  test: false,
};

/** The files of the library, without their ending. */
export const LIBRARY: readonly string[] = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
  .filter((name) => name.endsWith(".libsonnet")).map((name) => name.slice(0, -".libsonnet".length)).sort();

export class Library implements Disposable {
  readonly #evaluator: Evaluator = newEvaluator();

  /** What the function of that name gives for these arguments. */
  async call(name: string, args: JsonObject): Promise<Result<Json>> {
    const given = Object.entries(args).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    return await this.evaluate(`(import '${name}.libsonnet')(${given.join(", ")})`);
  }

  /** What code evaluates to that lies at `entrypoint`. */
  async evaluate(code: string, entrypoint = MAIN): Promise<Result<Json>> {
    const asked = request(code, {
      entrypoint,
      load: async (path) => {
        try {
          return await Deno.readFile(path);
        } catch (error) {
          if (error instanceof Deno.errors.NotFound) return undefined;
          throw error;
        }
      },
      natives: createNatives({
        config: () => Promise.resolve({ exec: {}, targets: {}, vars: VARS }),
        environment: {},
        entrypoint,
        files: new FakeFiles({}),
        readFile: (path, limit) => new FakeFiles({}).read(path, limit),
        http: { request: () => Promise.reject(new Error("the library asks no URL")) },
        dns: { resolve: () => Promise.reject(new Error("the library asks no DNS")) },
        runCommand: () => Promise.reject(new Error("the library runs nothing")),
        cached: {},
        system: { arch: "amd64", os: "linux", cpus: 2, hostname: "host", machine: "x86_64", interfaces: () => [] },
      }),
    });
    const result = await evaluate(this.#evaluator, asked);
    return result.ok ? { ok: true, value: result.value.value } : result;
  }

  [Symbol.dispose](): void {
    this.#evaluator[Symbol.dispose]();
  }
}

export interface LibraryCommand {
  readonly id: string;
  readonly check?: readonly string[];
  readonly change?: readonly string[];
  readonly remove?: readonly string[];
  readonly stdin?: string;
  readonly changeIgnore?: boolean;
}

/** The commands that a function has given, in order. */
export function commandsOf(value: Json): readonly LibraryCommand[] {
  if (Array.isArray(value)) return value.flatMap(commandsOf);
  return [value as unknown as LibraryCommand];
}

/** Whether words run a shell text, the third of them. */
export function isScript(words: readonly string[]): boolean {
  return words[0] === "sh" && words[1] === "-c";
}
