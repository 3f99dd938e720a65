import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { HostError, type StateStore } from "../../host.ts";
import { hosted } from "../errors.ts";
import { toStateError } from "./errors.ts";
import { readHistory, readSource, readSources, readWishes } from "./rows.ts";
import { isEmpty, readVersion } from "./schema.ts";
import { writeWishBeside } from "./wishes.ts";

/**
 * A look at a state database that another process may be writing. Every question opens the file anew and nothing is
 * ever created. For short-lived programs: it reads in the caller's thread.
 */
export function openReader(file: string): StateStore {
  return {
    load: async (source) =>
      await read(file, (database) => readSource(database, source)) ??
        { entries: [], reactions: [], newest: {}, nextKey: 1 },
    history: async (source, limit) => await read(file, (database) => readHistory(database, source, limit)) ?? [],
    sources: async () => await read(file, readSources) ?? [],
    wishes: async (source) => await read(file, (database) => readWishes(database, source)) ?? { toForget: [] },
    wish: async (source, wish) => {
      if (!await exists(file)) throw new HostError("not-found", `${file} is not there`);
      writeWishBeside(file, source, wish);
    },
    commit: () => Promise.reject(new HostError("denied", `${file} was opened for reading only`)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Undefined when nothing was ever stored. */
async function read<T>(file: string, query: (database: DatabaseSync) => T): Promise<T | undefined> {
  if (!await exists(file)) return undefined;
  // Without its log nobody has the database open, or its writer has just come: then the log is there at the next look.
  // "immutable" keeps SQLite from making a log and an index of its own, which it would leave behind.
  if (await exists(`${file}-wal`)) return queryFile(file, file, query);
  try {
    return queryFile(file, `${pathToFileURL(file).href}?immutable=1`, query);
  } catch (error) {
    if (!await exists(`${file}-wal`)) throw error;
    return queryFile(file, file, query);
  }
}

function queryFile<T>(file: string, address: string, query: (database: DatabaseSync) => T): T | undefined {
  try {
    const database = new DatabaseSync(address, { readOnly: true, timeout: 5000 });
    try {
      if (isEmpty(database)) return undefined;
      readVersion(database, file);
      return query(database);
    } finally {
      database.close();
    }
  } catch (error) {
    throw toStateError(error, file);
  }
}

function exists(file: string): Promise<boolean> {
  return hosted(`look at ${file}`, async () => {
    try {
      // Opened, not only looked at: one who may not read it is told so in words.
      (await Deno.open(file)).close();
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  });
}
