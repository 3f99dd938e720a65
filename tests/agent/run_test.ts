import assert from "node:assert/strict";
import { MemoryState } from "../../src/agent/memory_state.ts";
import { HostError, type StateCommit } from "../../src/host/host.ts";
import { runWanted } from "../../src/agent/run.ts";
import { parseRegexp } from "../../src/domain/regexp.ts";
import { until } from "../cli/agent.ts";
import { always, exited, FakeSource } from "./fake_source.ts";

/** A state that tells what it is asked to keep, and may refuse it. */
class WatchedState extends MemoryState {
  refuses: (commit: StateCommit) => boolean = () => false;

  constructor(private readonly told: (what: string) => void) {
    super();
  }

  override commit(commit: StateCommit): Promise<void> {
    const what = [
      ...commit.accepted === undefined ? [] : ["accepted"],
      ...commit.newest === undefined ? [] : ["newest"],
      ...commit.changes.map((change) => change.kind === "outcome" ? change.outcome : change.kind),
      ...commit.run === undefined ? [] : ["run"],
    ];
    this.told(`keep ${what.join(" ")}`.trim());
    if (this.refuses(commit)) return Promise.reject(new HostError("full", "state.db: the disk is full"));
    return super.commit(commit);
  }
}

function watched(settings: object = {}) {
  const story: string[] = [];
  const store = new WatchedState((what) => story.push(what));
  const source = new FakeSource(settings, store);
  source.script = ({ argv }) => {
    story.push(argv.at(-1)!);
    return exited(0, "output");
  };
  const write = source.files.writeAtomic.bind(source.files);
  source.files.writeAtomic = async (path, data, options) => {
    story.push(`write ${path}`);
    await write(path, data, options);
  };
  return { source, store, story, take: () => story.splice(0) };
}

const checked = (id: string) => ({ id, check: `check ${id}`, change: `change ${id}`, remove: `remove ${id}` });

Deno.test("run: token file, then the list, then intent, effect, outcome, and the history last", async () => {
  const { source, take } = watched();
  const token = await source.token([always("a", { onChange: ["b", "etcha:stdout"] }), { id: "b", change: "change b" }]);
  await source.push(token);
  assert.deepEqual(take(), [
    "write /state/web.jwt",
    "keep accepted newest put-entry put-entry",
    "keep started put-reaction put-reaction",
    "change a",
    "keep changed put-reaction",
    "keep started put-reaction",
    "change b",
    "keep changed delete-reaction",
    "keep delete-reaction run",
  ]);
});

Deno.test("run: one that settles nothing keeps one line of history", async () => {
  const { source, take } = watched();
  const token = await source.token([checked("a")]);
  source.script = ({ argv }) => exited(argv.at(-1)!.startsWith("check") ? 1 : 0);
  await source.push(token);
  take();
  source.script = () => exited(0);
  await source.runner.run("pull");
  await source.push(token);
  assert.deepEqual(take(), ["keep run", "keep run"]);
});

Deno.test("run: what can't be kept is not begun", async () => {
  const { source, store, take } = watched();
  const first = await source.token([always("a")], 1);
  const refused = async (token: string, refuses: WatchedState["refuses"]) => {
    store.refuses = refuses;
    const answer = await source.push(token);
    assert.ok(answer.ran);
    const { value } = answer;
    const texts = value.kind === "failed"
      ? value.problems.map(({ code }) => code)
      : value.kind === "done"
      ? value.report.failures.map(({ message }) => message)
      : [value.kind];
    return [texts, take().filter((what) => !what.startsWith("keep"))];
  };
  const full = ["state-unwritable"];
  assert.deepEqual(await refused(first, () => true), [full, ["write /state/web.jwt"]]);
  // The list is kept, the intent is not.
  const atIntent = (commit: StateCommit) => commit.changes.some((change) => change.kind === "outcome");
  assert.deepEqual(await refused(first, atIntent), [full, ["write /state/web.jwt"]]);
  assert.deepEqual(await refused(first, () => false), [[], ["change a"]]);
  // Nothing about it is new to the record, and yet its run could not be noted.
  assert.deepEqual(await refused(first, () => true), [full, []]);
  assert.deepEqual(await refused(first, () => false), [[], ["change a"]]);
});

