import { parseConfig } from "../../src/domain/config_layers.ts";
import { problemsText } from "../../src/domain/problem.ts";
import type { ProcessRequest } from "../../src/host/host.ts";
import type { BuildMeans } from "../../src/workflows/build.ts";
import { Renderer, type RenderHost } from "../../src/workflows/render.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { FakeProcesses } from "../fakes/fake_processes.ts";
import { FakeTerminal } from "../fakes/fake_terminal.ts";
import { OF_NO_PROCESS } from "../fakes/no_process.ts";
import { newEvaluator } from "../jsonnet/evaluate.ts";

export const CONFIG = (() => {
  const parsed = parseConfig([{ origin: "test", place: "file", value: {} }]);
  if (!parsed.ok) throw new Error(problemsText(parsed.problems));
  return parsed.value.config;
})();

/** A machine in memory on which patterns are built; `/srv` is the working directory. */
export class Workshop implements Disposable {
  readonly files: FakeFiles;
  readonly means: BuildMeans;
  readonly #processes: FakeProcesses;
  readonly #evaluator = newEvaluator();

  /** `output`: what a build command prints; every one of them also makes `made.libsonnet`. */
  constructor(files: Readonly<Record<string, string>>, output: (request: ProcessRequest) => string) {
    this.files = new FakeFiles({ "/etc/os-release": "ID=alpine\n", "/bin/bash": "", ...files });
    this.#processes = new FakeProcesses(async (request) => {
      await this.files.writeAtomic("/srv/made.libsonnet", "{ id: 'made' }");
      return { kind: "exited", code: 0, output: output(request) };
    });
    const host: RenderHost = {
      files: this.files,
      processes: this.#processes,
      http: { request: () => Promise.reject(new Error("no http is needed")) },
      dns: { resolve: () => Promise.reject(new Error("no DNS is needed")) },
      environment: { PATH: "/bin" },
      system: { arch: "amd64", os: "linux", cpus: 2, hostname: "host", machine: "x86_64", interfaces: () => [] },
    };
    this.means = {
      ...host,
      files: this.files,
      ...OF_NO_PROCESS,
      clock: new FakeClock(),
      terminal: new FakeTerminal(),
      tell: () => {},
      cancel: new AbortController().signal,
      renderer: new Renderer(this.#evaluator, host),
      evaluator: this.#evaluator,
    };
  }

  /** The build commands that have run, in order. */
  get ran(): readonly string[] {
    return this.#processes.requests.map(({ argv }) => argv.at(-1)!);
  }

  [Symbol.dispose](): void {
    this.#evaluator[Symbol.dispose]();
  }
}
