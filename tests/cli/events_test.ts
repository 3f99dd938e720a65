/** Events and webhooks of the real agent: who runs, in which order, and what the commands are told, byte for byte. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { request } from "node:https";
import { Agent, type Answer, inFolder, readText, until } from "./agent.ts";
import { forge, patternClaims, testKey } from "./forge.ts";
import { killMarked } from "./marked_processes.ts";

const good = await testKey("good");
const MARK = "EVENTS_TEST";

/** Appends to `note` a line of the source's name and then all that etcha tells, one `NAME=value` a line, NUL between. */
const TELL = `{ printf '%s\\0' "--$1"; { env -0 | grep -z '^ETCHA_' || true; } | sort -z; } >>note`;
const tell = (name: string, more: object = {}) => ({
  id: `tell ${name}`,
  always: true,
  change: TELL.replace("$1", name),
  ...more,
});

async function inPlace(
  body: (place: {
    readonly cwd: string;
    start(settings: object): Agent;
    token(run: readonly object[]): Promise<string>;
    notes(): readonly string[];
  }) => Promise<void>,
): Promise<void> {
  await inFolder(async (cwd) => {
    const mark = crypto.randomUUID();
    try {
      await body({
        cwd,
        start: (settings) =>
          new Agent({
            cwd,
            env: { [MARK]: mark },
            settings: { run_listenAddress: "127.0.0.1:0", run_verifyKeys: [good.publicKey], ...settings },
          }),
        token: (run) => forge(patternClaims(run), good),
        notes: () => readText(`${cwd}/note`).split("\0").filter((line) => line !== ""),
      });
    } finally {
      await killMarked(MARK, mark);
    }
  });
}

Deno.test("an event runs the sources that receive it, by name, with what fired it in their environment", () =>
  inPlace(async ({ start, token, notes }) => {
    await using agent = await start({
      run_systemMetricsSecret: "s",
      sources_sender: { allowPush: true, eventsSend: "^(deployed|odd)$" },
      sources_b: { allowPush: true, triggerOnly: true, eventsReceive: ["deployed"] },
      sources_a: { allowPush: true, triggerOnly: true, eventsReceive: ["deployed", "secret"], eventsSend: ".*" },
      sources_c: { allowPush: true, triggerOnly: true, eventsReceive: ["told"] },
    }).listening();
    for (const name of ["c", "b", "a"]) await agent.push(name, await token([tell(name, { onChange: ["etcha:told"] })]));
    // What ran for the pushes themselves is not of interest; the event `told` of that push has run c.
    await until(() => notes().at(-1) === "ETCHA_SOURCE_TRIGGER=event", () => notes().join("\n"));
    const before = notes().length;
    const run = [{
      id: "deploy it",
      always: true,
      change: "printf 'line 1\\n$(reboot) `x` \"é\"\\n\\n'",
      onChange: ["etcha:deployed", "etcha:secret"],
    }];
    equal((await agent.push("sender", await token(run))).status, 200);
    const told = (name: string) => [
      `--${name}`,
      "ETCHA_EVENT_ID=deploy it",
      "ETCHA_EVENT_NAME=deployed",
      'ETCHA_EVENT_OUTPUT=line 1\n$(reboot) `x` "é"',
      `ETCHA_EVENT_PUBLIC_KEY=${good.publicKey}`,
      "ETCHA_EVENT_SRC=sender",
      `ETCHA_SOURCE_NAME=${name}`,
      "ETCHA_SOURCE_TRIGGER=event",
    ];
    const expected = [...told("a"), ...told("b")];
    await until(() => notes().length >= before + expected.length, () => notes().slice(before).join("\n"));
    // By now the event that a fired in turn would have run c.
    deepEqual(notes().slice(before), expected);
    const metrics = (await agent.call("/etcha/v1/system/metrics?key=s")).body;
    match(metrics, /etcha_sources_total\{error="0",name="a",trigger="event"\} 1/);
  }));

