import type { DatabaseSync } from "node:sqlite";
import { HostError } from "../../host.ts";

/**
 * The steps from an empty database to the tables of today; each leads from the version of its index to the next one. What
 * was released is never edited: a change of the tables is a further step. Objects are JSON, which only this program
 * writes; times are milliseconds, `issued_at` seconds since the epoch.
 */
const STEPS: readonly string[] = [
  `
CREATE TABLE sources (
  source TEXT PRIMARY KEY,
  next_key INTEGER NOT NULL DEFAULT 1,
  accepted TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE newest (
  source TEXT NOT NULL,
  signer TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  PRIMARY KEY (source, signer)
) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
  source TEXT NOT NULL,
  key INTEGER NOT NULL,
  position INTEGER NOT NULL,
  command TEXT NOT NULL,
  outcome TEXT,
  departed TEXT,
  PRIMARY KEY (source, key)
) STRICT;
CREATE TABLE reactions (
  source TEXT NOT NULL,
  id INTEGER NOT NULL,
  reaction TEXT NOT NULL,
  PRIMARY KEY (source, id)
) STRICT;
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  run TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_source ON runs (source, id);
`,
  // What people write beside the agent.
  `
CREATE TABLE pauses (
  source TEXT PRIMARY KEY,
  pause TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE forget_wishes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  keys TEXT NOT NULL
) STRICT;
`,
];

const VERSION = STEPS.length;

/**
 * Makes the tables in an empty database, and brings those of an older version to the form of this one, each whole or not at
 * all. `name` is for the error.
 */
export function migrate(database: DatabaseSync, name: string): void {
  const version = isEmpty(database) ? 0 : readVersion(database, name);
  if (version === VERSION) return;
  const steps = STEPS.slice(version).join("");
  try {
    database.exec(`BEGIN IMMEDIATE; ${steps} PRAGMA user_version = ${VERSION}; COMMIT`);
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Refuses a database that another program, or a newer version of this one, has made. Gives its version. */
export function readVersion(database: DatabaseSync, name: string): number {
  const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
  if (typeof version === "number" && version >= 1 && version <= VERSION) return version;
  throw new HostError(
    "other",
    typeof version === "number" && version > VERSION
      ? `${name} was written by a newer etcha (format ${version}, this one knows ${VERSION}): run that one, or use another state directory`
      : `${name} is no state database of etcha`,
  );
}

/** Whether it is of this version: an agent of an older one, which still runs, keeps its own. */
export function isCurrent(version: number): boolean {
  return version === VERSION;
}

/** Whether nothing was ever stored: also the moment between the making of the file and that of the tables. */
export function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
}
