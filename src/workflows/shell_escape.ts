/** What comes of a part of what was typed: `send` goes to the host; `asks` and `leaves` are for this side. */
export interface Typed {
  readonly send: Uint8Array;
  /** Escapes were asked about. */
  readonly asks: boolean;
  /** The shell is to be left, whatever it does. */
  readonly leaves: boolean;
}

const ENTER = [0x0d, 0x0a];
const TILDE = 0x7e;
const POINT = 0x2e;
const QUESTION = 0x3f;

/** What is said to who asks; each line ends with both returns, as a raw terminal needs. */
export const ESCAPES = [
  "At the beginning of a line:",
  "  ~.  leave the shell, also one that hangs",
  "  ~~  send one ~",
  "  ~?  this list",
  "",
].join("\r\n");

/**
 * Finds the escapes `~.`, `~~` and `~?` at the beginnings of lines, as ssh(1) has them: nothing else can leave a shell that
 * hangs, because every key goes to the host.
 */
export class EscapeReader {
  #isLineBegin = true;
  #isEscape = false;

  read(part: Uint8Array): Typed {
    const send: number[] = [];
    let asks = false;
    for (const byte of part) {
      if (this.#isEscape) {
        this.#isEscape = false;
        if (byte === POINT) return { send: new Uint8Array(send), asks, leaves: true };
        if (byte === QUESTION) {
          asks = true;
          continue;
        }
        send.push(TILDE);
        this.#isLineBegin = false;
        if (byte === TILDE) continue;
      }
      if (byte === TILDE && this.#isLineBegin) {
        this.#isEscape = true;
        continue;
      }
      send.push(byte);
      this.#isLineBegin = ENTER.includes(byte);
    }
    return { send: new Uint8Array(send), asks, leaves: false };
  }
}
