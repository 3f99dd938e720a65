import { bad, ok, type Problem, type Result } from "../domain/problem.ts";
import type { FromJq, JqRequest } from "./protocol.ts";

export interface QueryMeans {
  readonly start: () => Worker;
  /** Takes a part of the output; `false` ends the query, as there is nobody who reads it. */
  readonly write: (text: string) => boolean;
  /** Takes what the query itself says on the side (`debug`, `stderr`). */
  readonly tell: (text: string) => void;
  /** Ends the query. */
  readonly cancel: AbortSignal;
}

/** Begins each of jq's own messages. */
const COMPLAINT = /jq: (?=error|parse error|\d+ compile error)/;
/** Characters of what jq complains of. */
const MOST_ERRORS = 64 * 1024;

/**
 * Asks jq. What it prints is written as it comes, also before a mistake. Problems `jq-query`: the query has a mistake, the
 * input is no JSON, or a value was not as the query expects; `jq-died`: it needed too much memory. An aborted signal
 * rejects with its reason.
 */
export async function query(
  asked: Omit<JqRequest, "unwritten">,
  { start, write, tell, cancel }: QueryMeans,
): Promise<Result<void>> {
  cancel.throwIfAborted();
  using thread = disposable(start());
  const { promise, resolve, reject } = Promise.withResolvers<Result<void>>();
  const unwritten = new SharedArrayBuffer(4);
  const decoders = { output: new TextDecoder(), errors: new TextDecoder() };
  let errors = "";
  thread.worker.onmessage = ({ data }: MessageEvent<FromJq>) => {
    switch (data.kind) {
      case "output":
      case "errors": {
        const text = decoders[data.kind].decode(data.bytes, { stream: true });
        if (data.kind === "errors") errors = (errors + text).slice(0, MOST_ERRORS);
        else if (!write(text)) resolve(ok(undefined));
        Atomics.sub(new Int32Array(unwritten), 0, 1);
        Atomics.notify(new Int32Array(unwritten), 0);
        break;
      }
      case "ended":
        // What comes after a complaint can't be told from its further lines.
        tell(errors.split(COMPLAINT)[0] ?? "");
        // The exit code of jq is only that of the last value.
        resolve(data.code === 0 && !COMPLAINT.test(errors) ? ok(undefined) : bad(...complaints(errors)));
        break;
      case "died":
        resolve(bad({ code: "jq-died", attempted: "query", found: `jq gave up: ${data.reason}` }));
    }
  };
  thread.worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  const end = () => reject(cancel.reason);
  cancel.addEventListener("abort", end, { once: true });
  try {
    thread.worker.postMessage({ ...asked, unwritten } satisfies JqRequest);
    return await promise;
  } finally {
    cancel.removeEventListener("abort", end);
  }
}

function disposable(worker: Worker): Disposable & { readonly worker: Worker } {
  return { worker, [Symbol.dispose]: () => worker.terminate() };
}

/** jq's own words, one problem for each `jq: error`; lines below one belong to it. */
function complaints(text: string): readonly Problem[] {
  const told = text.split(COMPLAINT).slice(1).filter((one) => !/^\d+ compile errors?\s*$/.test(one));
  if (told.length === 0) return [{ code: "jq-query", attempted: "query", found: "the query ended itself as failed" }];
  return told.map((one) => {
    const [first = "", ...rest] = one.trimEnd().split("\n");
    const detail = rest.map((line) => line.trimEnd()).join("\n");
    return {
      code: "jq-query",
      attempted: "query",
      found: first.replace(/^error:? ?/, ""),
      ...(detail !== "" && { detail }),
    };
  });
}