Deno.test("an event that is due survives a kill, and one whose delivery is interrupted twice is given up", () =>
  inPlace(async ({ cwd, start, token, notes }) => {
    const settings = {
      sources_sender: { allowPush: true, triggerOnly: true, eventsSend: "now" },
      sources_b: { allowPush: true, triggerOnly: true, eventsReceive: ["now"] },
    };
    const begun = () => notes().filter((line) => line === "--b").length;
    {
      await using agent = await start(settings).listening();
      await agent.push(
        "b",
        await token([tell("b"), { id: "wait", always: true, change: '[ -z "$ETCHA_EVENT_NAME" ] || sleep 60' }]),
      );
      await Deno.remove(`${cwd}/note`);
    }
    await Deno.writeTextFile(`${cwd}/note`, "");
    for (const life of [1, 2]) {
      await using agent = await start(settings).listening();
      if (life === 1) {
        const fires = [{ id: "fire", always: true, change: "true", onChange: ["etcha:now"] }];
        equal((await agent.push("sender", await token(fires))).status, 200);
      }
      await until(() => begun() === life, () => agent.log);
      agent.signal("SIGKILL");
      await agent.ended();
    }
    await using agent = await start(settings).listening();
    await agent.logged(/event now was given up: its delivery was interrupted 2 times/);
    equal(begun(), 2);
  }));

Deno.test("exit ends the agent when its receivers have run, and does not end the next one", () =>
  inPlace(async ({ start, token, notes }) => {
    const settings = {
      sources_sender: { allowPush: true, eventsSend: "." },
      sources_last: { allowPush: true, triggerOnly: true, eventsReceive: ["exit"] },
      sources_final: { allowPush: true, triggerOnly: true, eventsReceive: ["over"], eventsReceiveExit: true },
    };
    const fires = (event: string, id: string) => [{ id, check: `[ -e ${id} ]`, change: `>${id}`, onChange: [event] }];
    {
      await using agent = await start(settings).listening();
      await agent.push("last", await token([tell("last")]));
      await agent.push("final", await token([tell("final")]));
      const answer = await agent.push("sender", await token(fires("etcha:exit", "first")));
      equal(JSON.parse(answer.body).exit, true);
      equal(await agent.ended(), 0);
      match(agent.log, /Ending: a command of sender asked for it/);
      equal(notes().filter((line) => line === "--last").length, 2);
      truthy(notes().includes("ETCHA_EVENT_NAME=exit"));
    }
    await using agent = await start(settings).listening();
    // It is still there, and runs.
    equal((await agent.push("sender", await token(fires("etcha:over", "second")))).status, 200);
    equal(await agent.ended(), 0);
    match(agent.log, /Ending: final has run for an event \(eventsReceiveExit\)/);
  }));

Deno.test("that a push has run is an event of its own, also when it failed", () =>
  inPlace(async ({ start, token, notes }) => {
    await using agent = await start({
      sources_app: { allowPush: true, eventsSend: "^push$" },
      sources_watch: { allowPush: true, triggerOnly: true, eventsReceive: ["push"] },
    }).listening();
    await agent.push("watch", await token([tell("watch")]));
    const events = () => notes().filter((line) => line.startsWith("ETCHA_EVENT_OUTPUT="));
    await agent.push("app", await token([{ id: "fine", always: true, change: "true" }]));
    await until(() => events().length === 1, () => agent.log);
    await agent.push("app", await token([{ id: "bad", always: true, change: "echo why; exit 3" }]));
    await until(() => events().length === 2, () => agent.log);
    deepEqual(events(), ["ETCHA_EVENT_OUTPUT=", 'ETCHA_EVENT_OUTPUT=change of "bad" exited with 3: why']);
  }));

