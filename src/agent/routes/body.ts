import { networkOf } from "../../domain/address.ts";

/** Bytes that are taken at a time. Chunks are copied into them, so that bodies that come in crumbs cost no more. */
const BLOCK = 16 * 1024;

/** What the bodies that are under way in the whole agent may take together, and those of one network of it. */
export class BodyBudget {
  #taken = 0;
  readonly #byNetwork = new Map<string, number>();

  /** Bytes. */
  constructor(private readonly limits: { readonly all: number; readonly each: number }) {}

  /** False: there is not so much left, and nothing was taken. */
  take(network: string, bytes: number): boolean {
    const taken = this.#byNetwork.get(network) ?? 0;
    if (this.#taken + bytes > this.limits.all || taken + bytes > this.limits.each) return false;
    this.#taken += bytes;
    this.#byNetwork.set(network, taken + bytes);
    return true;
  }

  give(network: string, bytes: number): void {
    const left = (this.#byNetwork.get(network) ?? 0) - bytes;
    this.#taken -= bytes;
    if (left > 0) this.#byNetwork.set(network, left);
    else this.#byNetwork.delete(network);
  }
}

/** How the reading of a body ended; `broken`: its client went away, or was too slow. */
export type BodyEnd = "whole" | "too-large" | "no-room" | "broken";

/** The body of one request, which takes of the budget until it is disposed of. */
export class Body implements Disposable {
  readonly #blocks: Uint8Array[] = [];
  /** Bytes in the last block. */
  #used = BLOCK;

  readonly #network: string;

  constructor(private readonly budget: BodyBudget, address: string) {
    this.#network = networkOf(address);
  }

  /**
   * Reads to the end; `keeps` nothing when nobody will ask for the text. Of a body of more than `limit` bytes as much
   * again is read and dropped, because a client that is still writing when the connection closes does not get to see the
   * answer; also for want of room.
   */
  async read(request: Request, limit: number, keeps: "keep" | "drop"): Promise<BodyEnd> {
    if (Number(request.headers.get("content-length") ?? 0) > 2 * limit) return "too-large";
    let size = 0;
    let hasRoom = true;
    const reader = request.body?.getReader();
    for (;;) {
      const part = await nextPart(reader);
      if (part === "broken") return "broken";
      if (part === undefined) break;
      size += part.byteLength;
      if (size > 2 * limit) return "too-large";
      if (size > limit) this.#drop();
      else if (keeps === "keep" && hasRoom) {
        hasRoom = this.#append(part);
        if (!hasRoom) this.#drop();
      }
    }
    if (size > limit) return "too-large";
    return hasRoom ? "whole" : "no-room";
  }

  /** What was kept. */
  bytes(): Uint8Array {
    const last = this.#blocks.length - 1;
    const size = Math.max(last, 0) * BLOCK + (last < 0 ? 0 : this.#used);
    const all = new Uint8Array(size);
    this.#blocks.forEach((block, i) => all.set(i === last ? block.subarray(0, this.#used) : block, i * BLOCK));
    return all;
  }

  /** What was kept, read as UTF-8. */
  text(): string {
    const decoder = new TextDecoder();
    const last = this.#blocks.length - 1;
    const parts = this.#blocks.map((block, i) =>
      decoder.decode(i === last ? block.subarray(0, this.#used) : block, { stream: i < last })
    );
    return parts.join("");
  }

  [Symbol.dispose](): void {
    this.#drop();
  }

  #append(part: Uint8Array): boolean {
    for (let rest = part; rest.length > 0;) {
      if (this.#used === BLOCK) {
        if (!this.budget.take(this.#network, BLOCK)) return false;
        this.#blocks.push(new Uint8Array(BLOCK));
        this.#used = 0;
      }
      const fits = rest.subarray(0, BLOCK - this.#used);
      this.#blocks.at(-1)!.set(fits, this.#used);
      this.#used += fits.length;
      rest = rest.subarray(fits.length);
    }
    return true;
  }

  #drop(): void {
    this.budget.give(this.#network, this.#blocks.length * BLOCK);
    this.#blocks.length = 0;
    this.#used = BLOCK;
  }
}

/** Nothing at the end. That a body breaks off is the client's doing, and no error of the program. */
async function nextPart(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
): Promise<Uint8Array | "broken" | undefined> {
  try {
    return (await reader?.read())?.value;
  } catch {
    return "broken";
  }
}
