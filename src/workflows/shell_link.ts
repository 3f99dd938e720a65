import type { ShellClaims } from "../domain/claims.ts";
import type { Milliseconds } from "../domain/duration.ts";
import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import { LineReader } from "../domain/shell_lines.ts";
import type { Target } from "../domain/target.ts";
import { SHELL_LIMITS } from "../domain/token_limits.ts";
import { type Clock, HostError, type Http, type HttpRequest, type HttpStream, type HttpStreams } from "../host/host.ts";
import type { WindowSize } from "../host/programs.ts";
import type { Signer } from "./sign.ts";
import { targetUrl, unreachedProblem } from "./target_link.ts";

const CONNECT_TIMEOUT: Milliseconds = 10_000;
const ANSWER_TIMEOUT: Milliseconds = 30_000;
/** A host that is silent for so long is taken for gone: it gives a sign of life every ten seconds. */
const SILENCE: Milliseconds = 35_000;
/** Before something is sent again. */
const PAUSE: Milliseconds = 1_000;
/** How often something is sent whose fate is not known. */
const TRIES = 3;
/** Bytes of an answer that is no shell's. */
const ANSWER_LIMIT = 64 * 1024;
/** How far two clocks may differ before they are suspected, in milliseconds. */
const SUSPICIOUS: Milliseconds = SHELL_LIMITS.lifetime - 1_000;

/** No window: the other side has no terminal. */
export const NO_WINDOW: WindowSize = { columns: 0, rows: 0 };

export interface ShellAddress {
  readonly target: Target;
  readonly source: string;
  readonly tls: Pick<HttpRequest, "tls">;
}

export interface LinkMeans {
  readonly http: Http;
  readonly httpStreams: HttpStreams;
  readonly clock: Clock;
  readonly sign: Signer;
}

/** What a host says while a shell is open, line by line. */
export interface ShellLines extends AsyncDisposable {
  /** The next lines, perhaps none; nothing at the end. Problems `shell-…`: silence, a broken connection, nonsense. */
  next(signal: AbortSignal): Promise<Result<readonly string[] | undefined>>;
}

/** The connection to one shell of a host: everything that is said is signed, and numbered. */
export class ShellLink {
  #number = 0;
  #session: string | undefined;

  constructor(private readonly address: ShellAddress, private readonly means: LinkMeans) {}

  /** Asks for a shell. Problems `shell-…`. */
  async open(size: WindowSize, terminal: string | undefined, signal: AbortSignal): Promise<Result<ShellLines>> {
    const request = await this.#request({ ...size, input: "", ...(terminal !== undefined && { terminal }) });
    if (!request.ok) return request;
    let stream: HttpStream;
    try {
      stream = await this.means.httpStreams.stream(request.value, signal);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      return bad(unreachedProblem(error, this.address.target, "shell"));
    }
    const lines = new HostLines(stream, this.address.target, this.means.clock);
    if (stream.status !== 200) {
      await lines[Symbol.asyncDispose]();
      return bad(refusal(stream, this.means.clock.now()));
    }
    for (;;) {
      const first = await lines.next(signal);
      if (!first.ok || first.value === undefined) {
        await lines[Symbol.asyncDispose]();
        return first.ok ? bad(nonsense("it ended before it began")) : first;
      }
      const [session, ...rest] = first.value;
      if (session === undefined) continue;
      this.#session = session;
      lines.putBack(rest);
      return ok(lines);
    }
  }

  /**
   * Says what was typed, or the new size. Sent again until the host has taken it: the number tells it what it has already.
   * `gone`: it knows nothing of this shell (any more).
   */
  async send(input: Uint8Array, size: WindowSize, signal: AbortSignal): Promise<Result<"taken" | "gone">> {
    let isUncertain = false;
    this.#number++;
    for (let failures = 0;;) {
      const request = await this.#request({ ...size, input: input.toBase64(), session: this.#session! });
      if (!request.ok) return request;
      try {
        const { status } = await this.means.http.request({
          ...request.value,
          keepsConnection: true,
          bodyLimit: ANSWER_LIMIT,
        }, signal);
        if (status === 204) return ok("taken");
        if (status === 404) return ok(isUncertain ? "taken" : "gone");
        if (status !== 429 && status !== 503) return bad(nonsense(`it answered with status ${status}`));
        // It has seen the number, and taken nothing.
        if (status === 503) this.#number++;
        isUncertain &&= status === 429;
      } catch (error) {
        if (!(error instanceof HostError)) throw error;
        isUncertain = true;
        if (++failures >= TRIES) return bad(unreachedProblem(error, this.address.target, "shell"));
      }
      await this.means.clock.sleep(PAUSE, signal);
      signal.throwIfAborted();
    }
  }

