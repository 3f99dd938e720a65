/** Bytes of a line: far above any passphrase. */
const LINE_LIMIT = 4096;

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const CTRL_H = 0x08;
const CTRL_U = 0x15;
const DELETE = 0x7f;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** Reads lines from the terminal without showing them. What is typed beyond a line waits for the next one. */
export class SecretReader {
  #ahead: readonly number[] = [];

  /** `say` writes to where people look, which is not standard output: that may be a file. */
  constructor(private readonly say: (text: string) => void) {}

  /** Rejects with the reason of the signal when that is aborted. The terminal is put back whatever happens. */
  async read(prompt: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    // Raw, because a quit or suspend key would leave the terminal silent; before the prompt, because who types fast must
    // not see the secret.
    Deno.stdin.setRaw(true);
    try {
      this.say(prompt);
      return await untilAborted(this.#line(signal), signal);
    } finally {
      Deno.stdin.setRaw(false);
      this.say("\n");
    }
  }

  async #line(signal: AbortSignal): Promise<string> {
    const typed: number[] = [];
    const buffer = new Uint8Array(256);
    while (!signal.aborted) {
      const [byte, ...rest] = this.#ahead;
      if (byte === undefined) {
        const count = await Deno.stdin.read(buffer);
        if (count === null) break;
        this.#ahead = [...buffer.subarray(0, count)];
        continue;
      }
      this.#ahead = rest;
      if (byte === RETURN || byte === LINE_FEED || (byte === CTRL_D && typed.length === 0)) break;
      if (byte === CTRL_C) Deno.kill(Deno.pid, "SIGINT");
      else if (byte === CTRL_U) typed.length = 0;
      else if (byte === DELETE || byte === CTRL_H) dropCharacter(typed);
      else if (byte >= 0x20 && typed.length < LINE_LIMIT) typed.push(byte);
    }
    return new TextDecoder().decode(new Uint8Array(typed));
  }
}

/** The last one, with all bytes that it has in UTF-8. */
function dropCharacter(typed: number[]): void {
  let byte: number | undefined;
  do byte = typed.pop(); while (byte !== undefined && (byte & 0xc0) === 0x80);
}

/** The read itself can't be called off: it is left behind, as the program ends. */
async function untilAborted<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  const settled = new AbortController();
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true, signal: settled.signal })
  );
  try {
    return await Promise.race([reading, aborted]);
  } finally {
    settled.abort();
  }
}
