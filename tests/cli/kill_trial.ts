/** One trial of the kill test: a random history of patterns on a host whose agent is killed at random moments. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Entry } from "../../src/domain/state.ts";
import { states } from "../../src/host/deno/state/store.ts";
import type { PrivateKey } from "../../src/token/keys.ts";
import { signToken } from "../../src/token/sign.ts";
import { ok } from "../token/tokens.ts";
import { Agent, pause, readText, until } from "./agent.ts";
import { ARRIVED, BROKEN, PRINTED, PROMISES, RECEIVER, UNITS, type Version } from "./kill_units.ts";
import { killMarked, markedProcesses } from "./marked_processes.ts";

export interface TrialMeans {
  /** An empty folder. */
  readonly folder: string;
  readonly privateKey: PrivateKey;
  readonly publicKey: string;
  /** From 0 to below 1. */
  readonly random: () => number;
}

export interface TrialResult {
  readonly kills: number;
  /** An engine's limit was reached, as the log says: a reaction or a removal was given up, and nothing can be claimed. */
  readonly gaveUp: boolean;
  /** What is wrong; nothing when all is well. */
  readonly faults: readonly string[];
}

interface Pattern {
  readonly units: readonly string[];
  readonly version: ReadonlyMap<string, Version>;
  readonly list: readonly object[];
}

/** The environment variable by which everything that an agent has begun is found. */
const MARK = "KILL_TRIAL";
const SETTLING_RUNS = 12;
/** Milliseconds for a run to its end. */
const RUN_PATIENCE = 60_000;

export async function killTrial(means: TrialMeans): Promise<TrialResult> {
  const { random } = means;
  const history = randomHistory(random);
  const tokens = await Promise.all(history.map((pattern, i) => tokenOf(pattern, i, means)));
  const last = tokens.at(-1)!;
  const fresh = await makeHost(`${means.folder}/fresh`, means);
  const begin = performance.now();
  await fresh.settle(last);
  const duration = performance.now() - begin;

  const host = await makeHost(`${means.folder}/host`, means);
  const planned = 1 + Math.floor(random() * 4);
  let kills = 0;
  for (let step = 0; kills < planned;) {
    // A life takes up its token, runs it, and is given the next one, so that it is somewhat longer than a settled run.
    const life = { step, tokens, moment: random() * 1.5 * duration, triggerOnly: random() < 0.5 };
    const reached = random() < 0.3 ? await host.pullingLife(life) : await host.pushingLife(life);
    await (random() < 0.5 ? host.powerCut() : host.agentAlone());
    kills++;
    // What was interrupted is sent again, or never.
    step = Math.min(reached + (random() < 0.5 ? 1 : 0), tokens.length - 1);
  }
  const unsettled = await host.settle(last);
  const gaveUp = /was given up/.test(readText(`${host.folder}/agent.log`));
  const faults = [...await host.stateFaults(history.at(-1)!)];
  if (unsettled !== undefined) faults.push(unsettled);
  if (!gaveUp) faults.push(...worldFaults(fresh.world(), host.world()), ...lostReactions(host.lines(), history));
  return { kills, gaveUp, faults };
}

function randomHistory(random: () => number): readonly Pattern[] {
  // Few units a history, so that they often leave and come back.
  const pool = shuffled(Object.keys(UNITS), random).slice(0, 2 + Math.floor(random() * 4));
  const count = 2 + Math.floor(random() * 4);
  return Array.from({ length: count }, (_, i) => {
    const units = shuffled(pool, random).slice(0, 1 + Math.floor(random() * pool.length));
    const version = new Map(units.map((name) => [name, random() < 0.5 ? 1 : 2] as const));
    const list = units.flatMap((name) => UNITS[name]!(version.get(name)!));
    const isBroken = random() < 0.35 && i < count - 1;
    const at = Math.floor(random() * (list.length + 1));
    return { units, version, list: isBroken ? list.toSpliced(at, 0, ...BROKEN(random() < 0.5 ? 1 : 2)) : list };
  });
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items.map((item) => [random(), item] as const).sort(([a], [b]) => a - b).map(([, item]) => item);
}

