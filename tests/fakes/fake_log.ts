import type { Log, LogEntry } from "../../src/host/host.ts";

/** Keeps the entries. */
export class FakeLog implements Log {
  readonly entries: LogEntry[] = [];

  write(entry: LogEntry): void {
    this.entries.push(entry);
  }

  /** The messages alone, in order. */
  get messages(): readonly string[] {
    return this.entries.map((entry) => entry.message);
  }
}
