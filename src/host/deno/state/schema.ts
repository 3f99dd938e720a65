import type { DatabaseSync } from "node:sqlite";
import { HostError } from "../../host.ts";

/** Raised with every change of the tables; `SCHEMA` then gains the step from the version before. */
const VERSION = 1;

/** Objects are JSON, which only this program writes; times are milliseconds, `issued_at` seconds since the epoch. */
const SCHEMA = `
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
`;

/** Makes the tables in an empty database. One that is not empty must be of this version. `name` is for the error. */
export function migrate(database: DatabaseSync, name: string): void {
  if (isEmpty(database)) {
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${VERSION}; COMMIT`);
  } else {
    checkVersion(database, name);
  }
}

/** Refuses a database that another program, or a newer version of this one, has made. */
export function checkVersion(database: DatabaseSync, name: string): void {
  const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
  if (version === VERSION) return;
  throw new HostError(
    "other",
    typeof version === "number" && version > VERSION
      ? `${name} was written by a newer etcha (format ${version}, this one knows ${VERSION}): run that one, or use another state directory`
      : `${name} is no state database of etcha`,
  );
}

/** Whether nothing was ever stored: also the moment between the making of the file and that of the tables. */
export function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
}
