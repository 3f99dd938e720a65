/** The thread in which jq runs: a query may take as long as it wants, and still be ended. */
import { runJq } from "./engine.ts";
import type { FromJq, JqRequest } from "./protocol.ts";

/** Bytes that are collected before they are sent. */
const PART = 64 * 1024;
/** Parts that may wait to be written. */
const MOST_UNWRITTEN = 16;

const scope = self as unknown as {
  postMessage(message: FromJq): void;
  onmessage: (event: MessageEvent<JqRequest>) => void;
};

// The package's script asks where it lies, without need: it holds its module. In a bundle nobody tells it.
Object.assign(globalThis, { __dirname: "" });

scope.onmessage = async ({ data }) => {
  const output = new Parts(data);
  try {
    const code = await runJq([...data.flags, "--", data.query], {
      ...data,
      write: (stream, bytes) => output.add(stream, bytes),
    });
    output.flush();
    scope.postMessage({ kind: "ended", code });
  } catch (error) {
    output.flush();
    if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error;
    scope.postMessage({ kind: "died", reason: error.message });
  }
};

/** jq writes many small pieces. */
class Parts {
  readonly #unwritten: Int32Array;
  #kind: "output" | "errors" = "output";
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor({ unwritten }: JqRequest) {
    this.#unwritten = new Int32Array(unwritten);
  }

  add(kind: "output" | "errors", bytes: Uint8Array): void {
    if (kind !== this.#kind) this.flush();
    this.#kind = kind;
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= PART) this.flush();
  }

  flush(): void {
    if (this.#size === 0) return;
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    [this.#pieces, this.#size] = [[], 0];
    for (let waiting = this.#waiting(); waiting >= MOST_UNWRITTEN; waiting = this.#waiting()) {
      Atomics.wait(this.#unwritten, 0, waiting);
    }
    Atomics.add(this.#unwritten, 0, 1);
    scope.postMessage({ kind: this.#kind, bytes });
  }

  #waiting(): number {
    return Atomics.load(this.#unwritten, 0);
  }
}
