import { DatabaseSync } from "node:sqlite";
import type { Wish } from "../../../domain/state.ts";
import { HostError } from "../../host.ts";
import { toStateError } from "./errors.ts";
import { isCurrent, readVersion } from "./schema.ts";

/** How long, in milliseconds, the writing waits for a transaction of the agent. */
const BUSY_TIMEOUT = 5000;

/** One statement, and so a transaction of its own. */
export function writeWish(database: DatabaseSync, source: string, wish: Wish): void {
  switch (wish.kind) {
    case "pause":
      database.prepare("INSERT OR REPLACE INTO pauses VALUES (?, ?)").run(source, JSON.stringify(wish.pause));
      return;
    case "resume":
      database.prepare("DELETE FROM pauses WHERE source = ?").run(source);
      return;
    case "forget":
      database.prepare("INSERT INTO forget_wishes (source, keys) VALUES (?, ?)").run(source, JSON.stringify(wish.keys));
  }
}

/**
 * Writes into a database that an agent has open, as a second writer for the time of one transaction. Its tables are left as
 * they are: those of an older version are brought to this one's form only by who has the lock.
 */
export function writeWishBeside(file: string, source: string, wish: Wish): void {
  try {
    const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT });
    try {
      database.exec("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF");
      if (!isCurrent(readVersion(database, file))) {
        throw new HostError("other", `${file} is in use by an agent of an older version: restart that one first`);
      }
      writeWish(database, source, wish);
    } finally {
      database.close();
    }
  } catch (error) {
    throw toStateError(error, file);
  }
}
