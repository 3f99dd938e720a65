import type { DatabaseSync } from "node:sqlite";
import type {
  Accepted,
  Departed,
  Entry,
  Outcome,
  Pause,
  Reaction,
  RunRecord,
  SourceState,
  Wishes,
} from "../../../domain/state.ts";

type Cell = null | number | bigint | string | Uint8Array;
type Row = { readonly [column: string]: Cell };

/** Everything of one source, as it was at one moment. */
export function readSource(database: DatabaseSync, source: string): SourceState {
  return atOneMoment(database, () => {
    const one = database.prepare("SELECT next_key, accepted FROM sources WHERE source = ?").get(source);
    const newest = database.prepare("SELECT signer, issued_at FROM newest WHERE source = ? ORDER BY signer").all(
      source,
    );
    const entries = database.prepare(
      "SELECT key, command, outcome, departed FROM entries WHERE source = ? ORDER BY position, key",
    ).all(source);
    const reactions = database.prepare("SELECT reaction FROM reactions WHERE source = ? ORDER BY id").all(source);
    return {
      ...(typeof one?.["accepted"] === "string" && { accepted: decode<Accepted>(one["accepted"]) }),
      entries: entries.map(toEntry),
      reactions: reactions.map((row) => decode<Reaction>(row["reaction"])),
      newest: Object.fromEntries(newest.map((row) => [String(row["signer"]), Number(row["issued_at"])])),
      nextKey: Number(one?.["next_key"] ?? 1),
    };
  });
}

/** Newest first. */
export function readHistory(database: DatabaseSync, source: string | undefined, limit: number): readonly RunRecord[] {
  const rows = source === undefined
    ? database.prepare("SELECT run FROM runs ORDER BY id DESC LIMIT ?").all(limit)
    : database.prepare("SELECT run FROM runs WHERE source = ? ORDER BY id DESC LIMIT ?").all(source, limit);
  return rows.map((row) => decode<RunRecord>(row["run"]));
}

/** Sorted. */
export function readSources(database: DatabaseSync): readonly string[] {
  return database.prepare("SELECT source FROM sources ORDER BY source").all().map((row) => String(row["source"]));
}

export function readWishes(database: DatabaseSync, source: string): Wishes {
  if (!hasWishes(database)) return { toForget: [] };
  const pause = database.prepare("SELECT pause FROM pauses WHERE source = ?").get(source)?.["pause"];
  const toForget = database.prepare("SELECT id, keys FROM forget_wishes WHERE source = ? ORDER BY id").all(source);
  return {
    ...(pause !== undefined && { pause: decode<Pause>(pause) }),
    toForget: toForget.map((row) => ({ id: Number(row["id"]), keys: decode<readonly number[]>(row["keys"]) })),
  };
}

/** Not so where an agent of an older version has the database, at which a reader may look all the same. */
function hasWishes(database: DatabaseSync): boolean {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]) >= 2;
}

function toEntry(row: Row): Entry {
  return {
    key: Number(row["key"]),
    command: decode<Entry["command"]>(row["command"]),
    ...(row["outcome"] !== null && { outcome: String(row["outcome"]) as Outcome }),
    ...(row["departed"] !== null && { departed: decode<Departed>(row["departed"]) }),
  };
}

/** No second look at what is inside: only this program writes it, and the version of the tables says in which form. */
function decode<T>(cell: Cell | undefined): T {
  return JSON.parse(String(cell));
}

function atOneMoment<T>(database: DatabaseSync, read: () => T): T {
  database.exec("BEGIN");
  try {
    return read();
  } finally {
    database.exec("COMMIT");
  }
}
