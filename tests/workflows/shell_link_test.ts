/** What a client sends to a shell, and what it makes of the answers, with a host that is played. */
import { deepEqual, equal, match, ok as truthy } from "node:assert/strict";
import { bareTarget } from "../../src/domain/target.ts";
import { HostError, type HttpRequest } from "../../src/host/host.ts";
import { ShellLink } from "../../src/workflows/shell_link.ts";
import { ShellSender } from "../../src/workflows/shell_sender.ts";
import { ok } from "../../src/domain/problem.ts";
import { until } from "../cli/agent.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { ok as must } from "../token/tokens.ts";

const SIZE = { columns: 80, rows: 24 };
const never = new AbortController().signal;

/** A host that opens a shell with these parts of an answer, and answers to what is typed as a test says. */
class Host {
  readonly clock = new FakeClock();
  /** The claims of all that was sent. */
  readonly said: { n: number; s: string; c: number }[] = [];
  readonly sent: Omit<HttpRequest, "bodyLimit">[] = [];
  status = 200;
  headers = new Headers();
  answers: (number | "broken")[] = [];
  parts: (string | "broken" | "silent")[] = ["session-1\n"];
  isClosed = false;
  readonly link = new ShellLink({ target: bareTarget("web1"), source: "web", tls: {} }, {
    clock: this.clock,
    sign: ({ shell, issuedAt, expires, source }) => {
      equal(source, "web");
      equal(expires! - issuedAt!, 5);
      this.said.push({ n: shell!.number, s: atob(shell!.input), c: shell!.columns });
      return Promise.resolve(ok(JSON.stringify(shell)));
    },
    http: {
      request: (request) => {
        this.sent.push(request);
        const answer = this.answers.shift() ?? 204;
        if (answer === "broken") return Promise.reject(new HostError("unreachable", "web1: the connection failed"));
        return Promise.resolve({ status: answer, headers: new Headers(), body: new Uint8Array() });
      },
    },
    httpStreams: {
      stream: (request) => {
        this.sent.push(request);
        return Promise.resolve({
          status: this.status,
          headers: this.headers,
          read: () => {
            const part = this.parts.shift();
            if (part === "broken") {
              return Promise.reject(new HostError("unreachable", "web1: it closed the connection"));
            }
            if (part === "silent") return new Promise(() => {});
            return Promise.resolve(part === undefined ? undefined : new TextEncoder().encode(part));
          },
          [Symbol.asyncDispose]: () => Promise.resolve(void (this.isClosed = true)),
        });
      },
    },
  });

  async open() {
    return must(await this.link.open(SIZE, "xterm", never));
  }

  async send(text: string) {
    const sending = this.link.send(new TextEncoder().encode(text), SIZE, never);
    let isDone = false;
    void sending.finally(() => isDone = true);
    await until(async () => {
      await this.clock.advance(this.clock.sleeping > 0 ? 1000 : 0);
      return isDone;
    }, () => "it is not sent");
    return await sending;
  }
}

Deno.test("shell link: opens, then reads lines in whatever pieces they come", async () => {
  const host = new Host();
  host.parts = ["sess", "ion-1\noQQ", "==\nx0\n"];
  const lines = await host.open();
  equal(host.sent[0]!.url, "https://web1:4000/etcha/v1/shell/web");
  deepEqual(JSON.parse(host.sent[0]!.body as string), { ...SIZE, input: "", terminal: "xterm", number: 0 });
  deepEqual(must(await lines.next(never)), ["oQQ==", "x0"]);
  equal(must(await lines.next(never)), undefined);
});

Deno.test("shell link: a host that is silent, breaks off or is none is told", async () => {
  for (const [part, code] of [["silent", "shell-silent"], ["broken", "shell-unreachable"]] as const) {
    const host = new Host();
    host.parts = ["session-1\n", part];
    const lines = await host.open();
    const next = lines.next(never);
    await until(() => host.clock.sleeping > 0 || part === "broken", () => "it does not wait");
    await host.clock.advance(35_000);
    const result = await next;
    equal(result.ok ? "" : result.problems[0]!.code, code);
  }
  for (
    const [status, type, found] of [
      [404, "application/json", /opens no shell for this key and source/],
      [404, "text/html", /status 404.*is it an etcha agent/],
      [429, "text/plain", /refused too many/],
      [503, "application/json", /no further shell now/],
      [200, "text/plain", /ended before it began/],
    ] as const
  ) {
    const host = new Host();
    Object.assign(host, { status, headers: new Headers({ "content-type": type }), parts: [] });
    const opened = await host.link.open(SIZE, undefined, never);
    truthy(!opened.ok);
    match(`${opened.problems[0]!.found} ${opened.problems[0]!.hint}`, found);
    truthy(host.isClosed);
  }
});

Deno.test("shell link: tells that the clocks differ, which the host does not", async () => {
  const host = new Host();
  host.status = 404;
  const date = new Date(host.clock.now() - 90_000).toUTCString();
  host.headers = new Headers({ "content-type": "application/json", date });
  const opened = await host.link.open(SIZE, undefined, never);
  match(opened.ok ? "" : opened.problems[0]!.hint ?? "", /its clock is 90 s behind this one/);
});

Deno.test("shell link: what is lost is sent again under its number, what is refused for now under a new one", async () => {
  const host = new Host();
  await host.open();
  host.answers = ["broken", 204];
  deepEqual(must(await host.send("a")), "taken");
  // The first one had arrived: the second is refused for its number.
  host.answers = ["broken", 404];
  deepEqual(must(await host.send("b")), "taken");
  host.answers = [503, 429, 204];
  deepEqual(must(await host.send("c")), "taken");
  host.answers = [404];
  deepEqual(must(await host.send("d")), "gone");
  deepEqual(host.said.slice(1).map(({ n, s }) => `${n}${s}`), ["1a", "1a", "2b", "2b", "3c", "4c", "4c", "5d"]);
  host.answers = ["broken", "broken", "broken"];
  const failed = await host.send("e");
  equal(failed.ok ? "" : failed.problems[0]!.code, "shell-unreachable");
});

Deno.test("shell sender: one parcel at a time, what is typed meanwhile goes together and in order", async () => {
  const parcels: { readonly text: string; readonly settle: () => void }[] = [];
  const link = {
    send: (data: Uint8Array) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      parcels.push({ text: new TextDecoder().decode(data), settle: resolve });
      return promise.then(() => ok("taken" as const));
    },
  };
  const sender = new ShellSender(link, () => SIZE);
  const over = new AbortController();
  const running = sender.run(over.signal);
  const type = (text: string) => sender.type(new TextEncoder().encode(text));
  await type("a");
  await until(() => parcels.length === 1, () => "nothing is sent");
  await type("b");
  await type("c");
  sender.resized();
  parcels[0]!.settle();
  await until(() => parcels.length === 2, () => "nothing further is sent");
  deepEqual(parcels.map(({ text }) => text), ["a", "bc"]);
  // More than fits waits, and no more than that is taken.
  let isTaken = false;
  const flood = type("x".repeat(300_000)).then(() => isTaken = true);
  parcels[1]!.settle();
  await until(() => parcels.length === 3, () => "the flood is not sent");
  equal(isTaken, false);
  for (let i = 2; !isTaken; i++) {
    await until(() => parcels.length > i || isTaken, () => "it stops");
    parcels[i]?.settle();
  }
  await flood;
  truthy(parcels.slice(2).every(({ text }) => text.length === 32 * 1024));
  over.abort();
  parcels.forEach(({ settle }) => settle());
  await running;
});
