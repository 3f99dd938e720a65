import { SourceRunner } from "../../src/agent/source.ts";
import type { SourceSettings } from "../../src/agent/source_settings.ts";
import { Courier, type Receiver } from "../../src/agent/courier.ts";
import { MemoryState } from "../../src/agent/memory_state.ts";
import { PauseWatch } from "../../src/agent/pause_watch.ts";
import { Metrics } from "../../src/agent/metrics.ts";
import { type Source, sourceSchema } from "../../src/domain/source.ts";
import { bad, ok } from "../../src/domain/problem.ts";
import { Planner } from "../../src/engine/planner.ts";
import type { HttpRequest, HttpResponse, ProcessResult, StateStore } from "../../src/host/host.ts";
import { importPublicKey } from "../../src/token/keys.ts";
import { isToken, type Wanted } from "../../src/agent/wanted.ts";
import { signToken } from "../../src/token/sign.ts";
import type { VerifiedToken } from "../../src/token/verify.ts";
import * as v from "valibot";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { FakeLog } from "../fakes/fake_log.ts";
import { FakeProcesses, type ProcessScript } from "../fakes/fake_processes.ts";
import { OF_NO_PROCESS } from "../fakes/no_process.ts";
import { rendered } from "../fakes/simulated_source.ts";
import { testKey } from "../cli/forge.ts";
import { CLAIMS, ok as must } from "../token/tokens.ts";

const key = await testKey("good");
const publicKey = must(await importPublicKey(key.publicKey));

/** A source of an agent on a machine that is played: clock, files, programs and servers do what a test says. */
export class FakeSource {
  readonly clock = new FakeClock();
  readonly files = new FakeFiles({ "/state/keep": "" });
  readonly log = new FakeLog();
  readonly stop = new AbortController();
  readonly kill = new AbortController();
  /** What was rendered, by the id of its first command. */
  readonly renders: string[] = [];
  readonly requests: HttpRequest[] = [];
  /** What a program does; succeeds at once unless a test says otherwise. */
  script: ProcessScript = () => exited(0);
  respond: (request: HttpRequest) => HttpResponse = () => response(404, "");
  readonly processes = new FakeProcesses((request, signal) => this.script(request, signal));
  /** Who receives which event. */
  receivers: Record<string, readonly (readonly [string, Receiver])[]> = {};
  readonly exits: string[] = [];
  readonly courier = new Courier({
    clock: this.clock,
    log: this.log,
    receivers: (_, event) => this.receivers[event] ?? [],
    exit: (why) => this.exits.push(why),
    count: () => {},
  });
  readonly runner: SourceRunner;
  readonly #settings: SourceSettings;
  readonly context;

  constructor(settings: object = {}, store: StateStore = new MemoryState()) {
    const source: Source = { name: "web", ...v.parse(sourceSchema, { allowPush: true, ...settings }) };
    this.context = {
      source,
      store,
      planner: new Planner(),
      ...(source.noRestore ? {} : { tokenPath: "/state/web.jwt" }),
      files: this.files,
      processes: this.processes,
      ...OF_NO_PROCESS,
      clock: this.clock,
      log: this.log,
      environment: { PATH: "/bin" },
      shell: ["sh", "-c"] as const,
      stop: this.stop.signal,
      kill: this.kill.signal,
      render: (wanted: Wanted) => this.#render(wanted),
      print: () => {},
      isReceived: (event: string) => this.receivers[event] !== undefined,
    };
    this.#settings = {
      context: this.context,
      trust: { keys: [publicKey] },
      http: {
        request: (request) => {
          this.requests.push(request);
          return Promise.resolve(this.respond(request));
        },
      },
      ca: undefined,
      commands: undefined,
      timeouts: { pull: 30_000, push: 60_000, webhook: 60_000 },
      metrics: new Metrics("0", this.files),
      pause: new PauseWatch("web", store, this.clock, this.log),
      courier: this.courier,
      exit: (why) => this.exits.push(why),
      startedAt: this.clock.now(),
    };
    this.runner = new SourceRunner(this.#settings);
  }

  /** As a reload does. */
  reconfigure(more: Partial<SourceSettings> = {}): void {
    this.runner.reconfigure({ ...this.#settings, ...more });
  }

  /** The scripts that were run, in order. */
  get scripts(): readonly string[] {
    return this.processes.requests.map(({ argv }) => argv.at(-1)!);
  }

  /** A token that was issued `age` seconds ago; its pattern is these commands, or does not render. */
  async token(run: readonly object[] | "broken", age = 0, more: object = {}): Promise<string> {
    const text = run === "broken" ? run : JSON.stringify(run);
    const files = { "/main.jsonnet": text };
    const pattern = { entrypoint: "/main.jsonnet", files, binaryFiles: {}, libraryPaths: [] };
    const issuedAt = Math.floor(this.clock.now() / 1000) - age;
    return must(await signToken({ ...CLAIMS, pattern, issuedAt, ...more }, key.privateKey));
  }

  async verified(token: string): Promise<VerifiedToken> {
    return must(await this.runner.verify(token, ["pattern", "once"]));
  }

  async push(token: string, mode: "change" | "check" = "change") {
    return await this.runner.push({ token: await this.verified(token), mode, address: "192.0.2.1" });
  }

  /** As the agent does at its start. */
  async restore(): Promise<boolean> {
    const loaded = await this.runner.load();
    return await this.runner.start() && loaded;
  }

  #render(wanted: Wanted) {
    if (!isToken(wanted)) return Promise.resolve(ok({ commands: rendered(wanted.commands), warnings: [] }));
    const { claims } = wanted;
    const text = claims.pattern?.files["/main.jsonnet"];
    if (text === undefined) {
      const commands = rendered([{ id: "command", always: true, change: claims.once }]);
      return Promise.resolve(ok({ commands, warnings: [] }));
    }
    const list = text === "broken" ? undefined : JSON.parse(text) as readonly { id: string }[];
    this.renders.push(list?.[0]?.id ?? text);
    if (list === undefined) {
      return Promise.resolve(bad({ code: "jsonnet", attempted: "render the pattern", found: "nonsense" }));
    }
    return Promise.resolve(ok({ commands: rendered(list), warnings: [] }));
  }
}

export function exited(code: number, output = ""): ProcessResult {
  return { kind: "exited", code, output };
}

export function response(status: number, body: string, headers: Record<string, string> = {}): HttpResponse {
  return { status, headers: new Headers(headers), body: new TextEncoder().encode(body) };
}

/** A command that runs whatever is there. */
export function always(id: string, more: object = {}): object {
  return { id, always: true, change: `change ${id}`, remove: `remove ${id}`, ...more };
}
