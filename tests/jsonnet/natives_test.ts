import assert from "node:assert/strict";
import type { Json } from "../../src/domain/json.ts";
import type { Result } from "../../src/domain/problem.ts";
import { type Dns, HostError, type Http, type HttpRequest, type ProcessResult } from "../../src/host/host.ts";
import { createNatives, type NativeContext } from "../../src/jsonnet/natives.ts";
import { FakeFiles } from "../fakes/fake_files.ts";
import { evaluate, newEvaluator, problemOf, request } from "./evaluate.ts";

const library = await Deno.readTextFile(new URL("../../lib/etcha/native.libsonnet", import.meta.url));

function context(more: Partial<NativeContext> = {}): NativeContext {
  const files = new FakeFiles({ "/srv/notes.txt": "notes", "/home/me/a": "at home", "/etc/motd": "hello\n" });
  return {
    config: () => Promise.resolve({ exec: { command: "/bin/sh -c" }, targets: {}, vars: { name: "value" } }),
    environment: { USER: "me", EMPTY: "", HOME: "/home/me" },
    entrypoint: "/srv/patterns/main.jsonnet",
    files,
    readFile: (path, limit) => files.read(path, limit),
    http: answering(() => ({ status: 404, body: "" })),
    dns: { resolve: () => Promise.resolve([]) },
    runCommand: () => Promise.resolve({ kind: "not-started", reason: "there are no programs" }),
    cached: {},
    system: { arch: "amd64", os: "linux", cpus: 2, hostname: "host", machine: "x86_64", interfaces: () => [] },
    ...more,
  };
}

function answering(answer: (request: HttpRequest) => { status: number; body: string }): Http {
  return {
    request: (request) => {
      const { status, body } = answer(request);
      return Promise.resolve({ status, headers: new Headers(), body: new TextEncoder().encode(body) });
    },
  };
}

/** Asks through lib/etcha/native.libsonnet and the real interpreter, as a pattern does. */
async function ask(code: string, more: Partial<NativeContext> = {}): Promise<Result<Json>> {
  using evaluator = newEvaluator();
  const result = await evaluate(
    evaluator,
    request(`local n = import 'native.libsonnet'; ${code}`, {
      files: { "/srv/native.libsonnet": library },
      natives: createNatives(context(more)),
    }),
  );
  return result.ok ? { ok: true, value: result.value.value } : result;
}