  async #request(said: Omit<ShellClaims, "number">): Promise<Result<Omit<HttpRequest, "bodyLimit">>> {
    const now = Math.floor(this.means.clock.now() / 1000);
    const { target, source, tls } = this.address;
    const token = await this.means.sign({
      shell: { ...said, number: this.#number },
      buildManifest: "",
      runVars: {},
      version: "",
      source,
      audience: [],
      issuedAt: now,
      expires: now + SHELL_LIMITS.lifetime / 1000,
      id: crypto.randomUUID(),
    });
    if (!token.ok) return token;
    return ok({
      method: "POST",
      url: targetUrl(target, target.pathShell, source),
      body: token.value,
      timeout: ANSWER_TIMEOUT,
      ...(said.session === undefined && { connectTimeout: CONNECT_TIMEOUT }),
      ...tls,
    });
  }
}

class HostLines implements ShellLines {
  readonly #reader = new LineReader();
  #ready: readonly string[] = [];

  constructor(
    private readonly stream: HttpStream,
    private readonly target: Target,
    private readonly clock: Clock,
  ) {}

  async next(signal: AbortSignal): Promise<Result<readonly string[] | undefined>> {
    const ready = this.#ready;
    this.#ready = [];
    if (ready.length > 0) return ok(ready);
    const settled = new AbortController();
    try {
      const silence = this.clock.sleep(SILENCE, AbortSignal.any([signal, settled.signal])).then(() =>
        "silence" as const
      );
      const part = await Promise.race([this.stream.read(), silence]);
      signal.throwIfAborted();
      if (part === "silence") {
        const found = `nothing has come from the host for ${SILENCE / 1000} seconds`;
        return bad({ code: "shell-silent", attempted: "shell", found });
      }
      if (part === undefined) return ok(undefined);
      const lines = this.#reader.take(part);
      return lines === undefined ? bad(nonsense("a line without an end")) : ok(lines);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof HostError)) throw error;
      return bad({ ...unreachedProblem(error, this.target, "shell"), hint: "the shell has ended with the connection" });
    } finally {
      settled.abort();
    }
  }

  putBack(lines: readonly string[]): void {
    this.#ready = [...lines, ...this.#ready];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stream[Symbol.asyncDispose]();
  }
}

/** Why a host opens no shell: it says the same whatever the reason is, so that nobody can find out what it has. */
function refusal({ status, headers }: HttpStream, now: number): Problem {
  const problem = { attempted: "shell", code: "shell-refused", found: `the host answered with status ${status}` };
  if (status === 429) return { ...problem, found: "the host has refused too many requests from here" };
  if (status === 503) return { ...problem, found: "the host opens no further shell now", hint: "try again in a while" };
  const isAgent = status === 404 && headers.get("content-type")?.includes("json") === true;
  if (!isAgent) return { ...problem, hint: "is it an etcha agent that listens there?" };
  const found = "the host opens no shell for this key and source";
  const ahead = now - Date.parse(headers.get("date") ?? "");
  if (!(Math.abs(ahead) > SUSPICIOUS)) {
    const hint =
      "refused for its key, source name, or because the source sets no shell: the agent's log has the reason";
    return { ...problem, found, hint };
  }
  const way = ahead > 0 ? "behind" : "ahead of";
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const most = SHELL_LIMITS.lifetime / 1000;
  return { ...problem, found, hint: `its clock is ${seconds} s ${way} this one, and a token is good for ${most} s` };
}

function nonsense(found: string): Problem {
  const hint = "is it an etcha agent that listens there?";
  return {
    code: "shell-bad-answer",
    attempted: "shell",
    found: `the host does not speak as agents do: ${found}`,
    hint,
  };
}