/** Each a second newer than the one before it, and none from the future. */
async function tokenOf(pattern: Pattern, index: number, { privateKey }: TrialMeans): Promise<string> {
  const files = { "/main.jsonnet": JSON.stringify({ run: pattern.list }) };
  return ok(
    await signToken({
      pattern: { entrypoint: "/main.jsonnet", files, binaryFiles: {}, libraryPaths: [] },
      buildManifest: "",
      runVars: {},
      version: "",
      audience: [],
      issuedAt: Math.floor(Date.now() / 1000) - 1000 + index,
    }, privateKey),
  );
}

interface Life {
  /** The first token that is sent. */
  readonly step: number;
  readonly tokens: readonly string[];
  /** Milliseconds from the start to the kill. */
  readonly moment: number;
  /** What was interrupted is not run again at the start: the next token finds it as it was left. */
  readonly triggerOnly: boolean;
}

class KillHost {
  #agent: Agent | undefined;
  readonly #mark = crypto.randomUUID();

  constructor(readonly folder: string, private readonly publicKey: string) {}

  /** Pushes one token after the other until the moment of the kill. Gives the last step that was begun. */
  async pushingLife({ step, tokens, moment, triggerOnly }: Life): Promise<number> {
    const end = performance.now() + moment;
    const agent = this.#start({ triggerOnly });
    const isOver = () => performance.now() >= end;
    await until(() => isOver() || agent.port !== undefined || agent.hasEnded, () => "");
    assert.ok(!agent.hasEnded, agent.log);
    let begun = step;
    const pushing = (async () => {
      for (let i = step; i < tokens.length && !isOver() && agent.port !== undefined; i++) {
        begun = i;
        await agent.push("trial", tokens[i]!);
      }
    })().catch((error: unknown) => error);
    await pause(Math.max(0, end - performance.now()));
    agent.signal("SIGKILL");
    const failure = await pushing;
    assert.ok(failure === undefined || failure instanceof Error && "code" in failure, String(failure));
    return begun;
  }

  /** Lays a token out for the agent to pull, and has it run once. */
  async pullingLife({ step, tokens, moment, triggerOnly }: Life): Promise<number> {
    await Deno.writeTextFile(`${this.folder}/pull.jwt`, tokens[step]!);
    const end = performance.now() + moment;
    const agent = this.#start({ once: true, triggerOnly });
    await until(() => performance.now() >= end || agent.hasEnded, () => "");
    return step;
  }