async function valueOf(code: string, more: Partial<NativeContext> = {}): Promise<Json> {
  const result = await ask(code, more);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

Deno.test("the library wraps every native function of the table, and no other", async () => {
  const names = createNatives(context()).specs.map(({ name }) => name).sort();
  assert.deepEqual(await valueOf("std.sort(std.objectFieldsAll(n))"), names);
});

Deno.test("what the machine and the configuration say", async () => {
  assert.deepEqual(await valueOf("[n.getArch(), n.getOS(), n.getPath(), n.getConfig().vars, n.getConfig().exec]"), [
    "amd64",
    "linux",
    "/srv/patterns",
    { name: "value" },
    { command: "/bin/sh -c" },
  ]);
  assert.deepEqual(await valueOf("std.native('getConfig')().vars.name"), "value");
});

Deno.test("getEnv: set, empty, missing with and without a fallback", async () => {
  const code = "[n.getEnv('USER'), n.getEnv('EMPTY', 'x'), n.getEnv('NONE', 'x'), n.getEnv('NONE', ['any'], true)]";
  assert.deepEqual(await valueOf(code), ["me", "", "x", ["any"]]);
  const problem = problemOf(await ask("n.getEnv('HOSTNAME')"));
  assert.equal(problem.code, "missing-value");
  assert.match(problem.found, /"HOSTNAME"/);
  assert.equal(problem.where, "/srv/main.jsonnet:1:38");
  assert.equal(problemOf(await ask("n.getEnv('toString')")).code, "missing-value");
  assert.equal(problemOf(await ask("n.getEnv(1)")).code, "native-argument");
});

Deno.test("getFile: absolute, relative to the working directory, at home, missing", async () => {
  const code = "[n.getFile(p) for p in ['/etc/motd', 'notes.txt', './x/../notes.txt', '~/a']]";
  assert.deepEqual(await valueOf(code), ["hello\n", "notes", "notes", "at home"]);
  assert.equal(await valueOf("n.getFile('/none', 'x')"), "x");
  const problem = problemOf(await ask("n.getFile('/none')"));
  assert.deepEqual([problem.code, problem.found], ["missing-value", `there is no value for "/none": it was not found`]);
  const homeless = problemOf(await ask("n.getFile('~/a')", { environment: {} }));
  assert.match(homeless.found, /HOME is not set/);
});

Deno.test("getFile: a URL with headers, asked once; nothing of them in a problem", async () => {
  const requests: HttpRequest[] = [];
  const http = answering((request) => {
    requests.push(request);
    return request.url.endsWith("/good?key=s3cret") ? { status: 200, body: "good" } : { status: 500, body: "no" };
  });
  const url = "https://me:s3cret@example.com/good?key=s3cret";
  const headers = "#Authorization:Bearer s3cret\\r\\nclientSkipVerify\\r\\nclientTimeout:3";
  assert.deepEqual(await valueOf(`[n.getFile('${url}${headers}'), n.getFile('${url}${headers}')]`, { http }), [
    "good",
    "good",
  ]);
  assert.equal(requests.length, 1);
  assert.deepEqual(requests[0]!.headers, { Authorization: "Bearer s3cret" });
  assert.deepEqual([requests[0]!.url, requests[0]!.timeout, requests[0]!.tls?.skipVerify], [url, 3000, true]);
  const bad = `https://me:s3cret@example.com/bad?key=s3cret${headers}`;
  const problem = problemOf(
    await ask(`local u = std.join('', ['https://me:s3', 'cret@example.com/bad#A:s3', 'cret']); n.getFile(u)`, { http }),
  );
  assert.equal(problem.found, `there is no value for "https://example.com/bad": the server answered with status 500`);
  assert.ok(!JSON.stringify(problem).includes("s3cret"));
  assert.equal(await valueOf(`n.getFile('${bad}', 'fallback')`, { http }), "fallback");
  assert.equal(problemOf(await ask("n.getFile('https://h/#wrong')", { http })).code, "native-argument");
});

Deno.test("getFile: what can't be reached is a missing value, a bug is not", async () => {
  const refused: Http = { request: () => Promise.reject(new HostError("unreachable", "connect to https://me:pw@h/")) };
  const problem = problemOf(await ask("n.getFile('http://h/')", { http: refused }));
  assert.deepEqual([problem.code, problem.found], [
    "missing-value",
    `there is no value for "http://h/": it can't be reached`,
  ]);
  assert.equal(await valueOf("n.getFile('http://h/', 'x')", { http: refused }), "x");
  const broken: Http = { request: () => Promise.reject(new TypeError("a bug")) };
  await assert.rejects(ask("n.getFile('http://h/', 'x')", { http: broken }), /a bug/);
});

Deno.test("getRecord: sorted, by type in any case, missing, refused", async () => {
  const dns: Dns = {
    resolve: (type, name) => {
      if (name === "down") return Promise.reject(new HostError("timeout", "no answer"));
      return Promise.resolve(name === "known" ? [`${type} 2`, `${type} 10`] : []);
    },
  };
  const code = "[n.getRecord(t, 'known') for t in ['a', 'AAAA', 'cname', 'Txt']] + [n.getRecord('a', 'none', [])]";
  assert.deepEqual(await valueOf(code, { dns }), [
    ["A 10", "A 2"],
    ["AAAA 10", "AAAA 2"],
    ["CNAME 10", "CNAME 2"],
    ["TXT 10", "TXT 2"],
    [],
  ]);
  assert.match(problemOf(await ask("n.getRecord('a', 'none')", { dns })).found, /"a record of none": there is none/);
  assert.match(problemOf(await ask("n.getRecord('a', 'down')", { dns })).found, /took too long/);
  assert.match(problemOf(await ask("n.getRecord('mx', 'known', 'x')", { dns })).found, /one of a, aaaa, cname, txt/);
});

Deno.test("randStr: letters and digits, as many as asked for, others each time", async () => {
  const [one, two, other, none] = await valueOf(
    "[n.randStr(40), n.randStr(40), n.randString(7), n.randStr(0)]",
  ) as string[];
  assert.match(one!, /^[A-Za-z0-9]{40}$/);
  assert.notEqual(one, two);
  assert.equal(other!.length, 7);
  assert.equal(none, "");
  const [long] = await valueOf("[n.randStr(20000)]") as string[];
  const counts = new Map<string, number>();
  for (const letter of long!) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  assert.equal(counts.size, 62);
  // Expected 323 each; ten standard deviations leave no room for chance.
  for (const count of counts.values()) assert.ok(Math.abs(count - 20_000 / 62) < 180, `${count}`);
  for (const length of ["-1", "1.5", "1e9", "'3'"]) {
    assert.equal(problemOf(await ask(`n.randStr(${length})`)).code, "native-argument");
  }
});

Deno.test("regexMatch: RE2, searched anywhere, a hostile one is harmless", async () => {
  assert.deepEqual(await valueOf("[n.regexMatch('b+', 'abbc'), n.regexMatch('^b', 'abbc'), n.regexMatch('', '')]"), [
    true,
    false,
    true,
  ]);
  assert.equal(await valueOf("n.regexMatch('(a+)+$', std.repeat('a', 5000) + 'b')"), false);
  assert.equal(problemOf(await ask("n.regexMatch('(', 'x')")).code, "native-argument");
});

Deno.test("render: the value of a text, with the natives", async () => {
  assert.deepEqual(await valueOf(`n.render("{ a: 1 + 1, user: std.native('getEnv')('USER', null, false) }")`), {
    a: 2,
    user: "me",
  });
  assert.equal(problemOf(await ask(`n.render("std.native('getEnv')('NONE', null, false)")`)).code, "missing-value");
});

Deno.test("getCmd: the trimmed output, asked once in an evaluation; a failure is a missing value without its output", async () => {
  const asked: string[] = [];
  const results: Readonly<Record<string, ProcessResult>> = {
    "uname -r": { kind: "exited", code: 0, output: "\n 6.1 \n" },
    "true": { kind: "exited", code: 0, output: "" },
    "false --password=s3cret": { kind: "exited", code: 3, output: "s3cret" },
    "PASSWORD=s3cret run": { kind: "signalled", signal: "SIGKILL", output: "s3cret" },
    "./slow.sh": { kind: "timed-out", output: "s3cret" },
    "none": { kind: "not-started", reason: "no such program" },
  };
  const runCommand = (text: string): Promise<ProcessResult> => {
    asked.push(text);
    return Promise.resolve(results[text]!);
  };
  const code = "[n.getCmd('uname -r'), n.getCmd('uname -r', 'x'), n.getCmd('uname -r'), n.getCmd('true', 'x')]";
  assert.deepEqual(await valueOf(code, { runCommand }), ["6.1", "6.1", "6.1", ""]);
  assert.deepEqual(asked, ["uname -r", "true"]);
  const failures = [
    ["false --password=s3cret", `"false": it ended with exit code 3`],
    ["PASSWORD=s3cret run", `"command": it was killed by SIGKILL`],
    ["./slow.sh", `"./slow.sh": it took too long`],
    ["none", `"none": it could not be started: no such program`],
  ] as const;
  for (const [command, found] of failures) {
    const text = JSON.stringify(command.split("s3cret")).replaceAll('"', "'");
    const problem = problemOf(await ask(`n.getCmd(std.join('s3c' + 'ret', ${text}))`, { runCommand }));
    assert.deepEqual([problem.code, problem.found], ["missing-value", `there is no value for ${found}`]);
    assert.ok(!JSON.stringify(problem).includes("s3cret"));
    assert.equal(await valueOf(`n.getCmd('${command}', 'fallback')`, { runCommand }), "fallback");
  }
});

Deno.test("get: a variable by its name or path", async () => {
  const vars = { a: { b: { c: 1 }, "x.y": 2 }, "a.b": { d: 3 }, none: null, list: [1], "a.b.c.d": 4 };
  const config = () => Promise.resolve({ vars });
  const cases: readonly (readonly [string, Json])[] = [
    ["n.get('a.b.c')", 1],
    ["n.get('a.x.y')", 2],
    ["n.get('a.b')", { d: 3 }],
    ["n.get('a.b.d')", 3],
    ["n.get('a.b.c.d')", 4],
    ["n.get('none', 'x')", null],
    ["n.get('list')", [1]],
    ["n.get('list.0', 'x')", "x"],
    ["n.get('toString', 'x')", "x"],
    ["n.get('', 'x')", "x"],
    ["n.get('a..b', ['any'])", ["any"]],
  ];
  for (const [code, value] of cases) assert.deepEqual(await valueOf(code, { config }), value, code);
  const problem = problemOf(await ask("n.get('a.z')", { config }));
  assert.deepEqual([problem.code, problem.found], [
    "missing-value",
    `there is no value for "a.z": there is no such variable`,
  ]);
});

Deno.test("cache: what was found is kept under a hash of the question, and goes before what is there", async () => {
  using evaluator = newEvaluator();
  const code = `local n = import 'native.libsonnet';
    [n.getEnv('USER', cache=true), n.getEnv('USER', 'x', true), n.getEnv('HOME'), n.getEnv('NONE', 'x', true),
     n.getFile('notes.txt', null, true), n.getRecord('a', 'known', null, true), n.getCmd('id', null, true),
     n.get('name'), n.get('none', 'x')]`;
  const files = { "/srv/native.libsonnet": library };
  const natives = createNatives(context({
    dns: { resolve: () => Promise.resolve(["2", "1"]) },
    runCommand: () => Promise.resolve({ kind: "exited", code: 0, output: "me\n" }),
  }));
  const first = await evaluate(evaluator, request(code, { files, natives }));
  assert.ok(first.ok);
  const value = ["me", "me", "/home/me", "x", "notes", ["1", "2"], "me", "value", "x"];
  assert.deepEqual(first.value.value, value);
  assert.equal(first.value.reads.repeatable, false, "a command was run");
  const found = natives.found();
  assert.deepEqual(Object.keys(found).map((key) => key.split(":")[0]).sort(), [
    "get",
    "getCmd",
    "getEnv",
    "getFile",
    "getRecord",
  ]);
  for (const key of Object.keys(found)) assert.match(key, /^\w+:[\w-]{43}$/);

  const elsewhere = createNatives(context({
    cached: found,
    config: () => Promise.resolve({ vars: { name: "other" } }),
    environment: { USER: "other", HOME: "/home/other", NONE: "here" },
    readFile: () => Promise.reject(new Error("what the token keeps is not looked for")),
  }));
  const second = await evaluate(evaluator, request(code, { files, natives: elsewhere }));
  assert.ok(second.ok, JSON.stringify(second));
  assert.deepEqual(second.value.value, ["me", "me", "/home/other", "here", ...value.slice(4)]);
  assert.equal(second.value.reads.repeatable, true, "no command was run");

  for (const flag of ["1", "'true'", "[]"]) {
    const wrong = problemOf(await ask(`n.getEnv('USER', null, ${flag})`));
    assert.match(wrong.found, /^cache must be a boolean, not \w+$/);
  }
});

Deno.test("what is asked in a wrong way is an error that no fallback makes up for", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["n.get(1, 'x')", "field must be a string, not number"],
    ["n.getCmd(['id'], 'x')", "command must be a string, not array"],
    ["n.getCmd(' ', 'x')", "command must not be empty"],
    ["n.getEnv(null, 'x')", "key must be a string, not null"],
    ["n.getFile({}, 'x')", "path must be a string, not object"],
    ["n.getFile('https://h/#clientTimeout:soon', 'x')", "clientTimeout must be a number of seconds"],
    ["n.getRecord('a', 1, 'x')", "type and name must be strings, not string and number"],
    ["n.regexMatch(1, 'x')", "regex and string must be strings, not number and string"],
    ["n.regexMatch('(?=x)', 'x')", "error parsing regexp: invalid or unsupported Perl syntax: `(?=`"],
    ["n.randStr('1')", "length must be a whole number up to 65536"],
  ];
  for (const [code, found] of cases) {
    const problem = problemOf(await ask(code));
    assert.deepEqual([problem.code, problem.found], ["native-argument", found], code);
  }
});

Deno.test("natives that may reach nothing: a fallback counts, else the problem says why", async () => {
  const off = () => Promise.reject(new HostError("disabled", "switched off"));
  const outside = { http: { request: off }, dns: { resolve: off }, runCommand: off };
  for (const call of ["getCmd('id'", "getFile('https://example.com/'", "getRecord('txt', 'example.com'"]) {
    assert.equal(await valueOf(`n.${call}, 'x')`, outside), "x");
    assert.match(problemOf(await ask(`n.${call})`, outside)).found, /: reaching outside is switched off \(-d\)$/);
  }
  assert.equal(await valueOf("n.getFile('notes.txt')", outside), "notes", "files are not outside");
});