Deno.test("a webhook runs its sources with the request in their environment until one answers", () =>
  inPlace(async ({ cwd, start, token, notes }) => {
    await using agent = await start({
      sources_z: { allowPush: true, triggerOnly: true, webhookPaths: ["/hook", "/quiet"] },
      sources_m: { allowPush: true, triggerOnly: true, webhookPaths: ["/hook"] },
      sources_a: { allowPush: true, triggerOnly: true, webhookPaths: ["/hook"] },
    }).listening();
    const answers = (id: string, change: string, event: string) => ({ id, always: true, change, onChange: [event] });
    await agent.push("a", await token([tell("a")]));
    await agent.push(
      "m",
      await token([
        tell("m"),
        answers(
          "type",
          '[ "$ETCHA_WEBHOOK_METHOD" = PUT ] && echo application/json || printf "a/b;\\nX-Evil: 1"',
          "etcha:webhookContentType",
        ),
        answers("body", `printf '{"got":"%s"}' "$ETCHA_WEBHOOK_QUERY"`, "etcha:webhookBody"),
      ]),
    );
    await agent.push("z", await token([tell("z")]));
    await Deno.writeTextFile(`${cwd}/note`, "");

    const body = "payload=$(touch pwned);\n`touch pwned`\0\xff";
    const answer = await send(agent, "PUT", "/hook?x=$(touch%20pwned)&y='%3B`z`", body, {
      "x-hub-signature-256": "$(touch pwned); rm -rf x",
      "x-empty": "",
      "x-utf8": "é",
    });
    deepEqual([answer.status, answer.headers["content-type"], answer.body], [
      200,
      "application/json",
      `{"got":"x=$(touch%20pwned)&y='%3B\`z\`"}`,
    ]);
    const told = (name: string) => [
      `--${name}`,
      `ETCHA_SOURCE_NAME=${name}`,
      "ETCHA_SOURCE_TRIGGER=webhook",
      `ETCHA_WEBHOOK_BODY=${btoa(body)}`,
      "ETCHA_WEBHOOK_HEADERS=Connection: close\nContent-Length: " + body.length +
      `\nHost: 127.0.0.1:${agent.port}\nX-Empty: \nX-Hub-Signature-256: $(touch pwned); rm -rf x\nX-Utf8: é`,
      "ETCHA_WEBHOOK_METHOD=PUT",
      "ETCHA_WEBHOOK_PATH=/hook",
      "ETCHA_WEBHOOK_QUERY=x=$(touch%20pwned)&y='%3B`z`",
    ];
    deepEqual(notes(), [...told("a"), ...told("m")]);
    // What is no media type goes into no header.
    equal((await send(agent, "POST", "/hook")).headers["content-type"], "text/plain; charset=utf-8");
    equal(readText(`${cwd}/pwned`), "");

    // One that runs and yields nothing is answered as one that nobody knows, and is no refusal.
    for (const method of ["GET", "DELETE", "PATCH", "OPTIONS"]) {
      const { status, body, headers } = await send(agent, method, "/quiet");
      deepEqual([method, status, body, headers["x-rate-limit-limit"]], [method, 404, "not found\n", undefined]);
    }
    equal((await send(agent, "POST", "/hook", "x".repeat(65_537))).status, 413);
    const unknown = await send(agent, "GET", "/nothing");
    deepEqual([unknown.status, unknown.body], [404, "not found\n"]);
    equal(unknown.headers["x-rate-limit-remaining"], "8");
    equal((await send(agent, "GET", "/etcha/v1/nothing")).status, 404);
  }));

Deno.test("webhook paths under /etcha, and without a leading /, are no configuration", () =>
  inPlace(async ({ start }) => {
    for (const path of ["/etcha", "/etcha/v1/push/x", "hook"]) {
      await using agent = start({ sources_a: { webhookPaths: [path] } });
      equal(await agent.ended(), 2);
      match(agent.log, /sources\.a\.webhookPaths/);
    }
  }));

Deno.test("with runMulti what events and webhooks ask for overlaps; without, it waits", () =>
  inPlace(async ({ cwd, start, token }) => {
    await using agent = await start({
      sources_many: { allowPush: true, triggerOnly: true, webhookPaths: ["/many"], runMulti: true },
      sources_one: { allowPush: true, triggerOnly: true, webhookPaths: ["/one"] },
    }).listening();
    // Each says that it is there, and waits for a third.
    const meet = (name: string, enough: number) => [{
      id: "meet",
      always: true,
      change: `[ -n "$ETCHA_WEBHOOK_PATH" ] || exit 0; f=$(mktemp ${name}.XXXXXX); ` +
        `until [ $(ls ${name}.* | wc -l) -ge ${enough} ]; do sleep 0.02; done; echo met`,
      onChange: ["etcha:webhookBody"],
      timeout: "20s",
    }];
    await agent.push("many", await token(meet("many", 3)));
    await agent.push("one", await token(meet("one", 1)));
    const three = (path: string) => Promise.all([1, 2, 3].map(() => send(agent, "POST", path)));
    deepEqual((await three("/many")).map(({ body }) => body), ["met", "met", "met"]);
    deepEqual((await three("/one")).map(({ body }) => body), ["met", "met", "met"]);
    equal([...Deno.readDirSync(cwd)].filter(({ name }) => name.startsWith("one.")).length, 3);
  }));

function send(
  agent: Agent,
  method: string,
  path: string,
  body = "",
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const bytes = Uint8Array.from(body, (letter) => letter.charCodeAt(0));
  return new Promise((resolve, reject) => {
    const sent = request({
      host: "127.0.0.1",
      port: agent.port,
      path,
      method,
      headers: { ...headers, ...(body !== "" && { "content-length": String(bytes.length) }) },
      rejectUnauthorized: false,
      agent: false,
      timeout: 30_000,
    }, (response) => {
      let text = "";
      response.setEncoding("utf-8");
      response.on("data", (part: string) => text += part);
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", reject);
    sent.end(bytes);
  });
}
