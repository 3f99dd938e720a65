import { KeptOutput } from "../../domain/kept_output.ts";
import type { Processes, ProcessRequest, ProcessResult } from "../host.ts";
import { errorCode } from "./errors.ts";
import { endGroup } from "./process_group.ts";
import { type Launch, prepareLaunch } from "./launch.ts";
import { Timer } from "./timer.ts";

/**
 * Output that a background process sends after the program itself has ended is read until it pauses this long, at most
 * that long. Milliseconds.
 */
const QUIET_AFTER_EXIT = 100;
const LONGEST_AFTER_EXIT = 1000;

/** Programs in sessions of their own. */
export const processes: Processes = { run };

async function run(request: ProcessRequest, signal: AbortSignal): Promise<ProcessResult> {
  if (signal.aborted) return { kind: "cancelled", output: "" };
  const prepared = await prepareLaunch(request);
  if (!prepared.ok) return { kind: "not-started", reason: prepared.reason };
  if (signal.aborted) return { kind: "cancelled", output: "" };
  const started = start(request, prepared.launch);
  if (!started.ok) return { kind: "not-started", reason: started.reason };
  return await attend(started.child, prepared.launch, request, signal);
}

function start(
  request: ProcessRequest,
  { program, args, combined, makesSession, uid, gid }: Launch,
): { readonly ok: true; readonly child: Deno.ChildProcess } | { readonly ok: false; readonly reason: string } {
  const command = new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: { ...request.env },
    stdin: request.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: combined ? "null" : "piped",
    // A session, and so a group, of its own: it has no terminal and can be ended whole.
    detached: !makesSession,
    ...(request.cwd !== undefined && { cwd: request.cwd }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
  try {
    return { ok: true, child: command.spawn() };
  } catch (error) {
    // E2BIG, EACCES, EAGAIN, ENOMEM …: the kernel's word. Anything else is a bug.
    if (!(error instanceof Error) || errorCode(error) === undefined) throw error;
    return { ok: false, reason: error.message };
  }
}

async function attend(
  child: Deno.ChildProcess,
  launch: Launch,
  request: ProcessRequest,
  signal: AbortSignal,
): Promise<ProcessResult> {
  const kept = new KeptOutput(request.outputLimit);
  const pipes = (launch.combined ? [child.stdout] : [child.stdout, child.stderr]).map((pipe) => pipe.getReader());
  const drained = Promise.all(pipes.map((pipe) => drain(pipe, kept)));
  const input = request.stdin === undefined ? undefined : feed(child.stdin, request.stdin);

  using interruption = new Interruption(signal, request.timeout);
  const interrupted = await Promise.race([child.status.then(() => undefined), interruption.promise]);
  if (interrupted !== undefined) await endGroup(child.pid);

  await untilQuiet(drained, kept);
  // No more than a wish when all is read. Else something in the background keeps the pipe, and is left alone.
  await Promise.all(pipes.map((pipe) => pipe.cancel()));
  input?.stop();
  const output = kept.text();
  return interrupted === undefined ? toResult(await child.status, launch, output) : { kind: interrupted, output };
}

function toResult({ code, signal }: Deno.CommandStatus, launch: Launch, output: string): ProcessResult {
  if (signal !== null) return { kind: "signalled", signal, output };
  const reason = launch.refusal(code, output);
  return reason === undefined ? { kind: "exited", code, output } : { kind: "not-started", reason };
}

async function drain(pipe: ReadableStreamDefaultReader<Uint8Array>, kept: KeptOutput): Promise<void> {
  for (let part = await pipe.read(); !part.done; part = await pipe.read()) kept.add(part.value);
}

/** Writes the standard input; a program that does not read it to its end is no error. */
function feed(stdin: WritableStream<Uint8Array>, text: string): { stop(): void } {
  const writer = stdin.getWriter();
  let stopped = false;
  const done = (async () => {
    try {
      await writer.write(new TextEncoder().encode(text));
      await writer.close();
    } catch (error) {
      if (!stopped && !(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  })();
  return {
    stop() {
      stopped = true;
      // Not waited for: a background process may hold the other end for as long as it likes.
      void Promise.allSettled([writer.abort(), done]);
    },
  };
}

/** Resolves when the output has ended or is quiet: the program itself is gone, what comes now is from the background. */
async function untilQuiet(drained: Promise<unknown>, kept: KeptOutput): Promise<void> {
  const end = performance.now() + LONGEST_AFTER_EXIT;
  for (let seen = -1; seen !== kept.received && performance.now() < end;) {
    seen = kept.received;
    using pause = new Timer(QUIET_AFTER_EXIT);
    if (await Promise.race([drained.then(() => "all"), pause.promise]) === "all") return;
  }
}

/** Resolves when the caller aborts or the time is over. */
class Interruption implements Disposable {
  readonly promise: Promise<"cancelled" | "timed-out">;
  readonly #stop: () => void;

  constructor(signal: AbortSignal, timeout: number | undefined) {
    const { promise, resolve } = Promise.withResolvers<"cancelled" | "timed-out">();
    const cancel = () => resolve("cancelled");
    // A timer holds 31 bits of milliseconds; a longer timeout than 24 days is none.
    const timer = timeout === undefined || timeout >= 2 ** 31
      ? undefined
      : setTimeout(() => resolve("timed-out"), timeout);
    signal.addEventListener("abort", cancel);
    this.promise = promise;
    this.#stop = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
    };
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}