  /** Everything ends at once. */
  async powerCut(): Promise<void> {
    this.#agent!.signal("SIGKILL");
    await killMarked(MARK, this.#mark);
    await this.#agent!.ended();
  }

  /** The agent is killed; what it has begun goes on to its end before anything else happens. */
  async agentAlone(): Promise<void> {
    this.#agent!.signal("SIGKILL");
    await this.#agent!.ended();
    await until(() => markedProcesses(MARK, this.#mark).length === 0, () => "a command does not end");
  }

  /** Runs the pulled token until a run succeeds; gives what is wrong when none does. */
  async settle(token: string): Promise<string | undefined> {
    await Deno.writeTextFile(`${this.folder}/pull.jwt`, token);
    for (let i = 0; i < SETTLING_RUNS; i++) {
      if (await this.#start({ once: true, triggerOnly: false }).ended(RUN_PATIENCE) === 0) return undefined;
    }
    return `not settled after ${SETTLING_RUNS} runs: ${this.#agent!.log}`;
  }

  world(): ReadonlyMap<string, string> {
    const names = [...Deno.readDirSync(`${this.folder}/w`)].map(({ name }) => name).sort();
    return new Map(names.map((name) => [name, Deno.readTextFileSync(`${this.folder}/w/${name}`)]));
  }

  /** What was done, in order. */
  lines(): readonly string[] {
    return readText(`${this.folder}/agent.out`).split("\n").slice(0, -1);
  }

  /** The state must open and be whole, and owe nothing. */
  async stateFaults(last: Pattern): Promise<readonly string[]> {
    using database = new DatabaseSync(`${this.folder}/state/state.db`);
    const check = database.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
    await using store = await states.open(`${this.folder}/state`, { exclusive: false });
    const { entries, reactions } = await store.load("trial");
    const ids = entries.map(shownEntry);
    const wanted = flatIds(last.list);
    const files = [...Deno.readDirSync(`${this.folder}/state`)].map(({ name }) => name);
    const torsos = files.filter((name) => name.startsWith("."));
    return [
      ...torsos.length === 0 ? [] : [`left in the state directory: ${torsos.join()}`],
      ...check === "ok" ? [] : [`integrity check: ${check}`],
      ...reactions.length === 0 ? [] : [`reactions left: ${JSON.stringify(reactions)}`],
      ...ids.join() === wanted.join() ? [] : [`the record is ${ids.join()}, wanted is ${wanted.join()}`],
    ];
  }

  #start({ once = false, triggerOnly }: { once?: boolean; triggerOnly: boolean }): Agent {
    this.#agent = new Agent({
      cwd: this.folder,
      env: { [MARK]: this.#mark },
      once,
      settings: {
        run_listenAddress: once ? "" : "127.0.0.1:0",
        run_stateDir: "state",
        sources_trial: {
          allowPush: true,
          triggerOnly,
          pullPaths: ["pull.jwt"],
          verifyKeys: [this.publicKey],
          exec: { command: "sh -ec", workDir: this.folder, envInherit: true },
          eventsSend: "^sent$",
        },
        sources_watch: { triggerOnly: true, eventsReceive: ["sent"], commands: [RECEIVER] },
      },
    });
    return this.#agent;
  }
}

async function makeHost(folder: string, { publicKey }: TrialMeans): Promise<KillHost> {
  await Deno.mkdir(`${folder}/w`, { recursive: true });
  await Deno.mkdir(`${folder}/t`);
  return new KillHost(folder, publicKey);
}

function shownEntry({ command, departed }: Entry): string {
  return departed === undefined ? command.id : `${command.id} (left)`;
}

function flatIds(list: readonly unknown[]): readonly string[] {
  return list.flatMap((item): readonly string[] => {
    if (Array.isArray(item)) return flatIds(item);
    const { id, commands } = item as { readonly id: string; readonly commands?: readonly unknown[] };
    return commands === undefined ? [id] : flatIds(commands);
  });
}

function worldFaults(expected: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...expected.keys(), ...found.keys()])].sort().filter((name) =>
    expected.get(name) !== found.get(name)
  ).map((name) =>
    `w/${name}: ${JSON.stringify(found.get(name))} where a fresh host has ${JSON.stringify(expected.get(name))}`
  );
}

/** Causes that no reaction follows, of those whose cause and effect are both in the last list. */
function lostReactions(lines: readonly string[], history: readonly Pattern[]): readonly string[] {
  const { units, version } = history.at(-1)!;
  const owed = units.flatMap((unit) =>
    (PROMISES[unit] ?? []).map(([cause, effect]) =>
      [`${cause}.${version.get(unit)}`, `${effect}.${version.get(unit)}`] as const
    )
  );
  // A removal owes the change of a target that stays all the time.
  if (history.every((pattern) => pattern.units.includes("staying"))) owed.push(["rm top.1", "base.1"]);
  const lost = owed.filter(([cause, effect]) => lines.lastIndexOf(effect) < lines.lastIndexOf(cause))
    .map(([cause, effect]) => `${effect} did not follow ${cause}`);
  // An event is owed by whatever was changed, also when it is not wanted any more.
  const undelivered = Object.entries({ herald: [PRINTED, ""], sent: [ARRIVED] }).filter(([cause, effects]) =>
    lines.findLastIndex((line) => effects.includes(line)) <
      lines.findLastIndex((line) => line === `${cause}.1` || line === `${cause}.2`)
  );
  return [...lost, ...undelivered.map(([cause]) => `the event of ${cause} was not delivered`)];
}
