/**
 * The thread in which Jsonnet is evaluated. It is sent the compiled module first, then one request after the other;
 * files and native functions are asked of the thread that started it. As the root of its thread it owns the clock of
 * that thread.
 */
import { type Ask, Instance } from "./instance.ts";
import type { FromWorker, Question, Reply, ToWorker, WasmRequest } from "./protocol.ts";
import type { WasiWorld } from "./wasi.ts";

/** Bytes. Go never gives memory back: a larger instance is dropped after the evaluation that made it grow. */
const KEEP_BELOW = 160 * 1024 * 1024;

const scope = self as unknown as {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: (event: MessageEvent<ToWorker>) => void;
};

const world: WasiWorld = {
  wall: () => Date.now(),
  monotonic: () => performance.timeOrigin + performance.now(),
  random: (bytes) => void crypto.getRandomValues(bytes),
};
const compiled = Promise.withResolvers<WebAssembly.Module>();
let instance: Promise<Instance> | undefined;
let answer: ((reply: Reply) => void) | undefined;

const ask: Ask = (question: Question) => {
  const { promise, resolve } = Promise.withResolvers<Reply>();
  answer = resolve;
  scope.postMessage({ kind: "ask", question });
  return promise;
};

async function start(): Promise<Instance> {
  return await Instance.start(await compiled.promise, world, ask);
}

async function run(request: WasmRequest): Promise<void> {
  instance ??= start();
  const running = await instance;
  const result = await running.run(request);
  if (result instanceof Uint8Array) {
    if (running.memoryBytes > KEEP_BELOW) instance = undefined;
    scope.postMessage({ kind: "done", response: result }, [result.buffer]);
  } else {
    scope.postMessage({ kind: "died", death: result });
  }
}

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case "module":
      compiled.resolve(data.module);
      instance = start();
      break;
    case "run":
      run(data.request);
      break;
    case "reply":
      answer?.(data.reply);
  }
};