Deno.test("run: when its time is up the command is ended, the report says so, and nothing further starts", async () => {
  const { source, story } = watched();
  source.script = (request, signal) => {
    story.push(request.argv.at(-1)!);
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve({ kind: "cancelled", output: "" })));
  };
  const pushed = source.push(await source.token([always("a"), always("b")]));
  await until(() => story.includes("change a"), () => story.join());
  await source.clock.advance(60_000);
  const answer = await pushed;
  assert.ok(answer.ran && answer.value.kind === "done");
  assert.deepEqual(answer.value.report.failures.map(({ message }) => message), [
    'change of "a" was killed: the time of the run, 1m, was up',
  ]);
  assert.ok(!story.includes("change b"));
  assert.equal(source.runner.retryAt, source.clock.monotonic() + 5_000);
});

Deno.test("run: an agent that stops lets a command finish, and owes the rest to the next start", async () => {
  const { source, store, story } = watched();
  const gate = Promise.withResolvers<void>();
  source.script = async ({ argv }) => {
    story.push(argv.at(-1)!);
    await gate.promise;
    return exited(0);
  };
  const token = await source.token([
    always("a", { onChange: ["b", "etcha:stdout"] }),
    { id: "b", change: "change b", remove: "remove b" },
  ]);
  const pushed = source.push(token);
  await until(() => story.includes("change a"), () => story.join());
  source.stop.abort();
  gate.resolve();
  const answer = await pushed;
  assert.ok(answer.ran && answer.value.kind === "done" && answer.value.report.interrupted);
  const { entries, reactions } = await store.load("web");
  assert.deepEqual(entries.map(({ outcome }) => outcome), ["changed", undefined]);
  assert.deepEqual(reactions.map(({ action }) => action.do), ["change", "event"]);

  const next = new FakeSource({}, store);
  await next.files.writeAtomic("/state/web.jwt", token);
  assert.equal(await next.restore(), true);
  assert.deepEqual(next.scripts, ["change a", "change b"]);
  assert.deepEqual((await store.load("web")).reactions, []);
});

Deno.test("run: an agent that is to end at once leaves the outcome open", async () => {
  const { source, store, story } = watched();
  source.script = (request, signal) => {
    story.push(request.argv.at(-1)!);
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve({ kind: "cancelled", output: "" })));
  };
  const pushed = source.push(await source.token([always("a")]));
  await until(() => story.includes("change a"), () => story.join());
  source.stop.abort();
  source.kill.abort();
  const answer = await pushed;
  assert.ok(answer.ran && answer.value.kind === "done" && answer.value.report.interrupted);
  assert.deepEqual((await store.load("web")).entries.map(({ outcome }) => outcome), ["started"]);
});

Deno.test("run: with noRemove what left is forgotten", async () => {
  const { source, store } = watched({ noRemove: true });
  await source.push(await source.token([always("a")], 1));
  await source.push(await source.token([always("b")]));
  assert.deepEqual(source.scripts, ["change a", "change b"]);
  assert.deepEqual((await store.load("web")).entries.map(({ command }) => command.id), ["b"]);
});

Deno.test("run: a filter narrows what runs, not what is wanted", async () => {
  const { source, store } = watched();
  const parsed = parseRegexp("^web > b$");
  assert.ok(parsed.ok);
  const token = await source.verified(await source.token([always("a"), always("b")]));
  await source.runner.push({ token, mode: "change", address: "", filter: parsed.regexp });
  assert.deepEqual(source.scripts, ["change b"]);
  const { entries } = await store.load("web");
  assert.deepEqual(entries.map(({ command, outcome }) => [command.id, outcome]), [["a", undefined], ["b", "changed"]]);
});

Deno.test("run: outputs of what succeeded are kept only where a caller waits for them", async () => {
  const { source } = watched();
  const token = await source.verified(await source.token([always("a")]));
  const request = {
    mode: "change",
    wanted: token,
    address: "",
    timeout: 60_000,
    retryIn: 5_000,
    isStored: true,
    accepted: () => {},
  } as const;
  for (const [trigger, output] of [["push", "output"], ["pull", ""], ["init", ""]] as const) {
    const answer = await runWanted(source.context, { ...request, trigger });
    assert.ok(answer.kind === "done");
    assert.deepEqual(answer.report.changed.map((acted) => acted.output), [output], trigger);
  }
});
