import assert from "node:assert/strict";
import type { ClientRequest } from "node:http";
import { request } from "node:https";
import { LineReader, parseShellLine } from "../../src/domain/shell_lines.ts";
import { type Agent, type Answer, until } from "./agent.ts";
import { forge, seconds, type TestKey } from "./forge.ts";

/** The claims of what is said to a shell. */
export function shellClaims(more: object = {}): object {
  const now = seconds();
  return { c: 80, r: 24, n: 0, etchaSource: "core", iat: now, exp: now + 5, jti: crypto.randomUUID(), ...more };
}

/** Says something to a shell that is not to be opened by it. */
export async function say(agent: Agent, source: string, token: string): Promise<Answer> {
  return await agent.call(`/etcha/v1/shell/${source}`, { method: "POST", body: token });
}

/** A shell that was opened by a request of our own, over a connection of its own. Disposing closes that. */
export class OpenShell implements Disposable {
  readonly #reader = new LineReader();
  #lines: string[] = [];
  #number = 0;
  isOver = false;

  private constructor(
    private readonly agent: Agent,
    private readonly key: TestKey,
    private readonly sent: ClientRequest,
  ) {}

  static async open(agent: Agent, key: TestKey, more: object = {}): Promise<OpenShell> {
    const token = await forge(shellClaims(more), key);
    const sent = request({
      ...{ host: "127.0.0.1", port: agent.port, path: "/etcha/v1/shell/core", method: "POST" },
      ...{ rejectUnauthorized: false, agent: false },
    });
    const shell = new OpenShell(agent, key, sent);
    sent.on("error", () => shell.isOver = true);
    sent.on("response", (response) => {
      assert.equal(response.statusCode, 200);
      response.on("data", (part: Uint8Array) => shell.#lines.push(...shell.#reader.take(part)!));
      response.on("error", () => shell.isOver = true);
      response.on("close", () => shell.isOver = true);
    });
    sent.end(token);
    await until(() => shell.#lines.length > 0, () => "the shell does not open");
    return shell;
  }

  get session(): string {
    return this.#lines[0]!;
  }

  get number(): number {
    return this.#number;
  }

  /** All that was written so far. */
  get text(): string {
    const lines = this.#lines.slice(1).map(parseShellLine);
    const parts = lines.flatMap((line) => line?.kind === "output" ? [...line.data] : []);
    return new TextDecoder().decode(new Uint8Array(parts));
  }

  get last(): ReturnType<typeof parseShellLine> {
    return parseShellLine(this.#lines.at(-1) ?? "");
  }

  /** A token with the next number, or what else is said. */
  async token(text: string, more: object = {}, key: TestKey = this.key): Promise<string> {
    const s = new TextEncoder().encode(text).toBase64();
    return await forge(shellClaims({ i: this.session, n: ++this.#number, s, ...more }), key);
  }

  async type(text: string): Promise<void> {
    const answer = await say(this.agent, "core", await this.token(text));
    assert.equal(answer.status, 204, answer.body);
  }

  async shows(wanted: RegExp): Promise<void> {
    await until(() => wanted.test(this.text), () => `the shell lacks ${wanted}: ${JSON.stringify(this.text)}`);
  }

  [Symbol.dispose](): void {
    this.sent.destroy();
  }
}
